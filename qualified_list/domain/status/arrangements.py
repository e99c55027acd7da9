"""When an arrangement of mutual recognition had effect: from the own list that first carries it to the first without.

A foreign status counts only inside that span (design 4, foreign lists).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from qualified_list.domain.model import Equivalence, TrustedList
from trustreg.pki.trust import Usage


@dataclass(frozen=True, slots=True)
class ArrangementSpan:
    """One line of an arrangement with `territory`, in effect in `[start, end)`; `end` None means that it goes on."""

    territory: str
    foreign_type: str
    usage: Usage | None
    valid_statuses: tuple[str, ...]
    invalid_statuses: tuple[str, ...]
    start: datetime
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether the line is in effect at `at`."""
        return self.start <= at and (self.end is None or at < self.end)

    def meaning(self, status_uri: str) -> bool | None:
        """True: the foreign status counts as qualified. False: it does not. None: the arrangement does not name it."""
        if status_uri in self.valid_statuses:
            return True
        return False if status_uri in self.invalid_statuses else None


def arrangement_spans(
    issues: Iterable[TrustedList], *, earlier: Iterable[ArrangementSpan] = ()
) -> tuple[ArrangementSpan, ...]:
    """The spans after `issues` (own lists, in any order), continuing `earlier` spans of the lists before them."""
    spans = list(earlier)
    for issue in sorted(issues, key=lambda one: one.sequence):
        carried = {
            _line(pointer.territory, line, issue.issued_at)
            for pointer in issue.pointers
            for line in pointer.equivalences
        }
        still_open = {replace(span, start=issue.issued_at) for span in spans if span.end is None}
        spans = [
            replace(span, end=issue.issued_at)
            if span.end is None and replace(span, start=issue.issued_at) not in carried
            else span
            for span in spans
        ]
        spans += carried - still_open
    return tuple(
        sorted(
            spans, key=lambda span: (span.territory, span.foreign_type, span.usage or "", span.start, _statuses(span))
        )
    )


def _statuses(span: ArrangementSpan) -> tuple[str, ...]:
    return span.valid_statuses + span.invalid_statuses


def _line(territory: str, line: Equivalence, start: datetime) -> ArrangementSpan:
    return ArrangementSpan(
        territory, line.foreign_type, line.usage, line.valid_statuses, line.invalid_statuses, start, None
    )
