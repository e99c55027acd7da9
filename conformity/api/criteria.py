"""Criteria sets and their criteria."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from conformity import selectors, services
from conformity.serializers import (
    CriteriaQuery,
    CriteriaSetIn,
    CriteriaSetOut,
    CriteriaSetPage,
    CriterionPage,
    criteria_set_json,
    criterion_json,
)
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_of_request


class CriteriaEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="criteria_list",
        tags=["criteria"],
        responses=CriterionPage,
        parameters=[OpenApiParameter("criteria_set", UUID, description="One set; else every set in force"), *paged()],
    )
    def get(self, request: Request) -> Response:
        """The criteria of a set, else of every set in force."""
        values = self.read_query(CriteriaQuery, request)
        rows = selectors.criteria_public(criteria_set_id=values.get("criteria_set"))
        return Response(page(rows, request, order=("criteria_set_id", "position"), serialize=criterion_json))


class CriteriaSetsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="criteria_sets_list", tags=["criteria"], responses=CriteriaSetPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """Every criteria set but drafts."""
        rows = selectors.criteria_sets_public()
        return Response(page(rows, request, order=("code", "-created_at"), serialize=criteria_set_json))

    @extend_schema(
        operation_id="criteria_set_load", tags=["criteria"], request=CriteriaSetIn, responses={201: CriteriaSetOut}
    )
    def post(self, request: Request) -> Response:
        """Draft a criteria set from the shipped catalogue."""
        values = self.read(CriteriaSetIn, request)
        row = services.criteria_load(**values, actor=actor_of_request(request), at=clock.now())
        return Response(criteria_set_json(row), status=201)


def _set_act(service: Any, name: str, says: str) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag="criteria",
        says=says,
        subject="criteria_set_id",
        answer=CriteriaSetOut,
        shape=criteria_set_json,
    )


OpenComment = _set_act(services.criteria_set_open_comment, "criteria_set_open_comment", "Open a draft for comment")
Revise = _set_act(services.criteria_set_revise, "criteria_set_revise", "Take a set back to draft after comments")
Approve = _set_act(services.criteria_set_approve, "criteria_set_approve", "Approve a set, by another than its editor")
PutInForce = _set_act(services.criteria_set_put_in_force, "criteria_set_put_in_force", "Put an approved set in force")
Retire = _set_act(services.criteria_set_retire, "criteria_set_retire", "Retire a superseded set after its transition")
