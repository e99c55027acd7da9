"""Appointments start and end; people declare their conflicts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, SeparationViolated
from trustreg.parties import selectors
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import APPOINT, PROVIDER_ROLES, ROLE_KINDS, OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.domain.tags import Tag
from trustreg.parties.models import Appointment, ConflictDeclaration
from trustreg.parties.services.register import refuse_my_number
from trustreg.parties.titles import KINDS, ROLES


@transaction.atomic
def appointment_start(
    *,
    person_id: UUID,
    organisation_id: UUID,
    role: Role,
    competence: Collection[str] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Appointment:
    """Appoint a person to a role over [starts_at, ends_at); `starts_at` None means now. `competence`: service kinds of
    an assessor.

    By a system administrator, or by a provider's officer for the provider's own staff; nobody appoints themselves.
    Raises InvalidInput, Conflict (the same role is held already), SeparationViolated, NotFound, NotPermitted.
    """
    organisation = selectors.organisation_get(organisation_id)
    person = selectors.person_get(person_id)
    _require_appointer(actor, organisation_id, role, at)
    if person.pk == actor.person_id:
        raise SeparationViolated("Nobody appoints themselves.", "自分自身を任命することはできません。")
    if OrganisationKind(organisation.kind) not in ROLE_KINDS[role]:
        raise InvalidInput(
            f"The role “{ROLES[role].en}” does not exist in an organisation of this kind"
            f" ({KINDS[OrganisationKind(organisation.kind)].en}).",
            f"役割「{ROLES[role].ja}」は、この種別の組織（{KINDS[OrganisationKind(organisation.kind)].ja}）にはありません。",
            fields={"role": {"en": "Not a role of this kind of organisation.", "ja": "この種別の組織にない役割です。"}},
        )
    start = starts_at or at
    if start < at:
        raise InvalidInput(
            "An appointment starts now or later; nobody held a role that was not recorded.",
            "任命は現在以降に始まります（過去にさかのぼる任命はできません）。",
            fields={"starts_at": {"en": "Expected now or later.", "ja": "現在以降の日時を入力してください。"}},
        )
    if ends_at is not None and ends_at <= max(start, at):
        raise InvalidInput(
            "The end lies before the start or in the past.",
            "終了が開始より前か、過去になっています。",
            fields={"ends_at": {"en": "Expected a later moment.", "ja": "より後の日時を入力してください。"}},
        )
    held = Appointment.objects.filter(person=person, organisation=organisation, role=role, ends_at=None)
    if held.exists():
        raise Conflict("This person holds this role already.", "この人はすでにこの役割についています。")
    appointment = Appointment.objects.create(
        person=person,
        organisation=organisation,
        role=role,
        competence=sorted(set(competence)),
        starts_at=start,
        ends_at=ends_at,
        appointed_by_id=actor.person_id,
    )
    events.record(
        Tag.APPOINTMENT_STARTED,
        actor=actor,
        at=at,
        subject=("appointment", appointment.pk),
        data={"person": str(person.pk), "organisation": str(organisation.pk), "role": role.value},
    )
    return appointment


@transaction.atomic
def appointment_end(
    *, appointment_id: UUID, ends_at: datetime | None = None, actor: Actor, at: datetime
) -> Appointment:
    """End an appointment now or at an announced later moment; an end that has passed is final.

    Raises Conflict, InvalidInput (an end in the past), NotFound, NotPermitted.
    """
    appointment = Appointment.objects.select_for_update().filter(pk=appointment_id).first()
    if appointment is None:
        raise NotFound(f"There is no appointment {appointment_id}.", f"任命 {appointment_id} はありません。")
    _require_appointer(actor, appointment.organisation_id, Role(appointment.role), at)
    end = ends_at or at
    if appointment.ends_at is not None and appointment.ends_at <= at:
        raise Conflict("This appointment has ended already.", "この任命はすでに終了しています。")
    if end < at or end < appointment.starts_at or (appointment.ends_at is not None and end > appointment.ends_at):
        raise InvalidInput(
            "An appointment ends now or later, and not after its announced end.",
            "任命の終了は現在以降、かつ予定の終了以前でなければなりません。",
            fields={"ends_at": {"en": "Expected now or later.", "ja": "現在以降の日時を入力してください。"}},
        )
    appointment.ends_at = end
    appointment.ended_by_id = actor.person_id
    appointment.save(update_fields=["ends_at", "ended_by"])
    events.record(Tag.APPOINTMENT_ENDED, actor=actor, at=at, subject=("appointment", appointment.pk))
    return appointment


def _require_appointer(actor: Actor, organisation_id: UUID, role: Role, at: datetime) -> None:
    try:
        selectors.authorise(actor, APPOINT, at)
    except NotPermitted:
        own_officer = Role.PROVIDER_OFFICER in selectors.roles_at(actor.person_id, organisation_id, at)
        in_scope = actor.scopes is None or APPOINT.act in actor.scopes
        if not (in_scope and own_officer and role in PROVIDER_ROLES):
            raise


@transaction.atomic
def conflict_declare(
    *,
    organisation_id: UUID,
    kind: Tie,
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> ConflictDeclaration:
    """The actor declares their own tie to an organisation, or (`Tie.NONE`) that there is none.

    Raises InvalidInput, NotFound.
    """
    if actor.is_system or kind is Tie.APPOINTMENT:
        raise InvalidInput(
            "A person declares employment, consulting, ownership, family, another tie, or none.",
            "雇用・助言・所有・親族・その他、または「なし」を本人が申告してください。",
            fields={"kind": {"en": "Not a kind of declaration.", "ja": "申告できない種別です。"}},
        )
    refuse_my_number({"text": text})
    if since is not None and until is not None and until < since:
        raise InvalidInput(
            "The end lies before the start.",
            "終了が開始より前になっています。",
            fields={"until": {"en": "Expected a later moment.", "ja": "開始以後の日時を入力してください。"}},
        )
    organisation = selectors.organisation_get(organisation_id)
    declaration = ConflictDeclaration.objects.create(
        person_id=actor.person_id,
        organisation=organisation,
        kind=kind,
        text=text.strip(),
        since=since,
        until=until,
        declared_at=at,
    )
    events.record(
        Tag.CONFLICT_DECLARED,
        actor=actor,
        at=at,
        subject=("conflict_declaration", declaration.pk),
        data={"organisation": str(organisation.pk), "kind": kind.value},
    )
    return declaration
