"""The acting person, as every service sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

Via = Literal["session", "api_key", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `scopes` None means a session, which may all that the person's appointments allow;
    an API key may only the acts it names, and only if the appointments allow them too.
    """

    person_id: UUID
    account_id: UUID
    name: str
    scopes: frozenset[str] | None
    via: Via

    @property
    def is_system(self) -> bool:
        """A scheduled job: it holds no appointment, so it may only what a service opens to it by name."""
        return self.via == "system"


SYSTEM: Final = Actor(person_id=UUID(int=0), account_id=UUID(int=0), name="system", scopes=None, via="system")
