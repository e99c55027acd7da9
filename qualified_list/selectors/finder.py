"""Finding services on a page: a search, filters by what holds at a time, and how many each filter would leave."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf

from certification.models import Service
from qualified_list.domain import effect
from qualified_list.domain.effect import Effect
from qualified_list.domain.model import Status
from qualified_list.domain.status import ListTrustSource
from qualified_list.models import ListedServiceMember, ListedState
from qualified_list.selectors.catalogue import ServiceFilter, filtered, standing_at
from qualified_list.selectors.changes import endings
from qualified_list.selectors.snapshot import trust_source
from trustreg.parties.models import Organisation
from trustreg.pki.trust import ListReference

PAGE: Final = 20
ENDED: Final = "ended"
"""Withdrawn, ceased or expired: one filter."""

STATES: Final = (effect.VALID, effect.SUSPENDED, ENDED)
SORTS: Final = ("name", "since")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is to be left: any of each kind, level in effect and state; empty means: whatever."""

    kinds: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FoundService:
    """A row: what the list says of a service at the time, and what may be shown of it."""

    id: uuid.UUID
    names: dict[str, str]
    provider_id: uuid.UUID
    provider_names: dict[str, str]
    country: str
    kinds: tuple[str, ...]
    type: str
    scope: tuple[str, ...]
    since: datetime
    effect: Effect


@dataclass(frozen=True, slots=True)
class Found:
    """A page of services. `counts` says for each option of a filter how many services the others leave to it."""

    rows: list[FoundService]
    total: int
    list: ListReference | None
    stale: bool
    kinds: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)


def find_services(
    search: ServiceFilter,
    filters: Filters,
    *,
    now: datetime,
    page: int = 1,
    size: int = PAGE,
    sort: str = "name",
) -> Found:
    """The page `page` (from 1) of the services that match, as they stood at `search.at` (None: now).

    Five queries at most, whatever is asked. Where the list cannot tell (it is overdue for that time) no service has a
    level, and no filter by level or state leaves any. Raises InvalidInput as `listed_services`.
    """
    at = search.at or now
    source = trust_source()
    stale = _stale(source, at)
    states = _described(filtered(standing_at(at), search, now), at, stale=stale)
    kinds, levels, counted, total = _counts(states, filters)
    rows = _left(states, filters).select_related("listed_service").order_by(*_order(sort))
    found = list(rows[(page - 1) * size : page * size])
    return Found(_rows(found, source, at), total, source.list_reference, stale, kinds, levels, counted)


def services_of_provider(provider_id: uuid.UUID, *, now: datetime, limit: int = 100) -> list[FoundService]:
    """The listed services of an organisation as they stand now, by name. Four queries at most."""
    source = trust_source()
    states = _described(
        standing_at(now).filter(listed_service__provider_id=provider_id), now, stale=_stale(source, now)
    )
    return _rows(list(states.select_related("listed_service").order_by(*_order("name"))[:limit]), source, now)


def ended_how(decisions: Iterable[str], ends: Mapping[str, str]) -> str:
    """`ceased` or `expired` when every decision behind a withdrawn state says so; else empty. `ends` by decision."""
    found = {ends.get(decision, "") for decision in decisions}
    return found.pop() if len(found) == 1 else ""


def _stale(source: ListTrustSource, at: datetime) -> bool:
    reference = source.list_reference
    return reference is None or (reference.next_update is not None and reference.next_update <= at)


def _described(states: QuerySet[ListedState], at: datetime, *, stale: bool) -> QuerySet[ListedState]:
    """With `state` (a filter), `in_effect` (a level), `held` (the last level) and `kinds` of each."""
    earlier = ListedState.objects.filter(listed_service=OuterRef("listed_service"), start__lte=OuterRef("start"))
    members = ListedServiceMember.objects.filter(listed_service=OuterRef(OuterRef("listed_service")))
    kinds = Service.objects.filter(pk__in=members.values("service_id")).order_by("kind").values("kind").distinct()
    expired = ~Q(level="") & Q(valid_until__lte=at)
    state = Case(
        When(expired, then=Value(ENDED)),
        When(~Q(level=""), then=Value(effect.VALID)),
        When(status=Status.SUSPENDED, then=Value(effect.SUSPENDED)),
        default=Value(ENDED),
        output_field=CharField(),
    )
    level = Case(When(expired, then=Value("")), default=F("level"), output_field=CharField())
    return states.annotate(
        state=Value(effect.UNKNOWN, output_field=CharField()) if stale else state,
        in_effect=Value("", output_field=CharField()) if stale else level,
        held=Coalesce(
            Subquery(earlier.exclude(level="").order_by("-start").values("level")[:1]),
            Value(""),
            output_field=CharField(),
        ),
        kinds=ArraySubquery(kinds),
    )


def _left(states: QuerySet[Any], filters: Filters) -> QuerySet[ListedState]:
    wanted: dict[str, list[str]] = {}
    if filters.kinds:
        wanted["kinds__overlap"] = sorted(filters.kinds)
    if filters.levels:
        wanted["in_effect__in"] = sorted(filters.levels)
    if filters.states:
        wanted["state__in"] = sorted(filters.states)
    return states.filter(**wanted)


def _counts(states: Any, filters: Filters) -> tuple[Counter[str], Counter[str], Counter[str], int]:
    """One query for all counts: the combinations that occur are few."""
    kinds: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    total = 0
    combined = states.order_by().values_list("kinds", "in_effect", "state").annotate(n=Count("pk"))
    for of_kinds, level, state, n in combined:
        fits_kind = not filters.kinds or bool(filters.kinds & set(of_kinds))
        fits_level = not filters.levels or level in filters.levels
        fits_state = not filters.states or state in filters.states
        if fits_level and fits_state:
            kinds.update(dict.fromkeys(of_kinds, n))
        if fits_kind and fits_state and level:
            levels[level] += n
        if fits_kind and fits_level:
            counted[state] += n
        if fits_kind and fits_level and fits_state:
            total += n
    return kinds, levels, counted, total


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "since":
        return ("-start", "listed_service_id")
    reading = Organisation.objects.filter(pk=OuterRef("listed_service__provider_id")).values(
        reading=Coalesce(NullIf("name_kana", Value("")), "name_ja")
    )
    return (Subquery(reading[:1]).asc(nulls_last=True), KT("names__1__1"), KT("names__0__1"), "listed_service_id")


def _rows(found: Collection[ListedState], source: ListTrustSource, at: datetime) -> list[FoundService]:
    providers = Organisation.objects.in_bulk({row.listed_service.provider_id for row in found})
    ends = endings(decision for row in found if row.status == Status.WITHDRAWN for decision in row.decisions)
    return [_row(row, providers, ends, source, at) for row in found]


def _row(
    row: Any,
    providers: dict[uuid.UUID, Organisation],
    ends: Mapping[str, str],
    source: ListTrustSource,
    at: datetime,
) -> FoundService:
    entry = row.listed_service
    provider = providers.get(entry.provider_id)
    standing = source.standing_of_service(str(entry.pk), at=at)
    return FoundService(
        id=entry.pk,
        names=dict(reversed(row.names)),
        provider_id=entry.provider_id,
        provider_names={"ja": provider.name_ja, "en": provider.name_en} if provider else {},
        country=provider.country if provider else "",
        kinds=tuple(row.kinds),
        type=entry.type,
        scope=tuple(row.scope),
        since=standing.since or row.start,
        effect=effect.effect(standing, held=row.held, ended=ended_how(row.decisions, ends)),
    )
