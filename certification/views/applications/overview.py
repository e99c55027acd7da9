"""One application: the task list of its provider, and what its receivers read."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from certification import selectors
from certification.domain import lifecycle
from certification.domain.lifecycle import ApplicationStatus
from certification.models import Application, ApplicationEvent
from certification.selectors import Check, Matter
from certification.titles import (
    APPLICATION_KINDS,
    APPLICATION_MOVES,
    DOCUMENT_KINDS,
    LEGAL_BASES,
    SERVICE_KIND_TITLES,
    USAGES,
)
from certification.views.applications.common import READERS, Case, case_of, optional, page
from certification.views.applications.words import NEXT, TRIAL
from conformity.services import may_read
from trustreg.base import clock
from trustreg.base.words import name_of, say
from trustreg.parties.domain.roles import Role
from trustreg.parties.visitors import for_roles

_A = ApplicationStatus
_STEP: Final = {
    _A.DRAFT: 1,
    _A.RETURNED: 1,
    _A.SUBMITTED: 2,
    _A.ACCEPTED: 3,
    _A.ASSESSING: 3,
    _A.CONCLUDED: 3,
    _A.UNDER_DECISION: 4,
    _A.GRANTED: 6,
    _A.REJECTED: 5,
}
_MOVE_TONES: Final = {"return": "warn", "refuse": "bad", "reject": "bad", "grant": "ok", "withdraw": "idle"}


@for_roles(*READERS)
@require_safe
def application(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """The application, as the role in use sees it."""
    case = case_of(request, application_id)
    row = case.application
    events = list(selectors.application_events(row))
    documents = selectors.document_versions(row)
    shown: dict[str, Any] = {
        "step": _STEP.get(ApplicationStatus(row.status), 0),
        "documents": document_lines(documents, case, opens=_opens(case, documents)),
        "history": [_moment(event) for event in reversed(events)],
        "returned": _last(events, lifecycle.RETURN.name) if row.status == _A.RETURNED else None,
        "ended": events[-1] if row.status in (_A.REFUSED, _A.REJECTED, _A.WITHDRAWN) else None,
        "receipt": _last(events, lifecycle.SUBMIT.name),
        "facts": facts_of(row),
        "next": str(NEXT[row.status]).format(cab=name_of(row.cab)) if row.status in NEXT else "",
        "acts": _acts(case),
    }
    if case.is_writable:
        checks = selectors.trial_check(row, [doc for doc, _ in documents], clock.now())
        shown |= _task_list(case, checks) | {"checks": check_lines(checks, case), "checked_at": clock.now()}
    else:
        assessment = selectors.assessments_of(row.pk).first()
        shown["assessment_url"] = optional("case", assessment.pk) if assessment and case.side == "cab" else ""
        shown["findings"] = assessment is not None and assessment.findings.exists()
        shown["propose_url"] = _propose(case)
    return page(request, "application", case, **shown)


def facts_of(row: Application) -> dict[str, Any]:
    """The application's own facts in words."""
    return {
        "kind": APPLICATION_KINDS[row.kind],
        "service_kind": SERVICE_KIND_TITLES[row.service.kind],
        "legal_basis": LEGAL_BASES[row.service.legal_basis],
        "usages": say(", ").join(str(USAGES[usage]) for usage in row.usages),
    }


def _opens(case: Case, documents: Any) -> bool:
    """Whether the reader may open the documents: a body only once it assesses."""
    if case.side != "cab" or not documents:
        return True
    return may_read(documents[0][0].evidence, case.visitor.actor, clock.now())


def document_lines(documents: Any, case: Case, *, opens: bool = True) -> list[dict[str, Any]]:
    """The documents with what the page shows of each."""
    return [
        {
            "document": row,
            "evidence": row.evidence,
            "kind": DOCUMENT_KINDS[row.kind],
            "earlier": earlier,
            "url": optional("evidence-view", row.evidence_id) if opens else "",
            "receipt_url": optional("evidence-receipt", row.evidence_id) if opens and row.evidence.receipt_time else "",
        }
        for row, earlier in documents
    ]


def check_lines(checks: tuple[Check, ...], case: Case) -> list[dict[str, Any]]:
    """The trial check in words: what, how to mend it, and where."""
    places = {
        Matter.IDENTITY: "identity",
        Matter.EVIDENCE: "evidence",
        Matter.EXPECTED: "evidence",
        Matter.FIT: "level",
        Matter.BODY: "level",
    }
    lines = []
    for check in checks:
        what, how = TRIAL[check.matter, check.tone]
        named = {
            "document": str(DOCUMENT_KINDS[check.document]) if check.document else "",
            "count": check.count,
            "cab": name_of(case.application.cab),
        }
        section = places.get(check.matter, "")
        lines.append(
            {
                "tone": check.tone,
                "what": str(what).format(**named),
                "how": str(how).format(**named),
                "url": case.place(section) if section and check.tone != "ok" else "",
            }
        )
    return lines


def _task_list(case: Case, checks: tuple[Check, ...]) -> dict[str, Any]:
    tones = {check.matter: check.tone for check in checks if check.matter is not Matter.EXPECTED}
    bad = [check for check in checks if check.tone == "bad"]
    warned = [check for check in checks if check.tone == "warn"]
    states = {
        "service": "done",
        "identity": "done" if tones[Matter.IDENTITY] == "ok" else "todo",
        "level": "fix" if tones[Matter.FIT] == "bad" or tones[Matter.BODY] == "warn" else "done",
        "evidence": "done" if tones[Matter.EVIDENCE] == "ok" else "todo",
        "trial": "fix" if bad else "done",
        "submit": "blocked" if bad or not case.is_officer else "todo",
    }
    done = sum(state == "done" for state in states.values())
    return {"states": states, "done": done, "tasks": len(states), "bad": len(bad), "warned": len(warned)}


def _last(events: list[ApplicationEvent], transition: str) -> ApplicationEvent | None:
    return next((event for event in reversed(events) if event.transition == transition), None)


def _moment(event: ApplicationEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "what": APPLICATION_MOVES[event.transition],
        "tone": _MOVE_TONES.get(event.transition, "info"),
        "reasons": event.reasons,
    }


def _acts(case: Case) -> dict[str, str]:
    """The sections in which the role in use can act on this application now."""
    status, role = case.application.status, case.visitor.role
    possible: dict[str, bool] = {}
    if case.side == "provider":
        possible["withdraw"] = case.is_officer and status in lifecycle.WITHDRAW.sources
        writes = (_A.DRAFT, _A.RETURNED, _A.SUBMITTED, _A.ACCEPTED, _A.ASSESSING)
        possible["evidence"] = status in writes
    elif case.side == "cab":
        reviews = role in (Role.CAB_CLERK, Role.CAB_LEAD, Role.CAB_DECIDER)
        possible["accept"] = reviews and status in lifecycle.ACCEPT.sources
        possible["return"] = reviews and status == _A.SUBMITTED
        possible["refuse"] = reviews and status in lifecycle.REFUSE.sources
        possible["assessment"] = role is Role.CAB_LEAD and status in lifecycle.ASSESS.sources
    else:
        possible["return"] = role in (Role.AB_CLERK, Role.AB_PROPOSER) and status == _A.UNDER_DECISION
    return {name: case.place(name) for name, may in possible.items() if may}


def _propose(case: Case) -> str:
    if case.visitor.role is not Role.AB_PROPOSER or case.application.status != _A.UNDER_DECISION:
        return ""
    return optional("application-propose", case.application.pk) or optional("decisions")
