"""The whole validation of PDFs: what passes, what does not, and why (EN 319 102-1; design 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import MDPPerm

from signing.domain.enrich import Enrichment, SignatureFacts
from signing.domain.formats import DetachedDocument
from signing.domain.report import Notice, Text
from tests.pki.factories import T0, make_ca, make_crl, make_leaf, make_response, make_token, make_tsa
from tests.signing.signing_world import (
    CA_TYPE,
    CRL_URL,
    NOW,
    TSA_CRL_URL,
    TSA_TYPE,
    add_evidence,
    blank_pdf,
    listed,
    network,
    sign,
    stamp,
    trust,
    update,
    validate,
    world,
)
from trustreg.base.errors import InvalidInput
from trustreg.pki.indications import Indication

MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))


@pytest.fixture(scope="module")
def signed() -> bytes:
    return sign(blank_pdf())


@pytest.fixture(scope="module")
def stamped() -> bytes:
    return sign(blank_pdf(), stamped_at=MARCH)


def codes(part) -> list[str]:
    return [notice.code for notice in part.errors]


def only(report):
    assert len(report.signatures) == 1
    return report.signatures[0]


class TestTrust:
    def test_a_signature_under_a_listed_service_passes(self, signed: bytes) -> None:
        report = validate(signed)
        signature = only(report)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_PASSED, None)
        assert (signature.intact, signature.coverage, signature.modifications) == (True, "whole", "none")
        assert (signature.level, signature.trust, signature.kind) == ("BASELINE-B", "list", "signature")
        assert signature.best_signature_time == NOW
        assert not signature.errors

    def test_best_signature_time_is_the_accepted_time_stamp(self, stamped: bytes) -> None:
        signature = only(validate(stamped, trust=trust()))
        assert signature.indication is Indication.TOTAL_PASSED
        assert (signature.level, signature.best_signature_time) == ("BASELINE-T", MARCH)
        token = signature.timestamps[0]
        assert (token.type, token.time, token.intact, token.proof) == ("signature", MARCH, True, True)
        assert (token.qualification, token.indication) == ("QTSA", Indication.TOTAL_PASSED)

    def test_the_service_fell_after_the_proven_time(self, stamped: bytes) -> None:
        signature = only(validate(stamped, trust=trust(ca=[(T0, "qualified"), (APRIL, "withdrawn")])))
        assert signature.indication is Indication.TOTAL_PASSED
        assert signature.best_signature_time == MARCH

    @pytest.mark.parametrize(
        ("status", "reason"), [("withdrawn", "SERVICE_WITHDRAWN"), ("suspended", "SERVICE_SUSPENDED")]
    )
    def test_the_service_does_not_count_at_best_time(self, signed: bytes, status: str, reason: str) -> None:
        signature = only(validate(signed, trust=trust(ca=[(T0, "qualified"), (APRIL, status)])))
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
        assert (codes(signature), signature.trust) == ([reason], None)
        assert signature.intact is True

    def test_claimed_signing_time_proves_nothing(self, signed: bytes) -> None:
        signature = only(validate(signed, trust=trust(ca=[(T0, "qualified"), (NOW, "withdrawn")])))
        assert signature.best_signature_time == NOW
        assert "SERVICE_WITHDRAWN" in codes(signature)

    def test_a_stamp_of_a_fallen_tsa_is_shown_and_not_used(self, stamped: bytes) -> None:
        signature = only(validate(stamped, trust=trust(tsa=[(T0, "qualified"), (APRIL, "withdrawn")])))
        assert (signature.best_signature_time, signature.timestamps[0].proof) == (NOW, False)
        assert codes(signature.timestamps[0]) == ["SERVICE_WITHDRAWN"]
        assert "TIMESTAMPS" in [notice.code for notice in signature.warnings]

    def test_a_later_document_stamp_proves_the_token_of_a_tsa_that_fell_since(self, stamped: bytes) -> None:
        other_ca = make_ca("Second TSA CA")
        other = make_tsa(other_ca, "Second TSA")
        here = world()
        lists = listed(
            (here.ca, CA_TYPE, ((T0, "qualified"), (APRIL, "withdrawn"))),
            (here.tsa_ca, TSA_TYPE, ((T0, "qualified"), (MAY, "withdrawn"))),
            (other_ca, TSA_TYPE, ((T0, "specified"),)),
        )
        pdf = stamp(stamped, APRIL + timedelta(days=3), tsa=other)
        evidence = [make_crl(other_ca, this_update=NOW - timedelta(hours=1))]
        pdf_with_evidence = stamp(add_evidence(stamped, crls=evidence), APRIL + timedelta(days=3), tsa=other)
        assert only(validate(pdf, trust=lists)).best_signature_time == NOW  # nothing says the second TSA is not revoked
        signature = only(validate(pdf_with_evidence, trust=lists))
        assert [token.proof for token in signature.timestamps] == [True, True]
        assert signature.best_signature_time == MARCH
        assert signature.indication is Indication.TOTAL_PASSED

    def test_an_operators_root_gives_trust_of_its_own_level(self, signed: bytes) -> None:
        signature = only(validate(signed, trust=listed(), extra_anchors=[world().ca.certificate]))
        assert (signature.indication, signature.trust) == (Indication.TOTAL_PASSED, "operator")
        assert signature.service is None

    def test_an_operators_root_does_not_bring_back_a_withdrawn_service(self, signed: bytes) -> None:
        lists = trust(ca=[(T0, "qualified"), (APRIL, "withdrawn")])
        signature = only(validate(signed, trust=lists, extra_anchors=[world().ca.certificate]))
        assert "SERVICE_WITHDRAWN" in codes(signature)

    def test_a_withdrawn_service_is_not_reached_around_through_its_parent(self) -> None:
        root = make_ca("Outer Root")
        inner = make_ca("Inner CA", issuer=root)
        leaf = make_leaf(inner, "Inner Signer", kind="rsa2048")
        lists = listed((root, CA_TYPE, ((T0, "qualified"),)), (inner, CA_TYPE, ((T0, "withdrawn"),)))
        signature = only(validate(sign(blank_pdf(), signer=leaf), trust=lists, fetcher=None))
        assert codes(signature) == ["SERVICE_WITHDRAWN"]

    def test_a_key_listed_only_for_time_stamps_is_no_anchor_for_signatures(self, signed: bytes) -> None:
        signature = only(validate(signed, trust=listed((world().ca, TSA_TYPE, ((T0, "qualified"),)))))
        assert (signature.sub_indication, signature.trust) == ("NO_CERTIFICATE_CHAIN_FOUND", None)

    def test_without_any_anchor(self, signed: bytes) -> None:
        signature = only(validate(signed, trust=listed()))
        assert (signature.sub_indication, codes(signature)) == (
            "NO_CERTIFICATE_CHAIN_FOUND",
            ["NO_CERTIFICATE_CHAIN_FOUND"],
        )


class TestRevocationAndValidity:
    def test_revoked_before_best_time(self, signed: bytes) -> None:
        fetcher = network({world().signer.certificate.serial: (APRIL, "keyCompromise")})
        signature = only(validate(signed, fetcher=fetcher))
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "REVOKED_NO_POE")

    def test_revoked_after_the_proven_time(self, stamped: bytes) -> None:
        fetcher = network({world().signer.certificate.serial: (APRIL, "keyCompromise")})
        signature = only(validate(stamped, fetcher=fetcher))
        assert signature.indication is Indication.TOTAL_PASSED
        assert "REVOKED_LATER" in [notice.code for notice in signature.warnings]

    def test_suspended_certificate(self, signed: bytes) -> None:
        fetcher = network({world().signer.certificate.serial: (APRIL, "certificateHold")})
        assert only(validate(signed, fetcher=fetcher)).sub_indication == "TRY_LATER"

    def test_a_missing_upstream_only_worsens(self, signed: bytes) -> None:
        signature = only(validate(signed, fetcher=None))
        assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "TRY_LATER")

    def test_embedded_evidence_needs_no_network(self) -> None:
        here = world()
        crls = [make_crl(here.ca, this_update=MARCH), make_crl(here.tsa_ca, this_update=NOW - timedelta(hours=1))]
        pdf = add_evidence(sign(blank_pdf(), stamped_at=MARCH), crls=crls, certificates=[here.ca, here.tsa_ca])
        signature = only(validate(pdf, fetcher=None))
        assert signature.indication is Indication.TOTAL_PASSED
        assert (signature.level, signature.coverage, signature.modifications) == ("BASELINE-LT", "revision", "lta")

    def test_expired_certificate_without_proof(self, signed: bytes) -> None:
        later = T0 + timedelta(days=500)
        signature = only(validate(signed, now=later, fetcher=network(at=later)))
        assert signature.sub_indication in ("OUT_OF_BOUNDS_NOT_REVOKED", "OUT_OF_BOUNDS_NO_POE")
        assert signature.indication is Indication.INDETERMINATE

    def test_expired_certificate_with_proof(self, stamped: bytes) -> None:
        later = T0 + timedelta(days=500)
        crl = make_crl(world().ca, this_update=MARCH + timedelta(hours=1))
        signature = only(validate(add_evidence(stamped, crls=[crl]), now=later, fetcher=network(at=later)))
        assert signature.indication is Indication.TOTAL_PASSED
        # A list made after the certificate expired says nothing about it.
        assert only(validate(stamped, now=later, fetcher=network(at=later))).sub_indication is not None

    def test_a_stamp_older_than_the_certificate(self) -> None:
        young = make_leaf(world().ca, "Young Signer", kind="rsa2048", crl_urls=[CRL_URL], not_before=APRIL)
        signature = only(validate(sign(blank_pdf(), signer=young, stamped_at=MARCH)))
        assert (signature.indication.value, signature.sub_indication) == ("TOTAL-FAILED", "NOT_YET_VALID")

    def test_a_key_that_may_not_sign(self) -> None:
        leaf = make_leaf(world().ca, "Encrypter", kind="rsa2048", usage=["key_encipherment"], crl_urls=[CRL_URL])
        assert only(validate(sign(blank_pdf(), signer=leaf))).sub_indication == "CHAIN_CONSTRAINTS_FAILURE"

    def test_short_keys_are_not_reliable(self) -> None:
        leaf = make_leaf(world().ca, "Short", kind="rsa1024", crl_urls=[CRL_URL])
        signature = only(validate(sign(blank_pdf(), signer=leaf)))
        assert (signature.intact, signature.sub_indication) == (True, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")


class TestAssumedTime:
    def test_it_is_hypothetical_and_never_a_proof(self, signed: bytes) -> None:
        lists = trust(ca=[(T0, "qualified"), (APRIL, "withdrawn")])

        def qualifies(facts: SignatureFacts) -> Enrichment:
            return Enrichment(qualification="QESIG")

        report = validate(signed, trust=lists, at=MARCH, fetcher=network(at=MARCH), enrichers=[qualifies])
        signature = only(report)
        assert report.hypothetical
        assert signature.hypothetical
        assert (signature.qualification, signature.assuming) == ("INDETERMINATE", "QESIG")
        assert signature.best_signature_time == NOW
        assert "HYPOTHETICAL_TIME" in [notice.code for notice in signature.warnings]

    def test_now_is_not_hypothetical(self, signed: bytes) -> None:
        assert not validate(signed, at=NOW).hypothetical

    def test_the_future_is_refused(self, signed: bytes) -> None:
        with pytest.raises(InvalidInput):
            validate(signed, at=NOW + timedelta(seconds=1))


class TestChangedDocuments:
    def test_a_changed_octet(self, signed: bytes) -> None:
        position = signed.index(b"(Page)") if b"(Page)" in signed else signed.index(b"/MediaBox") + 12
        broken = signed[:position] + bytes((signed[position] ^ 1,)) + signed[position + 1 :]
        signature = only(validate(broken))
        assert (signature.intact, signature.indication.value) == (False, "TOTAL-FAILED")
        assert signature.sub_indication == "HASH_FAILURE"

    def test_a_second_signature(self, signed: bytes) -> None:
        report = validate(sign(signed, field_name="Sig2"))
        assert [(s.coverage, s.modifications, s.indication.value) for s in report.signatures] == [
            ("revision", report.signatures[0].modifications, "TOTAL-PASSED"),
            ("whole", "none", "TOTAL-PASSED"),
        ]
        assert report.signatures[0].modifications in ("signing", "lta")

    def test_a_document_time_stamp(self, signed: bytes) -> None:
        signature = only(validate(stamp(signed, APRIL)))
        assert (signature.coverage, signature.modifications) == ("revision", "lta")
        assert (signature.indication, signature.best_signature_time) == (Indication.TOTAL_PASSED, APRIL)
        assert signature.timestamps[0].type == "document"

    def test_long_term_level(self) -> None:
        here = world()
        crls = [make_crl(here.ca, this_update=MARCH), make_crl(here.tsa_ca, this_update=NOW - timedelta(hours=1))]
        pdf = stamp(add_evidence(sign(blank_pdf(), stamped_at=MARCH), crls=crls), APRIL)
        signature = only(validate(pdf, fetcher=None))
        assert (signature.level, signature.modifications) == ("BASELINE-LTA", "lta")
        assert (signature.indication, signature.best_signature_time) == (Indication.TOTAL_PASSED, MARCH)

    def test_a_changed_page(self, signed: bytes) -> None:
        def change(writer) -> None:
            page = writer.root["/Pages"]["/Kids"][0]
            page["/Rotate"] = generic.NumberObject(180)
            writer.update_container(page)

        signature = only(validate(update(signed, change)))
        assert (signature.intact, signature.coverage, signature.modifications) == (True, "revision", "other")
        assert (signature.indication.value, signature.sub_indication) == ("TOTAL-FAILED", "FORMAT_FAILURE")

    def test_a_page_changed_after_a_lone_document_time_stamp(self) -> None:
        def change(writer) -> None:
            page = writer.root["/Pages"]["/Kids"][0]
            page["/Rotate"] = generic.NumberObject(180)
            writer.update_container(page)

        stamped = stamp(blank_pdf(), MARCH)
        good, bad = validate(stamped), validate(update(stamped, change))
        assert (good.indication, good.timestamps[0].coverage) == (Indication.TOTAL_PASSED, "whole")
        assert (bad.indication, bad.timestamps[0].modifications) == (Indication.TOTAL_FAILED, "other")
        assert bad.timestamps[0].intact is True
        assert not bad.timestamps[0].proof

    def test_an_encrypted_document_says_so(self) -> None:
        import io

        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.pdf_utils.writer import copy_into_new_writer

        writer = copy_into_new_writer(PdfFileReader(io.BytesIO(blank_pdf())))
        writer.encrypt("owner", "")
        output = io.BytesIO()
        writer.write(output)
        report = validate(output.getvalue())
        assert report.indication is not Indication.TOTAL_PASSED
        assert report.errors

    @pytest.mark.parametrize("tail", [b"%garbage", b"5 0 obj <</Type/Page>> endobj\n", b"\n%%EOF\n"])
    def test_data_after_the_signed_revision(self, signed: bytes, tail: bytes) -> None:
        signature = only(validate(signed + tail))
        assert signature.coverage != "whole"
        assert signature.indication is Indication.TOTAL_FAILED

    def test_line_ends_after_the_signed_revision_are_nothing(self, signed: bytes) -> None:
        signature = only(validate(signed + b"\r\n"))
        assert (signature.coverage, signature.modifications) == ("revision", "none")
        assert signature.indication is Indication.TOTAL_PASSED

    @staticmethod
    def _fill(writer) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/V"] = generic.pdf_string("Attacker")
        writer.update_container(field)

    def test_form_filling_needs_a_certification_that_permits_it(self) -> None:
        form = blank_pdf(text_field=True)
        signature = only(validate(update(sign(form), self._fill)))
        assert (signature.modifications, signature.sub_indication) == ("form-filling", "FORMAT_FAILURE")
        signature = only(validate(update(sign(form, certify=MDPPerm.FILL_FORMS), self._fill)))
        assert (signature.modifications, signature.indication) == ("form-filling", Indication.TOTAL_PASSED)
        signature = only(validate(update(sign(form, certify=MDPPerm.NO_CHANGES), self._fill)))
        assert signature.indication is Indication.TOTAL_FAILED

    def test_a_replaced_signature_dictionary(self, signed: bytes) -> None:
        def change(writer) -> None:
            field = writer.root["/AcroForm"]["/Fields"][0]
            value = field.raw_get("/V").get_object()
            value["/Reason"] = generic.pdf_string("I agree to something else")
            writer.mark_update(field.raw_get("/V"))

        signature = only(validate(update(signed, change)))
        assert signature.indication is Indication.TOTAL_FAILED
        assert "SIGNED_DICTIONARY" in codes(signature) or "BYTE_RANGE" in codes(signature)


class TestByteRanges:
    @pytest.mark.parametrize(
        "numbers",
        [
            lambda a, b, c, d: (1, b - 1, c, d),
            lambda a, b, c, d: (0, b - 1, c, d),
            lambda a, b, c, d: (0, b, c + 1, d - 1),
            lambda a, b, c, d: (0, b, c, d + 1),
            lambda a, b, c, d: (0, b, c, d - 1),
            lambda a, b, c, d: (0, c, b, d),
            lambda a, b, c, d: (0, b, b + 2, d),
            lambda a, b, c, d: (0, b, c, 1 << 62),
            lambda a, b, c, d: (0, 0, c, d),
        ],
    )
    def test_any_other_range_fails(self, signed: bytes, numbers) -> None:
        start = signed.index(b"/ByteRange") + len(b"/ByteRange")
        start = signed.index(b"[", start)
        end = signed.index(b"]", start)
        old = tuple(int(part) for part in signed[start + 1 : end].split())
        new = ("[" + " ".join(map(str, numbers(*old))) + "]").encode()
        room = end + 1
        while signed[room : room + 1] == b" ":
            room += 1
        if len(new) > room - start:
            pytest.skip("no room for a longer number in this file")
        forged = signed[:start] + new.ljust(room - start) + signed[room:]
        signature = only(validate(forged))
        assert signature.intact is not True
        assert signature.indication is Indication.TOTAL_FAILED


class TestOtherInputs:
    def test_no_signature(self) -> None:
        report = validate(blank_pdf())
        assert (report.indication.value, report.sub_indication) == ("INDETERMINATE", "NO_SIGNATURE_FOUND")
        assert report.signatures == ()

    @pytest.mark.parametrize("data", [b"x", b"\x00" * 100, b"%PDF-1.7", b"hello world"])
    def test_unreadable(self, data: bytes) -> None:
        report = validate(data)
        assert (report.indication.value, report.sub_indication) == ("TOTAL-FAILED", "FORMAT_FAILURE")
        assert report.errors

    @pytest.mark.parametrize("data", [b"<a/>", b"PK\x03\x04rest", b'{"payload": 1}'])
    def test_formats_of_other_versions_say_so(self, data: bytes) -> None:
        report = validate(data)
        assert report.indication is not Indication.TOTAL_PASSED
        assert report.errors

    def test_an_empty_document_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            validate(b"")

    def test_an_unknown_policy_is_refused(self, signed: bytes) -> None:
        with pytest.raises(InvalidInput):
            validate(signed, policy="../../etc/passwd")


class TestReport:
    def test_equal_inputs_give_equal_bodies(self, stamped: bytes) -> None:
        import json

        first, second = (json.dumps(validate(stamped).to_json()) for _ in range(2))
        assert first == second
        assert '"id"' in first

    def test_a_seal_is_told_from_a_signature(self) -> None:
        sealer = make_leaf(
            world().ca,
            "Sealer",
            kind="rsa2048",
            qc=["eseal"],
            crl_urls=[CRL_URL],
            subject={"organization_identifier": "NTRJP-7000012050002"},
        )
        signature = only(validate(sign(blank_pdf(), signer=sealer)))
        assert signature.kind == "seal"
        assert signature.signer.organization_identifier == "NTRJP-7000012050002"

    def test_enrichers_add_and_cannot_change_the_indication(self, stamped: bytes) -> None:
        seen: list[SignatureFacts] = []

        def enricher(facts: SignatureFacts) -> Enrichment | None:
            seen.append(facts)
            if facts.kind == "timestamp":
                return None
            return Enrichment("QESIG", service={"id": "S"}, reasons=[Notice("WHY", Text("理由", "because"))])

        signature = only(validate(stamped, enrichers=[enricher]))
        assert (signature.qualification, signature.service["id"]) == ("QESIG", "S")
        assert "WHY" in [notice.code for notice in signature.warnings]
        facts = next(facts for facts in seen if facts.kind == "signature")
        assert facts.path[-1] == world().ca.certificate
        assert (facts.best_signature_time, facts.trust_level) == (MARCH, "list")
        assert {facts.kind for facts in seen} == {"signature", "timestamp"}

    def test_a_failing_enricher_never_gives_a_pass(self, signed: bytes) -> None:
        def broken(facts: SignatureFacts) -> Enrichment:
            raise RuntimeError("no")

        report = validate(signed, enrichers=[broken])
        assert (report.indication, [e.code for e in report.errors]) == (Indication.INDETERMINATE, ["INTERNAL_ERROR"])

    def test_the_requirement_is_asked_with_the_finished_report(self, signed: bytes) -> None:
        report = validate(signed, requirement=lambda report: {"met": report.indication is Indication.TOTAL_PASSED})
        assert report.to_json()["requirement"] == {"met": True}

    def test_unknown_callers_reach_only_hosts_of_listed_chains(self, signed: bytes) -> None:
        asked: list[frozenset[str]] = []

        def restricted(hosts: frozenset[str]):
            asked.append(hosts)
            return network()

        assert only(validate(signed, restricted_fetcher=restricted)).indication is Indication.TOTAL_PASSED
        assert asked == [frozenset({"crl.test"})]
        asked.clear()
        validate(signed, restricted_fetcher=restricted, trust=listed())
        assert asked == []


class TestTokens:
    def test_a_bare_token_and_a_response(self) -> None:
        token = make_token(world().tsa, b"data", gen_time=MARCH)
        for data in (token, make_response(token)):
            report = validate(data, detached=[DetachedDocument("d", b"data")])
            assert report.indication is Indication.TOTAL_PASSED
            assert report.signatures == ()
            assert (report.timestamps[0].type, report.timestamps[0].qualification) == ("standalone", "QTSA")
            assert report.timestamps[0].time == MARCH

    @pytest.mark.parametrize("order", [1, -1])
    def test_over_one_of_two_documents(self, order: int) -> None:
        token = make_token(world().tsa, b"data", gen_time=NOW - timedelta(days=1))
        beside = [DetachedDocument("d", b"data"), DetachedDocument("e", b"unstamped")][::order]
        report = validate(token, detached=beside)
        assert (report.indication, report.timestamps[0].coverage) == (Indication.INDETERMINATE, "partial")

    def test_beside_a_document_that_holds_its_own_signature_nothing_is_signed(self) -> None:
        beside = [DetachedDocument("e", b"unsigned")]
        for data in (sign(blank_pdf()), stamp(blank_pdf(), NOW - timedelta(days=1))):
            report = validate(data, detached=beside)
            assert report.indication is Indication.INDETERMINATE
            assert {part.coverage for part in (*report.signatures, *report.timestamps)} == {"partial"}

    def test_other_data(self) -> None:
        token = make_token(world().tsa, b"data", gen_time=MARCH)
        report = validate(token, detached=[DetachedDocument("d", b"other")])
        assert (report.indication, report.timestamps[0].intact) == (Indication.TOTAL_FAILED, False)

    def test_a_token_of_an_unlisted_tsa_is_shown_and_not_used(self) -> None:
        token = make_token(world().tsa, b"data", gen_time=MARCH)
        report = validate(token, trust=listed())
        assert (report.indication.value, report.timestamps[0].proof) == ("INDETERMINATE", False)

    def test_a_refusal_holds_no_token(self) -> None:
        report = validate(make_response(None, status=2))
        assert report.indication is not Indication.TOTAL_PASSED

    def test_a_stamp_with_a_foreign_imprint_proves_nothing(self) -> None:
        pdf = sign(blank_pdf(), stamped_at=MARCH)
        marker = (MARCH.strftime("%Y%m%d%H%M%SZ")).encode().hex().encode()
        assert marker in pdf or marker.upper() in pdf
        shifted = (APRIL.strftime("%Y%m%d%H%M%SZ")).encode().hex().encode()
        forged = pdf.replace(marker, shifted).replace(marker.upper(), shifted.upper())
        signature = only(validate(forged))
        assert (signature.intact, signature.best_signature_time) == (True, NOW)
        assert (signature.timestamps[0].intact, signature.timestamps[0].proof) == (False, False)


def test_urls_of_the_world_are_used() -> None:
    assert CRL_URL in world().signer.certificate.crl_urls
    assert TSA_CRL_URL in world().tsa.certificate.crl_urls
