"""Opening in scope, naming an independent team, recording results."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from conformity import selectors, services
from conformity.domain.criteria import Outcome
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import (
    AccreditationDecisionKind,
    Assessment,
    Criterion,
    CriterionResult,
    CustodyEntry,
    MemberRole,
)
from conformity.services import ResultInput
from tests.factories import conformity as factory
from tests.factories import parties
from tests.factories.conformity import Scheme
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    PreconditionFailed,
    SeparationViolated,
)
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.selectors import appointments_at, person_get
from trustreg.parties.services import appointment_end, conflict_declare

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Scheme:
    return factory.scheme()


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def open_raw(case: Scheme, **changes: object) -> tuple[str, tuple[object, ...]]:
    scope = case.accreditation.scope.get()
    facts = {
        "cab": case.cab.pk,
        "provider": case.provider.pk,
        "kind": "timestamp",
        "level": "qualified",
        "set": case.criteria_set.pk,
        "at": clock.now(),
    } | changes
    sql = (
        "INSERT INTO conformity_assessment (id, cab_id, provider_id, scope_id, service_kind, level, criteria_set_id,"
        " cooling_off_months, legal_basis, opened_at, status, transition, previous_status, revision, moved_at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, 24, 'scheme', %s, 'opened', 'open', '', 0,"
        " clock_timestamp())"
    )
    values = (facts["cab"], facts["provider"], scope.pk, facts["kind"], facts["level"], facts["set"], facts["at"])
    return sql, values


def test_the_raw_statement_of_these_tests_is_good(case: Scheme) -> None:
    sql, values = open_raw(case)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (ServiceKind.ESEAL_CERT, Level.QUALIFIED),
        (ServiceKind.TIMESTAMP, Level.SPECIFIED),
        (ServiceKind.TIMESTAMP, Level.OTHER),
    ],
)
def test_an_assessment_outside_the_scope_is_not_opened(case: Scheme, kind: ServiceKind, level: Level) -> None:
    with pytest.raises(PreconditionFailed) as refusal:
        factory.assessment(case, kind=kind, level=level, team=False)
    assert refusal.value.extra["level"] == level
    sql, values = open_raw(case, kind=kind.value, level=level.value)
    refused(sql, *values)
    assert not Assessment.objects.exists()


def test_another_criteria_set_is_outside_the_scope(case: Scheme) -> None:
    other = factory.criteria_in_force(case.editor, case.scheme_approver, code="OTHER")
    with pytest.raises(PreconditionFailed):
        services.assessment_open(
            cab_id=case.cab.pk,
            provider_id=case.provider.pk,
            service_kind=ServiceKind.TIMESTAMP,
            level=Level.QUALIFIED,
            criteria_set_id=other.pk,
            actor=case.lead,
            at=clock.now(),
        )
    sql, values = open_raw(case, set=other.pk)
    refused(sql, *values)


def test_a_suspended_body_opens_nothing(case: Scheme) -> None:
    factory.decide(case.accreditation, AccreditationDecisionKind.SUSPEND, case.proposer, case.approver)
    with pytest.raises(PreconditionFailed):
        factory.assessment(case, team=False)
    sql, values = open_raw(case)
    refused(sql, *values)


def test_an_assessment_is_not_back_dated(case: Scheme) -> None:
    sql, values = open_raw(case, at=clock.now() - timedelta(hours=1))
    refused(sql, *values)


def test_another_body_does_not_use_the_scope(case: Scheme) -> None:
    other = parties.organisation(case.admin, OrganisationKind.CAB)
    sql, values = open_raw(case, cab=other.pk)
    refused(sql, *values)
    with pytest.raises(NotPermitted):
        services.assessment_open(
            cab_id=other.pk,
            provider_id=case.provider.pk,
            service_kind=ServiceKind.TIMESTAMP,
            level=Level.QUALIFIED,
            criteria_set_id=case.criteria_set.pk,
            actor=case.lead,
            at=clock.now(),
        )


def test_a_provider_of_the_same_group_is_not_assessed(case: Scheme) -> None:
    daughter = parties.organisation(case.admin, OrganisationKind.PROVIDER, parent_id=case.cab.pk)
    with pytest.raises(SeparationViolated):
        services.assessment_open(
            cab_id=case.cab.pk,
            provider_id=daughter.pk,
            service_kind=ServiceKind.TIMESTAMP,
            level=Level.QUALIFIED,
            criteria_set_id=case.criteria_set.pk,
            actor=case.lead,
            at=clock.now(),
        )
    sql, values = open_raw(case, provider=daughter.pk)
    refused(sql, *values)


def test_only_providers_are_assessed(case: Scheme) -> None:
    with pytest.raises(InvalidInput):
        services.assessment_open(
            cab_id=case.cab.pk,
            provider_id=case.ab.pk,
            service_kind=ServiceKind.TIMESTAMP,
            level=Level.QUALIFIED,
            criteria_set_id=case.criteria_set.pk,
            actor=case.lead,
            at=clock.now(),
        )


# Teams


def assign(case: Scheme, row: Assessment, someone: Actor, role: MemberRole = MemberRole.ASSESSOR) -> None:
    services.assessment_member_assign(
        assessment_id=row.pk, person_id=someone.person_id, role=role, actor=case.lead, at=clock.now()
    )


def assign_raw(row: Assessment, someone: Actor, role: str = "assessor") -> tuple[str, tuple[object, ...]]:
    sql = (
        "INSERT INTO conformity_assessmentmember (id, assessment_id, person_id, role, declaration_id, assigned_at)"
        " SELECT gen_random_uuid(), %s, %s, %s, d.id, clock_timestamp() FROM parties_conflictdeclaration d"
        " WHERE d.person_id = %s ORDER BY d.declared_at DESC LIMIT 1"
    )
    return sql, (row.pk, someone.person_id, role, someone.person_id)


def test_a_member_declares_before_being_assigned(case: Scheme) -> None:
    row = factory.assessment(case, team=False)
    with pytest.raises(SeparationViolated, match="declares"):
        assign(case, row, case.assessor)
    other = parties.organisation(case.admin, OrganisationKind.PROVIDER)
    parties.declare_no_conflict(case.assessor, other)
    sql, values = assign_raw(row, case.assessor)
    refused(sql, *values)
    with pytest.raises(SeparationViolated):
        assign(case, row, case.assessor)
    parties.declare_no_conflict(case.assessor, case.provider)
    assign(case, row, case.assessor)
    with pytest.raises(Conflict):
        assign(case, row, case.assessor)
    assert [member.person_id for member in selectors.team(row.pk)] == [case.assessor.person_id]


@pytest.mark.parametrize(("months_ago", "allowed"), [(None, False), (23, False), (25, True)])
def test_a_tie_in_the_cooling_off_period_bars_from_the_team(
    case: Scheme, months_ago: int | None, allowed: bool
) -> None:
    row = factory.assessment(case, team=False)
    until = None if months_ago is None else clock.now() - timedelta(days=30.5 * months_ago)
    conflict_declare(
        organisation_id=case.provider.pk, kind=Tie.EMPLOYMENT, until=until, actor=case.assessor, at=clock.now()
    )
    parties.declare_no_conflict(case.assessor, case.provider)
    sql, values = assign_raw(row, case.assessor)
    if allowed:
        assign(case, row, case.assessor)
    else:
        with pytest.raises(SeparationViolated):
            assign(case, row, case.assessor)
        refused(sql, *values)


def test_a_tie_to_a_sister_of_the_provider_bars_too(case: Scheme) -> None:
    sister = parties.organisation(case.admin, OrganisationKind.PROVIDER, parent_id=case.provider.pk)
    parties.appoint(case.admin, person_get(case.assessor.person_id), sister, Role.PROVIDER_STAFF)
    row = factory.assessment(case, team=False)
    parties.declare_no_conflict(case.assessor, case.provider)
    with pytest.raises(SeparationViolated):
        assign(case, row, case.assessor)
    sql, values = assign_raw(row, case.assessor)
    refused(sql, *values)


def test_a_member_is_an_assessor_of_the_body_now_and_competent(case: Scheme) -> None:
    row = factory.assessment(case, team=False)
    stranger = parties.actor(case.admin, parties.organisation(case.admin, OrganisationKind.CAB), Role.CAB_ASSESSOR)
    narrow = parties.actor(case.admin, case.cab, Role.CAB_ASSESSOR, competence=[ServiceKind.ESEAL_CERT])
    for someone in (stranger, narrow, case.decider):
        parties.declare_no_conflict(someone, case.provider)
        with pytest.raises(NotPermitted):
            assign(case, row, someone)
    sql, values = assign_raw(row, stranger)
    refused(sql, *values)
    parties.declare_no_conflict(case.assessor, case.provider)
    with pytest.raises(NotPermitted):
        assign(case, row, case.assessor, MemberRole.LEAD)
    sql, values = assign_raw(row, case.assessor, "lead")
    refused(sql, *values)
    left = appointments_at(case.assessor.person_id, clock.now()).get()
    appointment_end(appointment_id=left.pk, actor=case.admin, at=clock.now())
    with pytest.raises(NotPermitted):
        assign(case, row, case.assessor)


def test_a_team_has_one_lead_and_begins_only_with_it(case: Scheme) -> None:
    row = factory.assessment(case, team=False)
    with pytest.raises(PreconditionFailed):
        services.assessment_examine_documents(assessment_id=row.pk, actor=case.lead, at=clock.now())
    second = parties.actor(case.admin, case.cab, Role.CAB_LEAD)
    for someone in (case.lead, second):
        parties.declare_no_conflict(someone, case.provider)
    assign(case, row, case.lead, MemberRole.LEAD)
    with pytest.raises(Conflict):
        assign(case, row, second, MemberRole.LEAD)
    sql, values = assign_raw(row, second, "lead")
    refused(sql, *values)
    with pytest.raises(NotPermitted):
        services.assessment_examine_documents(assessment_id=row.pk, actor=second, at=clock.now())


def test_who_left_the_team_records_nothing_more_and_never_decides(case: Scheme) -> None:
    row = factory.assessment(case)
    services.assessment_member_remove(
        assessment_id=row.pk, person_id=case.assessor.person_id, actor=case.lead, at=clock.now()
    )
    with pytest.raises(NotPermitted):
        factory.answer_all(case, row, factory.evidence(case))
    assert case.assessor.person_id in selectors.team_person_ids(row.pk)


def test_the_same_lead_serves_three_successive_times_at_most(case: Scheme) -> None:
    for _ in range(3):
        factory.concluded(case)
    with pytest.raises(SeparationViolated, match="successive"):
        factory.assessment(case)


# Results


def criterion(row: Assessment, code: str = "TSA-01") -> Criterion:
    return Criterion.objects.get(criteria_set_id=row.criteria_set_id, code=code)


def record(case: Scheme, row: Assessment, *results: ResultInput, by: Actor | None = None) -> list[CriterionResult]:
    return services.results_record(assessment_id=row.pk, results=results, actor=by or case.assessor, at=clock.now())


def test_the_latest_version_of_a_result_counts_and_all_stay(case: Scheme) -> None:
    row, proof = factory.assessment(case), factory.evidence(case)
    one = criterion(row)
    record(case, row, ResultInput(one.pk, Outcome.NONCONFORM, reason="No record of leap seconds."))
    record(case, row, ResultInput(one.pk, Outcome.CONFORM, evidence=(proof.sha256,)), by=case.lead)
    assert [(latest.version, latest.outcome) for latest in selectors.results_latest(row.pk)] == [(2, "conform")]
    assert CriterionResult.objects.count() == 2
    assert CustodyEntry.objects.filter(evidence=proof, action="cited", by_id=case.lead.person_id).count() == 1


def test_results_that_prove_nothing_are_refused_together(case: Scheme) -> None:
    row, proof = factory.assessment(case), factory.evidence(case)
    good = ResultInput(criterion(row, "TSA-02").pk, Outcome.CONFORM, evidence=(proof.sha256,))
    one, foreign = criterion(row), criterion(row, "SIG-01")
    bad = [
        ResultInput(one.pk, Outcome.CONFORM),
        ResultInput(one.pk, Outcome.NONCONFORM, reason=" "),
        ResultInput(one.pk, Outcome.NOT_APPLICABLE),
        ResultInput(foreign.pk, Outcome.CONFORM, evidence=(proof.sha256,)),
        ResultInput(uuid4(), Outcome.CONFORM, evidence=(proof.sha256,)),
        ResultInput(one.pk, Outcome.CONFORM, evidence=("0" * 64,)),
    ]
    for result in bad:
        with pytest.raises(InvalidInput) as refusal:
            record(case, row, good, result)
        assert refusal.value.fields
    with pytest.raises(InvalidInput):
        record(case, row, good, good)
    assert not CriterionResult.objects.exists()


def test_evidence_of_another_provider_proves_nothing(case: Scheme) -> None:
    row = factory.assessment(case)
    other = parties.organisation(case.admin, OrganisationKind.PROVIDER)
    officer = parties.actor(case.admin, other, Role.PROVIDER_OFFICER)
    theirs = services.evidence_store_file(
        organisation_id=other.pk, content=io.BytesIO(b"theirs"), filename="a.txt", actor=officer, at=clock.now()
    )
    with pytest.raises(InvalidInput):
        record(case, row, ResultInput(criterion(row).pk, Outcome.CONFORM, evidence=(theirs.sha256,)))
    refused(*result_raw(case, row, evidence="{" + theirs.sha256 + "}"))


def result_raw(case: Scheme, row: Assessment, **changes: object) -> tuple[object, ...]:
    facts = {
        "criterion": criterion(row).pk,
        "outcome": "not_applicable",
        "reason": "because",
        "evidence": "{}",
        "by": case.assessor.person_id,
    } | changes
    sql = (
        "INSERT INTO conformity_criterionresult (id, assessment_id, criterion_id, version, outcome, reason,"
        " notes, evidence, by_id, at)"
        " VALUES (gen_random_uuid(), %s, %s, 1, %s, %s, '', %s, %s, clock_timestamp())"
    )
    return sql, row.pk, facts["criterion"], facts["outcome"], facts["reason"], facts["evidence"], facts["by"]


def test_results_are_of_the_team_and_of_applicable_criteria_in_the_database_too(case: Scheme) -> None:
    row = factory.assessment(case)
    refused(*result_raw(case, row, by=case.decider.person_id))
    refused(*result_raw(case, row, criterion=criterion(row, "SIG-01").pk))
    refused(*result_raw(case, row, criterion=criterion(row, "CAB-STR-01").pk))
    refused(*result_raw(case, row, outcome="conform"))
    refused(*result_raw(case, row, reason=""))
    refused(*result_raw(case, row, outcome="perhaps"))
    sql, *values = result_raw(case, row)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    with pytest.raises(NotPermitted):
        record(case, row, ResultInput(criterion(row).pk, Outcome.NOT_APPLICABLE, reason="x"), by=case.officer)


def test_nothing_is_recorded_before_stage_one_nor_without_accreditation(case: Scheme) -> None:
    row = factory.assessment(case, team=False)
    with pytest.raises(Conflict):
        record(case, row, ResultInput(criterion(row).pk, Outcome.NOT_APPLICABLE, reason="x"), by=case.lead)
    busy = factory.assessment(case)
    factory.decide(case.accreditation, AccreditationDecisionKind.SUSPEND, case.proposer, case.approver)
    with pytest.raises(PreconditionFailed):
        record(case, busy, ResultInput(criterion(busy).pk, Outcome.NOT_APPLICABLE, reason="x"))
    refused(*result_raw(case, busy))


def test_recording_many_results_asks_a_bounded_number_of_questions(
    case: Scheme, django_assert_max_num_queries: object
) -> None:
    row, proof = factory.assessment(case), factory.evidence(case)
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        factory.answer_all(case, row, proof)


def test_an_assessment_that_does_not_exist_is_not_found(case: Scheme) -> None:
    with pytest.raises(NotFound):
        selectors.assessment_get(uuid4())
    with pytest.raises(NotFound):
        services.assessment_cancel(assessment_id=uuid4(), actor=case.lead, at=clock.now())
