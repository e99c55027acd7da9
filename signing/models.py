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
    """A finished report. `body` is its JSON text as it was answered; it is deleted after `expires_at`.

    `files` is how many files of the document stay beside it, until `files_until`: none unless the operator keeps them.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    body = models.TextField()
    account_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    files = models.PositiveSmallIntegerField(default=0)
    files_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id__regex="^[0-9a-f]{32}$"), name="validation_report_id_is_128_bits")
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="validation_report_by_expiry"),
            models.Index(fields=["files_until"], condition=Q(files__gt=0), name="validation_report_with_files"),
        ]

    def __str__(self) -> str:
        return self.pk


class JobState(StrEnum):
    """How far a validation job has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class BatchState(StrEnum):
    """How far a batch has come; `done` when every document has ended, whether with a report or not."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class ValidationBatch(models.Model):
    """Documents that one caller sent together; each has a job of its own.

    `turn` counts who worked on it; until `lease_until` the holder of the turn, or its message in the queue, is waited
    for. `size` are the octets of all files.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    account_id = models.UUIDField()
    state = models.CharField(max_length=10, default=BatchState.QUEUED)
    total = models.PositiveSmallIntegerField()
    size = models.PositiveBigIntegerField()
    turn = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            known_value("validation_batch_state_is_known", "state", BatchState),
            models.CheckConstraint(condition=Q(id__regex="^[0-9a-f]{32}$"), name="validation_batch_id_is_128_bits"),
        ]
        indexes = [
            models.Index(
                fields=["account_id"], condition=Q(state__in=["queued", "running"]), name="validation_batch_unfinished"
            ),
            models.Index(fields=["finished_at"], name="validation_batch_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class ValidationJob(models.Model):
    """A document that waits for a worker: a large one, or one of a batch at its `position`.

    Its report gets the same id; its files are deleted when it ends. `options` are the request without its files:
    filename, policy, document_type, level, names of detached files, number of those with evidence. `lease_until` is
    that of who works on it, or until when its message in the queue is waited for. `indication` and `sub_indication` are
    those of the report, empty until there is one.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    state = models.CharField(max_length=10, default=JobState.QUEUED)
    options = models.JSONField(default=dict)
    size = models.PositiveBigIntegerField()
    account_id = models.UUIDField(null=True)
    batch = models.ForeignKey(ValidationBatch, models.CASCADE, null=True, related_name="jobs", db_index=False)
    position = models.PositiveSmallIntegerField(null=True)
    indication = models.CharField(max_length=20, default="")
    sub_indication = models.CharField(max_length=60, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            known_value("validation_job_state_is_known", "state", JobState),
            models.CheckConstraint(condition=Q(id__regex="^[0-9a-f]{32}$"), name="validation_job_id_is_128_bits"),
            models.CheckConstraint(
                condition=Q(batch=None, position=None) | Q(batch__isnull=False, position__isnull=False),
                name="validation_job_has_its_place_in_a_batch",
            ),
            models.UniqueConstraint(fields=["batch", "position"], name="validation_job_once_in_a_batch"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["queued", "running"], batch=None),
                name="validation_job_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def file_count(self) -> int:
        """The document, what is detached from it, and the evidence beside it."""
        return 1 + len(self.options["detached"]) + int(self.options.get("evidence", 0))
