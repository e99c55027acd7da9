"""Acts on services. What is listed of them is read from the app above."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from certification import services
from certification.models import Service
from certification.selectors import applications_visible_to, service_get
from certification.serializers import (
    DecisionOut,
    IdentityIn,
    IdentityOut,
    RegisteredServiceOut,
    ServiceChangeIn,
    ServiceIn,
    UrgentIn,
    decision_detail_json,
    identity_json,
    service_json,
)
from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.base.problems import not_found
from trustreg.parties.authentication import actor_of_request
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import AB_ROLES, PROVIDER_ROLES
from trustreg.parties.selectors import organisations_of

TAG = "services"


def service_visible(service_id: UUID, /, *, actor: Actor, at: datetime) -> Service:
    """A service for its provider, an accreditation body, or whoever sees an application for it. Raises NotFound."""
    service = service_get(service_id)
    mine = service.provider_id in organisations_of(actor.person_id, at, roles=PROVIDER_ROLES)
    if mine or organisations_of(actor.person_id, at, roles=AB_ROLES):
        return service
    if applications_visible_to(actor, at).filter(service=service).exists():
        return service
    raise not_found()


class ServicesEndpoint(Endpoint):
    @extend_schema(
        operation_id="service_register", tags=[TAG], request=ServiceIn, responses={201: RegisteredServiceOut}
    )
    def post(self, request: Request) -> Response:
        """Register a service of one's organisation. It has no level until one is granted."""
        values = self.read(ServiceIn, request)
        row = services.service_register(**values, actor=actor_of_request(request), at=clock.now())
        return Response(service_json(row), status=201, headers={"Location": f"/api/v1/services/{row.pk}"})


class ServiceEndpoint(Endpoint):
    @extend_schema(operation_id="service_update", tags=[TAG], request=ServiceChangeIn, responses=RegisteredServiceOut)
    def patch(self, request: Request, service_id: UUID) -> Response:
        """Change what the provider declares; what stands changes only by a decision."""
        actor, at = actor_of_request(request), clock.now()
        service_visible(service_id, actor=actor, at=at)
        row = services.service_update(service_id=service_id, **self.read(ServiceChangeIn, request), actor=actor, at=at)
        return Response(service_json(service_get(row.pk)))


class IdentitiesEndpoint(Endpoint):
    @extend_schema(operation_id="identity_add", tags=[TAG], request=IdentityIn, responses={201: IdentityOut})
    def post(self, request: Request, service_id: UUID) -> Response:
        """Register a certificate (PEM or base64 DER) of a key of the service. It can't be changed or removed."""
        actor, at = actor_of_request(request), clock.now()
        service_visible(service_id, actor=actor, at=at)
        values = self.read(IdentityIn, request)
        row = services.identity_add(service_id=service_id, **values, actor=actor, at=at)
        row.refresh_from_db()
        return Response(identity_json(row), status=201)


class UrgentSuspensionEndpoint(Endpoint):
    @extend_schema(operation_id="service_suspend_urgently", tags=[TAG], request=UrgentIn, responses={201: DecisionOut})
    def post(self, request: Request, service_id: UUID) -> Response:
        """Suspend at once on one signature. It stays until two people confirm or lift it."""
        values = self.read(UrgentIn, request)
        row = services.service_suspend_urgently(
            service_id=service_id,
            reasons=dict(values["reasons"]),
            findings=tuple(str(one) for one in values.get("findings", ())),
            incidents=tuple(str(one) for one in values.get("incidents", ())),
            actor=actor_of_request(request),
            at=clock.now(),
        )
        return Response(decision_detail_json(row), status=201, headers={"Location": f"/api/v1/decisions/{row.pk}"})
