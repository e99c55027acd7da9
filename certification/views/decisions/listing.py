"""The decisions of an accreditation body: to propose, awaiting approval, returned, on services, done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from certification.domain.lifecycle import DecisionKind, DecisionStatus
from certification.models import Application, Decision
from certification.selectors import deciding
from certification.selectors.deciding import Ratification
from certification.titles import (
    APPLICATION_KINDS,
    DECISION_CHIPS,
    DECISION_KINDS,
    DECISION_STATUSES,
    SERVICE_KIND_TITLES,
)
from certification.views.decisions.common import LONGEST_QUESTION, READERS, seated
from certification.views.decisions.shown import status_look
from certification.views.decisions.words import heading
from trustreg.base import clock
from trustreg.base.parsing import check_texts
from trustreg.base.words import Words, name_of, say
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import for_roles

PAGE: Final = 20
TABS: Final = {
    "propose": Words("提案するもの", "To propose"),
    "approve": Words("承認待ち", "Awaiting approval"),
    "returned": Words("差し戻し", "Returned"),
    "services": Words("認定したサービス", "Certified services"),
    "done": Words("終わったもの", "Done"),
}
_DONE: Final = {status: status in deciding.DONE for status in DecisionStatus}


@for_roles(*READERS)
@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """One tab, searched by number or name."""
    visitor, seat = seated(request)
    at = clock.now()
    q = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    check_texts(q)
    rows = deciding.decisions_of_body(seat.organisation_id, q=q)
    counts = deciding.counts_of(rows)
    applications = deciding.applications_to_propose(q=q)
    waiting = deciding.ratifications(seat.organisation_id, q=q)
    services = deciding.services_granted(q=q)
    numbers = {
        "propose": applications.count() + len(waiting),
        "approve": counts.get(DecisionStatus.PROPOSED, 0),
        "returned": counts.get(DecisionStatus.RETURNED, 0),
        "services": services.count(),
        "done": sum(number for status, number in counts.items() if _DONE[DecisionStatus(status)]),
    }
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = _first_tab(seat.role, numbers)
    pages: dict[str, QuerySet[Any]] = {
        "propose": applications,
        "approve": rows.filter(status=DecisionStatus.PROPOSED),
        "returned": rows.filter(status=DecisionStatus.RETURNED),
        "services": services,
        "done": rows.filter(status__in=deciding.DONE),
    }
    paginator = Paginator(pages[tab], PAGE)
    found = paginator.get_page(request.GET.get("page"))
    lines: Sequence[dict[str, Any]]
    proposes = seat.role is Role.AB_PROPOSER
    if tab == "propose":
        first = found.number == 1
        lines = [
            *([_ratification(item, proposes) for item in waiting] if first else []),
            *(_application(row, proposes) for row in found.object_list),
        ]
    elif tab == "services":
        busy = deciding.open_decisions_on([row.pk for row in found.object_list])
        lines = [_service(row, busy.get(row.pk), proposes, at) for row in found.object_list]
    else:
        lines = _decisions(list(found.object_list), visitor.account.person_id, seat.role)
    query = {"tab": tab, **({"q": q} if q else {})}
    shown = {
        "wide": True,
        "tab": tab,
        "tabs": [
            {
                "url": f"{request.path}?{urlencode({'tab': key, **({'q': q} if q else {})})}",
                "label": f"{words}　{numbers[key]}" if numbers[key] else str(words),
                "current": key == tab,
            }
            for key, words in TABS.items()
        ],
        "heading": str(TABS[tab]),
        "lines": lines,
        "q": q,
        "proposes": proposes,
        "suspends": seat.role in (Role.AB_PROPOSER, Role.AB_APPROVER),
        "previous_url": f"{request.path}?{urlencode(query | {'page': found.previous_page_number()})}"
        if found.has_previous()
        else "",
        "next_url": f"{request.path}?{urlencode(query | {'page': found.next_page_number()})}"
        if found.has_next()
        else "",
    }
    return render(request, "certification/decisions.html", shown)


def _first_tab(role: Role, numbers: dict[str, int]) -> str:
    """What the role has to do, else the first tab that holds something."""
    own = ("approve",) if role is Role.AB_APPROVER else ("returned", "propose")
    order = [*own, "propose", "approve", "returned"]
    return next((tab for tab in order if numbers[tab]), own[-1])


def _application(row: Application, proposes: bool) -> dict[str, Any]:
    place = "pages:application-propose" if proposes else "pages:application"
    return {
        "title": name_of(row.service),
        "url": reverse(place, args=[row.pk]),
        "act": say("Write the proposal") if proposes else "",
        "number": row.number,
        "number_url": reverse("pages:application", args=[row.pk]),
        "what": say(
            "Application: {kind}. {service}",
            kind=APPLICATION_KINDS[row.kind],
            service=SERVICE_KIND_TITLES[row.service.kind],
        ),
        "who": name_of(row.service.provider),
        "level": row.target_level,
        "cab": name_of(row.cab),
        "chip": ("info", "users", say("Awaiting decision")),
        "when": row.started_at,
    }


def _ratification(item: Ratification, proposes: bool) -> dict[str, Any]:
    service = item.decision.service
    place = reverse("pages:service-propose", args=[service.pk])
    return {
        "title": name_of(service),
        "url": f"{place}?kind={DecisionKind.CONFIRM_SUSPENSION}"
        if proposes
        else reverse("pages:decision-approve", args=[item.decision.pk]),
        "act": say("Propose to confirm or lift it") if proposes else "",
        "number": item.decision.number,
        "number_url": reverse("pages:decision-approve", args=[item.decision.pk]),
        "what": say("Urgent suspension, awaiting two people"),
        "who": name_of(service.provider),
        "chip": ("warn", "pause", say("Urgent suspension")),
        "when": item.since,
        "due": item.due_at,
        "overdue": item.due_at <= clock.now(),
    }


def _service(row: Any, busy: Decision | None, proposes: bool, at: Any) -> dict[str, Any]:
    level, lapsed, chip = status_look(row.status)
    soon = row.ends is not None and row.ends <= at + deciding.ENDS_SOON
    return {
        "title": name_of(row),
        "url": reverse("pages:decision-approve", args=[busy.pk])
        if busy
        else reverse("pages:service-propose", args=[row.pk])
        if proposes
        else reverse("pages:service", args=[row.pk]),
        "act": "" if busy or not proposes else say("Propose a decision"),
        "busy": busy,
        "what": str(SERVICE_KIND_TITLES[row.kind]),
        "who": name_of(row.provider),
        "badge": level,
        "lapsed": lapsed,
        "state": chip,
        "ends": row.ends,
        "soon": soon,
        "urgent_url": reverse("pages:service-suspend-urgently", args=[row.pk]) if not lapsed else "",
    }


def _decisions(rows: list[Decision], person_id: Any, role: Role) -> list[dict[str, Any]]:
    latest = deciding.latest_drafts([row.pk for row in rows])
    times = deciding.approval_times(row.pk for row in rows)
    return [_decision(row, latest[row.pk], times.get(row.pk), person_id, role) for row in rows]


def _decision(row: Decision, drafts: Any, decided_at: Any, person_id: Any, role: Role) -> dict[str, Any]:
    returned = row.status == DecisionStatus.RETURNED
    edits = returned and role is Role.AB_PROPOSER
    approves = row.status == DecisionStatus.PROPOSED and role is Role.AB_APPROVER and not drafts.wrote(person_id)
    content = drafts.present.frozen
    return {
        "title": heading(row.kind, name_of(row.service), content),
        "url": reverse("pages:decision-propose" if edits else "pages:decision-approve", args=[row.pk]),
        "act": say("Read and approve") if approves else say("Mend it") if edits else "",
        "number": row.number,
        "what": str(DECISION_KINDS[row.kind]),
        "who": name_of(row.service.provider),
        "by": name_of(drafts.present.proposer),
        "level": content.state.status.level if content.state else "",
        "chip": (*DECISION_CHIPS[row.status], str(DECISION_STATUSES[row.status])),
        "when": decided_at or drafts.present.proposed_at,
    }
