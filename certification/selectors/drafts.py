"""Drafts of decisions, made from what the record holds; nothing is written here.

A draft is what `decision_propose` takes. Its people add reasons and, for a grant, the end of validity.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from certification.domain import lifecycle
from certification.domain.decisions import Cites, DecisionContent, Identity, ServiceState
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.domain.values import ApplicationKind, add_months
from certification.models import Application, Service
from certification.selectors import cases, register
from certification.selectors.cases import Grounds
from conformity.domain.periods import SchemePeriods
from trustreg.base.errors import NotFound, PreconditionFailed
from trustreg.pki.trust import Usage


@dataclass(frozen=True)
class Known:
    """What a page has read of a matter already: a draft is made of it without asking again."""

    service: Service
    before: ServiceState | None
    application: Application | None = None
    grounds: Grounds | None = None

    @property
    def case(self) -> Application:
        """The application; only for matters that have one."""
        return cast("Application", self.application)

    @cached_property
    def periods(self) -> SchemePeriods:
        """The periods of the legal basis."""
        return register.periods_for(self.service.legal_basis)

    @cached_property
    def identities(self) -> tuple[Identity, ...]:
        """The keys that are registered."""
        return register.identities_of(self.service.pk)


def draft_grant(
    application_id: UUID,
    *,
    reasons: Mapping[str, str],
    at: datetime,
    valid_until: datetime | None = None,
    decision_id: UUID | None = None,
    known: Known | None = None,
) -> DecisionContent:
    """The decision that gives what the application asks for: grant, upgrade, renewal or change.

    `valid_until` None: the period of the legal basis from `at` on; a change keeps the end that stands. `decision_id` is
    that of the decision for which the draft is edited. Raises NotFound, PreconditionFailed, TransitionNotAllowed.
    """
    known = known or _known(application_id)
    application, before = known.case, known.before
    status = before.status if before else ServiceStatus.NONE
    kind = _kind_for(application, status)
    move = lifecycle.step(kind, status, level=application.target_level)
    service = application.service
    months = known.periods.validity_months
    ends = before.valid_until if kind is DecisionKind.CHANGE and before else valid_until or add_months(at, months)
    state = ServiceState(
        status=ServiceStatus(move.to),
        service=str(service.pk),
        provider=str(service.provider_id),
        type=cases.service_type(service),
        names=service.names,
        usages=tuple(Usage(usage) for usage in application.usages),
        identities=known.identities,
        qualifications=tuple(service.qualifications),
        supply_points=tuple(service.supply_points),
        definition_uri={
            language: uri
            for language, uri in (("ja", service.definition_uri_ja), ("en", service.definition_uri_en))
            if uri
        },
        valid_until=ends.replace(microsecond=0) if ends else None,
    )
    return _draft(kind, service.pk, status, state, cases.cites_of(application, known.grounds), reasons, decision_id)


def draft_reject(
    application_id: UUID,
    *,
    reasons: Mapping[str, str],
    at: datetime,
    decision_id: UUID | None = None,
    known: Known | None = None,
) -> DecisionContent:
    """The decision that refuses what was applied for; the status stays. Raises NotFound, PreconditionFailed."""
    known = known or _known(application_id)
    application, before = known.case, known.before
    status = before.status if before else ServiceStatus.NONE
    return _draft(
        DecisionKind.REJECT,
        application.service_id,
        status,
        None,
        cases.cites_of(application, known.grounds),
        reasons,
        decision_id,
    )


def draft_step(
    service_id: UUID,
    kind: DecisionKind,
    *,
    reasons: Mapping[str, str],
    findings: Sequence[str] = (),
    incidents: Sequence[str] = (),
    urgent: bool = False,
    decision_id: UUID | None = None,
    known: Known | None = None,
) -> DecisionContent:
    """Suspend, confirm a suspension, reinstate, downgrade, withdraw or cease: the status changes alone.

    Raises NotFound, PreconditionFailed (nothing was ever granted), TransitionNotAllowed.
    """
    before = _standing(service_id, known)
    move = lifecycle.step(kind, before.status)
    state = replace(before, status=ServiceStatus(move.to))
    cites = Cites(findings=tuple(sorted(map(str, findings))), incidents=tuple(sorted(map(str, incidents))))
    return _draft(kind, service_id, before.status, state, cites, reasons, decision_id, urgent=urgent)


def draft_change(
    service_id: UUID,
    *,
    reasons: Mapping[str, str],
    names: Mapping[str, str] | None = None,
    usages: Sequence[str] | None = None,
    certificates: Sequence[str] | None = None,
    supply_points: Sequence[str] | None = None,
    definition_uri: Mapping[str, str] | None = None,
    qualifications: Sequence[Mapping[str, Any]] | None = None,
    decision_id: UUID | None = None,
    known: Known | None = None,
) -> DecisionContent:
    """A change without an application: names and addresses, or a narrower scope. None leaves a part as it stands.

    `certificates` are the hexadecimal SHA-256 of the certificates that stay. Widening needs an application of kind
    `change` (`draft_grant`). Raises NotFound, PreconditionFailed, TransitionNotAllowed.
    """
    before = _standing(service_id, known)
    lifecycle.step(DecisionKind.CHANGE, before.status)
    state = replace(
        before,
        names=dict(names) if names is not None else before.names,
        usages=tuple(Usage(usage) for usage in usages) if usages is not None else before.usages,
        identities=before.identities
        if certificates is None
        else tuple(key for key in before.identities if key.certificate_sha256 in set(certificates)),
        supply_points=tuple(supply_points) if supply_points is not None else before.supply_points,
        definition_uri=dict(definition_uri) if definition_uri is not None else before.definition_uri,
        qualifications=tuple(qualifications) if qualifications is not None else before.qualifications,
    )
    return _draft(DecisionKind.CHANGE, service_id, before.status, state, Cites(), reasons, decision_id)


_KINDS = {
    ApplicationKind.NEW: DecisionKind.GRANT,
    ApplicationKind.UPGRADE: DecisionKind.UPGRADE,
    ApplicationKind.RENEWAL: DecisionKind.RENEW,
    ApplicationKind.CHANGE: DecisionKind.CHANGE,
}


def _kind_for(application: Application, status: ServiceStatus) -> DecisionKind:
    kind = _KINDS[ApplicationKind(application.kind)]
    # A service that lapsed while its renewal was assessed is granted anew.
    return DecisionKind.GRANT if kind is DecisionKind.RENEW and status is ServiceStatus.EXPIRED else kind


def _application(application_id: UUID) -> Application:
    found = Application.objects.select_related("service__provider").filter(pk=application_id).first()
    if found is None:
        raise NotFound(f"There is no application {application_id}.", f"申請 {application_id} はありません。")
    return found


def _known(application_id: UUID) -> Known:
    application = _application(application_id)
    return Known(application.service, register.standing_state(application.service_id), application)


def _standing(service_id: UUID, known: Known | None) -> ServiceState:
    if known is None:
        register.service_get(service_id)
    before = known.before if known else register.standing_state(service_id)
    if before is None:
        raise PreconditionFailed("Nothing was ever granted for this service.", "このサービスには、認定がありません。")
    return before


def _draft(
    kind: DecisionKind,
    service_id: UUID,
    status: ServiceStatus,
    state: ServiceState | None,
    cites: Cites,
    reasons: Mapping[str, str],
    decision_id: UUID | None,
    *,
    urgent: bool = False,
) -> DecisionContent:
    return DecisionContent(
        decision=str(decision_id or uuid.uuid4()),
        kind=kind,
        service=str(service_id),
        from_status=status,
        state=state,
        cites=cites,
        reasons={"ja": reasons.get("ja", "").strip(), "en": reasons.get("en", "").strip()},
        urgent=urgent,
    )
