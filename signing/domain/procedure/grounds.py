"""What a verdict rests on, for the report: the path and the revocation evidence used (EN 319 102-1, 5.1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signing.domain.report import PathCertificate, RevocationReport
from trustreg.pki.certificates import Certificate
from trustreg.pki.revocation import RevocationOutcome


def path_used(certificates: Iterable[Certificate]) -> tuple[PathCertificate, ...]:
    """The certificates of a path, from the signer's to the last."""
    return tuple(PathCertificate(one.subject_name, one.sha256.hex()) for one in certificates)


def evidence_used(path: Sequence[Certificate], outcomes: Iterable[RevocationOutcome]) -> tuple[RevocationReport, ...]:
    """The CRLs and OCSP responses about a path; `outcomes` are in its order, the last certificate left out."""
    return tuple(
        RevocationReport(
            certificate_sha256=certificate.sha256.hex(),
            state=status.state.value,
            source=status.source,
            origin=status.origin,
            sha256=status.der_sha256.hex(),
            this_update=status.this_update,
            next_update=status.next_update,
            revoked_at=status.revoked_at,
            reason=status.reason,
        )
        for certificate, outcome in zip(path, outcomes, strict=False)
        if (status := outcome.status) is not None
    )
