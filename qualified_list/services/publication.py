"""The publication protocol (design 4): each step looks at the database and goes on from there.

Nothing here remembers anything: a process may die after any step, another one continues. The steps are idempotent, the
walls of the database hold without the lease, and the list in force is served from files all the while.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from datetime import timedelta

import structlog

from qualified_list.models import IssueState, ListIssue, Refusal, RefusalSource
from qualified_list.selectors.snapshot import current_sequence
from qualified_list.services.crash import crash_point
from qualified_list.services.freeze import ListRefused, last_released, present_mark
from qualified_list.services.intent import (
    database_time,
    intent_begin,
    intent_check,
    intent_stamp,
    refuse,
    unreleased,
)
from qualified_list.services.lease import lease
from qualified_list.services.release import current_files_restore, issue_release, issue_verify, signature_accept
from trustreg.base import events
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.05
_SWEEP_WAIT_SECONDS = 5.0
_REISSUE_BEFORE = 0.25
"""A list is issued anew when less than this part of its life is left; the alarm fires at half of that."""


def publish(*, reissue: bool = False, after: int | None = None, wait_seconds: float = 20.0) -> int | None:
    """Publish what was decided; return the sequence that this call saw released, None when there was nothing to do.

    An intent under way is finished first, whoever began it. `reissue` publishes an unchanged content too, with `after`
    only while that list is the one in force: asked twice, it is done once. After `wait_seconds` without a signature the
    call gives up and the sweeper goes on later. Raises `ListRefused`.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    deadline = time.monotonic() + wait_seconds
    released = None
    while True:
        sequence = unreleased()
        begun = sequence is None
        if sequence is None:
            reissue = reissue and (after is None or after == (current_sequence() or 0))
            if not reissue and not unpublished_changes():
                return released
            marked = present_mark()
            sequence = intent_begin(reissue=reissue)
            if sequence is None:
                if unreleased() is None:
                    _remember_fruitless(marked)
                    return released
                continue  # another worker was quicker: help it, or wait for it
            crash_point("begin")
        with lease(sequence, owner=owner) as held:
            done = _advance(sequence, deadline) if held else _wait(sequence, deadline)
        if done:
            released = sequence
            reissue = reissue and not begun
        elif held or time.monotonic() > deadline:
            return released


def _advance(sequence: int, deadline: float) -> bool:
    """Take the intent as far as it goes. False when the time is up before it is released."""
    while True:
        issue = ListIssue.objects.defer("content", "unsigned", "decisions").get(pk=sequence)
        if issue.state == IssueState.COMPILED:
            if _is_refused(issue):
                if not _compile_anew(issue):
                    return False
                continue
            intent_check(sequence=sequence)
            crash_point("check")
        elif issue.state == IssueState.CHECKED:
            if signature_accept(sequence=sequence):
                crash_point("sign")
            elif _is_refused(issue):
                if not _compile_anew(issue):
                    return False
            elif _is_old(issue):
                _compile_anew(issue)
            elif time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        elif issue.state == IssueState.SIGNED:
            issue_verify(sequence=sequence)
            crash_point("verify")
        elif issue.state == IssueState.VERIFIED:
            issue_release(sequence=sequence)
            crash_point("release")
        else:
            return True


def _wait(sequence: int, deadline: float) -> bool:
    """Let the holder of the lease work. False when the time is up or nobody holds it any more before it is released."""
    while time.monotonic() < deadline:
        state, lease_until = ListIssue.objects.filter(pk=sequence).values_list("state", "lease_until").get()
        if state == IssueState.RELEASED:
            return True
        if lease_until is None or lease_until < database_time():
            return False
        time.sleep(_POLL_SECONDS)
    return False


def _is_old(issue: ListIssue) -> bool:
    return database_time() - issue.issued_at >= timedelta(seconds=conf.intent_seconds)


def _is_refused(issue: ListIssue) -> bool:
    return Refusal.objects.filter(sequence=issue.pk, unsigned_sha256=issue.unsigned_sha256).exists()


def _compile_anew(issue: ListIssue) -> bool:
    """Stamp the intent anew when that can help: it is old, or what it was refused for has changed since."""
    marked = present_mark()
    age = None if issue.mark != marked else timedelta(seconds=conf.intent_seconds)
    try:
        return intent_stamp(sequence=issue.pk, minimum_age=age)
    except ListRefused as refused:
        refuse(
            RefusalSource.RULES,
            sequence=issue.pk,
            content_hash=refused.content_hash,
            mark=marked,
            findings=refused.findings,
        )
        raise


def unpublished_changes() -> bool:
    """Whether something was decided (or the scheme changed) since the list in force was compiled.

    What was refused as it stands is not tried again until something else changes.
    """
    marked = present_mark()
    if marked.endswith("/0") or marked == _fruitless:
        return False
    issue = last_released()
    if issue is not None and issue.mark == marked:
        return False
    refused = Refusal.objects.filter(source=RefusalSource.RULES).values_list("mark", flat=True).first()
    return refused != marked


_fruitless: str | None = None


def _remember_fruitless(marked: str) -> None:
    """A register that gives the list in force once more (a suspension was confirmed, say) is not compiled twice."""
    global _fruitless
    _fruitless = marked


def sweep() -> int | None:
    """Go on with what a dead worker left, publish what no message announced, and look after the current files."""
    current_files_restore()
    if unreleased() is not None or unpublished_changes():
        return publish(wait_seconds=_SWEEP_WAIT_SECONDS)
    return None


def reissue_when_due() -> int | None:
    """Issue the list anew before its NextUpdate; raise the alarm when that did not happen in time.

    The alarm is an event (`qualified_list:reissue:overdue`) and an error in the log, repeated with every run.
    """
    issue = last_released()
    if issue is None:
        return None
    life = issue.next_update - issue.issued_at
    left = issue.next_update - database_time()
    if left > life * _REISSUE_BEFORE:
        return None
    sequence = None
    try:
        sequence = publish(reissue=True)
    except ListRefused as refused:
        log.error("reissue_refused", sequence=issue.pk, codes=[item["code"] for item in refused.findings])
    if sequence is None and left < life * _REISSUE_BEFORE / 2:
        events.record(
            "qualified_list:reissue:overdue",
            actor=None,
            at=database_time(),
            subject=("list", issue.pk),
            data={"next_update": issue.next_update.isoformat()},
        )
        log.error("reissue_overdue", sequence=issue.pk, next_update=issue.next_update.isoformat())
    return sequence
