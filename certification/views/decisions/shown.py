"""What a decision looks like on a page: the public rendering, the difference, the rules, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from certification.decision_forms import finding_label, incident_label, until_words
from certification.domain.decisions import DecisionContent, Identity, ServiceState
from certification.domain.lifecycle import GRANTED, SUSPENDED, ServiceStatus
from certification.models import Service
from certification.selectors.cases import Grounds
from certification.selectors.deciding import unsettled
from certification.services.decision_rules import Rule, Verdict
from certification.titles import (
    CONCLUSION_CHIPS,
    CONCLUSIONS,
    DECISION_KINDS,
    FINDING_CHIPS,
    FINDING_STATUSES,
    GRADES,
    SERVICE_STATUSES,
    USAGES,
)
from certification.views.decisions.words import BROKEN, RULES
from trustreg.base.errors import SeparationViolated
from trustreg.base.words import Words, language, named, say

_CHIPS: Final = {
    ServiceStatus.WITHDRAWN: "withdrawn",
    ServiceStatus.EXPIRED: "expired",
    ServiceStatus.CEASED: "ceased",
    ServiceStatus.NONE: "none",
}
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Side:
    """A service as the public sees it in one state: names, level badge, status chip, end."""

    name: str
    other_name: str
    other_lang: str
    level: str
    lapsed: bool
    chip: str
    until: str


def status_look(status: str) -> tuple[str, bool, str]:
    """(level of the badge, whether it is lapsed, state of the chip) of a status of the register."""
    value = ServiceStatus(status)
    chip = "valid" if value in GRANTED else "suspended" if value in SUSPENDED else _CHIPS[value]
    return value.level or "", value in SUSPENDED, chip


def side(state: ServiceState | None, service: Service, *, past: bool = False) -> Side:
    """One of the two cards. None: nothing was ever granted. `past`: it stands no longer, so no level looks granted."""
    names = dict(state.names) if state else service.names
    status = state.status if state else ServiceStatus.NONE
    other = "en" if language() == "ja" else "ja"
    level, lapsed, chip = status_look(status)
    return Side(
        name=named(names),
        other_name=str(names.get(other, "")),
        other_lang=other,
        level=level,
        lapsed=lapsed or past,
        chip=chip,
        until=until_words(state.valid_until) if state and state.valid_until and status not in _CHIPS else "",
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One line of `tr-diff`."""

    op: str
    label: str
    before: str = ""
    after: str = ""


_NAME_JA: Final = Words("名称（日本語）", "Name in Japanese")
_NAME_EN: Final = Words("名称（英語）", "Name in English")


def changes(before: ServiceState | None, after: ServiceState | None) -> list[Change]:
    """What differs between two states, in words."""
    return list(_changes(before, after))


def _changes(before: ServiceState | None, after: ServiceState | None) -> Iterator[Change]:
    yield from _one(say("Status"), _status(before), _status(after))
    for label, lang in ((_NAME_JA, "ja"), (_NAME_EN, "en")):
        yield from _one(str(label), _name(before, lang), _name(after, lang))
    yield from _one(say("Usages"), _usages(before), _usages(after))
    yield from _one(say("Valid", sense="shown"), _end(before), _end(after))
    old, new = _keys(before), _keys(after)
    for key in sorted(new - old):
        yield Change("add", say("Key"), after=_key(key))
    for key in sorted(old - new):
        yield Change("del", say("Key"), before=_key(key))
    yield from _one(say("Qualifiers"), _qualifiers(before), _qualifiers(after))
    yield from _one(say("Addresses"), _points(before), _points(after))
    yield from _one(say("Page that explains it"), _pages(before), _pages(after))


def _one(label: str, before: str, after: str) -> Iterator[Change]:
    if before == after:
        return
    yield Change("mod" if before and after else "add" if after else "del", label, before, after)


def _status(state: ServiceState | None) -> str:
    return str(SERVICE_STATUSES[state.status if state else ServiceStatus.NONE])


def _name(state: ServiceState | None, lang: str) -> str:
    return str(state.names.get(lang, "")) if state else ""


def _usages(state: ServiceState | None) -> str:
    return say(", ").join(str(USAGES[usage]) for usage in sorted(state.usages)) if state else ""


def _end(state: ServiceState | None) -> str:
    return until_words(state.valid_until) if state and state.valid_until else ""


def _keys(state: ServiceState | None) -> set[Identity]:
    return set(state.identities) if state else set()


def _key(key: Identity) -> str:
    return say(
        "{subject} (SHA-256 {digest}…)",
        subject=key.subject,
        digest=key.certificate_sha256[:_SHORT],
    )


def _qualifiers(state: ServiceState | None) -> str:
    return ", ".join(name for each in state.qualifications for name in each["qualifiers"]) if state else ""


def _points(state: ServiceState | None) -> str:
    return " ".join(state.supply_points) if state else ""


def _pages(state: ServiceState | None) -> str:
    pages = (state.definition_uri or {}) if state else {}
    return " ".join(pages[lang] for lang in ("ja", "en") if pages.get(lang))


def draft_changes(before: DecisionContent, after: DecisionContent) -> list[Change]:
    """What differs between two drafts of one decision: the state, the reasons, the citations."""
    found = [] if before.state is None and after.state is None else changes(before.state, after.state)
    found += _one(say("Kind"), str(DECISION_KINDS[before.kind]), str(DECISION_KINDS[after.kind]))
    for label, lang in (
        (Words("理由（日本語）", "Reasons in Japanese"), "ja"),
        (Words("理由（英語）", "Reasons in English"), "en"),
    ):
        found += _one(str(label), before.reasons.get(lang, ""), after.reasons.get(lang, ""))
    old, new = before.cites, after.cites
    if (old.findings, old.incidents) != (new.findings, new.incidents):
        found += _one(say("Findings cited"), _count(old.findings), _count(new.findings))
        found += _one(say("Incident reports cited"), _count(old.incidents), _count(new.incidents))
    if old.report_sha256 != new.report_sha256:
        found += _one(say("Report"), (old.report_sha256 or "")[:_SHORT], (new.report_sha256 or "")[:_SHORT])
    return found


def _count(cited: Iterable[str]) -> str:
    return str(len(tuple(cited)))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `tr-checks`."""

    tone: str
    what: str
    why: str = ""


def rule_lines(found: Iterable[Verdict], grounds: Grounds) -> list[Line]:
    """The rules in words, those that do not hold first."""
    lines = [_rule(verdict) for verdict in found]
    open_findings = unsettled(grounds.findings) if grounds.report is not None else ()
    if open_findings:
        lines.append(
            Line(
                "warn",
                say(
                    "Findings are not settled: {names}",
                    names="、".join(f"F{row.number}" for row in open_findings)
                    if language() == "ja"
                    else ", ".join(f"F{row.number}" for row in open_findings),
                ),
                say(
                    "The report concludes in spite of them. Say why in the reasons.",
                ),
            )
        )
    order = {"bad": 0, "warn": 1, "ok": 2}
    return sorted(lines, key=lambda line: order[line.tone])


def _rule(verdict: Verdict) -> Line:
    if verdict.error is None:
        return Line("ok", str(RULES[verdict.rule]))
    return Line("bad", str(BROKEN[verdict.rule]), why_not(verdict))


def why_not(verdict: Verdict) -> str:
    """The sentence that says why a rule does not hold (ui.md 3 for ties)."""
    error = verdict.error
    if error is None:
        return ""
    if verdict.rule is Rule.INDEPENDENT and isinstance(error, SeparationViolated) and "organisation" in error.extra:
        months = error.extra.get("cooling_off_months", "")
        if error.extra.get("applicant"):
            return say(
                "You belonged to this applicant within {months} months, so you cannot approve.",
                months=months,
            )
        return say(
            "You belonged to the assessing body of this case within {months} months, so you cannot approve.",
            months=months,
        )
    return error.ja if language() == "ja" else error.en


def grounds_shown(grounds: Grounds) -> dict[str, Any]:
    """What a decision rests on, in words."""
    shown: dict[str, Any] = {
        "findings": [
            {
                "label": finding_label(row),
                "chip": (*FINDING_CHIPS[row.status], FINDING_STATUSES[row.status]),
            }
            for row in grounds.findings
        ],
        "incidents": [incident_label(row) for row in grounds.incidents],
    }
    if grounds.findings:
        counted: dict[str, int] = {}
        for row in grounds.findings:
            counted[row.grade] = counted.get(row.grade, 0) + 1
        shown["grades"] = say(", ", sense="case criterion").join(
            f"{GRADES[grade]} {counted[grade]}" for grade in GRADES if grade in counted
        )
        shown["settled"] = not unsettled(grounds.findings)
    if grounds.report is not None:
        shown["report"] = grounds.report
        shown["accreditation"] = grounds.report.assessment.scope.accreditation
        shown["conclusion"] = (
            *CONCLUSION_CHIPS[grounds.report.conclusion],
            CONCLUSIONS[grounds.report.conclusion],
        )
    return shown
