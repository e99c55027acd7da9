"""Celery edge of conformity: receipts of evidence, deadlines, expiry. Each may run twice; the rows decide."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from conformity import receipts, services
from trustreg.base import clock
from trustreg.base.errors import Conflict, NotFound
from trustreg.conf import settings as conf
from trustreg.parties.domain.actors import SYSTEM


@shared_task(name="conformity.tasks.stamp_evidence")
def stamp_evidence(evidence_id: str) -> bool:
    """Have the configured TSA stamp one piece of evidence; False when it cannot now (the sweep tries again)."""
    return _stamp(UUID(evidence_id))


@shared_task(name="conformity.tasks.sweep")
def sweep() -> dict[str, int]:
    """What is due: overdue findings, expired accreditations, evidence without a receipt."""
    at = clock.now()
    overdue, escalated = services.findings_sweep(actor=SYSTEM, at=at)
    expired = services.accreditations_expire(actor=SYSTEM, at=at)
    stamped = sum(_stamp(evidence_id) for evidence_id in receipts.waiting())
    return {"overdue": overdue, "escalated": escalated, "expired": expired, "stamped": stamped}


def _stamp(evidence_id: UUID) -> bool:
    token = receipts.request_token(evidence_id, tsa_url=conf.tsa_url, allow=conf.egress_allow)
    if token is None:
        return False
    try:
        services.evidence_receipt_store(
            evidence_id=evidence_id, token=token.der, token_time=token.gen_time, at=clock.now()
        )
    except (Conflict, NotFound):  # another worker was quicker, or a test emptied the table
        return False
    return True
