"""A lease on an intent: who is at work on it. It saves doubled work; the walls of the database need it not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from qualified_list.models import IssueState, ListIssue
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)


@contextmanager
def lease(sequence: int, *, owner: str) -> Iterator[bool]:
    """Hold the intent for `owner` while the body runs, renewed in the background. Yields False if another has it."""
    if not _take(sequence, owner):
        yield False
        return
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(sequence, owner, stop), name="publication-lease", daemon=True)
    renewal.start()
    try:
        yield True
    finally:
        stop.set()
        renewal.join()
        _give_back(sequence, owner)


def _take(sequence: int, owner: str) -> bool:
    free = Q(lease_until=None) | Q(lease_until__lt=Now()) | Q(lease_owner=owner)
    return bool(
        ListIssue.objects.filter(free, sequence=sequence)
        .exclude(state=IssueState.RELEASED)
        .update(lease_owner=owner, lease_until=_until())
    )


def _give_back(sequence: int, owner: str) -> None:
    ListIssue.objects.filter(sequence=sequence, lease_owner=owner).exclude(state=IssueState.RELEASED).update(
        lease_owner="", lease_until=None
    )


def _renew(sequence: int, owner: str, stop: threading.Event) -> None:
    try:
        while not stop.wait(conf.lease_seconds / 3):
            # A step that holds the row renews by finishing; waiting for it here would outlive it.
            with transaction.atomic():
                free = ListIssue.objects.select_for_update(skip_locked=True).filter(
                    sequence=sequence, lease_owner=owner
                )
                held = list(free.exclude(state=IssueState.RELEASED).values_list("sequence", flat=True))
                ListIssue.objects.filter(sequence__in=held).update(lease_until=_until())
    except Exception as error:  # without renewal the lease runs out and another worker goes on: that is the design
        log.warning("lease_not_renewed", sequence=sequence, error=type(error).__name__)
    finally:
        connection.close()


def _until() -> CombinedExpression:
    return Now() + timedelta(seconds=conf.lease_seconds)
