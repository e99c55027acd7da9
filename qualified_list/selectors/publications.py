"""How publications go: the issue under way, its steps, what it brings, what was refused and why."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django.db.models import QuerySet

from certification.models import Decision, DecisionProposal, StatusChange
from qualified_list.domain.rules import RuleInfo, rules
from qualified_list.models import IssueState, ListIssue, Refusal
from trustreg.base.errors import NotFound
from trustreg.parties.models import Person

SHOWN: Final = 20
STEPS: Final = ("compiled", "checked", "signed", "verified", "released")


@dataclass(frozen=True, slots=True)
class Publication:
    """An issue with the steps that it has taken. `refused` is the newest refusal of it as it stands, if any."""

    issue: ListIssue
    refusals: tuple[Refusal, ...]

    @property
    def moments(self) -> tuple[tuple[str, datetime | None], ...]:
        """(step, when it was done), in order; None: not yet."""
        issue = self.issue
        times = (issue.compiled_at, issue.checked_at, issue.signed_at, issue.verified_at, issue.released_at)
        return tuple(zip(STEPS, times, strict=True))

    @property
    def done(self) -> int:
        """How many steps are done."""
        return [state.value for state in IssueState].index(self.issue.state) + 1

    @property
    def is_released(self) -> bool:
        """Whether it is public."""
        return self.issue.state == IssueState.RELEASED

    @property
    def refused(self) -> Refusal | None:
        """Why it does not go on, None while it does."""
        if self.is_released:
            return None
        found = (row for row in self.refusals if row.unsigned_sha256 in ("", self.issue.unsigned_sha256))
        return next((row for row in found if row.mark in ("", self.issue.mark)), None)


def _light() -> QuerySet[ListIssue]:
    return ListIssue.objects.defer("content", "unsigned", "decisions")


def publication(sequence: int) -> Publication:
    """The publication of an issue, under way or done (two queries). Raises NotFound."""
    issue = _light().filter(pk=sequence).first()
    if issue is None:
        raise NotFound(f"Issue {sequence} is not being published.", f"第 {sequence} 号の公表は始まっていません。")
    return Publication(issue, tuple(Refusal.objects.filter(sequence=sequence).order_by("-id")[:SHOWN]))


def issue_with_decision(decision_id: uuid.UUID) -> int | None:
    """The first issue that holds a decision, under way or released."""
    rows = ListIssue.objects.filter(decisions__contains=[{"decision": str(decision_id)}]).order_by("sequence")
    return rows.values_list("sequence", flat=True).first()


def issue_after(sequence: int) -> int | None:
    """The first issue after this one, under way or released."""
    rows = ListIssue.objects.filter(sequence__gt=sequence).order_by("sequence")
    return rows.values_list("sequence", flat=True).first()


@dataclass(frozen=True, slots=True)
class Entered:
    """A decision that an issue is the first to hold."""

    decision: Decision
    from_status: str
    to_status: str


def entered(sequence: int) -> tuple[list[Entered], int]:
    """The decisions that this issue is the first to hold (`SHOWN` at most), and how many there are."""
    held = _decisions_of(sequence) - _decisions_of(sequence - 1)
    newest = sorted(held)[-SHOWN:]
    rows = StatusChange.objects.filter(pk__in=newest).select_related("decision__service__provider").order_by("pk")
    return [Entered(row.decision, row.from_status, row.to_status) for row in rows], len(held)


def _decisions_of(sequence: int) -> set[int]:
    found = ListIssue.objects.filter(pk=sequence).values_list("decisions", flat=True).first()
    return {int(item["change"]) for item in found or ()}


def unlisted_decisions(current: int | None) -> tuple[list[Entered], int]:
    """What was decided since the list in force (`SHOWN` at most), and how many there are."""
    held = max(_decisions_of(current), default=0) if current else 0
    rows = StatusChange.objects.filter(pk__gt=held).select_related("decision__service__provider").order_by("pk")
    found = list(rows[: SHOWN + 1])
    number = len(found) if len(found) <= SHOWN else rows.count()
    return [Entered(row.decision, row.from_status, row.to_status) for row in found[:SHOWN]], number


def people_of(decision_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[Person, Person | None]]:
    """(proposer, approver) of each of these decisions, for the body's own pages (one query)."""
    rows = DecisionProposal.objects.filter(decision__in=list(decision_ids)).order_by("decision_id", "revision")
    found: dict[uuid.UUID, tuple[Person, Person | None]] = {}
    for row in rows.select_related("proposer", "decision__approval__approver"):
        approval = getattr(row.decision, "approval", None)
        found[row.decision_id] = (row.proposer, approval.approver if approval else None)
    return found


def refusals_since(sequence: int) -> tuple[Refusal, ...]:
    """Refusals of the issues after this one, newest first."""
    return tuple(Refusal.objects.filter(sequence__gt=sequence).order_by("-id")[:SHOWN])


def changes_list(decision_id: uuid.UUID) -> bool | None:
    """Whether a decision in force says something else than what stood; None when there is no such decision."""
    own = StatusChange.objects.filter(decision=decision_id).order_by("sequence").first()
    if own is None:
        return None
    before = StatusChange.objects.filter(service=own.service_id, sequence=own.sequence - 1).first()
    return before is None or before.content != own.content


@lru_cache(maxsize=1)
def _rules() -> dict[str, RuleInfo]:
    return {rule.id: rule for rule in rules()}


def clause_of(code: str) -> str:
    """The clause of the standard behind the code of a finding; empty for findings that are no rule of it."""
    rule = _rules().get(code)
    return rule.clause if rule else ""


def as_findings(refusal: Refusal) -> list[dict[str, Any]]:
    """The findings of a refusal, each once: `{"code", "clause", "where", "message"}`."""
    seen: dict[str, dict[str, Any]] = {}
    for item in refusal.findings:
        key = json.dumps([item["code"], item["where"]])
        seen.setdefault(key, {**item, "clause": clause_of(item["code"])})
    return list(seen.values())
