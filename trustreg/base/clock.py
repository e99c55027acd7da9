"""The clock: asked at the edges only; rules and services take the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, UTC, aware."""
    return datetime.now(UTC)


def utc_text(moment: datetime) -> str:
    """`2026-01-31T09:00:00Z`: UTC, whole seconds (the form of the HTTP contract and of TS 119 612)."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
