"""Finding a listed service, and one service."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from qualified_list.selectors import ServiceFilter, listed_services, trust_source
from trustreg.base import clock, corporate_number
from trustreg.base.errors import InvalidInput, TrustregError
from trustreg.base.parsing import check_texts, read_utc
from trustreg.base.words import language, named
from trustreg.pki.trust import Reason, Result, Standing

PAGE: Final = 20
LONGEST_QUESTION: Final = 200
_LOCAL_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Listed services by name, corporate number or fingerprint, now or at a time (Japanese time, to the minute)."""
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "at", "after")}
    shown: dict[str, Any] = {"asked": asked}
    now = clock.now()
    status = 200
    try:
        at = _moment(asked["at"], now)
        after = _cursor(asked["after"])
        rows, following = listed_services(_criteria(asked["q"], at), now=now, after=after, limit=PAGE)
        source = trust_source()
        shown["rows"] = [_row(row, source.standing_of_service(row["id"], at=at or now)) for row in rows]
        shown["stale"] = source.list_reference is None or any(row["view"] == "unconfirmed" for row in shown["rows"])
        if following:
            query = {"q": asked["q"], "at": asked["at"], "after": str(following)}
            shown["next_url"] = f"{request.path}?{urlencode(query)}"
    except TrustregError as error:
        shown["error"], status = (error.ja if language() == "ja" else error.en), error.status
    return render(request, "qualified_list/services.html", shown, status=status)


def _criteria(q: str, at: datetime | None) -> ServiceFilter:
    """The server decides what was typed: a corporate number, a fingerprint, or part of a name."""
    check_texts(q)
    if len(q) > LONGEST_QUESTION:
        raise InvalidInput(
            f"Got {len(q)} characters, expected {LONGEST_QUESTION} at most. Enter less.",
            f"{len(q)} 文字は長すぎます。{LONGEST_QUESTION} 文字以内で入力してください。",
        )
    digits = q.replace(":", "").lower()
    if corporate_number.has_form(q):
        if not corporate_number.is_valid(q):
            right = corporate_number.check_digit(q[1:])
            raise InvalidInput(
                f"The check digit does not match: you entered {q[0]}, it should be {right}. Check the number.",
                f"法人番号の検査数字が合いません。入力した 1 桁目は {q[0]} ですが、計算すると {right} になります。"
                "数字を確かめてください。",
            )
        return ServiceFilter(corporate_number=q, at=at)
    if re.fullmatch("[0-9a-f]{64}", digits):
        return ServiceFilter(certificate_sha256=digits, at=at)
    return ServiceFilter(q=q, at=at)


def _moment(text: str, now: datetime) -> datetime | None:
    """The time asked for: `2026-06-05T10:00` in Japan, as the field sends it, or `2026-06-05T01:00:00Z` as the API."""
    if not text:
        return None
    try:
        if text.endswith("Z"):
            at = read_utc(text)
        elif _LOCAL_TIME.fullmatch(text):
            at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
        else:
            raise ValueError(text)
        if at.year < 1900:
            raise ValueError(text)
    except ValueError:
        raise InvalidInput(
            "The date and time could not be read. Enter it like 2026-06-05T10:00.",
            "日時を読み取れませんでした。2026-06-05T10:00 の形で入力してください。",
        ) from None
    if at > now:
        raise InvalidInput(
            "The time lies in the future; nobody knows the status then. Choose now or earlier.",
            "将来の時刻の状態は、だれにも分かりません。現在以前を選んでください。",
        )
    return at


def _cursor(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise InvalidInput(
            "There is no such page. Search again.", "そのページはありません。調べ直してください。"
        ) from None


def _row(found: dict[str, Any], standing: Standing) -> dict[str, Any]:
    """A row of the table. `view` says what may be shown; only what counts at the time is shown as in force."""
    if standing.counts:
        view = standing.status or "unknown"
    elif standing.result is Result.LIST_STALE:
        view = "unconfirmed"
    elif standing.reason is Reason.EXPIRED:
        view = "expired"
    else:
        view = standing.status if standing.status in ("suspended", "withdrawn") else "unknown"
    return {
        "id": found["id"],
        "name": named(found["name"]),
        "provider": named(found["provider"]["name"]),
        "view": view,
        "since": datetime.fromisoformat(found["since"]),
    }


patterns = [path("services", services, name="services")]
