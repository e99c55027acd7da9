"""What the pages of decisions share: whose they are, and how a record that moved on is told."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from certification.models import DecisionProposal
from trustreg.base.errors import NotPermitted, TrustregError
from trustreg.base.words import name_of, say
from trustreg.parties.domain.roles import AB_ROLES, Role
from trustreg.parties.visitors import Seat, Visitor, visitor_of

READERS: Final = tuple(sorted(AB_ROLES))
PROPOSERS: Final = (Role.AB_PROPOSER,)
LONGEST_QUESTION: Final = 200
_JST: Final = ZoneInfo("Asia/Tokyo")


def seated(request: HttpRequest) -> tuple[Visitor, Seat]:
    """The visitor of a page that is `for_roles`, and the role in use. Raises NotPermitted."""
    visitor = visitor_of(request)
    if visitor is None or visitor.seat is None:
        raise NotPermitted("This page is for accreditation bodies.", "このページは、認定機関のものです。")
    return visitor, visitor.seat


def optional(name: str, *args: Any) -> str:
    """The address of a page of another part; empty when there is none of that name."""
    try:
        return reverse(f"pages:{name}", args=args)
    except NoReverseMatch:
        return ""


def publication_of(decision_id: UUID) -> str:
    """Where the publication of a decision is followed, live."""
    place = optional("publication-next")
    return f"{place}?decision={decision_id}" if place else reverse("pages:decision-approve", args=[decision_id])


def status_of(error: TrustregError) -> int:
    """The status of a page that shows what a service refused in its form."""
    return error.status if error.status in (403, 409) else 422


def saved_first(row: DecisionProposal) -> str:
    """Who saved first and when (ui.md 3)."""
    return say(
        "{name} saved first at {time}. Compare, then save again.",
        name=name_of(row.proposer),
        time=row.proposed_at.astimezone(_JST).strftime("%Y-%m-%d %H:%M"),
    )
