"""The report: what is missing before it, the decision on it by another person, and the report itself."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification.case_forms import ConcludeForm, ReturnForm
from certification.selectors import assessing
from certification.titles import CONCLUSION_CHIPS, CONCLUSIONS
from certification.views.cases import acts
from certification.views.cases.frame import BODY, Opened, criterion_title, opened, show
from conformity import selectors as conformity
from conformity import services
from conformity.domain.criteria import Conclusion
from conformity.domain.lifecycle import AssessmentStatus
from conformity.domain.roles import CONCLUDE
from conformity.models import Report
from trustreg.base.errors import InvalidInput, NotPermitted, TrustregError
from trustreg.base.words import say
from trustreg.parties import drafts
from trustreg.parties.visitors import actor_of_page, for_roles


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def case_report(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The report. POST, by the decider: `act` review (shows what will be frozen), conclude, or return."""
    found = opened(request, assessment_id)
    act = request.POST.get("act", "")
    kept = drafts.take(request)
    initial = kept.dict() if kept else None
    conclude = ConcludeForm(request.POST if act in ("review", "conclude", "edit") else None, initial=initial)
    back = ReturnForm(request.POST if act == "return" else None, initial=initial)
    status, asking = 200, False
    if request.method == "POST" and act != "edit":
        status = _do(request, found, act, conclude, back)
        if not status:
            return HttpResponseRedirect(reverse("pages:case-report", args=[assessment_id]))
        asking = act == "review" and status == 200
    return show(request, found, "report", "case_report", _context(found, conclude, back, asking=asking), status=status)


def _do(request: HttpRequest, found: Opened, act: str, conclude: ConcludeForm, back: ReturnForm) -> int:
    """0 when it is done, 200 when it is to be confirmed, else the status of the page that says why not."""
    if act not in ("review", "conclude", "return"):
        raise InvalidInput("There is no such act.", "そのような操作はありません。")
    form = back if act == "return" else conclude
    if not form.is_valid():
        return 422
    values, pk = form.cleaned_data, found.file.assessment.pk
    try:
        if found.role not in CONCLUDE.roles:
            raise NotPermitted(
                "Only a decider decides on the report. Switch your role, or go back.",
                "報告書を決定するのは決定者だけです。役割を切り替えるか、戻ってください。",
            )
        if act == "return":
            services.assessment_return(
                assessment_id=pk, reasons=values["reasons"], actor=actor_of_page(request), at=found.at
            )
            messages.success(request, say("The case was returned to the team."))
            return 0
        if act == "review":
            return 200
        services.assessment_conclude(
            assessment_id=pk,
            conclusion=Conclusion(values["conclusion"]),
            summary=values["summary"],
            actor=actor_of_page(request),
            at=found.at,
        )
    except TrustregError as error:
        form.refuse(error)
        return error.status
    messages.success(request, say("The case was concluded; the report is fixed."))
    return 0


def _context(found: Opened, conclude: ConcludeForm, back: ReturnForm, *, asking: bool) -> dict[str, Any]:
    assessment, sheet = found.file.assessment, found.sheet
    status = assessment.status
    report = conformity.report_of(assessment.pk) if status == AssessmentStatus.CONCLUDED else None
    decides = status == AssessmentStatus.REVIEW and found.role in CONCLUDE.roles
    leads = found.file.leads and found.file.is_assessing and found.role in acts.SUBMIT.roles
    return {
        "missing": [{"code": line.criterion.code, "title": criterion_title(line)} for line in sheet.missing],
        "obstacles": _obstacles(found),
        "is_before": status in (AssessmentStatus.OPENED, AssessmentStatus.DOCUMENTS, AssessmentStatus.ON_SITE),
        "may_submit": leads,
        "is_review": status == AssessmentStatus.REVIEW,
        "decides": decides and not found.file.was_in_team,
        "why_not": acts.was_in_team() if decides and found.file.was_in_team else "",
        "conclude_form": conclude,
        "return_form": back,
        "asking": asking,
        "chosen": _chosen(conclude) if asking else None,
        "report": _report(report) if report else None,
        "step": acts.next_step(found) if report else None,
        "returned": assessing.reasons_of_return(assessment),
    }


def _obstacles(found: Opened) -> list[dict[str, Any]]:
    """What stands against conformity: findings by number, criteria by code."""
    by_name = {f"F{row.number}": row for row in found.sheet.findings}
    rows = []
    for name in found.sheet.obstacles:
        finding = by_name.get(name)
        rows.append(
            {
                "name": name,
                "text": finding.statement if finding else say("Does not conform, without a minor finding"),
                "code": finding.criterion.code if finding else name,
                "is_finding": finding is not None,
            }
        )
    return rows


def _chosen(form: ConcludeForm) -> dict[str, Any]:
    values = form.cleaned_data
    tone, icon = CONCLUSION_CHIPS[values["conclusion"]]
    return {
        "conclusion": values["conclusion"],
        "word": CONCLUSIONS[values["conclusion"]],
        "tone": tone,
        "icon": icon,
        "summary": values["summary"],
    }


def _report(row: Report) -> dict[str, Any]:
    tone, icon = CONCLUSION_CHIPS[row.conclusion]
    return {
        "row": row,
        "word": CONCLUSIONS[row.conclusion],
        "conforms": row.conclusion == Conclusion.CONFORM,
        "tone": tone,
        "icon": icon,
        "body": json.dumps(json.loads(row.body), ensure_ascii=False, indent=2),
    }
