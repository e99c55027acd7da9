"""Every error as RFC 9457 problem details: the one place where an exception becomes an HTTP status."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from typing import Any, Final

import structlog
from django.conf import settings
from django.core import exceptions as django_errors
from django.db import Error as DatabaseError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from rest_framework import exceptions as drf_errors

from trustreg.base import errors
from trustreg.base.errors import TrustregError
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)

CONTENT_TYPE: Final = "application/problem+json"

TITLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Malformed request", "要求の形式が正しくありません"),
    401: ("Sign-in or API key needed", "サインインまたはAPIキーが必要です"),
    403: ("Not permitted", "許可されていません"),
    404: ("Not found", "見つかりません"),
    405: ("Method not allowed", "このメソッドは使えません"),
    409: ("Conflict with the record", "記録と食い違っています"),
    410: ("Gone", "すでにありません"),
    411: ("Length needed", "長さが必要です"),
    413: ("Too large", "大きすぎます"),
    415: ("Unsupported media type", "対応していないメディア型です"),
    422: ("Input refused", "入力を受け付けられません"),
    429: ("Too many requests", "要求が多すぎます"),
    500: ("Something failed on our side", "こちらの不具合です"),
    503: ("Not available now", "いまは利用できません"),
}


class UnsupportedMediaType(TrustregError):
    """The body is of a media type that the endpoint does not read."""

    code = "unsupported_media_type"
    status = 415


class MethodNotAllowed(TrustregError):
    """The address exists, the method does not."""

    code = "method_not_allowed"
    status = 405


class InternalError(TrustregError):
    """A defect of ours; the log knows more under the request id."""

    code = "internal_error"
    status = 500


_MOVED_ON: Final = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_TAKEN: Final = {"23505", "23P01"}  # unique, exclusion
_REFERRED: Final = {"23503", "23001"}  # foreign key, restrict
_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_INTERNAL_TEXT = re.compile(r"relation|constraint|column|function", re.IGNORECASE)


def as_error(error: BaseException) -> TrustregError | None:
    """The error of our tree that stands for any exception; None for a defect, which is logged and hidden."""
    if isinstance(error, TrustregError):
        return error
    if isinstance(error, drf_errors.APIException):
        return _from_drf(error)
    if isinstance(error, DatabaseError):
        return _from_database(error)
    return _from_django(error)


def _from_drf(error: drf_errors.APIException) -> TrustregError | None:
    if isinstance(error, drf_errors.ValidationError):
        fields = field_sentences(error.detail)
        names = ", ".join(fields)
        return errors.InvalidInput(
            f"These inputs were not accepted: {names}. 'fields' says what was expected of each. Nothing was stored.",
            f"受け付けられない入力があります（{names}）。必要な形は fields のとおりです。何も保存していません。",
            fields=fields,
        )
    if isinstance(error, drf_errors.ParseError):
        reason = str(error.detail)
        return errors.MalformedRequest(f"The body could not be read: {reason}", f"本文を読み取れませんでした: {reason}")
    if isinstance(error, drf_errors.UnsupportedMediaType):
        return UnsupportedMediaType(
            "This Content-Type is not read here. Send application/json, or multipart/form-data where files are taken.",
            "この Content-Type は受け付けません。application/json（ファイルは multipart/form-data）で送ってください。",
        )
    if isinstance(error, drf_errors.MethodNotAllowed):
        return MethodNotAllowed(
            "This address does not take this method. The Allow header names those it takes.",
            "このアドレスではこのメソッドを使えません。使えるものは Allow ヘッダーにあります。",
        )
    if isinstance(error, (drf_errors.NotAuthenticated, drf_errors.AuthenticationFailed)):
        return not_authenticated()
    if isinstance(error, drf_errors.PermissionDenied) and str(error.detail).startswith("CSRF"):
        return errors.NotPermitted(
            "A write of a session needs the header X-CSRFToken with the 'csrf_token' of GET /api/v1/session.",
            "セッションからの書き込みには、GET /api/v1/session の csrf_token を X-CSRFToken ヘッダーで送ってください。",
        )
    if isinstance(error, drf_errors.PermissionDenied):
        return errors.NotPermitted("You may not do this.", "この操作は許可されていません。")
    if isinstance(error, drf_errors.NotFound):
        return not_found()
    if isinstance(error, drf_errors.Throttled):
        wait = max(1, int(getattr(error, "wait", None) or 1))
        return errors.RateLimited(
            f"Too many requests. Try again in {wait} seconds, or use an API key, which raises the limit.",
            f"要求が多すぎます。{wait} 秒後にもう一度送るか、上限の高いAPIキーを使ってください。",
            extra={"retry_after": wait},
        )
    return None


def _from_django(error: BaseException) -> TrustregError | None:
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, django_errors.PermissionDenied):
        return errors.NotPermitted("You may not do this.", "この操作は許可されていません。")
    if isinstance(error, django_errors.RequestDataTooBig):
        return errors.TooLarge("The body is larger than this server reads.", "本文がこのサーバーの上限を超えています。")
    if isinstance(error, (django_errors.TooManyFilesSent, django_errors.TooManyFieldsSent)):
        files = isinstance(error, django_errors.TooManyFilesSent)
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES if files else settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return errors.InvalidInput(
            f"The form has more than {most} {'files' if files else 'fields'}. Nothing was stored; send fewer.",
            f"フォームの{'ファイル' if files else '項目'}が {most} 個を超えています。"
            "何も保存していません。減らして送ってください。",
            extra={"limit": most},
        )
    if isinstance(
        error, (django_errors.BadRequest, django_errors.SuspiciousOperation, MultiPartParserError, UnreadablePostError)
    ):
        return errors.MalformedRequest(
            "The request could not be read. Check its headers and its multipart form.",
            "要求を読み取れませんでした。ヘッダーとマルチパートの形式を確かめてください。",
        )
    if isinstance(error, django_errors.ValidationError):
        messages = error.message_dict if hasattr(error, "error_dict") else {"value": error.messages}
        return errors.InvalidInput(
            "These inputs were not accepted. Nothing was stored.",
            "受け付けられない入力があります。何も保存していません。",
            fields=field_sentences(messages),
        )
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        log.error("no_room", errno=error.errno)
        return errors.Unavailable(
            "There is no room to store this now. Nothing was stored. Try again later.",
            "いまは保存する空き容量がありません。何も保存していません。しばらくしてからもう一度送ってください。",
            extra={"retry_after": 60},
        )
    if isinstance(error, (ProtectedError, RestrictedError)):
        return errors.Conflict("Other records refer to this one.", "ほかの記録がこれを参照しています。")
    if isinstance(error, UnicodeEncodeError) or (isinstance(error, ValueError) and "NUL" in str(error)):
        return errors.InvalidInput(
            "A text holds a character that cannot be stored (NUL or half of a surrogate pair). Remove it.",
            "保存できない文字（NUL またはサロゲートの片方）が含まれています。取り除いてください。",
        )
    return None


def _from_database(error: DatabaseError) -> TrustregError | None:
    """Walls in PostgreSQL answer as problems of the caller when they are: refused by rule, taken, moved on."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or ""
    diagnosis = getattr(cause, "diag", None)
    if state == "23514":
        log.warning("refused_by_database", constraint=getattr(diagnosis, "constraint_name", None), error=str(cause))
        rule = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "message_primary", None) or ""
        named = f" ({rule})" if rule and not _INTERNAL_TEXT.search(rule) else ""
        return errors.Conflict(
            f"A rule of the registry refuses this change{named}. Nothing was stored. Read the record again.",
            f"登録簿の規則により、この変更はできません{named}。何も保存していません。記録を読み直してください。",
        )
    if state in _MOVED_ON:
        return errors.Conflict(
            "Somebody changed the same record at the same moment. Nothing was stored. Read it again and retry.",
            "同時に別の人が同じ記録を更新しました。何も保存していません。読み直してから、もう一度操作してください。",
        )
    if state in _TAKEN:
        return errors.Conflict(
            "A record with these values exists already. Nothing was stored.",
            "同じ値の記録がすでにあります。何も保存していません。",
        )
    if state in _REFERRED:
        return errors.Conflict(
            "The record refers to, or is referred to by, another one that stands in the way. Nothing was stored.",
            "参照する、または参照されている記録があるため変更できません。何も保存していません。",
        )
    if state.startswith("22") or "NUL" in str(error):
        return errors.InvalidInput(
            "A value is out of the range that can be stored, or holds a NUL character. Nothing was stored.",
            "保存できる範囲を超えた値か、NUL 文字が含まれています。何も保存していません。",
        )
    if state.startswith(("08", "53", "57")) or (
        not state and type(error).__name__ in ("OperationalError", "InterfaceError")
    ):
        log.error("database_unavailable", error=type(error).__name__, sqlstate=state)
        return errors.Unavailable(
            "The database does not answer now. Try again in a few seconds.",
            "データベースがいま応答しません。数秒後にもう一度試してください。",
            extra={"retry_after": 5},
        )
    return None


def not_found() -> errors.NotFound:
    """The same answer for what does not exist and for what the caller may not know of."""
    return errors.NotFound("Nothing is found at this address.", "このアドレスには何もありません。")


def not_authenticated() -> errors.NotAuthenticated:
    """No session and no key, or a key that does not count (which of these is nobody's business)."""
    return errors.NotAuthenticated(
        "Sign in at POST /api/v1/session, or send 'Authorization: Bearer trk_…' with a key that is valid.",
        "POST /api/v1/session でサインインするか、有効なAPIキーを「Authorization: Bearer trk_…」で送ってください。",
    )


def field_sentences(detail: Any, path: str = "") -> dict[str, dict[str, str]]:
    """DRF's nested messages as `{"a.0.b": {"ja", "en"}}`; they are in the active language already."""
    if isinstance(detail, Mapping):
        found: dict[str, dict[str, str]] = {}
        for name, inner in detail.items():
            inside = path if str(name) == "non_field_errors" else f"{path}.{name}" if path else str(name)
            found |= field_sentences(inner, inside)
        return found
    if isinstance(detail, (list, tuple)):
        if all(isinstance(item, str) for item in detail):
            text = " ".join(str(item) for item in detail)
            return {path or "body": {"ja": text, "en": text}}
        found = {}
        for index, inner in enumerate(detail):
            if inner:
                found |= field_sentences(inner, f"{path}.{index}" if path else str(index))
        return found
    return {path or "body": {"ja": str(detail), "en": str(detail)}}


def language() -> str:
    """`ja` or `en`: what the caller asked for."""
    return "en" if (translation.get_language() or "ja").startswith("en") else "ja"


def request_id() -> str:
    """The id under which the log knows this request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]


def document(error: TrustregError) -> dict[str, Any]:
    """The members of the problem, in the language of the caller."""
    lang = language()
    title_en, title_ja = TITLES.get(error.status, TITLES[500])
    problem: dict[str, Any] = {
        "type": f"{conf.base_url}/problems/{error.code}",
        "title": title_ja if lang == "ja" else title_en,
        "status": error.status,
        "detail": error.ja if lang == "ja" else error.en,
        "code": error.code,
        "request_id": request_id(),
    }
    if error.fields:
        problem["fields"] = {name: texts.get(lang) or texts.get("en", "") for name, texts in error.fields.items()}
    for name, value in error.extra.items():
        problem.setdefault(name, value)
    return problem


def headers(error: TrustregError) -> dict[str, str]:
    """Headers that go with the status."""
    found = {"Content-Language": language(), "Cache-Control": "no-store"}
    if error.status == 401:
        found["WWW-Authenticate"] = 'Bearer realm="trustreg"'
    if "retry_after" in error.extra:
        found["Retry-After"] = str(error.extra["retry_after"])
    return found


def internal(error: BaseException | None) -> InternalError:
    """A defect: logged with its traceback, shown as nothing but a request id."""
    log.error("unhandled", error=type(error).__name__ if error else "unknown", exc_info=error)
    number = request_id()
    return InternalError(
        f"Something failed on our side. Nothing was stored. Tell us the request number {number}.",
        f"こちらの不具合で処理できませんでした。何も保存していません。要求番号 {number} をお知らせください。",
    )


def respond(error: TrustregError) -> HttpResponse:
    """A problem outside of REST framework views."""
    return JsonResponse(
        document(error),
        status=error.status,
        content_type=CONTENT_TYPE,
        headers=headers(error),
        json_dumps_params={"ensure_ascii": False},
    )


def wants_problem(request: HttpRequest) -> bool:
    """Whether an error at this address is for a program."""
    return request.path.startswith(("/api/", "/tl/", "/log/")) or "text/html" not in request.headers.get("Accept", "")
