"""What is kept of a validation: the report for a while, the job while one runs; the document no longer than its job."""

from __future__ import annotations

import secrets
from enum import StrEnum

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from trustreg.base.constraints import known_value


def new_id() -> str:
    """128 random bits in hexadecimal: whoever has the address of a report may read it, nobody can guess one."""
    return secrets.token_hex(16)


class ValidationReport(models.Model):
    """A finished report. `body` is its JSON text as it was answered; it is deleted after `expires_at`."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    body = models.TextField()
    account_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id__regex="^[0-9a-f]{32}$"), name="validation_report_id_is_128_bits")
        ]
        indexes = [models.Index(fields=["expires_at"], name="validation_report_by_expiry")]

    def __str__(self) -> str:
        return self.pk


class JobState(StrEnum):
    """How far a validation job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ValidationJob(models.Model):
    """A large document that waits for a worker. Its report gets the same id; its files are deleted when it ends.

    `options` are the request without its files: filename, policy, at, document_type, level, names of detached files.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    state = models.CharField(max_length=10, default=JobState.QUEUED)
    options = models.JSONField(default=dict)
    size = models.PositiveBigIntegerField()
    account_id = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            known_value("validation_job_state_is_known", "state", JobState),
            models.CheckConstraint(condition=Q(id__regex="^[0-9a-f]{32}$"), name="validation_job_id_is_128_bits"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(state__in=["queued", "running"]), name="validation_job_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"
