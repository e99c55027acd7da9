"""The criteria by which services and assessment bodies are assessed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from conformity import selectors
from conformity.criteria_search import CriteriaFilter, FoundCriteria, find_criteria
from conformity.domain.criteria import Tier
from conformity.domain.lifecycle import CriteriaSetStatus
from conformity.domain.service_kinds import ASSESSED_LEVELS, ServiceKind
from conformity.models import CriteriaSet, Criterion
from conformity.titles import CRITERIA_SET_CHIPS, CRITERIA_SET_STATUSES, FAMILIES, LEVELS, SERVICE_KIND_TITLES, TIERS
from trustreg.base.errors import NotFound
from trustreg.base.words import Words, either, language

LONGEST_WORDS: Final = 200


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """The criteria in force, by family; `set` shows another public version. Raises NotFound for an unknown one."""
    sets = list(selectors.criteria_sets_public())
    chosen = _chosen(sets, request.GET.get("set", ""))
    shown: dict[str, Any] = {"sets": [_set(row, chosen) for row in sets], "chosen": None}
    if chosen is not None:
        asked = _asked(request)
        rows = list(selectors.criteria_public(criteria_set_id=chosen.pk).order_by("position"))
        found = find_criteria(rows, asked)
        shown |= {
            "chosen": _set(chosen, chosen),
            "all": len(rows),
            "found": len(found.rows),
            "families": [{"name": name, "rows": part} for name, part in _families(found.rows)],
            "filters": _filters(found, asked),
            "q": request.GET.get("q", "").strip()[:LONGEST_WORDS],
            "is_set": asked.is_set,
            "set_asked": "set" in request.GET,
        }
    return render(request, "conformity/criteria.html", shown)


def _chosen(sets: list[CriteriaSet], wanted: str) -> CriteriaSet | None:
    if wanted:
        try:
            identifier = uuid.UUID(wanted)
        except ValueError:
            identifier = None
        found = next((row for row in sets if row.pk == identifier), None)
        if found is None:
            raise NotFound("There is no criteria set with this identifier.", "その基準集はありません。")
        return found
    return next((row for row in sets if row.status == CriteriaSetStatus.IN_FORCE), None)


def _set(row: CriteriaSet, chosen: CriteriaSet | None) -> dict[str, Any]:
    tone, icon = CRITERIA_SET_CHIPS[row.status]
    return {
        "row": row,
        "title": either(row.title_ja, row.title_en),
        "tone": tone,
        "icon": icon,
        "status": CRITERIA_SET_STATUSES[row.status],
        "current": chosen is not None and row.pk == chosen.pk,
    }


def _asked(request: HttpRequest) -> CriteriaFilter:
    """What the form asks for; a value that it does not offer is passed over."""
    level, kind = request.GET.get("level", ""), request.GET.get("kind", "")
    return CriteriaFilter(
        words=tuple(request.GET.get("q", "")[:LONGEST_WORDS].split()),
        level=level if level in set(ASSESSED_LEVELS) else "",
        kind=kind if kind in set(ServiceKind) else "",
        tiers=frozenset(request.GET.getlist("tier")) & set(Tier),
    )


def _families(rows: Iterable[Criterion]) -> Iterable[tuple[Words | str, list[dict[str, Any]]]]:
    """The criteria by family: services' first, in the order of the set."""
    order = {family: number for number, family in enumerate(FAMILIES)}
    arranged = sorted(rows, key=lambda row: (order.get(row.family, len(order)), row.family, row.position))
    for family, part in groupby(arranged, key=lambda row: row.family):
        yield FAMILIES.get(family, family), [_row(row) for row in part]


def _row(row: Criterion) -> dict[str, Any]:
    japanese = language() == "ja"  # the catalogue has a title in Japanese and its sentence in English
    return {
        "row": row,
        "title": row.title_ja if japanese else row.text_en,
        "other": row.text_en if japanese else row.title_ja,
        "other_lang": "en" if japanese else "ja",
        "tier": TIERS[row.tier],
        "kinds": [SERVICE_KIND_TITLES[kind] for kind in row.service_kinds],
        "is_for_bodies": row.tier == Tier.CAB_DESIGNATION,
        "levels": [level for level in ASSESSED_LEVELS if level in row.levels],
    }


def _filters(found: FoundCriteria, asked: CriteriaFilter) -> dict[str, list[dict[str, Any]]]:
    return {
        "levels": [_option(level, LEVELS[level], found.levels, asked.level == level) for level in ASSESSED_LEVELS],
        "kinds": [_option(kind, SERVICE_KIND_TITLES[kind], found.kinds, asked.kind == kind) for kind in ServiceKind],
        "tiers": [_option(tier, TIERS[tier], found.tiers, tier in asked.tiers) for tier in Tier],
    }


def _option(value: str, label: Words, counts: dict[str, int], chosen: bool) -> dict[str, Any]:
    return {"value": value, "label": label, "count": counts[value], "chosen": chosen}


patterns = [path("criteria", criteria, name="criteria")]
