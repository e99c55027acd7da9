"""Celery edge: sessions that have ended are taken out of the table."""

from __future__ import annotations

from celery import shared_task
from django.contrib.sessions.models import Session

from trustreg.base import clock


@shared_task(name="trustreg.parties.tasks.forget_sessions")
def forget_sessions() -> int:
    """Delete every session whose time has passed; safe to run at any time and in parallel."""
    count, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    return count
