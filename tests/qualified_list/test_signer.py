"""The signer believes nothing: whatever a worker puts before it is derived again from decisions of two people."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from list_registry import past_the_walls

from certification.models import DecisionApproval, DecisionProposal, StatusChange
from qualified_list import services
from qualified_list.domain.canonical import canonical_json
from qualified_list.domain.content import content_model, from_content_model
from qualified_list.domain.xml import render_list
from qualified_list.models import ListIssue, ListSignature, Refusal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forge(registry, as_role):
    """A worker that was taken over: it stores whatever content it likes, with hashes that fit, as checked."""

    def run(change, *, decisions=None):
        with as_role("worker"):
            services.intent_begin(reissue=True)
            issue = ListIssue.objects.latest("sequence")
            model = json.loads(issue.content)
            change(model)
            with connection.cursor() as cursor:
                cursor.execute("SELECT date_trunc('second', clock_timestamp() + interval '1 second')")
                moment = cursor.fetchone()[0]
            issued = from_content_model(
                model, sequence=issue.sequence, issued_at=moment, next_update=moment + timedelta(days=180)
            )
            content = canonical_json(content_model(issued))
            unsigned = render_list(issued)
            ListIssue.objects.filter(pk=issue.pk).update(
                content=content.decode(),
                content_hash=hashlib.sha256(content).hexdigest(),
                unsigned=unsigned,
                unsigned_sha256=hashlib.sha256(unsigned).hexdigest(),
                decisions=issue.decisions if decisions is None else decisions(issue.decisions),
                issued_at=issued.issued_at,
                next_update=issued.next_update,
                state="compiled",
            )
            ListIssue.objects.filter(pk=issue.pk).update(state="checked")

    return run


def refusal(as_role, key) -> str:
    with as_role("signer"):
        assert services.sign_waiting(key=key) is None
        assert services.sign_waiting(key=key) is None
    assert not ListSignature.objects.filter(issue__state="checked").exists()
    (row,) = Refusal.objects.filter(source="signer")
    assert row.findings[0]["message"]["ja"]
    return row.findings[0]["code"]


def state(model):
    return model["providers"][0]["services"][0]["states"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda model: state(model).update(status="qualified"),
        lambda model: state(model).update(scope=["esign", "eseal"]),
        lambda model: state(model).update(valid_until="2040-01-01T00:00:00Z"),
        lambda model: state(model).update(names=[["en", "Other"], ["ja", "別名"]]),
        lambda model: model["providers"][0].update(trade_names=[["en", "NTRJP-0000000000000"]]),
        lambda model: model["scheme"].update(distribution_points=["https://evil.example/tl.xml"]),
    ],
    ids=["level", "scope", "end", "names", "provider", "scheme"],
)
def test_a_content_that_nobody_decided_is_not_signed(registry, as_role, key, forge, change):
    registry.grant(1, level="specified")
    forge(change)
    assert refusal(as_role, key) == "CONTENT_NOT_DECIDED"


def test_an_entry_under_another_id_is_not_signed(registry, as_role, key, forge):
    registry.grant(2)
    forge(lambda model: model["providers"][0]["services"][0].update(id="00000000-0000-0000-0000-000000000000"))
    assert refusal(as_role, key) == "CONTENT_NOT_DECIDED"


def test_a_decision_that_was_left_out_is_missed(registry, as_role, key, forge):
    first, second = registry.grant(2)
    with past_the_walls("certification_statuschange"), connection.cursor() as cursor:
        cursor.execute("UPDATE certification_statuschange SET decided_at = decided_at - interval '1 hour'")

    def drop(model):
        model["providers"][0]["services"] = [
            entry
            for entry in model["providers"][0]["services"]
            if entry["states"][0]["names"][0][1] != second.names["en"]
        ]

    forge(drop, decisions=lambda all_: [item for item in all_ if item["service"] == first.service])
    assert refusal(as_role, key) == "DECISION_MISSING"


@pytest.mark.parametrize("fault", ["hash", "one_person", "text", "no_approval"])
def test_an_approval_that_does_not_hold_stops_the_signature(registry, as_role, key, forge, fault):
    registry.grant(1)
    tables = ("certification_decisionproposal", "certification_decisionapproval", "certification_statuschange")
    forge(lambda model: None)
    with past_the_walls(*tables), connection.cursor() as cursor:
        if fault == "hash":
            cursor.execute("UPDATE certification_decisionapproval SET content_sha256 = repeat('0', 64)")
        elif fault == "one_person":
            cursor.execute(
                "ALTER TABLE certification_decisionapproval DROP CONSTRAINT decision_is_approved_by_another_person"
            )
            cursor.execute("UPDATE certification_decisionapproval SET approver_id = proposer_id")
        elif fault == "text":
            proposal = DecisionProposal.objects.get()
            text = proposal.content.replace('"qualified"', '"specified"')
            digest = hashlib.sha256(text.encode()).hexdigest()
            cursor.execute(
                "UPDATE certification_decisionproposal SET content = %s, content_sha256 = %s", [text, digest]
            )
            cursor.execute("UPDATE certification_decisionapproval SET content_sha256 = %s", [digest])
        else:
            cursor.execute("DELETE FROM certification_decisionapproval")
    expected = {
        "hash": "APPROVED_HASH_DIFFERS",
        "one_person": "APPROVED_BY_ONE_PERSON",
        "text": "CHANGE_IS_NOT_WHAT_WAS_APPROVED",
        "no_approval": "DECISION_NOT_APPROVED",
    }[fault]
    try:
        assert refusal(as_role, key) == expected
    finally:
        if fault == "one_person":
            with as_role("owner"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("ALTER TABLE certification_decisionapproval DISABLE TRIGGER USER")
                cursor.execute("DELETE FROM certification_decisionapproval")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("ALTER TABLE certification_decisionapproval ENABLE TRIGGER USER")
                cursor.execute(
                    "ALTER TABLE certification_decisionapproval ADD CONSTRAINT decision_is_approved_by_another_person"
                    " CHECK (NOT (approver_id = proposer_id AND approver_id IS NOT NULL AND proposer_id IS NOT NULL))"
                )
    assert DecisionApproval.objects.count() <= 1
    assert StatusChange.objects.count() == 1


def test_bytes_that_say_something_else_than_the_content_are_not_signed(registry, as_role, key):
    registry.grant(1, level="specified")
    with as_role("worker"):
        services.intent_begin(reissue=False)
        issue = ListIssue.objects.get()
        unsigned = bytes(issue.unsigned).replace(b"Svcstatus/specified", b"Svcstatus/qualified")
        with connection.cursor() as cursor:
            cursor.execute("SELECT date_trunc('second', clock_timestamp() + interval '2 seconds')")
            moment = cursor.fetchone()[0]
        ListIssue.objects.update(
            unsigned=unsigned,
            unsigned_sha256=hashlib.sha256(unsigned).hexdigest(),
            issued_at=moment,
            state="compiled",
        )
        ListIssue.objects.update(state="checked")
    assert refusal(as_role, key) == "document.same_content"


def test_a_refused_intent_is_published_once_its_cause_is_gone(registry, as_role, key, forge, public):
    states = registry.grant(1, level="specified")
    forge(lambda model: state(model).update(status="qualified"))
    refusal(as_role, key)
    with as_role("worker"):
        assert services.publish(wait_seconds=0) is None, "nothing has changed: it stays refused"
    registry.decide(states, "change", states[0].status, names={"ja": "新", "en": "New"})
    with as_role("worker"):
        assert services.publish(wait_seconds=0) is None
    with as_role("signer"):
        assert services.sign_waiting(key=key) == 1
    with as_role("worker"):
        assert services.publish(wait_seconds=5) == 1
    assert b"Svcstatus/qualified" not in (public / "tl/tl.xml").read_bytes()
