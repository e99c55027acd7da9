"""News is delivered, whatever other news is like."""

from __future__ import annotations

import pytest
from django.db import connection

from trustreg.base import clock, jobs, outbox
from trustreg.base.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("payload", ['{"name": "a word that send() uses too"}', '["no names"]', "1", "null"])
def test_an_odd_message_holds_up_no_other(payload, settings, monkeypatch):
    sent = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda name, **options: sent.append((name, options["kwargs"])))
    settings.TRUSTREG_SUBSCRIPTIONS = {"odd": ["task.odd"], "plain": ["task.plain"]}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO base_outboxmessage (topic, payload, attempts) VALUES ('odd', %s::jsonb, 0)", [payload]
        )
    outbox.emit("plain", {"decision": "d1"})
    outbox.deliver(at=clock.now())
    assert ("task.plain", {"decision": "d1"}) in sent
    assert OutboxMessage.objects.get(topic="plain").delivered_at is not None
    assert (OutboxMessage.objects.get(topic="odd").delivered_at is not None) is payload.startswith("{")
