"""Celery edge: grants end on time."""

from __future__ import annotations

from celery import shared_task

from certification.selectors.register import service_ids_with_expiry_due
from certification.services.decisions import service_expire
from trustreg.base import clock
from trustreg.base.errors import Conflict, PreconditionFailed


@shared_task(name="certification.tasks.expire_services")
def expire_services() -> int:
    """End every grant whose end has passed; safe to run at any time and in parallel."""
    ended = 0
    for service_id in service_ids_with_expiry_due(clock.now()):
        try:
            service_expire(service_id=service_id, at=clock.now())
        except (Conflict, PreconditionFailed):
            continue  # another worker ended it, or a decision came first
        ended += 1
    return ended
