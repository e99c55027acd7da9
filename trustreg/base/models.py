"""What every app needs a table for: the audit trail, the outbox, and keys that make a write safe to repeat."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One act, for ever: who did what to which record, when. Append-only (trigger)."""

    id = models.BigAutoField(primary_key=True)
    tag = models.CharField(max_length=100)
    person_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    via = models.CharField(max_length=20)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    request_id = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.tag} {self.subject_type}:{self.subject_id}"


class OutboxMessage(models.Model):
    """News of a committed act, to be delivered at least once to every subscriber of its topic."""

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="outbox_undelivered"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class IdempotencyKey(models.Model):
    """The answer that a write gave, kept so that a repeated request gets the same one (`Idempotency-Key`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="idempotency_key_is_used_once")]

    def __str__(self) -> str:
        return self.key
