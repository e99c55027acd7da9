"""Criteria sets are drafted, commented on, approved by a second person, put in force and superseded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from conformity.domain import lifecycle
from conformity.domain.canonical import sha256_of
from conformity.domain.criteria import Tier, parse_kinds, parse_levels
from conformity.domain.periods import scheme_periods
from conformity.domain.roles import APPROVE_CRITERIA, EDIT_CRITERIA
from conformity.domain.tags import Tag
from conformity.models import CriteriaSet, Criterion
from conformity.services.moves import begun, first_move, lock, move
from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput, SeparationViolated
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.separation import are_two_people, months_before
from trustreg.parties.selectors import authorise

CATALOGUE: Final = Path(__file__).resolve().parent.parent / "data" / "criteria.csv"


def read_catalogue(path: Path = CATALOGUE) -> list[dict[str, str]]:
    """The rows of a criteria catalogue (CSV, UTF-8, columns as in `conformity/data/criteria.csv`)."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _criterion(row: Mapping[str, str], position: int) -> Criterion:
    group = row["group"].partition(":")[0]
    return Criterion(
        position=position,
        code=row["id"],
        tier=Tier(group),
        family=row["family"],
        title_ja=row["title_ja"],
        # The catalogue has no short English title: its sentence serves as both.
        title_en=row.get("title_en") or row["text_en"],
        text_en=row["text_en"],
        levels=sorted(parse_levels(row["level"])),
        service_kinds=sorted(parse_kinds(row["service_types"])),
        reference_family=row["reference_family"],
        evidence_expected=row["evidence_expected"],
        basis=row["basis"],
    )


def digest(criteria: Iterable[Criterion]) -> str:
    """SHA-256 of the canonical JSON of criteria, in order: what approval fixes."""
    facts: list[dict[str, Any]] = [
        {
            "code": row.code,
            "tier": row.tier,
            "family": row.family,
            "title_ja": row.title_ja,
            "title_en": row.title_en,
            "text_en": row.text_en,
            "levels": sorted(row.levels),
            "service_kinds": sorted(row.service_kinds),
            "reference_family": row.reference_family,
            "evidence_expected": row.evidence_expected,
            "basis": row.basis,
        }
        for row in sorted(criteria, key=lambda row: row.position)
    ]
    return sha256_of(facts)


@transaction.atomic
def criteria_load(
    *,
    code: str,
    version: str,
    title_ja: str,
    title_en: str,
    rows: Iterable[Mapping[str, str]] | None = None,
    actor: Actor,
    at: datetime,
) -> CriteriaSet:
    """Draft a criteria set from catalogue rows (None: the shipped catalogue). Loading the same again changes nothing.

    A draft takes the new rows of its editor. Raises Conflict when the set has left the draft and the rows differ,
    SeparationViolated (a draft of another person), InvalidInput, NotPermitted.
    """
    authorise(actor, EDIT_CRITERIA, at)
    try:
        criteria = [_criterion(row, n) for n, row in enumerate(read_catalogue() if rows is None else rows, start=1)]
    except (KeyError, ValueError) as error:
        raise InvalidInput(
            f"The catalogue cannot be read: {error}.", f"基準の一覧を読み取れません（{error}）。"
        ) from error
    if len({row.code for row in criteria}) != len(criteria):
        raise InvalidInput("A criterion code occurs twice.", "同じ基準番号が2回現れます。")
    found = CriteriaSet.objects.select_for_update().filter(code=code, version=version).first()
    if found is None:
        found = CriteriaSet.objects.create(
            code=code,
            version=version,
            title_ja=title_ja,
            title_en=title_en,
            editor_id=actor.person_id,
            **first_move(lifecycle.DRAFT, actor=actor, at=at),
        )
        begun(found, actor=actor, at=at)
    elif digest(found.criteria.all()) == digest(criteria):
        return found
    elif found.status != lifecycle.CriteriaSetStatus.DRAFT:
        raise Conflict(
            f"{found} is no longer a draft; load the change as a new version.",
            f"{found} は草案ではありません。変更は新しい版として登録してください。",
        )
    elif are_two_people(found.editor_id, actor.person_id):
        raise SeparationViolated(
            "Only its editor rewrites a draft, because whoever wrote it does not approve it. Load a new version.",
            "草案を書き換えられるのは、その編集者だけです（書いた人は承認できないため）。新しい版として登録してください。",
        )
    else:
        found.criteria.all().delete()
    for row in criteria:
        row.criteria_set = found
    Criterion.objects.bulk_create(criteria)
    events.record(
        Tag.CRITERIA_LOADED, actor=actor, at=at, subject=("criteria_set", found.pk), data={"criteria": len(criteria)}
    )
    return found


@transaction.atomic
def criteria_set_open_comment(*, criteria_set_id: UUID, actor: Actor, at: datetime) -> CriteriaSet:
    """Open a draft for public comment; its text rests from here.

    Raises TransitionNotAllowed, NotPermitted, NotFound.
    """
    authorise(actor, EDIT_CRITERIA, at)
    row = lock(CriteriaSet, criteria_set_id)
    move(row, lifecycle.OPEN_COMMENT, actor=actor, at=at)
    return row


@transaction.atomic
def criteria_set_revise(*, criteria_set_id: UUID, actor: Actor, at: datetime) -> CriteriaSet:
    """Take a set back to draft after comments. Raises TransitionNotAllowed, NotPermitted, NotFound."""
    authorise(actor, EDIT_CRITERIA, at)
    row = lock(CriteriaSet, criteria_set_id)
    move(row, lifecycle.REVISE, actor=actor, at=at)
    return row


@transaction.atomic
def criteria_set_approve(*, criteria_set_id: UUID, actor: Actor, at: datetime) -> CriteriaSet:
    """Approve a commented set by another person than its editor; its digest is fixed.

    Raises SeparationViolated, TransitionNotAllowed, NotPermitted, NotFound.
    """
    authorise(actor, APPROVE_CRITERIA, at)
    row = lock(CriteriaSet, criteria_set_id)
    if not are_two_people(row.editor_id, actor.person_id):
        raise SeparationViolated(
            "The editor of a criteria set does not approve it.", "編集者は自分の基準を承認できません。"
        )
    criteria = digest(row.criteria.all())
    move(
        row,
        lifecycle.APPROVE_SET,
        actor=actor,
        at=at,
        data={"sha256": criteria},
        changes={"approver_id": actor.person_id, "sha256": criteria},
    )
    return row


@transaction.atomic
def criteria_set_put_in_force(*, criteria_set_id: UUID, actor: Actor, at: datetime) -> CriteriaSet:
    """Put an approved set in force; the one before is superseded and usable until the scheme's transition has passed.

    Raises TransitionNotAllowed, NotPermitted, NotFound.
    """
    authorise(actor, APPROVE_CRITERIA, at)
    row = lock(CriteriaSet, criteria_set_id)
    lifecycle.PUT_IN_FORCE.check(row.status)
    before = (
        CriteriaSet.objects.select_for_update()
        .filter(code=row.code, status=lifecycle.CriteriaSetStatus.IN_FORCE)
        .first()
    )
    if before is not None:
        until = months_before(at, -scheme_periods().criteria_transition_months)
        move(before, lifecycle.SUPERSEDE, actor=actor, at=at, changes={"transition_until": until})
    move(row, lifecycle.PUT_IN_FORCE, actor=actor, at=at, changes={"in_force_from": at})
    return row


@transaction.atomic
def criteria_set_retire(*, criteria_set_id: UUID, actor: Actor, at: datetime) -> CriteriaSet:
    """Retire a superseded set after its transition. Raises Conflict, TransitionNotAllowed, NotPermitted, NotFound."""
    authorise(actor, APPROVE_CRITERIA, at)
    row = lock(CriteriaSet, criteria_set_id)
    lifecycle.RETIRE.check(row.status)
    if row.transition_until is not None and at < row.transition_until:
        raise Conflict("The transition of this set has not ended.", "この基準の移行期間はまだ終わっていません。")
    move(row, lifecycle.RETIRE, actor=actor, at=at)
    return row
