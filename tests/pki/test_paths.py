"""Paths are built over every detour, validated by every rule, and end at the first anchor."""

from __future__ import annotations

import ipaddress
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.pki.factories import (
    T0,
    T1,
    YEAR,
    issue,
    key,
    key_usage,
    make_ca,
    make_leaf,
    make_tsa,
    name,
    pointers,
    signed_data,
)
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import EgressFailed
from trustreg.pki.indications import SubIndication
from trustreg.pki.paths import AnchorSet, build_paths, check_path, validate_path
from trustreg.pki.paths.building import MAX_STEPS

ROOT = make_ca("Path Root")
MIDDLE = make_ca("Path Middle", issuer=ROOT)
LEAF = make_leaf(MIDDLE, "Path Leaf")


def validate(leaf, *candidates, anchors=(ROOT,), at=T1, **options):
    return validate_path(
        leaf.certificate,
        candidates=[one.certificate for one in candidates],
        anchors=[one.certificate for one in anchors],
        at=at,
        **options,
    )


def fails(result):
    return result.sub_indication, result.finding.check if result.finding else None


def test_a_path_through_an_intermediate():
    result = validate(LEAF, MIDDLE)
    assert result.valid
    assert result.certificates == (LEAF.certificate, MIDDLE.certificate, ROOT.certificate)
    assert result.anchor == ROOT.certificate


def test_no_path_without_the_intermediate():
    result = validate(LEAF)
    assert fails(result) == (SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "chain")
    assert not result.valid


def test_the_leaf_may_be_an_anchor():
    result = validate(LEAF, anchors=(LEAF,))
    assert result.valid
    assert result.certificates == (LEAF.certificate,)


def test_a_certificate_written_around_a_listed_key_is_not_the_listed_one():
    forger = make_ca("Path Middle", number=31337)
    forged = make_leaf(forger, "Path Leaf", number=abs(hash("Path Leaf")), qc=["esign"], qscd=True)
    assert forged.spki_sha256 == LEAF.spki_sha256
    assert forged.certificate.subject == LEAF.certificate.subject
    assert validate(forged, forger, anchors=(LEAF,)).sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_an_anchor_is_known_by_name_and_key_whatever_its_certificate():
    renewed = issue(ROOT.x509.subject, ROOT.private_key, None, [(x509.BasicConstraints(True, None), True)])
    result = validate(LEAF, MIDDLE, anchors=(renewed,))
    assert result.valid
    assert result.anchor == renewed.certificate


def test_the_same_name_with_another_key_is_no_anchor():
    impostor = make_ca("Path Root", number=999)
    assert validate(LEAF, MIDDLE, anchors=(impostor,)).sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_path_ends_at_the_first_anchor():
    result = validate(LEAF, MIDDLE, ROOT, anchors=(MIDDLE, ROOT))
    assert result.anchor == MIDDLE.certificate


def test_cross_certificates_and_loops():
    other_root = make_ca("Other Root")
    cross = issue(
        MIDDLE.x509.subject,
        MIDDLE.private_key,
        other_root,
        [(x509.BasicConstraints(True, None), True), (key_usage("key_cert_sign"), True)],
    )
    back = issue(ROOT.x509.subject, ROOT.private_key, MIDDLE, [(x509.BasicConstraints(True, None), True)])
    anchors = AnchorSet([other_root.certificate])
    pool = [one.certificate for one in (MIDDLE, back, ROOT, cross)]
    assert validate_path(LEAF.certificate, candidates=pool, anchors=anchors, at=T1).valid
    paths = build_paths(LEAF.certificate, candidates=pool, anchors=anchors)
    assert (LEAF.certificate, cross.certificate, other_root.certificate) in paths


def test_a_valid_path_is_preferred_to_an_expired_one():
    old = issue(
        MIDDLE.x509.subject,
        MIDDLE.private_key,
        ROOT,
        [(x509.BasicConstraints(True, None), True), (key_usage("key_cert_sign"), True)],
        not_after=T0 + timedelta(days=1),
    )
    assert validate(LEAF, old, MIDDLE).valid
    assert fails(validate(LEAF, old)) == (SubIndication.OUT_OF_BOUNDS_NO_POE, "validity")


@pytest.mark.parametrize("at", [T0 - timedelta(seconds=1), T0 + 5 * YEAR + timedelta(seconds=1)])
def test_validity_is_judged_at_the_time_asked(at):
    result = validate(LEAF, MIDDLE, at=at)
    assert result.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_the_validity_of_an_anchor_does_not_count():
    extensions = [(x509.BasicConstraints(True, None), True)]
    expired = issue(ROOT.x509.subject, ROOT.private_key, None, extensions, not_after=T0 + timedelta(days=1))
    assert validate(LEAF, MIDDLE, anchors=(expired,)).valid


@pytest.mark.parametrize(
    ("middle", "check"),
    [
        ({"ca": False, "path_length": None}, "basic_constraints"),
        ({"usage": ("crl_sign",)}, "key_usage"),
        (
            {"extensions": [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.9"), b"\x05\x00"), True)]},
            "critical_extensions",
        ),
    ],
)
def test_an_intermediate_that_may_not_issue(middle, check):
    bad = make_ca(f"Bad {check}", issuer=ROOT, **middle)
    result = validate(make_leaf(bad, "Under bad"), bad)
    assert fails(result) == (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, check)
    assert result.failing == bad.certificate


def test_path_length():
    short = make_ca("Short", issuer=ROOT, path_length=0)
    below = make_ca("Below", issuer=short)
    assert validate(make_leaf(short, "Right below"), short).valid
    assert fails(validate(make_leaf(below, "Too far"), short, below)) == (
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        "path_length",
    )


def test_an_end_entity_that_is_listed_issues_nothing():
    tsa = make_tsa(ROOT, "Listed TSA")
    forged = make_leaf(tsa, "Forged by the TSA key")
    assert fails(validate(forged, anchors=(tsa,))) == (
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        "basic_constraints",
    )


def _constrained(permitted=None, excluded=None):
    return make_ca(
        f"Constrained {abs(hash(str((permitted, excluded))))}",
        issuer=ROOT,
        extensions=[(x509.NameConstraints(permitted, excluded), True)],
    )


def _with_name(ca, general_name, **subject):
    return make_leaf(
        ca, "Named", extensions=[(x509.SubjectAlternativeName([general_name]), False)], subject=subject or None
    )


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        (x509.DNSName("example.jp"), x509.DNSName("a.example.jp"), x509.DNSName("badexample.jp")),
        (x509.RFC822Name("example.jp"), x509.RFC822Name("a@example.jp"), x509.RFC822Name("a@sub.example.jp")),
        (x509.RFC822Name(".example.jp"), x509.RFC822Name("a@sub.example.jp"), x509.RFC822Name("a@example.jp")),
        (
            x509.UniformResourceIdentifier("example.jp"),
            x509.UniformResourceIdentifier("https://example.jp/x"),
            x509.UniformResourceIdentifier("https://example.jp.evil/"),
        ),
        (
            x509.IPAddress(ipaddress.ip_network("192.0.2.0/24")),
            x509.IPAddress(ipaddress.ip_address("192.0.2.9")),
            x509.IPAddress(ipaddress.ip_address("198.51.100.1")),
        ),
    ],
)
def test_name_constraints(constraint, inside, outside):
    permitting, excluding = _constrained([constraint]), _constrained(None, [constraint])
    broken = (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, "name_constraints")
    assert validate(_with_name(permitting, inside), permitting).valid
    assert fails(validate(_with_name(permitting, outside), permitting)) == broken
    assert fails(validate(_with_name(excluding, inside), excluding)) == broken
    assert validate(_with_name(excluding, outside), excluding).valid


def test_directory_name_constraints_hold_for_the_subject():
    only_example = _constrained(
        [
            x509.DirectoryName(
                x509.Name(
                    [
                        x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "JP"),
                        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example"),
                    ]
                )
            )
        ]
    )
    inside = make_leaf(only_example, "Inside", subject={"organization": "EXAMPLE "})
    assert validate(inside, only_example).valid
    assert not validate(make_leaf(only_example, "Outside", subject={"organization": "Other"}), only_example).valid


def test_explicit_policies():
    def policy(oid):
        return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)])

    require = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    ca = make_ca("Policy CA", issuer=ROOT, extensions=[(policy("1.2.3"), False), (require, True)])
    good = make_leaf(ca, "With policy", extensions=[(policy("1.2.3"), False)])
    other = make_leaf(ca, "Other policy", extensions=[(policy("1.2.4"), False)])
    none = make_leaf(ca, "No policy")
    assert validate(good, ca).valid
    for leaf in (other, none):
        assert fails(validate(leaf, ca)) == (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, "policies")


@pytest.mark.parametrize("kind", ["rsa2048", "brainpool256", "ed25519", "ed448", "ec521"])
def test_any_kind_of_issuer_key(kind):
    root = make_ca(f"Root {kind}", kind=kind)
    assert validate(make_leaf(root, "Leaf"), anchors=(root,)).valid


def test_an_issuer_that_signs_with_pss():
    root = make_ca("PSS Root", kind="rsa2048")
    leaf = make_leaf(root, "PSS", rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), 32))
    assert validate(leaf, anchors=(root,)).valid


def test_weak_algorithms_end_with_their_date():
    root = make_ca("Weak Root", kind="rsa1024", not_before=T0 - 12 * YEAR, not_after=T0 + YEAR)
    leaf = make_leaf(root, "Weak", not_before=T0 - 12 * YEAR, not_after=T0 + YEAR)
    assert validate(leaf, anchors=(root,), at=T0 - 10 * YEAR).valid
    assert fails(validate(leaf, anchors=(root,))) == (SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "algorithms")


def test_a_forged_signature_is_no_path():
    forged = issue(name("Forged"), key("ec256", 55), ROOT, [(key_usage("content_commitment"), True)], not_before=T0)
    other = make_ca("Path Root", number=4711)
    assert not validate(forged, anchors=(other,)).valid
    assert check_path((forged.certificate, other.certificate), at=T1).finding.check == "certificate_signature"


def test_what_cannot_be_mended_decides():
    bad = make_ca("Bad and old", issuer=ROOT, ca=False, not_after=T0 + timedelta(days=1))
    result = validate(make_leaf(bad, "Below"), bad)
    assert [one.sub_indication for one in result.findings] == [
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        SubIndication.OUT_OF_BOUNDS_NO_POE,
    ]


def _crowd(size: int):
    """Authorities of one name that have all certified each other: as many paths as orders of them."""
    keys = [make_ca("Crowd", number=100 + one) for one in range(size)]
    cross = [
        issue(one.x509.subject, one.private_key, other, [(x509.BasicConstraints(True, None), True)])
        for one in keys
        for other in keys
        if one is not other
    ]
    return keys, cross


def test_cross_certificates_of_one_name_cost_bounded_work(monkeypatch):
    keys, cross = _crowd(12)
    leaf = make_leaf(keys[0], "In the crowd")
    verified = []
    real = Certificate.verifies

    def counting(self, *arguments):
        verified.append(self)
        return real(self, *arguments)

    monkeypatch.setattr(Certificate, "verifies", counting)
    assert validate(leaf, *cross).sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert len(verified) <= MAX_STEPS
    anchored = validate(leaf, *cross, anchors=(keys[5],))
    assert anchored.valid, "and an anchor among them is found"
    assert (
        len(
            build_paths(
                leaf.certificate, candidates=[c.certificate for c in cross], anchors=AnchorSet([ROOT.certificate])
            )
        )
        == 0
    )


def test_a_renewed_anchor_serves_what_the_expired_one_issued():
    key_of = make_ca("Renewing", number=4)
    bounds = {"not_before": T0 - 9 * YEAR, "not_after": T0 - YEAR}
    authority = [(x509.BasicConstraints(True, None), True)]
    old = issue(key_of.x509.subject, key_of.private_key, None, authority, **bounds)
    new = issue(key_of.x509.subject, key_of.private_key, None, authority)
    leaf = make_leaf(old, "Of the old")
    assert validate(leaf, anchors=(new,)).anchor == new.certificate
    assert validate(leaf, old, anchors=(new,)).certificates == (leaf.certificate, new.certificate), (
        "the old is no detour"
    )
    both = validate(leaf, anchors=(old, new))
    assert both.valid, "of an anchor only name and key count"
    rekeyed = make_ca("Renewing", number=5)
    assert not validate(leaf, anchors=(rekeyed,)).valid, "another key of that name is another authority"


def test_an_anchor_that_expired_is_still_judged_where_it_is_the_certificate_in_hand():
    gone = make_ca("Gone", not_before=T0 - 9 * YEAR, not_after=T0 - YEAR)
    assert fails(validate(gone, anchors=(gone,))) == (SubIndication.OUT_OF_BOUNDS_NO_POE, "validity")


def test_several_anchors_above_each_other_and_beside():
    other = make_ca("Beside")
    cross = issue(MIDDLE.x509.subject, MIDDLE.private_key, other, [(x509.BasicConstraints(True, None), True)])
    found = build_paths(
        LEAF.certificate,
        candidates=[MIDDLE.certificate, cross.certificate],
        anchors=AnchorSet([ROOT.certificate, other.certificate]),
    )
    assert {path[-1] for path in found} == {ROOT.certificate, other.certificate}
    assert {
        path[-1]
        for path in build_paths(
            LEAF.certificate, candidates=[cross.certificate], anchors=AnchorSet([MIDDLE.certificate, other.certificate])
        )
    } == {MIDDLE.certificate}, "a path ends at the first anchor"


def test_a_cross_certificate_that_limits_is_no_way_around_the_limit():
    """Of two ways up, the valid one is taken, and each is judged by its own certificates."""
    narrow = issue(
        MIDDLE.x509.subject,
        MIDDLE.private_key,
        ROOT,
        [
            (x509.BasicConstraints(True, None), True),
            (x509.NameConstraints([x509.DNSName("only.example")], None), True),
        ],
    )
    leaf = make_leaf(
        MIDDLE, "Elsewhere", extensions=[(x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)]
    )
    assert validate(leaf, narrow, MIDDLE).valid
    assert fails(validate(leaf, narrow)) == (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, "name_constraints")


def test_the_policies_under_which_a_path_is_valid():
    def policy(*oids):
        return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])

    ca = make_ca("Policy names", issuer=ROOT, extensions=[(policy("1.2.3", "1.2.4"), False)])
    leaf = make_leaf(ca, "Under a policy", extensions=[(policy("1.2.3", "1.2.5"), False)])
    assert validate(leaf, ca).policies == {"1.2.3"}


def test_mappings_do_not_multiply_the_work():
    """RFC 9618: a tree of 2^n nodes in RFC 5280."""
    oids = [f"1.2.3.{number}" for number in range(60)]
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids])
    pairs = b"".join(
        asn1.encode(asn1.SEQUENCE, asn1.encode_oid(one), asn1.encode_oid(other)) for one in oids for other in oids
    )
    mapping = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), asn1.encode(asn1.SEQUENCE, pairs))
    require = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    above, chain = ROOT, []
    for number in range(7):
        extensions = [(policies, False), (mapping, False), (require, True)]
        above = make_ca(f"Mapper {number}", issuer=above, extensions=extensions)
        chain.append(above)
    leaf = make_leaf(above, "Mapped", extensions=[(policies, False)])
    started = time.process_time()
    assert validate(leaf, *chain).valid
    assert time.process_time() - started < 5  # a tree would never end


def test_issuers_are_fetched_as_a_bag_of_certificates_and_level_by_level():
    upper = make_ca("Fetched Upper", issuer=ROOT)
    middle = make_ca("Fetched Lower", issuer=upper, extensions=pointers((), (), ["http://ca.example/upper.p7c"]))
    leaf = make_leaf(middle, "Fetches twice", ca_issuers=["http://ca.example/lower.cer"])
    bag = signed_data(
        [], content=None, content_type="1.2.840.113549.1.7.1", digest_algorithms=[], certificates=[upper.der]
    )
    answers = {"http://ca.example/lower.cer": middle.der, "http://ca.example/upper.p7c": bag}
    assert validate(leaf, fetcher=lambda url, **_: answers[url]).valid


def test_fetching_issuers_ends():
    """An authority that names itself, and one that names more and more."""
    asked = []

    def fetcher(url, **_):
        asked.append(url)
        number = len(asked)
        return make_ca(
            f"Endless {number}",
            issuer=make_ca(f"Endless {number + 1}"),
            extensions=pointers((), (), [f"http://ca.example/{number}"]),
        ).der

    leaf = make_leaf(make_ca("Endless 1", number=1), "Endless", ca_issuers=["http://ca.example/0"] * 9)
    assert not validate(leaf, fetcher=fetcher).valid
    assert len(asked) <= 6


def test_missing_issuers_are_fetched_from_their_address():
    middle = make_ca("Fetched Middle", issuer=ROOT)
    leaf = make_leaf(middle, "Fetches", ca_issuers=["http://ca.example/middle.cer", "http://ca.example/gone.cer"])
    asked = []

    def fetcher(url, *, body=None, content_type=None):
        asked.append(url)
        if "gone" in url:
            raise EgressFailed("gone")
        return middle.der

    assert validate(leaf, fetcher=fetcher).valid
    assert asked == ["http://ca.example/middle.cer", "http://ca.example/gone.cer"]
    assert not validate(leaf, fetcher=lambda url, **_: b"garbage").valid
