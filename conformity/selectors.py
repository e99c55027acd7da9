"""Questions about conformity: which criteria, accredited for what, what was found, may this be concluded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from conformity.domain.criteria import Outcome, missing
from conformity.domain.findings import Grade
from conformity.domain.lifecycle import AccreditationStatus, AssessmentStatus, CriteriaSetStatus, FindingStatus
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import (
    Accreditation,
    AccreditationScope,
    Assessment,
    AssessmentMember,
    CriteriaSet,
    Criterion,
    CriterionResult,
    Evidence,
    Finding,
    Movement,
    Report,
)
from trustreg.base.errors import NotFound
from trustreg.parties.models import Organisation

# Criteria


def criteria_sets_public() -> QuerySet[CriteriaSet]:
    """Every criteria set that the public sees: all but drafts."""
    return CriteriaSet.objects.exclude(status=CriteriaSetStatus.DRAFT)


def criteria_set_in_force(code: str) -> CriteriaSet | None:
    """The set of this code that new assessments use, None when there is none."""
    return CriteriaSet.objects.filter(code=code, status=CriteriaSetStatus.IN_FORCE).first()


def criteria_set_usable(criteria_set_id: UUID, at: datetime) -> bool:
    """Whether a set may be assessed by at a moment: in force, or superseded within its transition."""
    usable = Q(status=CriteriaSetStatus.IN_FORCE) | Q(status=CriteriaSetStatus.SUPERSEDED, transition_until__gt=at)
    return CriteriaSet.objects.filter(usable, pk=criteria_set_id).exists()


def criteria_public(*, criteria_set_id: UUID | None = None) -> QuerySet[Criterion]:
    """The criteria of a set, else of every set in force, in order."""
    found = Criterion.objects.select_related("criteria_set")
    if criteria_set_id is not None:
        return found.filter(criteria_set_id=criteria_set_id).exclude(criteria_set__status=CriteriaSetStatus.DRAFT)
    return found.filter(criteria_set__status=CriteriaSetStatus.IN_FORCE)


def criteria_applicable(criteria_set_id: UUID, kind: ServiceKind, level: Level) -> list[Criterion]:
    """The criteria that an assessment of this kind and level must answer, in order."""
    rows = Criterion.objects.filter(criteria_set_id=criteria_set_id)
    return [row for row in rows if row.applicability.covers(kind, level)]


# Accreditation


def accreditations_public() -> QuerySet[Accreditation]:
    """The public directory of accredited bodies with their scopes; examinations in course are not in it."""
    return (
        Accreditation.objects.filter(valid_from__isnull=False)
        .select_related("ab", "cab")
        .prefetch_related(Prefetch("scope", queryset=AccreditationScope.objects.select_related("criteria_set")))
    )


def accreditation_get(accreditation_id: UUID) -> Accreditation:
    """The accreditation. Raises NotFound."""
    found = Accreditation.objects.select_related("ab", "cab").filter(pk=accreditation_id).first()
    if found is None:
        raise NotFound(f"There is no accreditation {accreditation_id}.", f"認定 {accreditation_id} はありません。")
    return found


def accreditation_status_at(accreditation_id: UUID, at: datetime) -> AccreditationStatus | None:
    """The status of an accreditation at a moment, None before it began.

    Past its validity, `expired` whatever was recorded.
    """
    accreditation = accreditation_get(accreditation_id)
    last = Movement.objects.filter(subject_id=accreditation_id, at__lte=at).order_by("-revision").first()
    return _within_validity(accreditation, last.to_status, at) if last else None


def accreditation_status(accreditation: Accreditation, at: datetime) -> AccreditationStatus:
    """The status of an accreditation now (`at`): past its validity `expired`, whatever was recorded."""
    return _within_validity(accreditation, accreditation.status, at)


def accreditation_history(accreditation_id: UUID) -> QuerySet[Movement]:
    """What the public may know of an accreditation: its moves from the grant on, oldest first."""
    return Movement.objects.filter(subject_id=accreditation_id, to_status__in=_PUBLIC_STATUSES).order_by("revision")


_PUBLIC_STATUSES = (
    AccreditationStatus.ACCREDITED,
    AccreditationStatus.SUSPENDED,
    AccreditationStatus.WITHDRAWN,
    AccreditationStatus.EXPIRED,
)


def _within_validity(accreditation: Accreditation, status: str, at: datetime) -> AccreditationStatus:
    held = status in (AccreditationStatus.ACCREDITED, AccreditationStatus.SUSPENDED)
    if held and accreditation.valid_until is not None and accreditation.valid_until <= at:
        return AccreditationStatus.EXPIRED
    return AccreditationStatus(status)


def scope_covering(
    cab_id: UUID, kind: ServiceKind, level: Level, criteria_set_id: UUID, at: datetime
) -> AccreditationScope | None:
    """The scope row by which a body is accredited for (kind, level, criteria set) at a moment (rule 3); None when it
    is not.

    The accreditation must have the status accredited and be valid at that moment; a suspended one covers nothing.
    """
    status = (
        Movement.objects.filter(subject_id=OuterRef("accreditation_id"), at__lte=at)
        .order_by("-revision")
        .values("to_status")[:1]
    )
    return (
        AccreditationScope.objects.annotate(status_at=Subquery(status))
        .filter(
            Q(ends_at=None) | Q(ends_at__gt=at),
            status_at=AccreditationStatus.ACCREDITED,
            accreditation__cab_id=cab_id,
            accreditation__valid_from__lte=at,
            accreditation__valid_until__gt=at,
            service_kind=kind,
            level=level,
            criteria_set_id=criteria_set_id,
            starts_at__lte=at,
        )
        .select_related("accreditation")
        .first()
    )


def scope_holds(scope_id: UUID, at: datetime) -> bool:
    """Whether an assessment under this scope row may go on at a moment: still in scope, accredited, not suspended."""
    row = AccreditationScope.objects.select_related("accreditation").filter(pk=scope_id).first()
    if row is None:
        return False
    covering = scope_covering(
        row.accreditation.cab_id, ServiceKind(row.service_kind), Level(row.level), row.criteria_set_id, at
    )
    return covering is not None and covering.pk == row.pk


def cabs_covering(kind: ServiceKind, level: Level, at: datetime) -> list[AccreditationScope]:
    """Scopes under which somebody can assess this kind and level at a moment (`accreditation.cab` says who)."""
    rows = AccreditationScope.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=at),
        accreditation__status=AccreditationStatus.ACCREDITED,
        accreditation__valid_from__lte=at,
        accreditation__valid_until__gt=at,
        service_kind=kind,
        level=level,
        starts_at__lte=at,
    )
    return list(rows.select_related("accreditation__cab", "criteria_set"))


# Assessment


def assessment_get(assessment_id: UUID) -> Assessment:
    """The assessment. Raises NotFound."""
    found = (
        Assessment.objects.select_related("cab", "provider", "criteria_set", "scope__accreditation")
        .filter(pk=assessment_id)
        .first()
    )
    if found is None:
        raise NotFound(f"There is no assessment {assessment_id}.", f"評価 {assessment_id} はありません。")
    return found


def assessments_of_cab(cab_ids: Collection[UUID]) -> QuerySet[Assessment]:
    """The assessments of these bodies, the newest first."""
    return Assessment.objects.filter(cab_id__in=cab_ids).select_related("provider", "criteria_set", "cab")


def assessments_of_provider(provider_ids: Collection[UUID]) -> QuerySet[Assessment]:
    """The assessments of these providers, the newest first."""
    return Assessment.objects.filter(provider_id__in=provider_ids).select_related("provider", "criteria_set", "cab")


def team(assessment_id: UUID) -> list[AssessmentMember]:
    """The present members of a team."""
    return list(AssessmentMember.objects.filter(assessment_id=assessment_id, removed_at=None).select_related("person"))


def team_person_ids(assessment_id: UUID) -> frozenset[UUID]:
    """Everybody who was ever in the team, also those who left: none of them decides."""
    return frozenset(AssessmentMember.objects.filter(assessment_id=assessment_id).values_list("person_id", flat=True))


def is_member(assessment_id: UUID, person_id: UUID) -> bool:
    """Whether a person is in the team now."""
    return AssessmentMember.objects.filter(assessment_id=assessment_id, person_id=person_id, removed_at=None).exists()


def results_latest(assessment_id: UUID) -> list[CriterionResult]:
    """The latest result for each answered criterion, in the order of the criteria."""
    latest = (
        CriterionResult.objects.filter(assessment_id=assessment_id)
        .order_by("criterion_id", "-version")
        .distinct("criterion_id")
        .select_related("criterion")
    )
    return sorted(latest, key=lambda row: row.criterion.position)


def findings_of(assessment_id: UUID) -> QuerySet[Finding]:
    """The findings of an assessment with their answers, in order."""
    return (
        Finding.objects.filter(assessment_id=assessment_id)
        .select_related("criterion")
        .prefetch_related("answers")
        .order_by("number")
    )


def results_missing(assessment: Assessment) -> tuple[str, ...]:
    """The codes of applicable criteria that have no result yet."""
    applicable = criteria_applicable(
        assessment.criteria_set_id, ServiceKind(assessment.service_kind), Level(assessment.level)
    )
    answered = CriterionResult.objects.filter(assessment=assessment).values_list("criterion__code", flat=True)
    return missing((row.code for row in applicable), answered)


def obstacles_to_conformity(results: Iterable[CriterionResult], findings: Iterable[Finding]) -> tuple[str, ...]:
    """Why "conform" cannot be concluded; empty when nothing stands against it.

    Named are major findings that are not closed and verified and minor ones without an accepted plan (`F1`), and the
    codes of nonconform criteria on which there is no minor finding.
    """
    planned = (FindingStatus.PLAN_ACCEPTED, FindingStatus.CORRECTED, FindingStatus.VERIFIED_CLOSED)
    settled = {
        Grade.MAJOR: (FindingStatus.VERIFIED_CLOSED,),
        Grade.MINOR: planned,
        Grade.OBSERVATION: tuple(FindingStatus),
    }
    known = list(findings)
    unsettled = [f"F{row.number}" for row in known if row.status not in settled[Grade(row.grade)]]
    minor = {row.criterion_id for row in known if row.grade == Grade.MINOR}
    bad = [row.criterion.code for row in results if row.outcome == Outcome.NONCONFORM and row.criterion_id not in minor]
    return (*unsettled, *bad)


def report_of(assessment_id: UUID) -> Report | None:
    """The report of a concluded assessment, None before."""
    return Report.objects.filter(assessment_id=assessment_id).first()


def assessments_unconcluded_under(accreditation_id: UUID) -> QuerySet[Assessment]:
    """The assessments not yet concluded under an accreditation: what a suspension freezes."""
    return Assessment.objects.filter(scope__accreditation_id=accreditation_id).exclude(
        status__in=["concluded", "cancelled"]
    )


# Evidence


def evidence_get(evidence_id: UUID) -> Evidence:
    """The evidence row. Raises NotFound."""
    found = Evidence.objects.select_related("organisation").filter(pk=evidence_id).first()
    if found is None:
        raise NotFound(f"There is no evidence {evidence_id}.", f"証拠 {evidence_id} はありません。")
    return found


def evidence_of(organisation_id: UUID) -> QuerySet[Evidence]:
    """All evidence of an organisation, every version, in order."""
    return Evidence.objects.filter(organisation_id=organisation_id)


def evidence_latest(organisation_id: UUID, *, q: str = "") -> QuerySet[Evidence]:
    """The latest version of each piece of evidence, newest first; `q` is part of a name or the start of a SHA-256."""
    rows = evidence_of(organisation_id).filter(next=None).defer("receipt").select_related("uploaded_by")
    if q:
        rows = rows.filter(Q(filename__icontains=q) | Q(sha256__startswith=q.lower()))
    return rows.order_by("-uploaded_at", "-id")


def evidence_earlier(rows: Collection[Evidence]) -> dict[UUID, list[Evidence]]:
    """The earlier versions of these rows, each list newest first; one query for each further version."""
    found: dict[UUID, list[Evidence]] = {row.pk: [] for row in rows}
    waiting = {row.previous_id: row.pk for row in rows if row.previous_id}
    while waiting:
        older = Evidence.objects.filter(pk__in=waiting).defer("receipt")
        following = {}
        for row in older:
            head = waiting[row.pk]
            found[head].append(row)
            if row.previous_id:
                following[row.previous_id] = head
        waiting = following
    return found


def bodies_reading(organisation_id: UUID) -> QuerySet[Organisation]:
    """The bodies that may read evidence of an organisation, because they assess or assessed it."""
    made = Assessment.objects.filter(provider_id=organisation_id).exclude(status=AssessmentStatus.CANCELLED)
    return Organisation.objects.filter(pk__in=made.values("cab")).order_by("name_ja", "id")


def evidence_without_receipt() -> QuerySet[Evidence]:
    """Evidence that waits for its time-stamp."""
    return Evidence.objects.filter(receipt=None).order_by("uploaded_at")
