"""The periods of the scheme, as data: `conformity/data/periods.json`, one object for each legal basis (design 3.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

DEFAULT_BASIS: Final = "scheme"
_FILE: Final = Path(__file__).resolve().parent.parent / "data" / "periods.json"


@dataclass(frozen=True, slots=True)
class SchemePeriods:
    """Lengths in days or calendar months, as each name says."""

    cooling_off_months: int
    accreditation_months: int  # of an assessment body
    validity_months: int  # of a granted service
    surveillance_months: int
    criteria_transition_months: int
    major_plan_days: int
    major_close_days: int
    minor_plan_days: int
    minor_close_days: int
    escalation_days: int  # after the closing of a major finding was due
    ratification_days: int  # of an urgent suspension
    incident_report_hours: int
    appeal_days: int
    lead_cycles: int  # successive assessments of one service by the same lead


@cache
def _table() -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = json.loads(_FILE.read_text("utf-8"))["periods"]
    return table


def legal_bases() -> tuple[str, ...]:
    """The legal bases that have periods of their own."""
    return tuple(_table())


def scheme_periods(legal_basis: str = DEFAULT_BASIS) -> SchemePeriods:
    """The periods under a legal basis: its own values over the scheme's. An unknown basis has the scheme's."""
    table = _table()
    return SchemePeriods(**(table[DEFAULT_BASIS] | table.get(legal_basis, {})))
