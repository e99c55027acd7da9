"""The list in force as a trust source, held in memory and renewed when a new issue is released."""

from __future__ import annotations

import json
import threading
from functools import lru_cache

from qualified_list.domain.content import from_content_model
from qualified_list.domain.status import ListTrustSource, PublishedList
from qualified_list.models import IssueState, ListIssue
from trustreg.base.errors import NotFound

_lock = threading.Lock()
_current: tuple[tuple[int, str], ListTrustSource] | None = None


def current_sequence() -> int | None:
    """The sequence of the list in force, None before the first."""
    newest = _newest()
    return newest[0] if newest else None


def trust_source() -> ListTrustSource:
    """The source that answers from the list in force: one query for its number, a load only when it is a new one."""
    global _current
    newest = _newest()
    if newest is None:
        return ListTrustSource([])
    held = _current
    if held is not None and held[0] == newest:
        return held[1]
    with _lock:
        if _current is None or _current[0] != newest:
            _current = (newest, ListTrustSource([published_list(newest[0])]))
        return _current[1]


def trust_source_as_of(sequence: int) -> ListTrustSource:
    """The source as it was when the issue `sequence` was the newest. Raises NotFound."""
    digest = ListIssue.objects.filter(state=IssueState.RELEASED, pk=sequence).values_list("sha256", flat=True).first()
    if digest is None:
        raise _unknown(sequence)
    if _current is None or _current[0][0] < sequence:
        trust_source()  # that may be the one in force, which is loaded once for all questions
    held = _current
    return held[1] if held is not None and held[0] == (sequence, digest) else _past(sequence, digest)


@lru_cache(maxsize=4)
def _past(sequence: int, _sha256: str) -> ListTrustSource:
    return ListTrustSource([published_list(sequence)])


def published_list(sequence: int) -> PublishedList:
    """The model of a released issue with the digest of its file. Raises NotFound."""
    row = (
        ListIssue.objects.filter(state=IssueState.RELEASED, pk=sequence)
        .values_list("content", "issued_at", "next_update", "sha256")
        .first()
    )
    if row is None:
        raise _unknown(sequence)
    content, issued_at, next_update, digest = row
    model = from_content_model(json.loads(content), sequence=sequence, issued_at=issued_at, next_update=next_update)
    return PublishedList(model, digest)


def current_snapshot() -> tuple[bytes, str]:
    """What children without a database load (`ListTrustSource.from_bytes`), and the version that names it."""
    source = trust_source()
    return _snapshot(source), source.version


@lru_cache(maxsize=1)
def _snapshot(source: ListTrustSource) -> bytes:
    return source.to_bytes()


def _newest() -> tuple[int, str] | None:
    row = (
        ListIssue.objects.filter(state=IssueState.RELEASED)
        .order_by("-sequence")
        .values_list("sequence", "sha256")
        .first()
    )
    return (int(row[0]), str(row[1])) if row else None


def _unknown(sequence: int) -> NotFound:
    return NotFound(f"There is no list with the number {sequence}.", f"連番{sequence}のリストはありません。")
