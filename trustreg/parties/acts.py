"""One endpoint for one act: the table row that turns a service into an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from trustreg.base import clock
from trustreg.base.api import Endpoint
from trustreg.base.parsing import Input
from trustreg.parties.authentication import actor_of_request
from trustreg.parties.domain.actors import Actor


class Guard(Protocol):
    """Raises NotFound when the actor may not know that the subject exists."""

    def __call__(self, subject_id: UUID, /, *, actor: Actor, at: datetime) -> object: ...


def act(
    service: Callable[..., Any],
    *,
    name: str,
    tag: str,
    says: str,
    subject: str,
    answer: type[BaseSerializer[Any]],
    shape: Callable[[Any], Mapping[str, Any]],
    body: type[Input] | None = None,
    guard: Guard | None = None,
    status: int = 200,
) -> type[Endpoint]:
    """An endpoint whose POST calls `service(<subject>=id, **body, actor=…, at=now)` and answers `shape(result)`.

    `subject` is the path parameter and the service's argument; `says` the one sentence of its documentation.
    """

    @extend_schema(
        operation_id=name, tags=[tag], summary=says, description=says, request=body, responses={status: answer}
    )
    def post(self: Endpoint, request: Request, **path: UUID) -> Response:
        actor, at = actor_of_request(request), clock.now()
        if guard is not None:
            guard(path[subject], actor=actor, at=at)
        values = self.read(body, request) if body is not None else {}
        return Response(shape(service(**path, **values, actor=actor, at=at)), status=status)

    title = "".join(word.capitalize() for word in name.split("_")) + "Endpoint"
    return type(title, (Endpoint,), {"post": post, "__doc__": says, "__module__": service.__module__})
