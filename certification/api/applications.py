"""Applications: from the draft to the hand-over for decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from certification import selectors, services
from certification.domain.lifecycle import ApplicationStatus
from certification.models import Application
from certification.serializers import (
    MAX_EVIDENCE,
    ApplicationChangeIn,
    ApplicationEvidenceForm,
    ApplicationEvidenceIn,
    ApplicationEvidenceList,
    ApplicationEvidenceOut,
    ApplicationIn,
    ApplicationOut,
    ApplicationPage,
    OptionalReasonsIn,
    SubmitIn,
    application_detail_json,
    application_evidence_json,
    application_json,
    application_reference_json,
)
from conformity.models import Assessment
from conformity.selectors import assessment_get
from conformity.serializers import AssessmentOut, ReasonsIn, assessment_json
from conformity.services import evidence_store_file
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.base.parsing import StrictJSONParser, StrictMultiPartParser
from trustreg.base.problems import not_found
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_if_any, actor_of_request

TAG = "applications"
READ = {"GET": "case:read", "HEAD": "case:read"}
FORM_MARGIN = 1 << 20


class ApplicationsEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="applications_list", tags=[TAG], responses=ApplicationPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """The applications that one's organisation has to do with, newest first."""
        rows = selectors.applications_visible_to(actor_of_request(request), clock.now())
        return Response(page(rows, request, order=("-started_at", "-id"), serialize=application_json))

    @extend_schema(operation_id="application_start", tags=[TAG], request=ApplicationIn, responses={201: ApplicationOut})
    def post(self, request: Request) -> Response:
        """Begin a draft for a service of one's organisation, and choose the body that assesses."""
        values = self.read(ApplicationIn, request)
        row = services.application_start(**values, actor=actor_of_request(request), at=clock.now())
        return Response(
            application_detail_json(row), status=201, headers={"Location": f"/api/v1/applications/{row.pk}"}
        )


class ApplicationEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="application_get", tags=[TAG], responses=ApplicationOut)
    def get(self, request: Request, application_id: UUID) -> Response:
        """An application with its history, for those concerned; for others, the reference of a granted one."""
        actor = actor_if_any(request)
        if actor is not None and (actor.scopes is None or "case:read" in actor.scopes):
            visible = selectors.applications_visible_to(actor, clock.now()).filter(pk=application_id)
            row = visible.prefetch_related("assessments").first()
            if row is not None:
                return Response(application_detail_json(row))
        granted = Application.objects.filter(pk=application_id, status=ApplicationStatus.GRANTED).first()
        if granted is None:
            raise not_found()
        return Response(application_reference_json(granted))

    @extend_schema(operation_id="application_edit", tags=[TAG], request=ApplicationChangeIn, responses=ApplicationOut)
    def patch(self, request: Request, application_id: UUID) -> Response:
        """Change a draft or a returned application."""
        values = self.read(ApplicationChangeIn, request)
        row = services.application_edit(
            application_id=application_id, **values, actor=actor_of_request(request), at=clock.now()
        )
        return Response(application_detail_json(row))


class ApplicationEvidenceEndpoint(Endpoint):
    scopes = READ
    max_body = MAX_EVIDENCE + FORM_MARGIN
    parser_classes = (StrictMultiPartParser, StrictJSONParser)

    @extend_schema(operation_id="application_evidence_list", tags=[TAG], responses=ApplicationEvidenceList)
    def get(self, request: Request, application_id: UUID) -> Response:
        """The documents of an application, the newest version of each, all at once."""
        row = selectors.application_get(application_id, actor=actor_of_request(request), at=clock.now())
        found = selectors.application_evidence(row)
        return Response({"results": [application_evidence_json(document) for document in found], "next": None})

    @extend_schema(
        operation_id="application_add_evidence",
        tags=[TAG],
        request={"multipart/form-data": ApplicationEvidenceForm, "application/json": ApplicationEvidenceIn},
        responses={201: ApplicationEvidenceOut},
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        """Add a document: a file of a form, or evidence that was handed in before. The answer shows its SHA-256."""
        actor, at = actor_of_request(request), clock.now()
        case = selectors.application_get(application_id, actor=actor, at=at)
        if not (request.content_type or "").startswith("multipart/"):
            values = self.read(ApplicationEvidenceIn, request)
            row = services.application_add_evidence(application_id=application_id, **values, actor=actor, at=at)
            return Response(application_evidence_json(row), status=201)
        values = self.read(ApplicationEvidenceForm, request)
        file: UploadedFile[bytes] = values["file"]
        with transaction.atomic():
            evidence = evidence_store_file(
                organisation_id=case.service.provider_id,
                content=file,  # type: ignore[arg-type] # an uploaded file reads like any binary file
                filename=values.get("filename") or file.name or "",
                actor=actor,
                at=at,
            )
            row = services.application_add_evidence(
                application_id=application_id,
                evidence_id=evidence.pk,
                kind=values["kind"],
                title=values["title"],
                actor=actor,
                at=at,
            )
        return Response(application_evidence_json(row), status=201)


def _move(service: Any, name: str, says: str, **more: Any) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag=TAG,
        says=says,
        subject="application_id",
        guard=lambda application_id, /, *, actor, at: selectors.application_get(application_id, actor=actor, at=at),
        **{"answer": ApplicationOut, "shape": application_detail_json, **more},
    )


def _opened(row: Assessment) -> dict[str, Any]:
    return assessment_json(assessment_get(row.pk))


Submit = _move(services.application_submit, "application_submit", "Seal the documents and hand in", body=SubmitIn)
Return = _move(services.application_return, "application_return", "Give it back to be completed", body=ReasonsIn)
Accept = _move(services.application_accept, "application_accept", "Take the case, as the chosen body")
Refuse = _move(services.application_refuse, "application_refuse", "Not take the case, and say why", body=ReasonsIn)
Withdraw = _move(
    services.application_withdraw, "application_withdraw", "Give up before the decision", body=OptionalReasonsIn
)
OpenAssessment = _move(
    services.assessment_open,
    "assessment_open",
    "Open the assessment of an accepted case",
    answer=AssessmentOut,
    shape=_opened,
    status=201,
)
Conclude = _move(services.application_conclude, "application_conclude", "Take over the report of the assessment")
Forward = _move(services.application_forward, "application_forward", "Hand the case over for decision")
