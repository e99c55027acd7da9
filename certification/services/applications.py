"""Applications: one act for each arrow of the lifecycle, and one private move that writes history and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from certification.domain import lifecycle
from certification.domain.acts import (
    ASSESS_APPLICATION,
    FORWARD_APPLICATION,
    RETURN_APPLICATION,
    REVIEW_APPLICATION,
    SUBMIT_APPLICATION,
    WRITE_APPLICATION,
)
from certification.domain.lifecycle import ApplicationStatus
from certification.domain.service_types import own_usages
from certification.domain.tags import Tag
from certification.domain.values import ApplicationKind, DocumentKind
from certification.models import (
    Application,
    ApplicationEvent,
    ApplicationEvidence,
    CaseAssessment,
    Decision,
    Service,
)
from certification.selectors import cases, register, trial
from certification.services.walls import walls
from conformity import selectors as conformity
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import Assessment
from conformity.services import assessment_open as conformity_assessment_open
from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, PreconditionFailed, SeparationViolated
from trustreg.base.lifecycle import Arrow
from trustreg.base.words import Words
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind
from trustreg.parties.selectors import (
    authorise,
    organisation_get,
    organisation_group,
    require_independent,
)
from trustreg.pki.trust import Usage

_MISSING = {
    trial.Matter.EVIDENCE: Words("証拠", "evidence"),
    trial.Matter.IDENTITY: Words("サービスの証明書", "a certificate of the service"),
    trial.Matter.DECLARATION: Words("欠格事由がないことの宣言", "the declaration that nothing disqualifies"),
}


@transaction.atomic
def application_start(
    *,
    service_id: UUID,
    kind: ApplicationKind,
    cab_id: UUID,
    target_level: Level,
    usages: Sequence[str] | None = None,
    actor: Actor,
    at: datetime,
) -> Application:
    """Begin a draft. `usages` None: what the kind of service is for. By the provider.

    Raises NotPermitted, NotFound, InvalidInput, PreconditionFailed (the kind does not fit what stands), Conflict
    (another application for the service is open).
    """
    service = register.service_lock(service_id)
    authorise(actor, WRITE_APPLICATION, at, organisation_id=service.provider_id)
    _require_cab(cab_id)
    trial.require_fit(service, kind, target_level)
    if service.applications.exclude(status__in=sorted(lifecycle.APPLICATION_CLOSED)).exists():
        raise Conflict("Another application for this service is open.", "このサービスには、手続き中の申請があります。")
    with walls():
        application = Application.objects.create(
            kind=kind,
            service=service,
            cab_id=cab_id,
            target_level=target_level,
            usages=_usages(service, usages),
            started_by_id=actor.person_id,
        )
        _append(application, lifecycle.START, actor, "", {})
    application.refresh_from_db(fields=["serial", "started_at"])
    events.record(Tag.APPLICATION_STARTED, actor=actor, at=at, subject=("application", application.pk))
    return application


@transaction.atomic
def application_edit(
    *,
    application_id: UUID,
    cab_id: UUID | None = None,
    target_level: Level | None = None,
    usages: Sequence[str] | None = None,
    actor: Actor,
    at: datetime,
) -> Application:
    """Change a draft or a returned application. Raises Conflict once it is submitted, else as `application_start`."""
    application = _locked(application_id, actor, at)
    authorise(actor, WRITE_APPLICATION, at, organisation_id=application.service.provider_id)
    if application.status not in (ApplicationStatus.DRAFT, ApplicationStatus.RETURNED):
        raise Conflict("What was submitted is not edited.", "提出した申請は、編集できません。")
    if cab_id is not None:
        _require_cab(cab_id)
        application.cab_id = cab_id
    if target_level is not None:
        trial.require_fit(application.service, ApplicationKind(application.kind), target_level)
        application.target_level = target_level
    if usages is not None:
        application.usages = _usages(application.service, usages)
    application.version += 1
    with walls():
        application.save()
    events.record(Tag.APPLICATION_EDITED, actor=actor, at=at, subject=("application", application.pk))
    return application


@transaction.atomic
def application_add_evidence(
    *,
    application_id: UUID,
    evidence_id: UUID,
    kind: DocumentKind,
    title: str,
    actor: Actor,
    at: datetime,
) -> ApplicationEvidence:
    """Add a document. The same kind and title again is a newer version; nothing is ever replaced (separation rule 6).

    Raises NotPermitted, NotFound, InvalidInput (evidence of another organisation), Conflict (the case is concluded).
    """
    application = _locked(application_id, actor, at)
    authorise(actor, WRITE_APPLICATION, at, organisation_id=application.service.provider_id)
    if application.status not in (
        ApplicationStatus.DRAFT,
        ApplicationStatus.RETURNED,
        ApplicationStatus.SUBMITTED,
        ApplicationStatus.ACCEPTED,
        ApplicationStatus.ASSESSING,
    ):
        raise Conflict("The case is concluded; no document is added.", "この案件は評価が終わっています。")
    evidence = conformity.evidence_get(evidence_id)
    if evidence.organisation_id != application.service.provider_id:
        raise InvalidInput("This evidence belongs to another organisation.", "この証拠は、別の組織のものです。")
    if not title.strip():
        raise InvalidInput(
            "Give the document a title.",
            "文書の題名を入力してください。",
            fields={"title": {"en": "Enter a title.", "ja": "題名を入力してください。"}},
        )
    earlier = application.evidence.filter(kind=kind, title=title.strip()).count()
    with walls():
        row = ApplicationEvidence.objects.create(
            application=application,
            evidence=evidence,
            kind=kind,
            title=title.strip(),
            version=earlier + 1,
            added_by_id=actor.person_id,
        )
    events.record(
        Tag.EVIDENCE_ADDED,
        actor=actor,
        at=at,
        subject=("application", application.pk),
        data={"kind": str(kind), "sha256": evidence.sha256, "version": row.version},
    )
    return row


@transaction.atomic
def application_submit(
    *, application_id: UUID, declares_no_disqualification: bool, actor: Actor, at: datetime
) -> Application:
    """Seal and hand in: needs a key, at least one document and the declaration. By an officer of the provider.

    The event keeps the hash of every document. Raises PreconditionFailed with `missing`, NotPermitted, NotFound,
    TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    authorise(actor, SUBMIT_APPLICATION, at, organisation_id=application.service.provider_id)
    lifecycle.SUBMIT.check(application.status)
    documents = list(cases.application_evidence(application))
    missing = trial.missing_for_submission(application, documents, declared=declares_no_disqualification)
    if missing:
        raise PreconditionFailed(
            f"The application is not complete; missing: {', '.join(_MISSING[matter].en for matter in missing)}.",
            f"申請に不足があります：{'、'.join(_MISSING[matter].ja for matter in missing)}。",
            extra={"missing": [str(matter) for matter in missing]},
        )
    trial.require_fit(application.service, ApplicationKind(application.kind), Level(application.target_level))
    application.declares_no_disqualification = True
    sealed = [
        {"kind": row.kind, "title": row.title, "version": row.version, "sha256": row.evidence.sha256}
        for row in documents
    ]
    return _move(application, lifecycle.SUBMIT, actor, at, data={"sealed": sealed})


@transaction.atomic
def application_return(*, application_id: UUID, reasons: str, actor: Actor, at: datetime) -> Application:
    """Give it back to be completed: by the body while it reviews, by the accreditation body while it decides.

    An open proposal on it is dropped. Raises InvalidInput (no reasons), SeparationViolated, NotPermitted, NotFound,
    TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    _authorise_return(application, actor, at)
    lifecycle.RETURN.check(application.status)
    _require_independent(application, actor, at)
    moved = _move(application, lifecycle.RETURN, actor, at, reasons=_required(reasons))
    _drop_decisions(application, actor, at)
    return moved


@transaction.atomic
def application_accept(*, application_id: UUID, actor: Actor, at: datetime) -> Application:
    """The body takes the case: accredited today for kind, level and usages, of another group; the person independent.

    Raises PreconditionFailed, SeparationViolated, NotPermitted, NotFound, TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    authorise(actor, REVIEW_APPLICATION, at, organisation_id=application.cab_id)
    lifecycle.ACCEPT.check(application.status)
    if application.cab_id in organisation_group(application.service.provider_id):
        raise SeparationViolated(
            "A body does not assess a provider of its own group.", "同じグループの事業者は、評価できません。"
        )
    _require_independent(application, actor, at)
    scopes = cases.require_accredited(application, at)
    data = {
        "accreditation": str(scopes[0].accreditation_id),
        "criteria_sets": sorted({str(scope.criteria_set_id) for scope in scopes}),
    }
    return _move(application, lifecycle.ACCEPT, actor, at, data=data)


@transaction.atomic
def application_refuse(*, application_id: UUID, reasons: str, actor: Actor, at: datetime) -> Application:
    """The body does not take the case, and says why. Raises InvalidInput, NotPermitted, TransitionNotAllowed."""
    application = _locked(application_id, actor, at)
    authorise(actor, REVIEW_APPLICATION, at, organisation_id=application.cab_id)
    lifecycle.REFUSE.check(application.status)
    _require_independent(application, actor, at)
    return _move(application, lifecycle.REFUSE, actor, at, reasons=_required(reasons))


@transaction.atomic
def application_withdraw(*, application_id: UUID, reasons: str = "", actor: Actor, at: datetime) -> Application:
    """The applicant gives up before the decision; the record is kept and an open proposal dropped.

    Raises NotPermitted, NotFound, TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    authorise(actor, SUBMIT_APPLICATION, at, organisation_id=application.service.provider_id)
    moved = _move(application, lifecycle.WITHDRAW, actor, at, reasons=reasons.strip())
    _drop_decisions(application, actor, at)
    return moved


@transaction.atomic
def assessment_open(*, application_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """Open the assessment of an accepted case (with the actor's rights in `conformity`) and link it.

    A case that came back and was accepted again gets a new one. Raises as `conformity.services.assessment_open`,
    PreconditionFailed, NotPermitted, NotFound, TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    authorise(actor, ASSESS_APPLICATION, at, organisation_id=application.cab_id)
    lifecycle.ASSESS.check(application.status)
    _require_independent(application, actor, at)
    scopes = cases.require_accredited(application, at)
    assessment = conformity_assessment_open(
        cab_id=application.cab_id,
        provider_id=application.service.provider_id,
        service_kind=ServiceKind(application.service.kind),
        level=Level(application.target_level),
        criteria_set_id=scopes[0].criteria_set_id,
        legal_basis=application.service.legal_basis,
        actor=actor,
        at=at,
    )
    with walls():
        CaseAssessment.objects.create(application=application, assessment=assessment)
    _move(application, lifecycle.ASSESS, actor, at, data={"assessment": str(assessment.pk)})
    return assessment


@transaction.atomic
def application_conclude(*, application_id: UUID, actor: Actor, at: datetime) -> Application:
    """Take over the report of the case's assessment, whatever it concludes.

    Raises PreconditionFailed without a report of the latest assessment, NotPermitted, NotFound, TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    try:
        authorise(actor, ASSESS_APPLICATION, at, organisation_id=application.cab_id)
    except NotPermitted:
        authorise(actor, FORWARD_APPLICATION, at, organisation_id=application.cab_id)
    lifecycle.CONCLUDE.check(application.status)
    latest = cases.assessments_of(application.pk).first()
    report = conformity.report_of(latest.pk) if latest else None
    if report is None:
        raise PreconditionFailed(
            "The assessment of this case has no report yet.", "この案件の評価には、まだ報告書がありません。"
        )
    data = {
        "assessment": str(report.assessment_id),
        "report_sha256": report.sha256,
        "conclusion": report.conclusion,
    }
    return _move(application, lifecycle.CONCLUDE, actor, at, data=data)


@transaction.atomic
def application_forward(*, application_id: UUID, actor: Actor, at: datetime) -> Application:
    """Hand the concluded case over to the accreditation body: by a decider of the body who was not in the team.

    Raises SeparationViolated, NotPermitted, NotFound, TransitionNotAllowed.
    """
    application = _locked(application_id, actor, at)
    authorise(actor, FORWARD_APPLICATION, at, organisation_id=application.cab_id)
    lifecycle.FORWARD.check(application.status)
    _require_independent(application, actor, at)
    if actor.person_id in cases.team_of(application.pk):
        raise SeparationViolated(
            "Whoever assessed does not decide on the report.", "審査した人は、報告書の決定に加われません。"
        )
    return _move(application, lifecycle.FORWARD, actor, at)


def application_move(
    application: Application, arrow: Arrow, *, actor: Actor, at: datetime, data: Mapping[str, Any]
) -> Application:
    """Record the outcome of a decision. For `services.decisions` only: the wall refuses it without an approval."""
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    return _move(locked, arrow, actor, at, data=data)


def _move(
    application: Application,
    arrow: Arrow,
    actor: Actor,
    at: datetime,
    *,
    reasons: str = "",
    data: Mapping[str, Any] | None = None,
) -> Application:
    """Check the arrow, append the event, write the status: the only place that does."""
    arrow.check(application.status)
    with walls():
        _append(application, arrow, actor, reasons, data or {})
        application.status = arrow.to
        application.version += 1
        application.save()
    events.record(
        Tag.APPLICATION_MOVED,
        actor=actor,
        at=at,
        subject=("application", application.pk),
        data={"transition": arrow.name, "to": arrow.to},
    )
    return application


def _append(
    application: Application, arrow: Arrow, actor: Actor, reasons: str, data: Mapping[str, Any]
) -> ApplicationEvent:
    last = application.events.order_by("-sequence").first()
    return ApplicationEvent.objects.create(
        application=application,
        sequence=(last.sequence if last else 0) + 1,
        transition=arrow.name,
        from_status=last.to_status if last else arrow.sources[0],
        to_status=arrow.to,
        person_id=actor.person_id,
        reasons=reasons,
        data=dict(data),
    )


def _locked(application_id: UUID, actor: Actor, at: datetime) -> Application:
    seen = cases.application_get(application_id, actor=actor, at=at)
    # The service first, as decisions do: acts on one service wait their turn and never for each other in a ring.
    register.service_lock(seen.service_id)
    Application.objects.select_for_update(of=("self",)).get(pk=application_id)
    return cases.application_get(application_id, actor=actor, at=at)


def _drop_decisions(application: Application, actor: Actor, at: datetime) -> None:
    """A case that leaves the accreditation body takes its open proposals with it."""
    for decision in Decision.objects.select_for_update(of=("self",)).filter(
        application=application, status__in=lifecycle.DROP.sources
    ):
        decision.status = lifecycle.DROP.to
        decision.version += 1
        with walls():
            decision.save(update_fields=["status", "version"])
        events.record(Tag.DECISION_DROPPED, actor=actor, at=at, subject=("decision", decision.pk))


def _authorise_return(application: Application, actor: Actor, at: datetime) -> None:
    if application.status == ApplicationStatus.UNDER_DECISION:
        authorise(actor, RETURN_APPLICATION, at)
        return
    try:
        authorise(actor, REVIEW_APPLICATION, at, organisation_id=application.cab_id)
    except NotPermitted:
        authorise(actor, RETURN_APPLICATION, at)


def _require_independent(application: Application, actor: Actor, at: datetime) -> None:
    months = register.periods_for(application.service.legal_basis).cooling_off_months
    require_independent(actor.person_id, {application.service.provider_id}, at, cooling_off_months=months)


def _require_cab(cab_id: UUID) -> None:
    if organisation_get(cab_id).kind != OrganisationKind.CAB:
        raise NotFound("There is no such conformity assessment body.", "その適合性評価機関はありません。")


def _usages(service: Service, usages: Sequence[str] | None) -> list[str]:
    own = own_usages(service.kind)
    if usages is None:
        return [str(usage) for usage in own]
    chosen = {str(usage) for usage in usages}
    if not chosen <= {str(usage) for usage in Usage} or bool(chosen) != bool(own):
        raise InvalidInput(
            "Usages are esign, eseal and web, for services that issue certificates.",
            "用途は、証明書サービスについて、電子署名・eシール・ウェブ認証から選びます。",
            fields={"usages": {"en": "Choose from the list.", "ja": "一覧から選んでください。"}},
        )
    return sorted(chosen)


def _required(reasons: str) -> str:
    if not reasons.strip():
        raise InvalidInput(
            "Give the reasons.",
            "理由を入力してください。",
            fields={"reasons": {"en": "Give the reasons.", "ja": "理由を入力してください。"}},
        )
    return reasons.strip()
