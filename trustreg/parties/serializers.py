"""Shapes of parties at the API: what is read and what is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from trustreg.base.parsing import Input, UtcField
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Account, ApiKey, Appointment, Organisation, Person


class Names(serializers.Serializer[Any]):
    ja = serializers.CharField()
    en = serializers.CharField()


class AddressOut(serializers.Serializer[Any]):
    country = serializers.CharField()
    postal_code = serializers.CharField()
    region = Names()
    locality = Names()
    street = Names()


class OrganisationOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in OrganisationKind])
    name = Names()
    name_kana = serializers.CharField()
    corporate_number = serializers.CharField(allow_null=True)
    registrant_identifier = serializers.CharField(allow_null=True)
    foreign_registration_id = serializers.CharField(allow_null=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment] # a member of the contract
    address = AddressOut()
    emails = serializers.ListField(child=serializers.CharField())
    web_uris = serializers.ListField(child=serializers.CharField())
    verified_on = serializers.DateField(allow_null=True)


class OrganisationPage(serializers.Serializer[Any]):
    results = OrganisationOut(many=True)
    next = serializers.CharField(allow_null=True)


def organisation_json(row: Organisation) -> dict[str, Any]:
    """One organisation of the public register."""
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "name": {"ja": row.name_ja, "en": row.name_en},
        "name_kana": row.name_kana,
        "corporate_number": row.corporate_number,
        "registrant_identifier": row.registrant_identifier,
        "foreign_registration_id": row.foreign_registration_id or None,
        "parent": str(row.parent_id) if row.parent_id else None,
        "address": {
            "country": row.country,
            "postal_code": row.postal_code,
            "region": {"ja": row.region_ja, "en": row.region_en},
            "locality": {"ja": row.locality_ja, "en": row.locality_en},
            "street": {"ja": row.street_ja, "en": row.street_en},
        },
        "emails": list(row.emails),
        "web_uris": list(row.web_uris),
        "verified_on": row.verified_on.isoformat() if row.verified_on else None,
    }


def text(max_length: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=max_length, **options)


def optional(max_length: int) -> serializers.CharField:
    return serializers.CharField(max_length=max_length, required=False, allow_blank=True)


class AddressIn(Input):
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False)
    postal_code = optional(20)
    region_ja = optional(100)
    region_en = optional(100)
    locality_ja = optional(100)
    locality_en = optional(100)
    street_ja = optional(200)
    street_en = optional(200)


class OrganisationIn(Input):
    kind = serializers.ChoiceField(choices=[kind.value for kind in OrganisationKind])
    name_ja = text(200)
    name_en = text(200)
    name_kana = optional(200)
    corporate_number = serializers.CharField(max_length=20, required=False, allow_null=True)
    foreign_registration_id = optional(100)
    address = AddressIn(required=False)
    emails = serializers.ListField(child=text(254), required=False, max_length=20)
    web_uris = serializers.ListField(child=text(200), required=False, max_length=20)
    parent_id = serializers.UUIDField(required=False, allow_null=True)
    verified_on = serializers.DateField(required=False, allow_null=True)
    source = optional(200)  # type: ignore[assignment] # as above


class OrganisationChangeIn(Input):
    name_ja = optional(200)
    name_en = optional(200)
    name_kana = optional(200)
    corporate_number = serializers.CharField(max_length=20, required=False)
    address = AddressIn(required=False)
    emails = serializers.ListField(child=text(254), required=False, max_length=20)
    web_uris = serializers.ListField(child=text(200), required=False, max_length=20)
    parent_id = serializers.UUIDField(required=False)
    verified_on = serializers.DateField(required=False)
    source = optional(200)  # type: ignore[assignment] # as above


class OrganisationQuery(Input):
    q = optional(200)
    kind = serializers.ChoiceField(choices=[kind.value for kind in OrganisationKind], required=False)
    corporate_number = serializers.RegexField(r"^[0-9]{13}$", required=False)


class PersonIn(Input):
    name_ja = text(100)
    name_en = text(100)
    name_kana = optional(100)
    note = optional(500)


class PersonOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = Names()
    name_kana = serializers.CharField()
    note = serializers.CharField()


class PersonPage(serializers.Serializer[Any]):
    results = PersonOut(many=True)
    next = serializers.CharField(allow_null=True)


def person_json(row: Person) -> dict[str, Any]:
    """A person, for those who register people; never part of a public answer."""
    return {
        "id": str(row.pk),
        "name": {"ja": row.name_ja, "en": row.name_en},
        "name_kana": row.name_kana,
        "note": row.note,
    }


class AppointmentIn(Input):
    person_id = serializers.UUIDField()
    organisation_id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=[role.value for role in Role])
    competence = serializers.ListField(child=text(40), required=False, max_length=40)
    starts_at = UtcField(required=False, allow_null=True)
    ends_at = UtcField(required=False, allow_null=True)


class AppointmentEndIn(Input):
    ends_at = UtcField(required=False, allow_null=True)


class AppointmentQuery(Input):
    organisation = serializers.UUIDField(required=False)
    person = serializers.UUIDField(required=False)


class AppointmentOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    organisation = serializers.UUIDField()
    role = serializers.ChoiceField(choices=[role.value for role in Role])
    competence = serializers.ListField(child=serializers.CharField())
    starts_at = UtcField()
    ends_at = UtcField(allow_null=True)


class AppointmentPage(serializers.Serializer[Any]):
    results = AppointmentOut(many=True)
    next = serializers.CharField(allow_null=True)


class ConflictIn(Input):
    organisation_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[tie.value for tie in Tie if tie is not Tie.APPOINTMENT])
    text = optional(4000)
    since = UtcField(required=False, allow_null=True)
    until = UtcField(required=False, allow_null=True)


class ConflictOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    organisation = serializers.UUIDField()
    kind = serializers.CharField()
    text = serializers.CharField()
    since = UtcField(allow_null=True)
    until = UtcField(allow_null=True)
    declared_at = UtcField()


class AccountIn(Input):
    person_id = serializers.UUIDField()
    email = text(254)
    password = serializers.CharField(
        max_length=200, trim_whitespace=False, required=False, allow_null=True, write_only=True
    )
    language = serializers.ChoiceField(choices=["ja", "en"], required=False)


class AccountOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    email = serializers.CharField()
    active = serializers.BooleanField()
    language = serializers.CharField()


def account_json(row: Account) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "person": str(row.person_id),
        "email": row.email,
        "active": row.is_active,
        "language": row.language,
    }


class SignIn(Input):
    email = text(254)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class SessionAppointment(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    role = serializers.CharField()
    organisation = serializers.UUIDField()
    organisation_name = Names()


class SessionOut(serializers.Serializer[Any]):
    account = AccountOut(allow_null=True)
    name = serializers.CharField(allow_null=True)
    appointments = SessionAppointment(many=True)
    csrf_token = serializers.CharField(help_text="Send it back as X-CSRFToken with every write of this session.")


class ApiKeyIn(Input):
    name = text(100)
    scopes = serializers.ListField(child=text(60), allow_empty=False, max_length=60)
    expires_at = UtcField()


class ApiKeyOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = UtcField()
    expires_at = UtcField()
    revoked_at = UtcField(allow_null=True)
    last_used_at = UtcField(allow_null=True)


class NewApiKeyOut(ApiKeyOut):
    key = serializers.CharField(help_text="The key itself. It is shown this once and not kept.")


class ApiKeyPage(serializers.Serializer[Any]):
    results = ApiKeyOut(many=True)
    next = serializers.CharField(allow_null=True)


class OidArcIn(Input):
    arc = text(200)
    organisation_id = serializers.UUIDField()


class OidArcOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    arc = serializers.CharField()
    organisation = serializers.UUIDField()


def api_key_json(row: ApiKey) -> dict[str, Any]:
    return dict(ApiKeyOut(row).data)


def appointment_json(row: Appointment) -> dict[str, Any]:
    return dict(
        AppointmentOut(
            {
                "id": row.pk,
                "person": row.person_id,
                "organisation": row.organisation_id,
                "role": row.role,
                "competence": row.competence,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
            }
        ).data
    )
