"""The findings of a case: what the provider answered, and what the team says to it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification.case_forms import AnswerForm, RegradeForm
from certification.titles import ANSWERS
from certification.views.cases.frame import BODY, Opened, criterion_title, opened, show
from certification.views.cases.overview import finding_shown
from conformity import selectors as conformity
from conformity import services
from conformity.domain.findings import AnswerKind, Grade
from conformity.domain.lifecycle import AssessmentStatus, FindingStatus
from conformity.domain.roles import ASSESS
from conformity.models import Finding, FindingAnswer
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, TrustregError
from trustreg.base.words import name_of, say
from trustreg.parties import drafts
from trustreg.parties.domain.actors import Actor
from trustreg.parties.visitors import actor_of_page, for_roles

OURS: Final = (FindingStatus.PLAN_SUBMITTED, FindingStatus.CORRECTED)
SHOWS: Final = ("all", "ours", "open")
_FROM_PROVIDER: Final = (AnswerKind.PLAN, AnswerKind.CORRECTION)


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def case_findings(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """All findings; POST answers one of them (`finding`, `act`)."""
    found = opened(request, assessment_id, answers=True)
    rows = found.sheet.findings
    typed: dict[int, Any] = {}
    conflict = 0
    status = 200
    if request.method == "POST":
        row = next((item for item in rows if str(item.pk) == request.POST.get("finding", "")), None)
        if row is None:
            raise NotFound("There is no such finding in this case.", "この案件に、その指摘はありません。")
        form, status = _do(request, found, row)
        if not status:
            return HttpResponseRedirect(f"{reverse('pages:case-findings', args=[assessment_id])}#f{row.number}")
        typed[row.number] = form
        conflict = row.number if status == Conflict.status and form.stale else 0
    kept = drafts.take(request)
    wanted = request.GET.get("show", "")
    filtered = wanted if wanted in SHOWS else "all"
    cited = {digest for row in rows for answer in row.answers.all() for digest in answer.evidence}
    papers = {
        row.sha256: row
        for row in conformity.evidence_of(found.file.assessment.provider_id).filter(sha256__in=cited).defer("receipt")
    }
    chosen = [row for row in rows if row.number in typed or _in_filter(row, filtered)]
    context = {
        "items": [_item(row, found, typed.get(row.number), kept, papers) for row in chosen],
        "filter": filtered,
        "filters": [
            ("all", say("All ({n})", n=len(rows))),
            ("ours", say("Our turn ({n})", n=sum(row.status in OURS for row in rows))),
            ("open", say("Not closed ({n})", n=len(found.sheet.live_findings))),
        ],
        "conflict": conflict,
        "errors": list(typed.values()),
        "is_team": found.file.in_team and found.role in ASSESS.roles,
    }
    return show(request, found, "findings", "case_findings", context, status=status)


def _in_filter(row: Finding, wanted: str) -> bool:
    if wanted == "ours":
        return row.status in OURS
    return row.status != FindingStatus.VERIFIED_CLOSED if wanted == "open" else True


def _seen(row: Finding) -> str:
    """What was shown: how often it moved and how often somebody answered."""
    return f"{row.revision}.{len(row.answers.all())}"


def _do(request: HttpRequest, found: Opened, row: Finding) -> tuple[Any, int]:
    """The form as typed, and 0 when it is done, else the status of the page that says why not."""
    act = request.POST.get("act", "")
    form: Any = (
        RegradeForm(request.POST, prefix=f"r{row.number}")
        if act == "regrade"
        else AnswerForm(request.POST, prefix=f"f{row.number}")
    )
    form.stale = False
    if not form.is_valid():
        return form, 422
    if form.cleaned_data["seen"] != _seen(row):
        form.stale = True
        form.add_error(
            None,
            say(
                "Somebody updated this finding first. Compare, then send again.",
            ),
        )
        return form, Conflict.status
    try:
        if found.role not in ASSESS.roles:
            raise NotPermitted(
                "Findings are answered in the role of lead assessor or assessor. Switch your role.",
                "指摘への回答は、主任審査員か審査員の役割で行います。役割を切り替えてください。",
            )
        said = _answer(act, row, form.cleaned_data, actor_of_page(request), found)
    except TrustregError as error:
        form.refuse(error)
        return form, error.status
    messages.success(request, said)
    return form, 0


def _answer(act: str, row: Finding, values: dict[str, Any], actor: Actor, found: Opened) -> str:
    about: dict[str, Any] = {"finding_id": row.pk, "actor": actor, "at": found.at}
    n = row.number
    if act == "accept":
        services.finding_plan_accept(text=values["text"], **about)
        return say("The plan for F{n} was accepted.", n=n)
    if act == "return":
        services.finding_plan_return(text=values["text"], **about)
        return say("The plan for F{n} was returned.", n=n)
    if act == "verify":
        if not values["sure"]:
            raise InvalidInput(
                "Confirm that you have verified the correction.",
                "是正を確かめたことを確認してください。",
                fields={
                    "sure": {
                        "en": "Tick this box to close the finding.",
                        "ja": "指摘を閉じるには、この欄にチェックを入れてください。",
                    }
                },
            )
        services.finding_verify(text=values["text"], **about)
        return say("The correction of F{n} was verified; it is closed.", n=n)
    if act == "reopen":
        services.finding_reopen(text=values["text"], **about)
        return say("F{n} was reopened for correction.", n=n)
    if act == "regrade":
        services.finding_regrade(grade=Grade(values["grade"]), reason=values["reason"], **about)
        return say("The grade of F{n} was changed.", n=n)
    raise InvalidInput("There is no such act.", "そのような操作はありません。")


def _item(row: Finding, found: Opened, typed: Any, kept: Any, papers: dict[str, Any]) -> dict[str, Any]:
    seen = _seen(row)
    live = _is_live(row, found)
    acts = {FindingStatus.PLAN_SUBMITTED: "plan", FindingStatus.CORRECTED: "correction"}.get(
        FindingStatus(row.status), ""
    )
    answer = (
        typed if isinstance(typed, AnswerForm) else AnswerForm(prefix=f"f{row.number}", initial=_initial(row, kept))
    )
    regrade = (
        typed
        if isinstance(typed, RegradeForm)
        else RegradeForm(prefix=f"r{row.number}", initial={"grade": row.grade, **_initial(row, kept)})
    )
    line = next((item for item in found.sheet.lines if item.criterion.pk == row.criterion_id), None)
    raised_by_me = row.raised_by_id == found.visitor.account.person_id
    return {
        **finding_shown(row, found),
        "seen": seen,
        "title": criterion_title(line) if line else row.criterion.code,
        "answers": [_said(answer_, papers) for answer_ in row.answers.all()],
        "acts": acts if live else "",
        "form": answer,
        "regrade": regrade,
        "may_regrade": live and found.file.is_assessing and row.status != FindingStatus.VERIFIED_CLOSED,
        "raised_by_me": raised_by_me,
        "raised_by": name_of(row.raised_by),
        "verified_by": name_of(row.verified_by) if row.verified_by else "",
        "open": typed is not None,
        "regrade_open": isinstance(typed, RegradeForm),
    }


def _initial(row: Finding, kept: Any) -> dict[str, Any]:
    """What was typed for this finding before the session ended."""
    if not kept or kept.get("finding") != str(row.pk):
        return {}
    prefixes = (f"f{row.number}-", f"r{row.number}-")
    return {
        name.split("-", 1)[1]: value
        for name, value in kept.items()
        if name.startswith(prefixes) and not name.endswith("-seen")
    }


def _is_live(row: Finding, found: Opened) -> bool:
    """Whether the case still lets the team answer: after the conclusion only minor findings."""
    if not found.file.in_team or found.role not in ASSESS.roles:
        return False
    status = found.file.assessment.status
    if status == AssessmentStatus.CANCELLED:
        return False
    return status != AssessmentStatus.CONCLUDED or row.grade == Grade.MINOR


def _said(row: FindingAnswer, papers: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": ANSWERS[row.kind],
        "ours": row.kind not in _FROM_PROVIDER,
        "text": row.text,
        "at": row.at,
        "papers": [papers[digest] for digest in row.evidence if digest in papers],
    }
