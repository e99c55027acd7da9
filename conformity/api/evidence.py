"""Evidence: handed in by its SHA-256, read under a custody log."""

from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from conformity import selectors, services
from conformity.serializers import EvidenceForm, EvidenceOut, EvidencePage, evidence_json
from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.base.parsing import StrictMultiPartParser
from trustreg.base.problems import not_found
from trustreg.conf import settings as conf
from trustreg.parties.authentication import actor_of_request
from trustreg.parties.domain.roles import PROVIDER_ROLES
from trustreg.parties.selectors import organisations_of

TAG = "evidence"
READ = {"GET": "evidence:read", "HEAD": "evidence:read"}
FORM_MARGIN = 1 << 20


class OrganisationEvidenceEndpoint(Endpoint):
    scopes = READ
    max_body = conf.max_evidence_bytes + FORM_MARGIN
    parser_classes = (StrictMultiPartParser,)

    @extend_schema(operation_id="evidence_list", tags=[TAG], responses=EvidencePage, parameters=paged())
    def get(self, request: Request, organisation_id: UUID) -> Response:
        """All evidence of one's own organisation, every version."""
        actor, at = actor_of_request(request), clock.now()
        if organisation_id not in organisations_of(actor.person_id, at, roles=PROVIDER_ROLES):
            raise not_found()
        rows = selectors.evidence_of(organisation_id)
        return Response(page(rows, request, order=("uploaded_at", "id"), serialize=evidence_json))

    @extend_schema(
        operation_id="evidence_store",
        tags=[TAG],
        request={"multipart/form-data": EvidenceForm},
        responses={201: EvidenceOut},
    )
    def post(self, request: Request, organisation_id: UUID) -> Response:
        """Hand in a file for one's organisation; its SHA-256 names it from then on."""
        actor, at = actor_of_request(request), clock.now()
        values = self.read(EvidenceForm, request)
        file: UploadedFile[bytes] = values["file"]
        row = services.evidence_store_file(
            organisation_id=organisation_id,
            content=file,  # type: ignore[arg-type] # an uploaded file reads like any binary file
            filename=values.get("filename") or file.name or "",
            previous_id=values.get("previous_id"),
            actor=actor,
            at=at,
        )
        return Response(evidence_json(row), status=201, headers={"Location": f"/api/v1/evidence/{row.pk}"})


class EvidenceEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="evidence_get", tags=[TAG], responses=EvidenceOut)
    def get(self, request: Request, evidence_id: UUID) -> Response:
        """What is recorded of a piece of evidence: hash, size, receipt."""
        row = selectors.evidence_get(evidence_id)
        if not services.may_read(row, actor_of_request(request), clock.now()):
            raise not_found()
        return Response(evidence_json(row))


class EvidenceContentEndpoint(Endpoint):
    scopes = READ

    @extend_schema(
        operation_id="evidence_content", tags=[TAG], responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, evidence_id: UUID) -> FileResponse:
        """The content, as a download; every reading is written into the custody log first."""
        row, content = services.evidence_open(
            evidence_id=evidence_id, purpose="api", actor=actor_of_request(request), at=clock.now()
        )
        return FileResponse(content, as_attachment=True, filename=row.filename, content_type="application/octet-stream")
