"""The validation policies over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from signing.domain.policies import DEFAULT, Policy, load_policy, policy_names
from signing.domain.policies.vocabulary import CHECKS
from trustreg.base.api import SAFE, Endpoint
from trustreg.base.openapi import paged
from trustreg.base.pagination import page_sequence


class PolicyWords(serializers.Serializer[Any]):
    en = serializers.CharField()
    ja = serializers.CharField()


class ValidationPolicyOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="What a validation takes as `policy`")
    default = serializers.BooleanField(help_text="Whether it is used when none is named")
    title = PolicyWords()
    description = PolicyWords()
    qualification = serializers.ListField(
        child=serializers.CharField(),
        help_text="Every signature, seal and lone time-stamp must have one of these; empty: any",
    )
    document_level = serializers.CharField(allow_null=True, help_text="What the document must reach, as `level`")
    constraints = serializers.DictField(
        child=serializers.CharField(), help_text="FAIL, WARN, INFORM or IGNORE for each check"
    )


class ValidationPolicyPage(serializers.Serializer[Any]):
    results = ValidationPolicyOut(many=True)
    next = serializers.CharField(allow_null=True)


def policy_json(policy: Policy) -> dict[str, Any]:
    """A policy as it is listed, with the level of every check."""
    return {
        "name": policy.name,
        "default": policy.name == DEFAULT,
        "title": dict(policy.title),
        "description": dict(policy.description),
        "qualification": sorted(policy.qualification),
        "document_level": policy.document_level,
        "constraints": {check: policy.level(check).value for check in sorted(CHECKS)},
    }


class ValidationPoliciesEndpoint(Endpoint):
    open_to_all = SAFE

    @extend_schema(
        operation_id="validation_policies_list",
        tags=["validation"],
        responses=ValidationPolicyPage,
        parameters=paged(),
    )
    def get(self, request: Request) -> Response:
        """The policies that a validation may name, and what each check weighs under them.

        No policy makes a check of integrity or trust milder than FAIL.
        """
        policies = sorted(map(load_policy, policy_names()), key=lambda policy: policy.name)
        return Response(
            page_sequence(
                policies, request, name="validation-policies", key=lambda policy: policy.name, serialize=policy_json
            )
        )
