"""Questions about decisions: the open ones for the accreditation body, the decided ones for the public and the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from certification.domain.decisions import Cites, DecisionContent, ServiceState
from certification.domain.lifecycle import DecisionKind, DecisionStatus
from certification.models import Decision, DecisionProposal, Service, StatusChange
from certification.selectors import register
from trustreg.base.errors import NotFound
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES
from trustreg.parties.models import Person
from trustreg.parties.selectors import organisations_of

IN_FORCE = (DecisionStatus.APPROVED, DecisionStatus.URGENT)


def decision_get(decision_id: UUID) -> Decision:
    """The decision, with service, provider and application. Raises NotFound."""
    found = Decision.objects.select_related("service__provider", "application", "body").filter(pk=decision_id).first()
    if found is None:
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    return found


def decision_proposal(decision_id: UUID) -> DecisionProposal:
    """The last revision: the only one that can be (or was) approved. Raises NotFound."""
    found = DecisionProposal.objects.filter(decision_id=decision_id).order_by("-revision").first()
    if found is None:
        raise NotFound("This decision has no proposal.", "この決定には、提案がありません。")
    return found


def decisions_visible_to(actor: Actor, at: datetime) -> QuerySet[Decision]:
    """The decisions of the accreditation bodies for which the actor holds a role."""
    bodies = organisations_of(actor.person_id, at, roles=AB_ROLES)
    return Decision.objects.filter(body__in=bodies).select_related("service__provider", "application", "body")


def decision_get_for(decision_id: UUID, *, actor: Actor, at: datetime) -> Decision:
    """The decision for a person of its body. Raises NotFound, also for whoever may not know that it exists."""
    found = decisions_visible_to(actor, at).filter(pk=decision_id).first()
    if found is None:
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    return found


@dataclass(frozen=True, slots=True)
class DecisionInbox:
    """Open decisions for one person of the body: those that wait for the actor, and those that wait for others."""

    to_approve: tuple[Decision, ...]
    returned: tuple[Decision, ...]
    ratifications: tuple[register.OpenRatification, ...]


def decision_inbox(actor: Actor, at: datetime) -> DecisionInbox:
    """What waits at the actor's accreditation body; proposals that the actor wrote are not theirs to approve."""
    visible = decisions_visible_to(actor, at).order_by("opened_at")
    wrote = DecisionProposal.objects.filter(proposer_id=actor.person_id).values("decision")
    bodies = organisations_of(actor.person_id, at, roles=AB_ROLES)
    return DecisionInbox(
        to_approve=tuple(visible.filter(status=DecisionStatus.PROPOSED).exclude(pk__in=wrote)),
        returned=tuple(visible.filter(status=DecisionStatus.RETURNED)),
        ratifications=tuple(item for item in register.ratifications_open(at) if item.decision.body_id in bodies),
    )


@dataclass(frozen=True, slots=True)
class DecidedState:
    """What stands of one service, for the compiler of the list.

    `change` is the latest status change, `approved_sha256` the hash of the content behind it: the one that two people
    agreed on or, where `two_people` is false, that of an urgent suspension. `certificates`: DER by certificate SHA-256.
    """

    service: Service
    state: ServiceState
    change: StatusChange
    decision: Decision
    approved_sha256: str
    two_people: bool
    certificates: dict[str, bytes]


def decided_states() -> tuple[DecidedState, ...]:
    """The latest decided state of every service that was ever granted, in the order of its provider and age."""
    latest = StatusChange.objects.order_by("service_id", "-sequence").distinct("service_id").values("pk")
    changes = (
        StatusChange.objects.filter(pk__in=latest)
        .select_related("service__provider", "decision__approval")
        .order_by("service__provider_id", "service__registered_at", "service_id")
    )
    return tuple(_decided(changes))


def decided_changes_after(change_id: int) -> tuple[StatusChange, ...]:
    """Status changes with a greater id than `change_id`, in their order; 0 gives all."""
    return tuple(
        StatusChange.objects.filter(pk__gt=change_id)
        .select_related("service__provider", "decision__approval")
        .order_by("pk")
    )


def approved_content(decision: Decision) -> tuple[DecisionContent, str, bool]:
    """(content, its SHA-256, whether two people agreed) of a decision in force. Raises NotFound for any other."""
    if decision.status not in IN_FORCE:
        raise NotFound(f"There is no decision {decision.pk}.", f"決定 {decision.pk} はありません。")
    approval = getattr(decision, "approval", None)
    proposal = approval.proposal if approval is not None else decision_proposal(decision.pk)
    return proposal.frozen, proposal.content_sha256, approval is not None


def _decided(changes: QuerySet[StatusChange]) -> Iterator[DecidedState]:
    for change in changes:
        state = change.state
        _, digest, two_people = approved_content(change.decision)
        yield DecidedState(
            service=change.service,
            state=state,
            change=change,
            decision=change.decision,
            approved_sha256=digest,
            two_people=two_people,
            certificates=register.certificates_by_sha256(key.certificate_sha256 for key in state.identities),
        )


@dataclass(frozen=True, slots=True)
class PublicDecision:
    """A decision as anybody may read it; it names no people."""

    id: UUID
    number: str
    kind: str
    service: Service
    from_status: str
    to_status: str | None
    reasons: dict[str, str]
    cites: Cites
    content_sha256: str
    two_people: bool
    decided_at: datetime
    changes: tuple[StatusChange, ...]


def public_decisions() -> QuerySet[Decision]:
    """Decisions in force that changed something, newest first. Rejections are kept and never public."""
    return (
        Decision.objects.filter(Q(status__in=IN_FORCE) & ~Q(kind=DecisionKind.REJECT))
        .select_related("service__provider", "body", "approval__proposal")
        .order_by("-opened_at")
    )


def public_decision_get(decision_id: UUID) -> PublicDecision:
    """One public decision. Raises NotFound for open, dropped and rejecting ones too."""
    decision = public_decisions().filter(pk=decision_id).first()
    if decision is None:
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    content, digest, two_people = approved_content(decision)
    changes = tuple(decision.status_changes.order_by("pk"))
    return PublicDecision(
        id=decision.pk,
        number=decision.number,
        kind=decision.kind,
        service=decision.service,
        from_status=str(content.from_status),
        to_status=str(content.state.status) if content.state else None,
        reasons=dict(content.reasons),
        cites=content.cites,
        content_sha256=digest,
        two_people=two_people,
        decided_at=changes[0].decided_at,
        changes=changes,
    )


@dataclass(frozen=True, slots=True)
class Chain:
    """Why a service stands as it does: each link is an id or a hash that the public can look up."""

    decision: UUID
    decision_sha256: str
    application: str | None
    cab: str | None
    assessment: str | None
    assessment_report_sha256: str | None
    accreditation: str | None


def service_chain(service_id: UUID) -> Chain | None:
    """The chain of a service: its latest decision and the latest assessed one behind it; None before a first grant."""
    changes = list(register.status_changes(service_id))
    if not changes:
        return None
    _, digest, _ = approved_content(changes[-1].decision)
    cites = Cites()
    for change in reversed(changes):
        content, _, _ = approved_content(change.decision)
        if content.cites.report_sha256:
            cites = content.cites
            break
    return Chain(
        decision=changes[-1].decision_id,
        decision_sha256=digest,
        application=cites.application,
        cab=cites.cab,
        assessment=cites.assessment,
        assessment_report_sha256=cites.report_sha256,
        accreditation=cites.accreditation,
    )


def people_of(decision: Decision) -> tuple[Person, Person | None]:
    """(proposer, approver) for the body's own pages."""
    proposal = decision_proposal(decision.pk)
    approval = getattr(decision, "approval", None)
    return proposal.proposer, approval.approver if approval is not None else None
