"""Writing a proposal: on an application, on a service, or anew after it was returned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification import selectors, services
from certification.decision_forms import CaseForm, ChangeForm, ReasonsForm, StepForm, content_as_typed, state_as_typed
from certification.domain import lifecycle
from certification.domain.decisions import SETS_VALIDITY, DecisionContent, ServiceState
from certification.domain.lifecycle import DecisionKind, DecisionStatus, ServiceStatus
from certification.models import Application, Decision, Service
from certification.selectors import cases, deciding
from certification.selectors.cases import Grounds
from certification.selectors.deciding import Drafts
from certification.selectors.drafts import Known
from certification.services.decision_rules import Rule, verdicts
from certification.titles import APPLICATION_KINDS, DECISION_KINDS
from certification.views.decisions.common import PROPOSERS, saved_first, seated, status_of
from certification.views.decisions.shown import (
    Change,
    changes,
    draft_changes,
    grounds_shown,
    rule_lines,
    side,
)
from certification.views.decisions.words import EFFECTS, heading
from conformity.domain.criteria import Conclusion
from trustreg.base import clock
from trustreg.base.errors import Conflict, TrustregError
from trustreg.base.words import language, name_of, say
from trustreg.parties import drafts
from trustreg.parties.visitors import Visitor, for_roles

GRANTED: Final = "grant"
REJECTED: Final = "reject"
_WITH_APPLICATION: Final = frozenset(
    {DecisionKind.GRANT, DecisionKind.UPGRADE, DecisionKind.RENEW, DecisionKind.REJECT}
)


@dataclass(frozen=True)
class Matter:
    """What a proposal is about. `kind` None: whatever the application calls for. `edited`: the decision in hand."""

    visitor: Visitor
    at: datetime
    service: Service
    application: Application | None
    before: ServiceState | None
    grounds: Grounds
    kind: DecisionKind | None = None
    edited: Decision | None = None
    drafts: Drafts | None = None

    @property
    def case(self) -> Application:
        """The application; only for matters that have one."""
        return cast("Application", self.application)

    @property
    def is_change(self) -> bool:
        """Whether the parts of the state are typed."""
        return self.application is None and self.kind is DecisionKind.CHANGE

    @cached_property
    def known(self) -> Known:
        """What was read of it, so that the draft and its rules ask for nothing twice."""
        return Known(self.service, self.before, self.application, self.grounds if self.application else None)

    @property
    def seen(self) -> str:
        """The draft that the form of an edit shows."""
        return self.drafts.present.content_sha256 if self.drafts else ""


@for_roles(*PROPOSERS)
@require_http_methods(["GET", "HEAD", "POST"])
def application_propose(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """The decision that an application calls for, or its rejection."""
    visitor, _ = seated(request)
    application, busy = deciding.application_under_decision(application_id)
    if busy is not None and request.method != "POST":
        return HttpResponseRedirect(reverse("pages:decision-approve", args=[busy]))
    matter = Matter(
        visitor=visitor,
        at=clock.now(),
        service=application.service,
        application=application,
        before=selectors.standing_state(application.service_id),
        grounds=cases.grounds_of(application),
    )
    return _answer(request, matter)


@for_roles(*PROPOSERS)
@require_http_methods(["GET", "HEAD", "POST"])
def service_propose(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """A decision on what stands: suspension, its end, withdrawal, change. `?kind=` says which; without, one chooses."""
    visitor, _ = seated(request)
    service, busy = deciding.service_with_open_decision(service_id)
    before = selectors.standing_state(service_id)
    kinds = _kinds(before.status if before else ServiceStatus.NONE)
    chosen = request.GET.get("kind", "")
    if chosen not in kinds or (busy is not None and request.method != "POST"):
        shown = {
            "service": service,
            "kinds": [(kind, DECISION_KINDS[kind], EFFECTS[kind]) for kind in kinds],
            "busy": busy,
            "now": side(before, service),
            "missing": bool(request.GET) and not chosen,
        }
        return render(request, "certification/decision_kind.html", shown, status=422 if shown["missing"] else 200)
    kind = DecisionKind(chosen)
    grounds = Grounds() if kind is DecisionKind.CHANGE else deciding.citable(service_id)
    matter = Matter(visitor, clock.now(), service, None, before, grounds, kind)
    return _answer(request, matter)


def _kinds(status: ServiceStatus) -> list[str]:
    """What can be decided without an application from this status."""
    return [kind for kind in lifecycle.possible(status) if kind not in _WITH_APPLICATION]


@for_roles(*PROPOSERS)
@require_http_methods(["GET", "HEAD", "POST"])
def decision_propose(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Mend a proposal that is open; an urgent suspension leads to the decision that settles it."""
    visitor, seat = seated(request)
    decision = deciding.decision_of_body(decision_id, seat.organisation_id)
    if decision.status == DecisionStatus.URGENT:
        place = reverse("pages:service-propose", args=[decision.service_id])
        return HttpResponseRedirect(f"{place}?kind={DecisionKind.CONFIRM_SUSPENSION}")
    if decision.status not in deciding.OPEN:
        return HttpResponseRedirect(reverse("pages:decision-approve", args=[decision.pk]))
    application = decision.application
    matter = Matter(
        visitor=visitor,
        at=clock.now(),
        service=decision.service,
        application=application,
        before=selectors.standing_state(decision.service_id),
        grounds=cases.grounds_of(application) if application else deciding.citable(decision.service_id),
        kind=DecisionKind(decision.kind),
        edited=decision,
        drafts=deciding.drafts_of(decision.pk),
    )
    return _answer(request, matter)


def _form(request: HttpRequest, matter: Matter) -> ReasonsForm:
    data = request.POST if request.method == "POST" else None
    initial = drafts.initial(request, **_initial(matter))
    if matter.application is not None:
        return CaseForm(data, initial=initial, outcomes=_outcomes(matter), dated=_is_dated(matter))
    if matter.is_change and matter.before is not None:
        return ChangeForm(data, initial=initial, before=matter.before)
    return StepForm(data, initial=initial, findings=matter.grounds.findings, incidents=matter.grounds.incidents)


def _initial(matter: Matter) -> dict[str, Any]:
    if matter.drafts is not None:
        return content_as_typed(matter.drafts.present.frozen)
    if matter.is_change and matter.before is not None:
        return state_as_typed(matter.before)
    if matter.application is None or not _is_dated(matter):
        return {}
    try:
        draft = selectors.draft_grant(matter.application.pk, reasons={}, at=matter.at, known=matter.known)
    except TrustregError:
        return {}
    return {"valid_until": content_as_typed(draft).get("valid_until", ""), "outcome": _outcomes(matter)[0][0]}


def _outcomes(matter: Matter) -> list[tuple[str, str]]:
    """What may be decided on the application: its kind never changes once it is proposed."""
    rejection = (REJECTED, str(DECISION_KINDS[DecisionKind.REJECT]))
    grant = (GRANTED, _granting(matter.case))
    if matter.kind is not None:
        return [rejection if matter.kind is DecisionKind.REJECT else grant]
    report = matter.grounds.report
    conforms = report is not None and report.conclusion == Conclusion.CONFORM
    return [grant, rejection] if conforms else [rejection]


def _granting(application: Application) -> str:
    return say(
        "Give what the application asks for ({kind})",
        kind=APPLICATION_KINDS[application.kind],
    )


def _is_dated(matter: Matter) -> bool:
    """Whether the end of the grant is part of this decision."""
    if matter.kind is not None:
        return matter.kind in SETS_VALIDITY
    return matter.case.kind != "change" and len(_outcomes(matter)) > 1


def _draft(matter: Matter, form: ReasonsForm) -> DecisionContent:
    """The content that was typed so far. Raises what the drafts raise."""
    reasons, own, known = form.reasons, matter.edited.pk if matter.edited else None, matter.known
    if isinstance(form, CaseForm):
        case = matter.case
        outcome = str(form["outcome"].value() or "")
        if outcome == REJECTED:
            return selectors.draft_reject(case.pk, reasons=reasons, at=matter.at, decision_id=own, known=known)
        return selectors.draft_grant(
            case.pk, reasons=reasons, at=matter.at, valid_until=form.end, decision_id=own, known=known
        )
    if isinstance(form, ChangeForm):
        return selectors.draft_change(matter.service.pk, reasons=reasons, **form.parts(), decision_id=own, known=known)
    step = partial(
        selectors.draft_step, matter.service.pk, _kind_of(matter), reasons=reasons, decision_id=own, known=known
    )
    return step(findings=_chosen(form, "findings"), incidents=_chosen(form, "incidents"))


def _chosen(form: ReasonsForm, name: str) -> list[str]:
    if name not in form.fields:
        return []
    if form.is_bound:
        return list(form.cleaned_data.get(name, []))
    return [str(each) for each in form[name].value() or []]


def _answer(request: HttpRequest, matter: Matter) -> HttpResponse:
    form, status, meanwhile = _form(request, matter), 200, None
    if request.method == "POST":
        complete = form.is_valid()
        if "preview" not in request.POST:
            status = 422
            if complete:
                try:
                    decision = _save(request, matter, form)
                except TrustregError as error:
                    status = status_of(error)
                    meanwhile = _meanwhile(request, matter, error)
                    if meanwhile is None:
                        form.refuse(error)
                else:
                    messages.success(request, _done(matter, decision))
                    return HttpResponseRedirect(reverse("pages:decision-approve", args=[decision.pk]))
        elif not complete:
            status = 422
    return render(request, "certification/decision_propose.html", _context(matter, form, meanwhile), status=status)


def _save(request: HttpRequest, matter: Matter, form: ReasonsForm) -> Decision:
    draft, actor = _draft(matter, form), matter.visitor.actor
    if matter.edited is None:
        return services.decision_propose(draft=draft, actor=actor, at=matter.at)
    return services.decision_edit(
        decision_id=matter.edited.pk,
        draft=draft,
        seen_sha256=request.POST.get("seen", ""),
        actor=actor,
        at=matter.at,
    )


def _done(matter: Matter, decision: Decision) -> str:
    if matter.edited is not None:
        return say("The proposal is mended and awaits approval.")
    return say(
        "{number} is proposed and awaits approval.",
        number=decision.number,
    )


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else saved first: the sentence, what differs from what this form showed, and the draft now."""

    sentence: str
    changes: list[Change]
    seen: str


def _meanwhile(request: HttpRequest, matter: Matter, error: TrustregError) -> Meanwhile | None:
    """What to say when the draft was edited since this form was shown; None for every other refusal."""
    if not isinstance(error, Conflict) or matter.drafts is None:
        return None
    present = deciding.drafts_of(matter.drafts.present.decision_id)
    seen = present.by_hash(request.POST.get("seen", ""))
    if seen is present.present:
        return None
    found = draft_changes(seen.frozen, present.present.frozen) if seen else []
    return Meanwhile(saved_first(present.present), found, present.present.content_sha256)


def _context(matter: Matter, form: ReasonsForm, meanwhile: Meanwhile | None) -> dict[str, Any]:
    name = name_of(matter.service)
    shown: dict[str, Any] = {
        "wide": True,
        "form": form,
        "service": matter.service,
        "application": matter.application,
        "decision": matter.edited,
        "title": heading(_kind_of(matter), name),
        "meanwhile": meanwhile,
        "seen": deciding.drafts_of(matter.edited.pk).present.content_sha256
        if meanwhile and matter.edited
        else matter.seen,
        "returned": getattr(matter.drafts.present, "returned", None) if matter.drafts else None,
        "grounds": grounds_shown(matter.grounds) if matter.application else {},
        "now": side(matter.before, matter.service),
        "kind_words": DECISION_KINDS[matter.kind] if matter.kind else "",
        "effect": EFFECTS.get(matter.kind, "") if matter.kind and matter.application is None else "",
    }
    try:
        draft = _draft(matter, form)
    except TrustregError as error:
        return shown | {"obstacle": error.ja if language() == "ja" else error.en}
    before = matter.before
    found = verdicts(
        draft if all(draft.reasons.values()) else replace(draft, reasons={"ja": "-", "en": "-"}),
        service=matter.service,
        application=matter.application,
        grounds=matter.grounds if matter.application else None,
        before=before,
        person_id=matter.visitor.account.person_id,
        at=matter.at,
        known=matter.known,
    )
    judged = list(found)
    return shown | {
        "title": heading(draft.kind, name, draft),
        "draft": draft,
        "after": side(draft.state or before, matter.service),
        "changes": changes(before, draft.state) if draft.state else [],
        "rejects": draft.kind is DecisionKind.REJECT,
        "rules": rule_lines(judged, matter.grounds),
        "tied": any(each.rule is Rule.INDEPENDENT and each.error for each in judged),
    }


def _kind_of(matter: Matter) -> DecisionKind:
    if matter.kind is not None:
        return matter.kind
    return DecisionKind.REJECT if len(_outcomes(matter)) == 1 else DecisionKind.GRANT
