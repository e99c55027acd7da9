"""What every page of a case shows: whose it is, how far it is, its tabs; and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from certification.selectors import assessing
from certification.selectors.assessing import CaseFile, Line, Sheet
from certification.titles import (
    APPLICATION_KINDS,
    ASSESSMENT_CHIPS,
    ASSESSMENT_STATUSES,
    GRADES,
    OUTCOMES,
    SERVICE_KIND_TITLES,
    TIERS,
    Titles,
)
from conformity.domain.criteria import Outcome, Tier
from conformity.domain.findings import Grade
from trustreg.base import clock
from trustreg.base.errors import NotPermitted
from trustreg.base.words import Words, language, name_of, say
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import Visitor, visitor_of

BODY: Final = (Role.CAB_CLERK, Role.CAB_LEAD, Role.CAB_ASSESSOR, Role.CAB_DECIDER)

FAMILIES: Final[Titles] = {
    "organisation": Words("組織", "Organisation"),
    "facility": Words("設備", "Facilities"),
    "technical": Words("技術", "Technology"),
    "operational": Words("運用", "Operation"),
    "trust_anchor": Words("トラストアンカー", "Trust anchor"),
    "process": Words("手順", "Process"),
    "resource": Words("資源", "Resources"),
    "structural": Words("体制", "Structure"),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as the visitor of this request sees it."""

    visitor: Visitor
    role: Role
    file: CaseFile
    sheet: Sheet
    at: datetime


def opened(request: HttpRequest, assessment_id: UUID, *, answers: bool = False) -> Opened:
    """The case (`answers`: with those to findings), for people of its body. Raises NotFound, NotPermitted."""
    visitor = visitor_of(request)
    if visitor is None or visitor.seat is None:
        raise NotPermitted("This page is for assessment bodies.", "このページは、適合性評価機関のものです。")
    file = assessing.case_of_body(
        assessment_id, cab_id=visitor.seat.organisation_id, person_id=visitor.account.person_id
    )
    return Opened(visitor, visitor.seat.role, file, assessing.sheet_of(file.assessment, answers=answers), clock.now())


def case_title(file: CaseFile) -> str:
    """`北斗時刻認証サービス　更新の審査`."""
    if file.application is None:
        kind = SERVICE_KIND_TITLES[file.assessment.service_kind]
        return say("Assessment of {who}: {kind}", who=name_of(file.assessment.provider), kind=kind)
    kind = APPLICATION_KINDS[file.application.kind]
    name = name_of(file.application.service)
    small = kind.ja if language() == "ja" else kind.en.lower()
    return say("Assessment of {name} ({kind})", name=name, kind=small)


def group_title(line: Line, service_kind: str) -> str:
    """The heading over criteria: `タイムスタンプ：技術`, `共通：組織`."""
    tier, family = line.group
    over = SERVICE_KIND_TITLES[service_kind] if tier == Tier.SERVICE else TIERS[tier]
    return say("{over}: {family}", over=over, family=FAMILIES.get(family, Words(family, family)))


def criterion_title(line: Line) -> str:
    """The criterion's title in the active language."""
    return line.criterion.title_ja if language() == "ja" else line.criterion.title_en or line.criterion.title_ja


def line_state(line: Line) -> dict[str, Any]:
    """Tone, icon and words of a criterion in a list."""
    live = sorted(line.live_findings, key=lambda row: list(Grade).index(Grade(row.grade)))
    if live:
        first = live[0]
        word = say("{grade} finding F{n}", grade=GRADES[first.grade], n=first.number)
        tone = "bad" if first.grade == Grade.MAJOR else "warn"
        return {"tone": tone, "icon": "flag", "word": word}
    if line.result is None:
        return {"tone": "", "icon": "dash", "word": say("Open")}
    looks = {
        Outcome.CONFORM: ("ok", "check-circle"),
        Outcome.NONCONFORM: ("bad", "x"),
        Outcome.NOT_APPLICABLE: ("", "dash"),
    }
    tone, icon = looks[Outcome(line.result.outcome)]
    return {"tone": tone, "icon": icon, "word": str(OUTCOMES[line.result.outcome])}


def due_of(at: datetime | None, now: datetime) -> dict[str, Any] | None:
    """A deadline with its tone and its distance in words."""
    if at is None:
        return None
    days = (at - now).days
    if at <= now:
        late = (now - at).days
        word = say("{n} days overdue", n=late) if late else say("overdue")
        return {"at": at, "tone": "bad", "word": word}
    word = say("in {n} days", n=days) if days else say("today")
    return {"at": at, "tone": "warn" if days < 7 else "", "word": word}


def frame(case: Opened, tab: str) -> dict[str, Any]:
    """Context of every page of a case."""
    file, sheet = case.file, case.sheet
    pk = file.assessment.pk
    tone, icon = ASSESSMENT_CHIPS[file.assessment.status]
    first = next((line for line in sheet.lines if line.is_open), sheet.lines[0] if sheet.lines else None)
    tabs = [
        ("overview", say("Overview"), reverse("pages:case", args=[pk])),
        *(
            [
                (
                    "criteria",
                    say("Criteria", sense="frame"),
                    reverse("pages:case-criterion", args=[pk, first.criterion.code]),
                )
            ]
            if first
            else []
        ),
        (
            "findings",
            say("Findings ({n})", n=len(sheet.findings)),
            reverse("pages:case-findings", args=[pk]),
        ),
        ("team", say("Team"), reverse("pages:case-team", args=[pk])),
        ("report", say("Report"), reverse("pages:case-report", args=[pk])),
    ]
    return {
        "wide": True,
        "case": file,
        "sheet": sheet,
        "assessment": file.assessment,
        "case_title": case_title(file),
        "case_status": ASSESSMENT_STATUSES[file.assessment.status],
        "case_tone": tone,
        "case_icon": icon,
        "case_due": due_of(sheet.due(file.assessment.status), case.at),
        "tabs": [{"name": name, "label": label, "url": url, "current": name == tab} for name, label, url in tabs],
        "conforming": sheet.count(Outcome.CONFORM),
        "failing": sheet.count(Outcome.NONCONFORM),
        "out_of_scope": sheet.count(Outcome.NOT_APPLICABLE),
        "families": FAMILIES,
    }


def show(
    request: HttpRequest, case: Opened, tab: str, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of the case."""
    return render(request, f"certification/{template}.html", {**frame(case, tab), **context}, status=status)
