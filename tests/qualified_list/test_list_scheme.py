"""Who may describe the scheme and ask for a re-issue, and what is kept of it; the tasks at the edge."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from list_registry import SCHEME, past_the_walls

from certification.domain.lifecycle import ServiceStatus
from qualified_list import services, tasks
from qualified_list.domain.model import Text
from qualified_list.models import SchemeVersion
from trustreg.base.errors import InvalidInput, NotPermitted
from trustreg.base.models import Event, OutboxMessage
from trustreg.parties.domain.actors import SYSTEM, Actor
from trustreg.parties.models import Appointment, Person

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.now(UTC)


@pytest.fixture
def operator(registry) -> Actor:
    with past_the_walls("parties_person", "parties_appointment"):
        person = Person.objects.create(name_ja="運用者", name_en="Operator")
        Appointment.objects.create(
            person=person,
            organisation=registry.body,
            role="list_operator",
            starts_at=NOW - timedelta(days=1),
            appointed_by=registry.proposer,
        )
    return Actor(person.pk, uuid.uuid4(), "Operator", None, "session")


def test_a_change_is_a_new_version_and_no_change_is_none(operator):
    changed = replace(SCHEME, next_update_days=90)
    assert services.list_scheme_update(scheme=changed, actor=operator, at=NOW).version == 2
    assert services.list_scheme_update(scheme=changed, actor=operator, at=NOW).version == 2
    assert SchemeVersion.objects.count() == 2
    assert Event.objects.get(tag="qualified_list:scheme:updated").person_id == operator.person_id
    assert OutboxMessage.objects.filter(topic="qualified_list.scheme_updated").count() == 1


def test_only_the_list_operator_may(registry):
    stranger = Actor(registry.proposer.pk, uuid.uuid4(), "Proposer", None, "session")
    for actor in (stranger, SYSTEM):
        with pytest.raises(NotPermitted):
            services.list_scheme_update(scheme=SCHEME, actor=actor, at=NOW)
        with pytest.raises(NotPermitted):
            services.list_reissue_request(actor=actor, at=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": (Text("en", "Without country"), Text("ja", "JP:名"))}, "name"),
        ({"operator_name": (Text("en", "English only"),)}, "operator_name"),
        ({"next_update_days": 181}, "next_update_days"),
        ({"next_update_days": 0}, "next_update_days"),
    ],
)
def test_an_incomplete_scheme_names_what_is_missing(operator, changes, field):
    with pytest.raises(InvalidInput) as refused:
        services.list_scheme_update(scheme=replace(SCHEME, **changes), actor=operator, at=NOW)
    assert set(refused.value.fields[field]) == {"ja", "en"}
    assert SchemeVersion.objects.count() == 1


def test_a_reissue_is_asked_for_by_message(operator):
    services.list_reissue_request(actor=operator, at=NOW)
    asked = OutboxMessage.objects.get()
    assert (asked.topic, asked.payload) == ("qualified_list.reissue_requested", {"after": 0})


def test_tasks_bear_messages_that_come_twice_late_or_for_nothing(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("worker"):
        for _ in range(2):
            assert tasks.decision_approved(decision=str(uuid.uuid4())) is None
            assert tasks.publish(sequence=1) is None
            assert tasks.sweep() is None
            assert tasks.reissue_when_due() is None


def test_a_refusal_does_not_break_the_task(registry, as_role):
    registry.decide(registry.services(registry.provider()), "grant", ServiceStatus.QUALIFIED, approved_sha256="0" * 64)
    with as_role("worker"):
        assert tasks.publish() is None
        assert tasks.sweep() is None
