"""Whose turn it is, role by role, and the page that shows it."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from certification_world import World, appoint, organisation, person
from django.test import Client
from page_visits import HTML, Guest, guest

from certification import selectors, services
from certification.domain.lifecycle import DecisionKind
from certification.models import Application
from certification.selectors import Task, Turns
from conformity import services as conformity
from conformity.domain.findings import Grade
from conformity.domain.lifecycle import FindingStatus
from conformity.models import Assessment, Criterion, Finding, MemberRole
from trustreg.base import clock
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.services import conflict_declare

pytestmark = pytest.mark.django_db

ROLES = {
    "officer": Role.PROVIDER_OFFICER,
    "staff": Role.PROVIDER_STAFF,
    "lead": Role.CAB_LEAD,
    "assessor": Role.CAB_ASSESSOR,
    "decider": Role.CAB_DECIDER,
    "other_lead": Role.CAB_LEAD,
    "proposer": Role.AB_PROPOSER,
    "second_proposer": Role.AB_PROPOSER,
    "approver": Role.AB_APPROVER,
}


def turns(world: World, name: str, *, later: timedelta = timedelta()) -> Turns:
    houses = {"provider": world.provider, "cab": world.cab, "ab": world.ab}
    role = ROLES[name]
    house = world.other_cab if name == "other_lead" else houses[role.value.split("_")[0]]
    return selectors.turns_of(role, organisation_id=house.pk, person_id=world.people[name].pk, at=clock.now() + later)


def tasks(world: World, name: str) -> tuple[list[Task], list[Task]]:
    found = turns(world, name)
    return [turn.task for turn in found.mine], [turn.task for turn in found.waiting]


@pytest.fixture
def draft(world: World) -> Application:
    return world.draft_application(world.service())


def test_a_draft_is_the_providers_turn_and_nobody_elses_business(world, draft):
    assert tasks(world, "officer") == ([Task.COMPLETE], [])
    assert tasks(world, "staff") == ([Task.COMPLETE], [])
    for name in ("lead", "decider", "other_lead", "proposer", "approver"):
        assert tasks(world, name) == ([], []), name


def test_a_submitted_application_waits_for_the_chosen_body_alone(world, draft):
    world.submit(draft)
    assert tasks(world, "officer") == ([], [Task.REVIEW])
    assert tasks(world, "lead") == ([Task.REVIEW], [])
    assert tasks(world, "assessor") == ([], [Task.REVIEW])
    assert tasks(world, "other_lead") == ([], [])


def test_returned_it_is_the_providers_turn_again(world, draft):
    world.submit(draft)
    services.application_return(application_id=draft.pk, reasons="足りない", actor=world.lead, at=clock.now())
    assert tasks(world, "officer") == ([Task.MEND], [])
    assert tasks(world, "lead") == ([], [Task.MEND])


def test_accepted_it_waits_for_a_lead(world, draft):
    world.submit(draft)
    world.accept(draft)
    assert tasks(world, "lead")[0] == [Task.OPEN]
    assert tasks(world, "decider") == ([], [Task.OPEN])


@pytest.fixture
def assessing(world: World, draft: Application) -> Assessment:
    """An assessment under way, with `lead` in its team."""
    world.submit(draft)
    world.accept(draft)
    assessment = services.assessment_open(application_id=draft.pk, actor=world.lead, at=clock.now())
    conflict_declare(organisation_id=world.provider.pk, kind=Tie.NONE, actor=world.lead, at=clock.now())
    conformity.assessment_member_assign(
        assessment_id=assessment.pk,
        person_id=world.lead.person_id,
        role=MemberRole.LEAD,
        actor=world.lead,
        at=clock.now(),
    )
    conformity.assessment_examine_documents(assessment_id=assessment.pk, actor=world.lead, at=clock.now())
    return assessment


@pytest.fixture
def finding(world: World, assessing: Assessment) -> Finding:
    criterion = Criterion.objects.get(code="COM-01")
    return conformity.finding_raise(
        assessment_id=assessing.pk,
        criterion_id=criterion.pk,
        grade=Grade.MAJOR,
        statement="手順書が古い。",
        actor=world.lead,
        at=clock.now(),
    )


def test_an_assessment_is_its_teams_turn_with_its_progress(world, assessing):
    found = turns(world, "lead")
    assert [turn.task for turn in found.mine] == [Task.ASSESS]
    assert found.mine[0].progress == (0, 1)
    assert tasks(world, "assessor") == ([], [Task.ASSESS]), "not in the team"


def test_a_finding_goes_to_and_fro_with_its_deadlines(world, finding):
    at = clock.now
    assert tasks(world, "officer") == ([Task.PLAN], [Task.ASSESS])
    assert turns(world, "officer").mine[0].due == finding.plan_due
    conformity.finding_plan_submit(finding_id=finding.pk, text="直す。", actor=world.officer, at=at())
    assert tasks(world, "officer")[0] == []
    assert Task.CHECK_PLAN in tasks(world, "lead")[0]
    assert Task.CHECK_PLAN in tasks(world, "assessor")[1]
    conformity.finding_plan_accept(finding_id=finding.pk, actor=world.lead, at=at())
    assert tasks(world, "officer")[0] == [Task.CORRECT]
    assert turns(world, "officer").mine[0].due == finding.close_due
    conformity.finding_correct(finding_id=finding.pk, text="直した。", actor=world.officer, at=at())
    assert Task.VERIFY in tasks(world, "lead")[0]
    conformity.finding_verify(finding_id=finding.pk, actor=world.lead, at=at())
    assert tasks(world, "officer")[0] == []


@pytest.mark.parametrize(
    ("status", "grade", "planned", "task"),
    [
        (FindingStatus.OVERDUE, Grade.MAJOR, False, Task.PLAN),
        (FindingStatus.OVERDUE, Grade.MAJOR, True, Task.CORRECT),
        (FindingStatus.ESCALATED, Grade.MAJOR, True, Task.CORRECT),
        (FindingStatus.OPEN, Grade.OBSERVATION, False, None),
        (FindingStatus.VERIFIED_CLOSED, Grade.MAJOR, True, None),
    ],
)
def test_an_overdue_finding_asks_for_what_is_still_owed(status, grade, planned, task):
    assert selectors.finding_task(SimpleNamespace(status=status, grade=grade, planned=planned)) is task


def test_what_waits_for_a_decision_is_the_proposers_then_the_approvers(world, draft):
    world.submit(draft)
    world.accept(draft)
    world.assess(draft)
    assert tasks(world, "decider")[0] == [Task.FORWARD]
    world.forward(Application.objects.get(pk=draft.pk))
    assert tasks(world, "proposer") == ([Task.PROPOSE], [])
    assert tasks(world, "approver") == ([], [Task.PROPOSE])
    assert tasks(world, "officer") == ([], [Task.PROPOSE])
    decision = world.propose(world.draft_grant(Application.objects.get(pk=draft.pk)))
    assert tasks(world, "proposer") == ([], [Task.APPROVE])
    assert tasks(world, "approver") == ([Task.APPROVE], [])
    services.decision_return(decision_id=decision.pk, reasons="直して", actor=world.approver, at=clock.now())
    assert tasks(world, "proposer") == ([Task.MEND_PROPOSAL], [])
    assert tasks(world, "approver") == ([], [Task.MEND_PROPOSAL])


def test_an_urgent_suspension_waits_to_be_confirmed_until_a_decision_is_open(world, qualified):
    services.service_suspend_urgently(
        service_id=qualified.pk, reasons={"ja": "鍵", "en": "key"}, actor=world.proposer, at=clock.now()
    )
    found = turns(world, "second_proposer")
    assert [turn.task for turn in found.mine] == [Task.RATIFY]
    assert found.mine[0].due is not None
    world.propose(
        selectors.draft_step(qualified.pk, DecisionKind.CONFIRM_SUSPENSION, reasons={"ja": "鍵", "en": "key"}),
        by=world.second_proposer,
    )
    assert tasks(world, "approver")[0] == [Task.APPROVE]


def test_what_ended_is_done_for_all_who_saw_it(world, qualified):
    for name in ("officer", "lead", "proposer"):
        assert [turn.task for turn in turns(world, name).done] == [Task.NOTHING], name
    assert turns(world, "other_lead").done == ()


# The page


def test_the_page_shows_the_turn_with_a_link_that_leads_somewhere(world, finding, django_assert_max_num_queries):
    officer = guest(world, "officer")
    with django_assert_max_num_queries(12):
        text = officer.sees("/inbox")
    assert "是正計画を出す：F1 共通" in text
    assert f"/findings#finding-{finding.pk}" in text
    assert "あなたの番（1）" in text
    assert "相手の番（1）" in text
    assert "PLAN" not in text
    assert "0 / 1 基準" in text


def test_every_tab_of_every_role_is_a_page_in_both_languages(world, qualified):
    world.submit(world.draft_application(world.service(name="もう一つの署名")))
    for name in ("officer", "lead", "decider", "proposer", "approver"):
        visitor = guest(world, name)
        for tab in ("mine", "waiting", "team", "done"):
            assert f'href="?tab={tab}" aria-current="page"' in visitor.sees(f"/inbox?tab={tab}"), (name, tab)
            assert '<html lang="en">' in visitor.sees(f"/en/inbox?tab={tab}"), (name, tab)


def test_every_link_of_every_inbox_leads_to_a_page_of_that_role(world, finding):
    world.submit(world.draft_application(world.service(name="受付待ち")))
    waiting = world.case(world.service(name="提案待ち"))
    proposed = world.case(world.service(name="承認待ち"))
    world.propose(world.draft_grant(proposed))
    assert waiting.status == "under_decision"
    for name in ("officer", "staff", "lead", "assessor", "decider", "proposer", "approver"):
        visitor = guest(world, name)
        for tab in ("mine", "waiting"):
            body = visitor.sees(f"/inbox?tab={tab}").partition("<tbody")[2].partition("</tbody>")[0]
            for link in set(re.findall(r'<a href="([^"#]+)', body)):
                assert visitor.get(link).status_code in (200, 302), (name, tab, link)


def test_many_cases_cost_no_more_queries_than_one(world, finding, django_assert_max_num_queries):
    for number in range(3):
        world.submit(world.draft_application(world.service(name=f"署名 {number}")))
    lead, proposer = guest(world, "lead"), guest(world, "proposer")
    with django_assert_max_num_queries(12):
        lead.sees("/inbox?tab=team")
    with django_assert_max_num_queries(12):
        proposer.sees("/inbox?tab=team")


def test_an_empty_inbox_says_so_and_gives_a_way_out(world):
    text = guest(world, "officer").sees("/en/inbox")
    assert "Nothing waits for you now." in text
    assert "/en/applications/new" in text
    assert "No deadline ahead" in text


def test_an_overdue_deadline_is_said_in_words(world, finding, monkeypatch):
    officer = guest(world, "officer")
    at = clock.now() + timedelta(days=20)
    monkeypatch.setattr(clock, "now", lambda: at)
    text = officer.sees("/inbox")
    assert "6 日超過" in text
    assert "うち期限切れ 1" in text


def test_an_odd_query_shows_the_inbox(world):
    officer = guest(world, "officer")
    for query in ("tab=x", "tab=%00", "page=x", "page=-1", "page=999"):
        officer.sees(f"/inbox?{query}")


def test_a_role_without_cases_gets_no_empty_table(world):
    someone = person("operator")
    appoint(someone, world.ab, Role.LIST_OPERATOR)
    text = Guest(someone).sees("/inbox")
    assert "この役割に届く案件はありません" in text
    assert "<table" not in text


def test_somebody_of_another_provider_sees_nothing_of_it(world, finding):
    someone = person("neighbour")
    appoint(someone, organisation("provider", "となり"), Role.PROVIDER_OFFICER)
    text = Guest(someone).sees("/inbox?tab=team")
    assert "さくら署名" not in text


def test_a_stranger_is_sent_to_sign_in(world):
    response = Client().get("/en/inbox", headers=HTML)
    assert (response.status_code, response["Location"]) == (302, "/en/sign-in?next=%2Fen%2Finbox")
