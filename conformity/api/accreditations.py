"""Accreditation of conformity assessment bodies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from conformity import selectors, services
from conformity.api.access import accreditation_decision_visible, accreditation_of_body, accreditation_visible
from conformity.models import Accreditation
from conformity.serializers import (
    AccreditationDecisionIn,
    AccreditationDecisionOut,
    AccreditationDecisionPage,
    AccreditationIn,
    AccreditationOut,
    AccreditationPage,
    DraftHashIn,
    ReasonsIn,
    accreditation_decision_json,
    accreditation_json,
)
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_if_any, actor_of_request


class AccreditationsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="accreditations_list", tags=["accreditation"], responses=AccreditationPage, parameters=paged()
    )
    def get(self, request: Request) -> Response:
        """The public directory of accredited bodies with their scopes."""
        return Response(
            page(selectors.accreditations_public(), request, order=("number",), serialize=accreditation_json)
        )

    @extend_schema(
        operation_id="accreditation_apply",
        tags=["accreditation"],
        request=AccreditationIn,
        responses={201: AccreditationOut},
    )
    def post(self, request: Request) -> Response:
        """Enter a body's application for accreditation."""
        values = self.read(AccreditationIn, request)
        row = services.accreditation_apply(**values, actor=actor_of_request(request), at=clock.now())
        return Response(accreditation_json(row), status=201, headers={"Location": f"/api/v1/accreditations/{row.pk}"})


class AccreditationEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="accreditation_get", tags=["accreditation"], responses=AccreditationOut)
    def get(self, request: Request, accreditation_id: UUID) -> Response:
        """One accreditation; while it is examined, for its two bodies only."""
        row = accreditation_visible(accreditation_id, actor=actor_if_any(request), at=clock.now())
        return Response(accreditation_json(row))


class AccreditationDecisionsEndpoint(Endpoint):
    @extend_schema(
        operation_id="accreditation_decisions_list",
        tags=["accreditation"],
        responses=AccreditationDecisionPage,
        parameters=paged(),
    )
    def get(self, request: Request, accreditation_id: UUID) -> Response:
        """Proposals and decisions on a body, for the accreditation body."""
        row = accreditation_of_body(accreditation_id, actor=actor_of_request(request), at=clock.now())
        rows = row.decisions.all()
        return Response(page(rows, request, order=("proposed_at", "id"), serialize=accreditation_decision_json))

    @extend_schema(
        operation_id="accreditation_decision_propose",
        tags=["accreditation"],
        request=AccreditationDecisionIn,
        responses={201: AccreditationDecisionOut},
    )
    def post(self, request: Request, accreditation_id: UUID) -> Response:
        """Propose to grant, change the scope, suspend, lift or withdraw. Another person approves `draft_sha256`."""
        actor, at = actor_of_request(request), clock.now()
        accreditation_of_body(accreditation_id, actor=actor, at=at)
        values = self.read(AccreditationDecisionIn, request)
        row = services.accreditation_decision_propose(accreditation_id=accreditation_id, **values, actor=actor, at=at)
        return Response(accreditation_decision_json(row), status=201)


def _examined(row: Accreditation) -> dict[str, Any]:
    return accreditation_json(selectors.accreditation_get(row.pk))


def _move(service: Any, name: str, says: str, **more: Any) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag="accreditation",
        says=says,
        subject="accreditation_id",
        answer=AccreditationOut,
        shape=_examined,
        guard=accreditation_of_body,
        **more,
    )


ReviewDocuments = _move(
    services.accreditation_review_documents, "accreditation_review_documents", "Begin the document review"
)
AssessOffice = _move(services.accreditation_assess_office, "accreditation_assess_office", "Begin the office assessment")
Witness = _move(services.accreditation_witness, "accreditation_witness", "Begin witnessing an audit of the body")
Refuse = _move(services.accreditation_refuse, "accreditation_refuse", "Refuse an application", body=ReasonsIn)


def _decision(service: Any, name: str, says: str) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag="accreditation",
        says=says,
        subject="decision_id",
        body=DraftHashIn,
        answer=AccreditationDecisionOut,
        shape=accreditation_decision_json,
        guard=accreditation_decision_visible,
    )


Approve = _decision(
    services.accreditation_decision_approve,
    "accreditation_decision_approve",
    "Approve a proposal, by a second person, on the hash that was shown",
)
Reject = _decision(
    services.accreditation_decision_reject, "accreditation_decision_reject", "Reject a proposal, by a second person"
)
