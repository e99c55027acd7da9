"""Shapes of the list at the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certification.serializers import NamesIn
from conformity.domain.service_kinds import TrustElement
from conformity.serializers import sha256
from qualified_list.domain.model import LEVELS, Status
from qualified_list.models import MAX_NEXT_UPDATE_DAYS
from trustreg.base.parsing import Base64Field, EnumField, Input, UtcField
from trustreg.parties.serializers import Names, optional, text
from trustreg.pki.trust import Result

MAX_SEQUENCE = 2_000_000_000


class IssueOut(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    issued_at = UtcField()
    next_update = UtcField()
    sha256 = serializers.CharField()
    signer_sha256 = serializers.CharField()
    services = serializers.IntegerField()
    log_index = serializers.IntegerField(allow_null=True)
    urls = serializers.DictField(child=serializers.CharField())


class IssuePage(serializers.Serializer[Any]):
    results = IssueOut(many=True)
    next = serializers.CharField(allow_null=True)


class IssueEnd(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    sha256 = serializers.CharField()
    issued_at = UtcField()


class DiffOut(serializers.Serializer[Any]):
    to = IssueEnd()
    changes = serializers.ListField(child=serializers.DictField())

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it cannot be written as an attribute."""
        return {"from": IssueEnd(), **super().get_fields()}


class PostalAddressIn(Input):
    lang = serializers.ChoiceField(choices=["ja", "en"])
    street = text(200)
    locality = text(100)
    region = optional(100)
    postal_code = optional(20)
    country = serializers.RegexField(r"^[A-Z]{2}$")


class SchemeIn(Input):
    """TS 119 612 5.3: each text in both languages; names begin with the territory and a colon (`JP:…`)."""

    territory = serializers.RegexField(r"^[A-Z]{2}$")
    operator_name = NamesIn()
    name = NamesIn()
    information_uri = NamesIn()
    legal_notice = NamesIn()
    postal_addresses = serializers.ListField(child=PostalAddressIn(), allow_empty=False, max_length=10)
    electronic_addresses = serializers.ListField(
        child=serializers.RegexField(r"^(mailto:|https?://)\S+$", max_length=200), allow_empty=False, max_length=10
    )
    status_base = serializers.URLField(max_length=200)
    distribution_points = serializers.ListField(child=serializers.URLField(max_length=200), max_length=10)
    next_update_days = serializers.IntegerField(min_value=1, max_value=MAX_NEXT_UPDATE_DAYS)


class SchemeOut(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    territory = serializers.CharField()
    operator_name = Names()
    name = Names()
    information_uri = Names()
    legal_notice = Names()
    postal_addresses = serializers.ListField(child=serializers.DictField())
    electronic_addresses = serializers.ListField(child=serializers.CharField())
    status_base = serializers.CharField()
    distribution_points = serializers.ListField(child=serializers.CharField())
    next_update_days = serializers.IntegerField()


class PublicationIn(Input):
    """No members: what was decided is published; without changes the list is issued anew."""


class PublicationRequested(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["requested"])
    current_sequence = serializers.IntegerField(allow_null=True)


class Step(serializers.Serializer[Any]):
    name = serializers.CharField()
    at = UtcField(allow_null=True)


class PublicationOut(serializers.Serializer[Any]):
    """How far an issue has come; safe to ask again and again."""

    sequence = serializers.IntegerField()
    state = serializers.CharField()
    issued_at = UtcField()
    steps = Step(many=True)
    refusals = serializers.ListField(child=serializers.DictField())


class ServiceQuery(Input):
    q = optional(200)
    level = serializers.ChoiceField(choices=sorted(LEVELS), required=False)
    status = serializers.ChoiceField(choices=[status.value for status in Status], required=False)
    type = serializers.CharField(max_length=200, required=False)
    trust_element = serializers.ChoiceField(choices=[element.value for element in TrustElement], required=False)
    corporate_number = serializers.RegexField(r"^[0-9]{13}$", required=False)
    certificate_sha256 = sha256()
    at = UtcField(required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["certificate_sha256"].required = False
        return fields


class ListedProvider(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = Names()
    corporate_number = serializers.CharField(allow_null=True)


class ListedServiceOut(serializers.Serializer[Any]):
    """A service as a list says it: the entry of one service type and one public key."""

    id = serializers.UUIDField()
    type = serializers.CharField()
    status = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    since = UtcField()
    name = Names()
    scope = serializers.ListField(child=serializers.CharField())
    valid_until = UtcField(allow_null=True)
    provider = ListedProvider()


class ListedServicePage(serializers.Serializer[Any]):
    results = ListedServiceOut(many=True)
    next = serializers.CharField(allow_null=True)


class Chain(serializers.Serializer[Any]):
    """Why it stands as it does. Each id is found at this API: `links` says where."""

    decision = serializers.UUIDField(allow_null=True)
    decisions = serializers.ListField(child=serializers.UUIDField())
    list_sequence = serializers.IntegerField()
    assessment_report_sha256 = serializers.CharField(allow_null=True)
    accreditation = serializers.UUIDField(allow_null=True)
    application = serializers.UUIDField(allow_null=True)
    cab = serializers.UUIDField(allow_null=True)
    log_index = serializers.IntegerField(allow_null=True)
    links = serializers.DictField(child=serializers.CharField())


class HistoryEntry(serializers.Serializer[Any]):
    status = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    since = UtcField()
    until = UtcField(allow_null=True)
    name = Names()
    scope = serializers.ListField(child=serializers.CharField())
    valid_until = UtcField(allow_null=True)
    sequence = serializers.IntegerField()
    chain = serializers.DictField(allow_null=True)


class ListedIdentityOut(serializers.Serializer[Any]):
    certificate_sha256 = serializers.CharField()
    subject = serializers.CharField()
    not_before = UtcField()
    not_after = UtcField()


class ListedServiceDetail(ListedServiceOut):
    standing = serializers.ChoiceField(choices=[result.value for result in Result])
    services = serializers.ListField(child=serializers.UUIDField(), help_text="Registry services under this entry")
    identities = ListedIdentityOut(many=True)
    history = HistoryEntry(many=True)
    chain = Chain(allow_null=True)


class StatusQueryIn(Input):
    """One of `certificate`, `certificate_sha256`, `timestamp_token`, `service`."""

    certificate = serializers.CharField(max_length=100_000, required=False, help_text="PEM or base64 DER")
    certificate_sha256 = serializers.CharField(max_length=100, required=False)
    timestamp_token = Base64Field(max_bytes=1 << 20, required=False)
    service = serializers.CharField(max_length=200, required=False)
    intermediates = serializers.ListField(
        child=serializers.CharField(max_length=100_000), required=False, max_length=10
    )
    at = UtcField(required=False)
    as_of = serializers.IntegerField(min_value=1, max_value=MAX_SEQUENCE, required=False)


class StatusSpan(serializers.Serializer[Any]):
    uri = serializers.CharField()
    since = UtcField(allow_null=True)
    until = UtcField(allow_null=True)


class AnsweringList(serializers.Serializer[Any]):
    territory = serializers.CharField()
    sequence = serializers.IntegerField()
    sha256 = serializers.CharField()
    issued_at = UtcField()
    next_update = UtcField(allow_null=True)


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = Names()


class StatusAnswerOut(serializers.Serializer[Any]):
    at = UtcField()
    answered_at = UtcField()
    result = EnumField(Result)
    level = serializers.CharField(allow_null=True)
    status = StatusSpan(allow_null=True)
    service = serializers.DictField(allow_null=True)
    matched_by = serializers.CharField(allow_null=True)
    list = AnsweringList(allow_null=True)
    chain = serializers.DictField(allow_null=True)
    reasons = ReasonOut(many=True)
