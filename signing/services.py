"""Validating: at once, or as a job that survives whatever happens to its worker; reports are kept for a while."""

from __future__ import annotations

import functools
import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.utils.module_loading import import_string

from signing import selectors
from signing.models import JobState, ValidationJob, ValidationReport, new_id
from trustreg.base import jobs
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, TooLarge, TrustregError
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

MAX_ATTEMPTS: Final = 3
TASK: Final = "signing.tasks.validate"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """A document and the questions about it. `at` None means now; `trusted_caller` lifts the limits of strangers.

    `digests` are (hashlib name, hexadecimal) of a document that stays with the caller, beside a time-stamp token.
    `absent` are several such documents, (file name, hashlib name, hexadecimal), beside an XML signature;
    `assume_digests` takes those that the signature states. `particulars` asks for certificates, scopes and claims too.
    """

    document: bytes
    filename: str
    detached: tuple[tuple[str, bytes], ...] = ()
    policy: str | None = None
    at: datetime | None = None
    document_type: str | None = None
    level: str | None = None
    trusted_caller: bool = False
    digests: tuple[tuple[str, str], ...] = ()
    absent: tuple[tuple[str, str, str], ...] = ()
    assume_digests: bool = False
    particulars: bool = False


class Validator(Protocol):
    """The engine, composed by the wiring. Any bytes get a report; raises Unavailable when it cannot work now."""

    def __call__(self, request: ValidationRequest, *, now: datetime) -> Mapping[str, Any]: ...


@functools.cache
def validator() -> Validator:
    """The engine that the wiring names (`TRUSTREG_VALIDATOR`)."""
    found: Validator = import_string(getattr(settings, "TRUSTREG_VALIDATOR", "trustreg.wiring.validate"))
    return found


def check(request: ValidationRequest, *, now: datetime) -> None:
    """Refuse what no engine can answer. Raises InvalidInput, TooLarge."""
    if not request.document:
        raise InvalidInput(
            "The document is empty (0 bytes). Choose the file again.",
            "文書が空です（0 バイト）。ファイルを選び直してください。",
            fields={
                "document": {
                    "en": "The file is empty: got 0 bytes. Choose it again.",
                    "ja": "ファイルが空です（0 バイトでした）。選び直してください。",
                }
            },
        )
    size = len(request.document) + sum(len(content) for _, content in request.detached)
    if len(request.document) > conf.max_document_bytes or size > 2 * conf.max_document_bytes:
        raise TooLarge(
            f"Got {size} bytes; a document may have {conf.max_document_bytes}, with its detached files twice that.",
            f"{size} バイトでした。文書は {conf.max_document_bytes} バイト、合計はその 2 倍までです。",
            extra={"limit_bytes": conf.max_document_bytes, "got_bytes": size},
        )
    if request.at is not None and request.at > now:
        raise InvalidInput(
            f"'at' is {utc_text(request.at)}, which lies in the future. Nobody knows that yet; ask for now or earlier.",
            f"at の {utc_text(request.at)} は未来の時刻です。現在以前を指定してください。",
            fields={"at": {"en": "Expected now or earlier.", "ja": "現在以前を指定してください。"}},
        )


def report_create(
    body: Mapping[str, Any], *, report_id: str | None = None, account_id: UUID | None, at: datetime
) -> ValidationReport:
    """Keep a report for the days that the settings say."""
    return ValidationReport.objects.create(
        pk=report_id or new_id(),
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        account_id=account_id,
        expires_at=at + timedelta(days=conf.report_days),
    )


def validate(request: ValidationRequest, *, account_id: UUID | None, at: datetime) -> dict[str, Any]:
    """The report of a document, with the id under which it is kept; None as id when it rests on an assumed time.

    Raises InvalidInput, TooLarge, Unavailable.
    """
    check(request, now=at)
    body = dict(validator()(request, now=at))
    if body.get("hypothetical"):
        return {"id": None, **body}
    kept = report_create(body, account_id=account_id, at=at)
    return {"id": kept.pk, **body}


def plain_name(name: str | None) -> str:
    """The last part of a file name, without control characters; `document` when nothing is left."""
    last = posixpath.basename((name or "").replace("\\", "/"))
    return _CONTROL.sub("", last).strip()[:255] or "document"


def time_of_validation(moment: datetime) -> datetime:
    """The next whole second: reports say whole ones, and rounding down would put a time-stamp into the future."""
    return moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)


def is_large(request: ValidationRequest) -> bool:
    """Whether a worker should take it instead of the process that answers."""
    return len(request.document) > conf.inline_document_bytes


def _folder(job_id: str) -> str:
    return f"validations/{job_id}"


def _storage() -> Storage:
    return default_storage


def _files(job: ValidationJob) -> list[str]:
    count = len(job.options.get("detached", []))
    return [f"{_folder(job.pk)}/document", *(f"{_folder(job.pk)}/detached-{index}" for index in range(count))]


@transaction.atomic
def job_start(request: ValidationRequest, *, account_id: UUID | None, at: datetime) -> ValidationJob:
    """Store the document and queue its validation. Raises InvalidInput, TooLarge."""
    check(request, now=at)
    job = ValidationJob(
        size=len(request.document),
        account_id=account_id,
        options={
            "filename": request.filename,
            "detached": [name for name, _ in request.detached],
            "policy": request.policy,
            "at": utc_text(request.at) if request.at else None,
            "document_type": request.document_type,
            "level": request.level,
            "trusted_caller": request.trusted_caller,
            "digests": [list(pair) for pair in request.digests],
        },
    )
    for name, content in zip(
        _files(job), (request.document, *(content for _, content in request.detached)), strict=True
    ):
        _storage().save(name, ContentFile(content))
    job.save(force_insert=True)
    jobs.enqueue(TASK, job_id=job.pk)
    return job


def job_run(job_id: str, *, at: datetime) -> bool:
    """Do a job unless somebody else does. False when there was nothing to do.

    A job whose worker died is taken up again when its lease has run out, three times at most.
    """
    with transaction.atomic():
        found = selectors.unfinished(at).select_for_update(skip_locked=True).filter(pk=job_id).first()
        if found is None:
            return False
        if found.attempts >= MAX_ATTEMPTS:
            _finish(found, JobState.FAILED, at=at)
            return False
        found.state = JobState.RUNNING
        found.attempts += 1
        found.lease_until = at + timedelta(seconds=conf.pool_seconds + 30)
        found.save(update_fields=["state", "attempts", "lease_until"])
    try:
        body = validator()(_request(found), now=at)
    except TrustregError as error:
        log.warning("validation_job_postponed", job=job_id, code=error.code)
        return False
    with transaction.atomic():
        mine = (
            ValidationJob.objects.select_for_update()
            .filter(pk=job_id, state=JobState.RUNNING, attempts=found.attempts)
            .first()
        )
        if mine is None:
            return False
        report_create(body, report_id=job_id, account_id=mine.account_id, at=at)
        _finish(mine, JobState.DONE, at=at)
    return True


def _request(job: ValidationJob) -> ValidationRequest:
    contents = []
    for name in _files(job):
        with _storage().open(name) as file:
            contents.append(file.read())
    options = job.options
    return ValidationRequest(
        document=contents[0],
        filename=options["filename"],
        detached=tuple(zip(options["detached"], contents[1:], strict=True)),
        policy=options["policy"],
        at=datetime.fromisoformat(options["at"]) if options["at"] else None,
        document_type=options["document_type"],
        level=options["level"],
        trusted_caller=options["trusted_caller"],
        digests=tuple((name, value) for name, value in options.get("digests", [])),
    )


def _finish(job: ValidationJob, state: JobState, *, at: datetime) -> None:
    job.state, job.finished_at, job.lease_until = state, at, None
    job.save(update_fields=["state", "finished_at", "lease_until"])
    transaction.on_commit(functools.partial(_delete_files, job), robust=True)


def _delete_files(job: ValidationJob) -> None:
    for name in _files(job):
        _storage().delete(name)


def expire(*, at: datetime) -> int:
    """Delete reports whose time is over, and jobs that ended as long ago; return how many reports went."""
    gone, _ = ValidationReport.objects.filter(expires_at__lte=at).delete()
    ValidationJob.objects.filter(finished_at__lte=at - timedelta(days=conf.report_days)).delete()
    return gone
