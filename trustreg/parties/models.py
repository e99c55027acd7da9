"""Tables of who there is. Facts and invariants only; acts are in `services`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower, Now

from trustreg.base.constraints import known_value
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie


def _choices(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(value), str(value)) for value in values]


class CorporateNumberIsValid(Func):
    """`trustreg_corporate_number_valid(text)`: 13 digits with the right check digit."""

    function = "trustreg_corporate_number_valid"
    output_field = models.BooleanField()
    arity = 1


class HoldsMyNumber(Func):
    """`trustreg_holds_my_number(text)`: the text holds a 12-digit value with a valid My Number check digit."""

    function = "trustreg_holds_my_number"
    output_field = models.BooleanField()
    arity = 1


def no_my_number(name: str, *fields: str) -> models.CheckConstraint:
    """A constraint: none of these text fields holds a My Number."""
    condition = Q()
    for field in fields:
        condition &= ~Q(HoldsMyNumber(F(field)))
    return models.CheckConstraint(condition=condition, name=name)


class Organisation(models.Model):
    """A body with a name and, in Japan, a corporate number. `kind` never changes; a number once given stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=_choices(OrganisationKind))
    name_ja = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=200, blank=True)
    corporate_number = models.CharField(max_length=13, null=True, blank=True, unique=True)
    foreign_registration_id = models.CharField(max_length=100, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="subsidiaries")
    country = models.CharField(max_length=2, default="JP")  # ISO 3166-1 alpha-2
    postal_code = models.CharField(max_length=20, blank=True)
    region_ja = models.CharField(max_length=100, blank=True)
    region_en = models.CharField(max_length=100, blank=True)
    locality_ja = models.CharField(max_length=100, blank=True)
    locality_en = models.CharField(max_length=100, blank=True)
    street_ja = models.CharField(max_length=200, blank=True)
    street_en = models.CharField(max_length=200, blank=True)
    emails = ArrayField(models.EmailField(), default=list, blank=True)
    web_uris = ArrayField(models.URLField(), default=list, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name_ja", "id"]
        constraints = [
            known_value("organisation_kind_is_known", "kind", OrganisationKind),
            models.CheckConstraint(
                condition=Q(corporate_number=None) | Q(CorporateNumberIsValid(F("corporate_number"))),
                name="organisation_corporate_number_is_valid",
            ),
            models.CheckConstraint(
                condition=~Q(kind=OrganisationKind.PROVIDER)
                | Q(corporate_number__isnull=False)
                | ~Q(foreign_registration_id=""),
                name="organisation_provider_is_identified",
            ),
            models.CheckConstraint(condition=~Q(name_ja="") & ~Q(name_en=""), name="organisation_has_both_names"),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country_is_iso_3166"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organisation_is_not_its_own_parent"),
            models.UniqueConstraint(
                fields=["country", "foreign_registration_id"],
                condition=~Q(foreign_registration_id=""),
                name="organisation_foreign_registration_is_used_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name_ja

    @property
    def registrant_identifier(self) -> str | None:
        """`NTRJP-<corporate number>` (EN 319 412-1 5.1.4 form), None without a number."""
        return f"NTRJP-{self.corporate_number}" if self.corporate_number else None


class Person(models.Model):
    """A natural person who acts for organisations. Holds names only; a My Number is refused by the database too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_ja = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    name_kana = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name_ja", "id"]
        constraints = [
            no_my_number("person_holds_no_my_number", "name_ja", "name_en", "name_kana", "note"),
            models.CheckConstraint(condition=~Q(name_ja="") & ~Q(name_en=""), name="person_has_both_names"),
        ]

    def __str__(self) -> str:
        return self.name_ja


class Appointment(models.Model):
    """A person holds a role for an organisation over [starts_at, ends_at). Only the end is ever written, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=20, choices=_choices(Role))
    competence = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # service kinds; for assessors
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    appointed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: the first administrator
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            known_value("appointment_role_is_known", "role", Role),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="appointment_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(appointed_by=F("person")), name="appointment_is_made_by_another_person"
            ),
            models.CheckConstraint(
                condition=Q(appointed_by__isnull=False) | Q(role=Role.SYSTEM_ADMIN),
                name="appointment_without_appointer_is_of_an_admin",
            ),
            models.UniqueConstraint(
                fields=["person", "organisation", "role"], condition=Q(ends_at=None), name="appointment_is_open_once"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "role"], name="appointment_by_organisation")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} {self.organisation_id}"


class ConflictDeclaration(models.Model):
    """A person declares a tie to an organisation, or that there is none (`kind` none). Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conflict_declarations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="conflict_declarations")
    kind = models.CharField(max_length=20, choices=_choices(tie for tie in Tie if tie is not Tie.APPOINTMENT))
    text = models.TextField(blank=True)
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    declared_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["declared_at", "id"]
        constraints = [
            known_value("conflict_kind_is_known", "kind", (tie for tie in Tie if tie is not Tie.APPOINTMENT)),
            models.CheckConstraint(
                condition=Q(until=None) | Q(since=None) | Q(until__gte=F("since")), name="conflict_ends_after_it_starts"
            ),
            no_my_number("conflict_holds_no_my_number", "text"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.organisation_id}"


class AccountManager(BaseUserManager["Account"]):
    """Accounts are found by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """How one person signs in; one account a person, so that two accounts are always two people.

    There is no superuser and no staff flag: what an account may do comes from its person's appointments alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="account")
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, default="ja", choices=[("ja", "日本語"), ("en", "English")])
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower(F("email"))), name="account_email_is_lower_case"),
            no_my_number("account_holds_no_my_number", "email"),
        ]

    def __str__(self) -> str:
        return self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """No account holds framework permissions."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """No account holds framework permissions."""
        return False


class ApiKey(models.Model):
    """A key of an account for scripts. Only its prefix and the SHA-256 of its 256-bit secret are kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True)
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(("secret_sha256__regex", r"^[0-9a-f]{64}$")), name="api_key_secret_is_hashed"
            ),
        ]

    def __str__(self) -> str:
        return f"trk_{self.prefix}"


class OidArc(models.Model):
    """An OID arc under which an organisation names its devices."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    arc = models.CharField(max_length=200, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="oid_arcs")
    registered_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(arc__regex=r"^([01]\.([0-9]|[1-3][0-9])|2\.(0|[1-9][0-9]*))(\.(0|[1-9][0-9]*))*$"),
                name="oid_arc_is_dotted",
            ),
        ]

    def __str__(self) -> str:
        return self.arc
