"""Reading what is kept of validations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from signing.models import UNFINISHED, JobState, ValidationBatch, ValidationJob, ValidationReport


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
    running = ValidationJob.objects.filter(pk__in=ids, state__in=UNFINISHED)
    return set(running.values_list("pk", flat=True))


def unfinished(at: datetime) -> QuerySet[ValidationJob]:
    """Jobs that nobody works on and that no message announces any more: what was said of them ran out; oldest first."""
    silent = Q(lease_until=None) | Q(lease_until__lte=at)
    return ValidationJob.objects.filter(silent, state__in=UNFINISHED).order_by("created_at")


def free(at: datetime) -> QuerySet[ValidationJob]:
    """Jobs that may be begun: waiting, or under the lease of a worker that gave no sign of life."""
    return ValidationJob.objects.filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lte=at))


def batches_of(account_id: UUID) -> QuerySet[ValidationBatch]:
    """The batches of a caller."""
    return ValidationBatch.objects.filter(account_id=account_id)


def unfinished_batches() -> QuerySet[ValidationBatch]:
    """Batches that have documents to validate."""
    return ValidationBatch.objects.filter(state__in=UNFINISHED)


def running_batches(account_id: UUID) -> QuerySet[ValidationBatch]:
    """The batches of a caller that have not ended."""
    return unfinished_batches().filter(account_id=account_id)


def documents_left(batch_id: str) -> QuerySet[ValidationJob]:
    """The documents of a batch that have not ended, whoever holds them."""
    return ValidationJob.objects.filter(batch_id=batch_id, state__in=UNFINISHED)


def progress(batch_id: str) -> list[tuple[str, str, int]]:
    """How many documents of a batch have which state and indication ("" without a report)."""
    rows = ValidationJob.objects.filter(batch_id=batch_id).values_list("state", "indication")
    return list(rows.annotate(count=Count("pk")).order_by("state", "indication"))


def owners_of_files(ids: Collection[str]) -> set[str]:
    """Those ids that may have files: jobs that have not ended, and reports whose document is kept."""
    jobs = ValidationJob.objects.filter(pk__in=ids, state__in=UNFINISHED).values_list("pk", flat=True)
    reports = ValidationReport.objects.filter(pk__in=ids, files__gt=0).values_list("pk", flat=True)
    return {*jobs, *reports}


def ended_jobs(ids: Collection[str]) -> set[str]:
    """Those ids that are of jobs which have ended."""
    return set(ValidationJob.objects.filter(pk__in=ids).exclude(state__in=UNFINISHED).values_list("pk", flat=True))
