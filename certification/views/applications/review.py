"""Check answers, declare, submit; the receipt is what was sealed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from certification import selectors, services
from certification.forms import DeclarationForm
from certification.views.applications.common import (
    case_of,
    changed_meanwhile,
    fingerprint,
    meanwhile,
    page,
    refuse,
)
from certification.views.applications.overview import check_lines, document_lines, facts_of
from trustreg.base import clock
from trustreg.base.errors import Conflict, TrustregError
from trustreg.base.words import say
from trustreg.parties import drafts
from trustreg.parties.domain.roles import PROVIDER_ROLES
from trustreg.parties.visitors import for_roles


@for_roles(*sorted(PROVIDER_ROLES))
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Everything that will be sealed, each with a way to change it, and the declaration of the officer."""
    case, status, overtaken = case_of(request, application_id), 200, None
    if not case.is_writable:
        raise Conflict("This application is submitted already.", "この申請は、もう提出されています。")
    row, at = case.application, clock.now()
    documents = selectors.document_versions(row)
    identities = list(row.service.identities.defer("certificate"))
    # What was shown is what is sealed: anything else than this asks the officer to look again.
    seen = fingerprint(
        {
            "version": row.version,
            "names": row.service.names,
            "documents": [str(document.pk) for document, _ in documents],
            "identities": [one.certificate_sha256 for one in identities],
        }
    )
    checks = selectors.trial_check(row, [document for document, _ in documents], at)
    blocked = any(check.tone == "bad" for check in checks)
    form = DeclarationForm(initial=drafts.initial(request))
    if request.method == "POST":
        form, status = DeclarationForm(request.POST), 422
        was_offered = case.is_officer and not blocked  # else the service says why not
        if form.is_valid() and was_offered and changed_meanwhile(request, seen):
            status, overtaken = 409, meanwhile("application", row.pk)
        elif form.is_valid():
            try:
                services.application_submit(
                    application_id=row.pk, declares_no_disqualification=True, actor=case.visitor.actor, at=at
                )
            except TrustregError as error:
                status = refuse(form, error)
            else:
                sentence = say("{n} is submitted.", n=row.number)
                messages.success(request, sentence)
                return HttpResponseRedirect(f"{case.url}#receipt")
    return page(
        request,
        "application_review",
        case,
        status,
        form=form,
        seen=seen,
        overtaken=overtaken,
        documents=document_lines(documents, case),
        identities=identities,
        facts=facts_of(row),
        checks=[line for line in check_lines(checks, case) if line["tone"] != "ok"],
        blocked=blocked,
    )
