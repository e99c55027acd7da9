"""Findings on an application: what the provider answers, and what both sides have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification import selectors
from certification.forms import CorrectionForm, PlanForm, document_words
from certification.selectors import Task
from certification.titles import ANSWERS, FINDING_CHIPS, FINDING_STATUSES, GRADE_CHIPS, GRADES, TASKS
from certification.views.applications.common import (
    READERS,
    Case,
    case_of,
    changed_meanwhile,
    fingerprint,
    meanwhile,
    page,
    refuse,
)
from certification.views.inbox import in_days
from conformity.domain.findings import Grade
from conformity.models import Finding
from conformity.services import evidence_store_file, finding_correct, finding_plan_submit
from conformity.views.receiving import receive
from trustreg.base import clock
from trustreg.base.errors import NotFound, TrustregError
from trustreg.base.forms import PageForm
from trustreg.base.uploads import takes_files
from trustreg.base.words import say
from trustreg.conf import settings as conf
from trustreg.parties import drafts
from trustreg.parties.visitors import for_roles


@dataclass(frozen=True, slots=True)
class Line:
    """One finding with its conversation and, when it is the provider's turn, the form to answer it."""

    finding: Finding
    grade: tuple[str, str, str]
    status: tuple[str, str, str]
    answers: tuple[dict[str, Any], ...]
    task: str
    due: Any
    days: int
    form: PageForm | None
    seen: str
    overtaken: Any = None

    @property
    def days_over(self) -> int:
        """Days since the deadline."""
        return -self.days

    @property
    def look(self) -> str:
        """`data-grade` of its box."""
        return "major" if self.finding.grade == Grade.MAJOR else ""


@takes_files(conf.max_evidence_bytes)
@for_roles(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def findings(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Every finding of the application's assessments, the provider's turn first."""
    case = case_of(request, application_id)
    documents = [(row.evidence.sha256, document_words(row)) for row in selectors.application_evidence(case.application)]
    rows = list(
        selectors.findings_with_plan()
        .filter(assessment__in=selectors.assessments_of(case.application.pk))
        .prefetch_related("answers")
    )
    answered: tuple[str, PageForm, Any] | None = None
    status = 200
    if request.method == "POST":
        if case.side != "provider":
            raise NotFound("There is no such section.", "その項目はありません。")
        row = _chosen(rows, request.POST.get("finding", ""))
        form = _form(row, documents, request)
        status, overtaken = _answer(row, form, case, request)
        if status == 303:
            messages.success(request, say("F{n} is answered.", n=row.number))
            here = reverse("pages:application-findings", args=[case.application.pk])
            return HttpResponseRedirect(f"{here}#finding-{row.pk}")
        answered = (str(row.pk), form, overtaken)
    typed = drafts.initial(request)
    lines = [_line(row, case, documents, typed, answered) for row in rows]
    lines.sort(key=lambda line: (line.form is None, line.due is None, line.due or clock.now(), line.finding.number))
    shown_forms = [line.form for line in lines if line.form is not None and line.form.is_bound]
    return page(
        request,
        "application_findings",
        case,
        status,
        lines=lines,
        faulty=shown_forms[0] if shown_forms else PageForm(),
        owed=sum(line.form is not None for line in lines),
    )


def _chosen(rows: list[Finding], wanted: str) -> Finding:
    for row in rows:
        if str(row.pk) == wanted:
            return row
    raise NotFound(f"There is no finding {wanted}.", "その指摘はありません。")


def _form(
    row: Finding, documents: list[tuple[str, str]], request: HttpRequest | None = None, typed: Any = None
) -> PageForm:
    """The form that the finding asks for now. Raises NotFound when it asks for none."""
    marks = f"f{row.number}_%s"
    data, files = (request.POST, request.FILES) if request else (None, None)
    task = selectors.finding_task(row)
    if task is Task.CORRECT:
        return CorrectionForm(data, files, documents=documents, initial=typed, auto_id=marks)
    return PlanForm(data, initial=typed, auto_id=marks)


def _answer(row: Finding, form: PageForm, case: Case, request: HttpRequest) -> tuple[int, Any]:
    """(status, what happened meanwhile); 303 when the answer was taken."""
    if not form.is_valid():
        return 422, None
    if changed_meanwhile(request, _seen(row)):
        return 409, meanwhile("finding", row.pk)
    actor = case.visitor.actor
    try:
        with transaction.atomic():
            if isinstance(form, CorrectionForm):
                digests = list(form.cleaned_data.get("evidence") or ())

                def store(content: Any, name: str) -> None:
                    stored = evidence_store_file(
                        organisation_id=case.application.service.provider_id,
                        content=content,
                        filename=name,
                        actor=actor,
                        at=clock.now(),
                    )
                    digests.append(stored.sha256)

                receive(form, "uploads", store)
                if form.errors:
                    transaction.set_rollback(True)
                    return 422, None
                text = form.cleaned_data["text"]
                finding_correct(finding_id=row.pk, text=text, evidence=digests, actor=actor, at=clock.now())
            else:
                finding_plan_submit(finding_id=row.pk, text=form.cleaned_data["text"], actor=actor, at=clock.now())
    except TrustregError as error:
        return refuse(form, error), None
    return 303, None


def _seen(row: Finding) -> str:
    return fingerprint({"revision": row.revision, "grade": row.grade})


def _line(
    row: Finding,
    case: Case,
    documents: list[tuple[str, str]],
    typed: dict[str, Any],
    answered: tuple[str, PageForm, Any] | None,
) -> Line:
    task = selectors.finding_task(row)
    owed = task in (Task.PLAN, Task.CORRECT)
    due = None if task is None else row.plan_due if task in (Task.PLAN, Task.CHECK_PLAN) else row.close_due
    form, overtaken = None, None
    if owed and case.side == "provider":
        form = _form(row, documents, typed=typed if typed.get("finding") == str(row.pk) else None)
        if answered is not None and answered[0] == str(row.pk):
            form, overtaken = answered[1], answered[2]
    return Line(
        row,
        (*GRADE_CHIPS[row.grade], str(GRADES[row.grade])),
        (*FINDING_CHIPS[row.status], str(FINDING_STATUSES[row.status])),
        tuple({"answer": answer, "what": ANSWERS[answer.kind]} for answer in row.answers.all()),
        str(TASKS[task]) if task else "",
        due,
        in_days(due, clock.now()) if due else 0,
        form,
        _seen(row),
        overtaken,
    )
