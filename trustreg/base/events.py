"""The audit trail: every act leaves one event, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from trustreg.base.models import Event


class ActingPerson(Protocol):
    """What the trail keeps of an actor."""

    @property
    def person_id(self) -> UUID: ...

    @property
    def account_id(self) -> UUID: ...

    @property
    def via(self) -> str: ...


def record(
    tag: str,
    *,
    actor: ActingPerson | None,
    at: datetime,
    subject: tuple[str, object],
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Append one event, such as `certification:application:submitted`. `actor` None means the system itself.

    `subject` is (type, id). Never put personal data, secrets or contents of evidence into `data`.
    """
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return Event.objects.create(
        tag=tag,
        person_id=actor.person_id if actor else None,
        account_id=actor.account_id if actor else None,
        via=actor.via if actor else "system",
        subject_type=subject[0],
        subject_id=str(subject[1]),
        at=at,
        request_id=str(request_id)[:64],
        data=dict(data or {}),
    )
