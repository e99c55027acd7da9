"""Celery edge of publication. Every task looks at the database and goes on; twice, late or never is no harm."""

from __future__ import annotations

from typing import Any

import structlog
from celery import shared_task

from qualified_list import services
from qualified_list.services import ListRefused
from trustreg.base.errors import TrustregError

log = structlog.get_logger(__name__)


@shared_task(name="qualified_list.tasks.publish")
def publish(reissue: bool = False, after: int | None = None, **_: Any) -> int | None:
    """Publish what was decided, or finish what was begun. The sequence that was released, if any."""
    try:
        return services.publish(reissue=reissue, after=after)
    except ListRefused as refused:
        log.error("list_refused", codes=sorted({item["code"] for item in refused.findings}))
    except TrustregError as error:
        log.error("list_not_published", code=error.code, detail=error.en)
    return None


@shared_task(name="qualified_list.tasks.decision_approved")
def decision_approved(**_: Any) -> int | None:
    """A decision was approved (topic `certification.decision.approved`): publish it, with all others decided by now."""
    result: int | None = publish()
    return result


@shared_task(name="qualified_list.tasks.reissue")
def reissue(after: int | None = None, **_: Any) -> int | None:
    """A list operator asked for a new issue after list `after` (topic `qualified_list.reissue_requested`)."""
    result: int | None = publish(reissue=True, after=after)
    return result


@shared_task(name="qualified_list.tasks.sweep")
def sweep() -> int | None:
    """Every few seconds: take up intents whose worker died, and changes that no message announced."""
    try:
        return services.sweep()
    except ListRefused as refused:
        log.error("list_refused", codes=sorted({item["code"] for item in refused.findings}))
    except TrustregError as error:
        log.error("list_not_published", code=error.code, detail=error.en)
    return None


@shared_task(name="qualified_list.tasks.reissue_when_due")
def reissue_when_due() -> int | None:
    """Hourly: issue the list anew in time before its NextUpdate."""
    return services.reissue_when_due()
