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
    issues: Iterable[TrustedList], *, earlier: Iterable[ArrangementSpan] | None = None
) -> tuple[ArrangementSpan, ...]:
    """The spans after `issues` (own lists, in any order).

    `earlier` are the spans of the lists before them. None: nothing is known of those, so the first issue is taken at
    its word about when its lines started; later ones are not, for nothing can take effect before it was published.
    """
    spans = list(earlier or ())
    trusted_word = earlier is None
    for issue in sorted(issues, key=lambda one: one.sequence):
        carried = {
            _line(pointer.territory, line, issue.issued_at): line.start
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
        for line, start in carried.items():
            if line not in still_open:
                began = start or issue.issued_at
                began = began if trusted_word else max(began, issue.issued_at)
                spans.append(replace(line, start=began))
        trusted_word = False
    return tuple(sorted(spans, key=_order))


def _order(span: ArrangementSpan) -> tuple[object, ...]:
    return span.territory, span.foreign_type, span.usage or "", span.start, span.valid_statuses, span.invalid_statuses


def _line(territory: str, line: Equivalence, start: datetime) -> ArrangementSpan:
    return ArrangementSpan(
        territory, line.foreign_type, line.usage, line.valid_statuses, line.invalid_statuses, start, None
    )
