"""Who looks at a page: nobody in particular, or a person who acts in one role at a time (ui.md 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.utils.cache import add_never_cache_headers

from trustreg.base import clock
from trustreg.base.errors import Conflict, NotAuthenticated, NotPermitted
from trustreg.base.words import either
from trustreg.parties import drafts, selectors
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES, Role
from trustreg.parties.models import Account
from trustreg.parties.titles import role_words

View = Callable[..., HttpResponseBase]

_SEAT = "seat"  # key of the session: the appointment in use


@dataclass(frozen=True, slots=True)
class Seat:
    """One appointment of the visitor that holds now: the role that a page is for, and the organisation."""

    appointment_id: UUID
    role: Role
    organisation_id: UUID
    organisation_ja: str
    organisation_en: str

    @property
    def title(self) -> str:
        """The role in words."""
        return str(role_words(self.role))

    @property
    def organisation(self) -> str:
        """The organisation's name in the active language."""
        return either(self.organisation_ja, self.organisation_en)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person; `seat` is the role in use, None for a person without any appointment."""

    account: Account
    actor: Actor
    seats: tuple[Seat, ...]
    seat: Seat | None
    ended: bool = False  # the role that was in use has ended since; `seat` is another one

    @property
    def name(self) -> str:
        """The person's name in the active language."""
        return either(self.account.person.name_ja, self.account.person.name_en)

    @property
    def role(self) -> Role | None:
        """The role in use."""
        return self.seat.role if self.seat else None

    @property
    def side(self) -> str:
        """`ab`, `cab`, `provider`, or `operator` (list operator, scheme, system); empty without a role."""
        if self.role is None:
            return ""
        sides = (("ab", AB_ROLES), ("cab", CAB_ROLES), ("provider", PROVIDER_ROLES))
        return next((side for side, roles in sides if self.role in roles), "operator")


def visitor_of(request: HttpRequest) -> Visitor | None:
    """The visitor of a page; None for the public. Read once for each request (two queries)."""
    if hasattr(request, "trustreg_visitor"):
        found: Visitor | None = request.trustreg_visitor
        return found
    account = request.user
    visitor = _read(request, account, clock.now()) if isinstance(account, Account) else None
    request.trustreg_visitor = visitor  # type: ignore[attr-defined] # the request is the place for what is read once
    return visitor


def _read(request: HttpRequest, account: Account, at: datetime) -> Visitor:
    held = selectors.appointments_at(account.person_id, at).select_related("organisation").order_by("starts_at", "id")
    seats = tuple(
        Seat(row.pk, Role(row.role), row.organisation_id, row.organisation.name_ja, row.organisation.name_en)
        for row in held
    )
    chosen = str(request.session.get(_SEAT, ""))
    seat = next((seat for seat in seats if str(seat.appointment_id) == chosen), seats[0] if seats else None)
    ended = bool(chosen) and (seat is None or str(seat.appointment_id) != chosen)
    return Visitor(account, selectors.actor_of(account), seats, seat, ended)


def take_first_seat(request: HttpRequest) -> None:
    """Write down the role in which a session starts: should it end, nothing is done in another one unasked."""
    visitor = visitor_of(request)
    if visitor is not None and visitor.seat is not None:
        request.session[_SEAT] = str(visitor.seat.appointment_id)


def take_seat(request: HttpRequest, appointment_id: UUID) -> None:
    """Act in another of one's roles from now on. Raises NotPermitted for one that is not held."""
    visitor = visitor_of(request)
    if visitor is None or appointment_id not in {seat.appointment_id for seat in visitor.seats}:
        raise NotPermitted("You do not hold this role.", "この役割には任命されていません。")
    request.session[_SEAT] = str(appointment_id)
    rotate_token(request)  # a form that was opened in the former role, in another tab, does nothing in this one
    del request.trustreg_visitor  # type: ignore[attr-defined] # to be read anew


def _require_no_act(request: HttpRequest) -> None:
    """A form of a role that has ended does nothing in the role that is in use now. Raises Conflict."""
    take_first_seat(request)
    if request.method not in ("GET", "HEAD"):
        raise Conflict(
            "The role in which you opened this page has ended. Nothing was done. Open the page again in another role.",
            "このページを開いたときの役割は終わりました。何も実行していません。別の役割でページを開き直してください。",
        )


def for_roles(*roles: Role) -> Callable[[View], View]:
    """A page for people who are signed in; with `roles`, only while they act in one of them.

    The services decide what a person may do; this decides which pages a role is shown. Raises NotAuthenticated
    (the reader is sent to sign in), NotPermitted. Such a page is never stored by a cache.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            visitor = visitor_of(request)
            if visitor is None:
                drafts.keep(request)
                raise NotAuthenticated("Sign in to see this page.", "このページを見るには、サインインしてください。")
            if visitor.ended:
                _require_no_act(request)
            if roles and visitor.role not in roles:
                titles = [role_words(role) for role in roles]
                raise NotPermitted(
                    f"This page is for: {', '.join(words.en for words in titles)}. Switch your role, or go back.",
                    f"このページを使える役割：{'、'.join(words.ja for words in titles)}。"
                    "役割を切り替えるか、戻ってください。",
                )
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            drafts.expect(request, response, visitor.account.pk)
            return response

        return guarded

    return wrap


def actor_of_page(request: HttpRequest) -> Actor:
    """The actor of a page that is `for_roles`. Raises NotAuthenticated."""
    visitor = visitor_of(request)
    if visitor is None:
        raise NotAuthenticated("Sign in to see this page.", "このページを見るには、サインインしてください。")
    return visitor.actor


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: `visitor` (None for the public)."""
    return {"visitor": visitor_of(request) if hasattr(request, "user") else None}
