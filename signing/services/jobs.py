"""Validations that a worker does: they survive whatever happens to it, and can be cancelled until they end.

The rows are the truth. Whoever takes a job counts its attempt and renews its lease; only the attempt that still holds
it when the report is ready may store one, so that a document has one report, however often it was begun.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from signing import selectors
from signing.models import JobState, ValidationBatch, ValidationJob
from signing.services import files, validating
from signing.services.leases import announced_until, lease_end, renewed
from signing.services.validating import ValidationRequest, report_create, time_of_validation
from trustreg.base import jobs
from trustreg.base.errors import Conflict, InvalidInput, NotFound, TrustregError
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

MAX_ATTEMPTS: Final = 3
TASK: Final = "signing.tasks.validate"
_LATER: Final = timedelta(seconds=20)  # before the engine is asked again that could not be reached
_GIVE_UP: Final = timedelta(days=1)  # documents do not wait longer than that for an engine


def is_large(request: ValidationRequest) -> bool:
    """Whether a worker should take it. What rests on an assumed time is answered at once: it has no address."""
    return len(request.document) > conf.inline_document_bytes and request.at is None


def require_answerable(request: ValidationRequest, *, now: datetime) -> None:
    """Ask the engine about one octet: what it refuses of the questions is refused before anything is stored.

    Raises InvalidInput, Unavailable.
    """
    validating.validator()(
        ValidationRequest(
            document=b"\x00",
            filename="",
            policy=request.policy,
            document_type=request.document_type,
            level=request.level,
            trusted_caller=request.trusted_caller,
            evidence=request.evidence,
        ),
        now=now,
    )


def new_job(
    request: ValidationRequest,
    *,
    size: int,
    account_id: UUID | None,
    batch: ValidationBatch | None = None,
    position: int | None = None,
) -> ValidationJob:
    """An unsaved job for the questions of a request; its octets are stored apart."""
    return ValidationJob(
        size=size,
        account_id=account_id,
        batch=batch,
        position=position,
        options={
            "filename": request.filename,
            "detached": [name for name, _ in request.detached],
            "policy": request.policy,
            "document_type": request.document_type,
            "level": request.level,
            "trusted_caller": request.trusted_caller,
            "digests": [list(pair) for pair in request.digests],
            "evidence": len(request.evidence),
        },
    )


def job_start(request: ValidationRequest, *, account_id: UUID | None, at: datetime) -> ValidationJob:
    """Store the document and queue its validation. Raises InvalidInput, TooLarge, Unavailable."""
    validating.check(request, now=at)
    if request.at is not None:
        raise InvalidInput(
            "A validation for an assumed time is answered at once; it is never a job.",
            "時刻を仮定した検証は、その場で答えます。ジョブにはなりません。",
        )
    require_answerable(request, now=at)
    job = new_job(request, size=len(request.document), account_id=account_id)
    job.lease_until = announced_until(at)
    with files.saved([(job.pk, request.files)]):
        job.save(force_insert=True)
        jobs.enqueue(TASK, job_id=job.pk)
    return job


def job_run(job_id: str, *, at: datetime) -> bool:
    """Do a job unless somebody else does or it was cancelled. False when no report came of it.

    A job whose worker died is taken up again when its lease has run out, three times at most. Without an engine it
    waits, a day at most.
    """
    job = _take(job_id, at)
    if job is None:
        return False
    mine = ValidationJob.objects.filter(pk=job_id, state=JobState.RUNNING, attempts=job.attempts)
    with renewed(mine):
        try:
            body = validating.validator()(_request(job), now=time_of_validation(at))
        except (InvalidInput, FileNotFoundError) as error:  # trying again would not help; or it was cancelled
            log.warning("validation_job_failed", job=job_id, error=type(error).__name__)
            _end(mine, JobState.FAILED, at=at)
            return False
        except TrustregError as error:
            log.warning("validation_job_postponed", job=job_id, code=error.code)
            if job.created_at <= at - _GIVE_UP:
                _end(mine, JobState.FAILED, at=at)
            mine.update(state=JobState.QUEUED, attempts=job.attempts - 1, lease_until=at + _LATER)
            return False
    with transaction.atomic():
        held = mine.select_for_update().first()
        if held is None:
            return False
        kept = held.file_count if conf.keep_documents_days else 0
        report_create(body, report_id=job_id, account_id=held.account_id, at=at, kept=kept)
        held.indication, held.sub_indication = body["indication"], body["sub_indication"] or ""
        _finish(held, JobState.DONE, at=at, keep_files=bool(kept))
    return True


def jobs_sweep(*, at: datetime) -> int:
    """Announce anew what nobody took and what a dead worker left. How many there were.

    What was announced is given its time again: jobs that wait behind others would else fill the queue with messages.
    """
    silent = list(selectors.unfinished(at).filter(batch=None).values_list("pk", flat=True)[:100])
    ValidationJob.objects.filter(pk__in=silent, state=JobState.QUEUED).update(lease_until=announced_until(at))
    for job_id in silent:
        jobs.send(TASK, job_id=job_id)
    return len(silent)


def job_cancel(job_id: str, *, at: datetime) -> ValidationJob:
    """End a job that has not ended: its document is deleted, and what a worker finds out is thrown away.

    Cancelling twice is once. Raises NotFound; Conflict when it has ended already.
    """
    with transaction.atomic():
        job = ValidationJob.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise NotFound("There is no such validation.", "この検証はありません。")
        if job.state in (JobState.DONE, JobState.FAILED):
            raise Conflict(
                "This validation has ended already; there is nothing to cancel.",
                "この検証はすでに終わっているため、取り消せません。",
            )
        if job.state != JobState.CANCELLED:
            _finish(job, JobState.CANCELLED, at=at)
    return job


def _take(job_id: str, at: datetime) -> ValidationJob | None:
    with transaction.atomic():
        job = selectors.free(at).select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            _finish(job, JobState.FAILED, at=at)
            return None
        job.state = JobState.RUNNING
        job.attempts += 1
        job.lease_until = lease_end(at)
        job.save(update_fields=["state", "attempts", "lease_until"])
    return job


def _request(job: ValidationJob) -> ValidationRequest:
    options = job.options
    first = 1 + len(options["detached"])
    return ValidationRequest(
        document=files.read(job.pk, 0),
        filename=options["filename"],
        detached=tuple((name, files.read(job.pk, number)) for number, name in enumerate(options["detached"], 1)),
        policy=options["policy"],
        document_type=options["document_type"],
        level=options["level"],
        trusted_caller=options["trusted_caller"],
        digests=tuple((name, value) for name, value in options["digests"]),
        evidence=tuple(files.read(job.pk, number) for number in range(first, job.file_count)),
    )


@transaction.atomic
def _end(mine: QuerySet[ValidationJob], state: JobState, *, at: datetime) -> None:
    held = mine.select_for_update().first()
    if held is not None:
        _finish(held, state, at=at)


def _finish(job: ValidationJob, state: JobState, *, at: datetime, keep_files: bool = False) -> None:
    job.state, job.finished_at, job.lease_until = state, at, None
    job.save(update_fields=["state", "finished_at", "lease_until", "indication", "sub_indication"])
    if not keep_files:
        transaction.on_commit(functools.partial(files.delete, job.pk, job.file_count), robust=True)
