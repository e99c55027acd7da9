"""Who is independent of whom: the separation rules of domain.md 4.3 as pure functions.

A relation is any tie of a person to an organisation: an appointment here, or a declared employment, consulting
contract, ownership or family tie. Intervals are half-open. The cooling-off period is a setting of the scheme and comes
as an argument.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Tie(StrEnum):
    """Why a person is not neutral towards an organisation; NONE is the declaration that nothing ties them."""

    APPOINTMENT = "appointment"
    EMPLOYMENT = "employment"
    CONSULTING = "consulting"
    OWNERSHIP = "ownership"
    FAMILY = "family"
    OTHER = "other"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Relation:
    """A person's tie to one organisation over [start, end); `end` None means it lasts."""

    organisation_id: UUID
    tie: Tie
    start: datetime | None
    end: datetime | None


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time `months` calendar months earlier; the last day of the month where that day is missing."""
    total = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(total, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def interfering(
    relations: Iterable[Relation], group: Collection[UUID], at: datetime, *, cooling_off_months: int
) -> tuple[Relation, ...]:
    """The relations to an organisation of `group` that stand at `at` or ended less than the cooling-off period before.

    A relation that is announced for later counts too: whoever is about to join is not independent.
    """
    since = months_before(at, cooling_off_months)
    return tuple(
        relation
        for relation in relations
        if relation.tie is not Tie.NONE
        and relation.organisation_id in group
        and (relation.end is None or relation.end > since)
    )


def is_independent(
    relations: Iterable[Relation], group: Collection[UUID], at: datetime, *, cooling_off_months: int
) -> bool:
    """Rules 1 and 2: no tie to the organisation or its group now or within the cooling-off period."""
    return not interfering(relations, group, at, cooling_off_months=cooling_off_months)


def are_two_people(first: UUID, second: UUID) -> bool:
    """Rule 1: four eyes are two people, not two accounts."""
    return first != second


def are_separate_groups(first: Collection[UUID], second: Collection[UUID]) -> bool:
    """Rule 4: bodies in one group neither assess nor accredit each other."""
    return set(first).isdisjoint(second)
