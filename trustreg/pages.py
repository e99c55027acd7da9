"""The few pages of this version: home, the API reference, samples of the demo, and errors."""

from __future__ import annotations

import functools
import json
import mimetypes
import re
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from qualified_list.selectors import ServiceFilter, issues, listed_services, trust_source
from trustreg.base import clock, corporate_number, problems
from trustreg.base.errors import Conflict, InvalidInput, MalformedRequest, NotPermitted, TrustregError, Unavailable
from trustreg.base.parsing import check_texts, read_utc
from trustreg.conf import settings as conf
from trustreg.pki.trust import Reason, Result, Standing

PAGE: Final = 20
LONGEST_QUESTION: Final = 200
_LOCAL_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


def _samples() -> Path:
    return conf.var / "demo" / "samples"


def _keeping_query(request: HttpRequest, path: str) -> str:
    query = request.META.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


@require_safe
def home(request: HttpRequest, lang: str = "ja") -> HttpResponse:
    """What this is, the list in force, and where the machine-readable things are."""
    reference = trust_source().list_reference
    with translation.override(lang):
        response = render(
            request,
            "home.html",
            {
                "lang": lang,
                "ja_url": _keeping_query(request, "/"),
                "en_url": _keeping_query(request, "/en/"),
                "demo": conf.demo,
                "base_url": conf.base_url,
                "list": reference,
                "overdue": reference is not None
                and (reference.next_update is None or reference.next_update <= clock.now()),
                "samples": sorted(path.name for path in _samples().glob("*") if path.is_file()) if conf.demo else [],
            },
        )
    response["Content-Language"] = lang
    return response


@require_safe
def services(request: HttpRequest, lang: str = "ja") -> HttpResponse:
    """Listed services by name, corporate number or fingerprint, now or at a time (Japanese time, to the minute)."""
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "at", "after")}
    shown: dict[str, Any] = {"lang": lang, "demo": conf.demo, "asked": asked, "page": "services"}
    shown |= {"ja_url": _keeping_query(request, "/services"), "en_url": _keeping_query(request, "/en/services")}
    now = clock.now()
    status = 200
    try:
        at = _moment(asked["at"], now)
        after = _cursor(asked["after"])
        rows, following = listed_services(_criteria(asked["q"], at), now=now, after=after, limit=PAGE)
        source = trust_source()
        shown["rows"] = [_row(row, lang, source.standing_of_service(row["id"], at=at or now)) for row in rows]
        shown["stale"] = source.list_reference is None or any(row["view"] == "unconfirmed" for row in shown["rows"])
        if following:
            query = {"q": asked["q"], "at": asked["at"], "after": str(following)}
            shown["next_url"] = f"{request.path}?{urlencode(query)}"
    except TrustregError as error:
        shown["error"], status = (error.ja if lang == "ja" else error.en), error.status
    with translation.override(lang):
        response = render(request, "services.html", shown, status=status)
    response["Content-Language"] = lang
    return response


@require_safe
def lists(request: HttpRequest, lang: str = "ja") -> HttpResponse:
    """Every issue of the list, newest first."""
    before = request.GET.get("before", "")
    if before and not re.fullmatch("[0-9]{1,9}", before):
        raise Http404
    found, following = issues(before=int(before) if before else None)
    shown: dict[str, Any] = {"lang": lang, "demo": conf.demo, "issues": found, "page": "lists"}
    shown |= {"ja_url": _keeping_query(request, "/lists"), "en_url": _keeping_query(request, "/en/lists")}
    if following:
        shown["next_url"] = f"{request.path}?before={following}"
    with translation.override(lang):
        response = render(request, "lists.html", shown)
    response["Content-Language"] = lang
    return response


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


def _row(found: dict[str, Any], lang: str, standing: Standing) -> dict[str, Any]:
    """A row of the table. `view` says what may be shown; only what counts at the time is shown as in force."""

    def named(names: dict[str, str]) -> str:
        return names.get(lang) or next(iter(names.values()), "")

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


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponseBase:
    """A sample document of the demo, as a download: never shown under our address."""
    known = {path.name: path for path in _samples().glob("*") if path.is_file()} if conf.demo else {}
    if name not in known:
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return FileResponse(known[name].open("rb"), as_attachment=True, filename=name, content_type=kind)


@functools.cache
def _openapi() -> bytes:
    """The document does not change while a process runs."""
    with translation.override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # untyped there
    return json.dumps(document, ensure_ascii=False, default=str).encode()


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API in OpenAPI 3.1."""
    return HttpResponse(_openapi(), content_type="application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description of the API as a page."""
    return render(request, "api_docs.html", {"lang": problems.language()})


def _all_errors() -> dict[str, type[TrustregError]]:
    found: dict[str, type[TrustregError]] = {}
    waiting = [TrustregError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind)
        waiting.extend(kind.__subclasses__())
    return found


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem type means: the address that `type` names."""
    kind = _all_errors().get(code)
    if kind is None:
        raise Http404
    title_en, title_ja = problems.TITLES.get(kind.status, problems.TITLES[500])
    lang = problems.language()
    shown = {
        "title": title_ja if lang == "ja" else title_en,
        "detail": (kind.__doc__ or "").strip(),
        "code": f"{code} ({kind.status})",
    }
    return render(request, "error.html", {"lang": lang, "demo": conf.demo, "problem": shown})


def _error(request: HttpRequest, error: TrustregError) -> HttpResponse:
    if problems.wants_problem(request):
        return problems.respond(error)
    lang = "en" if request.path.startswith("/en/") else problems.language()
    with translation.override(lang):
        response = render(
            request,
            "error.html",
            {"lang": lang, "demo": conf.demo, "problem": problems.document(error)},
            status=error.status,
        )
        for name, value in problems.headers(error).items():
            response[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 outside of REST framework."""
    return _error(request, MalformedRequest("The request could not be read.", "要求を読み取れませんでした。"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 outside of REST framework."""
    return _error(request, NotPermitted("You may not do this.", "この操作は許可されていません。"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 everywhere: JSON for programs, a page for people."""
    return _error(request, problems.not_found())


def server_error(request: HttpRequest) -> HttpResponse:
    """500: nothing of the cause leaves the house; 503 while the database is away."""
    cause = sys.exc_info()[1]
    known = problems.as_error(cause) if cause else None
    return _error(request, known if isinstance(known, (Conflict, Unavailable)) else problems.internal(cause))
