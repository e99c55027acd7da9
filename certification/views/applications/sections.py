"""The sections of an application that its provider fills in: one section, one form (ui.md 2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from certification import selectors, services
from certification.domain.service_types import own_usages
from certification.domain.values import DocumentKind
from certification.forms import (
    DocumentForm,
    IdentityForm,
    LevelForm,
    ServiceForm,
    level_facts,
    service_facts,
)
from certification.selectors.register import service_lock
from certification.titles import DOCUMENT_KINDS
from certification.views.applications.common import (
    Case,
    Meanwhile,
    changed_meanwhile,
    differences,
    fingerprint,
    meanwhile,
    page,
    refuse,
)
from certification.views.applications.overview import document_lines, facts_of
from conformity import selectors as conformity
from conformity.domain.service_kinds import Level
from conformity.models import Evidence
from conformity.services import evidence_store_file
from conformity.views.receiving import receive
from trustreg.base import clock
from trustreg.base.errors import Conflict, NotFound, TrustregError
from trustreg.base.words import either, say
from trustreg.parties import drafts


def service(request: HttpRequest, case: Case) -> HttpResponse:
    """Names and addresses of the service. What is listed changes only by a decision."""
    _require_provider(case)
    row = case.application.service
    status, overtaken = 200, None
    if request.method == "POST":
        form = ServiceForm(request.POST)
        with transaction.atomic():
            stands = service_facts(service_lock(row.pk))
            if form.is_valid() and not changed_meanwhile(request, fingerprint(stands)):
                try:
                    services.service_update(
                        service_id=row.pk, **form.values(), actor=case.visitor.actor, at=clock.now()
                    )
                except TrustregError as error:
                    status = refuse(form, error)
                else:
                    return _saved(request, case, say("The service is saved."))
            elif form.is_valid():
                status, overtaken = 409, meanwhile("service", row.pk, differences(form, stands))
            else:
                status = 422
    else:
        stands = service_facts(row)
        form = ServiceForm(initial=drafts.initial(request, **stands))
    return _section(
        request,
        case,
        "service",
        status,
        form=form,
        seen=fingerprint(stands),
        overtaken=overtaken,
        facts=facts_of(case.application),
    )


def level(request: HttpRequest, case: Case) -> HttpResponse:
    """The level applied for, the use and the body that assesses."""
    _require_writable(case)
    row, at = case.application, clock.now()
    bodies = selectors.bodies_for(row.service, at)
    status, overtaken = 200, None
    if request.method == "POST":
        form = LevelForm(request.POST, service=row.service, bodies=bodies)
        with transaction.atomic():
            service_lock(row.service_id)  # as every act on an application: it waits its turn here
            row.refresh_from_db(fields=["target_level", "usages", "cab"])
            stands = level_facts(row)
            if form.is_valid() and not changed_meanwhile(request, fingerprint(stands)):
                try:
                    services.application_edit(
                        application_id=row.pk,
                        cab_id=UUID(form.cleaned_data["cab"]),
                        target_level=Level(form.cleaned_data["target_level"]),
                        usages=form.cleaned_data.get("usages"),
                        actor=case.visitor.actor,
                        at=at,
                    )
                except TrustregError as error:
                    status = refuse(form, error)
                else:
                    return _saved(request, case, say("Level and body are saved."))
            elif form.is_valid():
                status, overtaken = 409, meanwhile("application", row.pk, differences(form, stands))
            else:
                status = 422
    else:
        stands = level_facts(row)
        form = LevelForm(service=row.service, bodies=bodies, initial=drafts.initial(request, **stands))
    return _section(
        request,
        case,
        "level",
        status,
        form=form,
        seen=fingerprint(stands),
        overtaken=overtaken,
        certificates=bool(own_usages(row.service.kind)),
    )


def identity(request: HttpRequest, case: Case) -> HttpResponse:
    """The certificates of the service's keys. One that is registered stays."""
    _require_provider(case)
    row, status = case.application.service, 200
    form = IdentityForm(request.POST or None, request.FILES or None, initial=drafts.initial(request))
    if request.method == "POST":
        form = IdentityForm(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            try:
                services.identity_add(
                    service_id=row.pk, certificate=form.certificate(), actor=case.visitor.actor, at=clock.now()
                )
            except TrustregError as error:
                field = "file" if form.cleaned_data.get("file") else "text"
                form.add_error(field, either(error.ja, error.en))
                status = 409 if isinstance(error, Conflict) else 422
            else:
                messages.success(request, say("The certificate is registered."))
                return HttpResponseRedirect(case.place("identity"))
    return _section(request, case, "identity", status, form=form, identities=list(row.identities.defer("certificate")))


def evidence(request: HttpRequest, case: Case) -> HttpResponse:
    """The documents: adding files, or what was handed in before; each newer version beside the earlier ones."""
    _require_provider(case)
    row, status = case.application, 200
    stored = _stored(case)
    shown = {name: request.GET[name] for name in ("kind", "title") if name in request.GET}
    form = DocumentForm(initial=drafts.initial(request, **shown), stored=stored)
    if request.method == "POST":
        form, status = DocumentForm(request.POST, request.FILES, stored=stored), 422
        if form.is_valid():
            added = _add(form, case)
            for title in added:
                messages.success(request, say("“{title}” arrived.", title=title))
            if not form.errors:
                return HttpResponseRedirect(case.place("evidence"))
    documents = selectors.document_versions(row)
    kinds = {document.kind for document, _ in documents}
    return _section(
        request,
        case,
        "evidence",
        status,
        form=form,
        documents=document_lines(documents, case),
        kinds=[(DOCUMENT_KINDS[kind], kind in kinds) for kind in DocumentKind if kind is not DocumentKind.OTHER],
    )


def _stored(case: Case) -> list[tuple[str, str]]:
    """Evidence of the provider that this application does not have yet, the newest first."""
    used = case.application.evidence.values("evidence")
    rows = conformity.evidence_of(case.application.service.provider_id).exclude(pk__in=used)
    return [
        (str(row.pk), say("{name} (version {n})", name=row.filename, n=row.version))
        for row in rows.defer("receipt").order_by("-uploaded_at")[:200]
    ]


def _add(form: DocumentForm, case: Case) -> list[str]:
    """Add what the form holds, each file by itself; returns the titles of what was taken, the form says the rest."""
    kind, title = DocumentKind(form.cleaned_data["kind"]), form.cleaned_data["title"]
    actor, row, added = case.visitor.actor, case.application, []

    def add(found: Evidence) -> None:
        name = title or found.filename
        services.application_add_evidence(
            application_id=row.pk, evidence_id=found.pk, kind=kind, title=name[:200], actor=actor, at=clock.now()
        )
        added.append(name)

    def store(content: Any, name: str) -> None:
        with transaction.atomic():
            add(
                evidence_store_file(
                    organisation_id=row.service.provider_id, content=content, filename=name, actor=actor, at=clock.now()
                )
            )

    receive(form, "uploads", store)
    if form.cleaned_data.get("stored"):
        try:
            add(conformity.evidence_get(UUID(form.cleaned_data["stored"])))
        except TrustregError as error:
            form.add_error("stored", either(error.ja, error.en))
    return added


def _saved(request: HttpRequest, case: Case, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return HttpResponseRedirect(case.url)


def _section(request: HttpRequest, case: Case, name: str, status: int, **shown: Any) -> HttpResponse:
    overtaken: Meanwhile | None = shown.pop("overtaken", None)
    return page(request, f"application_{name}", case, status, overtaken=overtaken, **shown)


def _require_provider(case: Case) -> None:
    if case.side != "provider":
        raise NotFound("There is no such section.", "その項目はありません。")


def _require_writable(case: Case) -> None:
    _require_provider(case)
    if not case.is_writable:
        raise Conflict("What was submitted is not edited.", "提出した申請は、編集できません。")
