"""The people of the demo, whom its sign-in page offers by one button each. Outside the demo there are none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from trustreg.base.words import either, say
from trustreg.conf import settings as conf
from trustreg.parties.domain.roles import Role
from trustreg.parties.models import Account, Appointment
from trustreg.parties.selectors import appointments_of_people
from trustreg.parties.titles import ROLES, role_words

_ORDER: Final = {role: place for place, role in enumerate(ROLES)}


@dataclass(frozen=True, slots=True)
class DemoRole:
    """One person of the demo in words."""

    email: str
    roles: str
    organisation: str
    name: str


def password_of(email: str) -> str | None:
    """The password of a person of the demo; None for anybody else, and always None outside the demo."""
    return next((str(row["password"]) for row in _written() if row.get("email") == email), None)


def demo_roles(at: datetime) -> tuple[DemoRole, ...]:
    """Everybody whom the demo offers, in the order of the roles; empty outside the demo."""
    emails = [str(row["email"]) for row in _written()]
    if not emails:
        return ()
    accounts = list(Account.objects.filter(email__in=emails, is_active=True).select_related("person"))
    held: dict[Any, list[Appointment]] = {}
    for row in appointments_of_people([account.person_id for account in accounts], at):
        held.setdefault(row.person_id, []).append(row)
    found = [(account, held[account.person_id]) for account in accounts if account.person_id in held]
    found.sort(key=lambda pair: (min(_place(row) for row in pair[1]), pair[0].email))
    return tuple(_in_words(account, seats) for account, seats in found)


def _place(row: Appointment) -> int:
    return _ORDER[Role(row.role)]


def _in_words(account: Account, seats: list[Appointment]) -> DemoRole:
    seats = sorted(seats, key=_place)
    titles = dict.fromkeys(str(role_words(Role(row.role))) for row in seats)
    houses = dict.fromkeys(either(row.organisation.name_ja, row.organisation.name_en) for row in seats)
    between = say(", ")
    name = either(account.person.name_ja, account.person.name_en)
    return DemoRole(account.email, between.join(titles), between.join(houses), name)


def _written() -> list[Mapping[str, Any]]:
    """What the demo wrote down for whoever starts it; nothing when this is no demo."""
    if not conf.demo:
        return []
    try:
        rows: list[Mapping[str, Any]] = json.loads((conf.var / "demo" / "accounts.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [row for row in rows if row.get("email") and row.get("password")]
