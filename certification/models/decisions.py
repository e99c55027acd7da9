"""Decisions by two people, and the history of what stands."""

from __future__ import annotations

import json
import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from certification.domain import lifecycle
from certification.domain.decisions import DecisionContent, ServiceState
from certification.domain.lifecycle import DecisionKind, DecisionStatus, ServiceStatus
from certification.models.applications import Application
from certification.models.fields import NextNumber, choices, is_hashed
from certification.models.services import Service
from trustreg.base.constraints import known_value, legal_transition
from trustreg.parties.models import Organisation, Person


class Decision(models.Model):
    """One matter to decide. What is decided stands in its last proposal; that two people agreed, in its approval.

    `urgent` is a suspension in force on one signature, until a later two-person decision on the service settles it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.BigIntegerField(
        db_default=NextNumber(models.Value("certification_decision_serial")), unique=True, editable=False
    )
    kind = models.CharField(max_length=20, choices=choices(DecisionKind))
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="decisions")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="decisions")
    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="decisions_made")
    status = models.CharField(max_length=20, choices=choices(DecisionStatus), editable=False)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            known_value("decision_kind_is_known", "kind", DecisionKind),
            known_value("decision_status_is_known", "status", DecisionStatus),
            models.CheckConstraint(
                condition=~Q(status=DecisionStatus.URGENT) | Q(kind=DecisionKind.SUSPEND),
                name="decision_urgent_only_suspends",
            ),
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(status__in=(DecisionStatus.PROPOSED, DecisionStatus.RETURNED)),
                name="decision_open_once_for_a_service",
            ),
        ]
        indexes = [models.Index(fields=["body", "status"], name="decision_by_body")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: `D-2026-0031`."""
        return f"D-{self.opened_at:%Y}-{self.serial:04d}"


class DecisionProposal(models.Model):
    """A draft as one person put it forward. The last revision alone can be approved; every edit is a new revision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="proposals")
    revision = models.PositiveIntegerField()
    content = models.TextField()  # canonical JSON (RFC 8785)
    content_sha256 = models.CharField(max_length=64)
    proposer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["decision_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "revision"], name="proposal_revision_is_unique"),
            is_hashed("proposal_hash_is_of_its_content", "content", "content_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} r{self.revision}"

    @property
    def frozen(self) -> DecisionContent:
        """The content as a value."""
        return DecisionContent.from_text(self.content)


class DecisionApproval(models.Model):
    """The second person's yes to the hash that they were shown. `decided_at` is the database's time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="approval")
    proposal = models.OneToOneField(DecisionProposal, on_delete=models.PROTECT, related_name="approval")
    content_sha256 = models.CharField(max_length=64)
    proposer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(approver=F("proposer")), name="decision_is_approved_by_another_person"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} approved"


class DecisionReturn(models.Model):
    """A proposal sent back to its proposer, with reasons."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    proposal = models.OneToOneField(DecisionProposal, on_delete=models.PROTECT, related_name="returned")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reasons = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["at"]
        constraints = [models.CheckConstraint(condition=~Q(reasons=""), name="decision_return_says_why")]

    def __str__(self) -> str:
        return f"{self.proposal_id} returned"


class StatusChange(models.Model):
    """What stands of a service from one decision to the next. Append-only, gap-free, each step an arrow of the table.

    It has no time of effect: a change counts from the issue time of the list that first carries it. `decided_at` is the
    database's time. An expiry cites the decision behind what stood: its content holds the end.
    """

    id = models.BigAutoField(primary_key=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="status_changes")
    sequence = models.PositiveIntegerField()
    transition = models.CharField(max_length=20)
    from_status = models.CharField(max_length=20)
    to_status = models.CharField(max_length=20)
    content = models.TextField()  # the `state` of the decision's content, canonical JSON
    content_sha256 = models.CharField(max_length=64)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="status_changes")
    decided_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["service_id", "sequence"]
        constraints = [
            legal_transition("status_change_is_an_arrow", lifecycle.SERVICE),
            known_value("status_change_leads_to_a_known_status", "to_status", ServiceStatus),
            models.UniqueConstraint(fields=["service", "sequence"], name="status_change_sequence_is_unique"),
            models.UniqueConstraint(
                fields=["decision"],
                condition=~Q(transition=lifecycle.EXPIRE),
                name="status_change_is_made_once_by_a_decision",
            ),
            is_hashed("status_change_hash_is_of_its_content", "content", "content_sha256"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.sequence} {self.from_status} -> {self.to_status}"

    @property
    def state(self) -> ServiceState:
        """The content as a value."""
        return ServiceState.from_json(json.loads(self.content))
