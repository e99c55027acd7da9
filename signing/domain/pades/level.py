"""The level of a PDF signature by what is present (EN 319 142-1, 6.3), and what keeps it from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from signing.domain.levels import has_validation_data, reached
from signing.domain.pdf.byterange import covers
from signing.domain.pdf.signatures import PdfSignature, SecurityStore
from signing.domain.procedure.material import CryptographicResult
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
    telling = [
        store
        for store in stores
        if has_validation_data(cryptography.certificate, store.certificates, store.crls, store.ocsp_responses)
    ]
    # The time-stamp that shows when the document was signed is not the one that keeps its validation data.
    keeping = later if stamped else sorted(later, key=lambda stamp: stamp.span.end if stamp.span else 0)[1:]
    reach = reached(
        stamped=stamped or bool(later),
        validated=bool(telling),
        # Sections are newest first: a stamp over a security store stands in a newer (smaller) revision.
        archived=any(
            stamp.revision is not None and store.revision >= stamp.revision for stamp in keeping for store in telling
        ),
    )
    if pdf.sub_filter in (PKCS7_DETACHED, PKCS7_SHA1):
        return f"PKCS7-{reach}", []
    obstacles = _baseline_obstacles(pdf, cms, signer, cryptography)
    return ("NOT_ETSI" if obstacles else f"BASELINE-{reach}"), obstacles


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
