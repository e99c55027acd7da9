"""Attributes of CAdES (EN 319 122-1 5; TS 101 733 for those that the baseline no longer wants)."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from signing.domain.cms_evidence import revocation_info
from signing.domain.particulars import Claims
from trustreg.pki import asn1, names
from trustreg.pki.cms import SignerInfo
from trustreg.pki.errors import MalformedASN1

_AA: Final = "1.2.840.113549.1.9.16.2."
CONTENT_HINTS: Final = _AA + "4"
CONTENT_IDENTIFIER: Final = _AA + "7"
CONTENT_REFERENCE: Final = _AA + "10"
SIGNATURE_POLICY: Final = _AA + "15"
COMMITMENT_TYPE: Final = _AA + "16"
SIGNER_LOCATION: Final = _AA + "17"
SIGNER_ATTRIBUTES: Final = _AA + "18"
SIGNER_ATTRIBUTES_V2: Final = "0.4.0.19122.1.1"
CONTENT_TIME_STAMP: Final = _AA + "20"
CERTIFICATE_REFS: Final = _AA + "21"
REVOCATION_REFS: Final = _AA + "22"
CERTIFICATE_VALUES: Final = _AA + "23"
REVOCATION_VALUES: Final = _AA + "24"
CADES_C_TIME_STAMP: Final = _AA + "25"
REFS_TIME_STAMP: Final = _AA + "26"
ARCHIVE_TIME_STAMP_V1: Final = _AA + "27"
ARCHIVE_TIME_STAMP_V2: Final = _AA + "48"
ARCHIVE_TIME_STAMP_V3: Final = "0.4.0.1733.2.4"
MIME_TYPE: Final = "0.4.0.1733.2.1"
POLICY_STORE: Final = "0.4.0.19122.1.3"
HASH_INDEX_V1: Final = "0.4.0.1733.2.5"
HASH_INDEX_V2: Final = "0.4.0.19122.1.4"
HASH_INDEX_V3: Final = "0.4.0.19122.1.5"


def certificate_values(signer: SignerInfo, among: Container[bytes] | None = None) -> list[bytes]:
    """Certificates of certificate-values; what is no certificate is left out. `among`: only of these values."""
    found = []
    for value in signer.unsigned(CERTIFICATE_VALUES):
        if among is not None and value not in among:
            continue
        try:
            found += [part.raw for part in asn1.sequence(value) if part.tag == asn1.SEQUENCE]
        except MalformedASN1:
            continue
    return found


def revocation_values(signer: SignerInfo, among: Container[bytes] | None = None) -> tuple[list[bytes], list[bytes]]:
    """(CRLs, BasicOCSPResponses) of revocation-values. `among`: only of these values."""
    values = signer.unsigned(REVOCATION_VALUES)
    found = [revocation_info(value) for value in values if among is None or value in among]
    return [crl for crls, _ in found for crl in crls], [ocsp for _, ocsps in found for ocsp in ocsps]


_PLACE: Final = {0xA0: "country", 0xA1: "city"}


def claims(signer: SignerInfo) -> Claims:
    """Where the signer says to have signed (signer-location, EN 319 122-1 5.2.5); nothing for what cannot be read."""
    for value in signer.signed(SIGNER_LOCATION):
        try:
            parts = {
                _PLACE[one.tag]: names.text(one.children()[0]) for one in asn1.sequence(value) if one.tag in _PLACE
            }
        except (ValueError, IndexError):
            continue
        return Claims(place={name: text[:300] for name, text in parts.items() if text})
    return Claims()


def signature_policy(signer: SignerInfo) -> str | None:
    """The identifier of the policy that the signer names, empty for an implied or unreadable one; None without any."""
    for value in signer.signed(SIGNATURE_POLICY):
        try:
            return asn1.oid(asn1.sequence(value)[0])
        except (ValueError, IndexError):
            return ""
    return None
