"""People of the world as visitors of pages."""

from __future__ import annotations

import re
from typing import Any

from certification_world import World
from django.http import HttpResponse
from django.test import Client

from trustreg.parties.models import Account, Person

HTML = {"accept": "text/html"}


def account_of(person: Person) -> Account:
    """The account of a person, made when there is none."""
    found = Account.objects.filter(person=person).first()
    return found or Account.objects.create(person=person, email=f"{person.name_en}@example.jp".lower())


class Guest(Client):
    """A browser in which one person is signed in; every form says whose it is, as the pages' own do."""

    def __init__(self, person: Person) -> None:
        super().__init__(headers=HTML)
        self.account = account_of(person)
        self.get(
            "/about"
        )  # the state of the system, which every page shows, is looked at now and then, and not counted
        self.force_login(self.account, backend="trustreg.parties.authentication.AccountBackend")

    def sees(self, address: str, status: int = 200) -> str:
        """The text of a page."""
        response = self.get(address)
        assert response.status_code == status, (address, response.status_code)
        return response.content.decode()

    def sends(self, address: str, fields: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
        """The form of a page, with what it carries hidden."""
        shown = self.get(address).content.decode()
        hidden = dict(re.findall(r'<input type="hidden" name="(acting|seen)" value="([^"]*)">', shown))
        return self.post(address, {**hidden, **(fields or {}), **more})  # type: ignore[return-value]


def guest(world: World, name: str) -> Guest:
    """The person of this name, signed in."""
    return Guest(world.people[name])


def text(response: HttpResponse) -> str:
    return response.content.decode()
