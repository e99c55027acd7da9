"""The navigation of each role (ui.md 2): one row, six links at most; and the state of the system in the foot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from trustreg.base.words import Words
from trustreg.health import findings
from trustreg.parties.visitors import visitor_of

_SERVICES: Final = ("services", Words("サービスを探す", "Find a service"))
_CHECK: Final = ("check", Words("文書を確かめる", "Check a document"))
_LISTS: Final = ("lists", Words("公開リスト", "Trusted list"))
_CRITERIA: Final = ("criteria", Words("基準集", "Criteria"))
_ABOUT: Final = ("about", Words("認定の仕組み", "How it works"))
_INBOX: Final = ("inbox", Words("受信箱", "Inbox"))
_CASES: Final = ("cases", Words("担当案件", "Cases"))
_DECISIONS: Final = ("decisions", Words("決定", "Decisions"))
_APPLICATIONS: Final = ("applications", Words("申請", "Applications"))
_EVIDENCE: Final = ("evidence", Words("証拠の保管庫", "Evidence"))
_PUBLICATIONS: Final = ("publications", Words("リストの公表", "Publication"))
_SCHEME: Final = ("scheme", Words("制度の情報", "Scheme"))

NAVIGATION: Final = {
    "": (_SERVICES, _CHECK, _LISTS, _CRITERIA, _ABOUT),
    "provider": (_INBOX, _APPLICATIONS, _EVIDENCE, _SERVICES, _CRITERIA),
    "cab": (_INBOX, _CASES, _CRITERIA, _SERVICES),
    "ab": (_INBOX, _APPLICATIONS, _DECISIONS, _PUBLICATIONS, _SERVICES),
    "operator": (_INBOX, _PUBLICATIONS, _SCHEME, _LISTS),
}

STATE_SECONDS: Final = 15.0
_LOOKED_AT: Final = ("broker", "list", "signer")  # what a visitor would notice; reading the list tries the database


class _State:
    """What the foot says; looked at every 15 s at most, so that no page waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._parts: list[str] = []

    def parts(self) -> list[str]:
        moment = time.monotonic()
        if moment - self._looked > STATE_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._parts = [name for name, part in findings(_LOOKED_AT).items() if part["ok"] is False]
                self._looked = moment
            finally:
                self._lock.release()
        return self._parts


_state: Final = _State()
_SENTENCES: Final = {
    "list": Words(
        "公開リストを読めないか、発行期限を過ぎているか、まだ発行していません",
        "The list cannot be read, is overdue or not yet published",
    ),
    "signer": Words("リストの署名を止めています", "The list is not being signed"),
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: `navigation` and `state`."""
    return {"navigation": list(_items(request)), "state": _sentence(_state.parts())}


# A page below another belongs to its link: `case-report` to `cases`, `check-result` to `check`.
_BELOW: Final = {
    "applications": ("application",),
    "cases": ("case",),
    "check": ("check-",),
    "decisions": ("decision-", "application-propose", "service-propose"),
    "evidence": ("evidence-upload", "evidence-receipt"),
    "lists": ("list",),
    "publications": ("publication",),
    "scheme": ("scheme-",),
    "services": ("service", "organisation", "accreditation"),
}


def _items(request: HttpRequest) -> Iterator[dict[str, Any]]:
    """`current`: `page` for the page at hand, `true` for the one above it, else empty (values of `aria-current`)."""
    visitor = visitor_of(request) if hasattr(request, "user") else None
    match = request.resolver_match
    here = match.view_name.removeprefix("pages:") if match else ""
    shown = NAVIGATION[visitor.side if visitor else ""]
    above = _above(here, [name for name, _ in shown])
    for name, label in shown:
        current = "page" if here == name else "true" if name == above else ""
        yield {"url": reverse(f"pages:{name}"), "label": label, "current": current}


def _above(here: str, names: list[str]) -> str | None:
    """The link that a page belongs to: the one with the longest beginning in common."""
    fitting = [
        (len(start), name)
        for name in names
        for start in _BELOW.get(name, ())
        if here != name and here.startswith(start)
    ]
    return max(fitting, default=(0, None))[1]


def _sentence(parts: list[str]) -> dict[str, Any]:
    other = Words("一部の機能が止まっています", "Some functions are not available")
    return {"ready": not parts, "sentence": _SENTENCES.get(parts[0], other) if parts else ""}
