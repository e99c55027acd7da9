"""One case: where it stands, what comes next, how far each family of criteria is; and the acts that move it on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from certification.selectors import assessing
from certification.titles import FINDING_CHIPS, FINDING_STATUSES, GRADE_CHIPS, GRADES, MEMBERS
from certification.views.cases import acts
from certification.views.cases.frame import BODY, Opened, due_of, group_title, opened, show
from conformity.domain.criteria import Outcome
from conformity.models import Finding
from trustreg.base.errors import NotFound, NotPermitted, TrustregError
from trustreg.base.forms import PageForm
from trustreg.base.words import Words, name_of, say
from trustreg.parties.titles import role_words
from trustreg.parties.visitors import actor_of_page, for_roles

MOVES = {
    "open": Words("評価を始めました", "Opened"),
    "examine_documents": Words("文書審査を始めました", "Examination of documents begun"),
    "go_on_site": Words("現地審査に進みました", "On-site assessment begun"),
    "submit": Words("決定者に渡しました", "Handed to the decider"),
    "return": Words("チームに差し戻しました", "Returned to the team"),
    "conclude": Words("結論を出しました", "Concluded"),
    "cancel": Words("中止しました", "Cancelled"),
}


@for_roles(*BODY)
@require_safe
def case(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The overview."""
    found = opened(request, assessment_id)
    return show(
        request,
        found,
        "overview",
        "case",
        {
            "steps": acts.steps_of(found),
            "step": acts.next_step(found),
            "may_cancel": acts.may_cancel(found),
            "returned": assessing.reasons_of_return(found.file.assessment),
            "team": [{"name": name_of(row.person), "role": MEMBERS[row.role]} for row in found.file.team],
            "families": _families(found),
            "findings": [finding_shown(row, found) for row in found.sheet.live_findings],
            "papers": assessing.documents_of(found.file),
            "moves": [
                {"what": MOVES[row.transition], "at": row.at, "by": name_of(row.by) if row.by else ""}
                for row in assessing.movements_of(assessment_id)
            ],
        },
    )


def _families(found: Opened) -> list[dict[str, Any]]:
    """Progress under each heading, in the order of the sheet; the link goes to the first open criterion, else the
    first."""
    groups: dict[str, list[assessing.Line]] = {}
    for line in found.sheet.lines:
        groups.setdefault(group_title(line, found.file.assessment.service_kind), []).append(line)
    rows = []
    for title, lines in groups.items():
        first = next((line for line in lines if line.is_open), lines[0])
        rows.append(
            {
                "title": title,
                "total": len(lines),
                "answered": sum(not line.is_open for line in lines),
                "failing": sum(line.result is not None and line.result.outcome == Outcome.NONCONFORM for line in lines),
                "findings": sum(len(line.live_findings) for line in lines),
                "code": first.criterion.code,
            }
        )
    return rows


def finding_shown(row: Finding, found: Opened) -> dict[str, Any]:
    """What a card of a finding shows."""
    closed = row.verified_by_id is not None
    tone, icon = FINDING_CHIPS[row.status]
    grade_tone, grade_icon = GRADE_CHIPS[row.grade]
    return {
        "row": row,
        "look": "closed" if closed else row.grade,
        "grade": GRADES[row.grade],
        "grade_tone": grade_tone,
        "grade_icon": grade_icon,
        "status": FINDING_STATUSES[row.status],
        "tone": tone,
        "icon": icon,
        "due": None if closed else due_of(assessing.finding_due(row), found.at),
    }


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def case_act(request: HttpRequest, assessment_id: UUID, name: str) -> HttpResponse:
    """Ask, then do. What a service refuses is said above the question, and nothing has happened."""
    act = acts.ACTS.get(name)
    if act is None:
        raise NotFound(f"There is no act {name}.", "そのような操作はありません。")
    found = opened(request, assessment_id)
    if found.role not in act.roles:
        titles = [role_words(role) for role in sorted(act.roles)]
        raise NotPermitted(
            f"This is done by: {', '.join(words.en for words in titles)}. Switch your role, or go back.",
            f"この操作をする役割：{'、'.join(words.ja for words in titles)}。役割を切り替えるか、戻ってください。",
        )
    form, status = PageForm(), 200
    if request.method == "POST":
        try:
            act.run(found.file, actor_of_page(request), found.at)
        except TrustregError as error:
            form, status = PageForm({}), error.status
            form.is_valid()
            form.refuse(error)
        else:
            messages.success(request, str(act.done))
            return HttpResponseRedirect(reverse("pages:case", args=[assessment_id]))
    context = {
        "act": act,
        "form": form,
        "live": found.sheet.live_findings,
        "obstacles": found.sheet.obstacles if act is acts.SUBMIT else (),
        "missing": found.sheet.missing if act is acts.SUBMIT else (),
        "back": say("Back to the overview"),
    }
    return show(request, found, "overview", "case_act", context, status=status)
