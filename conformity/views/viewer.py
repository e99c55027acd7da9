"""The viewer of evidence: one page at a time, drawn on the server. Every look is written into the custody log."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from csp.decorators import csp_replace, csp_update
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from conformity import selectors, services
from conformity.models import Evidence
from conformity.page_images import page_image
from conformity.titles import MEDIA
from conformity.viewing import Kind, kind_of, viewing_of
from trustreg.base import clock
from trustreg.base.errors import InvalidInput, NotFound, Unavailable
from trustreg.base.words import say
from trustreg.parties.visitors import actor_of_page, for_roles

_FOR: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z ./_-]{0,79}")
FRAME: Final = {"frame-src": ["'self'"]}
"""What a page adds to its policy to show a text of evidence in a frame of its own."""
_NOTHING: Final = {"default-src": ["'none'"], "frame-ancestors": ["'self'"], "sandbox": True}


def _purpose(request: HttpRequest, what: str) -> str:
    """The note of the custody log: what is read, and the case and criterion that the reader came from."""
    came_from = request.GET.get("for", "")
    return f"{what} ({came_from})" if _FOR.fullmatch(came_from) else what


def _opened(request: HttpRequest, evidence_id: UUID, what: str) -> tuple[Evidence, Any]:
    try:
        return services.evidence_open(
            evidence_id=evidence_id, purpose=_purpose(request, what), actor=actor_of_page(request), at=clock.now()
        )
    except OSError:
        raise Unavailable(
            "The file could not be read from the store; try again later.",
            "ファイルを読み出せませんでした。しばらくしてお試しください。",
        ) from None


@for_roles()
@require_safe
@csp_update(FRAME)  # type: ignore[arg-type] # its types know views without arguments only
def evidence_view(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """One piece of evidence at full width."""
    row = selectors.evidence_get(evidence_id)
    actor, at = actor_of_page(request), clock.now()
    if not services.may_read(row, actor, at):
        raise NotFound(f"There is no evidence {evidence_id}.", f"証拠 {evidence_id} はありません。")
    shown = viewing_of(row, row.filename, request.GET.get("page"))
    came_from = request.GET.get("for", "")
    return render(
        request,
        "conformity/evidence_view.html",
        {
            "wide": True,
            "viewing": shown,
            "media": MEDIA.get(row.media_type, MEDIA["application/octet-stream"]),
            "viewer_for": came_from if _FOR.fullmatch(came_from) else "",
            "page_at": reverse("pages:evidence-view", args=[evidence_id]),
        },
    )


@for_roles()
@require_safe
def evidence_page(request: HttpRequest, evidence_id: UUID, number: int) -> HttpResponse:
    """Page `number` of a PDF as a picture."""
    row, content = _opened(request, evidence_id, f"viewer page {number}")
    with content:
        if kind_of(row) is not Kind.PAGES or number < 1:
            raise InvalidInput("This file has no pages to show.", "このファイルには、表示できるページがありません。")
        drawn = page_image(content.read(), number)
    return HttpResponse(drawn.png, content_type="image/png")


@for_roles()
@require_safe
@xframe_options_sameorigin
@csp_replace(_NOTHING)  # type: ignore[arg-type] # its types know views without arguments only
def evidence_text(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """The characters of a file, as plain text and nothing else: a text file as it is, of a PDF those of one page."""
    page = request.GET.get("page", "")
    row, content = _opened(request, evidence_id, f"viewer text {page}".strip())
    with content:
        if kind_of(row) is Kind.TEXT:
            text = content.read().decode("utf-8", "replace")
        elif kind_of(row) is Kind.PAGES and page.isascii() and page.isdigit() and 0 < len(page) < 6:
            text = page_image(content.read(), int(page)).text or say("This page holds no characters.")
        else:
            raise InvalidInput("This file cannot be shown as text.", "このファイルは文字として表示できません。")
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@for_roles()
@require_safe
@csp_replace(_NOTHING)  # type: ignore[arg-type] # its types know views without arguments only
def evidence_picture(request: HttpRequest, evidence_id: UUID) -> HttpResponseBase:
    """A picture that was handed in, under its own type."""
    row, content = _opened(request, evidence_id, "viewer picture")
    if kind_of(row) is not Kind.PICTURE:
        content.close()
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return FileResponse(content, content_type=row.media_type)


@for_roles()
@require_safe
@csp_replace(_NOTHING)  # type: ignore[arg-type] # its types know views without arguments only
def evidence_download(request: HttpRequest, evidence_id: UUID) -> FileResponse:
    """The file as it was handed in; a browser saves it and never opens it here."""
    row, content = _opened(request, evidence_id, "download")
    return FileResponse(content, as_attachment=True, filename=row.filename, content_type="application/octet-stream")


_EVIDENCE: Final = "evidence/<uuid:evidence_id>"

patterns = [
    path(_EVIDENCE, evidence_view, name="evidence-view"),
    path(f"{_EVIDENCE}/pages/<int:number>", evidence_page, name="evidence-page"),
    path(f"{_EVIDENCE}/text", evidence_text, name="evidence-text"),
    path(f"{_EVIDENCE}/picture", evidence_picture, name="evidence-picture"),
    path(f"{_EVIDENCE}/download", evidence_download, name="evidence-download"),
]
