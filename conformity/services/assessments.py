"""An accredited body opens an assessment, names an independent team, records results and submits them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from conformity import selectors
from conformity.domain import lifecycle
from conformity.domain.criteria import Outcome
from conformity.domain.periods import DEFAULT_BASIS, scheme_periods
from conformity.domain.roles import ASSESS, CANCEL_ASSESSMENT, CONCLUDE, LEAD_ASSESSMENT, OPEN_ASSESSMENT
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.domain.tags import Tag
from conformity.models import (
    Assessment,
    AssessmentMember,
    CriterionResult,
    CustodyEntry,
    Evidence,
    MemberRole,
)
from conformity.services.moves import begun, first_move, lock, move
from conformity.titles import ASSESSMENT_STATUSES, LEVELS, SERVICE_KIND_TITLES
from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput, NotPermitted, PreconditionFailed, SeparationViolated
from trustreg.parties import selectors as parties
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import PROVIDER_ROLES, ROLE_KINDS, OrganisationKind, Role
from trustreg.parties.domain.separation import Tie, are_separate_groups

_ASSESSABLE = frozenset().union(*(ROLE_KINDS[role] for role in PROVIDER_ROLES)) - {OrganisationKind.GOVERNMENT_ISSUER}


@dataclass(frozen=True, slots=True)
class ResultInput:
    """What was found about one criterion.

    `evidence`: SHA-256 of evidence of the provider; conform needs at least one. `after`: the version of the result that
    its author had seen (0: none); a later one refuses this one. None: whatever stands there.
    """

    criterion_id: UUID
    outcome: Outcome
    reason: str = ""
    notes: str = ""
    evidence: tuple[str, ...] = ()
    after: int | None = None


@transaction.atomic
def assessment_open(
    *,
    cab_id: UUID,
    provider_id: UUID,
    service_kind: ServiceKind,
    level: Level,
    criteria_set_id: UUID,
    legal_basis: str = DEFAULT_BASIS,
    actor: Actor,
    at: datetime,
) -> Assessment:
    """Open an assessment; its criteria set is frozen from here.

    Raises PreconditionFailed when (kind, level, criteria set) is outside the body's accredited scope at this moment or
    the accreditation is suspended (rule 3), SeparationViolated for a provider of the same group (rule 4),
    InvalidInput, NotFound, NotPermitted.
    """
    parties.authorise(actor, OPEN_ASSESSMENT, at, organisation_id=cab_id)
    provider = parties.organisation_get(provider_id)
    if provider.kind not in _ASSESSABLE:
        raise InvalidInput(
            "Organisations of this kind are not assessed.",
            "この種別の組織は、評価の対象ではありません。",
            fields={"provider_id": {"en": "Expected a provider.", "ja": "事業者を指定してください。"}},
        )
    if not are_separate_groups(parties.organisation_group(cab_id), {provider_id}):
        raise SeparationViolated(
            "A body does not assess a provider of its own group.", "同じグループの事業者は評価できません。"
        )
    scope = selectors.scope_covering(cab_id, service_kind, level, criteria_set_id, at)
    if scope is None or not selectors.criteria_set_usable(criteria_set_id, at):
        raise PreconditionFailed(
            f"The body is not accredited now for {SERVICE_KIND_TITLES[service_kind].en}"
            f" (level: {LEVELS[level].en}) by this criteria set.",
            f"この機関は、いまこの基準集による{SERVICE_KIND_TITLES[service_kind].ja}（レベル：{LEVELS[level].ja}）の"
            "評価について認定されていません。",
            extra={"service_kind": service_kind.value, "level": level.value, "criteria_set": str(criteria_set_id)},
        )
    row = Assessment.objects.create(
        cab_id=cab_id,
        provider=provider,
        scope=scope,
        service_kind=service_kind,
        level=level,
        criteria_set_id=criteria_set_id,
        cooling_off_months=scheme_periods(legal_basis).cooling_off_months,
        legal_basis=legal_basis,
        opened_at=at,
        **first_move(lifecycle.OPEN, actor=actor, at=at),
    )
    begun(row, actor=actor, at=at, data={"scope": str(scope.pk), "provider": str(provider_id)})
    return row


@transaction.atomic
def assessment_member_assign(
    *, assessment_id: UUID, person_id: UUID, role: MemberRole, actor: Actor, at: datetime
) -> AssessmentMember:
    """Assign a person to the team who has declared before to have no conflict with the provider.

    Raises SeparationViolated (a tie now or in the cooling-off period, a missing or conflicting declaration, too many
    successive assessments as lead), NotPermitted (not an assessor of the body, or not competent for this kind),
    Conflict, NotFound.
    """
    assessment = lock(Assessment, assessment_id)
    parties.authorise(actor, OPEN_ASSESSMENT, at, organisation_id=assessment.cab_id)
    _require_team_open(assessment)
    wanted = [Role.CAB_LEAD] if role is MemberRole.LEAD else [Role.CAB_LEAD, Role.CAB_ASSESSOR]
    appointment = parties.appointment_at(person_id, wanted, at, organisation_id=assessment.cab_id)
    if appointment is None:
        raise NotPermitted(
            "This person is not appointed for this by the body.", "この人はこの機関でこの役割に任命されていません。"
        )
    if appointment.competence and assessment.service_kind not in appointment.competence:
        raise NotPermitted(
            f"This person's competence does not cover {SERVICE_KIND_TITLES[assessment.service_kind].en}.",
            f"この人の力量は、{SERVICE_KIND_TITLES[assessment.service_kind].ja}を含みません。",
            extra={"competence": appointment.competence},
        )
    parties.require_independent(
        person_id, [assessment.provider_id], at, cooling_off_months=assessment.cooling_off_months
    )
    declaration = parties.conflict_declaration_at(person_id, assessment.provider_id, at)
    if declaration is None or declaration.kind != Tie.NONE:
        raise SeparationViolated(
            "A member declares before the assignment to have no conflict with the provider.",
            "チームに加われるのは、事業者との利害関係がないと届け出た人だけです。先に本人が届け出てください。",
        )
    if role is MemberRole.LEAD:
        _require_rotation(assessment, person_id)
    present = AssessmentMember.objects.filter(assessment=assessment, removed_at=None)
    if present.filter(person_id=person_id).exists() or (role is MemberRole.LEAD and present.filter(role=role).exists()):
        raise Conflict(
            "This person or another lead is in the team already.", "この人か、別の主任審査員が、すでにチームにいます。"
        )
    member = AssessmentMember.objects.create(
        assessment=assessment, person_id=person_id, role=role, declaration=declaration, assigned_at=at
    )
    events.record(
        Tag.MEMBER_ASSIGNED,
        actor=actor,
        at=at,
        subject=("assessment", assessment.pk),
        data={"person": str(person_id), "role": role.value, "declaration": str(declaration.pk)},
    )
    return member


@transaction.atomic
def assessment_member_remove(*, assessment_id: UUID, person_id: UUID, actor: Actor, at: datetime) -> AssessmentMember:
    """Take a person out of the team; they still never decide on this assessment.

    Raises Conflict, NotFound, NotPermitted.
    """
    assessment = lock(Assessment, assessment_id)
    parties.authorise(actor, OPEN_ASSESSMENT, at, organisation_id=assessment.cab_id)
    _require_team_open(assessment)
    member = AssessmentMember.objects.filter(assessment=assessment, person_id=person_id, removed_at=None).first()
    if member is None:
        raise Conflict("This person is not in the team.", "この人はチームにいません。")
    member.removed_at = at
    member.save(update_fields=["removed_at"])
    events.record(
        Tag.MEMBER_REMOVED, actor=actor, at=at, subject=("assessment", assessment.pk), data={"person": str(person_id)}
    )
    return member


@transaction.atomic
def assessment_examine_documents(*, assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """Begin stage 1. Raises PreconditionFailed (no lead), TransitionNotAllowed, NotPermitted, NotFound."""
    row = _lead(assessment_id, actor, at)
    move(row, lifecycle.EXAMINE_DOCUMENTS, actor=actor, at=at)
    return row


@transaction.atomic
def assessment_go_on_site(*, assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """Begin stage 2. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    row = _lead(assessment_id, actor, at)
    move(row, lifecycle.GO_ON_SITE, actor=actor, at=at)
    return row


@transaction.atomic
def assessment_submit(*, assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """The lead hands the results to the decider; every applicable criterion has one.

    Raises PreconditionFailed (codes of unanswered criteria in `extra["missing"]`), TransitionNotAllowed, NotPermitted,
    NotFound.
    """
    row = _lead(assessment_id, actor, at)
    lifecycle.SUBMIT.check(row.status)
    unanswered = selectors.results_missing(row)
    if unanswered:
        raise PreconditionFailed(
            f"{len(unanswered)} applicable criteria have no result: {', '.join(unanswered[:10])}.",
            f"{len(unanswered)} 件の基準に結果がありません：{'、'.join(unanswered[:10])}。",
            extra={"missing": list(unanswered)},
        )
    require_scope(row, at)
    move(row, lifecycle.SUBMIT, actor=actor, at=at)
    return row


@transaction.atomic
def assessment_return(*, assessment_id: UUID, reasons: str, actor: Actor, at: datetime) -> Assessment:
    """The decider gives the assessment back to its team.

    Raises InvalidInput, TransitionNotAllowed, NotPermitted, NotFound.
    """
    row = lock(Assessment, assessment_id)
    parties.authorise(actor, CONCLUDE, at, organisation_id=row.cab_id)
    if not reasons.strip():
        raise InvalidInput(
            "Reasons are needed.",
            "理由を入力してください。",
            fields={"reasons": {"en": "A value is needed.", "ja": "入力してください。"}},
        )
    move(row, lifecycle.RETURN, actor=actor, at=at, data={"reasons": reasons.strip()})
    return row


@transaction.atomic
def assessment_cancel(*, assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """Cancel an assessment that is not concluded; its record stays.

    Raises TransitionNotAllowed, NotPermitted, NotFound.
    """
    row = lock(Assessment, assessment_id)
    parties.authorise(actor, CANCEL_ASSESSMENT, at, organisation_id=row.cab_id)
    move(row, lifecycle.CANCEL, actor=actor, at=at)
    return row


@transaction.atomic
def results_record(
    *, assessment_id: UUID, results: Sequence[ResultInput], actor: Actor, at: datetime
) -> list[CriterionResult]:
    """Record results for one or many criteria, each a new version of its criterion's result; all or none.

    Raises InvalidInput (each criterion at fault named by its id), PreconditionFailed (accreditation suspended or out
    of scope), Conflict (not being assessed; or, with codes in `extra["changed"]`, somebody recorded a result first),
    NotPermitted (not in the team), NotFound.
    """
    assessment = lock(Assessment, assessment_id)
    require_assessing(assessment, actor, at)
    require_scope(assessment, at)
    applicable = {
        row.pk: row.code
        for row in selectors.criteria_applicable(
            assessment.criteria_set_id, ServiceKind(assessment.service_kind), Level(assessment.level)
        )
    }
    cited = require_evidence(assessment.provider_id, (digest for result in results for digest in result.evidence))
    faults: dict[str, dict[str, str]] = {}
    for result in results:
        name = applicable.get(result.criterion_id, str(result.criterion_id))
        if result.criterion_id not in applicable:
            faults[name] = {"en": "This criterion does not apply here.", "ja": "この評価に適用されない基準です。"}
        elif result.outcome is Outcome.CONFORM and not result.evidence:
            faults[name] = {"en": "Conformity cites evidence.", "ja": "適合には証拠の引用が必要です。"}
        elif result.outcome is not Outcome.CONFORM and not result.reason.strip():
            faults[name] = {"en": "A reason is needed.", "ja": "理由を入力してください。"}
    if len({result.criterion_id for result in results}) != len(results):
        faults["results"] = {"en": "A criterion occurs twice.", "ja": "同じ基準が2回あります。"}
    if faults:
        raise InvalidInput("Some results cannot be recorded.", "記録できない結果があります。", fields=faults)
    versions = dict(
        CriterionResult.objects.filter(assessment=assessment).values_list("criterion_id").annotate(last=Max("version"))
    )
    changed = [
        applicable[result.criterion_id]
        for result in results
        if result.after is not None and versions.get(result.criterion_id, 0) != result.after
    ]
    if changed:
        raise Conflict(
            f"Somebody recorded a result first: {', '.join(changed)}. Compare, then save again.",
            f"先に別の人が判定を記録しました（{'、'.join(changed)}）。違いを確かめて、もう一度保存してください。",
            extra={"changed": changed},
        )
    rows = CriterionResult.objects.bulk_create(
        CriterionResult(
            assessment=assessment,
            criterion_id=result.criterion_id,
            version=versions.get(result.criterion_id, 0) + 1,
            outcome=result.outcome,
            reason=result.reason.strip(),
            notes=result.notes,
            evidence=sorted(set(result.evidence)),
            by_id=actor.person_id,
            at=at,
        )
        for result in results
    )
    CustodyEntry.objects.bulk_create(
        CustodyEntry(evidence=row, action="cited", by_id=actor.person_id, at=at, note=f"assessment {assessment.pk}")
        for row in cited
    )
    events.record(
        Tag.RESULTS_RECORDED, actor=actor, at=at, subject=("assessment", assessment.pk), data={"results": len(rows)}
    )
    return rows


def require_evidence(provider_id: UUID, digests: Iterable[str]) -> list[Evidence]:
    """The provider's evidence rows of these digests. Raises InvalidInput when one is not there."""
    wanted = set(digests)
    found = list(Evidence.objects.filter(organisation_id=provider_id, sha256__in=wanted))
    absent = wanted - {row.sha256 for row in found}
    if absent:
        raise InvalidInput(
            f"The provider handed in no evidence with SHA-256 {', '.join(sorted(absent))}.",
            "事業者から提出されていない証拠が引用されています。",
            fields={"evidence": {"en": "Unknown evidence.", "ja": "不明な証拠です。"}},
        )
    return found


def require_assessing(assessment: Assessment, actor: Actor, at: datetime) -> None:
    """Raise unless the actor is in the team of an assessment that is being carried out (Conflict, NotPermitted)."""
    parties.authorise(actor, ASSESS, at, organisation_id=assessment.cab_id)
    if assessment.status not in (lifecycle.AssessmentStatus.DOCUMENTS, lifecycle.AssessmentStatus.ON_SITE):
        raise Conflict(
            "Results and findings are recorded only while the assessment is carried out; this one stands at:"
            f" {ASSESSMENT_STATUSES[assessment.status].en}.",
            f"この評価の状態は「{ASSESSMENT_STATUSES[assessment.status].ja}」です。"
            "結果と指摘は、評価の実施中にだけ記録できます。",
            extra={"status": assessment.status},
        )
    require_member(assessment, actor)


def require_member(assessment: Assessment, actor: Actor) -> None:
    """Raise NotPermitted unless the actor is in the team."""
    if not selectors.is_member(assessment.pk, actor.person_id):
        raise NotPermitted("You are not in the team of this assessment.", "この評価のチームに入っていません。")


def require_scope(assessment: Assessment, at: datetime) -> None:
    """Raise PreconditionFailed when the accreditation behind an assessment no longer holds: it is frozen."""
    if not selectors.scope_holds(assessment.scope_id, at):
        raise PreconditionFailed(
            "The body's accreditation for this assessment is suspended or has ended; the assessment is frozen.",
            "この評価に必要な機関の認定が停止または終了しています。評価は凍結されています。",
        )


def _lead(assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    row = lock(Assessment, assessment_id)
    parties.authorise(actor, LEAD_ASSESSMENT, at, organisation_id=row.cab_id)
    lead = AssessmentMember.objects.filter(assessment=row, role=MemberRole.LEAD, removed_at=None).first()
    if lead is None:
        raise PreconditionFailed("The team has no lead yet.", "チームに主任審査員がいません。")
    if lead.person_id != actor.person_id:
        raise NotPermitted("Only the lead of this assessment does this.", "この評価の主任審査員だけができます。")
    return row


def _require_team_open(assessment: Assessment) -> None:
    if assessment.status not in lifecycle.OPEN_ASSESSMENT_STATUSES:
        raise Conflict("The team of this assessment is fixed.", "この評価のチームは確定しています。")


def _require_rotation(assessment: Assessment, person_id: UUID) -> None:
    """Rule 5: the same lead at most so many successive times for one kind of service of a provider."""
    cycles = scheme_periods(assessment.legal_basis).lead_cycles
    leads = list(
        AssessmentMember.objects.filter(
            assessment__provider_id=assessment.provider_id,
            assessment__service_kind=assessment.service_kind,
            assessment__status=lifecycle.AssessmentStatus.CONCLUDED,
            role=MemberRole.LEAD,
            removed_at=None,
        )
        .order_by("-assessment__opened_at")
        .values_list("person_id", flat=True)[:cycles]
    )
    if len(leads) == cycles and set(leads) == {person_id}:
        raise SeparationViolated(
            f"The same lead serves at most {cycles} successive assessments.",
            f"同じ人が主任審査員になれるのは、続けて {cycles} 回までです。",
        )
