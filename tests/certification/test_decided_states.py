"""What the compiler of the list and the public read: decided states, decisions, chains."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from certification_world import REASONS, World

from certification import selectors, services
from certification.domain.decisions import text_sha256
from certification.domain.lifecycle import DecisionKind
from certification.models import DecisionReturn, Service
from conformity.domain.service_kinds import Level
from trustreg.base import clock
from trustreg.base.errors import InvalidInput, NotFound, TransitionNotAllowed

pytestmark = pytest.mark.django_db


def test_nothing_is_listed_before_it_was_decided(world: World) -> None:
    case = world.case(world.service())
    decision = world.propose(world.draft_grant(case))
    assert selectors.decided_states() == ()
    assert selectors.decided_changes_after(0) == ()
    assert selectors.service_chain(case.service_id) is None
    assert not selectors.services_search().exists()
    with pytest.raises(NotFound):
        selectors.public_decision_get(decision.pk)


def test_a_decided_state_carries_what_two_people_agreed_on(world: World, qualified: Service) -> None:
    (decided,) = selectors.decided_states()
    approval = decided.decision.approval
    assert decided.two_people
    assert decided.approved_sha256 == approval.content_sha256 == text_sha256(approval.proposal.content)
    assert approval.approver_id != approval.proposer_id
    assert json.loads(decided.change.content) == decided.state.as_json()
    identity = qualified.identities.get()
    assert decided.certificates == {identity.certificate_sha256: bytes(identity.certificate)}
    assert [key.spki_sha256 for key in decided.state.identities] == [identity.spki_sha256]


def test_changes_come_in_their_order(world: World, qualified: Service) -> None:
    first = selectors.decided_changes_after(0)
    world.step(qualified, DecisionKind.SUSPEND)
    (second,) = selectors.decided_changes_after(first[-1].pk)
    assert (second.from_status, second.to_status) == ("qualified", "suspended_qualified")
    (decided,) = selectors.decided_states()
    assert decided.state.status.listed_as == "suspended"


def test_an_urgent_suspension_is_marked_as_one_persons(world: World, qualified: Service) -> None:
    services.service_suspend_urgently(service_id=qualified.pk, reasons=REASONS, actor=world.approver, at=clock.now())
    (decided,) = selectors.decided_states()
    assert not decided.two_people
    public = selectors.public_decision_get(decided.decision.pk)
    assert (public.kind, public.two_people) == ("suspend", False)


def test_the_chain_leads_back_to_the_accreditation(world: World, qualified: Service) -> None:
    world.step(qualified, DecisionKind.SUSPEND)
    world.step(qualified, DecisionKind.REINSTATE)
    chain = selectors.service_chain(qualified.pk)
    case = qualified.applications.get()
    report = selectors.report_of(case.pk)
    assert chain is not None
    assert report is not None
    assert chain.application == str(case.pk)
    assert chain.cab == str(world.cab.pk)
    assert chain.assessment_report_sha256 == report.sha256
    assert chain.accreditation == str(world.cab.accreditations_held.get().pk)
    last = selectors.standing_change(qualified.pk)
    assert last is not None
    assert chain.decision == last.decision_id


def test_a_public_decision_names_no_people(world: World, qualified: Service) -> None:
    decision = selectors.public_decisions().get()
    public = selectors.public_decision_get(decision.pk)
    assert public.number.startswith("D-")
    assert (public.from_status, public.to_status) == ("none", "qualified")
    assert public.reasons == REASONS
    text = decision.approval.proposal.content
    for someone in world.people.values():
        assert str(someone.pk) not in text


def test_the_body_sees_who_proposed_and_approved(world: World, qualified: Service) -> None:
    decision = qualified.decisions.get()
    proposer, approver = selectors.people_of(decision)
    assert (proposer, approver) == (world.people["proposer"], world.people["approver"])
    assert selectors.decision_get_for(decision.pk, actor=world.clerk, at=clock.now()) == decision
    for outsider in (world.officer, world.lead, world.stranger):
        with pytest.raises(NotFound):
            selectors.decision_get_for(decision.pk, actor=outsider, at=clock.now())


def test_a_returned_proposal_is_edited_and_approved(world: World) -> None:
    case = world.case(world.service())
    decision = world.propose(world.draft_grant(case))
    with pytest.raises(InvalidInput):
        services.decision_return(decision_id=decision.pk, reasons="", actor=world.approver, at=clock.now())
    services.decision_return(decision_id=decision.pk, reasons="理由が足りません", actor=world.approver, at=clock.now())
    assert DecisionReturn.objects.get().reasons == "理由が足りません"
    with pytest.raises(TransitionNotAllowed):
        world.approve(decision)
    edited = world.draft_grant(case, decision_id=decision.pk)
    services.decision_edit(decision_id=decision.pk, draft=edited, actor=world.proposer, at=clock.now())
    assert world.approve(decision).status == "approved"
    assert decision.proposals.count() == 2


def test_services_are_searched_by_name_and_status(world: World, qualified: Service) -> None:
    world.service(name="未認定")
    assert list(selectors.services_search(q="さくら")) == [qualified]
    assert list(selectors.services_search(q="sakura", status="qualified")) == [qualified]
    assert not selectors.services_search(status="withdrawn").exists()
    assert selectors.services_with_status().count() == 2


def test_the_default_end_is_the_period_of_the_legal_basis(world: World) -> None:
    draft = world.draft_grant(world.case(world.service(), level=Level.SPECIFIED))
    assert draft.state is not None
    assert draft.state.valid_until is not None
    days = (draft.state.valid_until - clock.now()) / timedelta(days=1)
    assert 729 < days < 732
