"""Decisions: one person proposes, another approves the hash that they were shown, and only then something stands.

Every act locks the decision, so that of two concurrent acts one wins and the other gets a Conflict.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from certification.domain import lifecycle
from certification.domain.acts import APPROVE, PROPOSE, SUSPEND_URGENTLY
from certification.domain.decisions import (
    DecisionContent,
    ServiceState,
    canonical_text,
    check_content,
    text_sha256,
)
from certification.domain.lifecycle import DecisionKind, DecisionStatus, ServiceStatus
from certification.domain.tags import Tag
from certification.models import (
    Application,
    Decision,
    DecisionApproval,
    DecisionProposal,
    DecisionReturn,
    Service,
    StatusChange,
)
from certification.selectors import register
from certification.selectors.decisions import decision_get, decision_proposal
from certification.selectors.drafts import draft_step
from certification.services.applications import application_move
from certification.services.decision_rules import check_cites, check_draft, require_decider, require_other_person
from certification.services.walls import walls
from trustreg.base import events, outbox
from trustreg.base.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from trustreg.base.lifecycle import Arrow
from trustreg.parties.domain.actors import Actor
from trustreg.parties.selectors import authorise

APPROVED_TOPIC = "certification.decision.approved"


@transaction.atomic
def decision_propose(*, draft: DecisionContent, actor: Actor, at: datetime) -> Decision:
    """Put a draft forward for another person's approval. `draft` comes from `selectors.drafts`.

    Raises SeparationViolated, NotPermitted, NotFound, Conflict (another decision on the service is open), InvalidInput,
    PreconditionFailed, TransitionNotAllowed.
    """
    appointment = authorise(actor, PROPOSE, at)
    return _open(draft, DecisionStatus.PROPOSED, Tag.DECISION_PROPOSED, appointment.organisation_id, actor, at)


@transaction.atomic
def decision_edit(
    *, decision_id: UUID, draft: DecisionContent, seen_sha256: str | None = None, actor: Actor, at: datetime
) -> Decision:
    """Replace the draft of an open decision; the earlier proposal is void, and so is every hash that was shown of it.

    With `seen_sha256` only while that is the hash of the present draft. Raises as `decision_propose`.
    """
    decision = _locked(decision_id)
    authorise(actor, PROPOSE, at, organisation_id=decision.body_id)
    require_decider(actor.person_id, decision.service, decision.application, at)
    lifecycle.EDIT.check(decision.status)
    present = decision_proposal(decision.pk).content_sha256
    if seen_sha256 is not None and seen_sha256 != present:
        raise Conflict(
            "Somebody has edited this draft since you were shown it. Compare, then save again.",
            "表示した後に、ほかの人がこの案を直しました。違いを確かめて、もう一度保存してください。",
            extra={"content_sha256": present},
        )
    check_draft(draft, decision, at)
    _write_proposal(decision, draft, actor)
    _set_status(decision, lifecycle.EDIT)
    _record(Tag.DECISION_EDITED, decision, actor, at, content_sha256=draft.sha256)
    return decision


@transaction.atomic
def decision_return(*, decision_id: UUID, reasons: str, actor: Actor, at: datetime) -> Decision:
    """Send the proposal back to its proposer. Raises InvalidInput without reasons, else as `decision_approve`."""
    decision = _locked(decision_id)
    authorise(actor, APPROVE, at, organisation_id=decision.body_id)
    require_decider(actor.person_id, decision.service, decision.application, at)
    lifecycle.SEND_BACK.check(decision.status)
    if not reasons.strip():
        raise InvalidInput(
            "Say why you return it.",
            "差し戻す理由を入力してください。",
            fields={"reasons": {"en": "Say why.", "ja": "理由を入力してください。"}},
        )
    proposal = decision_proposal(decision.pk)
    with walls():
        DecisionReturn.objects.create(proposal=proposal, person_id=actor.person_id, reasons=reasons.strip())
    _set_status(decision, lifecycle.SEND_BACK)
    _record(Tag.DECISION_RETURNED, decision, actor, at)
    return decision


@transaction.atomic
def decision_drop(*, decision_id: UUID, actor: Actor, at: datetime) -> Decision:
    """Give an open decision up; nothing was decided, and the record is kept. Raises as `decision_edit`."""
    decision = _locked(decision_id)
    authorise(actor, PROPOSE, at, organisation_id=decision.body_id)
    require_decider(actor.person_id, decision.service, decision.application, at)
    _set_status(decision, lifecycle.DROP)
    _record(Tag.DECISION_DROPPED, decision, actor, at)
    return decision


@transaction.atomic
def decision_approve(*, decision_id: UUID, content_sha256: str, actor: Actor, at: datetime) -> Decision:
    """Approve the draft whose hash the actor was shown; it stands from now, and is listed from the next issue.

    Appends the status change, moves the application and announces the decision.

    Raises SeparationViolated (a proposer of this decision, someone of the applicant, the assessing body or the team),
    NotPermitted, NotFound, Conflict (the draft changed since it was shown; someone was faster), PreconditionFailed.
    """
    decision = _locked(decision_id)
    authorise(actor, APPROVE, at, organisation_id=decision.body_id)
    lifecycle.APPROVE.check(decision.status)
    proposal = decision_proposal(decision.pk)
    require_other_person(decision.proposals.filter(proposer_id=actor.person_id).exists())
    if proposal.content_sha256 != content_sha256:
        raise Conflict(
            "The draft has changed since you were shown it. Read it again and approve its new hash.",
            "確認した後に案が変わりました。もう一度読んでから承認してください。",
            extra={"content_sha256": proposal.content_sha256},
        )
    require_decider(actor.person_id, decision.service, decision.application, at)
    content = proposal.frozen
    check_content(content, before=register.standing_state(decision.service_id), at=at)
    check_cites(content, decision.application)
    with walls():
        DecisionApproval.objects.create(
            decision=decision,
            proposal=proposal,
            content_sha256=content_sha256,
            proposer_id=proposal.proposer_id,
            approver_id=actor.person_id,
        )
        _set_status(decision, lifecycle.APPROVE)
        _append_decided(decision, content)
    if decision.application is not None:
        arrow = lifecycle.REJECT if content.kind is DecisionKind.REJECT else lifecycle.GRANT
        application_move(decision.application, arrow, actor=actor, at=at, data={"decision": str(decision.pk)})
    _record(Tag.DECISION_APPROVED, decision, actor, at, content_sha256=content_sha256)
    outbox.emit(APPROVED_TOPIC, {"decision": str(decision.pk)})
    return decision


@transaction.atomic
def service_suspend_urgently(
    *,
    service_id: UUID,
    reasons: dict[str, str],
    findings: tuple[str, ...] = (),
    incidents: tuple[str, ...] = (),
    actor: Actor,
    at: datetime,
) -> Decision:
    """Suspend at once on one signature. It stays until two people confirm or lift it; time alone never lifts it.

    An open proposal on the service is dropped: it no longer starts from what stands. Raises SeparationViolated,
    NotPermitted, NotFound, TransitionNotAllowed, InvalidInput.
    """
    appointment = authorise(actor, SUSPEND_URGENTLY, at)
    register.service_lock(service_id)
    for open_decision in Decision.objects.select_for_update().filter(
        service_id=service_id, status__in=(DecisionStatus.PROPOSED, DecisionStatus.RETURNED)
    ):
        _set_status(open_decision, lifecycle.DROP)
        _record(Tag.DECISION_DROPPED, open_decision, actor, at)
    draft = draft_step(
        service_id, DecisionKind.SUSPEND, reasons=reasons, findings=findings, incidents=incidents, urgent=True
    )
    decision = _open(draft, DecisionStatus.URGENT, Tag.SUSPENDED_URGENTLY, appointment.organisation_id, actor, at)
    with walls():
        _append_decided(decision, draft)
    outbox.emit(APPROVED_TOPIC, {"decision": str(decision.pk)})
    return decision


@transaction.atomic
def service_expire(*, service_id: UUID, at: datetime) -> StatusChange:
    """End a grant whose end has passed: an act of the system, on the decision behind what stands.

    Raises PreconditionFailed before the end, TransitionNotAllowed when nothing stands, NotFound.
    """
    service = register.service_lock(service_id)
    last = register.standing_change(service_id)
    lifecycle.step(lifecycle.EXPIRE, last.to_status if last else ServiceStatus.NONE)
    state = last.state if last else None
    if last is None or state is None or state.valid_until is None or state.valid_until > at:
        raise PreconditionFailed("The grant has not reached its end.", "認定の有効期限は、まだ過ぎていません。")
    with walls():
        change = _append(last.decision, state.as_expired(), state.status, lifecycle.EXPIRE)
    events.record(Tag.STATUS_EXPIRED, actor=None, at=at, subject=("service", service.pk))
    outbox.emit(APPROVED_TOPIC, {"decision": str(last.decision_id)})
    return change


def _open(
    draft: DecisionContent, status: DecisionStatus, tag: Tag, body_id: UUID, actor: Actor, at: datetime
) -> Decision:
    service = register.service_lock(UUID(draft.service))
    application = None
    if draft.cites.application is not None:
        application = Application.objects.select_for_update(of=("self",)).filter(pk=draft.cites.application).first()
        if application is None:
            raise NotFound("There is no such application.", "引用された申請がありません。")
    require_decider(actor.person_id, service, application, at)
    if draft.urgent != (status is DecisionStatus.URGENT):
        raise InvalidInput("Only an urgent suspension is urgent.", "緊急とできるのは、緊急停止だけです。")
    decision = Decision(
        id=UUID(draft.decision),
        kind=draft.kind,
        service=service,
        application=application,
        body_id=body_id,
        status=status,
    )
    check_draft(draft, decision, at)
    if Decision.objects.filter(service=service, status__in=(DecisionStatus.PROPOSED, DecisionStatus.RETURNED)).exists():
        raise Conflict(
            "Another decision on this service is open. Finish or drop it first.",
            "このサービスには、未了の決定があります。先にそれを終えてください。",
        )
    with walls():
        decision.save(force_insert=True)
    _write_proposal(decision, draft, actor)
    decision.refresh_from_db(fields=["serial", "opened_at"])
    _record(tag, decision, actor, at, content_sha256=draft.sha256)
    return decision


def _write_proposal(decision: Decision, draft: DecisionContent, actor: Actor) -> DecisionProposal:
    latest = decision.proposals.order_by("-revision").first()
    with walls():
        return DecisionProposal.objects.create(
            decision=decision,
            revision=(latest.revision if latest else 0) + 1,
            content=draft.text,
            content_sha256=draft.sha256,
            proposer_id=actor.person_id,
        )


def _append_decided(decision: Decision, content: DecisionContent) -> None:
    if content.state is not None:
        _append(decision, content.state, content.from_status, str(content.kind))


def _append(decision: Decision, state: ServiceState, from_status: str, transition: str) -> StatusChange:
    last = register.standing_change(decision.service_id)
    content = canonical_text(state.as_json())
    return StatusChange.objects.create(
        service_id=decision.service_id,
        sequence=(last.sequence if last else 0) + 1,
        transition=transition,
        from_status=str(from_status),
        to_status=str(state.status),
        content=content,
        content_sha256=text_sha256(content),
        decision=decision,
    )


def _locked(decision_id: UUID) -> Decision:
    # The service first, always: acts on one service come one after another, and never wait for each other in a ring.
    Service.objects.select_for_update(of=("self",)).filter(decisions=decision_id).first()
    if not Decision.objects.select_for_update(of=("self",)).filter(pk=decision_id).exists():
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    return decision_get(decision_id)


def _set_status(decision: Decision, arrow: Arrow) -> None:
    arrow.check(decision.status)
    decision.status = arrow.to
    decision.version += 1
    with walls():
        decision.save(update_fields=["status", "version"])


def _record(tag: Tag, decision: Decision, actor: Actor, at: datetime, **data: str) -> None:
    events.record(tag, actor=actor, at=at, subject=("decision", decision.pk), data={"kind": str(decision.kind), **data})
