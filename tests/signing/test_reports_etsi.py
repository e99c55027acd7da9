"""The report of ETSI TS 119 102-2: valid against its schema, read by others, and never more than the JSON says."""

from __future__ import annotations

import base64
import copy
import io
import os
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from signing.reports.etsi import PROCESS, validation_report
from signing.reports.xml import DS, NAMESPACES, VR
from tests.conftest import SHARED
from tests.signing.report_shapes import SHAPES, report

FOLDER = SHARED / "schemas"
IMPORTED = {
    "xmldsig-core-schema.xsd": "119612/xmldsig-core-schema.xsd",
    "XAdES.xsd": "119612/1913201-XAdES01903v132.xsd",
    "ts_119612v020201_201601xsd.xsd": "119612/19612_xsd.xsd",
    "xml.xsd": "119612/xml.xsd",
    "XMLSchema.dtd": None,
}


class _Local(etree.Resolver):
    """Answers for the addresses that the schemas name; nothing is fetched."""

    def resolve(self, url: str, public_id: str | None, context: Any) -> Any:
        name = url.rsplit("/", 1)[-1]
        if name not in IMPORTED:
            return None
        place = IMPORTED[name]
        return self.resolve_filename(str(FOLDER / place), context) if place else self.resolve_string("", context)


def _schema_text() -> bytes:
    """ETSI's schema, which is not ours to commit: from the shared folder, or from a Maven repository that has DSS."""
    if not FOLDER.is_dir():
        pytest.skip(f"the schemas are not at {FOLDER} (set TRUSTREG_SHARED)")
    for found in sorted(FOLDER.rglob("*19102*2*.xsd")):
        return found.read_bytes()
    repository = Path(os.environ.get("M2_REPO", Path.home() / ".m2" / "repository"))
    for found in sorted(repository.glob("eu/europa/ec/joinup/sd-dss/specs-validation-report/*/*.jar")):
        with zipfile.ZipFile(found) as archive:
            if "xsd/TS119102-2-v141.xsd" in archive.namelist():
                return archive.read("xsd/TS119102-2-v141.xsd")
    pytest.skip(f"the schema of TS 119 102-2 is neither in {FOLDER} nor in {repository}")


@lru_cache
def _schema(text: bytes) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(io.BytesIO(text), parser, base_url="https://example.org/"))


def validated(body: dict[str, Any], **options: Any) -> etree._Element:
    """The XML, its references resolved."""
    root = etree.fromstring(validation_report(body, **options))
    names = root.xpath("//@id[not(parent::tr:*)]", namespaces=NAMESPACES)
    assert len(names) == len(set(names))
    assert set(root.xpath("//@VOReference")) <= set(names)
    return root


def texts(element: etree._Element, path: str) -> list[str]:
    return [one.text or "" for one in element.iterfind(path, NAMESPACES)]


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_valid_against_the_schema(name: str) -> None:
    schema = _schema(_schema_text())
    root = validated(report(name), address="https://tl.example.jp")
    schema.assertValid(root)


@pytest.mark.parametrize("name", ["pades-t", "cades-countersigned", "token", "no-signature"])
def test_another_implementation_reads_it(name: str) -> None:
    """pyHanko's classes are those of v1.2.1, with all these elements but OtherInformation, in another namespace."""
    pytest.importorskip("xsdata")
    from pyhanko.generated.etsi import ts_11910202
    from xsdata.formats.dataclass.parsers import XmlParser
    from xsdata.formats.dataclass.parsers.config import ParserConfig

    body = report(name)
    root = etree.fromstring(validation_report(body))
    etree.strip_elements(root, f"{{{VR}}}OtherInformation")
    data = etree.tostring(root).replace(VR.encode(), b"http://uri.etsi.org/19102/v1.2.1#")
    strict = ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
    read = XmlParser(config=strict).from_bytes(data, ts_11910202.ValidationReport)
    assert len(read.signature_validation_report) == max(1, len(body["signatures"]) + len(body["timestamps"]))
    assert read.signature_validation_objects is not None
    assert read.signature is None


@pytest.mark.parametrize(
    ("name", "main", "sub"),
    [
        ("pades-t", "total-passed", None),
        ("pades-altered", "total-failed", "etsi:019102:subindication:HASH_FAILURE"),
        ("pades-untrusted", "indeterminate", "etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND"),
        ("token", "passed", None),
        ("token-of-another", "failed", "etsi:019102:subindication:HASH_FAILURE"),
        ("unreadable", "total-failed", "etsi:019102:subindication:FORMAT_FAILURE"),
        ("no-signature", "indeterminate", "trustreg:subindication:NO_SIGNATURE_FOUND"),
    ],
)
def test_indications_are_those_of_the_json(name: str, main: str, sub: str | None) -> None:
    status = validated(report(name)).find("vr:SignatureValidationReport/vr:SignatureValidationStatus", NAMESPACES)
    assert texts(status, "vr:MainIndication") == [f"urn:etsi:019102:mainindication:{main}"]
    assert texts(status, "vr:SubIndication") == ([f"urn:{sub}"] if sub else [])


def test_a_proven_time_names_the_token_that_proves_it() -> None:
    body = report("pades-t")
    root = validated(body)
    proof = root.find("vr:SignatureValidationReport/vr:ValidationTimeInfo/vr:BestSignatureTime", NAMESPACES)
    assert texts(proof, "vr:POETime") == [body["signatures"][0]["timestamps"][0]["time"]]
    name = proof.find("vr:POEObject", NAMESPACES).get("VOReference")
    token = root.find(f".//vr:ValidationObject[@id='{name}']", NAMESPACES)
    assert texts(token, "vr:ObjectType") == ["urn:etsi:019102:validationObject:timestamp"]
    assert digest_of(token).hex() == body["signatures"][0]["timestamps"][0]["sha256"]
    assert texts(token, "vr:ValidationReport/vr:SignatureValidationStatus/vr:MainIndication") == [
        "urn:etsi:019102:mainindication:passed"
    ]
    assert root.find(".//vr:POEProvisioning/vr:ValidationObject", NAMESPACES).get("VOReference") == "S-1"


def test_without_a_proof_no_token_is_named() -> None:
    root = validated(report("pades-b"))
    assert root.find(".//vr:BestSignatureTime/vr:POEObject", NAMESPACES) is None
    assert root.find(".//vr:POEProvisioning", NAMESPACES) is None


def digest_of(element: etree._Element) -> bytes:
    return base64.b64decode(element.find(f".//{{{DS}}}DigestValue").text)


def test_value_document_chain_and_evidence_are_named() -> None:
    body = report("pades-b")
    signature = body["signatures"][0]
    one = validated(body).find("vr:SignatureValidationReport", NAMESPACES)
    assert texts(one, "vr:SignatureIdentifier/ds:SignatureValue") == [signature["value"]]
    assert digest_of(one.find("vr:SignersDocument", NAMESPACES)).hex() == signature["content_digest"]["value"]
    data = one.find("vr:SignatureValidationStatus/vr:AssociatedValidationReportData", NAMESPACES)
    chain = data.find("vr:CertificateChain", NAMESPACES)
    assert [item.get("VOReference") for item in chain] == [f"C-{c['certificate_sha256']}" for c in signature["path"]]
    assert chain[-1].tag == f"{{{VR}}}TrustAnchor"
    related = data.find("vr:RelatedValidationObject", NAMESPACES)
    assert related.get("VOReference") == f"R-{signature['revocation'][0]['sha256']}"
    assert texts(data, "vr:CryptoInformation/vr:SecureAlgorithm") == ["true"]
    assert texts(one, "vr:SignatureValidationProcess/vr:SignatureValidationProcessID") == [PROCESS]


def test_an_anchor_that_gives_no_trust_is_no_trust_anchor() -> None:
    root = validated(report("pades-untrusted"))
    assert root.find(".//vr:TrustAnchor", NAMESPACES) is None
    assert root.find(".//vr:CertificateChain/vr:IntermediateCertificate", NAMESPACES) is not None


def test_a_revocation_is_told_with_its_time_and_reason() -> None:
    body = report("pades-revoked")
    found = validated(body).find(".//vr:RevocationStatusInformation", NAMESPACES)
    assert texts(found, "vr:RevocationTime") == [body["signatures"][0]["revocation"][0]["revoked_at"]]
    assert texts(found, "vr:RevocationReason") == ["urn:etsi:019102:revocationReason:keyCompromise"]


def test_what_does_not_verify_states_no_document() -> None:
    """The digest that it names is of another document than the one that was handed in."""
    assert validated(report("pades-altered")).find(".//vr:SignersDocument", NAMESPACES) is None


def test_an_assumed_time_is_written_as_no_proof() -> None:
    root = validated(report("pades-hypothetical"))
    assert root.find(".//vr:ValidationTimeInfo", NAMESPACES) is None
    assert texts(root, ".//tr:Hypothetical") == ["true"]


def test_documents_given_by_digest_are_marked() -> None:
    assert texts(validated(report("cades-by-digest")), ".//vr:DocHashOnly") == ["true"]
    assert texts(validated(report("cades")), ".//vr:DocHashOnly") == ["false"]


def test_a_counter_signature_is_not_about_the_document() -> None:
    first, second = validated(report("cades-countersigned")).iterfind("vr:SignatureValidationReport", NAMESPACES)
    assert first.find("vr:SignersDocument", NAMESPACES) is not None
    assert second.find("vr:SignersDocument", NAMESPACES) is None
    assert texts(second, "vr:OtherInformation/tr:Countersigns") == texts(first, "vr:OtherInformation/tr:Id")


def test_an_evidence_record_says_what_it_proves() -> None:
    body = report("cades-evidence-record")
    root = validated(body)
    found = root.find(".//vr:ValidationObject[@id='E-1']", NAMESPACES)
    assert texts(found, "vr:ObjectType") == ["urn:etsi:019102:validationObject:evidencerecord"]
    assert texts(found, "vr:POEProvisioning/vr:POETime") == [body["evidence_records"][0]["time"]]
    assert found.find("vr:POEProvisioning/vr:ValidationObject", NAMESPACES).get("VOReference") == "S-1"
    assert texts(found, "vr:ValidationReport/vr:SignatureValidationStatus/vr:MainIndication") == [
        "urn:etsi:019102:mainindication:passed"
    ]
    assert root.find(".//vr:BestSignatureTime/vr:POEObject", NAMESPACES) is not None


def test_the_validator_is_named_only_by_the_address_of_the_operator() -> None:
    body = report("pades-b")
    assert validated(body).find("vr:SignatureValidator", NAMESPACES) is None
    root = validated(body, address="https://tl.example.jp")
    assert texts(root, "vr:SignatureValidator/vr:DigitalId/tsl:Other/tr:Address") == ["https://tl.example.jp"]


def test_hostile_texts_stay_texts() -> None:
    body = report("pades-t")
    signature = body["signatures"][0]
    hostile = 'a\x00\x1b\ud800\ufffe]]></vr:Signer><!-- & "&x;'
    for holder, key in (
        (signature["signer"], "subject"),
        (signature, "reason"),
        (signature, "location"),
        (body, "policy"),
    ):
        holder[key] = hostile
    signature["errors"] = [{"code": "X", "message": {"ja": hostile, "en": hostile}}]
    root = validated(body)
    assert texts(root, ".//vr:Signer")[0] == hostile.translate(dict.fromkeys((0, 0x1B, 0xD800, 0xFFFE), "\ufffd"))
    assert not root.xpath("//comment()")


def test_a_report_of_an_earlier_version_is_written_without_what_it_lacks() -> None:
    body = copy.deepcopy(report("pades-t"))
    signature = body["signatures"][0]
    for part in (signature, *signature["timestamps"]):
        for member in ("value", "content_digest", "path", "revocation", "sha256", "countersigns"):
            part.pop(member, None)
    del body["document"]["by_digest"]
    root = validated(body)
    assert root.find(".//ds:SignatureValue", NAMESPACES) is None
    assert root.find(".//vr:CertificateChain", NAMESPACES) is None


def test_equal_reports_give_equal_bytes() -> None:
    body = report("pades-t")
    assert validation_report(body) == validation_report(copy.deepcopy(body))
