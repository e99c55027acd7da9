"""Signing PDF documents with the demo's certificates: PAdES baseline B, T, LT and LTA (ETSI EN 319 142-1)."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from asn1crypto import crl as asn1_crl
from asn1crypto import keys
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from trustreg.demo.pki import certificates
from trustreg.demo.pki.authority import Credential
from trustreg.demo.pki.client import fetch_crl, fetch_ocsp, time_stamper, timestamp, timestamp_reply, token_certificates
from trustreg.demo.pki.document import blank_pdf

__all__ = ["Level", "blank_pdf", "document_timestamp", "sign_pdf", "timestamp", "timestamp_reply"]

Level = Literal["B", "T", "LT", "LTA"]

SIGNATURE_ROOM = 24 * 1024
"""Hexadecimal digits reserved for a signature or time-stamp: two for each octet."""


def sign_pdf(
    pdf: bytes,
    *,
    credential: Credential,
    level: Level = "B",
    tsa: str | TimeStamper | None = None,
    field_name: str = "Signature1",
    reason: str | None = None,
    location: str | None = None,
    digest: str | None = None,
) -> bytes:
    """The document with one more signature or seal, as an incremental update.

    From level T on `tsa` is the address of a time-stamping service or a `TimeStamper`. LT adds the chain, the OCSP
    response of the signing certificate and the CRL of the time-stamping unit, both fetched after the time-stamp was
    made; LTA adds a document time-stamp over all of it. `digest` is for samples of one that is too weak. Raises
    ValueError without a `tsa` where one is needed, OSError when a service can't be reached.
    """
    if level != "B" and tsa is None:
        raise ValueError(f"level {level} needs a time-stamping service")
    stamper = time_stamper(tsa) if tsa is not None and level != "B" else None
    digest = digest or certificates.signature_hash(credential.key).name
    issuers = [_asn1(issuer) for issuer in credential.chain]
    signer = SimpleSigner(
        signing_cert=_asn1(credential.certificate),
        signing_key=keys.PrivateKeyInfo.load(credential.key_der),
        cert_registry=SimpleCertificateStore.from_certs(issuers),  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
    )
    metadata = PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm=digest,
        subfilter=SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
    )
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    signed = PdfSigner(metadata, signer, timestamper=stamper).sign_pdf(writer, bytes_reserved=SIGNATURE_ROOM).getvalue()
    if level in {"LT", "LTA"}:
        signed = _with_validation_data(signed, credential, field_name)
    if level == "LTA" and stamper is not None:
        signed = document_timestamp(signed, tsa=stamper, field_name=f"{field_name}-archive")
    return bytes(signed)


def document_timestamp(pdf: bytes, *, tsa: str | TimeStamper, field_name: str = "Timestamp1") -> bytes:
    """The document with a document time-stamp over all of it (ETSI EN 319 142-1 5.4.3). Raises OSError."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    stamping = PdfTimeStamper(time_stamper(tsa), field_name=field_name)
    return bytes(stamping.timestamp_pdf(writer, "sha256", bytes_reserved=SIGNATURE_ROOM).getvalue())


def _with_validation_data(signed: bytes, credential: Credential, field_name: str) -> bytes:
    """The document with a DSS (ETSI EN 319 142-1 5.4.2) for the signature in one field."""
    embedded = PdfFileReader(BytesIO(signed)).embedded_signatures
    signature = next(item for item in embedded if item.field_name == field_name)
    tokens = [
        attribute["values"][0].dump()
        for attribute in signature.signer_info["unsigned_attrs"]
        if attribute["type"].native == "signature_time_stamp_token"
    ]
    stamping = [certificate for token in tokens for certificate in token_certificates(token)]
    out = BytesIO(signed)
    DocumentSecurityStore.add_dss(
        out,
        signature.pkcs7_content.hex().encode("ascii"),
        certs=[_asn1(item) for item in (credential.certificate, *credential.chain, *stamping)],
        ocsps=[asn1_ocsp.OCSPResponse.load(fetch_ocsp(credential.certificate, credential.chain[0]))],
        crls=[asn1_crl.CertificateList.load(fetch_crl(item)) for item in stamping if item.issuer != item.subject],
    )
    return out.getvalue()


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
