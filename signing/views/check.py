"""Check a document: the page that takes one, and the page of its result."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh
from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from signing import selectors, services
from signing.domain.formats import FORMATS, Format
from signing.forms import CheckForm, DigestForm
from signing.models import JobState, ValidationJob
from signing.services import ValidationRequest
from signing.surroundings import surroundings
from signing.titles import FORMATS as FORMAT_TITLES
from signing.titles import title
from signing.verdict import verdict_of
from signing.views.result import shown, size_words
from trustreg.base import clock, problems
from trustreg.base.errors import Conflict, TooLarge, TrustregError
from trustreg.base.moments import read_moment
from trustreg.base.parsing import announced_length, check_size, check_texts
from trustreg.base.uploads import require_few_files
from trustreg.base.words import say
from trustreg.conf import settings as conf

View = Callable[..., HttpResponseBase]

_ID: Final = re.compile("[0-9a-f]{32}")
_SESSION: Final = "checks"
_REMEMBERED: Final = 5
_MARGIN: Final = 1 << 20


def accepts_documents(view: View) -> View:
    """A page to which documents are sent: the length and the rate are looked at before a byte of the body is read.

    Both limits are those of the API. Django's own protection against forged requests reads the body, so it comes after.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST":
            check_size(announced_length(request), 2 * conf.max_document_bytes + _MARGIN)
            _throttle(request)
            require_few_files(request)
        return protected(request, *args, **kwargs)

    return guarded


def _throttle(request: HttpRequest) -> None:
    """The rates of the API, counted together with its requests. Raises Throttled, which leaves as 429."""
    kinds = cast("Sequence[type[BaseThrottle]]", api_settings.DEFAULT_THROTTLE_CLASSES)
    for throttle in (kind() for kind in kinds):
        if not throttle.allow_request(request, None):  # type: ignore[arg-type] # they read user and META alone
            raise Throttled(throttle.wait())


def start_check(
    request: HttpRequest,
    document: UploadedFile[bytes],
    *,
    detached: Sequence[UploadedFile[bytes]] = (),
    evidence: Sequence[UploadedFile[bytes]] = (),
    **asked: Any,
) -> HttpResponseRedirect:
    """Validate an uploaded document and go to the page of its result. The view must be one that `accepts_documents`.

    `asked` are further members of ValidationRequest (not `at`: a result for an assumed time has no page of its own).
    Raises InvalidInput, TooLarge, Unavailable.
    """
    wanted = _request(request, document, detached, evidence, asked)
    found = _run(request, wanted)
    return HttpResponseRedirect(reverse("pages:check-result", args=[_remember(request, found, wanted)]))


def _request(
    request: HttpRequest,
    document: UploadedFile[bytes],
    detached: Sequence[UploadedFile[bytes]],
    evidence: Sequence[UploadedFile[bytes]],
    asked: Mapping[str, Any],
) -> ValidationRequest:
    return ValidationRequest(
        document=_read(document),
        filename=services.plain_name(document.name),
        detached=tuple((services.plain_name(file.name), _read(file)) for file in detached),
        evidence=tuple(_read(file) for file in evidence),
        trusted_caller=request.user.is_authenticated,
        **asked,
    )


def _read(file: UploadedFile[bytes]) -> bytes:
    check_texts(file.name)
    size, limit = file.size or 0, size_words(conf.max_document_bytes)
    if size > conf.max_document_bytes:
        got = size_words(size)
        if got == limit:  # by so little that it does not show
            got = say("{n} bytes", n=f"{size:,}")
        raise TooLarge(
            f"The file is too large: got {got}, the limit is {limit}. Choose a smaller one.",
            f"ファイルが大きすぎます。受け取ったのは {got}、上限は {limit} です。小さいファイルを選んでください。",
            extra={"limit_bytes": conf.max_document_bytes, "got_bytes": size},
        )
    content: bytes = file.read()
    return content


def _run(request: HttpRequest, wanted: ValidationRequest) -> dict[str, Any] | ValidationJob:
    """The report, or the job that will make it. Raises InvalidInput, TooLarge, Unavailable."""
    now = services.time_of_validation(clock.now())
    account = request.user.pk if request.user.is_authenticated else None
    if services.is_large(wanted):
        return services.job_start(wanted, account_id=account, at=now)
    return services.validate(wanted, account_id=account, at=now)


def _remember(request: HttpRequest, found: dict[str, Any] | ValidationJob, wanted: ValidationRequest) -> str:
    """Keep the address in the session, so that a result is found again. Returns its identifier."""
    identifier: str = found.pk if isinstance(found, ValidationJob) else found["id"]
    entry = {"id": identifier, "name": wanted.filename, "at": clock.utc_text(clock.now())}
    before = [kept for kept in request.session.get(_SESSION, []) if kept["id"] != identifier]
    request.session[_SESSION] = [entry, *before][:_REMEMBERED]
    return identifier


@accepts_documents
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponseBase:
    """The page that takes a document; POST validates it and goes to the result."""
    house = surroundings()
    form, digest, status = CheckForm(types=house.document_types()), DigestForm(), 200
    if request.method == "POST":
        try:
            if "sample" in request.POST:
                return _check_sample(request, request.POST["sample"])
            if "digest-value" in request.POST:
                digest = DigestForm(request.POST, request.FILES)
                if digest.is_valid():
                    return _check_digest(request, digest)
            else:
                form = CheckForm(request.POST, request.FILES, types=house.document_types())
                if form.is_valid():
                    return _check_form(request, form)
            status = 422
        except TrustregError as error:
            asked_by = next((one for one in (digest, form) if one.is_bound), None)
            if asked_by is None or error.status not in (413, 422, 503):
                raise
            asked_by.refuse(error)
            status = error.status
    samples = house.samples()
    more = [sample for sample in samples if not sample.main]
    context = {
        "form": form,
        "digest": digest,
        "asked": form.is_bound and _asked(form),
        "samples": [sample for sample in samples if sample.main],
        "more_samples": more if request.GET.get("samples") == "all" else [],
        "more_count": len(more),
        "limit": size_words(conf.max_document_bytes),
        "limit_bytes": conf.max_document_bytes,
        "formats": _formats(kind for kind in FORMATS if kind.read),
        "digest_formats": _formats(kind for kind in FORMATS if kind.read and kind.by_digest),
        "days": conf.report_days,
        "most": services.MAX_DOCUMENTS,
        "base_url": conf.base_url,
        "last": _last(request),
    }
    return render(request, "signing/check.html", context, status=status)


def _asked(form: CheckForm) -> bool:
    """Whether the folded conditions hold an answer or an error, and so are shown open."""
    answered = any(form[name].value() for name in ("document_type", "level", "at"))
    return answered or any(name in form.errors for name in form.fields if name != "document")


def _formats(kinds: Iterable[Format]) -> str:
    order = list(FORMAT_TITLES)
    names = sorted((kind.name for kind in kinds), key=lambda name: order.index(name) if name in order else len(order))
    return say(", ").join(title(FORMAT_TITLES, name) for name in names)


def _check_form(request: HttpRequest, form: CheckForm) -> HttpResponseBase:
    values = form.cleaned_data
    at = read_moment(values["at"], clock.now())
    asked: dict[str, Any] = {name: values.get(name) or None for name in ("document_type", "level", "policy")}
    files = {name: values[name] for name in ("detached", "evidence")}
    if at is None:
        return start_check(request, values["document"], **files, **asked)
    wanted = _request(request, values["document"], **files, asked={**asked, "at": at})
    found = _run(request, wanted)
    assert isinstance(found, dict)  # noqa: S101 - with an assumed time nothing is queued
    if found["id"] is not None:  # the time was now
        return HttpResponseRedirect(reverse("pages:check-result", args=[_remember(request, found, wanted)]))
    response = render(request, "signing/check_result.html", shown(found, surroundings(), at=at))
    add_never_cache_headers(response)
    return response


def _check_digest(request: HttpRequest, form: DigestForm) -> HttpResponseBase:
    return start_check(request, form.cleaned_data["token"], digests=form.cleaned_data["value"])


def _check_sample(request: HttpRequest, name: str) -> HttpResponseBase:
    house = surroundings()
    sample = next((sample for sample in house.samples() if sample.name == name), None)
    if sample is None:
        raise problems.not_found()
    wanted = ValidationRequest(
        document=house.sample_bytes(name),
        filename=name,
        detached=((sample.detached, house.sample_bytes(sample.detached)),) if sample.detached else (),
    )
    found = _run(request, wanted)
    return HttpResponseRedirect(reverse("pages:check-result", args=[_remember(request, found, wanted)]))


def _last(request: HttpRequest) -> list[dict[str, Any]]:
    """The last checks of this session that are still kept or running."""
    entries = request.session.get(_SESSION, [])
    if not entries:
        return []
    ids = [entry["id"] for entry in entries]
    bodies = selectors.bodies_at(ids, clock.now())
    waiting = selectors.waiting(ids)
    return [
        {**entry, "verdict": verdict_of(json.loads(bodies[entry["id"]])) if entry["id"] in bodies else None}
        for entry in entries
        if entry["id"] in bodies or entry["id"] in waiting
    ]


@require_safe
def check_result(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """The result; while it is being made, how far it is; when its time is over, that it is gone.

    Whoever has the address may read it, as at the API.
    """
    htmx = getattr(request, "htmx", None)
    now = clock.now()
    kept = selectors.report_at(report_id, now) if _ID.fullmatch(report_id) else None
    job = selectors.job(report_id) if kept is None and _ID.fullmatch(report_id) else None
    response: HttpResponse
    if kept is not None:
        if htmx:
            return HttpResponseClientRefresh()
        report = json.loads(kept.body)
        context = shown(report, surroundings())
        context |= {
            "id": kept.pk,
            "address": f"{conf.base_url}{request.path}",
            "api_url": reverse("validation", args=[kept.pk]),
            "expires_at": kept.expires_at,
        }
        response = render(request, "signing/check_result.html", context)
    elif job is not None and job.state in (JobState.QUEUED, JobState.RUNNING):
        context = {
            "job": job,
            "name": job.options.get("filename", ""),
            "size": size_words(job.size),
            "address": f"{conf.base_url}{request.path}",
            "days": conf.report_days,
        }
        response = render(request, "signing/check_progress.html", context)
    elif htmx:
        return HttpResponseClientRefresh()
    else:
        failed = job is not None and job.state == JobState.FAILED
        cancelled = job is not None and job.state == JobState.CANCELLED
        context = {"failed": failed, "cancelled": cancelled, "days": conf.report_days}
        response = render(request, "signing/check_gone.html", context, status=503 if failed else 404)
    add_never_cache_headers(response)
    return response


@require_POST
def check_cancel(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """Cancel a check that has not ended; whoever has the address may, as with reading."""
    with suppress(Conflict):  # it ended while the button was shown: then its result is what is wanted
        services.job_cancel(report_id, at=clock.now())
    return HttpResponseRedirect(reverse("pages:check-result", args=[report_id]))


patterns = [
    path("check", check, name="check"),
    path("check/<str:report_id>", check_result, name="check-result"),
    path("check/<str:report_id>/cancel", check_cancel, name="check-cancel"),
]
