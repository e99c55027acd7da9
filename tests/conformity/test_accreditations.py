"""Accreditation of bodies: examined, decided by two independent people, suspended, lifted, withdrawn, expired."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from conformity import selectors, services
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import Accreditation, AccreditationDecision, AccreditationDecisionKind, AccreditationScope
from conformity.services import ScopeItem
from tests.factories import conformity as factory
from tests.factories import parties
from tests.factories.conformity import Scheme
from trustreg.base import clock
from trustreg.base.errors import Conflict, InvalidInput, NotPermitted, SeparationViolated, TransitionNotAllowed
from trustreg.base.models import Event, OutboxMessage
from trustreg.parties.domain.actors import SYSTEM
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.services import conflict_declare

pytestmark = pytest.mark.django_db
Kind = AccreditationDecisionKind
TIMESTAMP = (ServiceKind.TIMESTAMP, Level.QUALIFIED)


@pytest.fixture
def case() -> Scheme:
    return factory.scheme()


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def propose(case: Scheme, kind: Kind, **facts: object) -> AccreditationDecision:
    values: dict[str, object] = {"reasons": "Because.", "actor": case.proposer, "at": clock.now()}
    return services.accreditation_decision_propose(
        accreditation_id=case.accreditation.pk,
        kind=kind,
        **(values | facts),  # type: ignore[arg-type]
    )


def approve(decision: AccreditationDecision, **facts: object) -> AccreditationDecision:
    values: dict[str, object] = {"decision_id": decision.pk, "draft_sha256": decision.draft_sha256, "at": clock.now()}
    return services.accreditation_decision_approve(**(values | facts))  # type: ignore[arg-type]


def covered(case: Scheme, kind: ServiceKind = TIMESTAMP[0], level: Level = TIMESTAMP[1]) -> AccreditationScope | None:
    return selectors.scope_covering(case.cab.pk, kind, level, case.criteria_set.pk, clock.now())


def test_an_accreditation_covers_its_scope_and_nothing_else(case: Scheme) -> None:
    assert case.accreditation.status == "accredited"
    assert covered(case) is not None
    assert covered(case, ServiceKind.ESEAL_CERT) is None
    assert covered(case, level=Level.SPECIFIED) is None
    start = case.accreditation.valid_from
    assert start is not None
    before = selectors.scope_covering(case.cab.pk, *TIMESTAMP, case.criteria_set.pk, start - timedelta(seconds=1))
    assert before is None
    assert case.accreditation.valid_until is not None
    after = selectors.scope_covering(case.cab.pk, *TIMESTAMP, case.criteria_set.pk, case.accreditation.valid_until)
    assert after is None
    assert [row.accreditation.cab for row in selectors.cabs_covering(*TIMESTAMP, clock.now())] == [case.cab]


def test_two_people_decide_on_the_draft_they_were_shown(case: Scheme) -> None:
    decision = propose(case, Kind.SUSPEND)
    both = parties.actor(case.admin, case.ab, Role.AB_APPROVER, Role.AB_PROPOSER)
    with pytest.raises(Conflict):
        approve(decision, actor=case.approver, draft_sha256="0" * 64)
    with pytest.raises(NotPermitted):
        approve(decision, actor=case.proposer)
    services.accreditation_decision_reject(
        decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=case.approver, at=clock.now()
    )
    own = propose(case, Kind.SUSPEND, actor=both)
    with pytest.raises(SeparationViolated):
        approve(own, actor=both)
    approve(own, actor=case.approver)
    with pytest.raises(Conflict):
        approve(own, actor=case.approver)


def test_one_proposal_waits_at_a_time_and_gives_reasons(case: Scheme) -> None:
    with pytest.raises(InvalidInput):
        propose(case, Kind.SUSPEND, reasons=" ")
    propose(case, Kind.SUSPEND)
    with pytest.raises(Conflict):
        propose(case, Kind.WITHDRAW)


def test_people_tied_to_the_body_neither_propose_nor_approve(case: Scheme) -> None:
    conflict_declare(organisation_id=case.cab.pk, kind=Tie.CONSULTING, actor=case.proposer, at=clock.now())
    with pytest.raises(SeparationViolated):
        propose(case, Kind.SUSPEND)
    free = parties.actor(case.admin, case.ab, Role.AB_PROPOSER)
    decision = propose(case, Kind.SUSPEND, actor=free)
    conflict_declare(organisation_id=case.cab.pk, kind=Tie.FAMILY, actor=case.approver, at=clock.now())
    with pytest.raises(SeparationViolated):
        approve(decision, actor=case.approver)


def test_a_suspended_body_covers_nothing_until_it_is_lifted(case: Scheme) -> None:
    moment = clock.now()
    factory.decide(case.accreditation, Kind.SUSPEND, case.proposer, case.approver)
    assert covered(case) is None
    assert selectors.accreditation_status_at(case.accreditation.pk, moment) == "accredited"
    assert selectors.accreditation_status_at(case.accreditation.pk, clock.now()) == "suspended"
    assert selectors.scope_covering(case.cab.pk, *TIMESTAMP, case.criteria_set.pk, moment) is not None, "history stays"
    assert OutboxMessage.objects.filter(topic="conformity.accreditation.changed", payload__kind="suspend").exists()
    factory.decide(case.accreditation, Kind.LIFT, case.proposer, case.approver)
    assert covered(case) is not None
    factory.decide(case.accreditation, Kind.WITHDRAW, case.proposer, case.approver)
    assert covered(case) is None
    with pytest.raises(TransitionNotAllowed):
        propose(case, Kind.LIFT)


def test_the_scope_grows_and_shrinks_by_rows(case: Scheme) -> None:
    seal = ScopeItem(ServiceKind.ESEAL_CERT, Level.SPECIFIED, case.criteria_set.pk)
    factory.decide(case.accreditation, Kind.SCOPE, case.proposer, case.approver, add=[seal])
    assert covered(case, ServiceKind.ESEAL_CERT, Level.SPECIFIED) is not None
    row = covered(case)
    assert row is not None
    moment = clock.now()
    decision = propose(case, Kind.SCOPE, end=[row.pk])
    approve(decision, actor=case.approver)
    assert covered(case) is None
    assert selectors.scope_covering(case.cab.pk, *TIMESTAMP, case.criteria_set.pk, moment) is not None
    assert AccreditationScope.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (Kind.SCOPE, {}),
        (Kind.SUSPEND, {"add": [(ServiceKind.ESEAL_CERT, Level.QUALIFIED)]}),
        (Kind.SCOPE, {"add": [TIMESTAMP]}),
        (Kind.SCOPE, {"add": [(ServiceKind.ESEAL_CERT, Level.OTHER)]}),
        (Kind.SCOPE, {"add": [(ServiceKind.EDELIVERY, Level.QUALIFIED)]}),
        (Kind.SCOPE, {"end": [UUID(int=7)]}),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(case: Scheme, kind: Kind, facts: dict[str, list[object]]) -> None:
    items = [ScopeItem(*pair, case.criteria_set.pk) for pair in facts.get("add", [])]  # type: ignore[misc]
    with pytest.raises(InvalidInput) as refusal:
        propose(case, kind, add=items, end=facts.get("end", []))
    assert set(refusal.value.fields) == {"scope"}


def test_a_scope_names_criteria_in_force(case: Scheme) -> None:
    draft = services.criteria_load(
        code="X", version="1", title_ja="基準", title_en="Criteria", actor=case.editor, at=clock.now()
    )
    with pytest.raises(InvalidInput):
        propose(case, Kind.SCOPE, add=[ScopeItem(ServiceKind.ESEAL_CERT, Level.QUALIFIED, draft.pk)])


def test_a_body_of_the_same_group_or_another_kind_is_not_accredited(case: Scheme) -> None:
    daughter = parties.organisation(case.admin, OrganisationKind.CAB, parent_id=case.ab.pk)
    facts = {"ab_id": case.ab.pk, "actor": case.proposer, "at": clock.now()}
    with pytest.raises(SeparationViolated):
        services.accreditation_apply(cab_id=daughter.pk, number="N-1", **facts)
    with pytest.raises(InvalidInput):
        services.accreditation_apply(cab_id=case.provider.pk, number="N-1", **facts)
    with pytest.raises(Conflict):
        services.accreditation_apply(cab_id=case.cab.pk, number="N-1", **facts)
    refused(
        "INSERT INTO conformity_accreditation"
        " (id, ab_id, cab_id, number, status, transition, previous_status, revision, moved_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'RAW', 'applied', 'apply', '', 0, clock_timestamp())",
        case.ab.pk,
        daughter.pk,
    )


def test_an_application_can_be_refused_with_reasons(case: Scheme) -> None:
    cab = parties.organisation(case.admin, OrganisationKind.CAB)
    row = services.accreditation_apply(ab_id=case.ab.pk, cab_id=cab.pk, number="N-9", actor=case.clerk, at=clock.now())
    with pytest.raises(TransitionNotAllowed):
        services.accreditation_witness(accreditation_id=row.pk, actor=case.proposer, at=clock.now())
    row = services.accreditation_refuse(
        accreditation_id=row.pk, reasons="No competence.", actor=case.approver, at=clock.now()
    )
    assert row.status == "refused"
    said = Event.objects.filter(subject_type="accreditation", subject_id=str(row.pk)).latest("id")
    assert (said.person_id, said.data) == (case.approver.person_id, {"reasons": "No competence."})
    assert row not in selectors.accreditations_public()


def test_whoever_is_tied_to_a_body_does_not_refuse_it(case: Scheme) -> None:
    cab = parties.organisation(case.admin, OrganisationKind.CAB)
    row = services.accreditation_apply(ab_id=case.ab.pk, cab_id=cab.pk, number="N-8", actor=case.clerk, at=clock.now())
    conflict_declare(organisation_id=cab.pk, kind=Tie.CONSULTING, actor=case.approver, at=clock.now())
    with pytest.raises(SeparationViolated):
        services.accreditation_refuse(accreditation_id=row.pk, reasons="No.", actor=case.approver, at=clock.now())


def test_validity_ends_by_itself_and_the_sweep_records_it(case: Scheme) -> None:
    until = case.accreditation.valid_until
    assert until is not None
    assert selectors.accreditation_status_at(case.accreditation.pk, until) == "expired"
    assert services.accreditations_expire(actor=SYSTEM, at=clock.now()) == 0


def test_the_public_directory_answers_in_two_questions(case: Scheme, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        rows = list(selectors.accreditations_public())
        assert [(row.cab.pk, len(row.scope.all()), str(row.scope.all()[0].criteria_set)) for row in rows] == [
            (case.cab.pk, 1, "JP-TRUST 2026")
        ]


# The same walls in the database, for the web process.


def move(transition: str, to: str, **values: str) -> str:
    more = "".join(f", {name} = {value}" for name, value in values.items())
    return (
        f"UPDATE conformity_accreditation SET previous_status = status, status = '{to}', transition = '{transition}',"
        f" revision = revision + 1, moved_at = clock_timestamp(){more} WHERE id = %s"
    )


def test_no_status_changes_without_two_people(case: Scheme) -> None:
    refused(move("suspend", "suspended"), case.accreditation.pk)
    refused(move("withdraw", "withdrawn"), case.accreditation.pk)
    refused("UPDATE conformity_accreditation SET status = 'withdrawn' WHERE id = %s", case.accreditation.pk)
    refused(move("nonsense", "withdrawn"), case.accreditation.pk)
    refused(move("expire", "expired"), case.accreditation.pk)
    refused(
        "UPDATE conformity_accreditation SET valid_until = valid_until + interval '9 years' WHERE id = %s",
        case.accreditation.pk,
    )
    refused("UPDATE conformity_accreditation SET number = 'X' WHERE id = %s", case.accreditation.pk)
    refused("DELETE FROM conformity_accreditation WHERE id = %s", case.accreditation.pk)


def test_no_decision_by_one_person_nor_by_people_of_the_body(case: Scheme) -> None:
    decision = propose(case, Kind.SUSPEND)
    both = parties.actor(case.admin, case.ab, Role.AB_APPROVER, Role.AB_PROPOSER)
    decide = (
        "UPDATE conformity_accreditationdecision"
        " SET outcome = 'approved', decided_by_id = %s, decided_at = clock_timestamp() WHERE id = %s"
    )
    refused(decide, case.proposer.person_id, decision.pk)
    refused(decide, case.lead.person_id, decision.pk)
    parties.appoint(case.admin, parties.person(case.admin), case.cab, Role.CAB_CLERK)
    conflict_declare(organisation_id=case.cab.pk, kind=Tie.EMPLOYMENT, actor=both, at=clock.now())
    refused(decide, both.person_id, decision.pk)
    refused("UPDATE conformity_accreditationdecision SET reasons = 'other' WHERE id = %s", decision.pk)
    with connection.cursor() as cursor:
        cursor.execute(decide, [case.approver.person_id, decision.pk])
    refused(decide, case.approver.person_id, decision.pk)


def test_no_scope_without_a_decision(case: Scheme) -> None:
    row = covered(case)
    assert row is not None
    refused(
        "INSERT INTO conformity_accreditationscope"
        " (id, accreditation_id, service_kind, level, criteria_set_id, starts_at, decision_id)"
        " VALUES (gen_random_uuid(), %s, 'eseal_cert', 'qualified', %s, clock_timestamp(), %s)",
        case.accreditation.pk,
        case.criteria_set.pk,
        row.decision_id,
    )
    refused("UPDATE conformity_accreditationscope SET ends_at = clock_timestamp() WHERE id = %s", row.pk)
    refused(
        "UPDATE conformity_accreditationscope"
        " SET ends_at = clock_timestamp(), ended_by_decision_id = decision_id WHERE id = %s",
        row.pk,
    )
    refused("DELETE FROM conformity_accreditationscope WHERE id = %s", row.pk)


def test_history_is_written_by_the_database_alone(case: Scheme) -> None:
    refused(
        "INSERT INTO conformity_movement (subject_type, subject_id, revision, transition, from_status, to_status, at)"
        " VALUES ('conformity_accreditation', %s, 99, 'lift', 'suspended', 'accredited', now())",
        case.accreditation.pk,
    )
    refused("UPDATE conformity_movement SET at = now() - interval '1 year'")
    refused("DELETE FROM conformity_movement")
    assert Accreditation.objects.get(pk=case.accreditation.pk).revision == 5
