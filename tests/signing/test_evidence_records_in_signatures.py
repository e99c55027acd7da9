"""Evidence records where signatures have them: in CMS attributes, in XML properties, in files of a container."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from lxml import etree

from signing.domain.cades.records import EXTERNAL, INTERNAL
from signing.domain.formats import DetachedDocument
from tests.pki.factories import attribute, make_crl
from tests.signing import cades_parts as parts
from tests.signing import test_asic as containers
from tests.signing.evidence_world import ERS, FIRST, SECOND, THIRD, Asn1, Stamp, Xml, digest, father, token
from tests.signing.signing_world import NOW, network, validate, world
from tests.signing.xml_world import DOCUMENT, find, signer
from trustreg.demo.pki.xml_signer import enveloped
from trustreg.pki import asn1
from trustreg.pki.indications import Indication

SIGNED = FIRST - timedelta(days=1)


def only(report):
    (record,) = report.evidence_records
    return record


def signature(report):
    (found,) = report.signatures
    return found


def cms(**options):
    return parts.cades(signing_time=SIGNED, **options)


def sealed(data, record, oid=INTERNAL):
    return parts.with_unsigned(data, attribute(oid, record.encode()))


class TestCms:
    def test_an_internal_record_proves_when_the_signature_existed(self):
        data = cms()
        report = validate(sealed(data, Asn1().initial([data], others=3).renewed(SECOND).rebuilt([data], THIRD)))
        assert report.indication is Indication.TOTAL_PASSED
        assert signature(report).best_signature_time == FIRST
        assert [(one.type, one.proof) for one in signature(report).timestamps] == [("evidence-record", True)] * 3
        assert report.timestamps == ()
        assert (only(report).proof, only(report).signatures) == (True, (signature(report).id,))

    def test_it_covers_the_time_stamps_of_the_signature(self):
        data = parts.stamped(cms(), FIRST - timedelta(hours=1))
        report = validate(sealed(data, Asn1().initial([data])))
        assert signature(report).best_signature_time == FIRST - timedelta(hours=1)
        assert signature(report).level == "BASELINE-T"

    def test_a_certificate_revoked_after_the_record_still_passes(self):
        data = cms()
        revoked = network({world().signer.certificate.serial: (SECOND, "keyCompromise")})
        assert validate(data, fetcher=revoked).indication is not Indication.TOTAL_PASSED
        report = validate(sealed(data, Asn1().initial([data])), fetcher=revoked)
        assert report.indication is Indication.TOTAL_PASSED
        late = validate(sealed(data, Asn1().initial([data], THIRD)), fetcher=revoked)
        assert late.indication is not Indication.TOTAL_PASSED

    def test_an_external_record_is_over_the_content_too(self):
        data = cms(detached=True)
        record = Asn1().initial([data, parts.CONTENT], others=2).rebuilt([data, parts.CONTENT], SECOND)
        beside = [DetachedDocument("a.txt", parts.CONTENT)]
        report = validate(sealed(data, record, EXTERNAL), detached=beside)
        assert (report.indication, only(report).proof) == (Indication.TOTAL_PASSED, True)
        assert signature(report).best_signature_time == FIRST

    @pytest.mark.parametrize("beside", [True, False])
    def test_an_external_record_over_the_signature_alone_is_over_nothing(self, beside):
        data = cms(detached=True)
        documents = [DetachedDocument("a.txt", parts.CONTENT)] if beside else []
        report = validate(sealed(data, Asn1().initial([data]), EXTERNAL), detached=documents)
        assert (only(report).sub_indication, only(report).proof) == ("HASH_FAILURE", False)
        assert signature(report).best_signature_time == NOW

    @pytest.mark.parametrize(("oid", "detached"), [(INTERNAL, True), (EXTERNAL, False)])
    def test_the_kind_must_fit_the_signature(self, oid, detached):
        data = cms(detached=detached)
        beside = [DetachedDocument("a.txt", parts.CONTENT)] if detached else []
        report = validate(sealed(data, Asn1().initial([data, parts.CONTENT]), oid), detached=beside)
        assert (only(report).sub_indication, only(report).proof) == ("FORMAT_FAILURE", False)

    def test_a_record_of_another_signature(self):
        report = validate(sealed(cms(), Asn1().initial([cms(content=b"other")])))
        assert (only(report).sub_indication, only(report).proof) == ("HASH_FAILURE", False)
        assert (signature(report).indication, signature(report).best_signature_time) == (Indication.TOTAL_PASSED, NOW)

    def test_what_was_added_after_the_record_is_not_proven(self):
        """An attribute put in later changes what the record would be over."""
        data = cms()
        grown = parts.stamped(sealed(data, Asn1().initial([data])), SECOND)
        assert only(validate(grown)).sub_indication == "HASH_FAILURE"

    def test_a_later_record_is_over_the_earlier_one(self):
        data = cms()
        once = sealed(data, Asn1().initial([data]))
        report = validate(sealed(once, Asn1().initial([once], SECOND)))
        assert [(one.time, one.proof) for one in report.evidence_records] == [(FIRST, True), (SECOND, True)]

    def test_a_record_in_der_over_a_signature_in_ber(self):
        data = cms(certificates=[world().signer.der])
        inside = asn1.read(data).children()
        loose = bytes((0x30, 0x80)) + inside[0].raw + inside[1].raw + b"\x00\x00"
        for octets in (data, loose):
            record = Asn1().initial([octets])
            kind, wrapped = asn1.read(sealed(data, record)).children()
            report = validate(bytes((0x30, 0x80)) + kind.raw + wrapped.raw + b"\x00\x00")
            assert only(report).proof, only(report)

    def test_more_records_than_are_read(self):
        data = cms()
        every = attribute(INTERNAL, *[Asn1().initial([data]).encode()] * 17)
        report = validate(parts.with_unsigned(data, every))
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")

    def test_octets_that_are_no_record(self):
        report = validate(parts.with_unsigned(cms(), attribute(INTERNAL, asn1.encode(asn1.SEQUENCE))))
        assert (only(report).syntax, only(report).sub_indication) == (None, "FORMAT_FAILURE")
        assert signature(report).indication is Indication.TOTAL_PASSED


XADESEN = "http://uri.etsi.org/19132/v1.1.1#"


def exclusive(element):
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def group_of(root):
    """The members of the data object group of an enveloped signature, in their exclusive canonical forms."""
    own = find(root, "Signature")
    without = etree.fromstring(etree.tostring(root))
    inner = find(without, "Signature")
    inner.getparent().remove(inner)
    return [
        exclusive(without),
        *(exclusive(find(own, name)) for name in ("SignedProperties", "SignedInfo", "SignatureValue", "KeyInfo")),
        *map(exclusive, find(root, "UnsignedSignatureProperties")),
    ]


def xml_sealed(data, make, *, asn1_syntax=False):
    """The signed document with a record that `make(group digest)` gives."""
    root = etree.fromstring(data)
    members = [digest("sha256", one) for one in group_of(root)]
    record = make(father("sha256", members))
    holder = etree.SubElement(find(root, "UnsignedSignatureProperties"), f"{{{XADESEN}}}SealingEvidenceRecords")
    if asn1_syntax:
        etree.SubElement(holder, f"{{{XADESEN}}}ASN1EvidenceRecord").text = base64.b64encode(record.encode()).decode()
    else:
        holder.append(etree.fromstring(record.encode()))
    return etree.tostring(root)


def over(syntax, value, when=FIRST):
    """A record whose first list holds one digest beside that of a stranger."""
    lists = [[value], [digest("sha256", b"stranger")]]
    root = father("sha256", [value, lists[1][0]])
    return syntax((("sha256", (Stamp(lists, token(root, "sha256", when)),)),))


@pytest.fixture(scope="module")
def document():
    """An enveloped signature of level LT, stamped long ago."""
    by = signer(stamped_at=SIGNED + timedelta(hours=1))
    return enveloped(DOCUMENT, by, level="LT", signing_time=SIGNED)


class TestXml:
    @pytest.mark.parametrize("syntax", [Asn1, Xml])
    def test_a_sealing_record_proves_the_signature(self, document, syntax):
        data = xml_sealed(document, lambda value: over(syntax, value).renewed(SECOND), asn1_syntax=syntax is Asn1)
        report = validate(data)
        assert report.indication is Indication.TOTAL_PASSED
        assert (only(report).proof, only(report).time) == (True, FIRST), signature(report).timestamps[1].errors
        assert signature(report).level == "BASELINE-LT", "what is there beside the record"
        assert only(report).syntax == {Asn1: "ERS", Xml: "XMLERS"}[syntax]
        assert [one.type for one in signature(report).timestamps] == ["signature", "evidence-record", "evidence-record"]

    def test_a_record_over_something_else(self, document):
        report = validate(xml_sealed(document, lambda value: over(Xml, digest("sha256", b"other"))))
        assert (only(report).sub_indication, only(report).proof) == ("HASH_FAILURE", False)
        assert report.indication is Indication.TOTAL_PASSED

    def test_a_property_put_in_front_of_the_record_breaks_it(self, document):
        root = etree.fromstring(xml_sealed(document, lambda value: over(Xml, value)))
        properties = find(root, "UnsignedSignatureProperties")
        values = etree.Element("{http://uri.etsi.org/01903/v1.3.2#}RevocationValues")
        group = etree.SubElement(values, "{http://uri.etsi.org/01903/v1.3.2#}CRLValues")
        crl = etree.SubElement(group, "{http://uri.etsi.org/01903/v1.3.2#}EncapsulatedCRLValue")
        crl.text = base64.b64encode(make_crl(world().ca, this_update=SIGNED)).decode()
        properties.insert(len(properties) - 1, values)
        assert only(validate(etree.tostring(root))).sub_indication == "HASH_FAILURE"

    def test_a_record_without_a_tree_is_refused(self, document):
        def bare(value):
            return Xml((("sha256", (Stamp(None, token(value, "sha256", FIRST)),)),))

        report = validate(xml_sealed(document, bare))
        assert (only(report).sub_indication, only(report).proof) == ("FORMAT_FAILURE", False)

    def test_more_records_than_are_read(self, document):
        root = etree.fromstring(document)
        holder = etree.SubElement(find(root, "UnsignedSignatureProperties"), f"{{{XADESEN}}}SealingEvidenceRecords")
        for _ in range(17):
            etree.SubElement(holder, f"{{{ERS}}}EvidenceRecord", Version="1.0")
        assert validate(etree.tostring(root)).sub_indication == "FORMAT_FAILURE"

    def test_an_element_that_is_no_record(self, document):
        root = etree.fromstring(document)
        holder = etree.SubElement(find(root, "UnsignedSignatureProperties"), f"{{{XADESEN}}}SealingEvidenceRecords")
        etree.SubElement(holder, f"{{{ERS}}}EvidenceRecord", Version="1.0")
        report = validate(etree.tostring(root))
        assert (only(report).syntax, only(report).sub_indication) == (None, "FORMAT_FAILURE")


RECORD, RECORDS = "META-INF/evidencerecord.ers", "META-INF/ASiCEvidenceRecordManifest.xml"


def container(files, record, over_files=None, *, name=RECORD, kind=containers.ASIC_E):
    """A container with a record and its manifest over these files (all by default); `over_files` () for none."""
    chosen = files if over_files is None else over_files
    inside = {**files, name: record.encode()}
    if chosen:
        inside[RECORDS] = containers.manifest(name, chosen)
    return containers.archive(inside, kind=kind)


class TestContainer:
    @pytest.mark.parametrize(("syntax", "name"), [(Asn1, RECORD), (Xml, "META-INF/evidencerecord.xml")])
    def test_a_record_over_all_files(self, syntax, name):
        files = containers.FILES
        record = syntax().initial([*files.values()], others=2).rebuilt([*files.values()], SECOND)
        report = validate(container(files, record, name=name))
        assert (report.document.format, report.indication) == ("ASiC-E", Indication.TOTAL_PASSED)
        assert (only(report).name, only(report).objects) == (name, tuple(files))
        assert [(one.proof, one.coverage) for one in report.timestamps] == [(True, "whole")] * 2

    def test_one_document_needs_no_manifest(self):
        report = validate(container({"a.txt": b"a"}, Asn1().initial([b"a"]), (), kind=containers.ASIC_S))
        assert (report.document.format, report.indication) == ("ASiC-S", Indication.TOTAL_PASSED)

    def test_a_record_over_some_of_the_files_never_passes(self):
        some = {"contract.txt": containers.FILES["contract.txt"]}
        report = validate(container(containers.FILES, Asn1().initial([*some.values()]), some))
        assert report.indication is not Indication.TOTAL_PASSED
        assert [error.code for error in report.timestamps[0].errors] == ["COVERAGE"]
        assert (only(report).proof, report.timestamps[0].coverage) == (False, "none")
        without = validate(container(containers.FILES, Asn1().initial([*some.values()]), ()))
        assert without.sub_indication == "HASH_FAILURE"

    def test_an_altered_file(self):
        files = containers.FILES
        record = Asn1().initial([*files.values()])
        changed = {**files, "contract.txt": b"forged"}
        assert validate(container(changed, record)).sub_indication == "HASH_FAILURE"
        assert validate(container(changed, record, files)).sub_indication == "HASH_FAILURE"

    def test_a_missing_file(self):
        record = Asn1().initial([*containers.FILES.values()])
        report = validate(container({"contract.txt": containers.FILES["contract.txt"]}, record, containers.FILES))
        assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND")

    def test_a_record_over_a_signature_proves_its_time(self):
        files = containers.asic_e()
        report = validate(container(files, Asn1().initial([*files.values()])))
        assert report.indication is Indication.TOTAL_PASSED
        assert signature(report).best_signature_time == FIRST
        assert only(report).signatures == (signature(report).id,)
        assert report.timestamps == ()

    def test_a_record_over_a_signature_but_not_over_its_files_proves_nothing(self):
        files = containers.asic_e()
        some = {name: data for name, data in files.items() if name.startswith("META-INF/")}
        report = validate(container(files, Asn1().initial([*some.values()]), some))
        assert (only(report).proof, signature(report).best_signature_time) == (False, NOW)

    def test_octets_that_are_no_record(self):
        report = validate(containers.archive({**containers.FILES, RECORD: b"0\x03\x02\x01\x01"}))
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")

    def test_more_records_than_are_read(self):
        names = {f"META-INF/evidencerecord{number}.ers": b"" for number in range(17)}
        assert validate(containers.archive({**containers.FILES, **names})).sub_indication == "FORMAT_FAILURE"

    def test_a_record_inside_a_signature_of_a_container_keeps_its_place(self):
        content = containers.FILES["contract.txt"]
        data = parts.cades(content, detached=True, signing_time=SIGNED)
        record = Asn1().initial([data, content])
        inside = parts.with_unsigned(data, attribute(EXTERNAL, record.encode()))
        files = {"contract.txt": content, "META-INF/signature.p7s": inside}
        report = validate(containers.archive(files, kind=containers.ASIC_S))
        assert (report.indication, only(report).proof) == (Indication.TOTAL_PASSED, True)
        assert signature(report).best_signature_time == FIRST
