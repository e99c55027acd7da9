"""How an issue is made, live: what is under way, what was published, what was refused; asking for a reissue."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from certification.selectors import decision_get_for
from certification.titles import DECISION_KINDS, SERVICE_STATUSES
from qualified_list import selectors, services
from qualified_list.models import Refusal, RefusalSource
from qualified_list.publication_forms import ReissueForm
from qualified_list.selectors import publications as publishing
from qualified_list.selectors.publications import Entered, Publication
from qualified_list.serializers import MAX_SEQUENCE
from trustreg.base import clock
from trustreg.base.errors import NotFound, TrustregError
from trustreg.base.words import Words, name_of, named, say
from trustreg.parties.domain.roles import AB_ROLES, Role
from trustreg.parties.visitors import actor_of_page, for_roles, visitor_of

READERS: Final = (*sorted(AB_ROLES), Role.LIST_OPERATOR)
PAGE: Final = 20
SLOW: Final = timedelta(seconds=60)
SOURCES: Final = {
    RefusalSource.RULES: Words("規則の検査", "Rules of the list"),
    RefusalSource.SIGNER: Words("署名者による検査", "Checks of the signer"),
    RefusalSource.VERIFICATION: Words("署名のあとの検証", "Verification after signing"),
}
DONE: Final = {
    "compiled": Words(
        "二人の承認を確かめ、内容を固定し、番号を割り当てました",
        "The approvals were checked, the content frozen and the number given out",
    ),
    "checked": Words("固定した内容を読み戻し、規則を検査しました", "The frozen content was read back and checked"),
    "signed": Words("署名しました", "It was signed"),
    "verified": Words("検証者と同じ方法で、署名と規則を検証しました", "It was verified as relying parties do"),
    "released": Words("ファイルを公開し、最新版を切り替えました", "The files are public and the list is in force"),
}
DOING: Final = {
    "compiled": Words("内容を固定しています", "The content is being frozen"),
    "checked": Words("固定した内容を検査しています", "The frozen content is being checked"),
    "signed": Words("署名を待っています", "It waits for the signature"),
    "verified": Words("署名を検証しています", "The signature is being verified"),
    "released": Words("ファイルを公開しています", "The files are being published"),
}
AHEAD: Final = {
    "compiled": Words("内容を固定し、番号を割り当てる", "Freeze the content and give out the number"),
    "checked": Words("固定した内容を読み戻し、検査する", "Read the frozen content back and check it"),
    "signed": Words("署名する", "Sign"),
    "verified": Words("検証者と同じ方法で検証する", "Verify as relying parties do"),
    "released": Words("ファイルを公開し、最新版を切り替える", "Publish the files and put the list in force"),
}
WAITS: Final = {
    "compiled": Words("公表を進める処理", "the publishing process"),
    "checked": Words("公表を進める処理", "the publishing process"),
    "signed": Words("署名鍵を持つ、別の処理", "the separate process that holds the signing key"),
    "verified": Words("公表を進める処理", "the publishing process"),
    "released": Words("公表を進める処理", "the publishing process"),
}


@for_roles(*READERS)
@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """What is under way, what was decided and is not listed yet, what was refused, and the issues so far."""
    before = request.GET.get("before", "")
    found, following = selectors.issues(before=int(before) if _is_number(before) else None, limit=PAGE)
    current = selectors.current_sequence()
    under_way = selectors.publication_under_way()
    waiting, number = publishing.unlisted_decisions(current)
    visitor = visitor_of(request)
    refused = publishing.refusals_since(current or 0)
    shown: dict[str, Any] = {
        "wide": True,
        "issues": found,
        "brought": selectors.changes_of_issues([row.sequence for row in found]),
        "next_url": f"{request.path}?before={following}" if following else "",
        "first_page": not before,
        "current": current,
        "newest": found[0] if found and not before else None,
        "under_way": Publication(under_way, ()) if under_way else None,
        "waiting": [_entered(row) for row in waiting] if under_way is None else [],
        "waiting_number": number,
        "refusals": [_refusal(row) for row in refused],
        "may_reissue": visitor is not None and visitor.role is Role.LIST_OPERATOR,
        "late": bool(found) and not before and found[0].next_update <= clock.now(),
    }
    shown["rows"] = [(row, _brought(shown["brought"].get(row.sequence, {}))) for row in found]
    return render(request, "qualified_list/publications.html", shown)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _brought(counts: dict[str, int]) -> str:
    parts = [
        words.format(n=counts[key])
        for key, words in (
            ("added", say("{n} added")),
            ("changed", say("{n} changed")),
            ("ended", say("{n} ended")),
        )
        if counts.get(key)
    ]
    return say(", ", sense="case criterion").join(parts) or say("No change (reissue)")


def _entered(row: Entered) -> dict[str, Any]:
    return {
        "decision": row.decision,
        "url": reverse("pages:decision", args=[row.decision.pk]),
        "name": name_of(row.decision.service),
        "kind": DECISION_KINDS[row.decision.kind],
        "before": SERVICE_STATUSES[row.from_status],
        "after": SERVICE_STATUSES[row.to_status],
        "moves": row.from_status != row.to_status,
    }


def _refusal(row: Refusal) -> dict[str, Any]:
    findings = publishing.as_findings(row)
    return {
        "row": row,
        "source": SOURCES[RefusalSource(row.source)],
        "findings": [{**item, "text": named(item["message"])} for item in findings[: publishing.SHOWN]],
        "more": max(0, len(findings) - publishing.SHOWN),
    }


@for_roles(*READERS)
@require_safe
def publication(request: HttpRequest, sequence: int) -> HttpResponse:
    """The steps of one issue, live until it is public."""
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise NotFound("There is no such issue.", "その号はありません。")
    found = publishing.publication(sequence)
    now = clock.now()
    brought, number = publishing.entered(sequence)
    people = publishing.people_of(row.decision.pk for row in brought)
    shown = {
        "wide": True,
        "found": found,
        "issue": found.issue,
        "steps": _steps(found),
        "total": len(publishing.STEPS),
        "seconds": _seconds(found, now),
        "waits_for": _waiting(found),
        "slow": not found.is_released and now - found.issue.issued_at > SLOW,
        "refusal": _refusal(found.refused) if found.refused else None,
        "earlier": [_refusal(row) for row in found.refusals if row is not found.refused],
        "brought": [{**_entered(row), "people": people.get(row.decision.pk)} for row in brought],
        "more": number - len(brought),
        "previous": sequence - 1,
    }
    return render(request, "qualified_list/publication.html", shown)


def _steps(found: Publication) -> list[dict[str, Any]]:
    steps = []
    for place, (name, at) in enumerate(found.moments):
        if place < found.done:
            steps.append({"name": name, "state": "done", "words": DONE[name], "at": at})
        elif place == found.done:
            steps.append({"name": name, "state": "now", "words": DOING[name], "at": None})
        else:
            steps.append({"name": name, "state": "ahead", "words": AHEAD[name], "at": None})
    return steps


def _waiting(found: Publication) -> Words | None:
    return WAITS[publishing.STEPS[found.done]] if not found.is_released else None


def _seconds(found: Publication, now: datetime) -> int:
    end = found.issue.released_at or now
    return max(0, round((end - found.issue.compiled_at).total_seconds()))


@for_roles(*READERS)
@require_safe
def publication_next(request: HttpRequest) -> HttpResponse:
    """The way to the issue that holds a decision (`?decision=`) or follows another (`?after=`), once there is one."""
    decision_id, after = _uuid(request.GET.get("decision", "")), request.GET.get("after", "")
    if decision_id is None and not _is_number(after):
        return HttpResponseRedirect(reverse("pages:publications"))
    decision = decision_get_for(decision_id, actor=actor_of_page(request), at=clock.now()) if decision_id else None
    sequence = (
        publishing.issue_with_decision(decision_id) if decision_id is not None else publishing.issue_after(int(after))
    )
    if sequence is not None:
        return _go(request, reverse("pages:publication", args=[sequence]))
    current = selectors.current_sequence() or 0
    under_way = selectors.publication_under_way()
    changes = publishing.changes_list(decision_id) if decision_id is not None else True
    refused = publishing.refusals_since(current)
    shown = {
        "decision": decision,
        "unchanged": changes is False,
        "unpublished": changes is None,
        "current": current,
        "under_way": under_way,
        "refusals": [_refusal(row) for row in refused[:3]],
    }
    return render(request, "qualified_list/publication_next.html", shown)


def _go(request: HttpRequest, place: str) -> HttpResponse:
    """A redirect; a page that asks again by itself is told to go there as a whole, with its own address."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": place})
    return HttpResponseRedirect(place)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@for_roles(Role.LIST_OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: HttpRequest) -> HttpResponse:
    """Ask, then have the list issued anew: it says the same, with a new time and a new next update."""
    form, status = ReissueForm(request.POST or None), 200
    current = selectors.current_issue()
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.list_reissue_request(actor=actor_of_page(request), at=clock.now())
            except TrustregError as error:
                form.refuse(error)
                status = error.status
            else:
                messages.success(request, say("The reissue is requested."))
                place = reverse("pages:publication-next")
                return HttpResponseRedirect(f"{place}?after={current.sequence if current else 0}")
    shown = {"form": form, "current": current, "under_way": selectors.publication_under_way()}
    return render(request, "qualified_list/publication_reissue.html", shown, status=status)


patterns = [
    path("publications", publications, name="publications"),
    path("publications/next", publication_next, name="publication-next"),
    path("publications/reissue", reissue, name="publication-reissue"),
    path("publications/<int:sequence>", publication, name="publication"),
]
