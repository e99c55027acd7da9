"""Validating: at once, as a job, or many documents as a batch; reports are kept for a while."""

from __future__ import annotations

from signing.services.batches import (
    MAX_DOCUMENTS,
    BatchDocument,
    batch_cancel,
    batch_run,
    batch_start,
    batches_sweep,
)
from signing.services.jobs import MAX_ATTEMPTS, TASK, is_large, job_cancel, job_run, job_start, jobs_sweep
from signing.services.limits import limits_in_force
from signing.services.retention import expire
from signing.services.validating import (
    MAX_EVIDENCE_BYTES,
    MAX_EVIDENCE_FILES,
    ValidationRequest,
    Validator,
    check,
    plain_name,
    report_create,
    time_of_validation,
    validate,
    validator,
)

__all__ = [
    "MAX_ATTEMPTS",
    "MAX_DOCUMENTS",
    "MAX_EVIDENCE_BYTES",
    "MAX_EVIDENCE_FILES",
    "TASK",
    "BatchDocument",
    "ValidationRequest",
    "Validator",
    "batch_cancel",
    "batch_run",
    "batch_start",
    "batches_sweep",
    "check",
    "expire",
    "is_large",
    "job_cancel",
    "job_run",
    "job_start",
    "jobs_sweep",
    "limits_in_force",
    "plain_name",
    "report_create",
    "time_of_validation",
    "validate",
    "validator",
]
