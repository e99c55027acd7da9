"""Findings: raised, answered, verified, closed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from conformity import selectors, services
from conformity.api.access import assessment_visible, finding_visible
from conformity.api.assessments import READ
from conformity.models import Finding
from conformity.serializers import (
    CorrectionIn,
    FindingIn,
    FindingList,
    FindingOut,
    OptionalTextIn,
    RegradeIn,
    TextIn,
    finding_json,
)
from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_of_request

TAG = "findings"


class FindingsEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="findings_list", tags=[TAG], responses=FindingList)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """The findings of an assessment with their answers, all at once."""
        assessment_visible(assessment_id, actor=actor_of_request(request), at=clock.now())
        found = selectors.findings_of(assessment_id)
        return Response({"results": [finding_json(row) for row in found], "next": None})

    @extend_schema(operation_id="finding_raise", tags=[TAG], request=FindingIn, responses={201: FindingOut})
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Raise a finding on an applicable criterion; its deadlines come from the scheme."""
        actor, at = actor_of_request(request), clock.now()
        assessment_visible(assessment_id, actor=actor, at=at)
        row = services.finding_raise(assessment_id=assessment_id, **self.read(FindingIn, request), actor=actor, at=at)
        return Response(finding_json(row), status=201, headers={"Location": f"/api/v1/findings/{row.pk}"})


class FindingEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="finding_get", tags=[TAG], responses=FindingOut)
    def get(self, request: Request, finding_id: UUID) -> Response:
        """One finding with its answers."""
        return Response(finding_json(finding_visible(finding_id, actor=actor_of_request(request), at=clock.now())))


def _moved(row: Finding) -> dict[str, Any]:
    return finding_json(Finding.objects.select_related("criterion").prefetch_related("answers").get(pk=row.pk))


def _move(service: Any, name: str, says: str, body: Any) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag=TAG,
        says=says,
        subject="finding_id",
        body=body,
        answer=FindingOut,
        shape=_moved,
        guard=finding_visible,
    )


SubmitPlan = _move(services.finding_plan_submit, "finding_plan_submit", "Say how and by when it is corrected", TextIn)
AcceptPlan = _move(services.finding_plan_accept, "finding_plan_accept", "Accept the plan", OptionalTextIn)
ReturnPlan = _move(services.finding_plan_return, "finding_plan_return", "Give the plan back with reasons", TextIn)
Correct = _move(services.finding_correct, "finding_correct", "Report the correction, with evidence", CorrectionIn)
Reopen = _move(services.finding_reopen, "finding_reopen", "Find the correction wanting", TextIn)
Verify = _move(
    services.finding_verify, "finding_verify", "Verify the correction and close, never by who corrected", OptionalTextIn
)
Regrade = _move(services.finding_regrade, "finding_regrade", "Change the grade, by a second person", RegradeIn)
