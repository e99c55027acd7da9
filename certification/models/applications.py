"""Applications: what a provider asks for, its history, its evidence and the assessments made for it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from certification.domain import lifecycle
from certification.domain.lifecycle import ApplicationStatus
from certification.domain.values import ApplicationKind, DocumentKind
from certification.models.fields import NextNumber, choices
from certification.models.services import Service
from conformity.domain.service_kinds import Level
from conformity.models import Assessment, Evidence
from trustreg.base.constraints import known_value, legal_transition
from trustreg.parties.models import Organisation, Person
from trustreg.pki.trust import Usage


class Application(models.Model):
    """A request to grant, raise, renew or change a service. `status` follows the last event (trigger)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.BigIntegerField(
        db_default=NextNumber(models.Value("certification_application_serial")), unique=True, editable=False
    )
    kind = models.CharField(max_length=20, choices=choices(ApplicationKind))
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="applications")
    cab = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases")
    target_level = models.CharField(max_length=20, choices=choices((Level.SPECIFIED, Level.QUALIFIED)))
    usages = ArrayField(models.CharField(max_length=10, choices=choices(Usage)), default=list, blank=True)
    declares_no_disqualification = models.BooleanField(default=False)
    status = models.CharField(
        max_length=20, choices=choices(ApplicationStatus), default=ApplicationStatus.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(default=1)
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-started_at", "id"]
        constraints = [
            known_value("application_kind_is_known", "kind", ApplicationKind),
            known_value("application_status_is_known", "status", ApplicationStatus),
            known_value("application_level_is_known", "target_level", (Level.SPECIFIED, Level.QUALIFIED)),
            models.CheckConstraint(
                condition=Q(status__in=(ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN))
                | Q(declares_no_disqualification=True),
                name="application_submitted_declares_no_disqualification",
            ),
            models.UniqueConstraint(
                fields=["service"],
                condition=~Q(status__in=sorted(lifecycle.APPLICATION_CLOSED)),
                name="application_open_once_for_a_service",
            ),
        ]
        indexes = [models.Index(fields=["cab", "status"], name="application_by_cab")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: `A-2026-0007`."""
        return f"A-{self.started_at:%Y}-{self.serial:04d}"


class ApplicationEvent(models.Model):
    """One move of an application. Append-only; `data` holds what the move froze (sealed hashes, report, decision)."""

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    transition = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["application_id", "sequence"]
        constraints = [
            legal_transition("application_event_is_an_arrow", lifecycle.APPLICATION),
            models.UniqueConstraint(fields=["application", "sequence"], name="application_event_sequence_is_unique"),
            models.CheckConstraint(
                condition=~Q(transition__in=("return", "refuse")) | ~Q(reasons=""), name="application_event_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.sequence} {self.transition}"


class ApplicationEvidence(models.Model):
    """A document of an application: a version of one kind under one title. A newer version is a new row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="evidence")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=choices(DocumentKind))
    title = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kind", "title", "version"]
        verbose_name_plural = "application evidence"
        constraints = [
            known_value("application_evidence_kind_is_known", "kind", DocumentKind),
            models.UniqueConstraint(
                fields=["application", "kind", "title", "version"], name="application_evidence_version_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class CaseAssessment(models.Model):
    """The assessment made for an application. The upper app owns the link; an assessment serves one application."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="assessments")
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["opened_at"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.assessment_id}"
