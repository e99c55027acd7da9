"""Validation over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from signing import selectors, services
from signing.models import JobState, ValidationJob
from signing.serializers import JobOut, ValidationForm, ValidationIn, ValidationReportOut
from signing.services import ValidationRequest
from trustreg.base import clock, problems
from trustreg.base.api import ALL, SAFE, Endpoint, caller
from trustreg.base.errors import Unavailable
from trustreg.base.parsing import StrictJSONParser, StrictMultiPartParser, check_size
from trustreg.conf import settings as conf

_ID = re.compile(r"[0-9a-f]{32}")
MULTIPART_MARGIN: Final = 1 << 20


def _account(request: Request) -> UUID | None:
    known = caller(request)
    return known.account_id if known else None


def _job_answer(job: ValidationJob) -> Response:
    body = {"id": job.pk, "state": job.state, "attempts": job.attempts, "size": job.size, "created_at": job.created_at}
    return Response(
        JobOut(body).data, status=202, headers={"Location": f"/api/v1/validations/{job.pk}", "Retry-After": "2"}
    )


class ValidationsEndpoint(Endpoint):
    open_to_all = ALL
    max_body: ClassVar[int] = conf.max_document_bytes * 2 * 4 // 3 + MULTIPART_MARGIN
    parser_classes = (StrictJSONParser, StrictMultiPartParser)

    @extend_schema(
        operation_id="validation_create",
        tags=["validation"],
        request={"multipart/form-data": ValidationForm, "application/json": ValidationIn},
        responses={
            200: ValidationReportOut,
            202: OpenApiResponse(JobOut, description="A large document; ask again at Location."),
        },
    )
    def post(self, request: Request) -> Response:
        """Validate a document: its signatures, seals and time-stamps, and what they were qualified for.

        Any bytes from 1 up to the limit get a report; what cannot be read is `TOTAL-FAILED` / `FORMAT_FAILURE`.
        The document is not kept.
        """
        now = services.time_of_validation(clock.now())
        asked = self._asked(request)
        if services.is_large(asked):
            job = services.job_start(asked, account_id=_account(request), at=now)
            job.refresh_from_db()
            return _job_answer(job)
        return Response(services.validate(asked, account_id=_account(request), at=now))

    def _asked(self, request: Request) -> ValidationRequest:
        if (request.content_type or "").startswith("multipart/"):
            values = self.read(ValidationForm, request)
            uploaded: UploadedFile[bytes] = values["document"]
            for file in (uploaded, *values.get("detached", [])):
                check_size(file.size or 0, conf.max_document_bytes)
            document, name = uploaded.read(), uploaded.name
            detached = tuple((services.plain_name(file.name), file.read()) for file in values.get("detached", []))
        else:
            values = self.read(ValidationIn, request)
            document, name = values["document"], None
            detached = tuple(
                (services.plain_name(item["filename"]), item["content"]) for item in values.get("detached", [])
            )
        return ValidationRequest(
            document=document,
            filename=services.plain_name(values.get("filename") or name),
            detached=detached,
            policy=values.get("policy"),
            at=values.get("at"),
            document_type=values.get("document_type"),
            level=values.get("level"),
            trusted_caller=caller(request) is not None,
        )


class ValidationEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="validation_get",
        tags=["validation"],
        responses={200: ValidationReportOut, 202: OpenApiResponse(JobOut, description="Still running.")},
    )
    def get(self, request: Request, report_id: str) -> Response:
        """A report that was made before; kept for 30 days unless the operator says otherwise."""
        if not _ID.fullmatch(report_id):
            raise problems.not_found()
        kept = selectors.report_at(report_id, clock.now())
        if kept is not None:
            body: dict[str, Any] = json.loads(kept.body)
            return Response({"id": kept.pk, **body})
        job = selectors.job(report_id)
        if job is None or job.state == JobState.DONE:
            raise problems.not_found()
        if job.state == JobState.FAILED:
            raise Unavailable(
                "This validation could not be finished. Send the document again.",
                "この検証を終えられませんでした。文書をもう一度送ってください。",
            )
        return _job_answer(job)
