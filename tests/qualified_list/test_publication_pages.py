"""Pages of publication: live steps, what waits, what was refused and by which clause, the way from a decision."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from list_registry import Registry, past_the_walls

from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import Decision
from qualified_list import services
from qualified_list.models import ListIssue, Refusal
from trustreg.base.outbox import OutboxMessage
from trustreg.parties.models import Account, Appointment, Person

pytestmark = pytest.mark.django_db(transaction=True)

HTML = {"accept": "text/html"}
MOST = 12


@pytest.fixture
def visitor(registry: Registry) -> Callable[[str], Client]:
    """`visitor(role)`: a browser of a new person of the accreditation body in that role."""

    def make(role: str) -> Client:
        with past_the_walls("parties_person", "parties_appointment"):
            person = Person.objects.create(name_ja=f"人 {role}", name_en=f"Person {role}")
            Appointment.objects.create(
                person=person,
                organisation=registry.body,
                role=role,
                starts_at=datetime.now(UTC) - timedelta(days=1),
                appointed_by=registry.proposer,
            )
        account = Account.objects.create(person=person, email=f"{role}-{uuid.uuid4().hex[:6]}@example.jp")
        client = Client(headers=HTML)
        client.get("/about")  # the state of the system is looked at now and then, and not counted
        client.force_login(account, backend="trustreg.parties.authentication.AccountBackend")
        return client

    return make


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_a_stranger_signs_in_and_other_roles_are_refused(visitor):
    for address in ("/publications", "/publications/1", "/publications/next?after=0", "/publications/reissue"):
        response = Client(headers=HTML).get(address)
        assert (response.status_code, "sign-in" in response["Location"]) == (302, True), address
        assert visitor("scheme_editor").get(address).status_code == 403, address
    assert visitor("ab_approver").get("/publications/reissue").status_code == 403


def test_what_does_not_exist_is_not_found(visitor):
    operator = visitor("list_operator")
    assert operator.get("/publications/7").status_code == 404
    assert operator.get("/publications/99999999999999999999").status_code == 404
    assert operator.get(f"/publications/next?decision={uuid.uuid4()}").status_code == 404
    assert operator.get("/publications/next?decision=x")["Location"] == "/publications"


def test_the_steps_are_shown_as_they_are_done(registry, visitor, publish, as_role, django_assert_max_num_queries):
    registry.grant()
    decision = Decision.objects.get()
    approver = visitor("ab_approver")
    with django_assert_max_num_queries(MOST):
        waiting = text(approver.get(f"/publications/next?decision={decision.pk}"))
    assert "公表の準備をしています" in waiting
    assert '<meta http-equiv="refresh"' in waiting
    assert decision.number in text(approver.get("/publications"))

    with as_role("worker"):
        assert services.intent_begin(reissue=False) == 1
    address = f"/publications/next?decision={decision.pk}"
    assert approver.get(address)["Location"] == "/publications/1"
    assert approver.get(address, headers={"hx-request": "true"})["HX-Redirect"] == "/publications/1"
    with django_assert_max_num_queries(MOST):
        page = text(approver.get("/publications/1"))
    for part in ("第 1 号を公表しています", "5 段階のうち 1 つ完了", decision.number, "hx-get", "http-equiv"):
        assert part in page
    with as_role("worker"):
        services.intent_check(sequence=1)
    page = text(approver.get("/en/publications/1"))
    assert "2 of 5 steps done" in page
    assert "the separate process that holds the signing key" in page
    assert "第 1 号を公表しています" in text(approver.get("/publications"))


def test_a_published_issue_keeps_its_record_and_no_longer_asks_again(
    registry, visitor, publish, django_assert_max_num_queries
):
    (state,) = registry.grant()
    assert publish() == 1
    registry.decide([state], DecisionKind.SUSPEND, ServiceStatus.SUSPENDED_QUALIFIED)
    assert publish() == 2
    operator = visitor("list_operator")
    page = text(operator.get("/publications/2"))
    for part in ("第 2 号を公表しました", 'href="/lists/2"', 'href="/lists/1/diff/2"', "一時停止（クオリファイド）"):
        assert part in page
    assert "hx-get" not in page
    assert "http-equiv" not in page
    suspended = Decision.objects.get(kind="suspend")
    assert suspended.number in page
    assert Decision.objects.get(kind="grant").number not in page.split("<aside")[1]
    with django_assert_max_num_queries(MOST):
        page = text(operator.get("/publications"))
    assert "決定は、すべて載っています" in page
    assert 'href="/publications/1"' in page


def test_a_refusal_is_told_in_words_with_its_clause(registry, visitor, as_role):
    registry.grant()
    with as_role("worker"):
        services.intent_begin(reissue=False)
        services.intent_check(sequence=1)
        issue = ListIssue.objects.get()
        Refusal.objects.create(
            source="rules",
            sequence=1,
            content_hash=issue.content_hash,
            unsigned_sha256=issue.unsigned_sha256,
            mark=issue.mark,
            findings=[
                {
                    "code": "ts119612.scheme_name",
                    "where": "scheme",
                    "message": {"ja": "名称が<b>違います</b>。", "en": "The name differs."},
                }
            ],
        )
    approver = visitor("ab_approver")
    page = text(approver.get("/publications/1"))
    assert "第 1 号は止まっています" in page
    assert "名称が&lt;b&gt;違います&lt;/b&gt;。" in page
    assert "規則の検査" in page
    listed = text(approver.get("/en/publications"))
    assert "The name differs." in listed


def test_findings_of_rules_name_the_clause_of_the_standard():
    from qualified_list.domain.rules import rules
    from qualified_list.selectors.publications import clause_of

    first = rules()[0]
    assert clause_of(first.id) == first.clause
    assert clause_of("UNREADABLE") == ""


def test_a_decision_that_changes_nothing_says_that_no_issue_comes(registry, visitor, publish):
    (state,) = registry.grant()
    publish()
    (suspended,) = registry.decide([state], DecisionKind.SUSPEND, ServiceStatus.SUSPENDED_QUALIFIED)
    publish()
    registry.decide([suspended], DecisionKind.CONFIRM_SUSPENSION, ServiceStatus.SUSPENDED_QUALIFIED)
    decision = Decision.objects.get(kind="confirm_suspension")
    page = text(visitor("ab_approver").get(f"/publications/next?decision={decision.pk}"))
    assert "公開リストの内容は変わりません" in page
    assert "http-equiv" not in page


def test_the_list_operator_asks_for_a_reissue_and_says_so_first(registry, visitor, publish):
    registry.grant()
    publish()
    operator = visitor("list_operator")
    assert "/publications/reissue" in text(operator.get("/publications"))
    assert "/publications/reissue" not in text(visitor("ab_clerk").get("/publications"))
    assert operator.post("/publications/reissue", {}).status_code == 422
    assert not OutboxMessage.objects.filter(topic="qualified_list.reissue_requested").exists()
    response = operator.post("/publications/reissue", {"sure": "on"})
    assert response["Location"] == "/publications/next?after=1"
    assert OutboxMessage.objects.filter(topic="qualified_list.reissue_requested").count() == 1
    assert operator.get("/publications/next?after=1").status_code == 200
    assert publish(reissue=True) == 2
    assert operator.get("/publications/next?after=1")["Location"] == "/publications/2"
    assert re.search(r"変更なし（再発行）", text(operator.get("/publications")))
