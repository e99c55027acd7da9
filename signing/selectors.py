"""Reading what is kept of validations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from signing.models import JobState, ValidationJob, ValidationReport


def report_at(report_id: str, at: datetime) -> ValidationReport | None:
    """The report, None when there is none or its time is over."""
    return ValidationReport.objects.filter(pk=report_id, expires_at__gt=at).first()


def job(job_id: str) -> ValidationJob | None:
    """The job, None when there is none."""
    return ValidationJob.objects.filter(pk=job_id).first()


def bodies_at(ids: Collection[str], at: datetime) -> dict[str, str]:
    """The bodies of those reports that are kept at a time."""
    return dict(ValidationReport.objects.filter(pk__in=ids, expires_at__gt=at).values_list("pk", "body"))


def waiting(ids: Collection[str]) -> set[str]:
    """Those jobs that are not done yet."""
    running = ValidationJob.objects.filter(pk__in=ids, state__in=[JobState.QUEUED, JobState.RUNNING])
    return set(running.values_list("pk", flat=True))


def unfinished(at: datetime) -> QuerySet[ValidationJob]:
    """Jobs that nobody works on: queued, or running under a lease that ran out; oldest first."""
    waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lte=at)
    return ValidationJob.objects.filter(waiting).order_by("created_at")
