"""Assessments: team, stages, results, conclusion."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from conformity import selectors, services
from conformity.api.access import assessment_visible, assessments_visible_to, is_of_body
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import Assessment
from conformity.serializers import (
    AssessmentDetailOut,
    AssessmentOut,
    AssessmentPage,
    ConcludeIn,
    CriterionPage,
    MemberIn,
    MemberOut,
    ReasonsIn,
    ReportOut,
    ResultList,
    ResultsIn,
    assessment_detail_json,
    assessment_json,
    criterion_json,
    member_json,
    report_json,
    result_json,
)
from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.base.problems import not_found
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_of_request

TAG = "assessment"
READ = {"GET": "case:read", "HEAD": "case:read"}


class AssessmentsEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="assessments_list", tags=[TAG], responses=AssessmentPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """Assessments of one's own body or organisation, newest first."""
        rows = assessments_visible_to(actor_of_request(request), clock.now())
        return Response(page(rows, request, order=("-opened_at", "-id"), serialize=assessment_json))


class AssessmentEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="assessment_get", tags=[TAG], responses=AssessmentDetailOut)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """One assessment with its team and what is still missing."""
        row = assessment_visible(assessment_id, actor=actor_of_request(request), at=clock.now())
        return Response(assessment_detail_json(row))


class ApplicableCriteriaEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="assessment_criteria", tags=[TAG], responses=CriterionPage)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """The criteria that this assessment must answer, all at once."""
        row = assessment_visible(assessment_id, actor=actor_of_request(request), at=clock.now())
        found = selectors.criteria_applicable(row.criteria_set_id, ServiceKind(row.service_kind), Level(row.level))
        return Response({"results": [criterion_json(criterion) for criterion in found], "next": None})


class TeamEndpoint(Endpoint):
    @extend_schema(operation_id="assessment_member_assign", tags=[TAG], request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Assign a person who declared before to have no conflict with the provider."""
        actor, at = actor_of_request(request), clock.now()
        assessment_visible(assessment_id, actor=actor, at=at)
        values = self.read(MemberIn, request)
        row = services.assessment_member_assign(assessment_id=assessment_id, **values, actor=actor, at=at)
        return Response(member_json(row), status=201)


class MemberEndpoint(Endpoint):
    @extend_schema(operation_id="assessment_member_remove", tags=[TAG], request=None, responses={204: None})
    def delete(self, request: Request, assessment_id: UUID, person_id: UUID) -> Response:
        """Take a person out of the team."""
        actor, at = actor_of_request(request), clock.now()
        assessment_visible(assessment_id, actor=actor, at=at)
        services.assessment_member_remove(assessment_id=assessment_id, person_id=person_id, actor=actor, at=at)
        return Response(status=204)


class ResultsEndpoint(Endpoint):
    scopes = READ

    def _all(self, row: Assessment, *, notes: bool) -> dict[str, Any]:
        found = selectors.results_latest(row.pk)
        return {"results": [result_json(result, notes=notes) for result in found], "next": None}

    @extend_schema(operation_id="results_list", tags=[TAG], responses=ResultList)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """The latest result for each criterion, all at once. The team's notes are for its body only."""
        actor, at = actor_of_request(request), clock.now()
        row = assessment_visible(assessment_id, actor=actor, at=at)
        return Response(self._all(row, notes=is_of_body(row, actor=actor, at=at)))

    @extend_schema(operation_id="results_record", tags=[TAG], request=ResultsIn, responses={201: ResultList})
    def post(self, request: Request, assessment_id: UUID) -> Response:
        """Record results for one or many criteria: all of them or none."""
        actor, at = actor_of_request(request), clock.now()
        row = assessment_visible(assessment_id, actor=actor, at=at)
        services.results_record(assessment_id=assessment_id, **self.read(ResultsIn, request), actor=actor, at=at)
        return Response(self._all(row, notes=True), status=201)


class ReportEndpoint(Endpoint):
    scopes = READ

    @extend_schema(operation_id="assessment_report", tags=[TAG], responses=ReportOut)
    def get(self, request: Request, assessment_id: UUID) -> Response:
        """The report of a concluded assessment."""
        assessment_visible(assessment_id, actor=actor_of_request(request), at=clock.now())
        report = selectors.report_of(assessment_id)
        if report is None:
            raise not_found()
        return Response(report_json(report))


def _moved(row: Assessment) -> dict[str, Any]:
    return assessment_json(selectors.assessment_get(row.pk))


def _move(service: Any, name: str, says: str, **more: Any) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag=TAG,
        says=says,
        subject="assessment_id",
        guard=assessment_visible,
        **{"answer": AssessmentOut, "shape": _moved, **more},
    )


ExamineDocuments = _move(
    services.assessment_examine_documents, "assessment_examine_documents", "Begin stage 1, the examination of documents"
)
GoOnSite = _move(services.assessment_go_on_site, "assessment_go_on_site", "Begin stage 2, on site")
Submit = _move(services.assessment_submit, "assessment_submit", "Hand the results to the decider of the body")
Return = _move(services.assessment_return, "assessment_return", "Give the assessment back to its team", body=ReasonsIn)
Cancel = _move(services.assessment_cancel, "assessment_cancel", "Cancel an assessment; its record stays")
Conclude = _move(
    services.assessment_conclude,
    "assessment_conclude",
    "Conclude, by a decider outside the team; the report's hash binds everything",
    body=ConcludeIn,
    answer=ReportOut,
    shape=report_json,
    status=201,
)
