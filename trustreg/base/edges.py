"""The outermost rules for pages: how much a form may send before anything reads it, and who may keep an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from trustreg.base.errors import TooLarge, TrustregError
from trustreg.base.pages import error_page
from trustreg.base.parsing import announced_length

LONGEST_FORM: Final = 2_000_000  # bytes; a pasted chain of certificates is far shorter
_PROGRAMS: Final = ("/api/", "/tl/")  # they have limits and caching of their own


class PageEdges:
    """Middleware: refuses forms that are too long, and keeps pages out of caches that several people share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # It carries the token of a session, and in the header who is signed in.
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """413 for a form that is too long, 411 for one without a length; Django's protection against forged requests
        would read all of it.

        Views that take files are exempt from that protection out here and look at the length themselves; what is no
        multipart form has no files, and every octet of it would be unescaped.
        """
        takes_files = (
            getattr(view, "csrf_exempt", False) and request.content_type != "application/x-www-form-urlencoded"
        )
        if takes_files or request.path_info.startswith(_PROGRAMS):
            return None
        try:
            length = announced_length(request)
            if length <= LONGEST_FORM:
                return None
            raise TooLarge(
                f"The form is too long: got {length:,} bytes, the limit is {LONGEST_FORM:,}. Send less.",
                f"フォームの内容が長すぎます。受け取ったのは {length:,} バイト、"
                f"上限は {LONGEST_FORM:,} バイトです。短くしてください。",
                extra={"limit_bytes": LONGEST_FORM, "got_bytes": length},
            )
        except TrustregError as error:
            return error_page(request, error)
