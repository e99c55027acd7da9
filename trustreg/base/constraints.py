"""Check constraints generated from lifecycle tables, so that the law in PostgreSQL cannot drift from the code."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import CheckConstraint, Q

from trustreg.base.lifecycle import Arrow, triples


def legal_transition(
    name: str,
    transitions: Iterable[Arrow],
    *,
    transition: str = "transition",
    source: str = "from_status",
    to: str = "to_status",
) -> CheckConstraint:
    """A constraint of a history table: (transition, from, to) is an arrow of the table."""
    condition = Q()
    for move, start, end in triples(transitions):
        condition |= Q(**{transition: move, source: start, to: end})
    return CheckConstraint(condition=condition, name=name)


def known_value(name: str, field: str, values: Iterable[str]) -> CheckConstraint:
    """A constraint: `field` holds one of the domain's values."""
    return CheckConstraint(condition=Q(**{f"{field}__in": sorted(str(value) for value in values)}), name=name)
