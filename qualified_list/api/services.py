"""Services as the list says them, with the chain behind each state."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from certification.api import services as registered
from certification.serializers import RegisteredServiceOut, service_json
from conformity.domain.service_kinds import TrustElement
from conformity.models import Accreditation
from qualified_list import selectors
from qualified_list.domain.model import LEVELS, Status
from qualified_list.selectors import ServiceFilter
from qualified_list.serializers import ListedServiceDetail, ListedServicePage, ServiceQuery
from trustreg.base import clock
from trustreg.base.api import SAFE
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.base.openapi import paged
from trustreg.base.pagination import page_after
from trustreg.parties.authentication import actor_if_any

TAG = "services"
MAX_TEXTS = 200


class ServicesEndpoint(registered.ServicesEndpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="services_list",
        tags=[TAG],
        responses=ListedServicePage,
        parameters=[
            OpenApiParameter("q", str, description="Part of a name of the service or its provider"),
            OpenApiParameter("level", str, enum=sorted(LEVELS)),
            OpenApiParameter("status", str, enum=[status.value for status in Status]),
            OpenApiParameter("type", str, description="Service type URI (ETSI TS 119 612 5.5.1)"),
            OpenApiParameter("trust_element", str, enum=[element.value for element in TrustElement]),
            OpenApiParameter("corporate_number", str, description="13 digits"),
            OpenApiParameter("certificate_sha256", str, description="64 hexadecimal digits"),
            OpenApiParameter("at", str, description="As listed at this time, such as 2026-01-31T09:00:00Z"),
            *paged(),
        ],
    )
    def get(self, request: Request) -> Response:
        """Listed services, now or at a time. A service that is not here is not certified."""
        now = clock.now()
        criteria = ServiceFilter(**self.read_query(ServiceQuery, request))
        if criteria.at is not None and criteria.at > now:
            raise InvalidInput(
                "'at' lies in the future; nobody knows the lists of then.",
                "at が未来の時刻です。現在以前を指定してください。",
                fields={"at": {"en": "Expected now or earlier.", "ja": "現在以前を指定してください。"}},
            )
        answer = page_after(
            request,
            name="services",
            kind=uuid.UUID,
            find=lambda after, limit: selectors.listed_services(criteria, now=now, after=after, limit=limit),
            serialize=dict,
        )
        return Response(answer)


class ServiceEndpoint(registered.ServiceEndpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="service_get",
        tags=[TAG],
        responses=PolymorphicProxySerializer("ServiceAnswer", [ListedServiceDetail, RegisteredServiceOut], None),
    )
    def get(self, request: Request, service_id: UUID) -> Response:
        """One listed service with identities, history, and the chain behind each state.

        The id is that of the entry or of the registry service. One that no list ever carried is shown to its provider
        and to those who have a case about it, and does not exist for anybody else.
        """
        actor, now = actor_if_any(request), clock.now()
        try:
            found = selectors.listed_service(service_id, now=now)
        except NotFound:
            if actor is None:
                raise
            return Response(service_json(registered.service_visible(service_id, actor=actor, at=now)))
        found["chain"] = _with_links(found["history"][0]["chain"])
        return Response(found)


def _with_links(chain: dict[str, Any] | None) -> dict[str, Any] | None:
    """The chain with the body that assessed, and where each of its links is found."""
    if chain is None:
        return None
    cab = None
    if chain["accreditation"]:
        cab = Accreditation.objects.filter(pk=chain["accreditation"]).values_list("cab_id", flat=True).first()
    places = {
        "decision": ("decisions", chain["decision"]),
        "list": ("lists", chain["list_sequence"]),
        "assessment_report": ("reports", chain["assessment_report_sha256"]),
        "accreditation": ("accreditations", chain["accreditation"]),
        "application": ("applications", chain["application"]),
        "cab": ("organisations", cab),
    }
    links = {name: f"/api/v1/{place}/{key}" for name, (place, key) in places.items() if key is not None}
    return {**chain, "cab": str(cab) if cab else None, "links": links}
