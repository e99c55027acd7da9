"""What is forgotten, and when: reports, documents that the settings keep beside them, jobs and batches that ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from signing.models import ValidationBatch, ValidationJob, ValidationReport
from signing.services import files
from trustreg.conf import settings as conf


def expire(*, at: datetime) -> int:
    """Delete what has had its time, and files that belong to nothing; return how many reports went."""
    forgotten = ValidationReport.objects.filter(files_until__lte=at) | ValidationReport.objects.filter(
        expires_at__lte=at, files__gt=0
    )
    for report in forgotten.only("pk", "files"):
        files.delete(report.pk, report.files)
        ValidationReport.objects.filter(pk=report.pk).update(files=0, files_until=None)
    gone, _ = ValidationReport.objects.filter(expires_at__lte=at).delete()
    ended = at - timedelta(days=conf.report_days)
    ValidationBatch.objects.filter(finished_at__lte=ended).delete()
    ValidationJob.objects.filter(finished_at__lte=ended, batch=None).delete()
    files.delete_orphans(at=at)
    return gone
