"""The level of a PDF signature by what is present (EN 319 142-1, 6.3), and what keeps it from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from signing.domain.pdf.byterange import covers
from signing.domain.pdf.signatures import PdfSignature, SecurityStore
from signing.domain.procedure.material import CryptographicResult
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerInfo

CADES_DETACHED, PKCS7_DETACHED, PKCS7_SHA1 = "ETSI.CAdES.detached", "adbe.pkcs7.detached", "adbe.pkcs7.sha1"
DATA = "1.2.840.113549.1.7.1"
_SIGNING_TIME, _COMMITMENT, _POLICY_ID = (
    "1.2.840.113549.1.9.5",
    "1.2.840.113549.1.9.16.2.16",
    "1.2.840.113549.1.9.16.2.15",
)


def level_of(
    pdf: PdfSignature,
    cms: SignedData | None,
    signer: SignerInfo | None,
    cryptography: CryptographicResult,
    *,
    stores: Sequence[SecurityStore],
    stamped: bool,
    document_stamps: Sequence[PdfSignature],
) -> tuple[str, list[str]]:
    """`BASELINE-B` … `BASELINE-LTA`, `PKCS7-B` … or `NOT_ETSI`; and codes of the requirements that are not met.

    `stamped`: a signature time-stamp is there. Levels say what is present, not what is valid.
    """
    if cms is None or signer is None or pdf.span is None:
        return "NOT_ETSI", []
    later = [stamp for stamp in document_stamps if covers(stamp.span, pdf.span)]
    stored = [s for s in stores if s.certificates or s.ocsp_responses or s.crls]
    revocation = any(s.ocsp_responses or s.crls for s in stored)
    reach = "B"
    if stamped or later:
        reach = "T"
        if stored and (revocation or _self_signed(cryptography.certificate)):
            reach = "LT"
            # Sections are newest first: a stamp over a security store stands in a newer (smaller) revision.
            if any(
                s.revision >= (stamp.revision or 0) for stamp in later for s in stored if stamp.revision is not None
            ):
                reach = "LTA"
    if pdf.sub_filter in (PKCS7_DETACHED, PKCS7_SHA1):
        return f"PKCS7-{reach}", []
    obstacles = _baseline_obstacles(pdf, cms, signer, cryptography)
    return ("NOT_ETSI" if obstacles else f"BASELINE-{reach}"), obstacles


def _self_signed(certificate: Certificate | None) -> bool:
    return certificate is not None and certificate.self_issued


def _baseline_obstacles(
    pdf: PdfSignature, cms: SignedData, signer: SignerInfo, cryptography: CryptographicResult
) -> list[str]:
    rules = {
        "SUBFILTER": pdf.sub_filter == CADES_DETACHED,
        "ONE_SIGNER": len(cms.signers) == 1,
        "DETACHED": cms.content is None,
        "CONTENT_TYPE": signer.content_type == DATA,
        "MESSAGE_DIGEST": signer.message_digest is not None,
        "SIGNING_CERTIFICATE": bool(signer.ess_references) and cryptography.certificate_reference is not False,
        "CERTIFICATE_INCLUDED": cryptography.certificate is not None
        and cryptography.certificate.der in cms.certificates,
        "NO_SIGNING_TIME_ATTRIBUTE": not signer.signed(_SIGNING_TIME),
        "M_ENTRY": pdf.claimed_time is not None,
        "NO_REASON_WITH_COMMITMENT": not (
            pdf.text("Reason") and (signer.signed(_COMMITMENT) or signer.signed(_POLICY_ID))
        ),
    }
    return [name for name, kept in rules.items() if not kept]
