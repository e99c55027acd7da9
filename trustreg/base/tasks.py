"""Celery edge of what all apps share."""

from __future__ import annotations

from celery import shared_task

from trustreg.base import clock, idempotency, outbox


@shared_task(name="trustreg.base.tasks.deliver_outbox")
def deliver_outbox() -> int:
    """Deliver what is waiting; also run by the sweeper."""
    return outbox.deliver(at=clock.now())


@shared_task(name="trustreg.base.tasks.forget_answers")
def forget_answers() -> int:
    """Delete the answers that were kept for repeated requests, when their time is over."""
    return idempotency.forget(at=clock.now())
