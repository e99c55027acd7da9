"""Which criteria apply: common + per service + qualified add-ons (seed R47)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from conformity.domain.service_kinds import Level, ServiceKind


class Tier(StrEnum):
    """The place of a criterion in the hierarchy."""

    COMMON = "common"
    SERVICE = "service"
    QUALIFIED = "qualified"
    CAB_DESIGNATION = "cab_designation"


class Outcome(StrEnum):
    """What an assessor found about one criterion."""

    CONFORM = "conform"
    NONCONFORM = "nonconform"
    NOT_APPLICABLE = "not_applicable"


class Conclusion(StrEnum):
    """What a report says about a service."""

    CONFORM = "conform"
    NONCONFORM = "nonconform"


@dataclass(frozen=True, slots=True)
class Applicability:
    """What a criterion is asked of: `levels` and `kinds` name them; empty `kinds` means every kind of service."""

    tier: Tier
    levels: frozenset[Level]
    kinds: frozenset[ServiceKind]

    def covers(self, kind: ServiceKind, level: Level) -> bool:
        """Whether an assessment of this kind of service at this level must answer the criterion."""
        if self.tier is Tier.CAB_DESIGNATION or level not in self.levels:
            return False
        return not self.kinds or kind in self.kinds


def parse_levels(text: str) -> frozenset[Level]:
    """Levels of a catalogue row: `specified+qualified`, `qualified`; `designation` is none."""
    if text == "designation":
        return frozenset()
    return frozenset(Level(word) for word in text.split("+"))


def parse_kinds(text: str) -> frozenset[ServiceKind]:
    """Kinds of a catalogue row: `all` and `cab` are the empty set, else names separated by semicolons."""
    if text in ("all", "cab"):
        return frozenset()
    return frozenset(ServiceKind(word) for word in text.split(";"))


def missing(applicable: Iterable[str], answered: Iterable[str]) -> tuple[str, ...]:
    """The codes of applicable criteria that have no result yet, sorted."""
    return tuple(sorted(set(applicable) - set(answered)))
