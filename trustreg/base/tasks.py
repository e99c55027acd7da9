"""Celery edge of the outbox."""

from __future__ import annotations

from celery import shared_task

from trustreg.base import clock, outbox


@shared_task(name="trustreg.base.tasks.deliver_outbox")
def deliver_outbox() -> int:
    """Deliver what is waiting; also run by the sweeper."""
    return outbox.deliver(at=clock.now())
