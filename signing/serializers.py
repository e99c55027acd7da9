"""Shapes of validation at the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from trustreg.base.parsing import Base64Field, Input, UtcField
from trustreg.conf import settings as conf


def filename() -> serializers.CharField:
    return serializers.CharField(max_length=255, required=False, allow_blank=True)


class DetachedIn(Input):
    filename = serializers.CharField(max_length=255)
    content = Base64Field(max_bytes=conf.max_document_bytes)


class ValidationIn(Input):
    """The JSON form. `at` is an assumption, never a proof: a report for another time than now is hypothetical."""

    document = Base64Field(max_bytes=conf.max_document_bytes)
    filename = filename()
    detached = serializers.ListField(child=DetachedIn(), required=False, max_length=50)
    policy = serializers.CharField(max_length=100, required=False)
    at = UtcField(required=False)
    document_type = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(choices=["qualified", "specified", "other"], required=False)


class ValidationForm(Input):
    """The multipart form: `document` and each `detached` are files."""

    document = serializers.FileField(allow_empty_file=True, max_length=255)
    filename = filename()
    detached = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, max_length=50)
    policy = serializers.CharField(max_length=100, required=False)
    at = UtcField(required=False)
    document_type = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(choices=["qualified", "specified", "other"], required=False)


class DocumentOut(serializers.Serializer[Any]):
    filename = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    format = serializers.CharField(allow_null=True)


class ValidationReportOut(serializers.Serializer[Any]):
    """The report, in the words of ETSI EN 319 102-1. `id` is null when it rests on an assumed time."""

    id = serializers.CharField(allow_null=True)
    validation_time = serializers.CharField()
    policy = serializers.CharField()
    list = serializers.DictField(allow_null=True)
    document = DocumentOut()
    indication = serializers.ChoiceField(choices=["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"])
    sub_indication = serializers.CharField(allow_null=True)
    hypothetical = serializers.BooleanField()
    requirement = serializers.DictField(allow_null=True)
    signatures = serializers.ListField(child=serializers.DictField())
    timestamps = serializers.ListField(child=serializers.DictField())
    evidence_records = serializers.ListField(child=serializers.DictField())


class JobOut(serializers.Serializer[Any]):
    """A validation that is still running; ask again at `Location`."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=["queued", "running"])
    attempts = serializers.IntegerField()
    size = serializers.IntegerField()
    created_at = UtcField()
