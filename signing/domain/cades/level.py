"""The level of a CAdES signature by what is present (EN 319 122-1 6.3), and what keeps it from the baseline."""

from __future__ import annotations

from collections import Counter

from signing.domain.cades import attributes as aa
from signing.domain.levels import has_validation_data, reached
from signing.domain.procedure.material import CryptographicResult
from trustreg.pki import asn1
from trustreg.pki.cms import SignedData, SignerInfo
from trustreg.pki.cms.model import (
    DATA,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
)
from trustreg.pki.errors import MalformedASN1

_AT_MOST_ONCE = (
    SIGNING_TIME,
    aa.COMMITMENT_TYPE,
    aa.CONTENT_HINTS,
    aa.MIME_TYPE,
    aa.SIGNER_LOCATION,
    aa.SIGNATURE_POLICY,
    aa.CONTENT_REFERENCE,
    aa.CONTENT_IDENTIFIER,
)
_NOT_IN_BASELINE_LT = {
    aa.CERTIFICATE_VALUES,
    aa.CERTIFICATE_REFS,
    aa.REVOCATION_VALUES,
    aa.REVOCATION_REFS,
    aa.REFS_TIME_STAMP,
}


def level_of(
    cms: SignedData, signer: SignerInfo, cryptography: CryptographicResult, *, countersignature: bool = False
) -> tuple[str, list[str]]:
    """`BASELINE-B` … `BASELINE-LTA`, `BES`, `EPES`, `T`, `C`, `X`, `XL`, `A`, or `NOT_ETSI`; and what is not met.

    Levels say what is present, not what is valid.
    """
    missing = _bes_obstacles(signer, countersignature=countersignature)
    if missing:
        return "NOT_ETSI", missing
    obstacles = _baseline_obstacles(cms, signer, cryptography, countersignature=countersignature)
    base = ("EPES" if signer.signed(aa.SIGNATURE_POLICY) else "BES") if obstacles else "BASELINE-B"
    present = {attribute.oid for attribute in signer.unsigned_attributes}
    archived = present & {aa.ARCHIVE_TIME_STAMP_V1, aa.ARCHIVE_TIME_STAMP_V2, aa.ARCHIVE_TIME_STAMP_V3}
    if not (signer.signature_time_stamps or archived):
        return base, obstacles
    crls, ocsps = aa.revocation_values(signer)
    validated = has_validation_data(
        cryptography.certificate, aa.certificate_values(signer), (*cms.crls, *crls), (*cms.ocsp_responses, *ocsps)
    )
    if obstacles or present & _NOT_IN_BASELINE_LT or archived - {aa.ARCHIVE_TIME_STAMP_V3}:
        level = _extended(present, validated=validated, archived=bool(archived))
        return level or ("T" if obstacles else "BASELINE-T"), obstacles
    return f"BASELINE-{reached(stamped=True, validated=validated, archived=bool(archived))}", obstacles


def _extended(present: set[str], *, validated: bool, archived: bool) -> str | None:
    """`C`, `X`, `XL` or `A` (EN 319 122-2 4), None below them."""
    values = validated and present & {aa.REVOCATION_VALUES, aa.CERTIFICATE_VALUES}
    if archived and validated:
        return "A"
    if aa.CERTIFICATE_REFS in present:
        stamped = present & {aa.CADES_C_TIME_STAMP, aa.REFS_TIME_STAMP}
        return "XL" if values and stamped else "X" if stamped else "C"
    return "XL" if values else None


def _bes_obstacles(signer: SignerInfo, *, countersignature: bool) -> list[str]:
    count = Counter(attribute.oid for attribute in signer.signed_attributes)
    rules = {
        "CONTENT_TYPE": countersignature or signer.content_type is not None,
        "MESSAGE_DIGEST": signer.message_digest is not None,
        "SIGNING_CERTIFICATE": count[SIGNING_CERTIFICATE] + count[SIGNING_CERTIFICATE_V2] == 1
        and bool(signer.ess_references)
        and not _old_digest_in_v2(signer),
        "ATTRIBUTES_ONCE": all(count[oid] <= 1 for oid in _AT_MOST_ONCE),
    }
    return [name for name, kept in rules.items() if not kept]


def _old_digest_in_v2(signer: SignerInfo) -> bool:
    return any(reference.version == 2 and reference.algorithm == "sha1" for reference in signer.ess_references)


def _baseline_obstacles(
    cms: SignedData, signer: SignerInfo, cryptography: CryptographicResult, *, countersignature: bool
) -> list[str]:
    attributes = len(signer.signed(aa.SIGNER_ATTRIBUTES)) + len(signer.signed(aa.SIGNER_ATTRIBUTES_V2))
    rules = {
        "CERTIFICATE_INCLUDED": cryptography.certificate is not None
        and cryptography.certificate.der in cms.certificates,
        "CERTIFICATE_REFERENCE": cryptography.certificate_reference is not False,
        "SIGNING_TIME": len(signer.signed(SIGNING_TIME)) == 1 and _encoded_well(signer),
        "CONTENT_TYPE_DATA": countersignature or signer.content_type == DATA,
        "SIGNER_ATTRIBUTES_ONCE": attributes <= 1,
        "POLICY_HASH": not signer.unsigned(aa.POLICY_STORE) or bool(signer.signed(aa.SIGNATURE_POLICY)),
    }
    return [name for name, kept in rules.items() if not kept]


def _encoded_well(signer: SignerInfo) -> bool:
    """RFC 5652 11.3: dates through 2049 are UTCTime."""
    try:
        value = asn1.read(signer.signed(SIGNING_TIME)[0])
        return value.tag == asn1.UTC_TIME or asn1.time(value).year >= 2050
    except (MalformedASN1, IndexError):
        return False
