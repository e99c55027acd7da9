"""The applications that the role in use has to do with, and how a new one begins."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from certification import selectors, services
from certification.domain.lifecycle import APPLICATION_CLOSED, ApplicationStatus
from certification.domain.service_types import own_usages
from certification.domain.values import ApplicationKind, LegalBasis
from certification.forms import NewServiceForm, ServiceChoiceForm, StartForm
from certification.models import Application, Service
from certification.titles import APPLICATION_CHIPS, APPLICATION_KINDS, APPLICATION_STATUSES, SERVICE_KIND_TITLES
from certification.views.applications.common import READERS, refuse, signed_in
from conformity.domain.service_kinds import Level, ServiceKind
from trustreg.base import clock
from trustreg.base.errors import NotFound, TrustregError
from trustreg.base.words import say
from trustreg.parties import drafts
from trustreg.parties.domain.roles import PROVIDER_ROLES
from trustreg.parties.visitors import Visitor, for_roles

PAGE: Final = 50


@for_roles(*READERS)
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """The provider's own; for the bodies those that were handed in to them, newest first."""
    visitor = signed_in(request)
    rows = selectors.applications_visible_to(visitor.actor, clock.now()).order_by("-started_at", "-id")
    here = visitor.seat.organisation_id if visitor.seat else None
    if visitor.side == "provider":
        rows = rows.filter(service__provider=here)
    else:
        rows = rows.exclude(status=ApplicationStatus.DRAFT)
        rows = rows.filter(cab=here) if visitor.side == "cab" else rows
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    lines = [
        (
            row,
            APPLICATION_KINDS[row.kind],
            (*APPLICATION_CHIPS[row.status], APPLICATION_STATUSES[row.status]),
        )
        for row in page.object_list
    ]
    return render(request, "certification/applications.html", {"page": page, "lines": lines})


@for_roles(*sorted(PROVIDER_ROLES))
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Three steps, each with its own address: which service, registering it if it is new, what is applied for."""
    chosen = request.GET.get("service", "")
    if chosen == "new":
        return _register(request)
    return _start(request, chosen) if chosen else _choose(request)


def _own(visitor: Visitor) -> list[Service]:
    here = visitor.seat.organisation_id if visitor.seat else None
    return list(selectors.services_with_status().filter(provider=here))


def _choose(request: HttpRequest) -> HttpResponse:
    own = _own(signed_in(request))
    busy = dict(
        Application.objects.filter(service__in=own)
        .exclude(status__in=APPLICATION_CLOSED)
        .values_list("service_id", "pk")
    )
    free = [(row, str(SERVICE_KIND_TITLES[row.kind])) for row in own if row.pk not in busy]
    if not own:
        return HttpResponseRedirect(f"{reverse('pages:application-new')}?service=new")
    form = ServiceChoiceForm(request.POST or None, services=free, initial=drafts.initial(request))
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"{reverse('pages:application-new')}?service={form.cleaned_data['service']}")
    shown: dict[str, Any] = {
        "form": form,
        "free": free,
        "busy": [(row, busy[row.pk]) for row in own if row.pk in busy],
    }
    return render(request, "certification/application_new.html", shown, status=422 if form.is_bound else 200)


def _register(request: HttpRequest) -> HttpResponse:
    visitor, status = signed_in(request), 200
    form = NewServiceForm(request.POST or None, initial=drafts.initial(request, legal_basis=LegalBasis.SCHEME))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = services.service_register(
                    provider_id=visitor.seat.organisation_id,  # type: ignore[union-attr] # a provider has a seat
                    kind=ServiceKind(form.cleaned_data["kind"]),
                    legal_basis=LegalBasis(form.cleaned_data["legal_basis"]),
                    **form.values(),
                    actor=visitor.actor,
                    at=clock.now(),
                )
            except TrustregError as error:
                status = refuse(form, error)
            else:
                messages.success(request, say("The service is registered."))
                return HttpResponseRedirect(f"{reverse('pages:application-new')}?service={row.pk}")
    return render(request, "certification/application_register.html", {"form": form}, status=status)


def _start(request: HttpRequest, chosen: str) -> HttpResponse:
    visitor, at, status = signed_in(request), clock.now(), 200
    service = _service(visitor, chosen)
    kinds = selectors.kinds_possible(service)
    form = StartForm(
        request.POST or None,
        service=service,
        bodies=selectors.bodies_for(service, at),
        kinds=kinds,
        initial=drafts.initial(request, usages=[str(usage) for usage in own_usages(service.kind)]),
    )
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = services.application_start(
                    service_id=service.pk,
                    kind=ApplicationKind(form.cleaned_data["kind"]),
                    cab_id=UUID(form.cleaned_data["cab"]),
                    target_level=Level(form.cleaned_data["target_level"]),
                    usages=form.cleaned_data.get("usages"),
                    actor=visitor.actor,
                    at=at,
                )
            except TrustregError as error:
                status = refuse(form, error)
            else:
                messages.success(
                    request,
                    say("Draft {number} is started.", number=row.number),
                )
                return HttpResponseRedirect(reverse("pages:application", args=[row.pk]))
    shown = {"form": form, "service": service, "kinds": kinds, "bodies": form.bodies}
    return render(request, "certification/application_start.html", shown, status=status)


def _service(visitor: Visitor, chosen: str) -> Service:
    for row in _own(visitor):
        if str(row.pk) == chosen:
            return row
    raise NotFound(f"There is no service {chosen}.", f"サービス {chosen} はありません。")
