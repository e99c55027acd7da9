"""Services and their keys, and what providers report of them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from certification.domain.values import IncidentSeverity, LegalBasis
from certification.models.fields import Sha256OfBytes, choices
from conformity.domain.service_kinds import ServiceKind
from trustreg.base.constraints import known_value
from trustreg.parties.models import Organisation, Person


class Service(models.Model):
    """A trust service of a provider, registered once; provider and kind never change.

    Names and addresses here are what the provider declares; what stands is the state of the last `StatusChange`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="services")
    kind = models.CharField(max_length=20, choices=choices(ServiceKind))
    name_ja = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=20, choices=choices(LegalBasis), default=LegalBasis.SCHEME)
    supply_points = ArrayField(models.URLField(), default=list, blank=True)
    definition_uri_ja = models.URLField(blank=True)
    definition_uri_en = models.URLField(blank=True)
    qualifications = models.JSONField(default=list, blank=True)
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name_ja", "id"]
        constraints = [
            known_value("service_kind_is_known", "kind", ServiceKind),
            known_value("service_legal_basis_is_known", "legal_basis", LegalBasis),
            models.CheckConstraint(condition=~Q(name_ja="") & ~Q(name_en=""), name="service_has_both_names"),
        ]

    def __str__(self) -> str:
        return self.name_ja

    @property
    def names(self) -> dict[str, str]:
        return {"ja": self.name_ja, "en": self.name_en}


class ServiceIdentity(models.Model):
    """A certificate of the service's key. Immutable: another key is another row and, on a list, another entry."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="identities")
    certificate = models.BinaryField()  # DER
    certificate_sha256 = models.CharField(max_length=64)
    spki_sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=1000)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name_plural = "service identities"
        constraints = [
            models.UniqueConstraint(fields=["service", "certificate_sha256"], name="identity_is_added_once"),
            models.CheckConstraint(
                condition=Q(certificate_sha256=Sha256OfBytes(F("certificate"))),
                name="identity_hash_is_of_its_certificate",
            ),
            models.CheckConstraint(
                condition=Q(spki_sha256__regex="^[0-9a-f]{64}$"), name="identity_key_hash_is_hexadecimal"
            ),
        ]
        indexes = [
            models.Index(fields=["spki_sha256"], name="identity_by_key"),
            models.Index(fields=["certificate_sha256"], name="identity_by_certificate"),
        ]

    def __str__(self) -> str:
        return self.subject


class Incident(models.Model):
    """A provider's report that something went wrong. `reported_at` is the database's time. Not public."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    severity = models.CharField(max_length=20, choices=choices(IncidentSeverity))
    summary = models.TextField()
    affected = models.TextField(blank=True)
    aware_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-reported_at"]
        constraints = [
            known_value("incident_severity_is_known", "severity", IncidentSeverity),
            models.CheckConstraint(condition=~Q(summary=""), name="incident_says_what_happened"),
        ]

    def __str__(self) -> str:
        return f"{self.severity}: {self.summary[:60]}"

    @property
    def is_late(self) -> bool:
        """Whether the report came after its deadline (24 hours from awareness, unless the scheme says otherwise)."""
        return self.reported_at > self.due_at
