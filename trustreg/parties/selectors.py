"""Questions about parties: who exists, who held which role when, who is tied to whom, who may do what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Value

from trustreg.base.errors import NotFound, NotPermitted, SeparationViolated
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import ActRule, Role
from trustreg.parties.domain.separation import Relation, Tie, interfering, months_before
from trustreg.parties.models import Account, Appointment, ConflictDeclaration, OidArc, Organisation, Person
from trustreg.parties.titles import ROLES, TIES


def organisation_get(organisation_id: UUID) -> Organisation:
    """The organisation. Raises NotFound."""
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None:
        raise NotFound(f"There is no organisation {organisation_id}.", f"組織 {organisation_id} はありません。")
    return found


def person_get(person_id: UUID) -> Person:
    """The person. Raises NotFound."""
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise NotFound(f"There is no person {person_id}.", f"人 {person_id} はありません。")
    return found


def organisations(
    *, q: str = "", kind: str | None = None, corporate_number: str | None = None
) -> QuerySet[Organisation]:
    """The public register of organisations; `q` is part of a name in either language or kana."""
    found = Organisation.objects.all()
    if q:
        found = found.filter(Q(name_ja__icontains=q) | Q(name_en__icontains=q) | Q(name_kana__icontains=q))
    if kind:
        found = found.filter(kind=kind)
    if corporate_number:
        found = found.filter(corporate_number=corporate_number)
    return found


def organisation_group(organisation_id: UUID) -> frozenset[UUID]:
    """The organisation and all that are linked with it through ownership, up and down."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT parties_organisation_group(%s)", [organisation_id])
        return frozenset(row[0] for row in cursor.fetchall())


def appointments_at(person_id: UUID, at: datetime) -> QuerySet[Appointment]:
    """The appointments that hold at a moment: starts_at <= at < ends_at."""
    return Appointment.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), person_id=person_id, starts_at__lte=at)


def appointments_of_people(person_ids: Collection[UUID], at: datetime) -> QuerySet[Appointment]:
    """The appointments of several people that hold at a moment, with their organisations."""
    held = Appointment.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at)
    return held.filter(person_id__in=person_ids).select_related("organisation")


def appointment_at(
    person_id: UUID, roles: Collection[Role], at: datetime, *, organisation_id: UUID | None = None
) -> Appointment | None:
    """One appointment at a moment to any of `roles` (in `organisation_id`, if given), None when there is none."""
    found = appointments_at(person_id, at).filter(role__in=roles).select_related("organisation")
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    return found.first()


def roles_at(person_id: UUID, organisation_id: UUID, at: datetime) -> frozenset[Role]:
    """The roles that a person holds for an organisation at a moment."""
    held = appointments_at(person_id, at).filter(organisation_id=organisation_id).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def organisations_of(person_id: UUID, at: datetime, *, roles: Collection[Role] | None = None) -> frozenset[UUID]:
    """The organisations for which a person holds a role (any of `roles`) at a moment."""
    held = appointments_at(person_id, at)
    if roles is not None:
        held = held.filter(role__in=roles)
    return frozenset(held.values_list("organisation_id", flat=True))


def relations_of(person_id: UUID, organisation_ids: Collection[UUID]) -> tuple[Relation, ...]:
    """Every tie of a person to these organisations: appointments, and the latest declaration of each kind."""
    appointments = (
        Appointment.objects.filter(person_id=person_id, organisation_id__in=organisation_ids)
        .annotate(kind=Value(Tie.APPOINTMENT.value))
        .values_list("organisation_id", "kind", "starts_at", "ends_at")
    )
    declared = (
        ConflictDeclaration.objects.filter(person_id=person_id, organisation_id__in=organisation_ids)
        .exclude(kind=Tie.NONE)
        .order_by("organisation_id", "kind", "-declared_at", "-id")
        .distinct("organisation_id", "kind")
        .values_list("organisation_id", "kind", "since", "until")
    )
    rows = appointments.union(declared, all=True)
    return tuple(Relation(organisation, Tie(kind), since, until) for organisation, kind, since, until in rows)


def organisation_groups(organisation_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The group of each of these organisations, in one question."""
    groups: dict[UUID, set[UUID]] = {one: set() for one in organisation_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT one, parties_organisation_group(one) FROM unnest(%s::uuid[]) AS one", [list(organisation_ids)]
        )
        for one, member in cursor.fetchall():
            groups[one].add(member)
    return {one: frozenset(members) for one, members in groups.items()}


def memberships_since(person_id: UUID, organisation_id: UUID, since: datetime) -> tuple[Relation, ...]:
    """The ties of a person to an organisation or its group that stood at or after `since`."""
    group = organisation_group(organisation_id)
    return interfering(relations_of(person_id, group), group, since, cooling_off_months=0)


def require_independent(
    person_id: UUID, organisation_ids: Collection[UUID], at: datetime, *, cooling_off_months: int
) -> None:
    """Raise SeparationViolated when the person is tied to one of the organisations or its group.

    A tie now or within the cooling-off period counts.
    """
    since = months_before(at, cooling_off_months)
    groups = organisation_groups(organisation_ids)
    relations = relations_of(person_id, frozenset().union(*groups.values()))
    for organisation_id, group in groups.items():
        ties = interfering(relations, group, since, cooling_off_months=0)
        if ties:
            kinds = [words for tie, words in TIES.items() if tie in {each.tie for each in ties}]
            raise SeparationViolated(
                f"This person is or was tied to the organisation within the last {cooling_off_months} months"
                f" ({', '.join(words.en for words in kinds)}).",
                f"この人は {cooling_off_months} か月以内にこの組織と関係があります"
                f"（{'、'.join(words.ja for words in kinds)}）。",
                extra={"organisation": str(organisation_id), "ties": sorted({tie.tie.value for tie in ties})},
            )


def authorise(actor: Actor, rule: ActRule, at: datetime, *, organisation_id: UUID | None = None) -> Appointment:
    """The appointment that lets `actor` do `rule.act` (for `organisation_id`, if given). Raises NotPermitted.

    An API key must name the act among its scopes as well; the system itself holds no appointment and is refused.
    """
    if actor.scopes is not None and rule.act not in actor.scopes:
        raise NotPermitted(
            f"This API key may not {rule.en}; its scopes do not name '{rule.act}'.",
            f"このAPIキーでは「{rule.ja}」ことはできません。スコープ「{rule.act}」がありません。",
            extra={"act": rule.act},
        )
    appointment = (
        None if actor.is_system else appointment_at(actor.person_id, rule.roles, at, organisation_id=organisation_id)
    )
    if appointment is None:
        able = [words for role, words in ROLES.items() if role in rule.roles]
        raise NotPermitted(
            f"You may not {rule.en}; it needs one of the roles: {', '.join(words.en for words in able)}.",
            f"「{rule.ja}」権限がありません。必要な役割：{'、'.join(words.ja for words in able)}。",
            extra={"act": rule.act, "roles": sorted(role.value for role in rule.roles)},
        )
    return appointment


def conflict_declaration_at(person_id: UUID, organisation_id: UUID, at: datetime) -> ConflictDeclaration | None:
    """The person's latest declaration about an organisation made at or before `at`; None when there is none."""
    return (
        ConflictDeclaration.objects.filter(person_id=person_id, organisation_id=organisation_id, declared_at__lte=at)
        .order_by("-declared_at", "-id")
        .first()
    )


def registered_arcs() -> frozenset[str]:
    """All OID arcs under which devices are named."""
    return frozenset(OidArc.objects.values_list("arc", flat=True))


def actor_of(account: Account) -> Actor:
    """The actor of a signed-in account."""
    return Actor(account.person_id, account.pk, account.person.name_ja, None, "session")


def account_by_email(email: str) -> Account | None:
    """The active account of an address, whatever its case; None when there is none."""
    return Account.objects.select_related("person").filter(email=email.strip().lower(), is_active=True).first()
