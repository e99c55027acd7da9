"""The rules that a decision is held to when it is proposed, edited and approved; and a look at them beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from certification.domain import lifecycle
from certification.domain.decisions import Cites, DecisionContent, ServiceState, check_content
from certification.models import Application, Decision, Service
from certification.selectors import cases, register
from certification.selectors.cases import Grounds
from certification.selectors.drafts import Known
from trustreg.base.errors import (
    Conflict,
    InvalidInput,
    PreconditionFailed,
    SeparationViolated,
    TrustregError,
)
from trustreg.parties.selectors import require_independent


class Rule(StrEnum):
    """What is looked at, in the order in which pages show it."""

    CONTENT = "content"  # kind, status, end and texts agree with what stands
    CASE = "case"  # it cites exactly what the case holds, and the report says that the service conforms
    APPLIED = "applied"  # nothing beyond what was applied for
    REGISTERED = "registered"  # keys, provider and type are registered
    INDEPENDENT = "independent"  # the person who looks is free to decide
    FOUR_EYES = "four_eyes"  # the person who looks wrote no draft of it


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule holds; `error` says why not."""

    rule: Rule
    error: TrustregError | None = None


def verdicts(
    draft: DecisionContent,
    *,
    service: Service,
    application: Application | None,
    grounds: Grounds | None = None,
    before: ServiceState | None,
    person_id: UUID,
    wrote: bool | None = None,
    at: datetime,
    known: Known | None = None,
) -> Iterator[Verdict]:
    """Each rule that matters for this draft, as it would be judged now for this person.

    `wrote`: whether the person wrote a draft of it, None where nobody is to approve yet. `known`: what was read of the
    matter already. Nothing is written.
    """
    yield _verdict(Rule.CONTENT, lambda: check_content(draft, before=before, at=at))
    if application is not None:
        yield _verdict(Rule.CASE, lambda: check_cites(draft, application, grounds))
        state = draft.state
        if state is not None:
            yield _verdict(Rule.APPLIED, lambda: check_applied_for(state, application))
            if wrote is None:  # keys are never removed: what was registered when it was proposed still is
                yield _verdict(Rule.REGISTERED, lambda: check_registered(state, service, known))
    yield _verdict(Rule.INDEPENDENT, lambda: require_decider(person_id, service, application, at, known))
    if wrote is not None:
        yield _verdict(Rule.FOUR_EYES, lambda: require_other_person(wrote))


def _verdict(rule: Rule, judge: Callable[[], None]) -> Verdict:
    try:
        judge()
    except TrustregError as error:
        return Verdict(rule, error)
    return Verdict(rule)


def require_other_person(wrote: bool) -> None:
    """Raise SeparationViolated for whoever wrote a draft of the decision."""
    if wrote:
        raise SeparationViolated(
            "You wrote a draft of this decision; another person has to approve it.",
            "この決定の案を書いた人は、承認できません。別の人が承認してください。",
        )


def check_draft(draft: DecisionContent, decision: Decision, at: datetime) -> None:
    """Hold a draft to its decision, to the rules of its kind and to what is registered."""
    application_id = str(decision.application_id) if decision.application_id else None
    if (draft.decision, draft.kind, draft.service, draft.cites.application) != (
        str(decision.pk),
        decision.kind,
        str(decision.service_id),
        application_id,
    ):
        raise InvalidInput("The draft speaks of another decision.", "この案は、別の決定のものです。")
    check_content(draft, before=register.standing_state(decision.service_id), at=at)
    check_cites(draft, decision.application)
    if draft.state is not None:
        check_registered(draft.state, decision.service)
    if decision.application is not None and draft.state is not None:
        check_applied_for(draft.state, decision.application)


def check_cites(draft: DecisionContent, application: Application | None, grounds: Grounds | None = None) -> None:
    """What a decision on an application cites is exactly what the case holds now.

    `grounds`: what `cases.grounds_of` answered already.
    """
    if application is None:
        if draft.cites != Cites(findings=draft.cites.findings, incidents=draft.cites.incidents):
            raise InvalidInput("Without an application, cite findings and incidents only.", "申請のない決定です。")
        return
    if application.status != lifecycle.ApplicationStatus.UNDER_DECISION:
        raise PreconditionFailed(
            "The application is not under decision now. Load it again to see where it stands.",
            "この申請は、いま決定の段階にありません。読み込み直して、いまの状態を確かめてください。",
            extra={"status": application.status},
        )
    grounds = grounds or cases.grounds_of(application)
    expected = cases.cites_of(application, grounds)
    if expected != draft.cites:
        raise Conflict(
            "The case has changed since the draft was made: its report, findings or accreditation differ.",
            "案を作った後に、報告書・指摘・機関の認定が変わりました。案を作り直してください。",
        )
    if draft.state is not None:
        cases.require_grantable(application, grounds)


def check_registered(state: ServiceState, service: Service, known: Known | None = None) -> None:
    identities = known.identities if known else register.identities_of(service.pk)
    if not set(state.identities) <= set(identities) or (state.provider, state.type) != (
        str(service.provider_id),
        cases.service_type(service),
    ):
        raise InvalidInput(
            "The draft names a key, provider or type that is not registered for this service.",
            "案に、このサービスに登録されていない鍵・事業者・種別があります。",
        )


def check_applied_for(state: ServiceState, application: Application) -> None:
    if state.status.level != application.target_level or not set(state.usages) <= set(application.usages):
        raise PreconditionFailed(
            "The draft grants more than, or something other than, what was applied for and assessed.",
            "申請され評価された内容を超える案です。",
        )


def require_decider(
    person_id: UUID, service: Service, application: Application | None, at: datetime, known: Known | None = None
) -> None:
    """Separation rule 1: independent of the applicant and the assessing body, and not in the team of the case."""
    months = (known.periods if known else register.periods_for(service.legal_basis)).cooling_off_months
    granted = service.applications.filter(status=lifecycle.ApplicationStatus.GRANTED)
    rows = Application.objects.filter(pk=application.pk) if application else granted
    bodies, in_team = cases.assessed_by(rows, person_id)
    try:
        require_independent(person_id, {service.provider_id, *bodies}, at, cooling_off_months=months)
    except SeparationViolated as error:
        error.extra |= {
            "applicant": error.extra.get("organisation") == str(service.provider_id),
            "cooling_off_months": months,
        }
        raise
    if in_team:
        raise SeparationViolated(
            "You were in the assessment team of this case.", "この案件の審査チームにいたため、決定に加われません。"
        )
