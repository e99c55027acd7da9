"""The one place that writes a status: check the arrow, number the move, save, leave an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from conformity.domain.tags import moved
from conformity.models import Accreditation, Assessment, CriteriaSet, Finding, Moving
from trustreg.base import events
from trustreg.base.errors import NotFound
from trustreg.base.lifecycle import Arrow
from trustreg.parties.domain.actors import Actor

Row = TypeVar("Row", bound=Moving)

_NAMES = {CriteriaSet: "criteria_set", Accreditation: "accreditation", Assessment: "assessment", Finding: "finding"}
_JA = {"criteria_set": "認定基準", "accreditation": "認定", "assessment": "評価", "finding": "指摘"}


def lock(model: type[Row], pk: UUID) -> Row:
    """The row, locked until the transaction ends. Raises NotFound."""
    row = model._default_manager.select_for_update().filter(pk=pk).first()  # noqa: SLF001 - public by Django's documentation
    if row is None:
        name = _NAMES[model]
        raise NotFound(f"There is no {name.replace('_', ' ')} {pk}.", f"{_JA[name]} {pk} はありません。")
    return row


def first_move(arrow: Arrow, *, actor: Actor, at: datetime) -> dict[str, Any]:
    """The columns of a record that begins with `arrow`."""
    return {
        "status": arrow.to,
        "transition": arrow.name,
        "previous_status": "",
        "revision": 0,
        "moved_at": at,
        "moved_by_id": actor.person_id,
    }


def begun(row: Moving, *, actor: Actor, at: datetime, data: Mapping[str, Any] | None = None) -> None:
    """Leave the event of a record that has just begun."""
    name = _NAMES[type(row)]
    events.record(moved(name, row.transition), actor=actor, at=at, subject=(name, row.pk), data=data)


def move(
    row: Moving,
    arrow: Arrow,
    *,
    actor: Actor,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Move a locked row along `arrow` and set `changes` with it. Raises TransitionNotAllowed."""
    arrow.check(row.status)
    row.previous_status, row.status, row.transition = row.status, arrow.to, arrow.name
    row.revision += 1
    row.moved_at = at
    row.moved_by_id = None if actor.is_system else actor.person_id
    changed = dict(changes or {})
    for column, value in changed.items():
        setattr(row, column, value)
    row.save(update_fields=["status", "transition", "previous_status", "revision", "moved_at", "moved_by", *changed])
    name = _NAMES[type(row)]
    events.record(
        moved(name, arrow.name), actor=None if actor.is_system else actor, at=at, subject=(name, row.pk), data=data
    )
