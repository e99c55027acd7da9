"""Assessing one criterion: the criteria on the left, the evidence in the middle, the result on the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp_update
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification.case_forms import ResultForm
from certification.selectors import assessing
from certification.selectors.assessing import CaseFile, Line, Paper
from certification.titles import GRADES, OUTCOMES
from certification.views.cases.frame import (
    BODY,
    Opened,
    criterion_title,
    group_title,
    line_state,
    opened,
    show,
)
from certification.views.cases.overview import finding_shown
from conformity import services
from conformity.domain.criteria import Outcome
from conformity.domain.findings import Grade, deadlines
from conformity.domain.periods import scheme_periods
from conformity.domain.roles import ASSESS
from conformity.models import CriterionResult
from conformity.viewing import Viewing, viewing_of
from conformity.views.viewer import FRAME
from trustreg.base.errors import Conflict, InvalidInput, NotPermitted, TrustregError
from trustreg.base.words import language, name_of, say
from trustreg.parties import drafts
from trustreg.parties.domain.actors import Actor
from trustreg.parties.visitors import actor_of_page, for_roles

SHOWS: Final = ("all", "open", "findings")
MOST_OTHERS: Final = 100  # pieces of evidence that were handed in for other cases


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
@csp_update(FRAME)  # type: ignore[arg-type] # its types know views without arguments only
def case_criterion(request: HttpRequest, assessment_id: UUID, code: str) -> HttpResponse:
    """The work view of one criterion; POST records the result, and a finding with it."""
    found = opened(request, assessment_id)
    line = found.sheet.line(code)
    papers = _citable(found, line, request.GET.get("evidence", ""))
    form = _form(request, line, papers)
    conflict: dict[str, Any] | None = None
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        else:
            try:
                _require_role(found)
                _record(found, line, form, actor_of_page(request))
            except TrustregError as error:
                status = error.status
                if isinstance(error, Conflict) and "changed" in error.extra:
                    conflict = _conflict(request, found, line, form)
                    form = conflict["form"]
                else:
                    form.refuse(_placed(error, line, form))
            else:
                return _onward(request, found, line)
    return show(
        request,
        found,
        "criteria",
        "case_criterion",
        _context(request, found, line, papers, form, conflict),
        status=status,
    )


def _require_role(found: Opened) -> None:
    if found.role not in ASSESS.roles:
        raise NotPermitted(
            "Results are recorded in the role of lead assessor or assessor. Switch your role.",
            "判定は、主任審査員か審査員の役割で記録します。役割を切り替えてください。",
        )


def _citable(found: Opened, line: Line, chosen: str) -> list[Paper]:
    """What the visitor may look at and cite: this case's documents, what is cited already, then some of the rest."""
    papers = assessing.papers_of(found.file)
    rest = [paper for paper in papers if not _is_close(paper, line, chosen)]
    return [*(paper for paper in papers if _is_close(paper, line, chosen)), *rest[:MOST_OTHERS]]


def _is_close(paper: Paper, line: Line, chosen: str) -> bool:
    """Whether it was handed in for this case, is cited already or was chosen to be shown."""
    cited = line.result is not None and paper.evidence.sha256 in line.result.evidence
    return paper.document is not None or cited or str(paper.evidence.pk) == chosen


def _form(request: HttpRequest, line: Line, papers: list[Paper]) -> ResultForm:
    choices = [(paper.evidence.sha256, paper.title) for paper in papers]
    if request.method == "POST":
        return ResultForm(request.POST, evidence=choices)
    result = line.result
    initial: dict[str, Any] = {"seen": result.version if result else 0}
    if result:
        initial |= {
            "outcome": result.outcome,
            "reason": result.reason,
            "notes": result.notes,
            "evidence": result.evidence,
        }
    else:
        chosen = request.GET.get("evidence", "")
        initial["evidence"] = [paper.evidence.sha256 for paper in papers if str(paper.evidence.pk) == chosen]
    typed = drafts.take(request)
    if typed:
        names = ("outcome", "reason", "notes", "grade", "statement", "seen")
        initial |= {name: typed[name] for name in names if name in typed}
        initial["evidence"] = typed.getlist("evidence")
    return ResultForm(initial=initial, evidence=choices)


def _record(found: Opened, line: Line, form: ResultForm, actor: Actor) -> None:
    """The result, and the finding with it: both or neither."""
    values = form.cleaned_data
    outcome = Outcome(values["outcome"])
    reason = values["reason"]
    if outcome is Outcome.NONCONFORM and not reason.strip():
        reason = values["statement"]  # nothing is asked twice
    pk = found.file.assessment.pk
    with transaction.atomic():
        services.results_record(
            assessment_id=pk,
            results=[
                services.ResultInput(
                    line.criterion.pk,
                    outcome,
                    reason=reason,
                    notes=values["notes"],
                    evidence=tuple(values["evidence"]),
                    after=values["seen"] or 0,
                )
            ],
            actor=actor,
            at=found.at,
        )
        if values["statement"]:
            services.finding_raise(
                assessment_id=pk,
                criterion_id=line.criterion.pk,
                grade=Grade(values["grade"]),
                statement=values["statement"],
                actor=actor,
                at=found.at,
            )


def _placed(error: TrustregError, line: Line, form: ResultForm) -> TrustregError:
    """The service names the criterion at fault; here it is the field of its form."""
    texts = error.fields.get(line.criterion.code)
    if not texts:
        return error
    field = "evidence" if form.cleaned_data["outcome"] == Outcome.CONFORM else "reason"
    return InvalidInput(error.en, error.ja, fields={field: texts})


def _conflict(request: HttpRequest, found: Opened, line: Line, form: ResultForm) -> dict[str, Any]:
    """Both versions, and the form as it was typed with the version that is there now."""
    now = opened(request, found.file.assessment.pk).sheet.line(line.criterion.code).result
    typed = request.POST.copy()
    typed["seen"] = str(now.version if now else 0)
    again = ResultForm(typed, evidence=list(form.fields["evidence"].choices))  # type: ignore[attr-defined]
    values = form.cleaned_data
    titles = dict(form.fields["evidence"].choices)  # type: ignore[attr-defined]
    theirs = {
        "outcome": str(OUTCOMES[now.outcome]) if now else "",
        "reason": now.reason if now else "",
        "notes": now.notes if now else "",
        "evidence": say(", ").join(titles.get(digest, digest[:12]) for digest in now.evidence) if now else "",
    }
    mine = {
        "outcome": str(OUTCOMES[values["outcome"]]),
        "reason": values["reason"],
        "notes": values["notes"],
        "evidence": say(", ").join(titles.get(digest, digest[:12]) for digest in values["evidence"]),
    }
    labels = {
        "outcome": say("Result"),
        "reason": say("Reasons"),
        "notes": say("Notes of the team"),
        "evidence": say("Evidence cited"),
    }
    again.is_valid()
    return {
        "form": again,
        "by": name_of(now.by) if now else "",
        "at": now.at if now else None,
        "rows": [
            {"label": labels[name], "theirs": theirs[name], "mine": mine[name]}
            for name in labels
            if theirs[name] != mine[name]
        ],
    }


def _onward(request: HttpRequest, found: Opened, line: Line) -> HttpResponse:
    """The next open criterion (after this one, then from the top); the overview when there is none; or stay."""
    pk = found.file.assessment.pk
    lines = found.sheet.lines
    here = lines.index(line)
    following = [item for item in (*lines[here + 1 :], *lines[:here]) if item.is_open]
    code = line.criterion.code
    said = say("The result for {code} was recorded.", code=code)
    if request.POST.get("then") == "stay":
        messages.success(request, said)
        return HttpResponseRedirect(_address(request, pk, code))
    if not following:
        messages.success(request, said + say(" All criteria are assessed."))
        return HttpResponseRedirect(reverse("pages:case", args=[pk]))
    messages.success(request, said)
    return HttpResponseRedirect(_address(request, pk, following[0].criterion.code))


def _kept(request: HttpRequest) -> dict[str, str]:
    """What goes along from criterion to criterion: the filter and the place in the evidence."""
    return {name: request.GET[name] for name in ("show", "evidence", "page") if request.GET.get(name)}


def _address(request: HttpRequest, pk: UUID, code: str, **changes: str) -> str:
    query = {**_kept(request), **changes}
    return reverse("pages:case-criterion", args=[pk, code]) + (f"?{urlencode(query)}" if query else "")


def _context(
    request: HttpRequest,
    found: Opened,
    line: Line,
    papers: list[Paper],
    form: ResultForm,
    conflict: Mapping[str, Any] | None,
) -> dict[str, Any]:
    pk, kind = found.file.assessment.pk, found.file.assessment.service_kind
    wanted = request.GET.get("show", "")
    filtered = wanted if wanted in SHOWS else "all"
    lines = [item for item in found.sheet.lines if item is line or _in_filter(item, filtered)]
    here = lines.index(line)
    viewing, paper = _viewing(request, line, papers)
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in lines:
        groups.setdefault(group_title(item, kind), []).append(
            {
                "code": item.criterion.code,
                "title": criterion_title(item),
                "url": _address(request, pk, item.criterion.code),
                "current": item is line,
                **line_state(item),
            }
        )
    code = line.criterion.code
    shown = [
        {
            "paper": item,
            "url": _address(request, pk, code, evidence=str(item.evidence.pk), page="1"),
            "current": viewing is not None and item.evidence.pk == viewing.evidence.pk,
            "close": _is_close(item, line, request.GET.get("evidence", "")),
        }
        for item in papers
    ]
    return {
        "line": line,
        "criterion": line.criterion,
        "criterion_title": criterion_title(line),
        "english_text": language() == "ja",
        "group": group_title(line, kind),
        "groups": groups,
        "filter": filtered,
        "kept": {name: value for name, value in _kept(request).items() if name != "show"},
        "filters": [
            ("all", say("All ({n})", n=len(found.sheet.lines))),
            ("open", say("Open ({n})", n=len(found.sheet.missing))),
            (
                "findings",
                say(
                    "With a finding ({n})",
                    n=sum(bool(item.findings) for item in found.sheet.lines),
                ),
            ),
        ],
        "previous_url": _address(request, pk, lines[here - 1].criterion.code) if here else "",
        "next_url": _address(request, pk, lines[here + 1].criterion.code) if here + 1 < len(lines) else "",
        "papers": [item for item in shown if item["close"]],
        "others": [item for item in shown if not item["close"]],
        "viewing": viewing,
        "viewer_for": f"{found.file.number} {code}",
        "paper": paper,
        "page_previous": _page_url(request, pk, code, viewing, -1),
        "page_next": _page_url(request, pk, code, viewing, +1),
        "form": form,
        "conflict": conflict,
        "may_record": found.file.is_assessing and found.file.in_team and found.role in ASSESS.roles,
        "why_not": _why_not(found),
        "recorded": _recorded(line.result, found.file),
        "findings": [finding_shown(row, found) for row in line.findings],
        "deadlines": _deadlines(found),
        "finding_open": bool(form["statement"].value() or form["grade"].value() or form.errors.get("grade")),
        "action": _address(request, pk, code),
    }


def _in_filter(line: Line, wanted: str) -> bool:
    if wanted == "open":
        return line.is_open
    return bool(line.findings) if wanted == "findings" else True


def _viewing(request: HttpRequest, line: Line, papers: list[Paper]) -> tuple[Viewing | None, Paper | None]:
    """The evidence that was chosen, else what the result cites, else the first document of the application."""
    chosen = request.GET.get("evidence", "")
    cited = set(line.result.evidence) if line.result else set()
    paper = (
        next((item for item in papers if str(item.evidence.pk) == chosen), None)
        or next((item for item in papers if item.evidence.sha256 in cited), None)
        or next((item for item in papers if item.document), None)
    )
    if paper is None:
        return None, None
    page = request.GET.get("page") if str(paper.evidence.pk) == chosen else None
    return viewing_of(paper.evidence, paper.title, page), paper


def _page_url(request: HttpRequest, pk: UUID, code: str, viewing: Viewing | None, by: int) -> str:
    if viewing is None or viewing.trouble or not 1 <= viewing.page + by <= viewing.pages:
        return ""
    return _address(request, pk, code, evidence=str(viewing.evidence.pk), page=str(viewing.page + by)) + "#doc"


def _why_not(found: Opened) -> str:
    if not found.file.is_assessing:
        return say(
            "Results cannot be recorded now, only during the examination of documents and on site.",
        )
    if not found.file.in_team:
        return say(
            "You are not in the team of this assessment, so you cannot record.",
        )
    return say(
        "Results are recorded in the role of lead assessor or assessor. Switch your role.",
    )


def _recorded(result: CriterionResult | None, file: CaseFile) -> dict[str, Any] | None:
    if result is None:
        return None
    team = {row.person_id: row.person for row in file.members}  # whoever records is or was in it
    return {
        "outcome": OUTCOMES[result.outcome],
        "by": name_of(team.get(result.by_id) or result.by),
        "at": result.at,
        "version": result.version,
        "row": result,
    }


def _deadlines(found: Opened) -> list[dict[str, Any]]:
    """What each grade would make due, if the finding were raised now."""
    periods = scheme_periods(found.file.assessment.legal_basis)
    return [{"grade": GRADES[grade], "due": deadlines(grade, found.at, periods)} for grade in Grade]
