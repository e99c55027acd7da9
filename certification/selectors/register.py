"""Questions about services, keys, periods and what stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import DateTimeField, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from certification.domain import document_levels as levels
from certification.domain.decisions import Identity, ServiceState
from certification.domain.document_levels import DocumentLevel, RequiredLevel
from certification.domain.lifecycle import EXPIRE, LIVE, DecisionStatus, ServiceStatus
from certification.domain.values import add_working_days
from certification.models import (
    Decision,
    DocumentLevelVersion,
    Incident,
    Scheme,
    Service,
    ServiceIdentity,
    StatusChange,
)
from conformity.domain.periods import SchemePeriods, scheme_periods
from trustreg.base.errors import NotFound


def service_get(service_id: UUID) -> Service:
    """The service, with its provider. Raises NotFound."""
    found = Service.objects.select_related("provider").filter(pk=service_id).first()
    if found is None:
        raise NotFound(f"There is no service {service_id}.", f"サービス {service_id} はありません。")
    return found


def service_lock(service_id: UUID) -> Service:
    """The service, locked until the transaction ends: every act on it waits its turn. Raises NotFound."""
    Service.objects.select_for_update(of=("self",)).filter(pk=service_id).first()
    return service_get(service_id)


def services_with_status() -> QuerySet[Service]:
    """All services with the annotation `status`: what was last decided (`none` before the first decision)."""
    last = StatusChange.objects.filter(service=OuterRef("pk")).order_by("-sequence").values("to_status")[:1]
    return Service.objects.select_related("provider").annotate(
        status=Coalesce(Subquery(last), Value(str(ServiceStatus.NONE)))
    )


def status_changes(service_id: UUID) -> QuerySet[StatusChange]:
    """The history of a service, oldest first."""
    return StatusChange.objects.filter(service_id=service_id).select_related("decision").order_by("sequence")


def standing_change(service_id: UUID) -> StatusChange | None:
    """The last change of a service; None when nothing was ever granted."""
    return status_changes(service_id).last()


def standing_state(service_id: UUID) -> ServiceState | None:
    """What stands of a service; None when nothing was ever granted."""
    last = standing_change(service_id)
    return last.state if last else None


def identities_of(service_id: UUID) -> tuple[Identity, ...]:
    """The registered keys of a service as they stand in decisions."""
    rows = ServiceIdentity.objects.filter(service_id=service_id).order_by("added_at", "id")
    return tuple(Identity(row.certificate_sha256, row.spki_sha256, row.subject) for row in rows)


def certificates_by_sha256(digests: Iterable[str]) -> dict[str, bytes]:
    """DER certificates of identities by the hexadecimal SHA-256 that decisions name."""
    rows = ServiceIdentity.objects.filter(certificate_sha256__in=set(digests))
    return {row.certificate_sha256: bytes(row.certificate) for row in rows}


def periods_for(legal_basis: str) -> SchemePeriods:
    """The periods in force for a legal basis: the operator's latest version, else the shipped default."""
    row = Scheme.objects.filter(legal_basis=legal_basis).order_by("-version").first()
    return row.periods if row else scheme_periods(legal_basis)


def service_ids_with_expiry_due(at: datetime) -> list[UUID]:
    """Services whose grant has reached its end and which no change has ended yet."""
    latest = StatusChange.objects.order_by("service_id", "-sequence").distinct("service_id").values("pk")
    ends = Cast(KeyTextTransform("valid_until", Cast("content", JSONField())), DateTimeField())
    due = StatusChange.objects.filter(pk__in=latest, to_status__in=LIVE).alias(ends=ends)
    return list(due.filter(Q(("ends__lte", at))).order_by("service_id").values_list("service_id", flat=True))


@dataclass(frozen=True, slots=True)
class OpenRatification:
    """An urgent suspension that no two-person decision has confirmed or lifted yet."""

    decision: Decision
    service: Service
    since: datetime
    due_at: datetime
    overdue: bool


def ratifications_open(at: datetime) -> tuple[OpenRatification, ...]:
    """Urgent suspensions that wait for two people, the most urgent first. Time alone never lifts one."""
    found = []
    for decision in Decision.objects.filter(status=DecisionStatus.URGENT).select_related("service__provider"):
        change = decision.status_changes.first()
        if change is None or _settled_after(change):
            continue
        days = periods_for(decision.service.legal_basis).ratification_days
        due_at = add_working_days(change.decided_at, days)
        found.append(OpenRatification(decision, decision.service, change.decided_at, due_at, at >= due_at))
    return tuple(sorted(found, key=lambda item: item.due_at))


def _settled_after(change: StatusChange) -> bool:
    """Whether two people have confirmed or lifted the suspension, or the grant has ended since."""
    return StatusChange.objects.filter(
        service_id=change.service_id,
        sequence__gt=change.sequence,
        transition__in=("confirm_suspension", "reinstate", "withdraw", "cease", EXPIRE),
    ).exists()


def incidents_of(service_id: UUID) -> QuerySet[Incident]:
    """Reports about a service, newest first."""
    return Incident.objects.filter(service_id=service_id)


def document_levels() -> tuple[DocumentLevel, ...]:
    """The table of document levels: the shipped, illustrative rows, each replaced by the latest adopted version."""
    table = {row.code: row for row in levels.read_table()}
    for row in DocumentLevelVersion.objects.order_by("code", "-version").distinct("code"):
        elements, government = levels.read_elements(row.trust_elements)
        table[row.code] = DocumentLevel(
            code=row.code,
            names={"ja": row.document_ja, "en": row.document_en},
            issuer_kind=row.issuer_kind,
            elements=elements,
            elements_text=row.trust_elements,
            level=RequiredLevel(row.level),
            rationale=row.rationale,
            status=row.status,
            disclaimer=row.source,
            government=government,
        )
    return tuple(table[code] for code in sorted(table))


def document_level_get(code: str) -> DocumentLevel:
    """The row `code` of the table of document levels. Raises NotFound."""
    return levels.find(document_levels(), code)


def services_search(*, q: str = "", provider_id: UUID | None = None, status: str | None = None) -> QuerySet[Service]:
    """Services that were ever granted; `q` is part of a name in either language. Never granted ones stay private."""
    found = services_with_status().exclude(Q(("status", ServiceStatus.NONE)))
    if q:
        found = found.filter(Q(name_ja__icontains=q) | Q(name_en__icontains=q))
    if provider_id is not None:
        found = found.filter(provider_id=provider_id)
    if status:
        found = found.filter(Q(("status", status)))
    return found
