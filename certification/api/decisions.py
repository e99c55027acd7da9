"""Decisions: proposed by one person, approved by another on the hash that they were shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from certification import selectors, services
from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionKind
from certification.models import Decision
from certification.serializers import (
    ContentHashIn,
    DecisionIn,
    DecisionOut,
    DecisionPage,
    PublicDecisionOut,
    PublicDecisionPage,
    PublicReportOut,
    decision_detail_json,
    decision_json,
    public_decision_json,
)
from conformity.models import Report
from conformity.serializers import ReasonsIn, time
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.errors import InvalidInput
from trustreg.base.openapi import paged
from trustreg.base.pagination import page
from trustreg.base.problems import not_found
from trustreg.parties.acts import act
from trustreg.parties.authentication import actor_if_any, actor_of_request
from trustreg.parties.domain.actors import Actor

TAG = "decisions"
BY_APPLICATION = frozenset({DecisionKind.GRANT, DecisionKind.UPGRADE, DecisionKind.RENEW})
_OF_CHANGE = ("names", "usages", "certificates", "supply_points", "definition_uri")


def _needed(field: str) -> InvalidInput:
    return InvalidInput(
        f"This kind of decision needs '{field}'.",
        f"この種別の決定には {field} が必要です。",
        fields={field: {"en": "A value is needed.", "ja": "入力してください。"}},
    )


def draft(values: dict[str, Any], *, at: datetime, decision_id: UUID | None = None) -> DecisionContent:
    """The content that a request asks for, made from what the record holds.

    Raises InvalidInput (a member is missing, or the record calls for another kind), and what the drafts raise.
    """
    kind: DecisionKind = values["kind"]
    reasons: dict[str, str] = dict(values["reasons"])
    application_id, service_id = values.get("application_id"), values.get("service_id")
    if kind in BY_APPLICATION or kind is DecisionKind.REJECT or (kind is DecisionKind.CHANGE and application_id):
        if application_id is None:
            raise _needed("application_id")
        if kind is DecisionKind.REJECT:
            return selectors.draft_reject(application_id, reasons=reasons, at=at, decision_id=decision_id)
        found = selectors.draft_grant(
            application_id, reasons=reasons, at=at, valid_until=values.get("valid_until"), decision_id=decision_id
        )
        if found.kind is not kind:
            raise InvalidInput(
                f"The application calls for '{found.kind}', not '{kind}'.",
                f"この申請に対する決定の種別は「{found.kind}」です。",
                fields={"kind": {"en": f"Expected {found.kind}.", "ja": f"「{found.kind}」を指定してください。"}},
            )
        return found
    if service_id is None:
        raise _needed("service_id")
    if kind is DecisionKind.CHANGE:
        parts = {name: values[name] for name in _OF_CHANGE if name in values}
        return selectors.draft_change(service_id, reasons=reasons, **parts, decision_id=decision_id)
    return selectors.draft_step(
        service_id,
        kind,
        reasons=reasons,
        findings=[str(one) for one in values.get("findings", ())],
        incidents=[str(one) for one in values.get("incidents", ())],
        decision_id=decision_id,
    )


class DecisionsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="decisions_list", tags=[TAG], responses=PublicDecisionPage, parameters=paged())
    def get(self, request: Request) -> Response:
        """Decisions in force, newest first."""

        def shown(row: Decision) -> dict[str, Any]:
            return {
                "id": str(row.pk),
                "number": row.number,
                "kind": row.kind,
                "service": str(row.service_id),
                "service_name": row.service.names,
                "status": row.status,
            }

        return Response(page(selectors.public_decisions(), request, order=("-opened_at", "-id"), serialize=shown))

    @extend_schema(operation_id="decision_propose", tags=[TAG], request=DecisionIn, responses={201: DecisionOut})
    def post(self, request: Request) -> Response:
        """Propose a decision; the answer shows the draft and the hash that another person approves."""
        actor, at = actor_of_request(request), clock.now()
        values = self.read(DecisionIn, request)
        _check_sight(values, actor, at)
        row = services.decision_propose(draft=draft(values, at=at), actor=actor, at=at)
        return Response(decision_detail_json(row), status=201, headers={"Location": f"/api/v1/decisions/{row.pk}"})


def _check_sight(values: dict[str, Any], actor: Actor, at: datetime) -> None:
    """A case that the actor does not see does not exist for them."""
    if values.get("application_id") is not None:
        selectors.application_get(values["application_id"], actor=actor, at=at)


class OpenDecisionsEndpoint(Endpoint):
    scopes = {"GET": "case:read", "HEAD": "case:read"}

    @extend_schema(
        operation_id="open_decisions_list",
        tags=[TAG],
        responses=DecisionPage,
        parameters=[OpenApiParameter("status", str), *paged()],
    )
    def get(self, request: Request) -> Response:
        """All decisions of one's accreditation body, open ones and refusals included, newest first."""
        rows = selectors.decisions_visible_to(actor_of_request(request), clock.now())
        status = request.query_params.get("status")
        if status is not None:
            rows = rows.filter(status=status[:20])
        return Response(page(rows, request, order=("-opened_at", "-id"), serialize=decision_json))


class DecisionEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="decision_get",
        tags=[TAG],
        responses=PolymorphicProxySerializer("DecisionAnswer", [PublicDecisionOut, DecisionOut], None),
    )
    def get(self, request: Request, decision_id: UUID) -> Response:
        """A decision in force; for people of its body also an open one, with the draft and its hash."""
        actor = actor_if_any(request)
        if actor is not None and (actor.scopes is None or "case:read" in actor.scopes):
            row = selectors.decisions_visible_to(actor, clock.now()).filter(pk=decision_id).first()
            if row is not None:
                return Response(decision_detail_json(row))
        return Response(public_decision_json(selectors.public_decision_get(decision_id)))


def decision_visible(decision_id: UUID, /, *, actor: Actor, at: datetime) -> Decision:
    return selectors.decision_get_for(decision_id, actor=actor, at=at)


class EditDecisionEndpoint(Endpoint):
    @extend_schema(operation_id="decision_edit", tags=[TAG], request=DecisionIn, responses=DecisionOut)
    def post(self, request: Request, decision_id: UUID) -> Response:
        """Replace the draft of an open decision; every hash that was shown of the earlier one is void."""
        actor, at = actor_of_request(request), clock.now()
        decision_visible(decision_id, actor=actor, at=at)
        values = self.read(DecisionIn, request)
        _check_sight(values, actor, at)
        content = draft(values, at=at, decision_id=decision_id)
        row = services.decision_edit(decision_id=decision_id, draft=content, actor=actor, at=at)
        return Response(decision_detail_json(row))


def _move(service: Any, name: str, says: str, **more: Any) -> type[Endpoint]:
    return act(
        service,
        name=name,
        tag=TAG,
        says=says,
        subject="decision_id",
        guard=decision_visible,
        answer=DecisionOut,
        shape=decision_detail_json,
        **more,
    )


Approve = _move(
    services.decision_approve,
    "decision_approve",
    "Approve the draft by its hash, as the second person; it is listed from the next issue",
    body=ContentHashIn,
)
Return = _move(services.decision_return, "decision_return", "Send the proposal back with reasons", body=ReasonsIn)
Drop = _move(services.decision_drop, "decision_drop", "Give an open decision up; the record is kept")


class PublicReportEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="report_get", tags=[TAG], responses=PublicReportOut)
    def get(self, request: Request, sha256: str) -> Response:
        """What is public of the assessment report behind a granted application; its contents are not."""
        report = Report.objects.select_related("assessment__scope").filter(sha256=sha256).first()
        case = selectors.application_of_assessment(report.assessment_id) if report else None
        if report is None or case is None or case.status != "granted":
            raise not_found()
        assessment = report.assessment
        return Response(
            {
                "sha256": report.sha256,
                "assessment": str(assessment.pk),
                "cab": str(assessment.cab_id),
                "provider": str(assessment.provider_id),
                "accreditation": str(assessment.scope.accreditation_id),
                "criteria_set": str(assessment.criteria_set_id),
                "conclusion": report.conclusion,
                "concluded_at": time(report.concluded_at),
                "application": str(case.pk),
            }
        )
