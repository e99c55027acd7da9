"""What every page has: its frame, its trail, and errors as pages. Pages raise the errors of `trustreg.base.errors`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import structlog
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import escape_uri_path

from trustreg.base import error_words, problems
from trustreg.base.errors import NotAuthenticated, TrustregError
from trustreg.base.language import prefix_of
from trustreg.base.words import language
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)


def in_language(request: HttpRequest, lang: str) -> str:
    """The same address, path and query, in the other language (ui.md 2)."""
    path = request.path.removeprefix("/en") if prefix_of(request.path) == "en" else request.path
    # Two slashes (or their like) at the beginning would name another host, as in `/en//example.com`.
    path = f"/{escape_uri_path(path.lstrip('/'))}"
    address = f"/en{path}" if lang == "en" else path
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query and request.method in ("GET", "HEAD") else address


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: `lang`, `demo`, `here` (the name of the page), the addresses in both languages."""
    match = request.resolver_match
    return {
        "lang": language(),
        "demo": conf.demo,
        "here": match.view_name if match else "",
        "ja_url": in_language(request, "ja"),
        "en_url": in_language(request, "en"),
    }


def error_page(request: HttpRequest, error: TrustregError) -> HttpResponse:
    """The error as a page, with code and request number; as problem+json for programs."""
    if problems.wants_problem(request):
        return problems.respond(error)
    response = HttpResponse(_body(request, error_words.shown(problems.document(error))), status=error.status)
    for name, value in problems.headers(error).items():
        response[name] = value
    return response


def _body(request: HttpRequest, shown: dict[str, Any]) -> str:
    """The page of an error. Whatever the visitor's own data need may be what failed: then it is shown without them."""
    try:
        return render_to_string("error.html", shown, request)
    except Exception as failure:  # a second error must not hide the first
        log.warning("error_page_for_a_stranger", error=type(failure).__name__)
        return render_to_string("error.html", shown, _stranger(request))


def _stranger(request: HttpRequest) -> HttpRequest:
    """The same request of nobody in particular: no session, no account, nothing that a database knows."""
    stranger = copy.copy(request)
    stranger.resolver_match = request.resolver_match  # a copy leaves it out
    stranger.user = AnonymousUser()
    for name in ("_messages", "trustreg_visitor"):
        stranger.__dict__.pop(name, None)
    return stranger


def sign_in_url(request: HttpRequest) -> str:
    """Where to sign in, and come back to this page."""
    return f"{reverse('pages:sign-in')}?{urlencode({'next': request.get_full_path()})}"


class PageErrors:
    """Middleware: an error of ours that a page raised is shown as its page; who must sign in is sent there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to an error; None for what is no error of ours (a defect: 500)."""
        error = exception if isinstance(exception, TrustregError) else problems.as_error(exception)
        if error is None:
            return None
        if isinstance(error, NotAuthenticated) and not problems.wants_problem(request):
            return HttpResponseRedirect(sign_in_url(request))
        return error_page(request, error)
