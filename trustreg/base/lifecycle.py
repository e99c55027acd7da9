"""Lifecycles as tables: named arrows between statuses, readable in ten seconds, repeated by PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from trustreg.base.errors import TransitionNotAllowed


@dataclass(frozen=True, slots=True)
class Arrow:
    """One legal move: from any of `sources` to `to`. `by` names the roles that may make it."""

    name: str
    sources: tuple[str, ...]
    to: str
    by: tuple[str, ...] = ()

    def check(self, status: str) -> None:
        """Raise TransitionNotAllowed unless this arrow leaves `status`."""
        if status not in self.sources:
            raise TransitionNotAllowed(
                "This step is not possible in the present state of the record. Load it again to see where it stands.",
                "いまの状態では、この操作はできません。読み込み直して、いまの状態を確かめてください。",
                extra={"status": status, "expected": list(self.sources), "transition": self.name},
            )


def arrow(name: str, *, sources: Sequence[StrEnum | str], to: StrEnum | str, by: Iterable[StrEnum | str] = ()) -> Arrow:
    """An arrow from StrEnum members (or their values)."""
    return Arrow(name, tuple(str(source) for source in sources), str(to), tuple(str(role) for role in by))


def triples(transitions: Iterable[Arrow]) -> tuple[tuple[str, str, str], ...]:
    """Every legal (name, from, to), sorted: what the check constraint of a history table is generated from."""
    return tuple(sorted((move.name, source, move.to) for move in transitions for source in move.sources))
