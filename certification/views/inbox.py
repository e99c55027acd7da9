"""What waits for the visitor, for others, for both, and what has ended (ui.md 2, `/inbox`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_safe

from certification.selectors import Task, Turn, Turns, turns_of
from certification.titles import APPLICATION_CHIPS, APPLICATION_KINDS, APPLICATION_STATUSES, TASKS
from trustreg.base import clock
from trustreg.base.words import Words, either, name_of, say
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import Visitor, for_roles, visitor_of

PAGE: Final = 50
SOON: Final = timedelta(days=7)
TABS: Final = {
    "mine": Words("あなたの番", "Your turn"),
    "waiting": Words("相手の番", "Waiting for others"),
    "team": Words("チーム全体", "Whole team"),
    "done": Words("終わったもの", "Ended"),
}
_BODY_TASKS: Final = (Task.ASSESS, Task.CONCLUDE, Task.TAKE_OVER, Task.CHECK_PLAN, Task.VERIFY, Task.FORWARD)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    turn: Turn
    title: str
    url: str
    number: str
    kind: str
    chip: tuple[str, str, str] | None
    days: int  # until the deadline; negative once it has passed

    @property
    def days_over(self) -> int:
        """Days since the deadline."""
        return -self.days


@for_roles()
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One tab of the inbox, by deadline."""
    visitor, at = visitor_of(request), clock.now()
    seat = visitor.seat if visitor else None
    turns = Turns()
    if visitor and seat:
        turns = turns_of(seat.role, organisation_id=seat.organisation_id, person_id=visitor.actor.person_id, at=at)
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in TABS else "mine"
    shown: Sequence[Turn] = getattr(turns, tab)
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    lines = [_line(turn, visitor, at) for turn in page.object_list]
    soon = [turn for turn in turns.mine if turn.due is not None and turn.due < at + SOON]
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": [(key, words, len(getattr(turns, key))) for key, words in TABS.items()],
        "lines": lines,
        "page": page,
        "turns": turns,
        "overdue": sum(turn.due is not None and turn.due <= at for turn in turns.mine),
        "soon": soon,
        "next_due": min((turn.due for turn in turns.mine if turn.due and turn.due > at), default=None),
        "first": _line(turns.mine[0], visitor, at) if turns.mine else None,
        "publications": _optional("publications"),
        "has_cases": visitor is not None and visitor.side in ("ab", "cab", "provider"),
        "heading": str(TABS[tab]),
    }
    return render(request, "certification/inbox.html", context)


def _line(turn: Turn, visitor: Visitor | None, at: datetime) -> Line:
    case = turn.application
    title = str(TASKS[turn.task])
    if turn.finding is not None:
        title = say(
            "{task}: F{number} {criterion}",
            task=title,
            number=turn.finding.number,
            criterion=either(turn.finding.criterion.title_ja, turn.finding.criterion.title_en),
        )
    elif turn.task is Task.ASSESS and turn.progress is not None and turn.progress[1] > turn.progress[0]:
        title = say("{task}: {n} left", task=title, n=turn.progress[1] - turn.progress[0])
    elif turn.task is Task.NOTHING:
        title = name_of(turn.service)
    chip = (*APPLICATION_CHIPS[case.status], str(APPLICATION_STATUSES[case.status])) if case else None
    return Line(
        turn,
        title,
        _place(turn, visitor),
        case.number if case else turn.decision.number if turn.decision else "",
        str(APPLICATION_KINDS[case.kind]) if case else "",
        chip,
        in_days(turn.due, at) if turn.due else 0,
    )


def _place(turn: Turn, visitor: Visitor | None) -> str:
    """The page where this is done: the case for the body that assesses, the decision for the accreditation body."""
    side = visitor.side if visitor else ""
    if side == "ab" and visitor is not None and visitor.role in (Role.AB_PROPOSER, Role.AB_APPROVER):
        place = _decide(turn, visitor.role)
        if place:
            return place
    if turn.application is None:
        return _optional("decisions") or reverse("pages:inbox")
    if side == "cab" and turn.assessment is not None and turn.task in _BODY_TASKS:
        return _optional("case", turn.assessment.pk) or reverse("pages:application", args=[turn.application.pk])
    if side == "provider" and turn.finding is not None:
        findings = reverse("pages:application-findings", args=[turn.application.pk])
        return f"{findings}#finding-{turn.finding.pk}"
    return reverse("pages:application", args=[turn.application.pk])


def _decide(turn: Turn, role: Role) -> str:
    """Where the accreditation body decides this; an approver reads what is proposed, and proposes nothing."""
    if role is Role.AB_APPROVER:
        return _optional("decision-approve", turn.decision.pk) if turn.decision else ""
    if turn.task is Task.RATIFY:
        return _optional("service-propose", turn.service.pk)
    if turn.task is Task.PROPOSE and turn.application is not None:
        return _optional("application-propose", turn.application.pk)
    if turn.decision is None:
        return ""
    return _optional("decision-approve" if turn.task is Task.APPROVE else "decision-propose", turn.decision.pk)


def _optional(name: str, *args: Any) -> str:
    """The address of a page of another app; empty when this installation has none of that name."""
    try:
        return reverse(f"pages:{name}", args=args)
    except NoReverseMatch:
        return ""


def in_days(due: datetime, at: datetime) -> int:
    """Whole days until a deadline; negative once it has passed."""
    return (due - at).days if due > at else -max(1, (at - due).days)


patterns = [path("inbox", inbox, name="inbox")]
