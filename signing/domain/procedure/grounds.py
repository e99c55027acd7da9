"""What a verdict rests on, for the report: the path and the revocation evidence used (EN 319 102-1, 5.1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signing.domain.report import PathCertificate, RevocationReport
from trustreg.pki.certificates import Certificate
from trustreg.pki.revocation import RevocationOutcome, RevocationStatus

from .material import Evidence


def path_used(certificates: Iterable[Certificate]) -> tuple[PathCertificate, ...]:
    """The certificates of a path, from the signer's to the last."""
    return tuple(PathCertificate(one.subject_name, one.sha256.hex()) for one in certificates)


def evidence_used(
    path: Sequence[Certificate], outcomes: Iterable[RevocationOutcome], evidence: Evidence
) -> tuple[RevocationReport, ...]:
    """The CRLs and OCSP responses about a path; `outcomes` are in its order, the last certificate left out.

    `evidence` is what was at hand, and knows what of it was not in the document.
    """
    return tuple(
        RevocationReport(
            certificate_sha256=certificate.sha256.hex(),
            state=status.state.value,
            source=status.source,
            origin=_origin(status, evidence),
            sha256=status.der_sha256.hex(),
            this_update=status.this_update,
            next_update=status.next_update,
            revoked_at=status.revoked_at,
            reason=status.reason,
        )
        for certificate, outcome in zip(path, outcomes, strict=False)
        if (status := outcome.status) is not None
    )


def _origin(status: RevocationStatus, evidence: Evidence) -> str:
    fetched = status.origin != "embedded"
    return status.origin if fetched or status.der_sha256.hex() not in evidence.supplied else "supplied"
