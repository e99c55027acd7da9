"""Whose turn it is: the work that waits for one person in one role, and what waits for others (ui.md 2, `/inbox`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet

from certification.domain import lifecycle
from certification.domain.lifecycle import ApplicationStatus, DecisionStatus
from certification.models import Application, CaseAssessment, Decision, DecisionProposal, Service
from certification.selectors import register
from conformity.domain.findings import AnswerKind, Grade
from conformity.domain.lifecycle import AssessmentStatus, FindingStatus
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import Assessment, AssessmentMember, Criterion, CriterionResult, Finding, FindingAnswer
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES, Role

DONE_SHOWN = 50


class Task(StrEnum):
    """What is to be done, or what is awaited."""

    COMPLETE = "complete"  # provider: a draft
    MEND = "mend"  # provider: a returned application
    PLAN = "plan"  # provider: a corrective plan
    CORRECT = "correct"  # provider: the correction
    REVIEW = "review"  # body: accept, return or refuse
    OPEN = "open"  # body: open the assessment
    ASSESS = "assess"  # body: criteria
    CHECK_PLAN = "check_plan"  # body: a plan
    VERIFY = "verify"  # body: a correction
    CONCLUDE = "conclude"  # body's decider: the report
    TAKE_OVER = "take_over"  # body: the report is there, the case takes it over
    FORWARD = "forward"  # body's decider: hand over
    PROPOSE = "propose"  # accreditation body: the proposal
    MEND_PROPOSAL = "mend_proposal"
    APPROVE = "approve"
    RATIFY = "ratify"  # confirm or lift an urgent suspension
    NOTHING = "nothing"  # ended


@dataclass(frozen=True, slots=True)
class Turn:
    """One piece of work. `progress`: (criteria answered, criteria in all) of an assessment under way."""

    task: Task
    service: Service
    since: datetime
    due: datetime | None = None
    application: Application | None = None
    assessment: Assessment | None = None
    finding: Finding | None = None
    decision: Decision | None = None
    progress: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Turns:
    """`mine` waits for the person, `waiting` for somebody else; `team` is both; each by deadline, then age."""

    mine: tuple[Turn, ...] = ()
    waiting: tuple[Turn, ...] = ()
    done: tuple[Turn, ...] = ()

    @property
    def team(self) -> tuple[Turn, ...]:
        return _by_deadline((*self.mine, *self.waiting))


@dataclass(slots=True)
class _Found:
    mine: list[Turn] = field(default_factory=list)
    waiting: list[Turn] = field(default_factory=list)

    def add(self, turn: Turn, *, mine: bool) -> None:
        (self.mine if mine else self.waiting).append(turn)


def turns_of(role: Role, *, organisation_id: UUID, person_id: UUID, at: datetime) -> Turns:
    """The work of a person who acts in `role` for an organisation; nothing for roles without cases."""
    found = _Found()
    if role in PROVIDER_ROLES:
        cases = Application.objects.filter(service__provider_id=organisation_id)
        _provider(found, cases)
    elif role in CAB_ROLES:
        cases = _handed_in().filter(cab_id=organisation_id)
        _body(found, cases, role, person_id)
    elif role in AB_ROLES:
        cases = _handed_in()
        _accreditation_body(found, cases, role, organisation_id, person_id, at)
    else:
        return Turns()
    closed = _dated(cases.filter(status__in=lifecycle.APPLICATION_CLOSED)).order_by("-since", "id")[:DONE_SHOWN]
    done = tuple(Turn(Task.NOTHING, row.service, row.since, application=row) for row in closed)
    return Turns(_by_deadline(found.mine), _by_deadline(found.waiting), done)


def _by_deadline(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    return tuple(sorted(turns, key=lambda turn: (turn.due is None, turn.due or turn.since, turn.since)))


def _handed_in() -> QuerySet[Application]:
    """Applications that were submitted once; nobody but the provider knows of the others."""
    return Application.objects.filter(
        pk__in=Application.objects.filter(events__transition=lifecycle.SUBMIT.name).values("pk")
    )


def _dated(rows: QuerySet[Application]) -> QuerySet[Any]:
    return rows.select_related("service__provider", "cab").annotate(since=Max("events__at"))


def _open(rows: QuerySet[Application]) -> QuerySet[Any]:
    return _dated(rows.exclude(status__in=lifecycle.APPLICATION_CLOSED))


@dataclass(frozen=True, slots=True)
class _Case:
    application: Any  # with the annotation `since`
    assessment: Assessment | None
    findings: tuple[Finding, ...]
    members: frozenset[UUID]
    progress: tuple[int, int] | None


def _cases(rows: Collection[Application]) -> Iterator[_Case]:
    """Applications with the assessment under way of each (five queries, however many)."""
    under_way = [row.pk for row in rows if row.status == ApplicationStatus.ASSESSING]
    latest = {
        link.application_id: link.assessment
        for link in CaseAssessment.objects.filter(application__in=under_way)
        .select_related("assessment")
        .order_by("opened_at")
    }
    ids = [row.pk for row in latest.values()]
    findings: dict[UUID, list[Finding]] = {}
    members: dict[UUID, set[UUID]] = {}
    answered: dict[UUID, int] = {}
    criteria: dict[UUID, list[Criterion]] = {}
    if ids:
        for finding in findings_with_plan().filter(assessment__in=ids):
            findings.setdefault(finding.assessment_id, []).append(finding)
        team = AssessmentMember.objects.filter(assessment__in=ids, removed_at=None)
        for assessment_id, person_id in team.values_list("assessment_id", "person_id"):
            members.setdefault(assessment_id, set()).add(person_id)
        results = CriterionResult.objects.filter(assessment__in=ids).order_by().values_list("assessment", "criterion")
        for assessment_id, _ in results.distinct():
            answered[assessment_id] = answered.get(assessment_id, 0) + 1
        sets = {row.criteria_set_id for row in latest.values()}
        for criterion in Criterion.objects.filter(criteria_set__in=sets):
            criteria.setdefault(criterion.criteria_set_id, []).append(criterion)
    for row in rows:
        assessment = latest.get(row.pk)
        if assessment is None:
            yield _Case(row, None, (), frozenset(), None)
            continue
        kind, level = ServiceKind(assessment.service_kind), Level(assessment.level)
        total = sum(item.applicability.covers(kind, level) for item in criteria.get(assessment.criteria_set_id, ()))
        yield _Case(
            row,
            assessment,
            tuple(findings.get(assessment.pk, ())),
            frozenset(members.get(assessment.pk, ())),
            (answered.get(assessment.pk, 0), total),
        )


def _turn(
    task: Task,
    case: _Case,
    *,
    finding: Finding | None = None,
    due: datetime | None = None,
    since: datetime | None = None,
) -> Turn:
    return Turn(
        task,
        case.application.service,
        since or case.application.since,
        due,
        application=case.application,
        assessment=case.assessment,
        finding=finding,
        progress=case.progress,
    )


def findings_with_plan() -> QuerySet[Finding]:
    """Findings in order, with their criterion and the annotation `planned`: whether a plan was accepted once."""
    accepted = FindingAnswer.objects.filter(finding=OuterRef("pk"), kind=AnswerKind.PLAN_ACCEPTED)
    return Finding.objects.select_related("criterion").annotate(planned=Exists(accepted)).order_by("number")


_FINDING_TASKS = {
    FindingStatus.OPEN: Task.PLAN,
    FindingStatus.PLAN_SUBMITTED: Task.CHECK_PLAN,
    FindingStatus.PLAN_ACCEPTED: Task.CORRECT,
    FindingStatus.CORRECTED: Task.VERIFY,
}


def finding_task(row: Any) -> Task | None:
    """What is owed on one of `findings_with_plan`, None when nothing is; plans and corrections are the provider's."""
    if row.status == FindingStatus.VERIFIED_CLOSED or row.grade == Grade.OBSERVATION:
        return None
    # Past its deadline a finding needs the correction once its plan was accepted, else the plan.
    late = Task.CORRECT if row.planned else Task.PLAN
    return _FINDING_TASKS.get(FindingStatus(row.status), late)


def _finding_turn(case: _Case, row: Finding, task: Task) -> Turn:
    due = row.plan_due if task in (Task.PLAN, Task.CHECK_PLAN) else row.close_due
    return _turn(task, case, finding=row, due=due, since=row.moved_at)


_PROVIDER_WAITS = {
    ApplicationStatus.SUBMITTED: Task.REVIEW,
    ApplicationStatus.ACCEPTED: Task.OPEN,
    ApplicationStatus.ASSESSING: Task.ASSESS,
    ApplicationStatus.CONCLUDED: Task.FORWARD,
    ApplicationStatus.UNDER_DECISION: Task.PROPOSE,
}
_PROVIDER_ACTS = {ApplicationStatus.DRAFT: Task.COMPLETE, ApplicationStatus.RETURNED: Task.MEND}


def _provider(found: _Found, rows: QuerySet[Application]) -> None:
    for case in _cases(list(_open(rows))):
        status = ApplicationStatus(case.application.status)
        if status in _PROVIDER_ACTS:
            found.add(_turn(_PROVIDER_ACTS[status], case), mine=True)
            continue
        found.add(_turn(_PROVIDER_WAITS[status], case), mine=False)
        for row in case.findings:
            task = finding_task(row)
            if task is not None:
                found.add(_finding_turn(case, row, task), mine=task in (Task.PLAN, Task.CORRECT))


def _body(found: _Found, rows: QuerySet[Application], role: Role, person_id: UUID) -> None:
    for case in _cases(list(_open(rows))):
        status = ApplicationStatus(case.application.status)
        if case.assessment is None:
            task, roles = _BODY_TASKS[status]
            found.add(_turn(task, case), mine=role in roles)
            continue
        task, mine = _stage(case.assessment.status, case.members, role, person_id)
        found.add(_turn(task, case), mine=mine)
        in_team = person_id in case.members and role in (Role.CAB_LEAD, Role.CAB_ASSESSOR)
        for row in case.findings:
            owed = finding_task(row)
            if owed is not None:
                found.add(_finding_turn(case, row, owed), mine=in_team and owed in (Task.CHECK_PLAN, Task.VERIFY))


_NOBODY: frozenset[Role] = frozenset()
_BODY_TASKS = {
    ApplicationStatus.SUBMITTED: (Task.REVIEW, frozenset({Role.CAB_CLERK, Role.CAB_LEAD, Role.CAB_DECIDER})),
    ApplicationStatus.RETURNED: (Task.MEND, _NOBODY),
    ApplicationStatus.ACCEPTED: (Task.OPEN, frozenset({Role.CAB_LEAD})),
    ApplicationStatus.ASSESSING: (Task.ASSESS, _NOBODY),
    ApplicationStatus.CONCLUDED: (Task.FORWARD, frozenset({Role.CAB_DECIDER})),
    ApplicationStatus.UNDER_DECISION: (Task.PROPOSE, _NOBODY),
}


def _stage(status: str, members: frozenset[UUID], role: Role, person_id: UUID) -> tuple[Task, bool]:
    """What an assessment under way waits for, and whether for this person."""
    if status == AssessmentStatus.CONCLUDED:
        return Task.TAKE_OVER, role in (Role.CAB_LEAD, Role.CAB_DECIDER)
    if status == AssessmentStatus.REVIEW:
        return Task.CONCLUDE, role is Role.CAB_DECIDER and person_id not in members
    if status == AssessmentStatus.OPENED:
        return Task.ASSESS, role is Role.CAB_LEAD and (not members or person_id in members)
    return Task.ASSESS, person_id in members


def _accreditation_body(
    found: _Found, rows: QuerySet[Application], role: Role, body_id: UUID, person_id: UUID, at: datetime
) -> None:
    proposes, approves = role is Role.AB_PROPOSER, role is Role.AB_APPROVER
    decisions = list(
        Decision.objects.filter(body_id=body_id, status__in=(DecisionStatus.PROPOSED, DecisionStatus.RETURNED))
        .select_related("service__provider", "application__service__provider", "application__cab")
        .order_by("opened_at")
    )
    wrote = set(
        DecisionProposal.objects.filter(decision__in=decisions, proposer_id=person_id).values_list(
            "decision_id", flat=True
        )
    )
    for decision in decisions:
        proposed = decision.status == DecisionStatus.PROPOSED
        task = Task.APPROVE if proposed else Task.MEND_PROPOSAL
        mine = (approves and decision.pk not in wrote) if proposed else proposes
        found.add(
            Turn(task, decision.service, decision.opened_at, application=decision.application, decision=decision),
            mine=mine,
        )
    under_way = {decision.application_id for decision in decisions}
    for application in _open(rows).filter(status=ApplicationStatus.UNDER_DECISION):
        if application.pk not in under_way:
            turn = Turn(Task.PROPOSE, application.service, application.since, application=application)
            found.add(turn, mine=proposes)
    settling = {decision.service_id for decision in decisions}
    for item in register.ratifications_open(at):
        if item.decision.body_id == body_id and item.service.pk not in settling:
            turn = Turn(Task.RATIFY, item.service, item.since, item.due_at, decision=item.decision)
            found.add(turn, mine=proposes)
