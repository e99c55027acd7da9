"""Shapes of validation at the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from signing.models import BatchState, JobState
from signing.services import MAX_DOCUMENTS, MAX_EVIDENCE_BYTES, MAX_EVIDENCE_FILES
from trustreg.base.parsing import Base64Field, EnumField, Input, UtcField
from trustreg.conf import settings as conf


def filename() -> serializers.CharField:
    return serializers.CharField(max_length=255, required=False, allow_blank=True)


class DetachedIn(Input):
    filename = serializers.CharField(max_length=255)
    content = Base64Field(max_bytes=conf.max_document_bytes)


class ValidationIn(Input):
    """The JSON form. `at` is an assumption, never a proof: a report for another time than now is hypothetical.

    `evidence` are certificates, CRLs and OCSP responses (DER or PEM) that the document need not hold: they are judged
    as those in the document are, and never trusted.
    """

    document = Base64Field(max_bytes=conf.max_document_bytes)
    filename = filename()
    detached = serializers.ListField(child=DetachedIn(), required=False, max_length=50)
    evidence = serializers.ListField(
        child=Base64Field(max_bytes=MAX_EVIDENCE_BYTES), required=False, max_length=MAX_EVIDENCE_FILES
    )
    policy = serializers.CharField(max_length=100, required=False)
    at = UtcField(required=False)
    document_type = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(choices=["qualified", "specified", "other"], required=False)


class ValidationForm(Input):
    """The multipart form: `document`, each `detached` and each `evidence` are files."""

    document = serializers.FileField(allow_empty_file=True, max_length=255)
    filename = filename()
    detached = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, max_length=50)
    evidence = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), required=False, max_length=MAX_EVIDENCE_FILES
    )
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


class BatchDocumentIn(Input):
    document = Base64Field(max_bytes=conf.max_document_bytes)
    filename = filename()
    detached = serializers.ListField(child=DetachedIn(), required=False, max_length=50)


class BatchIn(Input):
    """The JSON form of a batch: up to 1,000 documents, each with what is detached from it; one set of questions."""

    documents = serializers.ListField(child=BatchDocumentIn(), min_length=1, max_length=MAX_DOCUMENTS)
    policy = serializers.CharField(max_length=100, required=False)
    document_type = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(choices=["qualified", "specified", "other"], required=False)


class BatchForm(Input):
    """The multipart form of a batch: `document` once for each file."""

    document = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=255), min_length=1, max_length=MAX_DOCUMENTS
    )
    policy = serializers.CharField(max_length=100, required=False)
    document_type = serializers.CharField(max_length=40, required=False)
    level = serializers.ChoiceField(choices=["qualified", "specified", "other"], required=False)


class JobOut(serializers.Serializer[Any]):
    """A validation that a worker does; while it runs, ask again at `Location`."""

    id = serializers.CharField()
    state = EnumField(JobState)
    attempts = serializers.IntegerField()
    size = serializers.IntegerField()
    created_at = UtcField()


class BatchListed(serializers.Serializer[Any]):
    """A batch in the list of one's own."""

    id = serializers.CharField()
    state = EnumField(BatchState)
    total = serializers.IntegerField()
    size = serializers.IntegerField()
    created_at = UtcField()
    finished_at = UtcField(allow_null=True)


class BatchPage(serializers.Serializer[Any]):
    results = BatchListed(many=True)
    next = serializers.CharField(allow_null=True)


class BatchStarted(BatchListed):
    """A batch and how far it is: `done` of `total` documents have ended, with a report (counted by indication in
    `verdicts`), failed or cancelled."""

    done = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    verdicts = serializers.DictField(child=serializers.IntegerField())


class BatchResultOut(serializers.Serializer[Any]):
    """One document of a batch, at the place at which it was sent; `report` is the id at `/validations/{id}`."""

    position = serializers.IntegerField()
    filename = serializers.CharField()
    size = serializers.IntegerField()
    state = EnumField(JobState)
    indication = serializers.CharField(allow_null=True)
    sub_indication = serializers.CharField(allow_null=True)
    report = serializers.CharField(allow_null=True)


class BatchOut(BatchStarted):
    """A batch, how far it is, and a page of its documents in the order in which they were sent."""

    results = BatchResultOut(many=True)
    next = serializers.CharField(allow_null=True)


class LimitsOut(serializers.Serializer[Any]):
    """Limits by name. `request`: what may be sent, and how long what is kept; `document`: what the validation of one
    document may take of `time` and `cpu` (seconds) and `memory` (bytes); `formats`: what a reader of a format accepts,
    each with its own counts."""

    request = serializers.DictField(child=serializers.IntegerField())
    document = serializers.DictField(child=serializers.IntegerField())
    formats = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
