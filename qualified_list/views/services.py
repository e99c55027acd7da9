"""Finding a listed service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from qualified_list.domain import effect
from qualified_list.domain.identifiers import LONGEST_NAME, Kind, recognise
from qualified_list.selectors import Filters, Found, FoundService, ServiceFilter, find_services
from qualified_list.selectors.finder import ENDED, PAGE, SORTS, STATES
from qualified_list.titles import KINDS, LEVELS, kind_of_service
from qualified_list.views import service
from trustreg.base import clock, corporate_number
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, TrustregError
from trustreg.base.moments import local_text, read_moment
from trustreg.base.pages import in_language
from trustreg.base.parsing import check_texts
from trustreg.base.words import Words, language, named

MAX_PAGE: Final = 10_000
_STATES: Final = {
    effect.VALID: Words("有効", "Valid"),
    effect.SUSPENDED: Words("一時停止", "Suspended"),
    ENDED: Words("取消し・終了", "Withdrawn or ceased"),
}
_ELSEWHERE: Final = frozenset({Kind.RECORD, Kind.DECISION_NUMBER, Kind.ISSUE, Kind.REPORT, Kind.FINGERPRINT, Kind.OID})
_SECRETS: Final = {
    Kind.MY_NUMBER: InvalidInput(
        "We removed a 12-digit number that looks like My Number.",
        "個人番号らしい 12 桁の数字があったため、その部分を消しました。",
    ),
    Kind.PRIVATE_KEY: InvalidInput(
        "This is a private key. We did not keep it. Never hand it to anybody; use its certificate.",
        "これは秘密鍵です。こちらには残していません。だれにも渡さず、証明書を使ってください。",
    ),
}


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Listed services by name, corporate number or fingerprint, filtered by what holds now or at a time."""
    now = clock.now()
    asked: dict[str, Any] = {name: request.GET.get(name, "").strip() for name in ("q", "at", "sort", "page")}
    chosen = {name: frozenset(request.GET.getlist(name)) for name in ("kind", "level", "status")}
    shown: dict[str, Any] = {"asked": asked, "now": now}
    status = 200
    try:
        filters = Filters(
            kinds=_known(chosen["kind"], KINDS),
            levels=_known(chosen["level"], LEVELS),
            states=_known(chosen["status"], _STATES),
        )
        at = read_moment(asked["at"], now)
        asked["at"] = local_text(at) if at else ""
        sort = _one_of(asked["sort"] or SORTS[0], SORTS)
        number = _page(asked["page"])
        search = _search(asked["q"], at)
        found = find_services(search, filters, now=now, page=number, sort=sort)
        shown |= _answer(request, found, filters, asked, number)
        shown |= {"moment_shown": at or now, "sort": sort}
    except TrustregError as error:
        shown["error"], status = (error.ja if language() == "ja" else error.en), error.status
        if error in _SECRETS.values():
            asked["q"] = ""
            shown |= {f"{lang}_url": in_language(request, lang).partition("?")[0] for lang in ("ja", "en")}
        shown["groups"] = _groups(_kept(chosen), None)
    return render(request, "qualified_list/services.html", shown, status=status)


def _known(values: frozenset[str], known: Mapping[str, object]) -> frozenset[str]:
    if values - set(known):
        raise InvalidInput(
            "There is no such filter. Choose from those on this page.",
            "その条件はありません。このページにある条件から選んでください。",
        )
    return values


def _kept(chosen: Mapping[str, frozenset[str]]) -> Filters:
    """What was chosen of what is offered, to be shown again beside an error."""
    return Filters(
        kinds=chosen["kind"] & frozenset(KINDS),
        levels=chosen["level"] & frozenset(LEVELS),
        states=chosen["status"] & frozenset(_STATES),
    )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return next(iter(_known(frozenset({value}), dict.fromkeys(known))))


def _page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= MAX_PAGE):
        raise InvalidInput("There is no such page. Search again.", "そのページはありません。調べ直してください。")
    return int(text)


def _search(q: str, at: datetime | None) -> ServiceFilter:
    """The server decides what was typed: a corporate number, a fingerprint, or part of a name."""
    check_texts(q)
    typed = recognise(q)
    if typed.kind in _SECRETS:
        raise _SECRETS[typed.kind]
    if typed.kind is Kind.CORPORATE_NUMBER:
        return ServiceFilter(corporate_number=typed.value, at=at)
    if typed.kind is Kind.WRONG_CHECK_DIGIT:
        right = corporate_number.check_digit(typed.value[1:])
        raise InvalidInput(
            f"The check digit does not match: you entered {typed.value[0]}, it should be {right}. Check the number.",
            f"法人番号の検査数字が合いません。入力した 1 桁目は {typed.value[0]} ですが、"
            f"計算すると {right} になります。数字を確かめてください。",
        )
    if typed.kind is Kind.FINGERPRINT:
        return ServiceFilter(certificate_sha256=typed.value, at=at)
    if len(q) > LONGEST_NAME:
        raise InvalidInput(
            f"Got {len(q)} characters, expected {LONGEST_NAME} at most. Enter less.",
            f"{len(q)} 文字は長すぎます。{LONGEST_NAME} 文字以内で入力してください。",
        )
    return ServiceFilter(q=q, at=at)


def _answer(request: HttpRequest, found: Found, filters: Filters, asked: dict[str, Any], number: int) -> dict[str, Any]:
    kept = {
        "q": asked["q"],
        "at": asked["at"],
        "sort": asked["sort"],
        "kind": sorted(filters.kinds),
        "level": sorted(filters.levels),
        "status": sorted(filters.states),
    }

    def address(**changes: object) -> str:
        wanted = {name: value for name, value in {**kept, **changes}.items() if value}
        return f"{request.path}?{urlencode(wanted, doseq=True)}" if wanted else request.path

    pages = max(1, -(-found.total // PAGE))
    shown: dict[str, Any] = {
        "rows": [_row(row) for row in found.rows],
        "total": found.total,
        "list": found.list,
        "stale": found.stale,
        "groups": _groups(filters, found),
        "filtered": bool(filters.kinds or filters.levels or filters.states or asked["at"] or asked["q"]),
        "sort_urls": {"name": address(sort=""), "since": address(sort="since")},
        "first": (number - 1) * PAGE + 1,
        "last": (number - 1) * PAGE + len(found.rows),
        "elsewhere_url": _elsewhere(asked["q"]),
    }
    if 1 < number <= pages:
        shown["previous_url"] = address(page=number - 1 if number > 2 else "")
    elif number > pages:
        shown["previous_url"] = address(page=pages if pages > 1 else "")
    if number < pages:
        shown["next_url"] = address(page=number + 1)
    if not (filters.kinds or filters.levels or filters.states):
        same = {"q": asked["q"], "at": utc_text(at) if (at := read_moment(asked["at"], clock.now())) else ""}
        query = urlencode({name: value for name, value in same.items() if value})
        shown["json_url"] = f"/api/v1/services{'?' if query else ''}{query}"
    return shown


def _elsewhere(q: str) -> str:
    """Where something that is no name of a service is looked up."""
    if recognise(q).kind not in _ELSEWHERE:
        return ""
    return f"{reverse('pages:look-up')}?{urlencode({'q': q})}"


def _groups(filters: Filters, found: Found | None) -> list[dict[str, Any]]:
    """The filters with how many services each would leave. A kind that nothing is of is not offered."""
    kinds = found.kinds if found else Counter[str]()
    levels = found.levels if found else Counter[str]()
    states = found.states if found else Counter[str]()
    offered = [kind for kind in KINDS if kinds[kind] or kind in filters.kinds]
    return [
        {
            "name": "kind",
            "title": Words("種類", "Kind"),
            "options": list(
                _options(offered, {kind: words for kind, (_, words) in KINDS.items()}, kinds, filters.kinds)
            ),
        },
        {
            "name": "level",
            "title": Words("効力のあるレベル", "Level in effect"),
            "options": list(_options(list(LEVELS), LEVELS, levels, filters.levels)),
        },
        {
            "name": "status",
            "title": Words("状態", "Status"),
            "options": list(_options(list(STATES), _STATES, states, filters.states)),
        },
    ]


def _options(
    values: list[str], words: Mapping[str, Words], counts: Counter[str], chosen: frozenset[str]
) -> Iterator[dict[str, Any]]:
    for value in values:
        yield {"value": value, "label": words[value], "count": counts[value], "chosen": value in chosen}


def _row(found: FoundService) -> dict[str, Any]:
    icon, kind = kind_of_service(found.kinds, found.type, found.scope)
    return {
        "id": found.id,
        "name": named(found.names),
        "provider": named(found.provider_names),
        "country": found.country,
        "icon": icon,
        "kind": kind,
        "effect": found.effect,
        "since": found.since,
    }


patterns = [path("services", services, name="services"), *service.patterns]
