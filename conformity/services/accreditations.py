"""An accreditation body examines conformity assessment bodies; two of its people decide (ISO/IEC 17011)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from conformity import selectors
from conformity.domain import lifecycle
from conformity.domain.canonical import sha256_of
from conformity.domain.periods import scheme_periods
from conformity.domain.roles import (
    APPLY_ACCREDITATION,
    DECIDE_ACCREDITATION,
    EXAMINE_ACCREDITATION,
    PROPOSE_ACCREDITATION,
)
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind
from conformity.domain.tags import Tag
from conformity.models import (
    Accreditation,
    AccreditationDecision,
    AccreditationDecisionKind,
    AccreditationScope,
    CriteriaSet,
)
from conformity.services.moves import begun, first_move, lock, move
from trustreg.base import events, outbox
from trustreg.base.errors import Conflict, InvalidInput, NotFound, SeparationViolated
from trustreg.base.lifecycle import Arrow
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind
from trustreg.parties.domain.separation import are_separate_groups, are_two_people, months_before
from trustreg.parties.selectors import authorise, organisation_get, organisation_group, require_independent

_MOVES: Final = {
    AccreditationDecisionKind.GRANT: lifecycle.ACCREDIT,
    AccreditationDecisionKind.SUSPEND: lifecycle.SUSPEND,
    AccreditationDecisionKind.LIFT: lifecycle.LIFT,
    AccreditationDecisionKind.WITHDRAW: lifecycle.WITHDRAW,
}


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """One thing a body may assess: a kind of service at a level by a criteria set."""

    service_kind: ServiceKind
    level: Level
    criteria_set_id: UUID

    def as_data(self) -> dict[str, str]:
        return {
            "service_kind": self.service_kind.value,
            "level": self.level.value,
            "criteria_set": str(self.criteria_set_id),
        }


@transaction.atomic
def accreditation_apply(*, ab_id: UUID, cab_id: UUID, number: str, actor: Actor, at: datetime) -> Accreditation:
    """Enter a body's application for accreditation. `number` is unique.

    Raises SeparationViolated (a body of the same group), InvalidInput, Conflict, NotFound, NotPermitted.
    """
    authorise(actor, APPLY_ACCREDITATION, at, organisation_id=ab_id)
    ab, cab = organisation_get(ab_id), organisation_get(cab_id)
    if ab.kind != OrganisationKind.AB or cab.kind != OrganisationKind.CAB or not number.strip():
        raise InvalidInput(
            "An accreditation body accredits a conformity assessment body, under a number.",
            "認定機関が適合性評価機関を、番号を付けて認定します。",
        )
    if not are_separate_groups(organisation_group(ab_id), {cab_id}):
        raise SeparationViolated(
            "A body does not accredit a body of its own group.", "同じグループの機関は認定できません。"
        )
    ended = ["withdrawn", "refused", "expired"]
    if Accreditation.objects.filter(number=number).exists():
        raise Conflict(f"The number {number} is used already.", f"番号 {number} はすでに使われています。")
    if Accreditation.objects.filter(ab=ab, cab=cab).exclude(status__in=ended).exists():
        raise Conflict(
            "This body is accredited or under examination already.", "この機関はすでに認定済みか審査中です。"
        )
    row = Accreditation.objects.create(
        ab=ab, cab=cab, number=number.strip(), **first_move(lifecycle.APPLY, actor=actor, at=at)
    )
    begun(row, actor=actor, at=at, data={"cab": str(cab_id)})
    return row


@transaction.atomic
def _examine(accreditation_id: UUID, arrow: Arrow, *, actor: Actor, at: datetime) -> Accreditation:
    row = lock(Accreditation, accreditation_id)
    authorise(actor, EXAMINE_ACCREDITATION, at, organisation_id=row.ab_id)
    move(row, arrow, actor=actor, at=at)
    return row


def accreditation_review_documents(*, accreditation_id: UUID, actor: Actor, at: datetime) -> Accreditation:
    """Begin the document review. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    return _examine(accreditation_id, lifecycle.REVIEW_DOCUMENTS, actor=actor, at=at)


def accreditation_assess_office(*, accreditation_id: UUID, actor: Actor, at: datetime) -> Accreditation:
    """Begin the office assessment. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    return _examine(accreditation_id, lifecycle.ASSESS_OFFICE, actor=actor, at=at)


def accreditation_witness(*, accreditation_id: UUID, actor: Actor, at: datetime) -> Accreditation:
    """Begin witnessing an audit of the body. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    return _examine(accreditation_id, lifecycle.WITNESS, actor=actor, at=at)


@transaction.atomic
def accreditation_refuse(*, accreditation_id: UUID, reasons: str, actor: Actor, at: datetime) -> Accreditation:
    """Refuse an application under examination; the event keeps the reasons.

    Raises InvalidInput, SeparationViolated, TransitionNotAllowed, NotPermitted, NotFound.
    """
    row = lock(Accreditation, accreditation_id)
    authorise(actor, DECIDE_ACCREDITATION, at, organisation_id=row.ab_id)
    _require_free(actor, row, at)
    _require_reasons(reasons)
    move(row, lifecycle.REFUSE, actor=actor, at=at, data={"reasons": reasons.strip()})
    return row


@transaction.atomic
def accreditation_decision_propose(
    *,
    accreditation_id: UUID,
    kind: AccreditationDecisionKind,
    reasons: str,
    add: Iterable[ScopeItem] = (),
    end: Iterable[UUID] = (),
    actor: Actor,
    at: datetime,
) -> AccreditationDecision:
    """Propose to grant (with its scope), change the scope, suspend, lift or withdraw.

    `add`: items that enter the scope (grant, scope); `end`: ids of scope rows that leave it (scope). The proposal's
    `draft_sha256` is what the approver approves. Raises InvalidInput, SeparationViolated, Conflict (another waits),
    TransitionNotAllowed, NotPermitted, NotFound.
    """
    row = lock(Accreditation, accreditation_id)
    authorise(actor, PROPOSE_ACCREDITATION, at, organisation_id=row.ab_id)
    _require_free(actor, row, at)
    _require_reasons(reasons)
    if row.decisions.filter(outcome="").exists():
        raise Conflict("Another proposal waits for its decision.", "決定を待つ提案がほかにあります。")
    items, ended = list(add), sorted(set(end))
    _check_scope(row, kind, items, ended, at)
    if kind is AccreditationDecisionKind.GRANT:
        move(row, lifecycle.PROPOSE, actor=actor, at=at)
    elif kind is AccreditationDecisionKind.SCOPE:
        if row.status != lifecycle.AccreditationStatus.ACCREDITED:
            raise Conflict("Only the scope of an accredited body changes.", "認定中の機関だけが範囲を変更できます。")
    else:
        _MOVES[kind].check(row.status)
    payload = {"add": [item.as_data() for item in items], "end": [str(scope_id) for scope_id in ended]}
    decision = AccreditationDecision.objects.create(
        accreditation=row,
        kind=kind,
        payload=payload,
        reasons=reasons.strip(),
        draft_sha256=_draft_sha256(row, kind, payload, reasons.strip()),
        proposed_by_id=actor.person_id,
        proposed_at=at,
    )
    events.record(
        Tag.ACCREDITATION_PROPOSED,
        actor=actor,
        at=at,
        subject=("accreditation", row.pk),
        data={"decision": str(decision.pk), "kind": kind.value, "sha256": decision.draft_sha256},
    )
    return decision


@transaction.atomic
def accreditation_decision_approve(
    *, decision_id: UUID, draft_sha256: str, actor: Actor, at: datetime
) -> AccreditationDecision:
    """Approve a proposal by a second person, on the hash of the draft they were shown; it takes effect at once.

    Raises SeparationViolated, Conflict (decided, or another draft than the one shown), NotPermitted, NotFound.
    """
    decision, row = _decide(decision_id, draft_sha256, "approved", actor=actor, at=at)
    kind = AccreditationDecisionKind(decision.kind)
    periods = scheme_periods()
    if kind in _MOVES:
        validity: dict[str, Any] = {}
        if kind is AccreditationDecisionKind.GRANT:
            validity = {"valid_from": at, "valid_until": months_before(at, -periods.accreditation_months)}
        move(row, _MOVES[kind], actor=actor, at=at, changes=validity, data={"decision": str(decision.pk)})
    ended = row.scope.filter(pk__in=decision.payload["end"], ends_at=None).update(
        ends_at=at, ended_by_decision=decision
    )
    if ended != len(decision.payload["end"]):
        raise Conflict("The scope has changed since the proposal.", "提案のあとで認定範囲が変わりました。")
    AccreditationScope.objects.bulk_create(
        AccreditationScope(
            accreditation=row,
            service_kind=item["service_kind"],
            level=item["level"],
            criteria_set_id=UUID(item["criteria_set"]),
            starts_at=at,
            decision=decision,
        )
        for item in decision.payload["add"]
    )
    # Existing grants do not fall with the body; the upper app lists them for review.
    outbox.emit(
        "conformity.accreditation.changed",
        {"accreditation_id": str(row.pk), "cab_id": str(row.cab_id), "kind": kind.value},
    )
    return decision


@transaction.atomic
def accreditation_decision_reject(
    *, decision_id: UUID, draft_sha256: str, actor: Actor, at: datetime
) -> AccreditationDecision:
    """Reject a proposal by a second person; a proposed grant goes back to witnessing.

    Raises SeparationViolated, Conflict, NotPermitted, NotFound.
    """
    decision, row = _decide(decision_id, draft_sha256, "rejected", actor=actor, at=at)
    if decision.kind == AccreditationDecisionKind.GRANT:
        move(row, lifecycle.SEND_BACK, actor=actor, at=at)
    return decision


@transaction.atomic
def accreditations_expire(*, actor: Actor, at: datetime) -> int:
    """Move accreditations past their validity to expired; run by schedule. Returns how many."""
    due = Accreditation.objects.select_for_update(skip_locked=True).filter(
        status__in=lifecycle.EXPIRE.sources, valid_until__lte=at
    )
    rows = list(due)
    for row in rows:
        move(row, lifecycle.EXPIRE, actor=actor, at=at)
        outbox.emit(
            "conformity.accreditation.changed",
            {"accreditation_id": str(row.pk), "cab_id": str(row.cab_id), "kind": "expire"},
        )
    return len(rows)


def _decide(
    decision_id: UUID, draft_sha256: str, outcome: str, *, actor: Actor, at: datetime
) -> tuple[AccreditationDecision, Accreditation]:
    decision = AccreditationDecision.objects.filter(pk=decision_id).first()
    if decision is None:
        raise NotFound(f"There is no decision {decision_id}.", f"決定 {decision_id} はありません。")
    row = lock(Accreditation, decision.accreditation_id)
    decision = AccreditationDecision.objects.select_for_update().get(pk=decision_id)
    authorise(actor, DECIDE_ACCREDITATION, at, organisation_id=row.ab_id)
    if not are_two_people(decision.proposed_by_id, actor.person_id):
        raise SeparationViolated("Whoever proposes does not decide.", "提案者は決定できません。")
    _require_free(actor, row, at)
    if decision.outcome:
        raise Conflict(f"This proposal was {decision.outcome} already.", "この提案はすでに決定されています。")
    now_sha256 = _draft_sha256(row, AccreditationDecisionKind(decision.kind), decision.payload, decision.reasons)
    if draft_sha256 != decision.draft_sha256 or draft_sha256 != now_sha256:
        raise Conflict("The draft is not the one you were shown.", "提示された案と内容が異なります。")
    decision.outcome = outcome
    decision.decided_by_id = actor.person_id
    decision.decided_at = at
    decision.save(update_fields=["outcome", "decided_by", "decided_at"])
    events.record(
        Tag.ACCREDITATION_DECIDED,
        actor=actor,
        at=at,
        subject=("accreditation", row.pk),
        data={"decision": str(decision.pk), "outcome": outcome, "sha256": draft_sha256},
    )
    return decision, row


def _draft_sha256(row: Accreditation, kind: AccreditationDecisionKind, payload: dict[str, Any], reasons: str) -> str:
    return sha256_of(
        {"accreditation": str(row.pk), "number": row.number, "kind": kind.value, "reasons": reasons, **payload}
    )


def _require_free(actor: Actor, row: Accreditation, at: datetime) -> None:
    require_independent(actor.person_id, [row.cab_id], at, cooling_off_months=scheme_periods().cooling_off_months)


def _require_reasons(reasons: str) -> None:
    if not reasons.strip():
        raise InvalidInput(
            "A decision states its reasons.",
            "決定には理由が必要です。",
            fields={"reasons": {"en": "A value is needed.", "ja": "入力してください。"}},
        )


def _check_scope(
    row: Accreditation, kind: AccreditationDecisionKind, items: list[ScopeItem], ended: list[UUID], at: datetime
) -> None:
    faults: list[str] = []
    changes_scope = kind in (AccreditationDecisionKind.GRANT, AccreditationDecisionKind.SCOPE)
    if (items and not changes_scope) or (ended and kind is not AccreditationDecisionKind.SCOPE):
        faults.append("this kind of decision does not change the scope")
    if changes_scope and not items and not ended:
        faults.append("the scope is empty")
    if len(set(items)) != len(items):
        faults.append("an item occurs twice")
    current = {scope.pk: scope for scope in row.scope.filter(ends_at=None)}
    if not set(ended) <= set(current):
        faults.append("a row to end is not in the scope")
    staying = {
        (scope.service_kind, scope.level, scope.criteria_set_id) for pk, scope in current.items() if pk not in ended
    }
    for item in items:
        if item.level is Level.OTHER or item.level not in SERVICE_KINDS[item.service_kind].levels:
            faults.append(f"{item.service_kind} has no assessed level {item.level}")
        if (item.service_kind, item.level, item.criteria_set_id) in staying:
            faults.append(f"{item.service_kind} {item.level} is in the scope already")
    for set_id in {item.criteria_set_id for item in items}:
        if not selectors.criteria_set_usable(set_id, at):
            known = CriteriaSet.objects.filter(pk=set_id).first()
            faults.append(f"criteria set {known or set_id} is not in force")
    if faults:
        sentence = "; ".join(faults)
        raise InvalidInput(
            f"The scope cannot be accepted: {sentence}.",
            f"認定範囲を受け付けられません（{sentence}）。",
            fields={"scope": {"en": sentence, "ja": "認定範囲を確かめてください。"}},
        )
