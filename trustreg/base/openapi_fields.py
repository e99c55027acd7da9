"""How our own fields and bodies look in OpenAPI; importing this registers it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

Direction = Any


class UtcFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # untyped there
    target_class = "trustreg.base.parsing.UtcField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return {
            "type": "string",
            "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
            "examples": ["2026-01-31T09:00:00Z"],
        }


class Base64FieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # untyped there
    target_class = "trustreg.base.parsing.Base64Field"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64"}


class ChoiceFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # untyped there
    """Words stay where they are used: `kind` means something else in each body, so shared names would mislead."""

    target_class = "rest_framework.serializers.ChoiceField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        words = [str(word) for word in self.target.choices]
        return {"type": "string", "allOf": [{"enum": words}]}


class InputExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call] # untyped there
    """A body with members that we do not know is refused."""

    target_class = "trustreg.base.parsing.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call] # noqa: SLF001 - as its documentation shows
        return {**schema, "additionalProperties": False}
