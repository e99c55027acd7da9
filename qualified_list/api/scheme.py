"""The scheme information of the list: read by anybody, edited by its operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from qualified_list import selectors, services
from qualified_list.domain.model import Address, PostalAddress, Scheme, Text, by_language, texts
from qualified_list.serializers import SchemeIn, SchemeOut
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.parties.authentication import actor_of_request


def scheme_json(scheme: Scheme, version: int) -> dict[str, Any]:
    """The scheme as its operator edits it."""
    return {
        "version": version,
        "territory": scheme.territory,
        "operator_name": by_language(scheme.operator_name),
        "name": by_language(scheme.name),
        "information_uri": by_language(scheme.information_uri),
        "legal_notice": by_language(scheme.legal_notice),
        "postal_addresses": [
            {
                "lang": address.lang,
                "street": address.street,
                "locality": address.locality,
                "region": address.region or "",
                "postal_code": address.postal_code or "",
                "country": address.country,
            }
            for address in scheme.operator_address.postal
        ],
        "electronic_addresses": [text.value for text in scheme.operator_address.electronic],
        "status_base": scheme.status_base,
        "distribution_points": list(scheme.distribution_points),
        "next_update_days": scheme.next_update_days,
    }


def _scheme(values: dict[str, Any], before: Scheme | None) -> Scheme:
    """The scheme of a request; what the form does not hold (policy, community rules) stays as it was."""
    read = Scheme(
        territory=values["territory"],
        operator_name=texts(values["operator_name"]),
        operator_address=Address(
            postal=tuple(
                PostalAddress(
                    lang=row["lang"],
                    street=row["street"],
                    locality=row["locality"],
                    country=row["country"],
                    region=row.get("region") or None,
                    postal_code=row.get("postal_code") or None,
                )
                for row in values["postal_addresses"]
            ),
            electronic=tuple(Text("en", uri) for uri in values["electronic_addresses"]),
        ),
        name=texts(values["name"]),
        information_uri=texts(values["information_uri"]),
        legal_notice=texts(values["legal_notice"]),
        status_base=values["status_base"],
        distribution_points=tuple(values["distribution_points"]),
        next_update_days=values["next_update_days"],
    )
    if before is None or before.territory != read.territory:
        return read
    return replace(read, community_rules=before.community_rules, policy=before.policy)


class SchemeEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="list_scheme_get", tags=["lists"], responses=SchemeOut)
    def get(self, request: Request) -> Response:
        """Who operates the list, under which names, addresses and rules: the version that the next issue carries."""
        row = services.scheme_in_force()
        return Response(scheme_json(selectors.scheme_of(row), row.version))

    @extend_schema(operation_id="list_scheme_update", tags=["lists"], request=SchemeIn, responses=SchemeOut)
    def put(self, request: Request) -> Response:
        """Replace the scheme information; the next issue carries it, and it is published at once."""
        actor, at = actor_of_request(request), clock.now()
        values = self.read(SchemeIn, request)
        before = selectors.latest_scheme()
        row = services.list_scheme_update(scheme=_scheme(values, before), actor=actor, at=at)
        return Response(scheme_json(selectors.scheme_of(row), row.version))
