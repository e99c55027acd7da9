"""What an assessment body reads of its cases: the list, one case, its criteria one by one, its people."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from certification.models import Application, CaseAssessment
from certification.models.applications import ApplicationEvidence
from conformity import selectors as conformity
from conformity.domain.criteria import Outcome, Tier
from conformity.domain.findings import Grade
from conformity.domain.lifecycle import AssessmentStatus, FindingStatus
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.domain.tags import moved
from conformity.models import (
    Assessment,
    AssessmentMember,
    Criterion,
    CriterionResult,
    Evidence,
    Finding,
    MemberRole,
    Movement,
)
from trustreg.base.errors import NotFound
from trustreg.base.models import Event
from trustreg.parties.domain.roles import Role
from trustreg.parties.models import Appointment, ConflictDeclaration

CLOSED = (AssessmentStatus.CONCLUDED, AssessmentStatus.CANCELLED)
_NUMBER = re.compile(r"(?:[Aa]-?)?(?:\d{4}-)?0*(\d{1,9})")


class Show(StrEnum):
    """Which cases of the body a list holds."""

    MINE = "mine"  # the person is in the team, or is to decide
    OPEN = "open"  # every case of the body that is under way
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion of a case with its latest result and the findings on it."""

    criterion: Criterion
    result: CriterionResult | None
    findings: tuple[Finding, ...]

    @property
    def is_open(self) -> bool:
        """Nobody has recorded a result yet."""
        return self.result is None

    @property
    def live_findings(self) -> tuple[Finding, ...]:
        """The findings that are not closed."""
        return tuple(row for row in self.findings if row.status != FindingStatus.VERIFIED_CLOSED)

    @property
    def group(self) -> tuple[str, str]:
        """Tier and family: the heading that it stands under."""
        return self.criterion.tier, self.criterion.family


@dataclass(frozen=True)
class Sheet:
    """Every criterion that a case must answer, in order, and all its findings."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]

    def line(self, code: str) -> Line:
        """The criterion of this code. Raises NotFound."""
        for line in self.lines:
            if line.criterion.code == code:
                return line
        raise NotFound(f"Criterion {code} does not apply to this case.", f"基準 {code} は、この案件にはありません。")

    @cached_property
    def answered(self) -> int:
        """How many criteria have a result."""
        return sum(not line.is_open for line in self.lines)

    @cached_property
    def missing(self) -> tuple[Line, ...]:
        """The criteria without a result."""
        return tuple(line for line in self.lines if line.is_open)

    def count(self, outcome: Outcome) -> int:
        """How many criteria have this result."""
        return sum(line.result is not None and line.result.outcome == outcome for line in self.lines)

    @cached_property
    def live_findings(self) -> tuple[Finding, ...]:
        """The findings that are not closed."""
        return tuple(row for row in self.findings if row.status != FindingStatus.VERIFIED_CLOSED)

    @cached_property
    def obstacles(self) -> tuple[str, ...]:
        """Why conformity cannot be concluded (`conformity.selectors.obstacles_to_conformity`)."""
        return conformity.obstacles_to_conformity((line.result for line in self.lines if line.result), self.findings)

    def due(self, status: str) -> datetime | None:
        """The next deadline of a finding; after the conclusion only minor ones are followed up."""
        rows: Iterable[Finding] = () if status == AssessmentStatus.CANCELLED else self.findings
        if status == AssessmentStatus.CONCLUDED:
            rows = (row for row in rows if row.grade == Grade.MINOR)
        return min((at for at in map(finding_due, rows) if at), default=None)


def finding_due(row: Finding) -> datetime | None:
    """What is due next of a finding: the plan, then the correction; None when nothing is owed."""
    if row.status == FindingStatus.VERIFIED_CLOSED or row.grade == Grade.OBSERVATION:
        return None
    return row.plan_due if row.status in (FindingStatus.OPEN, FindingStatus.PLAN_SUBMITTED) else row.close_due


@dataclass(frozen=True)
class CaseFile:
    """An assessment of a body with the application that it was made for, as one person of the body sees it."""

    assessment: Assessment
    application: Application | None
    members: tuple[AssessmentMember, ...] = ()  # everybody who is or was in the team
    reader: UUID | None = None

    @cached_property
    def team(self) -> tuple[AssessmentMember, ...]:
        """Who is in the team now."""
        return tuple(row for row in self.members if row.removed_at is None)

    @property
    def has_lead(self) -> bool:
        """Whether somebody leads the team."""
        return any(row.role == MemberRole.LEAD for row in self.team)

    @property
    def in_team(self) -> bool:
        """Whether the reader is in the team now."""
        return any(row.person_id == self.reader for row in self.team)

    @property
    def leads(self) -> bool:
        """Whether the reader leads the team."""
        return any(row.person_id == self.reader and row.role == MemberRole.LEAD for row in self.team)

    @property
    def was_in_team(self) -> bool:
        """Whether the reader is or ever was in the team: then they never decide."""
        return any(row.person_id == self.reader for row in self.members)

    @property
    def is_assessing(self) -> bool:
        """Whether results and findings are being recorded."""
        return self.assessment.status in (AssessmentStatus.DOCUMENTS, AssessmentStatus.ON_SITE)

    @property
    def number(self) -> str:
        """What people call the case: the number of the application, else the beginning of the assessment's id."""
        return self.application.number if self.application else str(self.assessment.pk)[:8]


def case_of_body(assessment_id: UUID, *, cab_id: UUID, person_id: UUID) -> CaseFile:
    """The case, for a person of the body that assesses. Raises NotFound, also for cases of other bodies."""
    link = (
        CaseAssessment.objects.select_related(
            "application__service",
            "assessment__provider",
            "assessment__cab",
            "assessment__criteria_set",
            "assessment__scope__accreditation",
        )
        .filter(assessment_id=assessment_id, assessment__cab_id=cab_id)
        .first()
    )
    assessment = link.assessment if link else conformity.assessment_get(assessment_id)
    if assessment.cab_id != cab_id:
        raise NotFound(f"There is no assessment {assessment_id}.", f"評価 {assessment_id} はありません。")
    members = AssessmentMember.objects.filter(assessment_id=assessment_id).select_related("person")
    return CaseFile(assessment, link.application if link else None, tuple(members), person_id)


def sheet_of(assessment: Assessment, *, answers: bool = False) -> Sheet:
    """The criteria of a case with results and findings (three queries; `answers` of findings are a fourth)."""
    criteria = conformity.criteria_applicable(
        assessment.criteria_set_id, ServiceKind(assessment.service_kind), Level(assessment.level)
    )
    results = {row.criterion_id: row for row in conformity.results_latest(assessment.pk)}
    raised = Finding.objects.filter(assessment=assessment).order_by("number")
    raised = raised.select_related("criterion", "raised_by", "verified_by")
    findings = tuple(raised.prefetch_related("answers") if answers else raised)
    return Sheet(
        tuple(
            Line(row, results.get(row.pk), tuple(item for item in findings if item.criterion_id == row.pk))
            for row in _in_order(criteria)
        ),
        findings,
    )


_TIER_ORDER = {Tier.SERVICE: 0, Tier.QUALIFIED: 1, Tier.COMMON: 2, Tier.CAB_DESIGNATION: 3}


def _in_order(criteria: Iterable[Criterion]) -> list[Criterion]:
    """What is particular to the service first, as the work view lists them; within it the order of the catalogue."""
    rows = list(criteria)
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        first.setdefault((row.tier, row.family), row.position)
    return sorted(rows, key=lambda row: (_TIER_ORDER[Tier(row.tier)], first[row.tier, row.family], row.position))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list of cases."""

    assessment: Assessment
    application: Application | None
    total: int
    answered: int
    findings: int  # open ones
    due: datetime | None
    lead: str  # id of the person who leads, else empty
    team: tuple[AssessmentMember, ...]


def cases_of(cab_id: UUID, *, person_id: UUID, decides: bool, show: Show, q: str = "") -> QuerySet[Assessment]:
    """The cases of a body, newest first. `decides`: what waits for a decider is theirs too; `q`: number or names."""
    rows = conformity.assessments_of_cab([cab_id])
    if show is Show.MINE:
        member = AssessmentMember.objects.filter(
            assessment=OuterRef("pk"), person_id=person_id, removed_at=None, assessment__cab_id=cab_id
        )
        mine = Q(Exists(member)) & ~Q(status__in=CLOSED)
        rows = rows.filter(mine | Q(status=AssessmentStatus.REVIEW)) if decides else rows.filter(mine)
    elif show is Show.OPEN:
        rows = rows.exclude(status__in=CLOSED)
    if q:
        linked = CaseAssessment.objects.filter(assessment=OuterRef("pk"))
        named = Q(application__service__name_ja__icontains=q) | Q(application__service__name_en__icontains=q)
        number = _NUMBER.fullmatch(q)
        if number:
            named |= Q(application__serial=int(number[1]))
        rows = rows.filter(
            Q(provider__name_ja__icontains=q) | Q(provider__name_en__icontains=q) | Q(Exists(linked.filter(named)))
        )
    return rows.order_by("-opened_at", "-id")


def case_rows(assessments: Collection[Assessment]) -> list[CaseRow]:
    """What the list shows of these cases (a fixed number of queries, however many)."""
    ids = [row.pk for row in assessments]
    links = {
        link.assessment_id: link.application
        for link in CaseAssessment.objects.filter(assessment__in=ids).select_related("application__service")
    }
    criteria: dict[UUID, list[Criterion]] = {}
    for criterion in Criterion.objects.filter(criteria_set__in={row.criteria_set_id for row in assessments}):
        criteria.setdefault(criterion.criteria_set_id, []).append(criterion)
    answered: dict[UUID, int] = {}
    for assessment_id, _ in (
        CriterionResult.objects.filter(assessment__in=ids).order_by().values_list("assessment", "criterion").distinct()
    ):
        answered[assessment_id] = answered.get(assessment_id, 0) + 1
    findings: dict[UUID, list[Finding]] = {}
    for finding in Finding.objects.filter(assessment__in=ids).exclude(status=FindingStatus.VERIFIED_CLOSED):
        findings.setdefault(finding.assessment_id, []).append(finding)
    teams: dict[UUID, list[AssessmentMember]] = {}
    for member in AssessmentMember.objects.filter(assessment__in=ids, removed_at=None).select_related("person"):
        teams.setdefault(member.assessment_id, []).append(member)
    rows = []
    for row in assessments:
        kind, level = ServiceKind(row.service_kind), Level(row.level)
        team = tuple(teams.get(row.pk, ()))
        rows.append(
            CaseRow(
                row,
                links.get(row.pk),
                sum(item.applicability.covers(kind, level) for item in criteria.get(row.criteria_set_id, ())),
                answered.get(row.pk, 0),
                len(findings.get(row.pk, ())),
                min((at for at in map(finding_due, findings.get(row.pk, ())) if at), default=None),
                next((str(member.person_id) for member in team if member.role == MemberRole.LEAD), ""),
                team,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Paper:
    """A piece of evidence that a case may cite; `document` is its place in the application, if it has one."""

    evidence: Evidence
    document: ApplicationEvidence | None

    @property
    def title(self) -> str:
        """What the application calls it, else the name of the file."""
        return self.document.title if self.document else self.evidence.filename


def documents_of(file: CaseFile) -> list[Paper]:
    """The documents of the case's application."""
    if file.application is None:
        return []
    rows = ApplicationEvidence.objects.filter(application=file.application).select_related("evidence")
    return [Paper(row.evidence, row) for row in rows.order_by("kind", "title", "version")]


def papers_of(file: CaseFile) -> list[Paper]:
    """Evidence of the provider, what was handed in for this case first (newest versions), then all else."""
    documents: dict[UUID, ApplicationEvidence] = {}
    if file.application:
        for row in ApplicationEvidence.objects.filter(application=file.application).order_by(
            "kind", "title", "version"
        ):
            documents[row.evidence_id] = row
    rows = conformity.evidence_of(file.assessment.provider_id).defer("receipt")
    if file.assessment.status == AssessmentStatus.CONCLUDED:  # what came later was not shown to this body
        rows = rows.filter(Q(uploaded_at__lte=file.assessment.moved_at) | Q(pk__in=documents))
    papers = [Paper(row, documents.get(row.pk)) for row in rows]
    order = {pk: at for at, pk in enumerate(documents)}
    return sorted(papers, key=lambda paper: order.get(paper.evidence.pk, len(order)))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of the body who could join a team, and what speaks for or against it."""

    appointment: Appointment
    declaration: ConflictDeclaration | None  # their latest one about the provider

    @property
    def covers(self) -> frozenset[str] | None:
        """The kinds of service that they are competent for; None: all."""
        return frozenset(self.appointment.competence) or None


def candidates_for(assessment: Assessment, at: datetime) -> list[Candidate]:
    """Everybody whom the body has appointed to assess, each once (the lead's appointment first)."""
    rows = (
        Appointment.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=at),
            organisation_id=assessment.cab_id,
            role__in=[Role.CAB_LEAD, Role.CAB_ASSESSOR],
            starts_at__lte=at,
        )
        .select_related("person")
        .order_by("-role", "person__name_ja", "person_id")
    )
    people: dict[UUID, Appointment] = {}
    for row in rows:
        people.setdefault(row.person_id, row)
    declared = {
        row.person_id: row
        for row in ConflictDeclaration.objects.filter(
            person__in=people, organisation_id=assessment.provider_id, declared_at__lte=at
        ).order_by("declared_at", "id")
    }
    return [Candidate(row, declared.get(person)) for person, row in people.items()]


def movements_of(assessment_id: UUID) -> QuerySet[Movement]:
    """The moves of an assessment, newest first."""
    return Movement.objects.filter(subject_id=assessment_id).select_related("by").order_by("-revision")


def reasons_of_return(assessment: Assessment) -> str:
    """Why the decider gave the assessment back; empty when that was not the last thing that happened to it."""
    if assessment.transition != "return":
        return ""
    event = (
        Event.objects.filter(
            subject_type="assessment", subject_id=str(assessment.pk), tag=moved("assessment", assessment.transition)
        )
        .order_by("-id")
        .first()
    )
    return str(event.data.get("reasons", "")) if event else ""
