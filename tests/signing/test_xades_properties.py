"""Properties of XAdES one by one: content and reference time-stamps, policies, old references, manifests."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from signing.domain.formats import DetachedDocument
from tests.pki.factories import make_crl, make_token
from tests.signing.signing_world import NOW, network, world
from tests.signing.xml_world import DOCUMENT, SIGNED_AT, STAMPED_AT, Root, check, ds, find, only, signer, xades
from trustreg.demo.pki.xml_signer import DS, ENVELOPED, EXC_C14N, SignedData, XmlSigner, canonical
from trustreg.pki.indications import Indication

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
V141 = "{http://uri.etsi.org/01903/v1.4.1#}"


class Changing(XmlSigner):
    """A signer whose signed properties are changed before they are signed."""

    change: Callable[[Root], None]

    def _properties(self, *arguments: Any) -> Root:
        made = XmlSigner._properties(self, *arguments)
        type(self).change(made)
        return made


def made(
    change: Callable[[Root], None] | None = None,
    *,
    level: Any = "B",
    data: list[SignedData] | None = None,
    after: Callable[[Root], None] | None = None,
) -> bytes:
    """An enveloped signature with changed signed properties; `after` changes the unsigned part."""
    here = signer()
    kind = type("One", (Changing,), {"change": staticmethod(change or (lambda properties: None))})
    by = kind(here.certificate, here.key, here.chain, here.stamp, here.values)
    root = etree.fromstring(DOCUMENT)
    octets = etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    signed = data or [SignedData("", octets, "text/xml", (ENVELOPED, EXC_C14N))]
    root.append(by.sign(signed, level=level, signing_time=SIGNED_AT))
    root = etree.fromstring(etree.tostring(root))
    if after is not None:
        after(root)
    return etree.tostring(root)


def stamp(parent: Root, tag: str, octets: bytes, include: list[str] | None = None, *, method: str = EXC_C14N) -> None:
    """A time-stamp property over `octets`."""
    holder = etree.SubElement(parent, tag)
    for uri in include or []:
        etree.SubElement(holder, xades("Include"), URI=uri, referencedData="true")
    if method:
        etree.SubElement(holder, ds("CanonicalizationMethod"), Algorithm=method)
    token = make_token(world().tsa, octets, gen_time=STAMPED_AT)
    etree.SubElement(holder, xades("EncapsulatedTimeStamp")).text = base64.b64encode(token).decode()


ROOT_OCTETS = etree.tostring(
    etree.fromstring(DOCUMENT).getroottree(), method="c14n", exclusive=True, with_comments=False
)


def content_stamps(report: Any) -> list[tuple[bool | None, bool]]:
    return [(one.intact, one.proof) for one in only(report).timestamps if one.type == "content"]


def test_a_time_stamp_over_all_data_is_over_the_data() -> None:
    def add(properties: Root) -> None:
        stamp(properties[1], xades("AllDataObjectsTimeStamp"), ROOT_OCTETS)

    report = check(made(add))
    assert report.indication is Indication.TOTAL_PASSED
    assert content_stamps(report) == [(True, True)]
    # It says when the content existed, which is not when it was signed.
    assert only(report).best_signature_time == NOW
    assert only(report).level == "BASELINE-B"
    wrong = check(made(lambda properties: stamp(properties[1], xades("AllDataObjectsTimeStamp"), b"other")))
    assert content_stamps(wrong) == [(False, False)]


def test_a_time_stamp_over_some_data_is_over_what_it_includes_in_that_order() -> None:
    parts = [SignedData("a.txt", b"one"), SignedData("b.txt", b"two")]

    def add(order: list[int]) -> Callable[[Root], None]:
        def change(properties: Root) -> None:
            identifier = (properties.get("Id") or "").removeprefix("xades-")
            include = [f"#r{number}-{identifier}" for number in order]
            octets = b"".join(parts[number - 1].octets for number in (2, 1))
            stamp(properties[1], xades("IndividualDataObjectsTimeStamp"), octets, include)

        return change

    beside = [DetachedDocument("a.txt", b"one"), DetachedDocument("b.txt", b"two")]
    assert content_stamps(check(made(add([2, 1]), data=parts), detached=beside)) == [(True, True)]
    assert content_stamps(check(made(add([1, 2]), data=parts), detached=beside)) == [(False, False)]
    unknown = check(made(add([2, 7]), data=parts), detached=beside)
    assert content_stamps(unknown) == [(None, False)]


def _unsigned(root: Root) -> Root:
    return find(root, "UnsignedSignatureProperties")


def _references(properties: Root, version: str = "") -> list[Root]:
    space = V141 if version else xades("")
    one = etree.SubElement(properties, f"{space}CompleteCertificateRefs{version}")
    etree.SubElement(one, xades("CertRefs"))
    other = etree.SubElement(properties, xades("CompleteRevocationRefs"))
    etree.SubElement(other, xades("CRLRefs"))
    return [one, other]


@pytest.mark.parametrize("version", ["", "V2"])
def test_time_stamps_over_references_make_level_x(version: str) -> None:
    """TS 101 903, 7.5 and EN 319 132-1, annex A: signature value, its time-stamps, then the references before."""

    def add(root: Root) -> None:
        properties = _unsigned(root)
        references = _references(properties, version)
        first = [find(root, "SignatureValue"), find(properties, "SignatureTimeStamp")]
        space = V141 if version else xades("")
        stamp(properties, f"{space}SigAndRefsTimeStamp{version}", b"".join(map(canonical, first + references)))
        stamp(properties, f"{space}RefsOnlyTimeStamp{version}", b"".join(map(canonical, references)))

    report = check(made(level="T", after=add))
    signature = only(report)
    assert signature.level == "X"
    assert [(one.type, one.intact) for one in signature.timestamps] == [("signature", True), ("archive", True)]
    assert [(one.type, one.intact) for one in report.timestamps] == [("archive", True)]


def test_references_without_their_stamps_are_level_c() -> None:
    assert only(check(made(level="T", after=lambda root: _references(_unsigned(root)) and None))).level == "C"


def test_validation_data_beside_a_time_stamp_is_used() -> None:
    """TimeStampValidationData (EN 319 132-1, 5.5.1): a CRL there answers when nothing can be fetched."""

    def add(root: Root) -> None:
        holder = etree.SubElement(_unsigned(root), f"{V141}TimeStampValidationData")
        values = etree.SubElement(etree.SubElement(holder, xades("RevocationValues")), xades("CRLValues"))
        for issuer in (world().ca, world().tsa_ca):
            crl = etree.SubElement(values, xades("EncapsulatedCRLValue"))
            crl.text = base64.b64encode(make_crl(issuer, this_update=NOW)).decode()

    assert only(check(made(level="T"), fetcher=None)).sub_indication == "TRY_LATER"
    report = only(check(made(level="T", after=add), fetcher=None))
    assert (report.indication, report.level) == (Indication.TOTAL_PASSED, "BASELINE-LT")


# --- the certificate -----------------------------------------------------------------------------------------------


def _old_reference(*, serial: int | None = None, issuer: str | None = None, digest: bytes | None = None) -> Any:
    def change(properties: Root) -> None:
        leaf = world().signer
        new = find(properties, "SigningCertificateV2")
        new.tag = xades("SigningCertificate")
        cert = new[0]
        find(cert, "DigestValue").text = base64.b64encode(digest or hashlib.sha256(leaf.der).digest()).decode()
        pair = etree.SubElement(cert, xades("IssuerSerial"))
        etree.SubElement(pair, ds("X509IssuerName")).text = issuer or leaf.certificate.issuer_name
        etree.SubElement(pair, ds("X509SerialNumber")).text = str(serial or leaf.certificate.serial)

    return change


def test_the_old_certificate_reference_binds_as_well() -> None:
    report = only(check(made(_old_reference())))
    assert (report.indication, report.level) == (Indication.TOTAL_PASSED, "BASELINE-B")
    assert not report.warnings


@pytest.mark.parametrize("wrong", [{"serial": 7}, {"issuer": "CN=Somebody Else,C=JP"}])
def test_an_issuer_that_is_another_is_pointed_out(wrong: dict[str, Any]) -> None:
    report = only(check(made(_old_reference(**wrong))))
    assert "SIGNING_CERTIFICATE_ISSUER_SERIAL" in {one.code for one in report.warnings}


def test_a_reference_to_another_certificate_does_not_pass() -> None:
    report = only(check(made(_old_reference(digest=bytes(32)))))
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND")


def test_a_certificate_property_that_says_nothing_does_not_pass() -> None:
    def empty(properties: Root) -> None:
        one = find(properties, "SigningCertificateV2")
        one.remove(one[0])

    assert only(check(made(empty))).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"


# --- the policy ----------------------------------------------------------------------------------------------------

POLICY = b"what a signature under this policy means"


def _policy(properties: Root) -> None:
    holder = etree.SubElement(properties[0], xades("SignaturePolicyIdentifier"))
    explicit = etree.SubElement(holder, xades("SignaturePolicyId"))
    identifier = etree.SubElement(explicit, xades("SigPolicyId"))
    etree.SubElement(identifier, xades("Identifier")).text = " urn:oid:1.2.3\n"
    digest = etree.SubElement(explicit, xades("SigPolicyHash"))
    etree.SubElement(digest, ds("DigestMethod"), Algorithm=SHA256)
    etree.SubElement(digest, ds("DigestValue")).text = base64.b64encode(hashlib.sha256(POLICY).digest()).decode()


def _store(octets: bytes) -> Callable[[Root], None]:
    def add(root: Root) -> None:
        store = etree.SubElement(_unsigned(root), f"{V141}SignaturePolicyStore")
        etree.SubElement(store, f"{V141}SignaturePolicyDocument").text = base64.b64encode(octets).decode()

    return add


def test_a_policy_is_named_and_a_stored_copy_must_be_it() -> None:
    bare = only(check(made(_policy)))
    assert bare.indication is Indication.TOTAL_PASSED
    assert [one.code for one in bare.warnings] == ["SIGNATURE_POLICY"]
    right = only(check(made(_policy, level="T", after=_store(POLICY))))
    assert right.indication is Indication.TOTAL_PASSED
    other = only(check(made(_policy, level="T", after=_store(b"another policy"))))
    assert (other.indication, other.sub_indication) == (Indication.INDETERMINATE, "POLICY_PROCESSING_ERROR")


def test_an_implied_policy_is_said_to_be() -> None:
    def imply(properties: Root) -> None:
        holder = etree.SubElement(properties[0], xades("SignaturePolicyIdentifier"))
        etree.SubElement(holder, xades("SignaturePolicyImplied"))

    assert [one.code for one in only(check(made(imply))).warnings] == ["SIGNATURE_POLICY"]


# --- commitments, manifests over files -----------------------------------------------------------------------------


def test_a_commitment_is_shown_as_the_reason() -> None:
    def commit(properties: Root) -> None:
        one = etree.SubElement(properties[1], xades("CommitmentTypeIndication"))
        identifier = etree.SubElement(one, xades("CommitmentTypeId"))
        etree.SubElement(identifier, xades("Identifier")).text = "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin"
        etree.SubElement(one, xades("AllSignedDataObjects"))

    assert only(check(made(commit))).reason == "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin"


def _manifest(files: dict[str, bytes]) -> bytes:
    holder = etree.Element(ds("Object"), nsmap={"ds": DS})
    inner = etree.SubElement(holder, ds("Manifest"), Id="manifest")
    for name, octets in files.items():
        reference = etree.SubElement(inner, ds("Reference"), URI=name)
        etree.SubElement(reference, ds("DigestMethod"), Algorithm=SHA256)
        etree.SubElement(reference, ds("DigestValue")).text = base64.b64encode(hashlib.sha256(octets).digest()).decode()
    data = SignedData("#manifest", canonical(inner), "text/xml", (EXC_C14N,), f"{DS}Manifest")
    return etree.tostring(signer().sign([data], objects=[holder], signing_time=SIGNED_AT))


def test_a_manifest_over_files_beside_it() -> None:
    files = {"a.pdf": b"one", "b.pdf": b"two"}
    data = _manifest(files)
    beside = [DetachedDocument(name, octets) for name, octets in files.items()]
    good = only(check(data, detached=beside))
    assert (good.indication, good.coverage) == (Indication.TOTAL_PASSED, "whole")
    missing = only(check(data, detached=beside[:1]))
    assert (missing.intact, missing.sub_indication) == (True, "SIGNED_DATA_NOT_FOUND")
    altered = only(check(data, detached=[beside[0], DetachedDocument("b.pdf", b"2")]))
    assert (altered.intact, altered.sub_indication) == (False, "HASH_FAILURE")
    alone = only(check(data))
    assert (alone.indication, alone.coverage) == (Indication.INDETERMINATE, "none")


def test_old_namespaces_are_read_with_their_own_type() -> None:
    """XAdES 1.2.2: no baseline, but bound and verified all the same."""
    old = "http://uri.etsi.org/01903/v1.2.2#"
    root = etree.fromstring(made().replace(b"http://uri.etsi.org/01903/v1.3.2#", old.encode()))
    find(root, "SigningCertificateV2").tag = f"{{{old}}}SigningCertificate"
    root = etree.fromstring(etree.tostring(root))
    references = find(root, "SignedInfo").findall(ds("Reference"))
    digest = hashlib.sha256(canonical(find(root, "SignedProperties"))).digest()
    find(references[1], "DigestValue").text = base64.b64encode(digest).decode()

    def finish(kind: str) -> Any:
        references[1].set("Type", kind)
        value = signer().plain_value(canonical(find(root, "SignedInfo")))
        find(root, "SignatureValue").text = base64.b64encode(value).decode()
        return only(check(etree.tostring(root), fetcher=network()))

    right = finish(f"{old}SignedProperties")
    assert (right.indication, right.level, right.signing_time) == (Indication.TOTAL_PASSED, "BES", SIGNED_AT)
    wrong = finish("http://uri.etsi.org/01903#SignedProperties")
    assert wrong.sub_indication == "SIGNED_DATA_NOT_FOUND"
