"""Finding criteria on a page: by words, level, kind of service and tier, and how many each choice would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from conformity.domain.criteria import Tier
from conformity.domain.service_kinds import ServiceKind
from conformity.models import Criterion


@dataclass(frozen=True, slots=True)
class CriteriaFilter:
    """What is to be left; empty means: whatever. `words` must all occur."""

    words: tuple[str, ...] = ()
    level: str = ""
    kind: str = ""
    tiers: frozenset[str] = frozenset()

    @property
    def is_set(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.words or self.level or self.kind or self.tiers)


@dataclass(frozen=True, slots=True)
class FoundCriteria:
    """What is left; each counter says how many criteria the other choices leave to an option."""

    rows: list[Criterion]
    levels: Counter[str]
    kinds: Counter[str]
    tiers: Counter[str]


def find_criteria(rows: Sequence[Criterion], asked: CriteriaFilter) -> FoundCriteria:
    """The criteria that match, in their order."""
    by_words = [row for row in rows if _has_words(row, asked.words)]

    def left(*, level: bool = True, kind: bool = True, tier: bool = True) -> Iterable[Criterion]:
        tests: list[Callable[[Criterion], bool]] = []
        if level and asked.level:
            tests.append(lambda row: asked.level in row.levels)
        if kind and asked.kind:
            tests.append(lambda row: _is_for_kind(row, asked.kind))
        if tier and asked.tiers:
            tests.append(lambda row: row.tier in asked.tiers)
        return (row for row in by_words if all(test(row) for test in tests))

    kinds: Counter[str] = Counter()
    for row in left(kind=False):
        kinds.update([name for name in ServiceKind if _is_for_kind(row, name)])
    return FoundCriteria(
        rows=list(left()),
        levels=Counter(level for row in left(level=False) for level in row.levels),
        kinds=kinds,
        tiers=Counter(row.tier for row in left(tier=False)),
    )


def _is_for_kind(row: Criterion, kind: str) -> bool:
    return row.tier != Tier.CAB_DESIGNATION and (not row.service_kinds or kind in row.service_kinds)


def _has_words(row: Criterion, words: Iterable[str]) -> bool:
    parts = (row.code, row.title_ja, row.title_en, row.text_en, row.reference_family, row.evidence_expected)
    text = "\n".join(parts).casefold()
    return all(word.casefold() in text for word in words)
