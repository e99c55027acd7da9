"""The list of cases of the visitor's body."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certification.selectors import assessing
from certification.selectors.assessing import CaseRow, Show
from certification.titles import ASSESSMENT_CHIPS, ASSESSMENT_STATUSES
from certification.views.cases.frame import BODY, case_title, due_of
from trustreg.base import clock
from trustreg.base.errors import NotPermitted
from trustreg.base.parsing import check_texts
from trustreg.base.words import name_of, say
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import for_roles, visitor_of

PAGE: Final = 20
LONGEST_QUESTION: Final = 200


@for_roles(*BODY)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Cases of one's body: mine, those under way, all; searched by number or name."""
    visitor = visitor_of(request)
    if visitor is None or visitor.seat is None:
        raise NotPermitted("This page is for assessment bodies.", "このページは、適合性評価機関のものです。")
    asked = request.GET.get("show", "")
    default = Show.OPEN if visitor.role is Role.CAB_CLERK else Show.MINE
    show = Show(asked) if asked in set(Show) else default
    q = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    check_texts(q)
    found = assessing.cases_of(
        visitor.seat.organisation_id,
        person_id=visitor.account.person_id,
        decides=visitor.role is Role.CAB_DECIDER,
        show=show,
        q=q,
    )
    page = _number(request.GET.get("page", ""))
    rows = list(found[(page - 1) * PAGE : page * PAGE + 1])
    now = clock.now()
    names = {
        Show.MINE: say("Mine"),
        Show.OPEN: say("Under way in the body"),
        Show.ALL: say("All"),
    }
    shown: dict[str, Any] = {
        "wide": True,
        "rows": [_shown(row, now, visitor.account.person_id) for row in assessing.case_rows(rows[:PAGE])],
        "show": show.value,
        "q": q,
        "tabs": [
            {"url": _address(request, item, q, 1), "label": names[item], "current": item is show} for item in Show
        ],
        "previous_url": _address(request, show, q, page - 1) if page > 1 else "",
        "next_url": _address(request, show, q, page + 1) if len(rows) > PAGE else "",
    }
    return render(request, "certification/cases.html", shown)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text) else 1


def _address(request: HttpRequest, show: Show, q: str, page: int) -> str:
    query = {"show": show.value, **({"q": q} if q else {}), **({"page": str(page)} if page > 1 else {})}
    return f"{request.path}?{urlencode(query)}"


def _shown(row: CaseRow, now: Any, person_id: Any) -> dict[str, Any]:
    file = assessing.CaseFile(row.assessment, row.application, row.team)
    tone, icon = ASSESSMENT_CHIPS[row.assessment.status]
    lead = next((name_of(member.person) for member in row.team if str(member.person_id) == row.lead), "")
    return {
        "id": row.assessment.pk,
        "number": file.number,
        "title": case_title(file),
        "provider": name_of(row.assessment.provider),
        "level": row.assessment.level,
        "status": ASSESSMENT_STATUSES[row.assessment.status],
        "tone": tone,
        "icon": icon,
        "total": row.total,
        "answered": row.answered,
        "findings": row.findings,
        "due": due_of(row.due, now) if row.assessment.status not in assessing.CLOSED else None,
        "lead": lead,
        "others": len(row.team) - 1 if lead else len(row.team),
        "mine": any(member.person_id == person_id for member in row.team),
        "opened_at": row.assessment.opened_at,
    }
