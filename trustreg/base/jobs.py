"""Work for later: sent by name after commit, so that no task is seen before its rows, and no import runs in a circle.

The database is the truth about every job. A message that is lost, doubled or late changes nothing: a task looks at the
rows and continues, and a sweeper finds what no message announced.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)


def enqueue(name: str, /, **arguments: Any) -> None:
    """Send the task `name` with JSON-able `arguments` once the current transaction has committed."""
    transaction.on_commit(lambda: send(name, **arguments), robust=True)


def send(name: str, /, **arguments: Any) -> bool:
    """Send now. False when the broker can't be reached: the sweeper will find the work."""
    try:
        current_app.send_task(name, kwargs=arguments, ignore_result=True, retry=False)
    except Exception as error:  # any broker, any transport: all of them mean "not now"
        log.warning("job_not_sent", task=name, error=type(error).__name__)
        return False
    return True
