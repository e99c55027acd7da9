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
from signing.models import UNFINISHED, BatchState, JobState, ValidationBatch, ValidationJob
from signing.serializers import (
    BatchForm,
    BatchIn,
    BatchListed,
    BatchOut,
    BatchPage,
    BatchStarted,
    JobOut,
    LimitsOut,
    ValidationForm,
    ValidationIn,
    ValidationReportOut,
)
from signing.services import BatchDocument, ValidationRequest
from trustreg.base import clock, problems
from trustreg.base.api import ALL, SAFE, Caller, Endpoint, caller, check_length
from trustreg.base.errors import NotFound, Unavailable
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.base.parsing import StrictJSONParser, StrictMultiPartParser, check_size
from trustreg.conf import settings as conf

_ID = re.compile(r"[0-9a-f]{32}")
MULTIPART_MARGIN: Final = 1 << 20
SCOPE: Final = "validation:batch"


def _account(request: Request) -> UUID | None:
    known = caller(request)
    return known.account_id if known else None


def _job_json(job: ValidationJob) -> dict[str, Any]:
    body = {"id": job.pk, "state": job.state, "attempts": job.attempts, "size": job.size, "created_at": job.created_at}
    return dict(JobOut(body).data)


def _job_answer(job: ValidationJob) -> Response:
    return Response(
        _job_json(job), status=202, headers={"Location": f"/api/v1/validations/{job.pk}", "Retry-After": "2"}
    )


class ValidationsEndpoint(Endpoint):
    open_to_all = ALL
    max_body: ClassVar[int] = (conf.max_document_bytes * 2 + services.MAX_EVIDENCE_BYTES) * 4 // 3 + MULTIPART_MARGIN
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
            for file in values.get("evidence", []):
                check_size(file.size or 0, services.MAX_EVIDENCE_BYTES)
            evidence = tuple(file.read() for file in values.get("evidence", []))
            document, name = uploaded.read(), uploaded.name
            detached = tuple((services.plain_name(file.name), file.read()) for file in values.get("detached", []))
        else:
            values = self.read(ValidationIn, request)
            document, name = values["document"], None
            evidence = tuple(values.get("evidence", []))
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
            evidence=evidence,
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
        if job.state == JobState.CANCELLED:
            raise NotFound(
                "This validation was cancelled; its document was deleted.",
                "この検証は取り消されました。文書は削除しました。",
            )
        if job.state == JobState.FAILED:
            raise Unavailable(
                "This validation could not be finished. Send the document again.",
                "この検証を終えられませんでした。文書をもう一度送ってください。",
            )
        return _job_answer(job)


class CancelEndpoint(Endpoint):
    open_to_all = ALL

    @extend_schema(operation_id="validation_cancel", tags=["validation"], request=None, responses={200: JobOut})
    def post(self, request: Request, report_id: str) -> Response:
        """Cancel a validation that has not ended.

        Its document is deleted at once, and there will be no report. Whoever has the address may do it, as with
        reading. One that has ended answers 409; cancelling twice is once.
        """
        if not _ID.fullmatch(report_id):
            raise problems.not_found()
        return Response(_job_json(services.job_cancel(report_id, at=clock.now())))


class LimitsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="validation_limits", tags=["validation"], responses=LimitsOut)
    def get(self, request: Request) -> Response:
        """Every limit of validation: what may be sent, and what one document may cost.

        A request beyond the former is refused by a problem that names the limit. A document beyond the latter gets a
        report that does: the error `RESOURCE_LIMIT` has the `limit` by the name it has here.
        """
        return Response(services.limits_in_force())


def _known(request: Request) -> Caller:
    known = caller(request)
    if known is None:
        raise problems.not_authenticated()
    return known


class BatchesEndpoint(Endpoint):
    """Batches of one's own."""

    scopes: ClassVar = {"GET": SCOPE, "HEAD": SCOPE, "POST": SCOPE}
    max_body: ClassVar[int] = conf.max_batch_bytes + MULTIPART_MARGIN
    parser_classes = (StrictJSONParser, StrictMultiPartParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not (request.content_type or "").startswith("multipart/"):  # JSON is read in whole, files are not
            check_length(request, ValidationsEndpoint.max_body)
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="validation_batches_list", tags=["validation"], responses=BatchPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """One's own batches, newest first; how far one is stands at its own address."""
        rows = selectors.batches_of(_known(request).account_id)
        return Response(page(rows, request, order=("-created_at", "-id"), serialize=_batch_listed))

    @extend_schema(
        operation_id="validation_batch_create",
        tags=["validation"],
        request={"multipart/form-data": BatchForm, "application/json": BatchIn},
        responses={202: OpenApiResponse(BatchStarted, description="Taken; ask at Location.")},
    )
    def post(self, request: Request) -> Response:
        """Validate up to 1,000 documents; answered at once with the address at which progress and results are.

        Needs an API key with the scope `validation:batch`, or a session. Every document gets a report of its own, or
        says why not; one that is hostile costs the others nothing. Each is deleted when its validation ends.
        """
        known = _known(request)
        now = services.time_of_validation(clock.now())
        documents, values = self._documents(request)
        questions = ValidationRequest(
            document=b"",
            filename="",
            policy=values.get("policy"),
            document_type=values.get("document_type"),
            level=values.get("level"),
            trusted_caller=True,
        )
        batch = services.batch_start(documents, questions, account_id=known.account_id, at=now)
        batch.refresh_from_db()
        return Response(
            _batch_json(batch),
            status=202,
            headers={"Location": f"/api/v1/validations/batch/{batch.pk}", "Retry-After": "2"},
        )

    def _documents(self, request: Request) -> tuple[list[BatchDocument], dict[str, Any]]:
        if (request.content_type or "").startswith("multipart/"):
            values = self.read(BatchForm, request)
            return [BatchDocument(services.plain_name(file.name), file) for file in values["document"]], values
        values = self.read(BatchIn, request)
        return [
            BatchDocument(
                services.plain_name(item.get("filename")),
                item["document"],
                tuple((services.plain_name(one["filename"]), one["content"]) for one in item.get("detached", [])),
            )
            for item in values["documents"]
        ], values


def _batch_listed(batch: ValidationBatch) -> dict[str, Any]:
    shown = ("state", "total", "size", "created_at", "finished_at")
    return dict(BatchListed({"id": batch.pk, **{name: getattr(batch, name) for name in shown}}).data)


def _batch_json(batch: ValidationBatch) -> dict[str, Any]:
    counts: dict[str, int] = dict.fromkeys(JobState, 0)
    verdicts: dict[str, int] = {}
    for state, indication, count in selectors.progress(batch.pk):
        counts[state] += count
        if indication:
            verdicts[indication] = count
    done = sum(count for state, count in counts.items() if state not in UNFINISHED)
    return {**_batch_listed(batch), "done": done, "counts": counts, "verdicts": verdicts}


def _result_json(job: ValidationJob) -> dict[str, Any]:
    return {
        "position": job.position,
        "filename": job.options["filename"],
        "size": job.size,
        "state": job.state,
        "indication": job.indication or None,
        "sub_indication": job.sub_indication or None,
        "report": job.pk if job.state == JobState.DONE else None,
    }


def _batch_of(request: Request, batch_id: str) -> ValidationBatch:
    found = selectors.batches_of(_known(request).account_id).filter(pk=batch_id).first()
    if found is None:
        raise problems.not_found()
    return found


class BatchEndpoint(Endpoint):
    scopes: ClassVar = {"GET": SCOPE, "HEAD": SCOPE}

    @extend_schema(operation_id="validation_batch_get", tags=["validation"], responses=BatchOut, parameters=paged())
    def get(self, request: Request, batch_id: str) -> Response:
        """How far a batch of one's own is, and what was found of each document so far.

        `results` is a page of all documents in the order in which they were sent; the report of each is at
        `/api/v1/validations/{report}`, as long as reports are kept.
        """
        batch = _batch_of(request, batch_id)
        rows = batch.jobs.defer("lease_until", "account_id")
        found = page(rows, request, order=("position",), serialize=_result_json)
        running = batch.state in (BatchState.QUEUED, BatchState.RUNNING)
        return Response({**_batch_json(batch), **found}, headers={"Retry-After": "2"} if running else None)


class BatchCancelEndpoint(Endpoint):
    scopes: ClassVar = {"POST": SCOPE}

    @extend_schema(
        operation_id="validation_batch_cancel", tags=["validation"], request=None, responses={200: BatchStarted}
    )
    def post(self, request: Request, batch_id: str) -> Response:
        """Cancel a batch of one's own.

        Reports that were made stay, as long as reports are kept. Documents without one, also the one being validated,
        get none and are deleted at once. A batch that has ended answers 409; cancelling twice is once.
        """
        batch = services.batch_cancel(batch_id, account_id=_known(request).account_id, at=clock.now())
        return Response(_batch_json(batch))
