"""The handlers of errors that no page raised itself."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse

from trustreg.base import problems
from trustreg.base.errors import Conflict, MalformedRequest, NotPermitted, Unavailable
from trustreg.base.pages import error_page


class FormUnmatched(NotPermitted):
    """A form came without the token of its session: it is sent again from a page that was loaded anew."""

    code = "form_unmatched"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 outside of REST framework."""
    return error_page(request, MalformedRequest("The request could not be read.", "要求を読み取れませんでした。"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 outside of REST framework."""
    return error_page(request, NotPermitted("You may not do this.", "この操作は許可されていません。"))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token, which is also what an old tab looks like after signing in anew."""
    return error_page(
        request,
        FormUnmatched(
            "The form could not be matched with your session, as after signing in anew or a long time.",
            "フォームとセッションを照合できませんでした。サインインし直したあとや、長い時間がたったあとに起こります。",
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 everywhere: JSON for programs, a page for people."""
    return error_page(request, problems.not_found())


def server_error(request: HttpRequest) -> HttpResponse:
    """500: nothing of the cause leaves the house; 503 while the database is away."""
    cause = sys.exc_info()[1]
    known = problems.as_error(cause) if cause else None
    return error_page(request, known if isinstance(known, (Conflict, Unavailable)) else problems.internal(cause))
