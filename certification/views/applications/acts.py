"""Acts on an application, each on a page of its own: what cannot be undone is confirmed there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from certification import services
from certification.domain import lifecycle
from certification.domain.lifecycle import ApplicationStatus
from certification.domain.service_types import competences
from certification.forms import ReasonsForm, WithdrawForm
from certification.models import Application
from certification.selectors.cases import scopes_covering
from certification.views.applications.common import (
    Case,
    changed_meanwhile,
    fingerprint,
    meanwhile,
    optional,
    page,
    refuse,
)
from certification.views.applications.overview import facts_of
from trustreg.base import clock
from trustreg.base.errors import NotPermitted, TransitionNotAllowed, TrustregError
from trustreg.base.forms import PageForm
from trustreg.base.lifecycle import Arrow
from trustreg.base.words import Words
from trustreg.parties import drafts
from trustreg.parties.domain.roles import Role
from trustreg.parties.titles import role_words

_REVIEWERS: Final = (Role.CAB_CLERK, Role.CAB_LEAD, Role.CAB_DECIDER)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who makes it, from which status, with which form, and what is said before and after."""

    arrow: Arrow
    roles: tuple[Role, ...]
    form: type[PageForm]
    do: Callable[..., Any]
    title: Words
    lead: Words
    button: Words
    said: Words
    danger: bool = False


class Confirm(PageForm):
    """An act that asks for nothing more than to be sure."""


ACTS: Final = {
    "accept": Act(
        lifecycle.ACCEPT,
        _REVIEWERS,
        Confirm,
        services.application_accept,
        Words("申請を受理する", "Accept the application"),
        Words(
            "受理すると、この機関が審査を引き受けたことになります。範囲と独立性は、ここで機械でも確かめます。",
            "By accepting, your body takes the case. Scope and independence are also checked by machine here.",
        ),
        Words("受理する", "Accept"),
        Words("申請 {number} を受理しました。", "{number} is accepted."),
    ),
    "return": Act(
        lifecycle.RETURN,
        (*_REVIEWERS, Role.AB_CLERK, Role.AB_PROPOSER),
        ReasonsForm,
        services.application_return,
        Words("申請を差し戻す", "Return the application"),
        Words(
            "事業者が直して、もう一度提出します。開いている決定の提案は取りやめになります。",
            "The provider mends it and submits it again. An open proposal on it is dropped.",
        ),
        Words("差し戻す", "Return"),
        Words("申請 {number} を差し戻しました。", "{number} is returned."),
    ),
    "refuse": Act(
        lifecycle.REFUSE,
        _REVIEWERS,
        ReasonsForm,
        services.application_refuse,
        Words("申請を謝絶する", "Refuse the application"),
        Words(
            "謝絶すると、この申請は終わります。元に戻せません。事業者は新しい申請を始められます。",
            "This ends the application and cannot be undone. The provider can start a new one.",
        ),
        Words("謝絶する", "Refuse"),
        Words("申請 {number} を謝絶しました。", "{number} is refused."),
        danger=True,
    ),
    "assessment": Act(
        lifecycle.ASSESS,
        (Role.CAB_LEAD,),
        Confirm,
        services.assessment_open,
        Words("適合性評価を始める", "Open the assessment"),
        Words(
            "いま有効な基準集で始めます。始めたあとに基準が改正されても、この評価の基準は変わりません。",
            "It uses the criteria in force now and keeps them, even if they are amended later.",
        ),
        Words("評価を始める", "Open the assessment"),
        Words("申請 {number} の適合性評価を始めました。", "The assessment of {number} is open."),
    ),
    "withdraw": Act(
        lifecycle.WITHDRAW,
        (Role.PROVIDER_OFFICER,),
        WithdrawForm,
        services.application_withdraw,
        Words("申請を取り下げる", "Give up the application"),
        Words(
            "取り下げると、この申請は終わります。元に戻せません。記録と証拠は残ります。",
            "This ends the application and cannot be undone. Its record and evidence stay.",
        ),
        Words("取り下げる", "Give it up"),
        Words("申請 {number} を取り下げました。", "{number} is given up."),
        danger=True,
    ),
}


def act(request: HttpRequest, case: Case, name: str) -> HttpResponse:
    """The page of one act, and the act itself."""
    what = ACTS[name]
    _require_role(case, what)
    row, status, overtaken = case.application, 200, None
    what.arrow.check(row.status)
    if name == "return" and case.side == "cab" and row.status != ApplicationStatus.SUBMITTED:
        raise TransitionNotAllowed("The case is with the accreditation body.", "この案件は、認定機関にあります。")
    seen = fingerprint({"version": row.version, "documents": row.evidence.count()})
    form = what.form(initial=drafts.initial(request))
    if request.method == "POST":
        form, status = what.form(request.POST), 422
        if form.is_valid() and changed_meanwhile(request, seen):
            status, overtaken = 409, meanwhile("application", row.pk)
        elif form.is_valid():
            try:
                return _done(request, case, what, _do(what, form, case, clock.now()))
            except TrustregError as error:
                status = refuse(form, error)
    return page(
        request,
        "application_act",
        case,
        status,
        act=what,
        name=name,
        form=form,
        seen=seen,
        overtaken=overtaken,
        facts=facts_of(row),
        covered=_covered(row) if name == "accept" else None,
    )


def _do(what: Act, form: Form, case: Case, at: datetime) -> Any:
    reasons = {"reasons": form.cleaned_data["reasons"]} if "reasons" in form.fields else {}
    return what.do(application_id=case.application.pk, **reasons, actor=case.visitor.actor, at=at)


def _done(request: HttpRequest, case: Case, what: Act, result: Any) -> HttpResponse:
    messages.success(request, str(what.said).format(number=case.application.number))
    place = "" if isinstance(result, Application) else optional("case", result.pk)
    return HttpResponseRedirect(place or case.url)


def _covered(row: Application) -> bool:
    """Whether the body is accredited today for all that is asked; the service decides when it is accepted."""
    kinds = competences(row.service.kind, tuple(row.usages))
    return bool(scopes_covering(row.cab_id, kinds, row.target_level, clock.now()))


def _require_role(case: Case, what: Act) -> None:
    if case.visitor.role in what.roles:
        return
    titles = [role_words(role) for role in what.roles]
    raise NotPermitted(
        f"This is done by: {', '.join(words.en for words in titles)}.",
        f"この操作ができる役割：{'、'.join(words.ja for words in titles)}。",
    )
