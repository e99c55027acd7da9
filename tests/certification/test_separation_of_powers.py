"""Who may decide: two people, in their roles, independent; the services refuse others, and so does PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from certification_world import World, actor, appoint, organisation, person
from decision_walls import raw_approval, raw_decision, raw_proposal, refused, sql
from django.db import DatabaseError, connection, transaction

from certification import selectors, services
from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionStatus
from certification.models import (
    Application,
    Decision,
    DecisionReturn,
    Scheme,
)
from certification.services.scheme import scheme_amend
from conformity.domain.periods import legal_bases, scheme_periods
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    NotPermitted,
    SeparationViolated,
)
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Appointment, Person
from trustreg.parties.services import conflict_declare

pytestmark = pytest.mark.django_db


# One person, two people.


def test_one_person_never_proposes_and_approves(world: World, draft: DecisionContent) -> None:
    appoint(world.people["proposer"], world.ab, Role.AB_APPROVER)
    decision = world.propose(draft)
    with pytest.raises(SeparationViolated):
        world.approve(decision, by=world.proposer)
    with refused("decision_is_approved_by_another_person"):
        raw_approval(decision, world.proposer.person_id)


def test_naming_another_proposer_does_not_help(world: World, draft: DecisionContent) -> None:
    appoint(world.people["proposer"], world.ab, Role.AB_APPROVER)
    decision = world.propose(draft)
    with refused("approval_is_of_the_last_draft"):
        raw_approval(decision, world.proposer.person_id, proposer_id=world.second_proposer.person_id)


def test_whoever_wrote_any_draft_does_not_approve(world: World, draft: DecisionContent) -> None:
    appoint(world.people["proposer"], world.ab, Role.AB_APPROVER)
    decision = world.propose(draft)
    edited = replace(draft, reasons={"ja": "別の理由", "en": "Other reasons"})
    services.decision_edit(decision_id=decision.pk, draft=edited, actor=world.second_proposer, at=clock.now())
    with pytest.raises(SeparationViolated):
        world.approve(decision, by=world.proposer)
    with refused("decision_is_approved_by_another_person"):
        raw_approval(decision, world.proposer.person_id)
    assert world.approve(decision).status == DecisionStatus.APPROVED


# Roles.


@pytest.mark.parametrize("role", ["approver", "clerk", "officer", "lead", "decider", "stranger"])
def test_only_a_proposer_of_the_body_proposes(world: World, draft: DecisionContent, role: str) -> None:
    with pytest.raises(NotPermitted):
        world.propose(draft, by=getattr(world, role))
    decision = raw_decision(draft, world)
    with refused("decider_is_of_the_body", "decider_is_independent_of_the_applicant"):
        raw_proposal(decision, draft, getattr(world, role).person_id)


@pytest.mark.parametrize("role", ["second_proposer", "clerk", "officer", "decider", "stranger"])
def test_only_an_approver_of_the_body_approves(world: World, proposed: Decision, role: str) -> None:
    with pytest.raises(NotPermitted):
        world.approve(proposed, by=getattr(world, role))
    with refused("decider_is_of_the_body"):
        raw_approval(proposed, getattr(world, role).person_id)


def test_an_appointment_that_ended_gives_no_power(world: World, proposed: Decision) -> None:
    held = Appointment.objects.get(person=world.people["approver"], role=Role.AB_APPROVER)
    sql("UPDATE parties_appointment SET ends_at = clock_timestamp() WHERE id = %s", held.pk)
    with pytest.raises(NotPermitted):
        world.approve(proposed)
    with refused("decider_is_of_the_body"):
        raw_approval(proposed, world.approver.person_id)


def test_an_api_key_acts_only_within_its_scopes(world: World, proposed: Decision) -> None:
    narrow = replace(world.approver, scopes=frozenset({"decision:propose"}), via="api_key")
    with pytest.raises(NotPermitted):
        world.approve(proposed, by=narrow)
    world.approve(proposed, by=replace(world.approver, scopes=frozenset({"decision:approve"}), via="api_key"))


def test_another_accreditation_body_does_not_decide(world: World, draft: DecisionContent) -> None:
    other = organisation("ab", "別の認定機構")
    outsider = person("outsider")
    appoint(outsider, other, Role.AB_PROPOSER)
    with pytest.raises((NotPermitted, Conflict)):
        world.propose(draft, by=actor(outsider))
    decision = raw_decision(draft, world, body=other)
    with refused("proposal_rests_on_a_report"):
        raw_proposal(decision, draft, outsider.pk)


def test_only_an_accreditation_body_decides(world: World, draft: DecisionContent) -> None:
    with refused("decision_is_of_an_accreditation_body"):
        raw_decision(draft, world, body=world.cab)


# Independence of the applicant, the assessing body and the team.


def ties(world: World) -> dict[str, Callable[[Person], object]]:
    now = clock.now()
    return {
        "of the applicant now": lambda who: appoint(who, world.provider, Role.PROVIDER_STAFF),
        "of the applicant 23 months ago": lambda who: appoint(
            who,
            world.provider,
            Role.PROVIDER_STAFF,
            starts_at=now - timedelta(days=1500),
            ends_at=now - timedelta(days=700),
        ),
        "of the applicant from next month": lambda who: appoint(
            who, world.provider, Role.PROVIDER_STAFF, starts_at=now + timedelta(days=30)
        ),
        "a consultant of the applicant": lambda who: conflict_declare(
            organisation_id=world.provider.pk, kind=Tie.CONSULTING, actor=actor(who), at=clock.now()
        ),
        "of the assessing body": lambda who: appoint(who, world.cab, Role.CAB_CLERK),
        "of the applicant's parent": lambda who: appoint(who, _parent(world), Role.PROVIDER_STAFF),
    }


def _parent(world: World) -> object:
    parent = organisation("provider", "さくらグループ")
    sql("UPDATE parties_organisation SET parent_id = %s WHERE id = %s", parent.pk, world.provider.pk)
    return parent


RULES = ("decider_is_independent_of_the_applicant", "decider_is_independent_of_the_cab")
TIES = [
    "of the applicant now",
    "of the applicant 23 months ago",
    "of the applicant from next month",
    "a consultant of the applicant",
    "of the assessing body",
    "of the applicant's parent",
]


@pytest.mark.parametrize("tie", TIES)
def test_a_tied_person_neither_approves_nor_proposes(world: World, draft: DecisionContent, tie: str) -> None:
    decision = world.propose(draft)
    ties(world)[tie](world.people["approver"])
    with pytest.raises(SeparationViolated):
        world.approve(decision)
    with refused(*RULES):
        raw_approval(decision, world.approver.person_id)
    with refused(*RULES), transaction.atomic():
        DecisionReturn.objects.create(
            proposal=selectors.decision_proposal(decision.pk), person_id=world.approver.person_id, reasons="no"
        )
    services.decision_drop(decision_id=decision.pk, actor=world.proposer, at=clock.now())
    ties(world)[tie](world.people["second_proposer"]) if tie != "of the applicant's parent" else appoint(
        world.people["second_proposer"], world.provider, Role.PROVIDER_STAFF
    )
    again = replace(draft, decision=str(uuid.uuid4()))
    with pytest.raises(SeparationViolated):
        world.propose(again, by=world.second_proposer)
    row = raw_decision(again, world)
    with refused(*RULES):
        raw_proposal(row, again, world.second_proposer.person_id)


def test_a_tied_person_neither_gives_a_decision_up_nor_sends_the_case_back(
    world: World, draft: DecisionContent
) -> None:
    decision = world.propose(draft)
    appoint(world.people["second_proposer"], world.provider, Role.PROVIDER_STAFF)
    with pytest.raises(SeparationViolated):
        services.decision_drop(decision_id=decision.pk, actor=world.second_proposer, at=clock.now())
    with pytest.raises(SeparationViolated):
        services.application_return(
            application_id=decision.application_id, reasons="取り下げたい", actor=world.second_proposer, at=clock.now()
        )
    decision.refresh_from_db()
    assert decision.status == DecisionStatus.PROPOSED


def test_a_tie_longer_ago_than_the_cooling_off_period_does_not_count(world: World, proposed: Decision) -> None:
    now = clock.now()
    appoint(
        world.people["approver"],
        world.provider,
        Role.PROVIDER_STAFF,
        starts_at=now - timedelta(days=1500),
        ends_at=now - timedelta(days=740),
    )
    assert world.approve(proposed).status == DecisionStatus.APPROVED


def test_the_cooling_off_period_is_a_setting_that_only_the_owner_amends(
    world: World, proposed: Decision, as_role
) -> None:  # type: ignore[no-untyped-def]
    now = clock.now()
    appoint(
        world.people["approver"],
        world.provider,
        Role.PROVIDER_STAFF,
        starts_at=now - timedelta(days=1500),
        ends_at=now - timedelta(days=740),
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        scheme_amend(legal_basis="scheme", changes={"cooling_off_months": 1}, note="no", at=clock.now())
    with as_role("owner"):
        scheme_amend(legal_basis="scheme", changes={"cooling_off_months": 36}, note="stricter", at=clock.now())
    assert Scheme.objects.get().periods.cooling_off_months == 36
    with pytest.raises(SeparationViolated):
        world.approve(proposed)
    with refused("decider_is_independent_of_the_applicant"):
        raw_approval(proposed, world.approver.person_id)


def test_the_walls_default_is_the_shipped_period() -> None:
    assert {scheme_periods(basis).cooling_off_months for basis in legal_bases()} == {24}


def test_whoever_assessed_does_not_decide(world: World, case: Application) -> None:
    """Even long after leaving the body, when no tie to it counts any more."""
    service = case.service
    decision = world.propose(world.draft_grant(case))
    lead = world.people["lead"]
    appoint(lead, world.ab, Role.AB_APPROVER)
    for held in Appointment.objects.filter(person=lead, organisation=world.cab):
        sql("UPDATE parties_appointment SET ends_at = clock_timestamp() WHERE id = %s", held.pk)
    with pytest.raises(SeparationViolated):
        world.approve(decision, by=world.lead)
    with connection.cursor() as cursor:
        cursor.execute("SELECT parties_is_independent(%s, %s, clock_timestamp(), 0)", [lead.pk, world.cab.pk])
        assert cursor.fetchone() == (True,)
    with refused("decider_is_independent_of_the_cab", "decider_did_not_assess"):
        raw_approval(decision, lead.pk)
    assert lead.pk in selectors.team_of(case.pk)
    assert selectors.standing_state(service.pk) is None
