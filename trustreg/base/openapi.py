"""OpenAPI 3.1: every endpoint documents the problems it can answer with, so that no status comes as a surprise."""

from __future__ import annotations

from typing import Any, Final, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from trustreg.base import openapi_fields  # noqa: F401 - registers how our fields look
from trustreg.base.pagination import DEFAULT_SIZE, MAX_SIZE
from trustreg.base.problems import CONTENT_TYPE, TITLES

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem details. `code` is stable; the texts are in the language asked for.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


class ProblemSchema(AutoSchema):
    """Adds the problems that follow from the kind of endpoint: methods, path parameters, body, who may call."""

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        component: Any = ResolvedComponent(  # type: ignore[no-untyped-call] # untyped there
            name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(component)
        for status in sorted(self._problems()):
            bodies.setdefault(
                str(status), {"description": TITLES[status][0], "content": {CONTENT_TYPE: {"schema": component.ref}}}
            )
        return bodies

    def _problems(self) -> set[int]:
        view: Any = self.view
        found = {400, 401, 422, 429, 503}
        if self.method not in view.open_to_all:
            found.add(403)
        if "{" in self.path:
            found.add(404)
        if self.method not in ("GET", "HEAD"):
            found |= {403, 404, 409, 411, 413, 415}
        return found

    def get_auth(self) -> list[dict[str, Any]]:
        schemes: list[dict[str, Any]] = super().get_auth()
        view: Any = self.view
        if self.method in view.open_to_all and {} not in schemes:
            schemes.append({})
        return schemes

    def get_description(self) -> str:  # type: ignore[override] # as drf-spectacular itself does
        """The docstring of the method, else of the view; its first line is the summary."""
        action = getattr(self.view, self.method.lower(), None)
        return str((action.__doc__ if action else None) or self.view.__doc__ or "").strip()

    def get_summary(self) -> str:
        return self.get_description().split("\n", maxsplit=1)[0].rstrip(".")


def paged() -> list[OpenApiParameter]:
    """The parameters of every collection."""
    return [
        OpenApiParameter("cursor", str, description="The `next` of the page before"),
        OpenApiParameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": MAX_SIZE}, description=f"{DEFAULT_SIZE} by default"
        ),
    ]
