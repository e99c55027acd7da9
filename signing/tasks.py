"""Celery edge of validation."""

from __future__ import annotations

from celery import shared_task

from signing import services
from trustreg.base import clock


@shared_task(name="signing.tasks.validate")
def validate(job_id: str) -> bool:
    """Do one validation job."""
    return services.job_run(job_id, at=clock.now())


@shared_task(name="signing.tasks.validate_batch")
def validate_batch(batch_id: str, turn: int) -> bool:
    """Take one turn of a batch."""
    return services.batch_run(batch_id, turn=turn)


@shared_task(name="signing.tasks.sweep")
def sweep() -> int:
    """Announce again what no worker has: lost messages and dead workers."""
    at = clock.now()
    return services.jobs_sweep(at=at) + services.batches_sweep(at=at)


@shared_task(name="signing.tasks.expire")
def expire() -> int:
    """Delete what has had its time."""
    return services.expire(at=clock.now())
