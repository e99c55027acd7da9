"""Paths are built over every detour, validated by every rule, and end at the first anchor."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.pki.factories import T0, T1, YEAR, issue, key, key_usage, make_ca, make_leaf, make_tsa, name
from trustreg.pki.errors import EgressFailed
from trustreg.pki.indications import SubIndication
from trustreg.pki.paths import AnchorSet, build_paths, check_path, validate_path

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


def test_many_authorities_of_one_name_do_not_explode():
    crowd = [make_ca("Crowd", issuer=make_ca("Crowd", number=1 + one), number=100 + one) for one in range(40)]
    leaf = make_leaf(crowd[-1], "In the crowd")
    assert validate(leaf, *crowd).sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


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
