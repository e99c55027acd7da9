"""What changed on the list, issue by issue, and how many services stand in force: for people who look at pages."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Lag

from certification.domain.lifecycle import EXPIRE, DecisionKind
from certification.models import Decision, StatusChange
from qualified_list.domain.model import LEVELS, Status
from qualified_list.models import IssueState, ListedService, ListedServiceMember, ListedState, ListIssue
from qualified_list.selectors.snapshot import trust_source
from trustreg.parties.models import Organisation

_ENDS: Final = {DecisionKind.CEASE: "ceased", EXPIRE: "expired"}


@dataclass(frozen=True, slots=True)
class ListedChange:
    """A state of a listed service with the one before it.

    `state` is what may be shown of it: `valid`, `suspended`, `withdrawn`, `ceased` or `expired`. `level` is the level
    that it has or, while it has none, the last one that it had. `holds` is whether the newest list says the same.
    """

    service_id: uuid.UUID
    names: dict[str, str]
    provider: Organisation | None
    start: datetime
    sequence: int
    status: str
    before: str | None
    state: str
    level: str
    decisions: tuple[str, ...]
    holds: bool


def recent_changes(*, limit: int) -> list[ListedChange]:
    """The newest states that a released list brought, newest first (three queries)."""
    rows = list(_with_before(ListedState.objects.all()).order_by("-start", "-pk")[:limit])
    return _as_changes(rows)


def changes_between(first: int, second: int, *, limit: int | None = None) -> list[ListedChange]:
    """The states that came with the issues after `first` up to `second`, oldest first: all, or the first `limit`."""
    rows = _with_before(ListedState.objects.filter(issue_id__gt=first, issue_id__lte=second))
    return _as_changes(list(rows.order_by("start", "pk")[:limit]))


def _with_before(states: QuerySet[ListedState]) -> QuerySet[ListedState]:
    same = ListedState.objects.filter(listed_service=OuterRef("listed_service"))
    earlier = same.filter(start__lt=OuterRef("start"))
    return states.select_related("listed_service").annotate(
        newest=Subquery(same.order_by("-start", "-pk").values("status")[:1]),
        before=Subquery(earlier.order_by("-start").values("status")[:1]),
        level_before=Subquery(earlier.exclude(level="").order_by("-start").values("level")[:1]),
    )


def _as_changes(rows: list[Any]) -> list[ListedChange]:
    providers = Organisation.objects.in_bulk({row.listed_service.provider_id for row in rows})
    ends = endings(decision for row in rows if row.status == Status.WITHDRAWN for decision in row.decisions)
    return [
        ListedChange(
            service_id=row.listed_service_id,
            names=dict(reversed(row.names)),
            provider=providers.get(row.listed_service.provider_id),
            start=row.start,
            sequence=row.issue_id,
            status=row.status,
            before=row.before,
            state=_state(row.status, row.decisions, ends),
            level=row.level or row.level_before or "",
            decisions=tuple(row.decisions),
            holds=row.newest == row.status,
        )
        for row in rows
    ]


def _state(status: str, decisions: Iterable[str], ends: dict[str, str]) -> str:
    if status in LEVELS:
        return "valid"
    if status != Status.WITHDRAWN:
        return status
    found = {ends.get(decision, "withdrawn") for decision in decisions}
    return found.pop() if len(found) == 1 else "withdrawn"


def endings(decisions: Iterable[str]) -> dict[str, str]:
    """How each of these decisions ended a service: `ceased` or `expired`; those that withdrew are not in it.

    A list says `withdrawn` of all three (TS 119 612 5.5.4); people want to know that nobody was at fault.
    """
    wanted = {uuid.UUID(one) for one in decisions}
    if not wanted:
        return {}
    rows = StatusChange.objects.filter(decision__in=wanted, transition__in=list(_ENDS))
    return {str(decision): _ENDS[transition] for decision, transition in rows.values_list("decision_id", "transition")}


def ending_of(service: str, since: datetime) -> str:
    """`withdrawn`, `ceased` or `expired`: how the state of an entry that starts at `since` came about."""
    row = _state_row(service, since)
    return _state(row.status, row.decisions, endings(row.decisions)) if row else "withdrawn"


def level_before(service: str, at: datetime) -> str:
    """The last level that an own entry had at or before a time; empty when it had none."""
    try:
        entry = uuid.UUID(service)
    except ValueError:
        return ""
    rows = ListedState.objects.filter(listed_service_id=entry, start__lte=at).exclude(level="").order_by("-start")
    return str(rows.values_list("level", flat=True).first() or "")


def _state_row(service: str, since: datetime) -> ListedState | None:
    try:
        entry = uuid.UUID(service)
    except ValueError:
        return None
    return ListedState.objects.filter(listed_service_id=entry, start=since).first()


def changes_of_issues(sequences: Collection[int]) -> dict[int, dict[str, int]]:
    """For each of these issues how many services it added, changed and ended (`added`, `changed`, `ended`)."""
    earlier = ListedState.objects.filter(listed_service=OuterRef("listed_service"), start__lt=OuterRef("start"))
    rows = (
        ListedState.objects.filter(issue_id__in=list(sequences))
        .annotate(known=Exists(earlier))
        .values("issue_id", "status", "known")
        .order_by()
        .annotate(number=Count("pk"))
    )
    found: dict[int, dict[str, int]] = {sequence: {"added": 0, "changed": 0, "ended": 0} for sequence in sequences}
    for row in rows:
        kind = "added" if not row["known"] else "ended" if row["status"] == Status.WITHDRAWN else "changed"
        found[row["issue_id"]][kind] += row["number"]
    return found


def in_force(now: datetime) -> dict[str, int] | None:
    """How many services are `qualified`, `specified` and `suspended` now; None when no list in time can tell."""
    reference = trust_source().list_reference
    if reference is None or (reference.next_update is not None and reference.next_update <= now):
        return None
    later = ListedState.objects.filter(
        listed_service=OuterRef("listed_service"), start__gt=OuterRef("start"), start__lte=now
    )
    rows = (
        ListedState.objects.filter(~Exists(later), Q(valid_until=None) | Q(valid_until__gt=now), start__lte=now)
        .values("status")
        .order_by()
        .annotate(number=Count("pk"))
    )
    counted = {row["status"]: row["number"] for row in rows}
    return {status: counted.get(status, 0) for status in (Status.QUALIFIED, Status.SPECIFIED, Status.SUSPENDED)}


def punctuality() -> tuple[int, int]:
    """(issues that came before the one before them had passed its next update, all issues)."""
    rows = (
        ListIssue.objects.filter(state=IssueState.RELEASED)
        .annotate(due=Window(Lag("next_update"), order_by=F("sequence").asc()))
        .values_list("issued_at", "due")
    )
    issued = list(rows)
    return sum(due is None or issued_at < due for issued_at, due in issued), len(issued)


def providers_listed(sequence: int) -> int:
    """How many providers an issue lists: those of the services that it or an issue before it brought."""
    rows = ListedService.objects.filter(first_sequence__lte=sequence)
    return rows.values("provider_id").distinct().count()


def decisions_by_id(identifiers: Iterable[str]) -> dict[str, Decision]:
    """The decisions with these ids, without what they say."""
    return {str(key): row for key, row in Decision.objects.in_bulk([uuid.UUID(one) for one in identifiers]).items()}


def entry_of(identifier: uuid.UUID) -> uuid.UUID | None:
    """The listed entry with this id, or the newest one of the registry service with it; None: never listed."""
    if ListedService.objects.filter(pk=identifier).exists():
        return identifier
    rows = ListedServiceMember.objects.filter(service_id=identifier).order_by("-listed_service__first_sequence")
    return rows.values_list("listed_service_id", flat=True).first()
