"""The trial check of an application: what stands against submitting it, before anybody else sees it (ui.md 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from certification.domain import lifecycle
from certification.domain.lifecycle import ServiceStatus
from certification.domain.service_types import competences
from certification.domain.values import EXPECTED_DOCUMENTS, ApplicationKind, DocumentKind, LegalBasis
from certification.models import Application, ApplicationEvidence, Service
from certification.selectors import cases, register
from conformity import selectors as conformity
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind
from conformity.titles import LEVELS
from trustreg.base.errors import InvalidInput, PreconditionFailed, TrustregError
from trustreg.parties.models import Organisation

STANDS_FOR: Final = {
    ApplicationKind.NEW: (ServiceStatus.NONE, ServiceStatus.WITHDRAWN, ServiceStatus.EXPIRED),
    ApplicationKind.UPGRADE: (ServiceStatus.SPECIFIED,),
    ApplicationKind.RENEWAL: lifecycle.GRANTED,
    ApplicationKind.CHANGE: lifecycle.LIVE,
}
"""From which status each kind of application makes sense."""


class Matter(StrEnum):
    """What a trial check looks at."""

    EVIDENCE = "evidence"
    IDENTITY = "identity"
    DECLARATION = "declaration"
    FIT = "fit"  # kind of application and level, for what stands of the service
    BODY = "body"  # accredited today for all of it
    EXPECTED = "expected"  # a document that the legal basis names
    RECEIPT = "receipt"  # every document has its time-stamped receipt


@dataclass(frozen=True, slots=True)
class Check:
    """One line: `tone` is ok, bad (it cannot be submitted) or warn. `error` explains, where a rule refused."""

    matter: Matter
    tone: str
    error: TrustregError | None = None
    document: DocumentKind | None = None
    count: int = 0


def missing_for_submission(
    application: Application, documents: Collection[ApplicationEvidence], *, declared: bool
) -> list[Matter]:
    """What a submission needs and does not have: a document, a key, the declaration."""
    return [
        matter
        for matter, present in (
            (Matter.EVIDENCE, bool(documents)),
            (Matter.IDENTITY, application.service.identities.exists()),
            (Matter.DECLARATION, declared),
        )
        if not present
    ]


def require_fit(service: Service, kind: ApplicationKind, target_level: Level) -> None:
    """Raise unless this kind of application at this level makes sense for what stands of the service.

    Raises PreconditionFailed (status), InvalidInput (level).
    """
    before = register.standing_state(service.pk)
    status = before.status if before else ServiceStatus.NONE
    if status not in STANDS_FOR[kind]:
        raise PreconditionFailed(
            "An application of this kind does not fit the present status of the service.",
            "サービスのいまの状態では、この種別の申請はできません。",
            extra={"status": str(status), "kind": str(kind)},
        )
    if target_level not in SERVICE_KINDS[ServiceKind(service.kind)].levels or target_level is Level.OTHER:
        raise InvalidInput(
            f"The level “{LEVELS[target_level].en}” cannot be asked for with this kind of service.",
            f"この種別のサービスで、レベル「{LEVELS[target_level].ja}」は申請できません。",
            fields={"target_level": {"en": "Choose another level.", "ja": "別のレベルを選んでください。"}},
        )
    wanted = status.level if kind in (ApplicationKind.RENEWAL, ApplicationKind.CHANGE) else None
    if kind is ApplicationKind.UPGRADE:
        wanted = Level.QUALIFIED
    if wanted is not None and target_level != wanted:
        raise InvalidInput(
            f"An application of this kind is for the level “{LEVELS[wanted].en}”.",
            f"この種別の申請のレベルは「{LEVELS[wanted].ja}」です。",
            fields={
                "target_level": {
                    "en": f"Choose “{LEVELS[wanted].en}”.",
                    "ja": f"「{LEVELS[wanted].ja}」を選んでください。",
                }
            },
        )


def kinds_possible(service: Service) -> tuple[ApplicationKind, ...]:
    """The kinds of application that fit what stands of the service."""
    before = register.standing_state(service.pk)
    status = before.status if before else ServiceStatus.NONE
    return tuple(kind for kind in ApplicationKind if status in STANDS_FOR[kind])


@dataclass(frozen=True, slots=True)
class Body:
    """An assessment body and the levels at which it may assess a service of a kind today."""

    organisation: Organisation
    levels: tuple[Level, ...]


def bodies_for(service: Service, at: datetime, *, usages: Collection[str] = ()) -> tuple[Body, ...]:
    """The bodies accredited today for the kind of a service, and for further usages, by name."""
    found: dict[Organisation, list[Level]] = {}
    for level in (Level.QUALIFIED, Level.SPECIFIED):
        covering: list[set[Organisation]] = [
            {scope.accreditation.cab for scope in conformity.cabs_covering(kind, level, at)}
            for kind in competences(service.kind, tuple(usages))
        ]
        for cab in set.intersection(*covering):
            found.setdefault(cab, []).append(level)
    bodies = [Body(cab, tuple(levels)) for cab, levels in found.items()]
    return tuple(sorted(bodies, key=lambda body: body.organisation.name_kana or body.organisation.name_ja))


def criteria_counts(kind: str) -> dict[Level, int]:
    """How many criteria in force a service of this kind answers, by level."""
    rows = [row.applicability for row in conformity.criteria_public()]
    return {
        level: sum(row.covers(ServiceKind(kind), level) for row in rows)
        for level in SERVICE_KINDS[ServiceKind(kind)].levels
        if level is not Level.OTHER
    }


def trial_check(
    application: Application, documents: Collection[ApplicationEvidence], at: datetime
) -> tuple[Check, ...]:
    """Everything that a machine can say before the submission, what stands against it first.

    The declaration is not looked at: it is made with the submission itself.
    """
    missing = missing_for_submission(application, documents, declared=True)
    checks = [
        Check(matter, "bad" if matter in missing else "ok", count=len(documents))
        for matter in (Matter.IDENTITY, Matter.EVIDENCE)
    ]
    try:
        require_fit(application.service, ApplicationKind(application.kind), Level(application.target_level))
        checks.append(Check(Matter.FIT, "ok"))
    except (PreconditionFailed, InvalidInput) as error:
        checks.append(Check(Matter.FIT, "bad", error))
    try:
        cases.require_accredited(application, at)
        checks.append(Check(Matter.BODY, "ok"))
    except PreconditionFailed as error:
        checks.append(Check(Matter.BODY, "warn", error))
    handed_in = {row.kind for row in documents}
    expected = EXPECTED_DOCUMENTS.get(LegalBasis(application.service.legal_basis), ())
    checks += [Check(Matter.EXPECTED, "ok" if kind in handed_in else "warn", document=kind) for kind in expected]
    waiting = sum(row.evidence.receipt_time is None for row in documents)
    if documents:
        checks.append(Check(Matter.RECEIPT, "warn" if waiting else "ok", count=waiting))
    return tuple(sorted(checks, key=lambda check: ("bad", "warn", "ok").index(check.tone)))
