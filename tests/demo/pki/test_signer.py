"""What the demo signs, judged by pyHanko's validation with the demo's roots and live revocation data."""

import hashlib
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import ValidationContext

from trustreg.demo.pki.certificates import DEVICE_ARC, Subject
from trustreg.demo.pki.client import LocalTsa, fetch_crl, timestamp
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import document_timestamp, sign_pdf

pytestmark = pytest.mark.live
DOCUMENT = blank_pdf("契約書", ["金額を支払う。", "Total: JPY 1,000,000"])
ISSUERS = {"signature": "sakura-sign", "seal": "sakura-seal", "device": "kaede-device"}


def signatures(pdf):
    return PdfFileReader(BytesIO(pdf)).embedded_signatures


def context(pki, *services, crls=()):
    roots = [
        asn1_x509.Certificate.load(pki.authority(service).ca.certificate.public_bytes(Encoding.DER))
        for service in services
    ]
    return ValidationContext(trust_roots=roots, crls=crls, revocation_mode="require", allow_fetching=False)


def judged(pki, signature, *services):
    tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
    units = [choice.chosen for token in tokens for choice in token["certificates"] if not choice.chosen.ca]
    certificates = [x509.load_der_x509_certificate(item.dump()) for item in (signature.signer_cert, *units)]
    crls = [fetch_crl(certificate) for certificate in certificates]
    return validate_pdf_signature(signature, context(pki, *services, crls=crls))


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
@pytest.mark.parametrize("kind", list(ISSUERS))
def test_pyhanko_accepts_each_level_and_kind(pki, level, kind):
    subject = Subject("見本", device_oid=f"{DEVICE_ARC}.5") if kind == "device" else Subject("見本")
    credential = pki.issue(ISSUERS[kind], subject, kind, label=f"signer-{kind}")
    tsa = "kaede-tsa" if kind == "seal" else "sakura-tsa"
    pdf = sign_pdf(DOCUMENT, credential=credential, level=level, tsa=pki.url(tsa, "tsa"), reason="承認")
    signature = next(item for item in signatures(pdf) if item.field_name == "Signature1")
    assert str(signature.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"
    status = judged(pki, signature, ISSUERS[kind], tsa)
    assert status.bottom_line, status.pretty_print_details()
    assert (status.timestamp_validity is not None) == (level != "B")
    if level in {"LT", "LTA"}:
        store = DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(pdf)))
        assert (len(store.ocsps), len(store.crls), len(store.certs)) == (1, 1, 5)  # the OCSP responder's too
        assert len(store.vri_entries) == 1
    stamps = PdfFileReader(BytesIO(pdf)).embedded_timestamp_signatures
    assert len(stamps) == (1 if level == "LTA" else 0)
    if level == "LTA":
        crls = [fetch_crl(pki.listed_certificate(tsa))]
        archive = validate_pdf_timestamp(stamps[0], context(pki, tsa, crls=crls))
        assert archive.intact
        assert archive.valid
        assert archive.trusted


def test_a_seal_may_follow_a_signature(pki):
    tsa = pki.url("sakura-tsa", "tsa")
    first = sign_pdf(DOCUMENT, credential=pki.issue("sakura-sign", "人", label="first"), level="T", tsa=tsa)
    both = sign_pdf(first, credential=pki.issue("sakura-seal", "組織", "seal"), level="T", tsa=tsa, field_name="Seal1")
    assert both.startswith(first)
    for signature, issuer in zip(signatures(both), ("sakura-sign", "sakura-seal"), strict=True):
        assert judged(pki, signature, issuer, "sakura-tsa").bottom_line


def test_a_document_time_stamp_alone(pki):
    pdf = document_timestamp(DOCUMENT, tsa=pki.url("kaede-tsa", "tsa"))
    reader = PdfFileReader(BytesIO(pdf))
    assert not reader.embedded_regular_signatures
    crls = [fetch_crl(pki.listed_certificate("kaede-tsa"))]
    status = validate_pdf_timestamp(reader.embedded_timestamp_signatures[0], context(pki, "kaede-tsa", crls=crls))
    assert status.intact
    assert status.valid
    assert status.trusted


def test_levels_above_b_need_a_time_stamping_service(pki):
    with pytest.raises(ValueError, match="level T"):
        sign_pdf(DOCUMENT, credential=pki.issue("sakura-seal", "x", "seal"), level="T")


def test_time_stamps_are_made_without_a_server_too(pki):
    token = timestamp(b"data", LocalTsa(pki, "kaede-tsa"), algorithm="sha384")
    assert hashlib.sha384(b"data").digest() in token
    assert pki.listed_certificate("kaede-tsa").public_bytes(Encoding.DER) in token


def test_the_document_is_one_page_and_always_the_same():
    assert blank_pdf("契約書", ["金額を支払う。", "Total: JPY 1,000,000"]) == DOCUMENT
    root = PdfFileReader(BytesIO(DOCUMENT)).root
    assert root["/Pages"]["/Count"] == 1
    assert b"(Total: JPY 1,000,000) Tj" in root["/Pages"]["/Kids"][0]["/Contents"].data
    assert "契約書".encode("utf-16-be").hex().upper().encode() in DOCUMENT


def test_text_with_parentheses_stays_one_string():
    assert rb"(a \(b\) \\c) Tj" in blank_pdf("題", [r"a (b) \c"])
