"""Lists and arrangements as JSON values, for processes that have no database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from qualified_list.domain.content import content_model, from_content_model
from qualified_list.domain.model import utc_text
from qualified_list.domain.status.arrangements import ArrangementSpan
from qualified_list.domain.status.index import PublishedList
from trustreg.pki.trust import Usage


def _time_in(value: str | None) -> datetime | None:
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if value else None


def list_out(published: PublishedList) -> dict[str, Any]:
    """An issue with its digest."""
    issue = published.list
    return {
        "sequence": issue.sequence,
        "issued_at": utc_text(issue.issued_at),
        "next_update": utc_text(issue.next_update) if issue.next_update else None,
        "sha256": published.sha256,
        "content": content_model(issue),
    }


def list_in(record: dict[str, Any]) -> PublishedList:
    """The inverse of `list_out`. Raises ValueError, KeyError or TypeError for another shape."""
    issued_at = _time_in(record["issued_at"])
    if issued_at is None:
        raise ValueError("a list without an issue time")
    issue = from_content_model(
        record["content"],
        sequence=record["sequence"],
        issued_at=issued_at,
        next_update=_time_in(record["next_update"]),
    )
    return PublishedList(issue, record["sha256"])


def span_out(span: ArrangementSpan) -> dict[str, Any]:
    """A span of recognition."""
    return {
        "territory": span.territory,
        "foreign_type": span.foreign_type,
        "usage": span.usage.value if span.usage else None,
        "valid": list(span.valid_statuses),
        "invalid": list(span.invalid_statuses),
        "start": utc_text(span.start),
        "end": utc_text(span.end) if span.end else None,
    }


def span_in(record: dict[str, Any]) -> ArrangementSpan:
    """The inverse of `span_out`."""
    start = _time_in(record["start"])
    if start is None:
        raise ValueError("an arrangement without a start")
    return ArrangementSpan(
        territory=record["territory"],
        foreign_type=record["foreign_type"],
        usage=Usage(record["usage"]) if record["usage"] else None,
        valid_statuses=tuple(record["valid"]),
        invalid_statuses=tuple(record["invalid"]),
        start=start,
        end=_time_in(record["end"]),
    )
