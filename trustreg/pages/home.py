"""Home: what this is, the one box, and the list in force; and what the site says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qualified_list import selectors
from qualified_list.selectors.look_up import examples
from qualified_list.views.lists import shown_change
from signing.views.result import size_words
from trustreg.base import clock
from trustreg.conf import settings as conf

RECENT: Final = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the one box, the list in force, what changed, and where the machine-readable things are."""
    now = clock.now()
    listed = _list(now)
    shown: dict[str, Any] = {
        "base_url": conf.base_url,
        "limit": size_words(conf.max_document_bytes),
        "limit_bytes": conf.max_document_bytes,
        "examples": examples(now),
        "changes": [
            shown_change(change, overdue=listed.get("overdue", True))
            for change in selectors.recent_changes(limit=RECENT)
        ],
    }
    return render(request, "home.html", shown | listed)


def _list(now: datetime) -> dict[str, Any]:
    """The list in force, as far as it can be vouched for now."""
    issue = selectors.current_issue()
    if issue is None:
        return {"issue": None}
    on_time, all_issues = selectors.punctuality()
    return {
        "issue": issue,
        "proof": selectors.proof_of(issue),
        "overdue": issue.next_update <= now,
        "days_left": max(0, (issue.next_update - now).days),
        "in_force": selectors.in_force(now),
        "on_time": on_time,
        "all_issues": all_issues,
    }


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How certification works, in words for everybody."""
    return render(request, "about.html", {"base_url": conf.base_url, "report_days": conf.report_days})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")
