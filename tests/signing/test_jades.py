"""JAdES and JWS: every serialization, detached objects, time-stamps, and the ways to be fooled."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.domain.formats import DetachedDocument
from signing.domain.jades.serialization import JwsError, parse
from signing.domain.report import SignatureReport, ValidationReport
from tests.pki.factories import digest, make_leaf
from tests.signing import jades_parts as parts
from tests.signing.cades_parts import crl_of_the_world
from tests.signing.signing_world import NOW, trust, validate, world
from trustreg.pki.indications import Indication

STAMPED = NOW - timedelta(days=10)
BY_URI = "http://uri.etsi.org/19182/ObjectIdByURI"
BY_HASH = "http://uri.etsi.org/19182/ObjectIdByURIHash"


def only(report: ValidationReport) -> SignatureReport:
    (found,) = report.signatures
    return found


def beside(**documents: bytes) -> list[DetachedDocument]:
    return [DetachedDocument(name.replace("_", "."), octets) for name, octets in documents.items()]


def check(jws: dict[str, Any], **options: Any) -> ValidationReport:
    return validate(parts.octets(jws), **options)


class TestSerializations:
    def test_flattened_general_and_compact_say_the_same(self):
        jws = parts.signed()
        general = {"payload": jws["payload"], "signatures": [{k: jws[k] for k in ("protected", "signature")}]}
        for data in (parts.octets(jws), json.dumps(general).encode(), parts.compact(jws), parts.compact(jws) + b"\n"):
            report = validate(data)
            assert (report.document.format, report.indication) == ("JAdES", Indication.TOTAL_PASSED)
            assert (only(report).level, only(report).coverage, only(report).intact) == ("BASELINE-B", "whole", True)

    def test_several_signatures_share_the_payload_and_the_worst_decides(self):
        good, broken = parts.signed(), parts.signed(b"something else")
        rows = [{k: one[k] for k in ("protected", "signature")} for one in (good, broken)]
        report = validate(json.dumps({"payload": good["payload"], "signatures": rows}).encode())
        assert [one.intact for one in report.signatures] == [True, False]
        assert report.indication is Indication.TOTAL_FAILED

    def test_an_altered_payload_is_broken(self):
        jws = {**parts.signed(), "payload": parts.b64(b'{"price": 900}')}
        assert check(jws).sub_indication == "SIG_CRYPTO_FAILURE"

    @pytest.mark.parametrize(
        "data",
        [
            b'{"payload":"YQ","protected":"e30","protected":"e30","signature":"YQ"}',
            b'{"payload":"YQ","signatures":[],"signature":"YQ"}',
            b'{"payload":"YQ","signatures":[{"protected":"e30","signature":"YQ"}],"signature":"YQ"}',
            b'{"payload":1,"protected":"e30","signature":"YQ"}',
            b'{"payload":"YQ","protected":"e30=","signature":"YQ"}',
            b'{"payload":"YQ","protected":"W10","signature":"YQ"}',
            b'{"signature":' + b"[" * 100_000,
            b'{"signature": NaN}',
            b'{"signature": ' + b"9" * 10_000 + b"}",
            b'{"payload":"YQ","protected":"e30","header":{"a":1},"signature":"\xff"}',
        ],
    )
    def test_what_is_not_one_clear_jws_is_refused(self, data):
        report = validate(data)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")

    def test_a_name_in_both_headers_is_refused(self):
        jws = parts.signed(unprotected={"alg": "RS256"})
        assert check(jws).sub_indication == "FORMAT_FAILURE"


class TestAlgorithmConfusion:
    @pytest.mark.parametrize("name", ["none", "HS256", "HS512"])
    def test_no_key_no_signature(self, name):
        """`none`, and HMAC with the public key as its secret (RFC 8725 2.1)."""
        text = parts.b64(json.dumps(parts.header(alg=name)).encode())
        for value in (b"", b"\0" * 32, digest("sha256", world().signer.der)):
            jws = {"protected": text, "payload": parts.b64(parts.CONTENT), "signature": parts.b64(value)}
            report = check(jws)
            assert report.indication is not Indication.TOTAL_PASSED
            assert only(report).intact is False

    @pytest.mark.parametrize("name", ["PS256", "ES256", "EdDSA", "RS512"])
    def test_another_algorithm_than_was_used(self, name):
        jws = parts.signed()
        head = json.loads(parts.base64.urlsafe_b64decode(jws["protected"] + "=="))
        jws["protected"] = parts.b64(json.dumps(head | {"alg": name}).encode())
        assert only(check(jws)).intact is False

    @pytest.mark.parametrize(
        ("kind", "name"), [("ec256", "ES256"), ("ec384", "ES384"), ("ec521", "ES512"), ("ed25519", "EdDSA")]
    )
    def test_each_key_with_its_algorithm(self, kind, name):
        who = make_leaf(world().ca, f"Signer {kind}", kind=kind, qc=["esign"])
        jws = parts.signed(protected=parts.header(who, alg=name), signer=who)
        assert only(check(jws)).intact is True

    def test_a_curve_that_is_not_the_algorithms(self):
        who = make_leaf(world().ca, "Signer P-384", kind="ec384", qc=["esign"])
        jws = parts.signed(protected=parts.header(who, alg="ES256"), signer=who)
        assert only(check(jws)).intact is False

    def test_r_and_s_of_zero(self):
        who = make_leaf(world().ca, "Signer P-256", kind="ec256", qc=["esign"])
        jws = parts.signed(protected=parts.header(who, alg="ES256"), signer=who)
        assert only(check({**jws, "signature": parts.b64(bytes(64))})).intact is False

    def test_an_unknown_algorithm_is_neither(self):
        jws = parts.signed()
        jws["protected"] = parts.b64(json.dumps(parts.header(alg="ML-DSA-44")).encode())
        assert only(check(jws)).intact is None


class TestCriticalHeaders:
    @pytest.mark.parametrize(
        "crit", [["nbf"], ["exp", "exp"], [], "b64", ["alg"], ["sigD"], [1], ["http://example.jp/unknown"]]
    )
    def test_what_is_not_understood_never_passes(self, crit):
        report = check(parts.signed(protected=parts.header(crit=crit, exp=1)))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")

    def test_an_unencoded_payload_must_be_announced(self):
        announced = parts.header(b64=False, crit=["b64"])
        assert check(parts.signed(protected=announced)).indication is Indication.TOTAL_PASSED
        assert check(parts.signed(protected=parts.header(b64=False))).indication is not Indication.TOTAL_PASSED

    def test_b64_outside_of_what_is_signed_counts_for_nothing(self):
        jws = parts.signed(unprotected={"b64": False})
        assert check(jws).sub_indication == "FORMAT_FAILURE"


class TestWhoSigned:
    def test_a_swapped_certificate(self):
        twin = make_leaf(world().ca, "World Signer", kind="rsa2048", serial=world().signer.certificate.serial)
        head = parts.header(x5c=[parts.plain(twin.der)])
        report = check(parts.signed(protected=head))
        assert (report.indication, report.sub_indication) == (
            Indication.INDETERMINATE,
            "NO_SIGNING_CERTIFICATE_FOUND",
        )

    def test_a_self_made_key_in_the_header_is_nobody(self):
        other = make_leaf(world().ca, "Mallory", kind="rsa2048")
        jws = parts.signed(protected=parts.header(x5c=None, jwk={"kty": "RSA"}), signer=other)
        assert check(jws).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"

    @pytest.mark.parametrize(
        ("changes", "level"),
        [
            ({"iat": None}, "NOT_ETSI"),
            ({"sigT": "2024-01-01T00:00:00Z"}, "NOT_ETSI"),
            ({"iat": None, "sigT": "2024-01-01T00:00:00Z"}, "BASELINE-B"),
            ({"iat": None, "sigT": "2026-01-01T00:00:00Z"}, "NOT_ETSI"),
            ({"x5t#S256": None}, "NOT_ETSI"),
            ({"x5t": "AAAA"}, "NOT_ETSI"),
            ({"iat": 10**19}, "NOT_ETSI"),
            ({"iat": "soon"}, "NOT_ETSI"),
            ({"iat": True}, "NOT_ETSI"),
        ],
    )
    def test_levels(self, changes, level):
        assert only(check(parts.signed(protected=parts.header(**changes)))).level == level

    def test_the_claimed_time(self):
        assert only(check(parts.signed(protected=parts.header(iat=0)))).signing_time == datetime(1970, 1, 1, tzinfo=UTC)


class TestDetached:
    def test_the_one_document_beside(self):
        jws = parts.signed(None, signing=parts.b64(parts.CONTENT).encode())
        assert check(jws, detached=beside(a_json=parts.CONTENT)).indication is Indication.TOTAL_PASSED
        assert check(jws, detached=beside(a_json=b"other")).indication is Indication.TOTAL_FAILED
        assert check(jws).sub_indication == "SIGNED_DATA_NOT_FOUND"
        two = beside(a_json=parts.CONTENT, b_json=b"other")
        assert check(jws, detached=two).indication is not Indication.TOTAL_PASSED

    def test_another_document_beside_an_attached_payload(self):
        assert check(parts.signed(), detached=beside(a_json=b"other")).indication is not Indication.TOTAL_PASSED
        assert check(parts.signed(), detached=beside(a_json=parts.CONTENT)).indication is Indication.TOTAL_PASSED

    def objects(self, mechanism: str, names: list[str], **more: Any) -> dict[str, Any]:
        details = {"mId": mechanism, "pars": names, **more}
        return parts.header(sigD=details, crit=["sigD"])

    def test_objects_by_uri_are_joined_in_their_order(self):
        first, second = b"first", b"second"
        over = (parts.b64(first) + parts.b64(second)).encode()
        jws = parts.signed(None, self.objects(BY_URI, ["a.txt", "b.txt"]), signing=over)
        assert only(check(jws, detached=beside(b_txt=second, a_txt=first))).intact is True
        assert check(jws, detached=beside(a_txt=second, b_txt=first)).indication is Indication.TOTAL_FAILED
        assert check(jws, detached=beside(a_txt=first)).sub_indication == "SIGNED_DATA_NOT_FOUND"

    @pytest.mark.parametrize("bare", [True, False], ids=["octets", "base64"])
    def test_where_objects_by_uri_end_is_not_signed(self, bare):
        """Whoever moves text from one document to the next changes nothing that the signature is over."""
        head = self.objects(BY_URI, ["a.txt", "b.txt"])
        if bare:
            head |= {"b64": False, "crit": ["sigD", "b64"]}
        documents = [b"pay 10", b"to Bob"]
        over = b"".join(one if bare else parts.b64(one).encode() for one in documents)
        jws = parts.signed(None, head, signing=over)
        for first, second in (documents, (b"pay", b" 10to Bob")):
            report = check(jws, detached=beside(a_txt=first, b_txt=second))
            assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
            assert only(report).coverage == "partial"

    def test_one_object_by_uri_is_covered_whole(self):
        jws = parts.signed(None, self.objects(BY_URI, ["a.txt"]), signing=parts.b64(b"first").encode())
        report = check(jws, detached=beside(a_txt=b"first"))
        assert (report.indication, only(report).coverage) == (Indication.TOTAL_PASSED, "whole")

    @pytest.mark.parametrize("name", ["a.txt", "b.txt"])
    def test_an_unsigned_document_beside_the_signed_one(self, name):
        """Inside of the signature, or beside it under the same name."""
        other = DetachedDocument(name, b"unsigned")
        inside = check(parts.signed(), detached=[*beside(a_txt=parts.CONTENT), other])
        by_digest = check(self.by_hash(b"first", names=["a.txt"]), detached=[*beside(a_txt=b"first"), other])
        for report in (inside, by_digest):
            assert (report.indication, only(report).coverage) == (Indication.INDETERMINATE, "partial")

    def test_documents_that_changed_their_names(self):
        jws = self.by_hash(b"first", b"second", names=["a.txt", "b.txt"])
        swapped = beside(a_txt=b"second", b_txt=b"first")
        assert check(jws, detached=swapped).sub_indication == "HASH_FAILURE"

    def by_hash(self, *documents: bytes, names: list[str] | None = None, **more: Any) -> dict[str, Any]:
        values = [parts.b64(digest("sha256", parts.b64(one).encode())) for one in documents]
        chosen = names or [f"{number}.txt" for number in range(len(documents))]
        head = self.objects(BY_HASH, chosen, hashM="S256", hashV=values, **more)
        return parts.signed(None, head, signing=b"")

    def test_objects_by_digest(self):
        jws = self.by_hash(b"first", b"second")
        good = beside(x_txt=b"second", y_txt=b"first")
        assert check(jws, detached=good).indication is Indication.TOTAL_PASSED
        altered = check(jws, detached=[DetachedDocument("0.txt", b"other"), DetachedDocument("1.txt", b"second")])
        assert (altered.indication, altered.sub_indication) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
        assert check(jws, detached=good[:1]).sub_indication == "SIGNED_DATA_NOT_FOUND"

    def test_a_document_that_nobody_signed_beside_them(self):
        report = check(self.by_hash(b"first"), detached=beside(a_txt=b"first", b_txt=b"unsigned"))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
        assert only(report).coverage == "partial"

    def test_a_digest_for_a_document_that_stays_away(self):
        value = parts.b64(digest("sha256", b"first"))
        head = parts.header(
            sigD={"mId": BY_HASH, "pars": ["a"], "hashM": "S256", "hashV": [value]}, b64=False, crit=["sigD", "b64"]
        )
        jws = parts.signed(None, head, signing=b"")
        assert check(jws, digests={"sha256": digest("sha256", b"first")}).indication is Indication.TOTAL_PASSED
        assert check(jws, digests={"sha256": digest("sha256", b"other")}).sub_indication == "HASH_FAILURE"

    @pytest.mark.parametrize(
        "details",
        [
            "x",
            {"mId": BY_HASH, "pars": ["a"], "hashM": "S256", "hashV": []},
            {"mId": BY_HASH, "pars": ["a"], "hashM": "MD5", "hashV": ["YQ"]},
            {"mId": BY_URI, "pars": []},
            {"mId": "http://example.jp/", "pars": ["a"]},
        ],
    )
    def test_details_that_are_not_understood(self, details):
        jws = parts.signed(None, parts.header(sigD=details, crit=["sigD"]), signing=b"")
        assert check(jws, detached=beside(a=b"x")).indication is Indication.TOTAL_FAILED

    def test_details_beside_a_payload_are_refused(self):
        head = self.objects(BY_URI, ["a.txt"])
        assert check(parts.signed(protected=head), detached=beside(a_txt=parts.CONTENT)).indication is (
            Indication.TOTAL_FAILED
        )


class TestTimeStamps:
    def test_a_signature_time_stamp_proves_its_time(self):
        signature = only(check(parts.stamped(parts.signed(), STAMPED)))
        assert (signature.level, signature.best_signature_time) == ("BASELINE-T", STAMPED)

    def test_of_another_signature_it_proves_nothing(self):
        other = parts.component("sigTst", parts.container(parts.token_over(b"other", STAMPED)))
        signature = only(check(parts.with_unsigned(parts.signed(), other)))
        assert (signature.best_signature_time, [one.intact for one in signature.timestamps]) == (NOW, [False])

    def test_long_term_and_archive(self):
        crl = {"crlVals": [{"val": parts.plain(crl_of_the_world(STAMPED))}]}
        kept = parts.with_unsigned(parts.stamped(parts.signed(), STAMPED), parts.component("rVals", crl))
        assert only(check(kept)).level == "BASELINE-LT"
        signature = only(check(parts.archived(kept, STAMPED + timedelta(days=1))))
        assert signature.level == "BASELINE-LTA"
        assert [(one.type, one.intact, one.proof) for one in signature.timestamps] == [
            ("signature", True, True),
            ("archive", True, True),
        ]

    def test_a_component_slipped_in_front_breaks_the_archive(self):
        jws = parts.archived(parts.stamped(parts.signed(), STAMPED), STAMPED + timedelta(days=1))
        rows = jws["header"]["etsiU"]
        jws["header"]["etsiU"] = [rows[0], parts.component("anyValData", {}), rows[1]]
        assert [one.intact for one in only(check(jws)).timestamps] == [True, False]

    def test_components_in_the_clear_prove_nothing(self):
        jws = parts.archived(parts.signed(), STAMPED)
        rows = [json.loads(parts.base64.urlsafe_b64decode(row + "==")) for row in jws["header"]["etsiU"]]
        token = parts.container(parts.token_over(b"whatever", STAMPED))
        jws["header"]["etsiU"] = [{"xVals": []}, {"arcTst": token}, *rows]
        assert only(check(jws)).best_signature_time == NOW

    def test_members_of_drafts_prove_nothing(self):
        token = parts.container(parts.token_over(parts.signed()["signature"].encode(), STAMPED))
        jws = parts.with_unsigned(parts.signed(), parts.component("sigTst", {**token, "timeStamped": "all"}))
        assert only(check(jws)).best_signature_time == NOW

    def test_a_stamp_before_the_withdrawal_saves(self):
        withdrawn = trust(ca=((NOW - timedelta(days=400), "qualified"), (STAMPED + timedelta(days=1), "withdrawn")))
        saved = only(check(parts.stamped(parts.signed(), STAMPED), trust=withdrawn))
        assert (saved.service or {})["status_at_best_time"] == "qualified"


class TestCounterSignatures:
    def counter(self, over: bytes) -> str:
        head = parts.header(iat=int(NOW.timestamp()))
        return parts.compact(parts.signed(None, head, signing=parts.b64(over).encode())).decode()

    def test_over_the_signature_value(self):
        jws = parts.signed()
        value = parts.base64.urlsafe_b64decode(jws["signature"] + "==")
        first, second = check(parts.with_unsigned(jws, parts.component("cSig", self.counter(value)))).signatures
        assert (second.countersigns, second.intact, second.coverage) == (first.id, True, "whole")

    def test_over_another_value_it_is_broken(self):
        report = check(parts.with_unsigned(parts.signed(), parts.component("cSig", self.counter(b"another"))))
        assert [one.intact for one in report.signatures] == [True, False]
        assert report.indication is Indication.TOTAL_FAILED


@given(st.binary(max_size=200))
def test_octets_give_signatures_or_a_refusal(data: bytes) -> None:
    for candidate in (data, b"{" + data, b'{"payload":"' + data + b'"}', b"eyJ9." + data):
        try:
            parse(candidate)
        except JwsError:
            continue


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = ("alg", "crit", "b64", "x5c", "x5t#S256", "x5t#o", "sigX5ts", "sigD", "iat", "sigT", "adoTst", "etsiU")


@given(st.sampled_from(_NAMES), _JSON, st.booleans())
def test_no_value_of_a_header_passes_or_fails_our_reader(name: str, value: Any, protected: bool) -> None:
    changes = {name: value} if protected else {}
    jws = parts.signed(protected=parts.header() | changes, unprotected=None if protected else {name: value})
    report = check(jws)
    assert not [notice for notice in report.errors if notice.code == "PARSER_FAILED"]
    if report.indication is Indication.TOTAL_PASSED:
        assert only(report).intact is True
