"""The forms of a kept report that people and machines file: PDF, and the XML of ETSI."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from signing import selectors
from signing.api import ValidationEndpoint
from signing.models import ValidationReport
from signing.reports.etsi import validation_report
from signing.reports.paper import paper
from signing.reports.pdf import render
from signing.serializers import JobOut
from signing.surroundings import surroundings
from trustreg.base import clock, problems
from trustreg.base.api import SAFE, Endpoint, django_request
from trustreg.base.parsing import Input
from trustreg.base.words import language
from trustreg.conf import settings as conf

_RUNNING: Final = OpenApiResponse(JobOut, description="Still running.")
_KEPT: Final = "private, max-age=86400, immutable"


class PdfQuery(Input):
    """`lang` is `ja` or `en`; without it `Accept-Language` chooses."""

    lang = serializers.ChoiceField(choices=["ja", "en"], required=False)


class XmlReportEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="validation_report_xml",
        tags=["validation"],
        responses={
            (200, "application/xml"): OpenApiResponse(OpenApiTypes.BINARY, description="The report as XML."),
            202: _RUNNING,
        },
    )
    def get(self, request: Request, report_id: str) -> HttpResponseBase:
        """A report that was made before, as the validation report of ETSI TS 119 102-2 v1.4.1. It is not signed."""

        def write(report: dict[str, object], kept: ValidationReport) -> bytes:
            return validation_report(report, address=conf.base_url)

        return _answer(request, report_id, "xml", "application/xml", write)


class PdfReportEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="validation_report_pdf",
        tags=["validation"],
        parameters=[OpenApiParameter("lang", enum=["ja", "en"], description="Default: what Accept-Language asks for.")],
        responses={
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="PDF/A-3 with the JSON in it."),
            202: _RUNNING,
        },
    )
    def get(self, request: Request, report_id: str) -> HttpResponseBase:
        """A report that was made before, to read and to file: PDF/A-3, with the JSON attached. It is not sealed."""
        wanted = self.read_query(PdfQuery, request).get("lang") or language()

        def write(report: dict[str, object], kept: ValidationReport) -> bytes:
            with translation.override(wanted):
                page = reverse("pages:check-result", args=[kept.pk])
                content = paper(
                    report,
                    surroundings(),
                    report_id=kept.pk,
                    address=f"{conf.base_url}{page}",
                    expires_at=kept.expires_at,
                )
            return render(content)

        return _answer(request, report_id, "pdf", "application/pdf", write, variant=wanted)


def _answer(
    request: Request,
    report_id: str,
    form: str,
    content_type: str,
    write: Callable[[dict[str, object], ValidationReport], bytes],
    *,
    variant: str = "",
) -> HttpResponseBase:
    """The report in a form; what the report itself answers while it runs, and when there is none.

    A known ETag is answered before anything is written.
    """
    found = ValidationEndpoint().get(request, report_id)
    if found.status_code != 200:
        return found
    kept = selectors.report_at(report_id, clock.now())
    if kept is None:  # its time ended between the two looks
        raise problems.not_found()
    report = dict(found.data)
    del report["id"]
    etag = quote_etag(hashlib.sha256(f"{form} {variant} {kept.body}".encode()).hexdigest()[:32])
    plain = django_request(request)
    response = get_conditional_response(plain, etag=etag)
    if response is None:
        response = HttpResponse(write(report, kept), content_type=content_type)
        name = f"validation-report-{report_id[:8]}.{form}"
        response["Content-Disposition"] = content_disposition_header(form == "xml", name) or ""
    response["ETag"] = etag
    response["Cache-Control"] = _KEPT
    return response
