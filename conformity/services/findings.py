"""Findings are raised by the team, answered by the provider, verified by the team: one function for one arrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from conformity import selectors
from conformity.domain import lifecycle
from conformity.domain.findings import AnswerKind, Grade, deadlines
from conformity.domain.periods import scheme_periods
from conformity.domain.roles import ANSWER_FINDING, ASSESS
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.domain.tags import Tag
from conformity.models import Assessment, Finding, FindingAnswer
from conformity.services.assessments import require_assessing, require_evidence, require_member
from conformity.services.moves import begun, first_move, lock, move
from trustreg.base import events, outbox
from trustreg.base.errors import Conflict, InvalidInput, SeparationViolated
from trustreg.base.lifecycle import Arrow
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.separation import are_two_people
from trustreg.parties.selectors import authorise


@transaction.atomic
def finding_raise(
    *, assessment_id: UUID, criterion_id: UUID, grade: Grade, statement: str, actor: Actor, at: datetime
) -> Finding:
    """Raise a finding on an applicable criterion; its deadlines come from the scheme's periods.

    Raises InvalidInput, Conflict (not being assessed), NotPermitted, NotFound.
    """
    assessment = lock(Assessment, assessment_id)
    require_assessing(assessment, actor, at)
    _require_text(statement, "statement")
    applicable = selectors.criteria_applicable(
        assessment.criteria_set_id, ServiceKind(assessment.service_kind), Level(assessment.level)
    )
    if criterion_id not in {row.pk for row in applicable}:
        raise InvalidInput(
            "This criterion does not apply here.",
            "この評価に適用されない基準です。",
            fields={"criterion_id": {"en": "Not applicable.", "ja": "適用されません。"}},
        )
    due = deadlines(grade, at, scheme_periods(assessment.legal_basis))
    last = Finding.objects.filter(assessment=assessment).aggregate(last=Max("number"))["last"] or 0
    row = Finding.objects.create(
        assessment=assessment,
        criterion_id=criterion_id,
        number=last + 1,
        grade=grade,
        statement=statement.strip(),
        raised_by_id=actor.person_id,
        raised_at=at,
        plan_due=due.plan_due,
        close_due=due.close_due,
        **first_move(lifecycle.RAISE, actor=actor, at=at),
    )
    begun(row, actor=actor, at=at, data={"assessment": str(assessment_id), "grade": grade.value})
    outbox.emit("conformity.finding.raised", {"finding_id": str(row.pk)})
    return row


@transaction.atomic
def finding_plan_submit(*, finding_id: UUID, text: str, actor: Actor, at: datetime) -> Finding:
    """The provider says how and by when it will correct.

    Raises InvalidInput, TransitionNotAllowed, NotPermitted, NotFound.
    """
    return _provider_answers(finding_id, lifecycle.SUBMIT_PLAN, AnswerKind.PLAN, text, (), actor=actor, at=at)


@transaction.atomic
def finding_plan_accept(*, finding_id: UUID, text: str = "", actor: Actor, at: datetime) -> Finding:
    """The team accepts the plan. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    return _team_answers(finding_id, lifecycle.ACCEPT_PLAN, AnswerKind.PLAN_ACCEPTED, text, actor=actor, at=at)


@transaction.atomic
def finding_plan_return(*, finding_id: UUID, text: str, actor: Actor, at: datetime) -> Finding:
    """The team gives the plan back with reasons. Raises InvalidInput, TransitionNotAllowed, NotPermitted, NotFound."""
    _require_text(text, "text")
    return _team_answers(finding_id, lifecycle.RETURN_PLAN, AnswerKind.PLAN_RETURNED, text, actor=actor, at=at)


@transaction.atomic
def finding_correct(
    *, finding_id: UUID, text: str, evidence: Sequence[str] = (), actor: Actor, at: datetime
) -> Finding:
    """The provider reports the correction; `evidence`: SHA-256 of its own evidence.

    From `overdue` or `escalated` only when a plan was accepted before. Raises InvalidInput, TransitionNotAllowed,
    NotPermitted, NotFound.
    """
    return _provider_answers(finding_id, lifecycle.CORRECT, AnswerKind.CORRECTION, text, evidence, actor=actor, at=at)


@transaction.atomic
def finding_reopen(*, finding_id: UUID, text: str, actor: Actor, at: datetime) -> Finding:
    """The team finds the correction wanting. Raises InvalidInput, TransitionNotAllowed, NotPermitted, NotFound."""
    _require_text(text, "text")
    return _team_answers(
        finding_id, lifecycle.REOPEN, AnswerKind.REOPENED, text, actor=actor, at=at, corrected_by_id=None
    )


@transaction.atomic
def finding_verify(*, finding_id: UUID, text: str = "", actor: Actor, at: datetime) -> Finding:
    """The team verifies the correction and closes the finding; never whoever corrected it.

    Raises SeparationViolated, TransitionNotAllowed, NotPermitted, NotFound.
    """
    return _team_answers(
        finding_id, lifecycle.VERIFY, AnswerKind.VERIFICATION, text, actor=actor, at=at, verified_by_id=actor.person_id
    )


@transaction.atomic
def finding_regrade(*, finding_id: UUID, grade: Grade, reason: str, actor: Actor, at: datetime) -> Finding:
    """Change the grade, by a second person of the team and with a reason; deadlines follow the new grade from the day
    it was raised.

    Raises SeparationViolated, InvalidInput, Conflict (closed, or no longer being assessed), NotPermitted, NotFound.
    """
    row, assessment = _locked(finding_id)
    require_assessing(assessment, actor, at)
    _require_text(reason, "reason")
    if not are_two_people(row.raised_by_id, actor.person_id):
        raise SeparationViolated("A second person regrades.", "指摘した本人は等級を変更できません。")
    if row.status == lifecycle.FindingStatus.VERIFIED_CLOSED or row.grade == grade:
        raise Conflict("The finding is closed or has this grade already.", "指摘が完了済みか、すでにこの等級です。")
    before = row.grade
    due = deadlines(grade, row.raised_at, scheme_periods(assessment.legal_basis))
    # The answer first: the database lets the grade change only when a second person has said why.
    _answer(row, AnswerKind.REGRADED, f"{before} -> {grade}: {reason.strip()}", (), actor, at)
    row.grade, row.plan_due, row.close_due = grade, due.plan_due, due.close_due
    row.save(update_fields=["grade", "plan_due", "close_due"])
    events.record(
        Tag.FINDING_REGRADED, actor=actor, at=at, subject=("finding", row.pk), data={"from": before, "to": grade.value}
    )
    return row


@transaction.atomic
def findings_sweep(*, actor: Actor, at: datetime) -> tuple[int, int]:
    """Mark findings overdue whose plan or closing was due, and escalate major ones that stayed so; run by schedule.

    Returns (newly overdue, newly escalated). Each goes out as news, so that the accreditation body can act.
    """
    live = Finding.objects.exclude(assessment__status=lifecycle.AssessmentStatus.CANCELLED).exclude(
        Q(assessment__status=lifecycle.AssessmentStatus.CONCLUDED) & ~Q(grade=Grade.MINOR)
    )
    late = live.filter(
        Q(status=lifecycle.FindingStatus.OPEN, plan_due__lte=at)
        | Q(status__in=lifecycle.MARK_OVERDUE.sources, close_due__lte=at)
    )
    overdue = list(late.select_for_update(skip_locked=True, of=("self",)))
    for row in overdue:
        move(row, lifecycle.MARK_OVERDUE, actor=actor, at=at)
        outbox.emit("conformity.finding.overdue", {"finding_id": str(row.pk)})
    waiting = live.filter(status=lifecycle.FindingStatus.OVERDUE, grade=Grade.MAJOR).select_related("assessment")
    escalated = 0
    for row in waiting.select_for_update(skip_locked=True, of=("self",)):
        patience = timedelta(days=scheme_periods(row.assessment.legal_basis).escalation_days)
        if row.close_due is not None and row.close_due + patience <= at:
            move(row, lifecycle.ESCALATE, actor=actor, at=at)
            outbox.emit("conformity.finding.escalated", {"finding_id": str(row.pk)})
            escalated += 1
    return len(overdue), escalated


def _locked(finding_id: UUID) -> tuple[Finding, Assessment]:
    # The assessment first: whoever concludes it locks it too, so nothing moves under a report.
    found = Finding.objects.filter(pk=finding_id).values_list("assessment_id", flat=True).first()
    assessment = lock(Assessment, found) if found else None
    row = lock(Finding, finding_id)
    if assessment is None:  # a finding that did not exist was refused by the line before
        raise Conflict("The finding has gone.", "指摘がありません。")
    return row, assessment


def _provider_answers(
    finding_id: UUID, arrow: Arrow, kind: AnswerKind, text: str, evidence: Sequence[str], *, actor: Actor, at: datetime
) -> Finding:
    row, assessment = _locked(finding_id)
    authorise(actor, ANSWER_FINDING, at, organisation_id=assessment.provider_id)
    _require_live(row, assessment)
    _require_text(text, "text")
    require_evidence(assessment.provider_id, evidence)
    arrow.check(row.status)
    changes = {}
    if arrow is lifecycle.CORRECT:
        if not FindingAnswer.objects.filter(finding=row, kind=AnswerKind.PLAN_ACCEPTED).exists():
            raise Conflict(
                "A plan has to be accepted first.", "先に是正計画の承認が必要です。", extra={"status": row.status}
            )
        changes = {"corrected_by_id": actor.person_id}
    move(row, arrow, actor=actor, at=at, changes=changes)
    _answer(row, kind, text.strip(), evidence, actor, at)
    return row


def _team_answers(
    finding_id: UUID, arrow: Arrow, kind: AnswerKind, text: str, *, actor: Actor, at: datetime, **changes: UUID | None
) -> Finding:
    row, assessment = _locked(finding_id)
    authorise(actor, ASSESS, at, organisation_id=assessment.cab_id)
    require_member(assessment, actor)
    _require_live(row, assessment)
    arrow.check(row.status)
    if row.corrected_by_id is not None and not are_two_people(row.corrected_by_id, actor.person_id):
        raise SeparationViolated("Whoever corrected does not verify.", "是正した本人は検証できません。")
    move(row, arrow, actor=actor, at=at, changes=changes)
    _answer(row, kind, text.strip(), (), actor, at)
    return row


def _require_live(row: Finding, assessment: Assessment) -> None:
    """Minor findings are followed up after the conclusion too; all else is frozen with its assessment."""
    if assessment.status == lifecycle.AssessmentStatus.CANCELLED or (
        assessment.status == lifecycle.AssessmentStatus.CONCLUDED and row.grade != Grade.MINOR
    ):
        raise Conflict(
            f"The assessment is {assessment.status}; this finding is frozen.",
            "評価が終わっているため、この指摘は変更できません。",
            extra={"status": assessment.status},
        )


def _answer(row: Finding, kind: AnswerKind, text: str, evidence: Sequence[str], actor: Actor, at: datetime) -> None:
    FindingAnswer.objects.create(
        finding=row, kind=kind, text=text, evidence=sorted(set(evidence)), by_id=actor.person_id, at=at
    )


def _require_text(text: str, field: str) -> None:
    if not text.strip():
        raise InvalidInput(
            "A text is needed.",
            "内容を入力してください。",
            fields={field: {"en": "A value is needed.", "ja": "入力してください。"}},
        )
