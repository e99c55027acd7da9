"""Grades of findings and what each demands (EN 319 403-1 practice; the numbers are scheme settings)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conformity.domain.periods import SchemePeriods


class Grade(StrEnum):
    """How much a finding weighs."""

    MAJOR = "major"  # a requirement is not met, or there is doubt that it can be: blocks a conforming conclusion
    MINOR = "minor"  # allowed with an accepted plan
    OBSERVATION = "observation"  # nothing is owed


class AnswerKind(StrEnum):
    """What was said about a finding, by either side."""

    PLAN = "plan"
    PLAN_ACCEPTED = "plan_accepted"
    PLAN_RETURNED = "plan_returned"
    CORRECTION = "correction"
    REOPENED = "reopened"
    VERIFICATION = "verification"
    REGRADED = "regraded"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When the plan and the closing of a finding are due; None where nothing is owed."""

    plan_due: datetime | None
    close_due: datetime | None


def deadlines(grade: Grade, raised_at: datetime, periods: SchemePeriods) -> Deadlines:
    """The deadlines of a finding raised at a moment."""
    if grade is Grade.OBSERVATION:
        return Deadlines(None, None)
    plan, close = (
        (periods.major_plan_days, periods.major_close_days)
        if grade is Grade.MAJOR
        else (periods.minor_plan_days, periods.minor_close_days)
    )
    return Deadlines(raised_at + timedelta(days=plan), raised_at + timedelta(days=close))
