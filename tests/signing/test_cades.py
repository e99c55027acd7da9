"""CAdES and plain CMS: what is signed, by whom, when it existed, and what must never pass."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from signing.domain.report import SignatureReport, ValidationReport
from tests.pki.factories import attribute, digest, make_leaf, make_token
from tests.signing import cades_parts as parts
from tests.signing.signing_world import NOW, blank_pdf, network, trust, validate, world
from trustreg.pki import asn1
from trustreg.pki.cms.model import COUNTERSIGNATURE
from trustreg.pki.indications import Indication

STAMPED = NOW - timedelta(days=10)


def only(report: ValidationReport) -> SignatureReport:
    (found,) = report.signatures
    return found


def detached(*documents: bytes) -> list[object]:
    from signing.domain.formats import DetachedDocument

    return [DetachedDocument(f"{number}.txt", octets) for number, octets in enumerate(documents)]


class TestWhatIsSigned:
    def test_an_attached_content_passes_and_is_covered_whole(self):
        report = validate(parts.cades())
        assert report.document.format == "CAdES"
        assert report.indication is Indication.TOTAL_PASSED
        signature = only(report)
        assert (signature.intact, signature.coverage, signature.level) == (True, "whole", "BASELINE-B")

    def test_a_detached_content_must_be_handed_in(self):
        data = parts.cades(detached=True)
        assert validate(data).sub_indication == "SIGNED_DATA_NOT_FOUND"
        assert validate(data, detached=detached(parts.CONTENT)).indication is Indication.TOTAL_PASSED
        assert validate(data, detached=detached(b"other")).sub_indication == "HASH_FAILURE"

    def test_an_unsigned_document_beside_the_one_that_is_inside(self):
        report = validate(parts.cades(), detached=detached(parts.CONTENT, b"unsigned"))
        assert (report.indication, only(report).coverage) == (Indication.INDETERMINATE, "partial")

    def test_of_several_documents_the_one_that_fits_is_signed_and_the_others_are_not(self):
        report = validate(parts.cades(detached=True), detached=detached(b"other", parts.CONTENT))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE")
        assert (only(report).intact, only(report).coverage) == (True, "partial")

    def test_a_digest_stands_for_a_document_that_stays_away(self):
        data = parts.cades(detached=True)
        assert validate(data, digests={"sha256": digest("sha256", parts.CONTENT)}).indication is Indication.TOTAL_PASSED
        assert validate(data, digests={"sha256": digest("sha256", b"other")}).sub_indication == "HASH_FAILURE"
        unsigned = parts.cades(detached=True, signed_attributes=False)
        found = validate(unsigned, digests={"sha256": digest("sha256", parts.CONTENT)})
        assert found.sub_indication == "SIGNED_DATA_NOT_FOUND", "the content itself is signed there"

    def test_another_document_beside_an_attached_content_is_refused(self):
        assert validate(parts.cades(), detached=detached(b"other")).indication is not Indication.TOTAL_PASSED
        assert validate(parts.cades(), detached=detached(parts.CONTENT)).indication is Indication.TOTAL_PASSED
        wrong = validate(parts.cades(), digests={"sha256": digest("sha256", b"other")})
        assert wrong.indication is not Indication.TOTAL_PASSED

    def test_altered_content_or_signature_is_broken(self):
        data = parts.cades()
        altered = validate(data.replace(b"agree", b"argue"))
        assert (altered.sub_indication, only(altered).intact) == ("HASH_FAILURE", False)
        _, signer = parts.opened(data)
        other = bytes([signer.signature[0] ^ 1]) + signer.signature[1:]
        assert validate(data.replace(signer.signature, other)).sub_indication == "SIG_CRYPTO_FAILURE"

    def test_pem_is_read_as_der_is(self):
        text = base64.encodebytes(parts.cades())
        for label in (b"PKCS7", b"CMS"):
            pem = b"-----BEGIN " + label + b"-----\n" + text + b"-----END " + label + b"-----\n"
            assert validate(pem).indication is Indication.TOTAL_PASSED
        assert validate(b"-----BEGIN CMS-----\n!!!\n-----END CMS-----\n").sub_indication == "FORMAT_FAILURE"

    def test_a_signed_pdf_inside_is_content_and_not_the_format(self):
        report = validate(parts.cades(blank_pdf()))
        assert (report.document.format, report.indication) == ("CAdES", Indication.TOTAL_PASSED)


class TestPolyglots:
    @pytest.mark.parametrize("tail", [b"x", b"\0", blank_pdf()])
    def test_octets_after_the_signature_never_pass(self, tail):
        """A viewer may show what follows: a PDF after a CMS opens as that PDF."""
        report = validate(parts.cades() + tail)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")
        assert only(report).coverage != "whole"

    def test_octets_before_it_are_no_signature(self):
        assert validate(b"x" + parts.cades()).indication is not Indication.TOTAL_PASSED


class TestWhoSigned:
    def test_without_a_signed_reference_to_the_certificate_it_is_no_ades(self):
        signature = only(validate(parts.cades(ess=None)))
        assert signature.level == "NOT_ETSI"

    def test_a_swapped_certificate_is_not_the_signers(self):
        here = world()
        twin = make_leaf(here.ca, "World Signer", kind="rsa2048", serial=here.signer.certificate.serial)
        report = validate(parts.cades(certificates=[twin.der, here.ca.der]))
        assert report.indication is not Indication.TOTAL_PASSED

    def test_every_signer_counts_and_the_worst_decides(self):
        good, broken = parts.opened(parts.cades()), parts.opened(parts.cades(b"something else"))
        both = parts.data_with_signers(good[0], [good[1].raw, broken[1].raw])
        report = validate(both)
        assert [signature.intact for signature in report.signatures] == [True, False]
        assert report.indication is Indication.TOTAL_FAILED


class TestTimeStamps:
    def test_a_signature_time_stamp_proves_its_time(self):
        report = validate(parts.stamped(parts.cades(), STAMPED))
        signature = only(report)
        assert (signature.level, signature.best_signature_time) == ("BASELINE-T", STAMPED)
        assert [(stamp.type, stamp.intact, stamp.proof) for stamp in signature.timestamps] == [
            ("signature", True, True)
        ]

    def test_a_time_stamp_of_another_signature_proves_nothing(self):
        token = make_token(world().tsa, b"another signature", gen_time=STAMPED)
        data = parts.with_unsigned(parts.cades(), attribute("1.2.840.113549.1.9.16.2.14", token))
        signature = only(validate(data))
        assert signature.best_signature_time == NOW
        assert [stamp.proof for stamp in signature.timestamps] == [False]

    def test_a_content_time_stamp_is_no_proof_of_the_signature(self):
        token = make_token(world().tsa, parts.CONTENT, gen_time=STAMPED)
        report = validate(parts.cades(extra_signed=[attribute("1.2.840.113549.1.9.16.2.20", token)]))
        assert only(report).best_signature_time == NOW
        assert [(stamp.type, stamp.intact) for stamp in only(report).timestamps] == [("content", True)]
        assert report.timestamps == ()

    @pytest.mark.parametrize("reading", [0, 1])
    def test_an_archive_time_stamp_v2_is_over_everything_in_either_reading(self, reading):
        data = parts.archived_v2(parts.stamped(parts.cades(), STAMPED), STAMPED + timedelta(days=1), reading=reading)
        signature = only(validate(data))
        assert [(stamp.type, stamp.intact) for stamp in signature.timestamps] == [
            ("signature", True),
            ("archive", True),
        ]
        grown = only(validate(parts.with_certificate(data, world().tsa.der)))
        assert [stamp.intact for stamp in grown.timestamps] == [True, False], "the set of certificates is stamped too"

    def test_an_archive_time_stamp_v3_covers_what_its_index_names(self):
        data = parts.archived_v3(
            parts.stamped(parts.cades(crls=[parts.crl_of_the_world(STAMPED)]), STAMPED), STAMPED + timedelta(days=1)
        )
        signature = only(validate(data))
        assert signature.level == "BASELINE-LTA"
        assert [(stamp.type, stamp.intact, stamp.proof) for stamp in signature.timestamps] == [
            ("signature", True, True),
            ("archive", True, True),
        ]

    def test_an_archive_time_stamp_v3_alone_proves_the_signature(self):
        signature = only(validate(parts.archived_v3(parts.cades(), STAMPED)))
        assert signature.best_signature_time == STAMPED

    def test_an_index_with_foreign_entries_is_reported(self):
        cms, signer = parts.opened(parts.cades())
        index = parts.hash_index(cms, signer, extra=[b"\1" * 32])
        signature = only(validate(parts.archived_v3(parts.cades(), STAMPED, index=index)))
        assert "HASH_INDEX_COMPLETE" in {notice.code for stamp in signature.timestamps for notice in stamp.warnings}

    @pytest.mark.parametrize("indexes", [0, 2])
    def test_without_exactly_one_index_it_proves_nothing(self, indexes):
        report = validate(parts.archived_v3(parts.cades(), STAMPED, indexes=indexes))
        assert only(report).best_signature_time == NOW

    def test_a_time_stamp_of_the_references_is_over_signature_and_stamps(self):
        data = parts.stamped_references(parts.stamped(parts.cades(), STAMPED), STAMPED + timedelta(days=1))
        assert [stamp.intact for stamp in only(validate(data)).timestamps] == [True, True]

    def test_a_detached_content_is_part_of_an_archive_time_stamp(self):
        data = parts.archived_v2(parts.cades(detached=True), STAMPED, parts.CONTENT)
        signature = only(validate(data, detached=detached(parts.CONTENT)))
        assert [stamp.intact for stamp in signature.timestamps] == [True]
        assert [stamp.intact for stamp in only(validate(data)).timestamps] == [None]

    def test_revocation_data_inside_makes_long_term(self):
        data = parts.stamped(parts.cades(crls=[parts.crl_of_the_world(STAMPED)]), STAMPED)
        assert only(validate(data)).level == "BASELINE-LT"

    def test_a_stamp_from_before_the_withdrawal_saves_and_none_does_not(self):
        withdrawn = trust(ca=((NOW - timedelta(days=400), "qualified"), (STAMPED + timedelta(days=1), "withdrawn")))
        saved = only(validate(parts.stamped(parts.cades(), STAMPED), trust=withdrawn))
        lost = only(validate(parts.cades(), trust=withdrawn))
        assert saved.indication is Indication.TOTAL_PASSED
        assert (saved.service or {})["status_at_best_time"] == "qualified"
        assert (lost.service or {})["status_at_best_time"] == "withdrawn"


class TestCounterSignatures:
    def test_it_is_reported_beside_the_signature_that_it_is_over(self):
        first, second = validate(parts.countersigned(parts.cades())).signatures
        assert (first.countersigns, second.countersigns) == (None, first.id)
        assert (first.intact, second.intact, second.coverage) == (True, True, "whole")

    def test_over_another_value_it_is_broken(self):
        other = parts.opened(parts.countersigned(parts.cades(b"another contract")))[1].unsigned(COUNTERSIGNATURE)[0]
        report = validate(parts.with_unsigned(parts.cades(), attribute(COUNTERSIGNATURE, other)))
        assert [signature.intact for signature in report.signatures] == [True, False]
        assert report.indication is Indication.TOTAL_FAILED

    def test_it_does_not_reach_a_document_whose_own_signature_is_broken(self):
        report = validate(parts.countersigned(parts.cades()).replace(b"agree", b"argue"))
        assert [signature.coverage for signature in report.signatures] == ["none", "none"]

    def test_endless_nesting_is_refused(self):
        inner = parts.opened(parts.countersigned(parts.cades()))[1].unsigned(COUNTERSIGNATURE)[0]
        for _ in range(12):
            fields = [part.raw for part in asn1.read(inner).children()][:6]
            inner = asn1.encode(
                asn1.SEQUENCE, *fields, asn1.encode(asn1.context(1), attribute(COUNTERSIGNATURE, inner))
            )
        report = validate(parts.with_unsigned(parts.cades(), attribute(COUNTERSIGNATURE, inner)))
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")


class TestSubstitution:
    def test_signed_attributes_passed_off_as_a_document_never_pass(self):
        """The DER of the attributes of one message, as the content of another without attributes (RFC 5652 5.4)."""
        _, signer = parts.opened(parts.cades())
        attributes = asn1.encode(asn1.SET, asn1.read(signer.signed_attributes_raw or b"").content)
        fields = [part.raw for part in asn1.read(signer.raw).children()]
        forged = asn1.encode(asn1.SEQUENCE, *fields[:3], *fields[4:6])
        cms, _ = parts.opened(parts.cades(attributes))
        report = validate(parts.data_with_signers(cms, [forged]))
        assert report.indication is not Indication.TOTAL_PASSED
        assert only(report).intact is not True

    def test_revoked_before_the_proof_of_time_fails_and_after_it_does_not(self):
        serial = world().signer.certificate.serial
        data = parts.stamped(parts.cades(), STAMPED)
        before = network({serial: (STAMPED - timedelta(days=1), None)})
        after = network({serial: (STAMPED + timedelta(days=1), None)})
        assert validate(data, fetcher=before).indication is not Indication.TOTAL_PASSED
        assert validate(data, fetcher=after).indication is Indication.TOTAL_PASSED


def test_not_one_octet_of_the_structure_may_change_unseen():
    """Every octet of content, certificates and signed parts: flipped, it is refused or says the same of the same."""
    data = parts.cades()
    start = data.index(parts.CONTENT)
    for position in range(start, start + len(parts.CONTENT)):
        altered = data[:position] + bytes([data[position] ^ 0x20]) + data[position + 1 :]
        assert validate(altered).indication is not Indication.TOTAL_PASSED
