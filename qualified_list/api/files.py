"""Published files, as a fallback of the web server in front: the bytes on disk and nothing else."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from qualified_list.selectors import published_path
from trustreg.base import problems
from trustreg.base.errors import NotFound

CONTENT_TYPES: Final = {
    "tl.xml": "application/vnd.etsi.tsl+xml",
    "tl.sha2": "text/plain; charset=us-ascii",
    "tl.jws": "application/jose",
    "tl.json": "application/json",
    "services.csv": "text/csv; charset=utf-8",
    "catalog.jsonld": "application/ld+json",
    "catalog.ttl": "text/turtle; charset=utf-8",
    "feed.atom": "application/atom+xml; charset=utf-8",
    "mra.xml": "application/xml",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"
A_MINUTE: Final = "public, max-age=60, must-revalidate"


@functools.lru_cache(maxsize=64)
def _content(path: Path, _mark: tuple[int, int, int]) -> tuple[bytes, str]:
    data = path.read_bytes()
    return data, quote_etag(hashlib.sha256(data).hexdigest())


def _serve(request: HttpRequest, path: Path, name: str, caching: str) -> HttpResponseBase:
    try:
        status = path.stat()
        data, etag = _content(path, (status.st_mtime_ns, status.st_size, status.st_ino))
    except FileNotFoundError:
        return problems.respond(problems.not_found())
    response = HttpResponse(data, content_type=CONTENT_TYPES.get(name, "application/octet-stream"))
    response["ETag"] = etag
    response["Cache-Control"] = caching
    response["Access-Control-Allow-Origin"] = "*"
    found = get_conditional_response(request, etag=etag, response=response)
    assert found is not None  # noqa: S101 - it returns the response it was given, or a 304 or 412
    return found


@require_safe
def current(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of the list in force."""
    try:
        return _serve(request, published_path("current", name), name, A_MINUTE)
    except NotFound as error:
        return problems.respond(error)


@require_safe
def of_issue(request: HttpRequest, sequence: int, name: str) -> HttpResponseBase:
    """A file of one issue: it never changes."""
    try:
        return _serve(request, published_path(sequence, name), name, FOR_EVER)
    except NotFound as error:
        return problems.respond(error)
