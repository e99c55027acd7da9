"""The second person: reading exactly what is published, approving its hash, returning it; and giving a proposal up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification import selectors, services
from certification.decision_forms import ApproveForm, DropForm, ReturnForm, UrgentForm
from certification.domain.decisions import DecisionContent, ServiceState
from certification.domain.lifecycle import GRANTED, DecisionKind, DecisionStatus
from certification.models import Decision
from certification.selectors import cases, deciding
from certification.selectors.cases import Grounds
from certification.selectors.deciding import Drafts
from certification.services.decision_rules import Rule, Verdict, verdicts
from certification.titles import DECISION_CHIPS, DECISION_KINDS, DECISION_STATUSES
from certification.views.decisions.common import (
    PROPOSERS,
    READERS,
    optional,
    publication_of,
    saved_first,
    seated,
    status_of,
)
from certification.views.decisions.shown import (
    changes,
    draft_changes,
    grounds_shown,
    rule_lines,
    side,
    why_not,
)
from certification.views.decisions.words import heading
from trustreg.base import clock
from trustreg.base.errors import Conflict, InvalidInput, TrustregError
from trustreg.base.words import language, name_of, say
from trustreg.parties import drafts
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import Visitor, for_roles


@for_roles(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def decision_approve(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """A decision for the people of its body; the approver approves it by its hash or returns it."""
    visitor, seat = seated(request)
    at, status, meanwhile = clock.now(), 200, None
    act = request.POST.get("act", "")
    typed = drafts.initial(request)
    approval = ApproveForm(request.POST if act == "approve" else None, initial=typed)
    returning = ReturnForm(request.POST if act == "return" else None, initial=typed)
    if request.method == "POST":
        deciding.decision_of_body(decision_id, seat.organisation_id)
        form = {"approve": approval, "return": returning}.get(act)
        if form is None:
            raise InvalidInput("There is no such act.", "そのような操作はありません。")
        status = 422
        if form.is_valid():
            try:
                place = _do(request, decision_id, act, form.cleaned_data, visitor, at)
            except TrustregError as error:
                status, meanwhile = status_of(error), error
            else:
                return HttpResponseRedirect(place)
    decision = deciding.decision_of_body(decision_id, seat.organisation_id)
    held = deciding.drafts_of(decision_id)
    context = _context(decision, held, visitor, at) | {"approval": approval, "returning": returning}
    if meanwhile is not None:
        context |= _refused(request, meanwhile, held)
    return render(request, "certification/decision_approve.html", context, status=status)


def _do(
    request: HttpRequest, decision_id: UUID, act: str, typed: dict[str, Any], visitor: Visitor, at: datetime
) -> str:
    """Do it; where to go then."""
    own = reverse("pages:decision-approve", args=[decision_id])
    if act == "return":
        services.decision_return(decision_id=decision_id, reasons=typed["reasons"], actor=visitor.actor, at=at)
        messages.success(request, say("It was returned to its proposer."))
        return own
    decision = services.decision_approve(
        decision_id=decision_id, content_sha256=typed["content_sha256"], actor=visitor.actor, at=at
    )
    before, now = deciding.state_before(decision)
    if decision.kind == DecisionKind.REJECT:
        messages.success(
            request,
            say(
                "The rejection is approved. The applicant sees it; it is not published.",
            ),
        )
        return own
    if before == now:
        messages.success(
            request,
            say(
                "Approved. The trusted list says the same as before, so there is no new issue.",
            ),
        )
        return own
    messages.success(
        request,
        say(
            "{number} is approved. Its publication begins.",
            number=decision.number,
        ),
    )
    return publication_of(decision_id)


def _refused(request: HttpRequest, error: TrustregError, held: Drafts) -> dict[str, Any]:
    """The notice above the page, and what changed since the hash that was sent."""
    seen = held.by_hash(request.POST.get("content_sha256", ""))
    if isinstance(error, Conflict) and seen is not None and seen is not held.present:
        return {
            "refusal": saved_first(held.present),
            "refusal_changes": draft_changes(seen.frozen, held.present.frozen),
        }
    return {"refusal": error.ja if language() == "ja" else error.en}


def _context(decision: Decision, held: Drafts, visitor: Visitor, at: datetime) -> dict[str, Any]:
    content = held.present.frozen
    is_open = decision.status in deciding.OPEN
    before, standing = deciding.state_before(decision)
    grounds = _grounds(decision, content)
    person = visitor.account.person_id
    judged: list[Verdict] = []
    if is_open:
        # Whoever proposes is told beside the hash that another person approves: for them that is no rule that failed.
        approves = visitor.role is Role.AB_APPROVER
        judged = list(
            verdicts(
                content,
                service=decision.service,
                application=decision.application,
                grounds=grounds if decision.application else None,
                before=before,
                person_id=person,
                wrote=held.wrote(person) if approves else None,
                at=at,
            )
        )
    shown = {
        "wide": True,
        "decision": decision,
        "proposal": held.present,
        "service": decision.service,
        "application": decision.application,
        "title": heading(decision.kind, name_of(decision.service), content),
        "kind_words": DECISION_KINDS[decision.kind],
        "chip": (*DECISION_CHIPS[decision.status], DECISION_STATUSES[decision.status]),
        "is_open": is_open,
        "is_proposed": decision.status == DecisionStatus.PROPOSED,
        "is_public": decision.status in (DecisionStatus.APPROVED, DecisionStatus.URGENT)
        and decision.kind != DecisionKind.REJECT,
        "content": content,
        "now": side(before, decision.service, past=not is_open),
        "after": side(content.state or before, decision.service, past=not is_open and content.state != standing),
        "changes": changes(before, content.state) if content.state else [],
        "rejects": decision.kind == DecisionKind.REJECT,
        "grounds": grounds_shown(grounds),
        "rules": rule_lines(judged, grounds),
        "passed": sum(each.error is None for each in judged),
        "failed": sum(each.error is not None for each in judged),
        "returns": [row for row in held.proposals if getattr(row, "returned", None) is not None],
        "edits": is_open and visitor.role is Role.AB_PROPOSER,
        "approval_of": getattr(decision, "approval", None),
        "publication_url": publication_of(decision.pk) if optional("publication-next") else "",
    }
    return shown | _position(decision, held, judged, visitor)


def _grounds(decision: Decision, content: DecisionContent) -> Grounds:
    if decision.application is not None:
        return cases.grounds_of(decision.application)
    return deciding.cited(content.cites.findings, content.cites.incidents)


def _position(decision: Decision, held: Drafts, judged: list[Verdict], visitor: Visitor) -> dict[str, Any]:
    """Whether the visitor may approve or return it now, and if not, why."""
    if decision.status != DecisionStatus.PROPOSED:
        return {"may_approve": False, "may_return": False, "obstacle": ""}
    own = {each.rule: each for each in judged if each.error is not None}
    if held.wrote(visitor.account.person_id):
        why = say(
            "You wrote a draft of this decision. Another person approves it.",
        )
        return {"may_approve": False, "may_return": False, "obstacle": why}
    if Rule.INDEPENDENT in own:
        return {"may_approve": False, "may_return": False, "obstacle": why_not(own[Rule.INDEPENDENT])}
    if visitor.role is not Role.AB_APPROVER:
        why = say("Only an approver can approve it.")
        return {"may_approve": False, "may_return": False, "obstacle": why}
    if own:
        why = say(
            "You cannot approve yet. Read the rules below and return it to its proposer.",
        )
        return {"may_approve": False, "may_return": True, "obstacle": why}
    return {"may_approve": True, "may_return": True, "obstacle": ""}


@for_roles(*PROPOSERS)
@require_http_methods(["GET", "HEAD", "POST"])
def decision_drop(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Ask, then give an open proposal up; the record is kept."""
    visitor, seat = seated(request)
    decision = deciding.decision_of_body(decision_id, seat.organisation_id)
    form, status = DropForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.decision_drop(decision_id=decision_id, actor=visitor.actor, at=clock.now())
            except TrustregError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                messages.success(
                    request,
                    say("The proposal is given up. The record is kept."),
                )
                return HttpResponseRedirect(reverse("pages:decisions"))
    shown = {
        "form": form,
        "decision": decision,
        "title": heading(decision.kind, name_of(decision.service)),
        "is_open": decision.status in deciding.OPEN,
    }
    return render(request, "certification/decision_drop.html", shown, status=status)


@for_roles(Role.AB_PROPOSER, Role.AB_APPROVER)
@require_http_methods(["GET", "HEAD", "POST"])
def service_suspend_urgently(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Suspend a service at once on one signature; two people confirm or lift it afterwards."""
    visitor, _ = seated(request)
    service = selectors.service_get(service_id)
    before = selectors.standing_state(service_id)
    grounds = deciding.citable(service_id)
    form, status = _urgent_form(request, grounds), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            typed = form.cleaned_data
            try:
                decision = services.service_suspend_urgently(
                    service_id=service_id,
                    reasons=form.reasons,
                    findings=tuple(typed.get("findings", ())),
                    incidents=tuple(typed.get("incidents", ())),
                    actor=visitor.actor,
                    at=clock.now(),
                )
            except TrustregError as error:
                form.refuse(error)
                status = status_of(error)
            else:
                messages.success(
                    request,
                    say(
                        "{number} suspends the service. Its publication begins.",
                        number=decision.number,
                    ),
                )
                return HttpResponseRedirect(publication_of(decision.pk))
    shown = {
        "form": form,
        "service": service,
        "now": side(before, service),
        "possible": _is_live(before),
        "days": selectors.periods_for(service.legal_basis).ratification_days,
        "busy": deciding.open_decisions_on([service_id]).get(service_id),
    }
    return render(request, "certification/decision_urgent.html", shown, status=status)


def _is_live(before: ServiceState | None) -> bool:
    return before is not None and before.status in GRANTED


def _urgent_form(request: HttpRequest, grounds: Grounds) -> UrgentForm:
    data = request.POST if request.method == "POST" else None
    return UrgentForm(data, initial=drafts.initial(request), findings=grounds.findings, incidents=grounds.incidents)
