"""Questions of the people who propose and approve: what waits, what a decision rests on, who wrote which draft."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from certification.domain.decisions import ServiceState
from certification.domain.lifecycle import EXPIRE, LIVE, ApplicationStatus, DecisionKind, DecisionStatus
from certification.domain.values import add_working_days
from certification.models import (
    Application,
    CaseAssessment,
    Decision,
    DecisionProposal,
    Incident,
    Service,
    StatusChange,
)
from certification.selectors import register
from certification.selectors.cases import Grounds
from conformity.domain.findings import Grade
from conformity.domain.lifecycle import FindingStatus
from conformity.models import Finding
from trustreg.base.errors import NotFound

OPEN: Final = (DecisionStatus.PROPOSED, DecisionStatus.RETURNED)
DONE: Final = (DecisionStatus.APPROVED, DecisionStatus.URGENT, DecisionStatus.DROPPED)
SETTLING: Final = (
    DecisionKind.CONFIRM_SUSPENSION,
    DecisionKind.REINSTATE,
    DecisionKind.WITHDRAW,
    DecisionKind.CEASE,
    EXPIRE,
)
"""What ends the wait of an urgent suspension."""

ENDS_SOON: Final = timedelta(days=90)


def decision_of_body(decision_id: UUID, body_id: UUID) -> Decision:
    """A decision of this accreditation body. Raises NotFound, also for another body's."""
    rows = Decision.objects.select_related("service__provider", "application__cab", "body", "approval__approver")
    found = rows.filter(pk=decision_id, body_id=body_id).first()
    if found is None:
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    return found


def decisions_of_body(body_id: UUID, *, q: str = "") -> QuerySet[Decision]:
    """The decisions of an accreditation body, newest first; `q` is a number or part of a name."""
    rows = Decision.objects.filter(body_id=body_id).select_related("service__provider", "application")
    return _searched(rows, q, "service__").order_by("-opened_at", "-id")


def counts_of(rows: QuerySet[Decision]) -> dict[str, int]:
    """How many of these decisions are in which status."""
    counted = rows.order_by().values_list("status").annotate(found=Count("pk"))
    return dict(counted.values_list("status", "found"))


def _searched(rows: QuerySet[Any], q: str, path: str) -> QuerySet[Any]:
    """Rows whose service or provider has `q` in a name, or whose number ends like it (`D-2026-0031`)."""
    if not q:
        return rows
    wanted = Q()
    for name in ("name_ja", "name_en", "provider__name_ja", "provider__name_en"):
        wanted |= Q(**{f"{path}{name}__icontains": q})
    serial = q.rpartition("-")[2]
    if path and serial.isdecimal() and len(serial) < 10:
        wanted |= Q(serial=int(serial))
    return rows.filter(wanted)


def applications_to_propose(*, q: str = "") -> QuerySet[Application]:
    """Applications that were handed over and on whose service no decision is open, oldest first."""
    busy = Decision.objects.filter(service=OuterRef("service"), status__in=OPEN)
    rows = Application.objects.filter(~Exists(busy), status=ApplicationStatus.UNDER_DECISION)
    return _searched(rows.select_related("service__provider", "cab"), q, "service__").order_by("started_at", "id")


def services_granted(*, q: str = "") -> QuerySet[Service]:
    """Services on which a decision without an application is possible: those with a level or suspended."""
    last = StatusChange.objects.filter(service=OuterRef("pk")).order_by("-sequence")
    ends = Cast(KeyTextTransform("valid_until", Cast("content", JSONField())), DateTimeField())
    rows = Service.objects.select_related("provider").annotate(
        status=Subquery(last.values("to_status")[:1]), ends=Subquery(last.annotate(ends=ends).values("ends")[:1])
    )
    return _searched(rows.filter(Q(("status__in", LIVE))), q, "").order_by("ends", "name_ja", "id")


def open_decisions_on(service_ids: Collection[UUID]) -> dict[UUID, Decision]:
    """The open decision on each of these services that has one; there is never a second."""
    return {row.service_id: row for row in Decision.objects.filter(service__in=service_ids, status__in=OPEN)}


def service_with_open_decision(service_id: UUID) -> tuple[Service, Decision | None]:
    """(the service, the open decision on it if there is one). Raises NotFound."""
    busy = Decision.objects.filter(service=OuterRef("pk"), status__in=OPEN).values("pk")[:1]
    found = Service.objects.select_related("provider").annotate(busy=Subquery(busy)).filter(pk=service_id).first()
    if found is None:
        raise NotFound(f"There is no service {service_id}.", f"サービス {service_id} はありません。")
    return found, Decision.objects.get(pk=found.busy) if found.busy else None


def state_before(decision: Decision) -> tuple[ServiceState | None, ServiceState | None]:
    """(what stood before this decision took effect, what stands now); the same while it is open."""
    rows = list(StatusChange.objects.filter(service_id=decision.service_id).order_by("sequence"))
    own = next((place for place, row in enumerate(rows) if row.decision_id == decision.pk), len(rows))
    now = rows[-1].state if rows else None
    return (rows[own - 1].state if own else None), now


def approval_times(decision_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """When each of these decisions was approved or made urgently."""
    rows = StatusChange.objects.filter(decision__in=list(decision_ids)).order_by("-id")
    return dict(rows.values_list("decision_id", "decided_at"))


@dataclass(frozen=True, slots=True)
class Drafts:
    """Every draft of a decision, the last first; only that one can be approved."""

    proposals: tuple[DecisionProposal, ...]

    @property
    def present(self) -> DecisionProposal:
        """The draft that stands."""
        return self.proposals[0]

    def by_hash(self, content_sha256: str) -> DecisionProposal | None:
        """The draft with this hash."""
        return next((row for row in self.proposals if row.content_sha256 == content_sha256), None)

    def wrote(self, person_id: UUID) -> bool:
        """Whether a person wrote one of them, and so approves none."""
        return any(row.proposer_id == person_id for row in self.proposals)


def drafts_of(decision_id: UUID) -> Drafts:
    """The drafts of a decision with their writers and what was returned (one query). Raises NotFound."""
    rows = DecisionProposal.objects.filter(decision_id=decision_id).select_related("proposer", "returned__person")
    found = tuple(rows.order_by("-revision"))
    if not found:
        raise NotFound("This decision has no proposal.", "この決定には、提案がありません。")
    return Drafts(found)


def latest_drafts(decision_ids: Collection[UUID]) -> dict[UUID, Drafts]:
    """The drafts of several decisions, in one question."""
    found: dict[UUID, list[DecisionProposal]] = {one: [] for one in decision_ids}
    rows = DecisionProposal.objects.filter(decision__in=list(decision_ids)).select_related("proposer")
    for row in rows.order_by("decision_id", "-revision"):
        found[row.decision_id].append(row)
    return {key: Drafts(tuple(drafts)) for key, drafts in found.items()}


def citable(service_id: UUID) -> Grounds:
    """Findings of every assessment made for a service, and the incidents reported of it: what a step may cite."""
    links = CaseAssessment.objects.filter(application__service_id=service_id).values("assessment")
    findings = Finding.objects.filter(assessment__in=links).select_related("criterion").order_by("-raised_at")
    incidents = Incident.objects.filter(service_id=service_id)
    return Grounds(None, tuple(findings[:100]), tuple(incidents[:100]))


def cited(findings: Collection[str], incidents: Collection[str]) -> Grounds:
    """The findings and incidents that a decision names."""
    return Grounds(
        None,
        tuple(Finding.objects.filter(pk__in=findings).select_related("criterion")) if findings else (),
        tuple(Incident.objects.filter(pk__in=incidents)) if incidents else (),
    )


def unsettled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that a provider still has to settle; observations ask for nothing."""
    return tuple(
        row for row in findings if row.status != FindingStatus.VERIFIED_CLOSED and row.grade != Grade.OBSERVATION
    )


@dataclass(frozen=True, slots=True)
class Ratification:
    """An urgent suspension that two people have neither confirmed nor lifted yet."""

    decision: Decision
    since: datetime
    due_at: datetime


def ratifications(body_id: UUID, *, q: str = "") -> tuple[Ratification, ...]:
    """The urgent suspensions of a body that wait for two people, the most urgent first."""
    own = StatusChange.objects.filter(decision=OuterRef("pk")).order_by("sequence")
    later = StatusChange.objects.filter(
        service=OuterRef("service"), sequence__gt=OuterRef("at_sequence"), transition__in=SETTLING
    )
    rows: QuerySet[Any] = (
        decisions_of_body(body_id, q=q)
        .filter(status=DecisionStatus.URGENT)
        .annotate(at_sequence=Subquery(own.values("sequence")[:1]), since=Subquery(own.values("decided_at")[:1]))
    )
    days: dict[str, int] = {}
    found = []
    for row in rows.filter(~Exists(later), at_sequence__isnull=False):
        basis = row.service.legal_basis
        if basis not in days:
            days[basis] = register.periods_for(basis).ratification_days
        found.append(Ratification(row, row.since, add_working_days(row.since, days[basis])))
    return tuple(sorted(found, key=lambda item: item.due_at))


def application_under_decision(application_id: UUID) -> tuple[Application, UUID | None]:
    """(an application that may be decided now, the id of the decision on its service that is open already).

    Raises NotFound for every other application.
    """
    busy = Decision.objects.filter(service=OuterRef("service"), status__in=OPEN).values("pk")[:1]
    rows = Application.objects.select_related("service__provider", "cab").annotate(busy=Subquery(busy))
    found = rows.filter(pk=application_id, status=ApplicationStatus.UNDER_DECISION).first()
    if found is None:
        raise NotFound(
            f"No application {application_id} awaits a decision.", f"決定を待つ申請 {application_id} はありません。"
        )
    return found, found.busy
