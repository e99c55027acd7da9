"""Many documents at once: a job for each, done one after the other by whoever holds the batch.

A batch takes its turns at the queue like everybody else: a turn lasts three seconds (or one document), then the next
one queues up behind what others sent meanwhile. Every turn has a number; a message with an old one is ignored, so that
there is one at a time however many were sent. What is lost with a worker is the turn, never a document.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.core.files.base import File
from django.db import connection, transaction

from signing import selectors
from signing.models import BatchState, JobState, ValidationBatch, ValidationJob
from signing.services import files
from signing.services.jobs import job_run, new_job, require_answerable
from signing.services.leases import announced_until, lease_end, renewed
from signing.services.validating import ValidationRequest
from trustreg.base import clock, jobs
from trustreg.base.errors import Conflict, InvalidInput, NotFound, RateLimited, TooLarge
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

MAX_DOCUMENTS: Final = 1000
TASK: Final = "signing.tasks.validate_batch"
TURN_SECONDS: Final = 3.0
_DOCUMENTS_A_TURN: Final = 100


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """One document of a batch, with the documents beside it as (name, octets)."""

    filename: str
    content: bytes | File[bytes]
    detached: tuple[tuple[str, bytes], ...] = ()

    @property
    def size(self) -> int:
        """Octets of the document itself."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    @property
    def whole_size(self) -> int:
        """Octets of the document and of what is beside it."""
        return self.size + sum(len(content) for _, content in self.detached)


def batch_start(
    documents: Sequence[BatchDocument], questions: ValidationRequest, *, account_id: UUID, at: datetime
) -> ValidationBatch:
    """Store the documents and queue their validation; `questions` are the same for all (its document is not read).

    Raises InvalidInput, TooLarge, RateLimited, Unavailable; then nothing is stored.
    """
    _check(documents)
    _require_room(account_id)
    require_answerable(questions, now=at)
    batch = ValidationBatch(
        account_id=account_id,
        total=len(documents),
        size=sum(one.whole_size for one in documents),
        lease_until=announced_until(at),
    )
    rows = [
        new_job(
            replace(questions, filename=one.filename, detached=one.detached),
            size=one.size,
            account_id=account_id,
            batch=batch,
            position=position,
        )
        for position, one in enumerate(documents)
    ]
    contents = [
        (row.pk, [one.content, *(content for _, content in one.detached)])
        for row, one in zip(rows, documents, strict=True)
    ]
    with files.saved(contents):
        with connection.cursor() as cursor:  # of two requests of one caller, the second sees the batch of the first
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [account_id.int & 0x7FFF_FFFF_FFFF_FFFF])
        _require_room(account_id)
        batch.save(force_insert=True)
        ValidationJob.objects.bulk_create(rows)
        jobs.enqueue(TASK, batch_id=batch.pk, turn=batch.turn)
    return batch


def _check(documents: Sequence[BatchDocument]) -> None:
    if not 1 <= len(documents) <= MAX_DOCUMENTS:
        raise InvalidInput(
            f"Got {len(documents)} documents; a batch has 1 to {MAX_DOCUMENTS}.",
            f"文書が {len(documents)} 件でした。一度に送れるのは 1 から {MAX_DOCUMENTS} 件です。",
            fields={"documents": {"en": f"Expected 1 to {MAX_DOCUMENTS}.", "ja": f"1 から {MAX_DOCUMENTS} 件です。"}},
            extra={"limit": MAX_DOCUMENTS, "got": len(documents)},
        )
    total = sum(one.whole_size for one in documents)
    largest = max(documents, key=lambda one: one.size)
    for got, limit, what in (
        (largest.size, conf.max_document_bytes, (f"document {largest.filename!r}", f"文書「{largest.filename}」")),
        (total, conf.max_batch_bytes, ("batch", "全体")),
    ):
        if got > limit:
            raise TooLarge(
                f"The {what[0]} has {got} bytes; the limit is {limit}. Nothing was stored.",
                f"{what[1]}は {got} バイトで、上限の {limit} バイトを超えています。何も保存していません。",
                extra={"limit_bytes": limit, "got_bytes": got},
            )
    empty = {
        f"documents.{number}": {"en": "The file is empty: got 0 bytes.", "ja": "ファイルが空です（0 バイトでした）。"}
        for number, one in enumerate(documents)
        if not one.size
    }
    if empty:
        raise InvalidInput(
            f"{len(empty)} documents are empty (0 bytes). Nothing was stored.",
            f"空の文書が {len(empty)} 件あります（0 バイト）。何も保存していません。",
            fields=empty,
        )


def _require_room(account_id: UUID) -> None:
    running = selectors.running_batches(account_id).count()
    if running >= conf.max_batches:
        raise RateLimited(
            f"You have {running} batches under way; {conf.max_batches} at a time are allowed. "
            "Wait until one ends, or cancel one.",
            f"処理中の一括検証が {running} 件あります。同時に行えるのは {conf.max_batches} 件までです。"
            "終わるのを待つか、取り消してください。",
            extra={"retry_after": 10, "limit": conf.max_batches},
        )


def batch_run(batch_id: str, *, turn: int) -> bool:
    """Take one turn. False when it is not this turn's time: somebody else had it, or the batch has ended."""
    at = clock.now()
    mine = ValidationBatch.objects.filter(pk=batch_id, turn=turn + 1, state=BatchState.RUNNING)
    taken = selectors.unfinished_batches().filter(pk=batch_id, turn=turn)
    if not taken.update(turn=turn + 1, state=BatchState.RUNNING, lease_until=lease_end(at)):
        return False
    with renewed(mine):
        _documents(batch_id)
    _pass_on(batch_id, turn + 1)
    return True


def _documents(batch_id: str) -> None:
    end = time.monotonic() + TURN_SECONDS
    waiting = selectors.unfinished(clock.now()).filter(batch_id=batch_id).order_by("position")
    for job_id in list(waiting.values_list("pk", flat=True)[:_DOCUMENTS_A_TURN]):
        try:
            job_run(job_id, at=clock.now())
        except Exception:  # one document's misfortune is not another's; its lease runs out, and it is tried again
            log.exception("validation_job_broke_off", job=job_id)
        if time.monotonic() > end:
            return


@transaction.atomic
def _pass_on(batch_id: str, turn: int) -> None:
    """End the batch when all its documents have ended, else queue up for the next turn."""
    at = clock.now()
    batch = selectors.unfinished_batches().select_for_update().filter(pk=batch_id, turn=turn).first()
    if batch is None:
        return
    if not selectors.documents_left(batch_id).exists():
        batch.state, batch.finished_at, batch.lease_until = BatchState.DONE, at, None
    elif selectors.unfinished(at).filter(batch_id=batch_id).exists():
        batch.lease_until = announced_until(at)
        jobs.enqueue(TASK, batch_id=batch_id, turn=turn)
    else:  # what is left is under a lease; the sweeper comes back when that may have run out
        batch.lease_until = lease_end(at)
    batch.save(update_fields=["state", "finished_at", "lease_until"])


def batches_sweep(*, at: datetime) -> int:
    """Announce anew the turns that nobody took, and those whose worker died. How many there were."""
    silent = list(selectors.unfinished_batches().filter(lease_until__lte=at).values_list("pk", "turn")[:100])
    for batch_id, turn in silent:
        rows = selectors.unfinished_batches().filter(pk=batch_id, turn=turn, lease_until__lte=at)
        if rows.update(turn=turn + 1, lease_until=announced_until(at)):
            jobs.send(TASK, batch_id=batch_id, turn=turn + 1)
    return len(silent)


def batch_cancel(batch_id: str, *, account_id: UUID, at: datetime) -> ValidationBatch:
    """End a batch: documents that have no report yet get none and are deleted, reports that there are stay.

    Cancelling twice is once. Raises NotFound; Conflict when every document has its report already.
    """
    with transaction.atomic():
        batch = selectors.batches_of(account_id).select_for_update().filter(pk=batch_id).first()
        if batch is None:
            raise NotFound("There is no such batch of yours.", "この一括検証はありません。")
        if batch.state == BatchState.DONE:
            raise Conflict(
                "This batch has ended already; there is nothing to cancel.",
                "この一括検証はすでに終わっているため、取り消せません。",
            )
        if batch.state == BatchState.CANCELLED:
            return batch
        left = list(selectors.documents_left(batch_id).select_for_update().order_by("position"))
        ValidationJob.objects.filter(pk__in=[job.pk for job in left]).update(
            state=JobState.CANCELLED, finished_at=at, lease_until=None
        )
        batch.state, batch.finished_at, batch.lease_until = BatchState.CANCELLED, at, None
        batch.save(update_fields=["state", "finished_at", "lease_until"])
        for job in left:
            transaction.on_commit(functools.partial(files.delete, job.pk, job.file_count), robust=True)
    return batch
