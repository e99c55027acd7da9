"""Celery edge of validation."""

from __future__ import annotations

from celery import shared_task

from signing import selectors, services
from trustreg.base import clock, jobs


@shared_task(name="signing.tasks.validate")
def validate(job_id: str) -> bool:
    """Do one validation job."""
    return services.job_run(job_id, at=clock.now())


@shared_task(name="signing.tasks.sweep")
def sweep() -> int:
    """Announce again what no worker has: lost messages and dead workers."""
    waiting = list(selectors.unfinished(clock.now()).values_list("pk", flat=True)[:100])
    for job_id in waiting:
        jobs.send(services.TASK, job_id=job_id)
    return len(waiting)


@shared_task(name="signing.tasks.expire")
def expire() -> int:
    """Delete reports whose time is over."""
    return services.expire(at=clock.now())
