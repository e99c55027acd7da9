"""Celery edge of what all apps share."""

from __future__ import annotations

from pathlib import Path

from celery import shared_task
from django.conf import settings

from trustreg.base import clock, idempotency, outbox, uploads


@shared_task(name="trustreg.base.tasks.deliver_outbox")
def deliver_outbox() -> int:
    """Deliver what is waiting; also run by the sweeper."""
    return outbox.deliver(at=clock.now())


@shared_task(name="trustreg.base.tasks.forget_answers")
def forget_answers() -> int:
    """Delete the answers that were kept for repeated requests, when their time is over."""
    return idempotency.forget(at=clock.now())


@shared_task(name="trustreg.base.tasks.forget_uploads")
def forget_uploads() -> int:
    """Delete what uploads left behind whose process was killed."""
    return uploads.forget_abandoned(Path(settings.FILE_UPLOAD_TEMP_DIR), at=clock.now())
