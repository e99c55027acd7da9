"""The transactional outbox: news travels upward as messages that were committed with the act, never as a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from trustreg.base import jobs
from trustreg.base.models import OutboxMessage

BATCH = 100


def emit(topic: str, payload: Mapping[str, Any]) -> OutboxMessage:
    """Write a message in the current transaction; delivery starts at once after commit, and the sweeper repeats it."""
    message = OutboxMessage.objects.create(topic=topic, payload=dict(payload))
    jobs.enqueue("trustreg.base.tasks.deliver_outbox")
    return message


def subscribers(topic: str) -> Sequence[str]:
    """Names of the tasks that the wiring subscribed to `topic`."""
    table: Mapping[str, Sequence[str]] = settings.TRUSTREG_SUBSCRIPTIONS
    return table.get(topic, ())


def deliver(*, at: datetime) -> int:
    """Send every undelivered message to its subscribers; return how many were delivered.

    A message stays undelivered when the broker refuses one of its tasks, or when its payload is nothing that a task
    can be called with; that holds up no other. Subscribers must bear to be called twice.
    """
    delivered = 0
    with transaction.atomic():
        waiting = (
            OutboxMessage.objects.select_for_update(skip_locked=True).filter(delivered_at=None).order_by("id")[:BATCH]
        )
        for message in waiting:
            message.attempts += 1
            if isinstance(message.payload, dict) and all(
                jobs.send(task, **message.payload) for task in subscribers(message.topic)
            ):
                message.delivered_at = at
                delivered += 1
            message.save(update_fields=["attempts", "delivered_at"])
    return delivered
