"""What a decision rests on: its hash, its case, the scope of the body, a case that was handed over."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from certification_world import REASONS, World, appoint, certificate, organisation
from decision_walls import raw_approval, raw_change, raw_decision, raw_event, raw_proposal, refused, sql
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from certification import selectors, services
from certification.domain import lifecycle
from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.domain.values import ApplicationKind
from certification.models import (
    Application,
    ApplicationEvent,
    CaseAssessment,
    Decision,
    DecisionProposal,
    Service,
)
from conformity import services as conformity
from conformity.domain.criteria import Conclusion
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import AccreditationDecisionKind, Assessment
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotPermitted,
    PreconditionFailed,
    SeparationViolated,
)
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.services import conflict_declare
from trustreg.pki.trust import Usage

pytestmark = pytest.mark.django_db


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
