"""What one document may cost, counted instead of timed, so that the answer is the same on every machine.

One unit is about a microsecond of processor time. Parsers and checks spend where the writer of a document decides how
often something is done: an element read, a key tried, octets hashed. Limits of each of them stand where they are; this
bounds their products (signatures × certificates, time-stamps × what each is over), which no single limit does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

DOCUMENT: Final = 1_500_000
"""For one document: two to three seconds. The documents of other projects take 40,000 at most."""


class EffortExceeded(Exception):
    """What was given is spent. No ValueError: readers pass over those. Whatever spends afterwards raises it again."""


@dataclass(slots=True)
class Effort:
    """What is left, in units; negative once it was exceeded."""

    left: int

    @property
    def exceeded(self) -> bool:
        return self.left < 0


_current: ContextVar[Effort | None] = ContextVar("effort", default=None)


@contextmanager
def bounded(units: int) -> Iterator[Effort]:
    """Within, `spend` raises once more than `units` were spent; outside of any bound it does nothing."""
    effort = Effort(units)
    token = _current.set(effort)
    try:
        yield effort
    finally:
        _current.reset(token)


def spend(units: int) -> None:
    """Raises `EffortExceeded` when nothing is left."""
    effort = _current.get()
    if effort is not None:
        effort.left -= units
        if effort.left < 0:
            raise EffortExceeded


def spend_octets(octets: int) -> None:
    """For octets that are hashed: a call, and a thousand of them take two microseconds each."""
    spend(2 + (octets >> 9))
