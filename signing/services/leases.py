"""Work that is held by a sign of life: who dies stops renewing, and another takes it up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection
from django.db.models import QuerySet

from trustreg.base import clock
from trustreg.conf import settings as conf

log = structlog.get_logger(__name__)


_ANNOUNCED: Final = timedelta(seconds=60)


def announced_until(at: datetime) -> datetime:
    """Until when work that was announced at a time waits for its message; then that counts as lost."""
    return at + _ANNOUNCED


def lease_end(at: datetime) -> datetime:
    """Until when a silent worker keeps what it took at a time."""
    return at + timedelta(seconds=conf.lease_seconds)


@contextmanager
def renewed(rows: QuerySet[Any]) -> Iterator[None]:
    """Renew the lease of `rows` in the background while the body runs; the rows are those of their holder alone."""
    stop = threading.Event()
    renewal = threading.Thread(target=_renew, args=(rows, stop), name="validation-lease", daemon=True)
    renewal.start()
    try:
        yield
    finally:
        stop.set()
        renewal.join()


def _renew(rows: QuerySet[Any], stop: threading.Event) -> None:
    try:
        while not stop.wait(conf.lease_seconds / 3):
            rows.update(lease_until=lease_end(clock.now()))
    except Exception as error:  # without renewal the lease runs out and another worker goes on: that is the design
        log.warning("lease_not_renewed", error=type(error).__name__)
    finally:
        connection.close()
