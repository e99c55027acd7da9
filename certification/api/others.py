"""Incidents and document levels."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from certification import selectors, services
from certification.models import Incident
from certification.serializers import (
    DocumentLevelOut,
    DocumentLevelPage,
    IncidentIn,
    IncidentOut,
    IncidentPage,
    document_level_json,
    incident_json,
)
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page, page_sequence
from trustreg.parties.authentication import actor_of_request
from trustreg.parties.domain.roles import AB_ROLES, PROVIDER_ROLES
from trustreg.parties.selectors import organisations_of


class IncidentsEndpoint(Endpoint):
    scopes = {"GET": "case:read", "HEAD": "case:read"}

    @extend_schema(operation_id="incidents_list", tags=["incidents"], responses=IncidentPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """Incidents of one's own services; all of them for an accreditation body. Never public."""
        actor, at = actor_of_request(request), clock.now()
        rows = Incident.objects.all()
        if not organisations_of(actor.person_id, at, roles=AB_ROLES):
            providers = organisations_of(actor.person_id, at, roles=PROVIDER_ROLES)
            rows = rows.filter(service__provider__in=providers)
        return Response(page(rows, request, order=("-reported_at", "-id"), serialize=incident_json))

    @extend_schema(operation_id="incident_report", tags=["incidents"], request=IncidentIn, responses={201: IncidentOut})
    def post(self, request: Request) -> Response:
        """Report an incident of a service of one's organisation; the clock runs from `aware_at`."""
        values = self.read(IncidentIn, request)
        row = services.incident_report(**values, actor=actor_of_request(request), at=clock.now())
        return Response(incident_json(row), status=201)


class DocumentLevelsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="document_levels_list", tags=["document levels"], responses=DocumentLevelPage, parameters=paged()
    )
    def get(self, request: Request) -> Response:
        """Which document needs which level. Rows marked illustrative are neither law nor advice."""
        rows = selectors.document_levels()
        answer = page_sequence(
            rows, request, name="document-levels", key=lambda row: row.code, serialize=document_level_json
        )
        return Response(answer)


class DocumentLevelEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="document_level_get", tags=["document levels"], responses=DocumentLevelOut)
    def get(self, request: Request, code: str) -> Response:
        """One row of the table of document levels."""
        return Response(document_level_json(selectors.document_level_get(code)))
