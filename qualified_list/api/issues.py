"""Issues of the list, what changed between them, and how a publication goes on."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from qualified_list import selectors, services
from qualified_list.models import ListIssue, Refusal
from qualified_list.selectors import issue_as_json
from qualified_list.serializers import (
    MAX_SEQUENCE,
    DiffOut,
    IssueOut,
    IssuePage,
    PublicationIn,
    PublicationOut,
    PublicationRequested,
)
from trustreg.base import clock
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.clock import utc_text
from trustreg.base.openapi import paged
from trustreg.base.pagination import page_after
from trustreg.base.problems import not_found
from trustreg.parties.authentication import actor_of_request
from trustreg.parties.domain.roles import AB_ROLES, Role
from trustreg.parties.selectors import organisations_of

TAG = "lists"
OPERATORS = AB_ROLES | {Role.LIST_OPERATOR}


class ListsEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="lists_list", tags=[TAG], responses=IssuePage, parameters=paged())
    def get(self, request: Request) -> Response:
        """Every issue ever published, newest first."""
        answer = page_after(
            request,
            name="lists",
            kind=int,
            find=lambda before, limit: selectors.issues(before=before, limit=limit),
            serialize=issue_as_json,
        )
        return Response(answer)

    @extend_schema(
        operation_id="list_publish", tags=[TAG], request=PublicationIn, responses={202: PublicationRequested}
    )
    def post(self, request: Request) -> Response:
        """Publish now: what was decided, or the unchanged list anew. Location says where it appears."""
        self.read(PublicationIn, request)
        services.list_reissue_request(actor=actor_of_request(request), at=clock.now())
        sequence = selectors.current_sequence()
        location = f"/api/v1/publications/{(sequence or 0) + 1}"
        return Response(
            {"state": "requested", "current_sequence": sequence}, status=202, headers={"Location": location}
        )


class ListEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="list_get", tags=[TAG], responses=IssueOut)
    def get(self, request: Request, sequence: int) -> Response:
        """One issue."""
        return Response(issue_as_json(selectors.list_issue(_number(sequence))))


class DiffEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(operation_id="list_diff", tags=[TAG], responses=DiffOut)
    def get(self, request: Request, first: int, second: int) -> Response:
        """What changed from one issue to another, in words and in data."""
        return Response(selectors.diff(_number(first), _number(second)))


def _number(sequence: int) -> int:
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise not_found()
    return sequence


def publication_json(issue: ListIssue) -> dict[str, Any]:
    """The steps of an issue with their times, and what stood in the way."""
    moments = {
        "compiled": issue.compiled_at,
        "checked": issue.checked_at,
        "signed": issue.signed_at,
        "verified": issue.verified_at,
        "released": issue.released_at,
    }
    return {
        "sequence": issue.sequence,
        "state": issue.state,
        "issued_at": utc_text(issue.issued_at),
        "steps": [{"name": name, "at": utc_text(at) if at else None} for name, at in moments.items()],
        "refusals": [
            {"source": refusal.source, "at": utc_text(refusal.created_at), "findings": refusal.findings}
            for refusal in Refusal.objects.filter(sequence=issue.sequence)[:20]
        ],
    }


class PublicationEndpoint(Endpoint):
    scopes: ClassVar = {"GET": "case:read", "HEAD": "case:read"}

    @extend_schema(operation_id="publication_get", tags=[TAG], responses=PublicationOut)
    def get(self, request: Request, sequence: int) -> Response:
        """How far the publication of an issue has come, for those who decide and operate."""
        actor = actor_of_request(request)
        issue = ListIssue.objects.defer("content", "unsigned", "decisions").filter(pk=_number(sequence)).first()
        if issue is None or not organisations_of(actor.person_id, clock.now(), roles=OPERATORS):
            raise not_found()
        return Response(publication_json(issue))
