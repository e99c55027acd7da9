"""Organisations, people and actors for tests; `administrator()` makes the one that the others take first."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from trustreg.base import clock
from trustreg.base.corporate_number import check_digit
from trustreg.parties import selectors, services
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Account, Organisation, Person

PASSWORD = "correct horse battery staple"
_counter = itertools.count(1)


def corporate_number(n: int | None = None) -> str:
    """A valid corporate number, another one at each call."""
    base = f"{700000000000 + (next(_counter) if n is None else n):012d}"
    return f"{check_digit(base)}{base}"


def administrator() -> Actor:
    """The first administrator of the empty register of a test, also scheme operator."""
    n = next(_counter)
    account = services.first_administrator_create(
        organisation_ja="制度運営庁",
        organisation_en="Scheme Authority",
        name_ja="管理 一郎",
        name_en="Ichiro Kanri",
        email=f"admin{n}@example.jp",
        password=PASSWORD,
        at=clock.now(),
    )
    return selectors.actor_of(account)


def organisation(admin: Actor, kind: OrganisationKind, **facts: object) -> Organisation:
    """An organisation of a kind with a fresh corporate number."""
    n = next(_counter)
    values: dict[str, object] = {
        "kind": kind,
        "name_ja": f"組織{n}",
        "name_en": f"Organisation {n}",
        "corporate_number": corporate_number(),
    }
    return services.organisation_register(**(values | facts), actor=admin, at=clock.now())  # type: ignore[arg-type]


def person(admin: Actor) -> Person:
    """A person."""
    n = next(_counter)
    return services.person_register(name_ja=f"試験 {n}郎", name_en=f"Taro {n}", actor=admin, at=clock.now())


def account(admin: Actor, someone: Person, password: str | None = None) -> Account:
    """The account of a person (no usable password unless given: hashing one is slow)."""
    return services.account_create(
        person_id=someone.pk, email=f"p{next(_counter)}@example.jp", password=password, actor=admin, at=clock.now()
    )


def appoint(admin: Actor, someone: Person, where: Organisation, *roles: Role, competence: Collection[str] = ()) -> None:
    """Appoint a person to roles from now on."""
    for role in roles:
        services.appointment_start(
            person_id=someone.pk,
            organisation_id=where.pk,
            role=role,
            competence=competence,
            actor=admin,
            at=clock.now(),
        )


def actor(admin: Actor, where: Organisation, *roles: Role, competence: Collection[str] = ()) -> Actor:
    """A new person with an account who holds these roles, as an actor of a session."""
    someone = person(admin)
    appoint(admin, someone, where, *roles, competence=competence)
    return selectors.actor_of(account(admin, someone))


def declare_no_conflict(someone: Actor, towards: Organisation) -> None:
    """The declaration that an assignment to a team needs."""
    services.conflict_declare(organisation_id=towards.pk, kind=Tie.NONE, actor=someone, at=clock.now())
