"""The trusted list: the issue in force, every issue for ever, and what changed from one to another."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from qualified_list import change_words, selectors
from qualified_list.list_words import changed_services, other_changes
from qualified_list.models import ListIssue
from qualified_list.selectors import ListedChange
from trustreg.base import clock
from trustreg.base.errors import NotFound
from trustreg.base.words import named
from trustreg.conf import settings as conf

PAGE: Final = 20
SHOWN_CHANGES: Final = 50
_NUMBER: Final = re.compile("[1-9][0-9]{0,8}")


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The issue in force, how to verify it, and every issue, newest first."""
    if "a" in request.GET and "b" in request.GET:
        first, second = (_asked(request.GET[name]) for name in ("a", "b"))
        return HttpResponseRedirect(reverse("pages:list-diff", args=(first, second)))
    before = _asked(request.GET["before"]) if "before" in request.GET else None
    found, following = selectors.issues(before=before, limit=PAGE)
    current = selectors.current_issue() if before is not None else next(iter(found), None)
    shown: dict[str, Any] = {"rows": _rows(found), "before": before, "base_url": conf.base_url}
    if current is not None:
        shown |= _described(current) | {"compared": [row.sequence for row in found]}
    if following:
        shown["next_url"] = f"{request.path}?before={following}"
    return render(request, "qualified_list/lists.html", shown)


@require_safe
def one(request: HttpRequest, sequence: int) -> HttpResponse:
    """One issue, for ever. Raises NotFound."""
    issue = selectors.list_issue(_known(sequence))
    current = selectors.current_issue()
    newest = current.sequence if current else None
    overdue = current is None or current.next_update <= clock.now()
    changes = selectors.changes_between(sequence - 1, sequence, limit=SHOWN_CHANGES)
    shown = _described(issue)
    shown |= {
        "base_url": conf.base_url,
        "newest": newest,
        "is_current": newest == sequence,
        "changes": [shown_change(change, overdue=overdue) for change in changes],
        "more_changes": max(0, sum(shown["changed"].values()) - SHOWN_CHANGES),
        "following": sequence + 1 if newest is not None and sequence < newest else None,
    }
    return render(request, "qualified_list/list.html", shown)


@require_safe
def signer(request: HttpRequest, sequence: int) -> HttpResponse:
    """The certificate that signed an issue, in PEM. Raises NotFound."""
    certificate = selectors.signer_certificate(_known(sequence))
    pem = x509.load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM)
    return HttpResponse(
        pem,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": f'attachment; filename="signer-{sequence}.pem"'},
    )


@require_safe
def difference(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """What changed from one issue to a later one, in words. Raises NotFound."""
    if first > second:
        return HttpResponseRedirect(reverse("pages:list-diff", args=(second, first)))
    before, after = (selectors.list_issue(_known(sequence)) for sequence in (first, second))
    shown: dict[str, Any] = {"before": before, "after": after, "same": first == second}
    if first != second:
        changes = selectors.diff(first, second)["changes"]
        states = selectors.changes_between(first, second)
        services = changed_services(changes, states)
        decisions = selectors.decisions_by_id({one for service in services for one in service.decisions})
        for service in services:
            service.bases = [decisions[one] for one in service.decisions if one in decisions]
        shown |= {
            "services": services,
            "others": other_changes(changes),
            "added": sum(service.op == "add" for service in services),
            "ended": sum(service.op == "del" for service in services),
            "changed": sum(service.op == "mod" for service in services),
            "unchanged": max(0, after.services - len(services)),
            "earlier": first - 1 or None,
        }
    return render(request, "qualified_list/list_diff.html", shown)


def shown_change(change: ListedChange, *, overdue: bool) -> dict[str, Any]:
    """A change as `components/list_changes.html` shows it: granted only while the newest list says so in time."""
    granted = change.state == "valid"
    open_now = granted and change.holds and overdue
    name = named(change.names)
    url = reverse("pages:service", args=(change.service_id,))
    return {
        "at": change.start,
        "sequence": change.sequence,
        "sentence": change_words.sentence(change, format_html('<a href="{}">{}</a>', url, name)),
        "level": "" if open_now else change.level,
        "lapsed": not granted or not change.holds,
        "state": "unknown" if open_now else change.state if not granted or change.holds else "",
    }


def _described(issue: ListIssue) -> dict[str, Any]:
    now = clock.now()
    return {
        "issue": issue,
        "proof": selectors.proof_of(issue),
        "providers": selectors.providers_listed(issue.sequence),
        "changed": selectors.changes_of_issues([issue.sequence])[issue.sequence],
        "previous": issue.sequence - 1 or None,
        "overdue": issue.next_update <= now,
        "days_left": _days(issue.next_update, now),
    }


def _rows(found: list[ListIssue]) -> list[dict[str, Any]]:
    changed = selectors.changes_of_issues([issue.sequence for issue in found])
    return [
        {
            "issue": issue,
            "previous": issue.sequence - 1 or None,
            "changed": changed[issue.sequence],
            "total": sum(changed[issue.sequence].values()),
        }
        for issue in found
    ]


def _days(due: datetime, now: datetime) -> int:
    return max(0, (due - now).days)


def _asked(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise NotFound("There is no list with this number.", "その番号のリストはありません。")
    return int(text)


def _known(sequence: int) -> int:
    if not 1 <= sequence < 10**9:
        raise NotFound("There is no list with this number.", "その番号のリストはありません。")
    return sequence


patterns = [
    path("lists", lists, name="lists"),
    path("lists/<int:sequence>", one, name="list"),
    path("lists/<int:sequence>/signer.pem", signer, name="list-signer"),
    path("lists/<int:first>/diff/<int:second>", difference, name="list-diff"),
]
