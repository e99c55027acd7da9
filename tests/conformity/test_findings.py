"""Findings: raised by the team, answered by the provider, verified by the team."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from conformity import selectors, services
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.findings import Grade
from conformity.domain.periods import scheme_periods
from conformity.models import Assessment, Criterion, Finding, FindingAnswer
from conformity.services import ResultInput, findings
from tests.factories import conformity as factory
from tests.factories.conformity import Scheme
from trustreg.base import clock
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    NotPermitted,
    SeparationViolated,
    TransitionNotAllowed,
)
from trustreg.base.models import OutboxMessage
from trustreg.parties.domain.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Scheme:
    return factory.scheme()


@pytest.fixture
def row(case: Scheme) -> Assessment:
    return factory.assessment(case)


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def criterion(row: Assessment, code: str = "TSA-01") -> Criterion:
    return Criterion.objects.get(criteria_set_id=row.criteria_set_id, code=code)


def raised(case: Scheme, row: Assessment, grade: Grade = Grade.MAJOR, **facts: object) -> Finding:
    values: dict[str, object] = {
        "criterion_id": criterion(row).pk,
        "statement": "No record.",
        "actor": case.assessor,
        "at": clock.now(),
    }
    return services.finding_raise(assessment_id=row.pk, grade=grade, **(values | facts))  # type: ignore[arg-type]


def answered(case: Scheme, finding: Finding, upto: str) -> Finding:
    steps = [
        (
            "plan_submitted",
            lambda: services.finding_plan_submit(
                finding_id=finding.pk, text="Plan", actor=case.officer, at=clock.now()
            ),
        ),
        (
            "plan_accepted",
            lambda: services.finding_plan_accept(finding_id=finding.pk, actor=case.assessor, at=clock.now()),
        ),
        (
            "corrected",
            lambda: services.finding_correct(finding_id=finding.pk, text="Done", actor=case.officer, at=clock.now()),
        ),
        ("verified_closed", lambda: services.finding_verify(finding_id=finding.pk, actor=case.lead, at=clock.now())),
    ]
    for status, step in steps:
        finding = step()
        assert finding.status == status
        if status == upto:
            break
    return finding


def move(transition: str, to: str, **values: str) -> str:
    more = "".join(f", {name} = {value}" for name, value in values.items())
    return (
        f"UPDATE conformity_finding SET previous_status = status, status = '{to}', transition = '{transition}',"
        f" revision = revision + 1, moved_at = clock_timestamp(){more} WHERE id = %s"
    )


def test_a_finding_goes_from_open_to_closed_through_both_sides(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    periods = scheme_periods()
    assert finding.close_due == finding.raised_at + timedelta(days=periods.major_close_days)
    assert finding.number == 1
    closed = answered(case, finding, "verified_closed")
    assert (closed.corrected_by_id, closed.verified_by_id) == (case.officer.person_id, case.lead.person_id)
    kinds = [answer.kind for answer in FindingAnswer.objects.filter(finding=finding)]
    assert kinds == ["plan", "plan_accepted", "correction", "verification"]
    assert raised(case, row).number == 2


def test_plans_and_corrections_go_back_when_they_do_not_suffice(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    answered(case, finding, "plan_submitted")
    finding = services.finding_plan_return(finding_id=finding.pk, text="Too vague.", actor=case.lead, at=clock.now())
    assert finding.status == "open"
    answered(case, finding, "corrected")
    finding = services.finding_reopen(finding_id=finding.pk, text="Not done.", actor=case.lead, at=clock.now())
    assert (finding.status, finding.corrected_by_id) == ("plan_accepted", None)
    with pytest.raises(InvalidInput):
        services.finding_reopen(finding_id=finding.pk, text=" ", actor=case.lead, at=clock.now())


def test_each_side_does_its_own_part_only(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    act = {"finding_id": finding.pk, "at": clock.now()}
    with pytest.raises(NotPermitted):
        services.finding_plan_submit(text="x", actor=case.assessor, **act)
    with pytest.raises(TransitionNotAllowed):
        services.finding_plan_accept(actor=case.assessor, **act)
    with pytest.raises(TransitionNotAllowed):
        services.finding_correct(text="x", actor=case.officer, **act)
    with pytest.raises(TransitionNotAllowed):
        services.finding_verify(actor=case.lead, **act)
    answered(case, finding, "corrected")
    for someone in (case.officer, case.decider, case.approver):
        with pytest.raises(NotPermitted):
            services.finding_verify(actor=someone, **act)


def test_a_finding_is_raised_by_the_team_on_an_applicable_criterion(case: Scheme, row: Assessment) -> None:
    with pytest.raises(NotPermitted):
        raised(case, row, actor=case.officer)
    with pytest.raises(InvalidInput):
        raised(case, row, criterion_id=criterion(row, "SIG-01").pk)
    with pytest.raises(InvalidInput):
        raised(case, row, statement=" ")


def test_evidence_of_a_correction_is_of_the_provider(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    answered(case, finding, "plan_accepted")
    with pytest.raises(InvalidInput):
        services.finding_correct(
            finding_id=finding.pk, text="x", evidence=["0" * 64], actor=case.officer, at=clock.now()
        )
    proof = factory.evidence(case)
    services.finding_correct(
        finding_id=finding.pk, text="x", evidence=[proof.sha256], actor=case.officer, at=clock.now()
    )
    assert FindingAnswer.objects.get(finding=finding, kind="correction").evidence == [proof.sha256]


def test_a_second_person_regrades_with_a_reason(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    act = {"finding_id": finding.pk, "grade": Grade.MINOR, "at": clock.now()}
    with pytest.raises(SeparationViolated):
        services.finding_regrade(reason="Softer.", actor=case.assessor, **act)
    with pytest.raises(InvalidInput):
        services.finding_regrade(reason="", actor=case.lead, **act)
    changed = services.finding_regrade(reason="Only one record is missing.", actor=case.lead, **act)
    changed.refresh_from_db()
    assert changed.grade == "minor"
    assert changed.close_due == finding.raised_at + timedelta(days=scheme_periods().minor_close_days)


def overdue(case: Scheme, row: Assessment, grade: Grade, days: int, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """A finding that was due `days` ago: nothing else moves a deadline than the scheme's periods."""
    names = ("major_plan_days", "major_close_days", "minor_plan_days", "minor_close_days")
    periods = replace(scheme_periods(), **dict.fromkeys(names, -days))
    with monkeypatch.context() as patch:
        patch.setattr(findings, "scheme_periods", lambda basis: periods)
        return raised(case, row, grade)


def test_what_is_late_is_marked_and_majors_are_escalated(
    case: Scheme, row: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = overdue(case, row, Grade.MINOR, 1, monkeypatch)
    very_late = overdue(case, row, Grade.MAJOR, scheme_periods().escalation_days + 1, monkeypatch)
    raised(case, row, Grade.OBSERVATION)
    fresh = raised(case, row)
    assert services.findings_sweep(actor=SYSTEM, at=clock.now()) == (2, 1)
    assert services.findings_sweep(actor=SYSTEM, at=clock.now()) == (0, 0)
    status = dict(Finding.objects.values_list("pk", "status"))
    assert (status[late.pk], status[very_late.pk], status[fresh.pk]) == ("overdue", "escalated", "open")
    assert OutboxMessage.objects.filter(topic="conformity.finding.escalated").count() == 1
    answer = services.finding_plan_submit(finding_id=late.pk, text="Late plan", actor=case.officer, at=clock.now())
    assert answer.status == "plan_submitted"


def test_a_correction_out_of_overdue_needs_an_accepted_plan(
    case: Scheme, row: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = overdue(case, row, Grade.MINOR, 1, monkeypatch)
    services.findings_sweep(actor=SYSTEM, at=clock.now())
    with pytest.raises(Conflict):
        services.finding_correct(finding_id=finding.pk, text="x", actor=case.officer, at=clock.now())


def test_minor_findings_are_followed_up_after_the_conclusion_and_others_rest(case: Scheme, row: Assessment) -> None:
    factory.answer_all(case, row, factory.evidence(case))
    minor = raised(case, row, Grade.MINOR)
    services.results_record(
        assessment_id=row.pk,
        results=[ResultInput(criterion(row).pk, Outcome.NONCONFORM, reason="One gap.")],
        actor=case.lead,
        at=clock.now(),
    )
    note = raised(case, row, Grade.OBSERVATION, criterion_id=criterion(row, "TSA-02").pk)
    answered(case, minor, "plan_accepted")
    report = factory.conclude(case, row, Conclusion.CONFORM)
    minor = services.finding_correct(finding_id=minor.pk, text="Done", actor=case.officer, at=clock.now())
    minor = services.finding_verify(finding_id=minor.pk, actor=case.lead, at=clock.now())
    assert minor.status == "verified_closed"
    assert '"status":"plan_accepted"' in report.body, "the report keeps what was so when it was concluded"
    with pytest.raises(Conflict):
        services.finding_plan_submit(finding_id=note.pk, text="x", actor=case.officer, at=clock.now())
    with pytest.raises(Conflict):
        raised(case, row)
    refused(move("submit_plan", "plan_submitted"), note.pk)
    refused("UPDATE conformity_finding SET grade = 'minor' WHERE id = %s", note.pk)


def test_a_cancelled_assessment_takes_its_findings_with_it(
    case: Scheme, row: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = overdue(case, row, Grade.MAJOR, 30, monkeypatch)
    services.assessment_cancel(assessment_id=row.pk, actor=case.lead, at=clock.now())
    with pytest.raises(Conflict):
        services.finding_plan_submit(finding_id=finding.pk, text="x", actor=case.officer, at=clock.now())
    assert services.findings_sweep(actor=SYSTEM, at=clock.now()) == (0, 0)


def test_the_database_refuses_what_the_services_refuse(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    answered(case, finding, "corrected")
    refused(move("verify", "verified_closed", verified_by_id="corrected_by_id"), finding.pk)
    refused(move("verify", "verified_closed"), finding.pk)
    refused(move("verify", "verified_closed", verified_by_id=f"'{case.decider.person_id}'"), finding.pk)
    refused(move("accept_plan", "plan_accepted"), finding.pk)
    refused("UPDATE conformity_finding SET status = 'verified_closed' WHERE id = %s", finding.pk)
    refused("UPDATE conformity_finding SET statement = 'nothing' WHERE id = %s", finding.pk)
    refused("UPDATE conformity_finding SET grade = 'minor' WHERE id = %s", finding.pk)
    refused("UPDATE conformity_finding SET close_due = close_due + interval '1 year' WHERE id = %s", finding.pk)
    refused("UPDATE conformity_finding SET corrected_by_id = NULL WHERE id = %s", finding.pk)
    refused("DELETE FROM conformity_finding WHERE id = %s", finding.pk)
    refused("UPDATE conformity_findinganswer SET text = 'x'")
    refused("DELETE FROM conformity_findinganswer")


def test_the_team_does_not_correct_in_the_database_either(case: Scheme, row: Assessment) -> None:
    finding = raised(case, row)
    answered(case, finding, "plan_accepted")
    refused(move("correct", "corrected", corrected_by_id=f"'{case.lead.person_id}'"), finding.pk)


def test_findings_with_their_answers_come_in_two_questions(
    case: Scheme, row: Assessment, django_assert_num_queries: object
) -> None:
    for code in ("TSA-01", "TSA-02", "TSA-03"):
        raised(case, row, criterion_id=criterion(row, code).pk)
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert [(f.criterion.code, len(f.answers.all())) for f in selectors.findings_of(row.pk)] == [
            ("TSA-01", 0),
            ("TSA-02", 0),
            ("TSA-03", 0),
        ]
