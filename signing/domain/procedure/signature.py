"""Validation of one signature (EN 319 102-1, 5.3, 5.5 and 5.6 in one pass), for every format.

The standard validates at the present time (5.3), then tries best-signature time for what failed only for want of a
proof (5.5), then past validation (5.6). Here time-stamps are validated first (5.4) and their proofs of existence
extracted (5.6.2.3); then each block of 5.2 judges each object at its own lowest proof of existence, which is the
present time for what nothing proves. What fails so fails in all three, and its sub-indication is that of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signing.domain.enrich import SignatureFacts
from signing.domain.kind import kind_of, signer_of
from signing.domain.report import SignatureReport
from trustreg.base.effort import spend
from trustreg.pki.indications import Finding
from trustreg.pki.revocation import RevocationOutcome
from trustreg.pki.trust import Standing

from .basic import (
    algorithm_name,
    cryptographic_verification,
    format_checking,
    identification,
    signature_acceptance,
    validation_context,
)
from .certificates import Times, certificate_validation
from .context import Context
from .enrichment import enrich
from .grounds import evidence_used, path_used
from .ledger import Ledger
from .material import Evidence, SignatureMaterial
from .particulars import particulars_of
from .paths import TrustedPath, trusted_path
from .times import time_stamps, younger_than
from .timestamps import Stamps

TOLD = 200
"""Units of effort for a time-stamp in the report of a signature: each stands in those of all signatures it is over."""


def validate_signature(
    context: Context, material: SignatureMaterial, evidence: Evidence, stamps: Stamps
) -> SignatureReport:
    """The whole process for one signature, its numbered steps as in the standard."""
    ledger = Ledger(context.policy)
    proven = stamps.proven(material.id)
    times = Times(proven or context.time, proven is not None, younger_than(stamps, material.id))
    certificate = material.cryptography.certificate
    format_checking(ledger, material)  # 5.2.2
    identification(ledger, material)  # 5.2.3
    validation_context(ledger, material)  # 5.2.4
    cryptographic_verification(ledger, material)  # 5.2.7
    trusted = TrustedPath()
    outcomes: tuple[RevocationOutcome, ...] = ()
    if certificate is not None:
        trusted = trusted_path(context, certificate, evidence.certificates, times.best)
        outcomes = certificate_validation(  # 5.2.6, 5.6.2.1, 5.6.2.2
            ledger, context, material.cryptography, trusted, evidence, stamps, times
        )
    signature_acceptance(ledger, context, material, times.best, times.younger_than)  # 5.2.8
    time_stamps(ledger, material.id, stamps)  # 5.5.4
    _baseline(ledger, material)
    covering = stamps.covering(material.id)
    spend(TOLD * len(covering))
    report = SignatureReport(
        id=material.id,
        name=material.name,
        kind=kind_of(certificate) if certificate else "signature",
        format=material.format,
        level=material.level,
        indication=ledger.indication,
        sub_indication=ledger.sub_indication,
        intact=material.cryptography.intact,
        coverage=material.coverage,
        modifications=material.modifications,
        hypothetical=context.hypothetical,
        signing_time=material.signing_time,
        # A caller's time is never a proof: what is not proven stands at the real time (design 5).
        best_signature_time=proven or context.now,
        signer=signer_of(certificate) if certificate else None,
        reason=material.reason,
        location=material.location,
        trust=trusted.level if trusted.result is not None and trusted.result.valid else None,
        service=_service(trusted.standing),
        timestamps=tuple(result.report for result in covering),
        checks=tuple(ledger.checks),
        errors=tuple(ledger.errors),
        warnings=(*ledger.warnings, *material.notices),
        algorithms=_algorithms(material),
        countersigns=material.countersigns,
        value=material.value,
        content_digest=material.content_digest if material.cryptography.intact else None,
        path=path_used(trusted.certificates),
        revocation=evidence_used(trusted.certificates, outcomes, evidence),
        particulars=particulars_of(material, trusted.certificates, outcomes) if context.particulars else None,
    )
    if certificate is None:
        return report
    facts = SignatureFacts(
        kind=report.kind,
        certificate=certificate,
        path=trusted.certificates,
        trust_level=trusted.level,
        anchor_standing=trusted.standing,
        best_signature_time=times.best,
        proof_time=proven,
        now=context.now,
        assumed_time=context.time if context.hypothetical else None,
        intact=report.intact,
        indication=report.indication,
        sub_indication=report.sub_indication,
        trust=context.trust,
    )
    return enrich(context, report, facts)


def _baseline(ledger: Ledger, material: SignatureMaterial) -> None:
    if material.level_findings:
        names = ", ".join(material.level_findings)
        ledger.record(
            Finding(
                "baseline_level",
                None,
                f"The signature is not of a baseline level; not met: {names}.",
                f"署名はベースラインレベルではありません。満たしていない要件: {names}",
            )
        )


def _service(standing: Standing | None) -> Mapping[str, Any] | None:
    if standing is None or standing.service_id is None:
        return None
    return {
        "id": standing.service_id,
        "name": dict(standing.service_name),
        "territory": standing.territory,
        "status_at_best_time": standing.status,
    }


def _algorithms(material: SignatureMaterial) -> tuple[str, ...]:
    if material.cryptography.algorithm is None:
        return ()
    return (algorithm_name(material.cryptography), *material.cryptography.digests)
