"""What stands: a history that only approved decisions lengthen, urgent suspensions and expiries included."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from certification_world import REASONS, World, actor, appoint, organisation, person
from decision_walls import raw_approval, raw_change, raw_event, refused, sql
from django.db import DatabaseError, connection, transaction

from certification import selectors, services
from certification.domain.decisions import canonical_text
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.domain.values import ApplicationKind
from certification.models import (
    Application,
    Decision,
    Service,
    ServiceIdentity,
)
from conformity.domain.service_kinds import Level, ServiceKind
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    PreconditionFailed,
    TransitionNotAllowed,
)
from trustreg.parties.domain.roles import Role

pytestmark = pytest.mark.django_db


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
    soon = clock.now().replace(microsecond=0) + timedelta(seconds=10)  # the grant itself must be done before
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
