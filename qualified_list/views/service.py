"""One service: what it is now and was at a chosen time, its history, its basis and its keys."""

from __future__ import annotations

import json
import re
import ssl
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, register_converter, reverse
from django.urls.converters import StringConverter
from django.views.decorators.http import require_safe

from certification.api.services import service_visible
from certification.models import Service
from certification.titles import LEGAL_BASES
from qualified_list.domain import effect
from qualified_list.selectors import (
    Period,
    ServiceRecord,
    listed_certificates,
    recognised_record,
    service_record,
)
from qualified_list.titles import CURVES, GRANTED, HAPPENED, KEY_TYPES, LEVELS, STATE_BEGAN, STATES, kind_of_service
from trustreg.base import clock
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.base.lanes import Band
from trustreg.base.moments import local_text, read_moment
from trustreg.base.templatetags.ui import moment, moment_exact
from trustreg.base.words import Words, either, language, named
from trustreg.conf import settings as conf
from trustreg.parties.visitors import visitor_of
from trustreg.pki.certificates import Certificate

_FOREVER: Final = "public, max-age=31536000, immutable"
_BETWEEN: Final = re.compile(r"(?<!\\),")  # parts of an RFC 4514 name
_ICONS: Final = {effect.SUSPENDED: "pause", effect.RECOGNISED: "globe", effect.UNKNOWN: "question"}


class ForeignConverter(StringConverter):
    """The id of a service of a foreign list: territory, type, digest."""

    regex = "[A-Z]{2}:[A-Za-z0-9/._-]{1,120}:[0-9a-f]{24}(?::[0-9]{1,6})?"


register_converter(ForeignConverter, "foreign_service")


@require_safe
def service(request: HttpRequest, service_id: uuid.UUID | str) -> HttpResponse:
    """A service of a list, now and at a time; for those who may know of it also one that no list carries."""
    now = clock.now()
    typed = request.GET.get("at", "").strip()
    fault: InvalidInput | None = None
    at = None
    try:
        at = read_moment(typed, now)
    except InvalidInput as error:
        fault = error
    try:
        record = _record(service_id, now, at)
    except NotFound:
        return _registered(request, service_id, now)
    shown = _shown(record, now, at)
    shown["typed"] = local_text(at) if at else typed
    if fault:
        shown["fault"] = fault.ja if language() == "ja" else fault.en
    return render(request, "qualified_list/service.html", shown, status=fault.status if fault else 200)


def _record(service_id: uuid.UUID | str, now: datetime, at: datetime | None) -> ServiceRecord:
    if isinstance(service_id, uuid.UUID):
        return service_record(service_id, now=now, at=at)
    return recognised_record(service_id, now=now, at=at)


def _registered(request: HttpRequest, service_id: uuid.UUID | str, now: datetime) -> HttpResponse:
    """A registered service that no list carries, for its provider and those who have a case about it."""
    visitor = visitor_of(request)
    if visitor is None or not isinstance(service_id, uuid.UUID):
        raise NotFound(f"No list carries a service {service_id}.", f"サービス {service_id} は掲載されていません。")
    found: Service = service_visible(service_id, actor=visitor.actor, at=now)
    icon, kind = kind_of_service((found.kind,), "", ())
    shown = {"service": found, "icon": icon, "kind": kind, "basis": LEGAL_BASES[found.legal_basis]}
    response = render(request, "qualified_list/service_registered.html", shown)
    response["Cache-Control"] = "private, no-store"
    return response


def _shown(record: ServiceRecord, now: datetime, at: datetime | None) -> dict[str, Any]:
    icon, kind = kind_of_service(record.kinds, record.type, record.scope)
    tone = STATES[record.effect.state][0]
    question = {"service": record.id, **({"at": utc_text(at)} if at else {})}
    shown: dict[str, Any] = {
        "record": record,
        "name": named(record.names),
        "provider_name": named(record.provider_names),
        "icon": icon,
        "kind": kind,
        "at": at,
        "now": now,
        "at_text": (moment_exact if at.second else moment)(at) if at else "",
        "level_text": _in_sentence(record.effect.level),
        "standing_tone": "ok" if tone == "recognised" else tone,
        "standing_icon": _ICONS.get(record.effect.state, ""),
        "events": [_event(period) for period in record.periods],
        "certificates": [_certificate(one) for one in record.identities],
        "since_issue": record.grounds.state.issue if record.grounds and record.grounds.state else None,
        "curl": f"curl -H 'Content-Type: application/json' \\\n  -d '{json.dumps(question)}' \\\n"
        f"  {conf.base_url}/api/v1/status-queries",
        "days_left": (record.list.next_update - now).days if record.list and record.list.next_update else None,
    }
    if record.periods:
        first = min(record.periods[-1].start, at or now)
        shown |= {"bands": list(_bands(record, first)), "first": first}
    return shown


def _in_sentence(level: str) -> str:
    words = LEVELS.get(level)
    return either(words.ja, words.en.lower()) if words else ""


def _bands(record: ServiceRecord, first: datetime) -> Iterator[Band]:
    """The bands of the lane: neighbours in the same state are one."""
    oldest = record.periods[-1].start
    if first < oldest:
        yield Band(first, oldest, *_look(effect.UNLISTED))
    start, shown = oldest, record.periods[-1].effect
    for period in reversed(record.periods):
        if (period.effect.state, period.effect.level) != (shown.state, shown.level):
            yield Band(start, period.start, *_look(shown.state))
            start, shown = period.start, period.effect
    yield Band(start, None, *_look(shown.state))


def _look(state: str) -> tuple[str, str]:
    tone, words = STATES[state]
    return tone, str(words)


def _event(period: Period) -> dict[str, Any]:
    tone = STATES[period.effect.state][0]
    decision = period.decisions[0] if period.decisions else None
    return {
        "period": period,
        "tone": "ok" if tone == "recognised" else tone,
        "icon": {"ok": "check", "warn": "pause", "bad": "x"}.get(tone, "dash"),
        "what": _happened(period),
        "why": named(decision.reasons) if decision and _tells(period) else "",
        "words": STATES[period.effect.state][1],
        "level": LEVELS.get(period.effect.level) if period.effect.counts else None,
    }


def _tells(period: Period) -> bool:
    """Whether the decision is the one that brought this state: an expiry cites the grant that fixed the end."""
    return period.effect.state != effect.EXPIRED


def _happened(period: Period) -> Words:
    state, level = period.effect.state, period.effect.level
    if period.state is None or not _tells(period):
        return STATE_BEGAN.get(state) or Words("状態を確かめられません", "The status cannot be confirmed")
    kinds = {decision.kind for decision in period.decisions}
    for kind, words in HAPPENED.items():
        if kind in kinds:
            return words
    return (GRANTED.get(level) if period.effect.counts else None) or STATE_BEGAN.get(state) or STATES[state][1]


def _certificate(certificate: Certificate) -> dict[str, Any]:
    kind, bits, curve = certificate.key_type
    name = KEY_TYPES.get(kind, kind)
    return {
        "subject": _BETWEEN.sub(", ", certificate.subject_name),
        "sha256": certificate.sha256.hex(),
        "pem": f"{certificate.sha256.hex()}.pem",
        "der": f"{certificate.sha256.hex()}.der",
        "key": f"{name} {CURVES.get(curve, curve)}" if curve else f"{name} {bits}" if kind.startswith("rsa") else name,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
    }


@require_safe
def short(request: HttpRequest, service_id: uuid.UUID) -> HttpResponseRedirect:
    """The short permanent address of marks and QR codes."""
    address = reverse("pages:service", args=[service_id])
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{address}?{query}" if query else address)


@require_safe
def certificate(request: HttpRequest, service_id: uuid.UUID | str, name: str) -> HttpResponse:
    """A listed certificate of a service, named by its SHA-256, as PEM or DER. It never changes."""
    digest, _, form = name.partition(".")
    found = next((one for one in listed_certificates(str(service_id)) if one.sha256.hex() == digest), None)
    if found is None or form not in ("pem", "der"):
        raise NotFound("There is no such certificate.", "その証明書はありません。")
    if form == "der":
        response = HttpResponse(found.der, content_type="application/pkix-cert")
    else:
        response = HttpResponse(ssl.DER_cert_to_PEM_cert(found.der), content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{digest[:16]}.{form}"'
    response["Cache-Control"] = _FOREVER
    return response


patterns = [
    path("services/<uuid:service_id>/certificates/<str:name>", certificate, name="service-certificate"),
    path("services/<foreign_service:service_id>/certificates/<str:name>", certificate, name="service-certificate"),
    path("services/<uuid:service_id>", service, name="service"),
    path("services/<foreign_service:service_id>", service, name="service"),
    path("s/<uuid:service_id>", short, name="service-short"),
]
