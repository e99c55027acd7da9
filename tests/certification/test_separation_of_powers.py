"""Every separation rule of a decision, refused by the services and, without them, by PostgreSQL for the web role."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from certification_world import REASONS, World, actor, appoint, certificate, organisation, person
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from certification import selectors, services
from certification.domain import lifecycle
from certification.domain.decisions import DecisionContent, canonical_text, text_sha256
from certification.domain.lifecycle import DecisionKind, DecisionStatus, ServiceStatus
from certification.domain.values import ApplicationKind
from certification.models import (
    Application,
    ApplicationEvent,
    CaseAssessment,
    Decision,
    DecisionApproval,
    DecisionProposal,
    DecisionReturn,
    Scheme,
    Service,
    ServiceIdentity,
    StatusChange,
)
from certification.services.scheme import scheme_amend
from conformity import services as conformity
from conformity.domain.criteria import Conclusion
from conformity.domain.periods import legal_bases, scheme_periods
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import AccreditationDecisionKind, Assessment
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotPermitted,
    PreconditionFailed,
    SeparationViolated,
    TransitionNotAllowed,
)
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Appointment, Person
from trustreg.parties.services import conflict_declare
from trustreg.pki.trust import Usage

pytestmark = pytest.mark.django_db


@contextmanager
def refused(*rules: str) -> Iterator[None]:
    """The database itself refuses the body, by one of these rules."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    assert caught.value.__cause__.diag.constraint_name in rules  # type: ignore[union-attr]


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("trustreg_web",)
        cursor.execute(statement, values)


@pytest.fixture
def case(world: World) -> Application:
    return world.case(world.service())


@pytest.fixture
def draft(world: World, case: Application) -> DecisionContent:
    return world.draft_grant(case)


@pytest.fixture
def proposed(world: World, draft: DecisionContent) -> Decision:
    return world.propose(draft)


def raw_decision(draft: DecisionContent, world: World, **changes: object) -> Decision:
    """A decision row written past the services."""
    facts = {
        "id": uuid.UUID(draft.decision),
        "kind": draft.kind,
        "service_id": draft.service,
        "application_id": draft.cites.application,
        "body": world.ab,
        "status": DecisionStatus.PROPOSED,
    }
    return Decision.objects.create(**{**facts, **changes})


def raw_proposal(
    decision: Decision, draft: DecisionContent, proposer_id: uuid.UUID, revision: int = 1
) -> DecisionProposal:
    return DecisionProposal.objects.create(
        decision=decision,
        revision=revision,
        content=draft.text,
        content_sha256=draft.sha256,
        proposer_id=proposer_id,
    )


def raw_approval(decision: Decision, approver_id: uuid.UUID, **changes: object) -> DecisionApproval:
    proposal = selectors.decision_proposal(decision.pk)
    facts = {
        "decision": decision,
        "proposal": proposal,
        "content_sha256": proposal.content_sha256,
        "proposer_id": proposal.proposer_id,
        "approver_id": approver_id,
    }
    return DecisionApproval.objects.create(**{**facts, **changes})


def raw_change(service: Service, decision: Decision, **changes: object) -> StatusChange:
    content = selectors.decision_proposal(decision.pk).frozen
    assert content.state is not None
    text = canonical_text(content.state.as_json())
    last = selectors.standing_change(service.pk)
    facts = {
        "service": service,
        "sequence": (last.sequence if last else 0) + 1,
        "transition": str(content.kind),
        "from_status": str(content.from_status),
        "to_status": str(content.state.status),
        "content": text,
        "content_sha256": text_sha256(text),
        "decision": decision,
    }
    facts.update(changes)
    if "content" in changes and "content_sha256" not in changes:
        facts["content_sha256"] = text_sha256(str(changes["content"]))
    return StatusChange.objects.create(**facts)


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


# The hash.


def test_an_edited_draft_voids_what_was_shown(world: World, draft: DecisionContent) -> None:
    decision = world.propose(draft)
    shown = selectors.decision_proposal(decision.pk)
    edited = replace(draft, reasons={"ja": "直した", "en": "Edited"})
    services.decision_edit(decision_id=decision.pk, draft=edited, actor=world.proposer, at=clock.now())
    with pytest.raises(Conflict) as caught:
        world.approve(decision, sha256=shown.content_sha256)
    assert caught.value.extra["content_sha256"] == edited.sha256
    with refused("approval_is_of_the_last_draft"):
        raw_approval(decision, world.approver.person_id, proposal=shown, content_sha256=shown.content_sha256)
    with refused("approval_is_of_the_hash_shown"):
        raw_approval(decision, world.approver.person_id, content_sha256=shown.content_sha256)


def test_a_proposals_hash_is_that_of_its_content(world: World, draft: DecisionContent) -> None:
    decision = raw_decision(draft, world)
    with refused("proposal_hash_is_of_its_content"):
        DecisionProposal.objects.create(
            decision=decision,
            revision=1,
            content=draft.text,
            content_sha256="0" * 64,
            proposer_id=world.proposer.person_id,
        )


def test_a_proposal_is_never_rewritten(world: World, proposed: Decision) -> None:
    proposal = selectors.decision_proposal(proposed.pk)
    for statement in (
        "UPDATE certification_decisionproposal SET content = '{}' WHERE id = %s",
        "DELETE FROM certification_decisionproposal WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(statement, proposal.pk)


def test_a_draft_speaks_of_its_own_decision(world: World, draft: DecisionContent) -> None:
    decision = raw_decision(draft, world)
    for other in (
        replace(draft, decision=str(uuid.uuid4())),
        replace(draft, service=str(uuid.uuid4())),
        replace(draft, kind=DecisionKind.UPGRADE),
        replace(draft, urgent=True),
    ):
        with refused("proposal_content_is_of_its_decision"):
            raw_proposal(decision, other, world.proposer.person_id)


# What a decision rests on.


def test_a_grant_needs_a_report_that_bears_it(world: World) -> None:
    case = world.case(world.service(), conclusion=Conclusion.NONCONFORM)
    draft = world.draft_grant(case)
    with pytest.raises(PreconditionFailed):
        world.propose(draft)
    decision = raw_decision(draft, world)
    with refused("proposal_rests_on_a_report"):
        raw_proposal(decision, draft, world.proposer.person_id)
    Decision.objects.filter(pk=decision.pk).update(status="dropped", version=2)
    rejected = world.decide(selectors.draft_reject(case.pk, reasons=REASONS, at=clock.now()))
    case.refresh_from_db()
    assert (case.status, rejected.kind) == ("rejected", "reject")
    assert selectors.standing_state(case.service_id) is None
    with pytest.raises(Exception, match="no decision"):
        selectors.public_decision_get(rejected.pk)


def test_a_forged_citation_is_refused(world: World, draft: DecisionContent) -> None:
    forged = replace(draft, cites=replace(draft.cites, report_sha256="0" * 64))
    with pytest.raises(Conflict):
        world.propose(forged)
    decision = raw_decision(forged, world)
    with refused("proposal_rests_on_a_report"):
        raw_proposal(decision, forged, world.proposer.person_id)


def test_no_grant_without_an_application(world: World) -> None:
    service = world.service()
    with refused("decision_rests_on_an_application"):
        Decision.objects.create(kind="grant", service=service, body=world.ab, status="proposed")


def test_an_application_that_is_not_due_is_not_decided(world: World) -> None:
    service = world.service()
    application = world.draft_application(service)
    with refused("decision_is_due"):
        Decision.objects.create(
            kind="grant", service=service, application=application, body=world.ab, status="proposed"
        )


def test_a_grant_gives_what_was_applied_for(world: World) -> None:
    case = world.case(world.service(), level=Level.SPECIFIED)
    draft = world.draft_grant(case)
    assert draft.state is not None
    higher = replace(draft, state=replace(draft.state, status=ServiceStatus.QUALIFIED))
    with pytest.raises(PreconditionFailed):
        world.propose(higher)
    foreign_key = replace(draft.state.identities[0], spki_sha256="0" * 64)
    strange = replace(draft, state=replace(draft.state, identities=(foreign_key,)))
    with pytest.raises(InvalidInput):
        world.propose(strange)
    decision = raw_decision(draft, world)
    with refused("proposal_gives_what_was_applied_for"):
        raw_proposal(decision, higher, world.proposer.person_id)
    with refused("proposal_gives_what_was_applied_for"):
        wider = replace(draft.state, usages=(Usage.ESEAL, Usage.ESIGN))
        raw_proposal(decision, replace(draft, state=wider), world.proposer.person_id)
    with refused("proposal_names_registered_keys"):
        raw_proposal(decision, strange, world.proposer.person_id)


def test_a_change_past_the_services_does_not_widen(world: World, qualified: Service) -> None:
    services.identity_add(
        service_id=qualified.pk, certificate=certificate("未審査の鍵"), actor=world.officer, at=clock.now()
    )
    before = selectors.standing_state(qualified.pk)
    assert before is not None
    changes = (
        {"usages": (Usage.ESEAL, Usage.ESIGN)},
        {"identities": selectors.identities_of(qualified.pk)},
        {"qualifications": ({"qualifiers": ["QCStatement"], "criteria": {}},)},
    )
    for change in changes:
        draft = selectors.draft_change(qualified.pk, reasons=REASONS)
        wider = replace(draft, state=replace(before, **change))  # type: ignore[arg-type]
        with pytest.raises((PreconditionFailed, InvalidInput)):
            world.propose(wider)
        with transaction.atomic():
            decision = raw_decision(wider, world)
            raw_proposal(decision, wider, world.proposer.person_id)
            raw_approval(decision, world.approver.person_id)
            with refused("status_change_widens_after_an_assessment"):
                raw_change(qualified, decision)
            transaction.set_rollback(True)


ACTS = (
    "grant",
    "upgrade",
    "downgrade",
    "suspend",
    "urgent",
    "confirm_suspension",
    "reinstate",
    "withdraw",
    "cease",
    "renew",
)
LEGAL = {(arrow.name, source, arrow.to) for arrow in lifecycle.SERVICE for source in arrow.sources}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: shrinking would take minutes
)
@given(
    acts=st.lists(st.sampled_from(ACTS), min_size=3, max_size=9),
    level=st.sampled_from([Level.SPECIFIED, Level.QUALIFIED]),
)
def test_whatever_is_decided_in_whatever_order_history_is_a_legal_path(
    world: World, acts: list[str], level: Level
) -> None:
    with transaction.atomic():
        service = world.service()
        for act in ("grant", *acts):
            before = selectors.standing_state(service.pk)
            stands = before.status if before else ServiceStatus.NONE
            try:
                with transaction.atomic():
                    _do(world, service, act, level)
            except (Conflict, PreconditionFailed, InvalidInput):
                name = "suspend" if act == "urgent" else act
                assert not any((name, stands, to) in LEGAL for to in ServiceStatus), (act, stands)
        history = list(selectors.status_changes(service.pk))
        assert [row.sequence for row in history] == list(range(1, len(history) + 1))
        assert [row.from_status for row in history] == ["none", *(row.to_status for row in history[:-1])]
        assert all((row.transition, row.from_status, row.to_status) in LEGAL for row in history)
        assert all(row.state.status == row.to_status for row in history)
        assert [row.decided_at for row in history] == sorted(row.decided_at for row in history)
        transaction.set_rollback(True)


def _do(world: World, service: Service, act: str, level: Level) -> None:
    if act == "urgent":
        services.service_suspend_urgently(service_id=service.pk, reasons=REASONS, actor=world.approver, at=clock.now())
    elif act in ("grant", "upgrade", "renew"):
        kinds = {"grant": ApplicationKind.NEW, "upgrade": ApplicationKind.UPGRADE, "renew": ApplicationKind.RENEWAL}
        before = selectors.standing_state(service.pk)
        held = before.status.level if before and act == "renew" else None
        wanted = Level.QUALIFIED if act == "upgrade" else Level(held) if held else level
        world.decide(world.draft_grant(world.case(service, kind=kinds[act], level=wanted)))
    else:
        world.step(service, DecisionKind(act))


# The body's scope.


def test_a_body_does_not_take_what_it_is_not_accredited_for(world: World) -> None:
    application = world.draft_application(world.service(), cab=world.other_cab)
    world.submit(application)
    with pytest.raises(PreconditionFailed):
        services.application_accept(application_id=application.pk, actor=world.other_lead, at=clock.now())
    with refused("application_cab_is_accredited_for_it"):
        raw_event(application, "accept", "submitted", "accepted", world.other_lead.person_id)


def test_a_further_usage_needs_the_competence_for_it(world: World) -> None:
    application = world.draft_application(world.service(), usages=("esign", "eseal"))
    world.submit(application)
    with pytest.raises(PreconditionFailed) as caught:
        world.accept(application)
    assert caught.value.extra["kinds"] == ["esign_cert", "eseal_cert"]
    with refused("application_cab_is_accredited_for_it"):
        raw_event(application, "accept", "submitted", "accepted", world.lead.person_id)


def test_a_suspended_body_takes_no_case(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    accreditation = world.cab.accreditations_held.get()
    decision = conformity.accreditation_decision_propose(
        accreditation_id=accreditation.pk,
        kind=AccreditationDecisionKind.SUSPEND,
        reasons="gap",
        actor=world.proposer,
        at=clock.now(),
    )
    conformity.accreditation_decision_approve(
        decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=world.approver, at=clock.now()
    )
    with pytest.raises(PreconditionFailed):
        world.accept(application)
    with refused("application_cab_is_accredited_for_it"):
        raw_event(application, "accept", "submitted", "accepted", world.lead.person_id)


def test_an_assessment_of_another_service_is_not_linked(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    world.accept(application)
    other = world.service(kind=ServiceKind.TIMESTAMP, name="時刻")
    other_case = world.draft_application(other)
    world.submit(other_case)
    world.accept(other_case)
    opened = services.assessment_open(application_id=other_case.pk, actor=world.lead, at=clock.now())
    with refused("case_assessment_is_of_its_application", "certification_caseassessment_assessment_id_key"):
        CaseAssessment.objects.create(application=application, assessment=opened)
    assert Assessment.objects.count() == 1


def raw_event(application: Application, name: str, source: str, to: str, who: uuid.UUID | None) -> ApplicationEvent:
    last = application.events.order_by("-sequence").first()
    return ApplicationEvent.objects.create(
        application=application,
        sequence=last.sequence + 1,
        transition=name,
        from_status=source,
        to_status=to,
        person_id=who,
        reasons="because",
    )


# Status history.


def test_nothing_stands_without_an_approved_decision(world: World, proposed: Decision) -> None:
    with refused("status_change_was_decided"):
        raw_change(proposed.service, proposed)


def test_what_stands_is_exactly_what_was_decided(world: World, proposed: Decision) -> None:
    raw_approval(proposed, world.approver.person_id)
    service = proposed.service
    content = selectors.decision_proposal(proposed.pk).frozen
    assert content.state is not None
    wider = {**content.state.as_json(), "usages": ["eseal", "esign"]}
    with refused("status_change_is_what_was_decided"):
        raw_change(service, proposed, content=canonical_text(wider))
    lower = {**content.state.as_json(), "status": "specified"}
    with refused("status_change_is_what_was_decided"):
        raw_change(service, proposed, to_status="specified", content=canonical_text(lower))
    with refused("status_change_content_is_its_own"):
        raw_change(service, proposed, to_status="specified")
    with refused("status_change_is_what_was_decided"):
        raw_change(service, proposed, transition="conjure")
    with refused("status_change_sequence_has_no_gap"):
        raw_change(service, proposed, sequence=2)
    with refused("status_change_starts_where_the_last_ended"):
        raw_change(service, proposed, from_status="withdrawn")
    with refused("status_change_hash_is_of_its_content"):
        raw_change(service, proposed, content_sha256="0" * 64)
    other = world.service(name="別のサービス")
    with refused("status_change_content_is_its_own"):
        raw_change(other, proposed)
    raw_change(service, proposed)
    with refused("status_change_starts_where_the_last_ended"):
        raw_change(service, proposed)


def test_a_back_dated_status_is_stored_with_the_database_time(world: World, proposed: Decision) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    before = clock.now()
    approval = raw_approval(proposed, world.approver.person_id, decided_at=past)
    change = raw_change(proposed.service, proposed, decided_at=past)
    for row in (approval, change):
        row.refresh_from_db()
        assert before <= row.decided_at <= clock.now()
    for table in ("statuschange", "decisionapproval"):
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(f"UPDATE certification_{table} SET decided_at = %s", past)


@pytest.mark.parametrize(
    "table",
    [
        "serviceidentity",
        "applicationevent",
        "applicationevidence",
        "caseassessment",
        "decisionproposal",
        "decisionapproval",
        "statuschange",
    ],
)
def test_history_is_neither_changed_nor_removed_not_even_by_its_owner(qualified: Service, table: str, as_role) -> None:  # type: ignore[no-untyped-def]
    for role in ("web", "worker", "owner"):
        with as_role(role):
            for statement in (
                f"UPDATE certification_{table} SET id = id",
                f"DELETE FROM certification_{table}",
            ):
                with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(f"TRUNCATE certification_{table} CASCADE")


@pytest.mark.parametrize("table", ["service", "application", "decision"])
def test_subjects_of_history_are_never_removed(qualified: Service, table: str, as_role) -> None:  # type: ignore[no-untyped-def]
    for role in ("web", "worker", "owner"):
        with as_role(role), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM certification_{table}")


def test_a_status_written_past_its_history_is_refused(world: World, case: Application, proposed: Decision) -> None:
    with refused("application_status_follows_its_history"):
        Application.objects.filter(pk=case.pk).update(status="granted", version=case.version + 1)
    with refused("decision_approved_has_an_approval"):
        Decision.objects.filter(pk=proposed.pk).update(status="approved", version=2)
    with refused("decision_version_counts_changes"):
        Decision.objects.filter(pk=proposed.pk).update(status="returned")
    with refused("decision_keeps_its_subject"):
        Decision.objects.filter(pk=proposed.pk).update(kind="withdraw", version=2)
    with refused("application_is_decided_by_two_people"):
        raw_event(case, "grant", "under_decision", "granted", world.approver.person_id)
    with refused("application_is_decided_by_two_people"):
        raw_event(case, "grant", "under_decision", "draft", world.approver.person_id)
    with refused("application_event_follows_the_last"):
        raw_event(case, "grant", "submitted", "granted", world.approver.person_id)


def test_the_tables_hold_even_where_a_trigger_is_off(world: World, case: Application, as_role) -> None:  # type: ignore[no-untyped-def]
    """The check constraints that are generated from the lifecycle tables stand on their own."""
    proposed = world.propose(world.draft_grant(case))
    with as_role("owner"):
        for table in ("applicationevent", "statuschange"):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE certification_{table} DISABLE TRIGGER USER")
        with refused("application_event_is_an_arrow"):
            raw_event(case, "grant", "under_decision", "draft", world.approver.person_id)
        for transition, source, to in (
            ("conjure", "none", "qualified"),
            ("reinstate", "suspended_specified", "qualified"),
            ("grant", "ceased", "qualified"),
            ("expire", "none", "expired"),
            ("upgrade", "qualified", "qualified"),
        ):
            with refused("status_change_is_an_arrow"):
                raw_change(case.service, proposed, transition=transition, from_status=source, to_status=to)
        with refused("status_change_hash_is_of_its_content"):
            raw_change(case.service, proposed, content_sha256="0" * 64)


def test_a_service_keeps_provider_and_kind_and_its_key(world: World, qualified: Service) -> None:
    other = organisation("provider", "別の事業者")
    with refused("service_keeps_its_provider_and_kind"):
        Service.objects.filter(pk=qualified.pk).update(provider=other)
    with refused("service_keeps_its_provider_and_kind"):
        Service.objects.filter(pk=qualified.pk).update(kind="timestamp")
    thief = person("thief")
    appoint(thief, other, Role.PROVIDER_OFFICER)
    mine = services.service_register(
        provider_id=other.pk,
        kind=ServiceKind.ESIGN_CERT,
        name_ja="横取り",
        name_en="Theft",
        actor=actor(thief),
        at=clock.now(),
    )
    listed = qualified.identities.get()
    with pytest.raises(Conflict):
        services.identity_add(
            service_id=mine.pk, certificate=bytes(listed.certificate), actor=actor(thief), at=clock.now()
        )
    with refused("identity_key_belongs_to_one_provider"):
        ServiceIdentity.objects.create(
            service=mine,
            certificate=bytes(listed.certificate),
            certificate_sha256=listed.certificate_sha256,
            spki_sha256=listed.spki_sha256,
            subject=listed.subject,
            added_by=thief,
        )


# Forwarding and submission.


def test_the_team_does_not_hand_its_own_case_over(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    world.accept(application)
    world.assess(application)
    appoint(world.people["lead"], world.cab, Role.CAB_DECIDER)
    with pytest.raises(SeparationViolated):
        services.application_forward(application_id=application.pk, actor=world.lead, at=clock.now())
    with refused("application_decider_did_not_assess"):
        raw_event(application, "forward", "concluded", "under_decision", world.lead.person_id)


def test_a_tied_person_of_the_body_does_not_review(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    conflict_declare(organisation_id=world.provider.pk, kind=Tie.FAMILY, actor=world.lead, at=clock.now())
    with pytest.raises(SeparationViolated):
        world.accept(application)
    with refused("application_cab_is_independent"):
        raw_event(application, "accept", "submitted", "accepted", world.lead.person_id)


def test_a_body_does_not_assess_its_own_group(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    holding = organisation("authority", "持株会社")
    for member in (world.provider, world.cab):
        sql("UPDATE parties_organisation SET parent_id = %s WHERE id = %s", holding.pk, member.pk)
    with pytest.raises(SeparationViolated):
        world.accept(application)
    with refused("application_cab_is_of_another_group", "application_cab_is_independent"):
        raw_event(application, "accept", "submitted", "accepted", world.lead.person_id)


def test_what_was_submitted_is_sealed(world: World) -> None:
    application = world.draft_application(world.service())
    world.submit(application)
    with pytest.raises(Conflict):
        services.application_edit(
            application_id=application.pk, target_level=Level.SPECIFIED, actor=world.officer, at=clock.now()
        )
    with refused("application_is_sealed_by_submission"):
        Application.objects.filter(pk=application.pk).update(target_level="specified", version=application.version + 2)
    sealed = ApplicationEvent.objects.get(application=application, transition="submit").data["sealed"]
    assert [item["sha256"] for item in sealed] == [application.evidence.get().evidence.sha256]


def test_only_the_applicant_moves_its_application(world: World) -> None:
    application = world.draft_application(world.service())
    with refused("application_is_moved_by_its_applicant"):
        raw_event(application, "submit", "draft", "submitted", world.staff.person_id)
    with pytest.raises(NotPermitted):
        services.application_submit(
            application_id=application.pk, declares_no_disqualification=True, actor=world.staff, at=clock.now()
        )


# Urgent suspension.


def test_one_person_suspends_urgently_and_two_settle_it(world: World, qualified: Service) -> None:
    decision = services.service_suspend_urgently(
        service_id=qualified.pk, reasons=REASONS, actor=world.approver, at=clock.now()
    )
    state = selectors.standing_state(qualified.pk)
    assert state is not None
    assert (decision.status, state.status) == ("urgent", ServiceStatus.SUSPENDED_QUALIFIED)
    (open_,) = selectors.ratifications_open(clock.now())
    assert (open_.service, open_.overdue) == (qualified, False)
    (late,) = selectors.ratifications_open(clock.now() + timedelta(days=6))
    assert late.overdue
    still = selectors.standing_state(qualified.pk)
    assert still == state  # time alone lifts nothing
    world.decide(selectors.draft_change(qualified.pk, reasons=REASONS, names={"ja": "別名", "en": "Other"}))
    assert len(selectors.ratifications_open(clock.now())) == 1  # another matter settles nothing
    world.step(qualified, DecisionKind.CONFIRM_SUSPENSION)
    assert selectors.ratifications_open(clock.now()) == ()
    world.step(qualified, DecisionKind.REINSTATE)
    back = selectors.standing_state(qualified.pk)
    assert back is not None
    assert back.status is ServiceStatus.QUALIFIED


def test_urgency_only_suspends(world: World, qualified: Service) -> None:
    with refused("decision_urgent_only_suspends"):
        Decision.objects.create(kind="withdraw", service=qualified, body=world.ab, status="urgent")
    never_granted = world.service(name="新規")
    with pytest.raises(PreconditionFailed):
        services.service_suspend_urgently(
            service_id=never_granted.pk, reasons=REASONS, actor=world.approver, at=clock.now()
        )
    world.step(qualified, DecisionKind.SUSPEND)
    with pytest.raises(TransitionNotAllowed):
        services.service_suspend_urgently(
            service_id=qualified.pk, reasons=REASONS, actor=world.approver, at=clock.now()
        )


def test_an_urgent_decision_is_not_dressed_up_as_anything_else(world: World, qualified: Service) -> None:
    urgent = services.service_suspend_urgently(
        service_id=qualified.pk, reasons=REASONS, actor=world.approver, at=clock.now()
    )
    state = selectors.standing_state(qualified.pk)
    assert state is not None
    back = canonical_text({**state.as_json(), "status": "qualified", "listed_as": "qualified"})
    with refused("status_change_was_decided"):
        raw_change(
            qualified,
            urgent,
            transition="reinstate",
            from_status="suspended_qualified",
            to_status="qualified",
            content=back,
        )
    with refused("decision_status_is_an_arrow"):
        Decision.objects.filter(pk=urgent.pk).update(status="approved", version=2)


def test_an_urgent_suspension_drops_a_proposal_that_no_longer_fits(world: World, qualified: Service) -> None:
    proposed = world.propose(selectors.draft_step(qualified.pk, DecisionKind.DOWNGRADE, reasons=REASONS))
    services.service_suspend_urgently(service_id=qualified.pk, reasons=REASONS, actor=world.approver, at=clock.now())
    with pytest.raises(TransitionNotAllowed):
        world.approve(proposed)


# Expiry.


def test_a_grant_expires_on_time_and_never_before(world: World, qualified: Service) -> None:
    with pytest.raises(PreconditionFailed):
        services.service_expire(service_id=qualified.pk, at=clock.now())
    # Even if the caller's clock runs ahead, the database's does not.
    with pytest.raises(Conflict) as caught:
        services.service_expire(service_id=qualified.pk, at=clock.now() + timedelta(days=3650))
    assert caught.value.extra["rule"] == "status_change_expiry_is_due"


def test_an_expiry_changes_nothing_but_the_status(world: World) -> None:
    soon = clock.now().replace(microsecond=0) + timedelta(seconds=2)
    service = world.granted(valid_until=soon)
    assert selectors.service_ids_with_expiry_due(clock.now() - timedelta(days=1)) == []
    while clock.now() <= soon:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
    assert selectors.service_ids_with_expiry_due(clock.now()) == [service.pk]
    last = selectors.standing_change(service.pk)
    assert last is not None
    sneaky = {**json.loads(last.content), "status": "expired", "listed_as": "withdrawn", "level": None}
    sneaky |= {"reason": "expired", "names": {"ja": "別", "en": "other"}}
    with refused("status_change_expiry_changes_nothing_else"):
        raw_change(
            service,
            last.decision,
            transition="expire",
            from_status="qualified",
            to_status="expired",
            content=canonical_text(sneaky),
        )
    change = services.service_expire(service_id=service.pk, at=clock.now())
    assert (change.to_status, change.state.status.listed_as) == ("expired", "withdrawn")
    assert selectors.service_ids_with_expiry_due(clock.now()) == []
    with pytest.raises(TransitionNotAllowed):
        services.service_expire(service_id=service.pk, at=clock.now())


def test_a_withdrawn_service_comes_back_by_a_new_grant_and_a_ceased_one_never(world: World, qualified: Service) -> None:
    world.step(qualified, DecisionKind.WITHDRAW)
    world.decide(world.draft_grant(world.case(qualified, level=Level.SPECIFIED)))
    state = selectors.standing_state(qualified.pk)
    assert state is not None
    assert state.status is ServiceStatus.SPECIFIED
    world.decide(world.draft_grant(world.case(qualified, kind=ApplicationKind.UPGRADE)))
    world.step(qualified, DecisionKind.DOWNGRADE)
    world.step(qualified, DecisionKind.CEASE)
    with pytest.raises(PreconditionFailed):
        world.draft_application(qualified)
    history = [(row.transition, row.to_status) for row in selectors.status_changes(qualified.pk)]
    assert history == [
        ("grant", "qualified"),
        ("withdraw", "withdrawn"),
        ("grant", "specified"),
        ("upgrade", "qualified"),
        ("downgrade", "specified"),
        ("cease", "ceased"),
    ]
    assert [row.sequence for row in selectors.status_changes(qualified.pk)] == [1, 2, 3, 4, 5, 6]
