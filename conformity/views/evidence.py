"""The evidence store of an organisation: what is there, its versions and receipts, and handing in more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from conformity import selectors
from conformity.forms import UploadForm
from conformity.services import evidence_store_file, may_read
from conformity.titles import MEDIA
from conformity.views.receiving import receive
from trustreg.base import clock
from trustreg.base.errors import NotAuthenticated, NotFound
from trustreg.base.uploads import takes_files
from trustreg.base.words import say
from trustreg.conf import settings as conf
from trustreg.parties import drafts
from trustreg.parties.domain.roles import PROVIDER_ROLES
from trustreg.parties.visitors import Seat, actor_of_page, for_roles, visitor_of

PAGE: Final = 50
_STAMP: Final = "application/vnd.etsi.timestamp-token"


@for_roles(*sorted(PROVIDER_ROLES))
@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """Everything that the organisation handed in, the latest version of each; `q` searches."""
    seat, q = _seat(request), request.GET.get("q", "").replace("\x00", "").strip()[:200]
    page = Paginator(selectors.evidence_latest(seat.organisation_id, q=q), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    earlier = selectors.evidence_earlier(rows)
    lines = [
        {
            "evidence": row,
            "media": MEDIA.get(row.media_type, MEDIA["application/octet-stream"]),
            "earlier": earlier[row.pk],
            "url": _viewer(row.pk),
        }
        for row in rows
    ]
    context = {"q": q, "page": page, "lines": lines, "bodies": list(selectors.bodies_reading(seat.organisation_id))}
    return render(request, "conformity/evidence.html", context)


@takes_files(conf.max_evidence_bytes)
@for_roles(*sorted(PROVIDER_ROLES))
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Hand in files, or the next version of one that is there."""
    seat, actor, status = _seat(request), actor_of_page(request), 200
    rows = selectors.evidence_latest(seat.organisation_id)[:500]
    earlier: Sequence[tuple[str, str]] = [
        (str(row.pk), say("{name} (version {n})", name=row.filename, n=row.version)) for row in rows
    ]
    form = UploadForm(initial=drafts.initial(request, previous=request.GET.get("previous", "")), earlier=earlier)
    if request.method == "POST":
        form, status = UploadForm(request.POST, request.FILES, earlier=earlier), 422
        if form.is_valid():
            previous = form.cleaned_data.get("previous")

            def store(content: Any, name: str) -> None:
                row = evidence_store_file(
                    organisation_id=seat.organisation_id,
                    content=content,
                    filename=name,
                    previous_id=UUID(previous) if previous else None,
                    actor=actor,
                    at=clock.now(),
                )
                messages.success(request, say("“{name}” arrived.", name=row.filename))

            receive(form, "uploads", store)
            if not form.errors:
                return HttpResponseRedirect(reverse("pages:evidence"))
    return render(request, "conformity/evidence_upload.html", {"form": form}, status=status)


@for_roles()
@require_safe
def receipt(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """The RFC 3161 token over a piece of evidence, for whoever may read it. Raises NotFound for all others."""
    row = selectors.evidence_get(evidence_id)
    if row.receipt is None or not may_read(row, actor_of_page(request), clock.now()):
        raise NotFound(f"There is no receipt for {evidence_id}.", f"証拠 {evidence_id} の受領の証明はありません。")
    answer = HttpResponse(bytes(row.receipt), content_type=_STAMP)
    answer["Content-Disposition"] = f'attachment; filename="{row.sha256[:16]}.tst"'
    return answer


def _seat(request: HttpRequest) -> Seat:
    visitor = visitor_of(request)
    if visitor is None or visitor.seat is None:
        raise NotAuthenticated("Sign in to see this page.", "このページを見るには、サインインしてください。")
    return visitor.seat


def _viewer(evidence_id: UUID) -> str:
    try:
        return reverse("pages:evidence-view", args=[evidence_id])
    except NoReverseMatch:
        return ""


patterns = [
    path("evidence", evidence, name="evidence"),
    path("evidence/upload", upload, name="evidence-upload"),
    path("evidence/<uuid:evidence_id>/receipt", receipt, name="evidence-receipt"),
]
