"""Signature or seal (design 5): what the certificate says."""

from __future__ import annotations

from trustreg.base.effort import spend
from trustreg.pki import names
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1

from .report import Kind, Signer

_NATURAL_PERSON = ("2.5.4.42", "2.5.4.4", "2.5.4.65")  # givenName, surname, pseudonym


def kind_of(certificate: Certificate) -> Kind:
    """`seal` when QcType says eseal, or an organisation or a device is identified and no natural person."""
    types = certificate.qc.types
    if "eseal" in types and "esign" not in types:
        return "seal"
    if "esign" in types or _names_a_person(certificate):
        return "signature"
    return "seal" if certificate.organization_identifier or certificate.device_oid else "signature"


def _names_a_person(certificate: Certificate) -> bool:
    return any(names.first(certificate.subject, attribute) for attribute in _NATURAL_PERSON)


def signer_of(certificate: Certificate) -> Signer:
    """The signer's part of the report, which may be that of many signatures: what it tells costs effort."""
    spend(len(certificate.subject) + len(certificate.issuer) >> 1)
    return Signer(
        subject=_readable(certificate, "subject_name"),
        certificate_sha256=certificate.sha256.hex(),
        issuer=_readable(certificate, "issuer_name"),
        serial=str(certificate.serial),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        common_name=certificate.common_name,
        organization=certificate.organization,
        organization_identifier=certificate.organization_identifier,
        device_oid=certificate.device_oid,
    )


def _readable(certificate: Certificate, member: str) -> str:
    try:
        return str(getattr(certificate, member))
    except MalformedASN1:
        return ""
