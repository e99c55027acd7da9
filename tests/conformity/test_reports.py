"""The golden path of an assessment, its conclusion, and everything that refuses one."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.db import DatabaseError, connection, transaction

from conformity import selectors, services
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.findings import Grade
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import AccreditationDecisionKind, Assessment, Movement
from conformity.services import ResultInput
from tests.factories import conformity as factory
from tests.factories import parties
from tests.factories.conformity import Scheme
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    NotPermitted,
    PreconditionFailed,
    SeparationViolated,
    TransitionNotAllowed,
)
from trustreg.base.models import Event, OutboxMessage
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.selectors import person_get
from trustreg.parties.services import conflict_declare

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Scheme:
    return factory.scheme()


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def submitted(case: Scheme) -> Assessment:
    row = factory.assessment(case)
    factory.answer_all(case, row, factory.evidence(case))
    return services.assessment_submit(assessment_id=row.pk, actor=case.lead, at=clock.now())


def insert_report(row: Assessment, person_id: object, conclusion: str = "conform") -> tuple[str, tuple[object, ...]]:
    body = "{}"
    sql = (
        "INSERT INTO conformity_report (id, assessment_id, conclusion, summary, body, sha256, concluded_by_id,"
        " concluded_at)"
        " VALUES (gen_random_uuid(), %s, %s, '', %s, %s, %s, clock_timestamp())"
    )
    return sql, (row.pk, conclusion, body, hashlib.sha256(body.encode()).hexdigest(), person_id)


def test_from_opening_to_a_report_whose_digest_binds_everything(case: Scheme) -> None:
    row = factory.assessment(case)
    row = services.assessment_go_on_site(assessment_id=row.pk, actor=case.lead, at=clock.now())
    proof = factory.evidence(case)
    factory.answer_all(case, row, proof)
    report = factory.conclude(case, row)
    row.refresh_from_db()
    assert row.status == "concluded"
    assert report.sha256 == hashlib.sha256(report.body.encode()).hexdigest()
    body = json.loads(report.body)
    assert body["conclusion"] == "conform"
    assert body["evidence"] == [proof.sha256]
    assert body["criteria_set"]["sha256"] == case.criteria_set.sha256
    expected = selectors.criteria_applicable(row.criteria_set_id, ServiceKind.TIMESTAMP, Level.QUALIFIED)
    assert [result["criterion"] for result in body["results"]] == [one.code for one in expected]
    assert list(Movement.objects.filter(subject_id=row.pk).values_list("to_status", flat=True)) == [
        "opened",
        "documents",
        "on_site",
        "review",
        "concluded",
    ]
    assert Event.objects.filter(tag="conformity:assessment:conclude", data__sha256=report.sha256).exists()
    assert OutboxMessage.objects.filter(topic="conformity.assessment.concluded").count() == 1
    assert selectors.report_of(row.pk) == report


def test_a_report_needs_every_applicable_criterion_answered(case: Scheme) -> None:
    row = factory.assessment(case)
    proof = factory.evidence(case)
    criteria = selectors.criteria_applicable(row.criteria_set_id, ServiceKind.TIMESTAMP, Level.QUALIFIED)
    services.results_record(
        assessment_id=row.pk,
        results=[ResultInput(one.pk, Outcome.CONFORM, evidence=(proof.sha256,)) for one in criteria[1:]],
        actor=case.assessor,
        at=clock.now(),
    )
    with pytest.raises(PreconditionFailed) as refusal:
        services.assessment_submit(assessment_id=row.pk, actor=case.lead, at=clock.now())
    assert refusal.value.extra["missing"] == [criteria[0].code]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conformity_assessment SET previous_status = status, status = 'review', transition = 'submit',"
            " revision = revision + 1, moved_at = clock_timestamp() WHERE id = %s",
            [row.pk],
        )
    with pytest.raises(PreconditionFailed):
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.NONCONFORM, actor=case.decider, at=clock.now()
        )
    sql, values = insert_report(row, case.decider.person_id, "nonconform")
    refused(sql, *values)


def test_a_decider_was_never_in_the_team(case: Scheme) -> None:
    parties.appoint(case.admin, person_get(case.assessor.person_id), case.cab, Role.CAB_DECIDER)
    row = submitted(case)
    with pytest.raises(SeparationViolated):
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=case.assessor, at=clock.now()
        )
    sql, values = insert_report(row, case.assessor.person_id)
    refused(sql, *values)
    sql, values = insert_report(row, case.lead.person_id)
    refused(sql, *values)


def test_a_decider_is_independent_of_the_provider(case: Scheme) -> None:
    row = submitted(case)
    conflict_declare(organisation_id=case.provider.pk, kind=Tie.EMPLOYMENT, actor=case.decider, at=clock.now())
    with pytest.raises(SeparationViolated):
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=case.decider, at=clock.now()
        )
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values)


def test_people_of_other_houses_do_not_conclude(case: Scheme) -> None:
    row = submitted(case)
    for actor in (case.approver, case.officer, case.lead):
        with pytest.raises(NotPermitted):
            services.assessment_conclude(
                assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=actor, at=clock.now()
            )
    sql, values = insert_report(row, case.approver.person_id)
    refused(sql, *values)


def test_a_suspension_freezes_what_is_open(case: Scheme) -> None:
    row = submitted(case)
    other = factory.assessment(case, team=False)
    factory.decide(case.accreditation, AccreditationDecisionKind.SUSPEND, case.proposer, case.approver)
    with pytest.raises(PreconditionFailed):
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=case.decider, at=clock.now()
        )
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values)
    assert set(selectors.assessments_unconcluded_under(case.accreditation.pk)) == {row, other}


def test_only_a_submitted_assessment_is_concluded_and_it_may_go_back(case: Scheme) -> None:
    row = factory.assessment(case)
    conclude = {"conclusion": Conclusion.CONFORM, "actor": case.decider, "at": clock.now()}
    with pytest.raises(TransitionNotAllowed):
        services.assessment_conclude(assessment_id=row.pk, **conclude)
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values)
    refused(
        "UPDATE conformity_assessment SET previous_status = status, status = 'concluded', transition = 'conclude',"
        " revision = revision + 1, moved_at = clock_timestamp() WHERE id = %s",
        row.pk,
    )
    factory.answer_all(case, row, factory.evidence(case))
    services.assessment_submit(assessment_id=row.pk, actor=case.lead, at=clock.now())
    with pytest.raises(Conflict):
        factory.answer_all(case, row, factory.evidence(case))
    row = services.assessment_return(assessment_id=row.pk, reasons="Look again.", actor=case.decider, at=clock.now())
    assert row.status == "on_site"


@pytest.mark.parametrize("grade", [Grade.MAJOR, Grade.MINOR])
def test_an_open_finding_stops_conformity_but_not_nonconformity(case: Scheme, grade: Grade) -> None:
    row = factory.assessment(case)
    factory.answer_all(case, row, factory.evidence(case))
    criterion = selectors.criteria_applicable(row.criteria_set_id, ServiceKind.TIMESTAMP, Level.QUALIFIED)[0]
    services.results_record(
        assessment_id=row.pk,
        results=[ResultInput(criterion.pk, Outcome.NONCONFORM, reason="Not met.")],
        actor=case.assessor,
        at=clock.now(),
    )
    services.finding_raise(
        assessment_id=row.pk,
        criterion_id=criterion.pk,
        grade=grade,
        statement="Missing.",
        actor=case.assessor,
        at=clock.now(),
    )
    services.assessment_submit(assessment_id=row.pk, actor=case.lead, at=clock.now())
    with pytest.raises(PreconditionFailed) as refusal:
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=case.decider, at=clock.now()
        )
    assert refusal.value.extra["open"] == (["F1", criterion.code] if grade is Grade.MAJOR else ["F1"])
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values)
    report = services.assessment_conclude(
        assessment_id=row.pk, conclusion=Conclusion.NONCONFORM, actor=case.decider, at=clock.now()
    )
    assert json.loads(report.body)["findings"][0]["status"] == "open"


def test_a_nonconformity_without_a_finding_does_not_conform(case: Scheme) -> None:
    row = factory.assessment(case)
    factory.answer_all(case, row, factory.evidence(case))
    criterion = selectors.criteria_applicable(row.criteria_set_id, ServiceKind.TIMESTAMP, Level.QUALIFIED)[0]
    services.results_record(
        assessment_id=row.pk,
        results=[ResultInput(criterion.pk, Outcome.NONCONFORM, reason="Not met.")],
        actor=case.assessor,
        at=clock.now(),
    )
    with pytest.raises(PreconditionFailed) as refusal:
        factory.conclude(case, row)
    assert refusal.value.extra["open"] == [criterion.code]
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values)


def test_what_is_concluded_is_frozen(case: Scheme) -> None:
    report = factory.concluded(case)
    row = report.assessment
    with pytest.raises(Conflict):
        factory.answer_all(case, row, factory.evidence(case))
    with pytest.raises(Conflict):
        services.assessment_member_remove(
            assessment_id=row.pk, person_id=case.assessor.person_id, actor=case.lead, at=clock.now()
        )
    with pytest.raises(TransitionNotAllowed):
        services.assessment_cancel(assessment_id=row.pk, actor=case.lead, at=clock.now())
    refused("UPDATE conformity_assessment SET level = 'specified' WHERE id = %s", row.pk)
    refused("UPDATE conformity_assessment SET status = 'opened' WHERE id = %s", row.pk)
    refused("DELETE FROM conformity_assessment WHERE id = %s", row.pk)
    refused("UPDATE conformity_criterionresult SET outcome = 'nonconform' WHERE assessment_id = %s", row.pk)
    refused("DELETE FROM conformity_criterionresult WHERE assessment_id = %s", row.pk)
    refused(
        "INSERT INTO conformity_criterionresult (id, assessment_id, criterion_id, version, outcome, reason,"
        " notes, evidence, by_id, at)"
        " SELECT gen_random_uuid(), assessment_id, criterion_id, 2, 'not_applicable', 'x', '', '{}', by_id,"
        " clock_timestamp()"
        " FROM conformity_criterionresult LIMIT 1"
    )
    refused("UPDATE conformity_assessmentmember SET removed_at = clock_timestamp() WHERE assessment_id = %s", row.pk)
    refused("UPDATE conformity_report SET conclusion = 'nonconform'")
    refused("DELETE FROM conformity_report")


def test_a_false_digest_is_refused(case: Scheme) -> None:
    row = submitted(case)
    sql, values = insert_report(row, case.decider.person_id)
    refused(sql, *values[:3], "0" * 64, values[4])
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_a_conclusion_asks_a_bounded_number_of_questions(case: Scheme, django_assert_max_num_queries: object) -> None:
    row = submitted(case)
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        services.assessment_conclude(
            assessment_id=row.pk, conclusion=Conclusion.CONFORM, actor=case.decider, at=clock.now()
        )
