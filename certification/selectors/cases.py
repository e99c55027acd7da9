"""Questions about applications and the assessments made for them; who may see which case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from certification.domain import lifecycle
from certification.domain.decisions import Cites
from certification.domain.lifecycle import ApplicationStatus
from certification.domain.service_types import SERVICE_TYPES, competences
from certification.domain.values import DocumentKind
from certification.models import Application, ApplicationEvent, ApplicationEvidence, CaseAssessment, Incident, Service
from conformity import selectors as conformity
from conformity.domain.criteria import Conclusion
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import AccreditationScope, Assessment, AssessmentMember, Finding, Report
from conformity.titles import LEVELS, SERVICE_KIND_TITLES
from trustreg.base.errors import NotFound, PreconditionFailed
from trustreg.base.models import Event
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES
from trustreg.parties.models import Person
from trustreg.parties.selectors import appointments_at, organisations_of


def service_type(service: Service) -> str:
    """The type URI under which the service is listed."""
    return str(SERVICE_TYPES[ServiceKind(service.kind)])


def applications_visible_to(actor: Actor, at: datetime) -> QuerySet[Application]:
    """The actor's applications: as applicant all, as the chosen body and as accreditation body those once submitted."""
    held = set(appointments_at(actor.person_id, at).values_list("role", "organisation_id"))
    mine = Q(service__provider__in={organisation for role, organisation in held if role in PROVIDER_ROLES})
    handed_in = Q(cab__in={organisation for role, organisation in held if role in CAB_ROLES})
    if any(role in AB_ROLES for role, _ in held):
        handed_in |= Q(pk__isnull=False)
    submitted = ~Q(status=ApplicationStatus.DRAFT) & Q(events__transition=lifecycle.SUBMIT.name)
    seen = Application.objects.filter(mine | (submitted & handed_in)).values("pk")
    return Application.objects.filter(pk__in=seen).select_related("service__provider", "cab")


def application_get(application_id: UUID, *, actor: Actor, at: datetime) -> Application:
    """The application. Raises NotFound, also for whoever may not know that it exists."""
    found = applications_visible_to(actor, at).filter(pk=application_id).first()
    if found is None:
        raise NotFound(f"There is no application {application_id}.", f"申請 {application_id} はありません。")
    return found


def application_evidence(application: Application, *, latest: bool = True) -> QuerySet[ApplicationEvidence]:
    """The documents of an application; `latest` keeps the newest version of each."""
    rows = application.evidence.select_related("evidence")
    if latest:
        rows = rows.order_by("kind", "title", "-version").distinct("kind", "title")
    return rows


def application_events(application: Application) -> QuerySet[ApplicationEvent]:
    """The moves of an application, in order."""
    return application.events.order_by("sequence")


def document_versions(application: Application) -> list[tuple[ApplicationEvidence, tuple[ApplicationEvidence, ...]]]:
    """The documents of an application in order, each with its earlier versions, the newest of them first."""
    rows: dict[tuple[str, str], list[ApplicationEvidence]] = {}
    for row in application.evidence.select_related("evidence").defer("evidence__receipt").order_by("-version"):
        rows.setdefault((row.kind, row.title), []).append(row)
    order = {str(kind): place for place, kind in enumerate(DocumentKind)}
    return [
        (versions[0], tuple(versions[1:]))
        for _, versions in sorted(rows.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    ]


@dataclass(frozen=True, slots=True)
class LastAct:
    """Who changed a record last, and when."""

    person: Person
    at: datetime


def last_act_on(subject: str, subject_id: UUID) -> LastAct | None:
    """The last act on a record, from the audit trail; None when no person did it."""
    event = Event.objects.filter(subject_type=subject, subject_id=str(subject_id)).order_by("-id").first()
    person = Person.objects.filter(pk=event.person_id).first() if event and event.person_id else None
    return LastAct(person, event.at) if event and person else None


def assessments_of(application_id: UUID) -> QuerySet[Assessment]:
    """The assessments made for an application, newest first."""
    links = CaseAssessment.objects.filter(application_id=application_id).order_by("-opened_at")
    return Assessment.objects.filter(pk__in=links.values("assessment")).order_by("-opened_at")


def application_of_assessment(assessment_id: UUID) -> Application | None:
    """The application that an assessment was made for."""
    link = (
        CaseAssessment.objects.select_related("application__service__provider").filter(assessment=assessment_id).first()
    )
    return link.application if link else None


def team_of(application_id: UUID) -> frozenset[UUID]:
    """Everybody who is or was in an assessment team of the case."""
    links = CaseAssessment.objects.filter(application_id=application_id).values_list("assessment_id", flat=True)
    return frozenset().union(*(conformity.team_person_ids(assessment_id) for assessment_id in links))


def assessed_by(rows: QuerySet[Application], person_id: UUID) -> tuple[frozenset[UUID], bool]:
    """(the bodies that assess these cases, whether the person is or was in an assessment team of one of them)."""
    links = CaseAssessment.objects.filter(application=OuterRef(OuterRef("pk"))).values("assessment")
    teams = AssessmentMember.objects.filter(person_id=person_id, assessment__in=links)
    found = list(rows.annotate(own=Exists(teams)).values_list("cab_id", "own"))
    return frozenset(body for body, _ in found), any(own for _, own in found)


def report_of(application_id: UUID) -> Report | None:
    """The latest report made for an application."""
    links = CaseAssessment.objects.filter(application_id=application_id).values("assessment")
    return Report.objects.filter(assessment__in=links).select_related("assessment").order_by("-concluded_at").first()


def scopes_covering(
    cab_id: UUID, kinds: Collection[ServiceKind], level: str, at: datetime
) -> tuple[AccreditationScope, ...]:
    """The scopes of one accreditation that cover each of `kinds` at `level` at a moment, in order; empty: none."""
    by_accreditation: dict[UUID, dict[ServiceKind, AccreditationScope]] = {}
    for kind in kinds:
        for scope in conformity.cabs_covering(kind, Level(level), at):
            if scope.accreditation.cab_id == cab_id:
                by_accreditation.setdefault(scope.accreditation_id, {})[kind] = scope
    for scopes in by_accreditation.values():
        if set(scopes) == set(kinds):
            return tuple(scopes[kind] for kind in kinds)
    return ()


def require_accredited(application: Application, at: datetime) -> tuple[AccreditationScope, ...]:
    """The scopes under which the chosen body may assess this at `at`, the service's own kind first (rule 3).

    Raises PreconditionFailed when kind, level or a usage lies outside its scope.
    """
    kinds = competences(application.service.kind, tuple(application.usages))
    found = scopes_covering(application.cab_id, kinds, application.target_level, at)
    if not found:
        wanted, level = [SERVICE_KIND_TITLES[kind] for kind in kinds], LEVELS[application.target_level]
        raise PreconditionFailed(
            f"The body is not accredited today for {', '.join(words.en for words in wanted)} (level: {level.en}).",
            f"この機関は、いま{'・'.join(words.ja for words in wanted)}（レベル：{level.ja}）について"
            "認定されていません。",
            extra={"kinds": [str(kind) for kind in kinds], "level": application.target_level},
        )
    return found


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a decision may rest on: the report and findings of its case, or findings and incidents of its service."""

    report: Report | None = None
    findings: tuple[Finding, ...] = ()
    incidents: tuple[Incident, ...] = ()


def grounds_of(application: Application) -> Grounds:
    """The latest report of a case, with the accreditation behind it, and the findings of that assessment."""
    links = CaseAssessment.objects.filter(application_id=application.pk).values("assessment")
    rows = Report.objects.filter(assessment__in=links).select_related("assessment__scope__accreditation")
    report = rows.order_by("-concluded_at").first()
    if report is None:
        return Grounds()
    return Grounds(report, tuple(Finding.objects.filter(assessment=report.assessment_id).select_related("criterion")))


def cites_of(application: Application, grounds: Grounds | None = None) -> Cites:
    """What a decision on the application rests on: exactly what the case holds. Raises PreconditionFailed.

    `grounds`: what `grounds_of` answered already.
    """
    grounds = grounds or grounds_of(application)
    if grounds.report is None:
        raise PreconditionFailed("The case has no report yet.", "この案件には、まだ報告書がありません。")
    assessment = grounds.report.assessment
    return Cites(
        application=str(application.pk),
        cab=str(application.cab_id),
        assessment=str(assessment.pk),
        report_sha256=grounds.report.sha256,
        accreditation=str(assessment.scope.accreditation_id),
        findings=tuple(sorted(str(row.pk) for row in grounds.findings)),
    )


def require_grantable(application: Application, grounds: Grounds | None = None) -> None:
    """Raise PreconditionFailed unless the report says that the service conforms at the level applied for."""
    report = (grounds or grounds_of(application)).report
    if report is None or report.conclusion != Conclusion.CONFORM or report.assessment.level != application.target_level:
        raise PreconditionFailed(
            "The report does not say that the service conforms at the level applied for.",
            "報告書は、申請されたレベルへの適合を示していません。",
            extra={"conclusion": report.conclusion if report else None},
        )


@dataclass(frozen=True, slots=True)
class Inbox:
    """Applications by whose turn it is, for one person: `mine` wait for the actor's side, `waiting` for another."""

    mine: tuple[Application, ...]
    waiting: tuple[Application, ...]
    done: tuple[Application, ...]


_TURN_PROVIDER = frozenset({ApplicationStatus.DRAFT, ApplicationStatus.RETURNED})
_TURN_CAB = frozenset(
    {ApplicationStatus.SUBMITTED, ApplicationStatus.ACCEPTED, ApplicationStatus.ASSESSING, ApplicationStatus.CONCLUDED}
)


def inbox(actor: Actor, at: datetime) -> Inbox:
    """The actor's applications, oldest first, split by whose turn it is."""
    person = actor.person_id
    providers = organisations_of(person, at, roles=PROVIDER_ROLES)
    cabs = organisations_of(person, at, roles=CAB_ROLES)
    is_ab = bool(organisations_of(person, at, roles=AB_ROLES))
    mine: list[Application] = []
    waiting: list[Application] = []
    done: list[Application] = []
    for case in applications_visible_to(actor, at).order_by("started_at"):
        own_turn = (
            (case.status in _TURN_PROVIDER and case.service.provider_id in providers)
            or (case.status in _TURN_CAB and case.cab_id in cabs)
            or (case.status == ApplicationStatus.UNDER_DECISION and is_ab)
        )
        if case.status in lifecycle.APPLICATION_CLOSED:
            done.append(case)
        else:
            (mine if own_turn else waiting).append(case)
    return Inbox(tuple(mine), tuple(waiting), tuple(done))
