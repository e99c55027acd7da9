"""Public records: organisations, accreditations, decisions."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from certification.domain.lifecycle import DecisionKind, DecisionStatus, ServiceStatus
from certification.models import Decision
from certification.selectors import PublicDecision, decisions_visible_to, public_decision_get, public_decisions
from certification.titles import DECISION_KINDS
from conformity import selectors as conformity
from conformity.api.access import accreditation_visible
from conformity.models import Accreditation, Movement
from conformity.titles import ACCREDITATION_CHIPS, ACCREDITATION_STATUSES, SERVICE_KIND_TITLES
from conformity.titles import LEVELS as LEVEL_TITLES
from qualified_list.domain import effect
from qualified_list.selectors import listing_of, services_of_provider
from qualified_list.titles import ACCREDITATION_MOVES, DECIDED, DUTIES, GRANTS, kind_of_service
from trustreg.base import clock
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.base.words import named
from trustreg.conf import settings as conf
from trustreg.parties.domain.roles import OrganisationKind
from trustreg.parties.models import Organisation
from trustreg.parties.selectors import organisation_get
from trustreg.parties.titles import KINDS as ORGANISATION_KINDS
from trustreg.parties.visitors import visitor_of

PAGE: Final = 20
SERVICES: Final = 100
_DECIDING: Final = frozenset({OrganisationKind.AB, OrganisationKind.AUTHORITY})


@require_safe
def organisation(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """One organisation: who it is, what it does here, its services, accreditations and decisions."""
    now = clock.now()
    found = organisation_get(organisation_id)
    kind = OrganisationKind(found.kind)
    services = services_of_provider(found.pk, now=now, limit=SERVICES)
    shown: dict[str, Any] = {
        "organisation": found,
        "kind": ORGANISATION_KINDS[kind],
        "duty": DUTIES[kind],
        "address": _address(found),
        "services": [_service(row) for row in services],
        "held": [_accreditation(row, now) for row in conformity.accreditations_public().filter(cab=found)],
        "given": [_accreditation(row, now) for row in conformity.accreditations_public().filter(ab=found)[:SERVICES]],
        "more_services": len(services) == SERVICES,
        "curl": _curl("organisations", found.pk),
    }
    shown |= _decisions_of(request, found, deciding=kind in _DECIDING)
    return render(request, "qualified_list/organisation.html", shown)


def _address(row: Organisation) -> dict[str, str]:
    """The parts of the address that exist, in both languages."""
    ja = f"{row.region_ja}{row.locality_ja}{row.street_ja}"
    en = ", ".join(part for part in (row.street_en, row.locality_en, row.region_en) if part)
    code = f"〒{row.postal_code} " if row.postal_code and row.country == "JP" else ""
    return {
        "ja": f"{code}{ja}" if ja else "",
        "en": ", ".join(part for part in (en, row.postal_code) if part) if en else "",
    }


def _service(row: Any) -> dict[str, Any]:
    icon, kind = kind_of_service(row.kinds, row.type, row.scope)
    return {"row": row, "name": named(row.names), "icon": icon, "kind": kind}


def _accreditation(row: Accreditation, now: Any) -> dict[str, Any]:
    status = conformity.accreditation_status(row, now)
    tone, icon = ACCREDITATION_CHIPS[status]
    return {"row": row, "status": ACCREDITATION_STATUSES[status], "tone": tone, "icon": icon}


def _decisions_of(request: HttpRequest, found: Organisation, *, deciding: bool) -> dict[str, Any]:
    """A page of its public decisions: those that it made, or those about its services."""
    number = _page(request.GET.get("page", ""))
    rows = public_decisions()
    rows = rows.filter(body=found) if deciding else rows.filter(service__provider=found)
    page = list(rows.order_by("-opened_at", "-pk")[(number - 1) * PAGE : number * PAGE + 1])
    shown: dict[str, Any] = {"decisions": [_line(row) for row in page[:PAGE]], "deciding": deciding}
    if number > 1:
        shown["previous_url"] = (
            f"{request.path}?page={number - 1}#decisions" if number > 2 else f"{request.path}#decisions"
        )
    if len(page) > PAGE:
        shown["next_url"] = f"{request.path}?page={number + 1}#decisions"
    return shown


def _curl(noun: str, key: uuid.UUID) -> str:
    return f"curl {conf.base_url}/api/v1/{noun}/{key}"


def _page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) >= 1):
        raise InvalidInput("There is no such page.", "そのページはありません。")
    return int(text)


def _line(row: Decision) -> dict[str, Any]:
    approval = getattr(row, "approval", None)
    return {
        "row": row,
        "kind": DECISION_KINDS[row.kind],
        "service": named(row.service.names),
        "decided_at": approval.decided_at if approval is not None else row.opened_at,
        "urgent": row.status == DecisionStatus.URGENT,
    }


@require_safe
def accreditation(request: HttpRequest, accreditation_id: uuid.UUID) -> HttpResponse:
    """One accreditation of an assessment body: for what, from when until when, and what became of it."""
    now = clock.now()
    visitor = visitor_of(request)
    found = accreditation_visible(accreditation_id, actor=visitor.actor if visitor else None, at=now)
    status = conformity.accreditation_status(found, now)
    tone, icon = ACCREDITATION_CHIPS[status]
    scope = list(found.scope.select_related("criteria_set").order_by("service_kind", "level", "starts_at"))
    shown = {
        "accreditation": found,
        "status": ACCREDITATION_STATUSES[status],
        "tone": tone,
        "icon": icon,
        "in_force": status == "accredited",
        "curl": _curl("accreditations", found.pk),
        "days_left": (found.valid_until - now).days if found.valid_until else None,
        "scope": [_scope(row, now) for row in scope],
        "history": [_move(row) for row in conformity.accreditation_history(found.pk).order_by("-revision")],
    }
    response = render(request, "qualified_list/accreditation.html", shown)
    if found.valid_from is None:
        response["Cache-Control"] = "private, no-store"  # an examination is known to its two bodies alone
    return response


def _scope(row: Any, now: Any) -> dict[str, Any]:
    return {
        "row": row,
        "kind": SERVICE_KIND_TITLES[row.service_kind],
        "level": LEVEL_TITLES[row.level],
        "now": row.starts_at <= now and (row.ends_at is None or row.ends_at > now),
    }


def _move(row: Movement) -> dict[str, Any]:
    tone, icon = ACCREDITATION_CHIPS[row.to_status]
    return {"row": row, "what": ACCREDITATION_MOVES[row.transition], "tone": tone, "icon": icon}


@require_safe
def decision(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """A public decision: what was decided, why, by which roles, and which issue carries it.

    What is not public does not exist for strangers; people of the body are sent to their own page of it.
    """
    now = clock.now()
    try:
        found = public_decision_get(decision_id)
    except NotFound:
        own = _own_page(request, decision_id)
        if own is None:
            raise
        return redirect(own)
    entry = listing_of(found.service.pk, str(found.id), now=now)
    shown = {
        "decision": found,
        "title": _heading(found),
        "kind": DECISION_KINDS[found.kind],
        "body": entry.decision.body,
        "before": _status(found.from_status),
        "after": _status(found.to_status),
        "entry": entry,
        "holds": entry.now is not None and entry.now.counts and entry.now.level == _level(found.to_status),
        "service_name": named(found.service.names),
        "provider": found.service.provider,
        "reasons": named(found.reasons),
        "grounds": entry.grounds,
        "curl": _curl("decisions", found.id),
    }
    return render(request, "qualified_list/decision.html", shown)


def _own_page(request: HttpRequest, decision_id: uuid.UUID) -> str | None:
    visitor = visitor_of(request)
    if visitor is None or not decisions_visible_to(visitor.actor, clock.now()).filter(pk=decision_id).exists():
        return None
    return reverse("pages:decision-approve", args=[decision_id])


def _level(status: str | None) -> str:
    return (ServiceStatus(status).level or "") if status else ""


def _status(status: str | None) -> dict[str, str]:
    """The level that a status of the register has or remembers, and the word for its state."""
    if not status or status == ServiceStatus.NONE:
        return {"level": "", "state": effect.UNLISTED}
    value = ServiceStatus(status)
    state = {"expired": effect.EXPIRED, "ceased": effect.CEASED}.get(value.value) or value.listed_as or effect.UNLISTED
    return {"level": value.level or "", "state": effect.VALID if state in ("qualified", "specified") else state}


def _heading(found: PublicDecision) -> str:
    words = DECIDED.get(DecisionKind(found.kind)) or GRANTS[_level(found.to_status)]
    return str(words).format(name=named(found.service.names))


patterns = [
    path("organisations/<uuid:organisation_id>", organisation, name="organisation"),
    path("accreditations/<uuid:accreditation_id>", accreditation, name="accreditation"),
    path("decisions/<uuid:decision_id>", decision, name="decision"),
]
