"""What the pages of an application share: which case, who may act, and what somebody else changed meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from certification import selectors
from certification.domain.lifecycle import ApplicationStatus
from certification.models import Application
from certification.titles import APPLICATION_CHIPS, APPLICATION_KINDS, APPLICATION_STATUSES
from trustreg.base import clock
from trustreg.base.errors import NotAuthenticated, NotFound, TrustregError
from trustreg.base.forms import PageForm
from trustreg.base.words import name_of, say
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES, Role
from trustreg.parties.visitors import Visitor, visitor_of

READERS: Final = (*sorted(PROVIDER_ROLES), *sorted(CAB_ROLES), *sorted(AB_ROLES))
_JST: Final = ZoneInfo("Asia/Tokyo")
WRITABLE: Final = (ApplicationStatus.DRAFT, ApplicationStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Case:
    """An application, as the visitor in the role in use sees it."""

    application: Application
    visitor: Visitor

    @property
    def side(self) -> str:
        """`provider`, `cab` or `ab`."""
        return self.visitor.side

    @property
    def is_writable(self) -> bool:
        """Whether the provider edits it now, and the visitor is of the provider."""
        return self.side == "provider" and self.application.status in WRITABLE

    @property
    def is_officer(self) -> bool:
        """Whether the visitor submits and gives up for the provider."""
        return self.visitor.role is Role.PROVIDER_OFFICER

    @property
    def title(self) -> str:
        """The heading of its pages."""
        service = name_of(self.application.service)
        kind = APPLICATION_KINDS[self.application.kind]
        return say("{service}: application ({kind})", service=service, kind=kind)

    @property
    def chip(self) -> tuple[str, str, str]:
        """Tone, icon and words of its status."""
        status = self.application.status
        return (*APPLICATION_CHIPS[status], str(APPLICATION_STATUSES[status]))

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("pages:application", args=[self.application.pk])

    def place(self, section: str) -> str:
        """The address of one of its sections."""
        return reverse("pages:application-section", args=[self.application.pk, section])


def signed_in(request: HttpRequest) -> Visitor:
    """The visitor of a page that is `for_roles`. Raises NotAuthenticated."""
    visitor = visitor_of(request)
    if visitor is None:
        raise NotAuthenticated("Sign in to see this page.", "このページを見るには、サインインしてください。")
    return visitor


def case_of(request: HttpRequest, application_id: UUID) -> Case:
    """The application for the role in use. Raises NotFound, also for whoever may not know that it exists."""
    visitor = signed_in(request)
    row = selectors.application_get(application_id, actor=visitor.actor, at=clock.now())
    here = visitor.seat.organisation_id if visitor.seat else None
    sees = {"provider": row.service.provider_id == here, "cab": row.cab_id == here, "ab": True}
    hidden = visitor.side != "provider" and row.status == ApplicationStatus.DRAFT
    if hidden or not sees.get(visitor.side, False):
        raise NotFound(f"There is no application {application_id}.", f"申請 {application_id} はありません。")
    return Case(row, visitor)


def fingerprint(facts: Mapping[str, Any]) -> str:
    """What a form showed, as the hidden field `seen`."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:20]


def changed_meanwhile(request: HttpRequest, seen: str) -> bool:
    """Whether the record is no longer what the form of this POST showed."""
    return request.POST.get("seen", "") != seen


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Who saved first and when, and the fields that stand otherwise than typed: (label, stands, typed)."""

    sentence: str
    changes: tuple[tuple[str, str, str], ...] = ()


def meanwhile(subject: str, subject_id: UUID, changes: tuple[tuple[str, str, str], ...] = ()) -> Meanwhile:
    """What to tell somebody whose form was overtaken (ui.md 3)."""
    last = selectors.last_act_on(subject, subject_id)
    if last is None:
        return Meanwhile(
            say(
                "Somebody saved first. Compare, then save again.",
            ),
            changes,
        )
    return Meanwhile(
        say(
            "{name} saved first at {time}. Compare, then save again.",
            name=name_of(last.person),
            time=last.at.astimezone(_JST).strftime("%Y-%m-%d %H:%M"),
        ),
        changes,
    )


def differences(form: PageForm, stands: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """The fields of a form that stand otherwise than they were typed, in the words of the page."""
    found = []
    for name, field in form.fields.items():
        if name not in stands:
            continue
        typed = form[name].value()
        before, after = _words(field, stands[name]), _words(field, typed)
        if before != after:
            found.append((str(field.label), before, after))
    return tuple(found)


def _words(field: Any, value: Any) -> str:
    values = value if isinstance(value, (list, tuple)) else [value]
    titles = {str(key): str(words) for key, words in getattr(field, "choices", [])}
    return say(", ").join(sorted(titles.get(str(each), str(each)) for each in values if each not in (None, "")))


def refuse(form: PageForm, error: TrustregError) -> int:
    """Show what a service refused in the form; returns the status of the answer."""
    form.refuse(error)
    return error.status if error.status in (403, 409, 413) else 422


def page(request: HttpRequest, template: str, case: Case, status: int = 200, **shown: Any) -> HttpResponse:
    """A page of an application."""
    context = {"case": case, "application": case.application, "service": case.application.service, **shown}
    return render(request, f"certification/{template}.html", context, status=status)


def optional(name: str, *args: Any) -> str:
    """The address of a page of another part; empty when there is none of that name."""
    try:
        return reverse(f"pages:{name}", args=args)
    except NoReverseMatch:
        return ""
