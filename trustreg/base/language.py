"""Which language a request is in: the address of a page says it, the header of a program asks for it."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

# Addresses that are one for all languages: `Accept-Language` chooses there.
_NEUTRAL = ("/api/", "/tl/", "/problems/", "/healthz", "/readyz", "/samples/")


def prefix_of(path: str) -> str:
    """`en` for `/en/…`, else `ja`."""
    return "en" if path == "/en" or path.startswith("/en/") else "ja"


class LanguageMiddleware(LocaleMiddleware):
    """`/…` is Japanese and `/en/…` English (ui.md 2); programs negotiate."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the request."""
        neutral = request.path_info.startswith(_NEUTRAL)
        chosen = translation.get_language_from_request(request) if neutral else prefix_of(request.path_info)
        translation.activate(chosen)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say which language it was."""
        if request.path_info.startswith(_NEUTRAL):
            response.headers.setdefault("Vary", "Accept-Language")
        response.headers.setdefault("Content-Language", translation.get_language() or "ja")
        return response
