"""The API's description, what problem types mean, and the demo's samples."""

from __future__ import annotations

import functools
import json
import mimetypes
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from trustreg.base import error_words
from trustreg.base.errors import TrustregError
from trustreg.conf import settings as conf


def _samples() -> Path:
    return conf.var / "demo" / "samples"


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
    return render(request, "api_docs.html")


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
    words = error_words.ERRORS.get(kind.status, error_words.ERRORS[500])
    shown = {
        "problem": {"code": f"{code} ({kind.status})"},
        "title": words.title,
        "happened": words.happened or "",
        "act": words.act,
        "meaning": (kind.__doc__ or "").strip(),
    }
    return render(request, "error.html", shown)
