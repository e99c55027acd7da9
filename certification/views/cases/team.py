"""Who assesses: members, people of the body with what speaks for or against them, and one's own declaration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from certification.case_forms import TIES, DeclarationForm, MemberForm
from certification.selectors import assessing
from certification.selectors.assessing import Candidate
from certification.titles import MEMBERS
from certification.views.cases import acts
from certification.views.cases.frame import BODY, Opened, opened, show
from conformity import services
from conformity.domain.lifecycle import OPEN_ASSESSMENT_STATUSES, AssessmentStatus
from conformity.domain.roles import OPEN_ASSESSMENT
from conformity.models import AssessmentMember, MemberRole
from trustreg.base.errors import InvalidInput, NotFound, NotPermitted, TrustregError
from trustreg.base.words import name_of, say
from trustreg.parties import drafts
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.services import conflict_declare
from trustreg.parties.titles import role_words
from trustreg.parties.visitors import actor_of_page, for_roles

ASSESSORS = (Role.CAB_LEAD, Role.CAB_ASSESSOR)


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def case_team(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The team; POST assigns a person (`act` assign) or declares one's own ties (`act` declare)."""
    found = opened(request, assessment_id)
    candidates = assessing.candidates_for(found.file.assessment, found.at)
    present = {row.person_id for row in found.file.team}
    people = [
        (str(row.appointment.person_id), name_of(row.appointment.person))
        for row in candidates
        if row.appointment.person_id not in present
    ]
    act = request.POST.get("act", "")
    member = MemberForm(
        request.POST if act == "assign" else None,
        people=people,
        initial=_typed(request, "assign") or {"role": MemberRole.ASSESSOR if found.file.has_lead else MemberRole.LEAD},
    )
    declaration = DeclarationForm(request.POST if act == "declare" else None, initial=_typed(request, "declare"))
    status = 200
    if request.method == "POST":
        form = {"assign": member, "declare": declaration}.get(act)
        if form is None:
            raise InvalidInput("There is no such act.", "そのような操作はありません。")
        status = _do(request, found, act, member, declaration)
        if not status:
            return HttpResponseRedirect(reverse("pages:case-team", args=[assessment_id]))
    return show(request, found, "team", "case_team", _context(found, candidates, member, declaration), status=status)


def _typed(request: HttpRequest, act: str) -> dict[str, Any] | None:
    if not hasattr(request, "trustreg_typed"):
        request.trustreg_typed = drafts.take(request)  # type: ignore[attr-defined] # handed out once, asked for twice
    typed = request.trustreg_typed  # type: ignore[attr-defined]
    return typed.dict() if typed and typed.get("act") == act else None


def _do(request: HttpRequest, found: Opened, act: str, member: MemberForm, declaration: DeclarationForm) -> int:
    """0 when it is done, else the status of the page that says why not."""
    form = member if act == "assign" else declaration
    if not form.is_valid():
        return 422
    values = form.cleaned_data
    actor, file = actor_of_page(request), found.file
    try:
        if act == "assign":
            _require_role(found)
            services.assessment_member_assign(
                assessment_id=file.assessment.pk,
                person_id=UUID(values["person"]),
                role=MemberRole(values["role"]),
                actor=actor,
                at=found.at,
            )
            messages.success(request, say("The person was added to the team."))
        else:
            conflict_declare(
                organisation_id=file.assessment.provider_id,
                kind=Tie(values["kind"]),
                text=values["text"],
                actor=actor,
                at=found.at,
            )
            messages.success(request, say("Your declaration was recorded."))
    except TrustregError as error:
        form.refuse(error)
        return error.status
    return 0


def _require_role(found: Opened) -> None:
    if found.role not in OPEN_ASSESSMENT.roles:
        titles = [role_words(role) for role in sorted(OPEN_ASSESSMENT.roles)]
        raise NotPermitted(
            f"The team is named by: {', '.join(words.en for words in titles)}. Switch your role, or go back.",
            f"チームを決める役割：{'、'.join(words.ja for words in titles)}。役割を切り替えるか、戻ってください。",
        )


def _context(
    found: Opened, candidates: list[Candidate], member: MemberForm, declaration: DeclarationForm
) -> dict[str, Any]:
    assessment = found.file.assessment
    changeable = assessment.status in OPEN_ASSESSMENT_STATUSES
    known = {row.appointment.person_id: row for row in candidates}
    present = {row.person_id for row in found.file.team}
    me = found.visitor.account.person_id
    own = known.get(me)
    return {
        "team": [_member(row, known.get(row.person_id), assessment.service_kind) for row in found.file.team],
        "candidates": [
            _candidate(row, assessment.service_kind) for row in candidates if row.appointment.person_id not in present
        ],
        "may_name": changeable and found.role in OPEN_ASSESSMENT.roles,
        "is_fixed": not changeable,
        "member_form": member,
        "declaration_form": declaration,
        "own": _declared(own) if own else None,
        "may_declare": changeable and found.role in ASSESSORS,
        "step": _next(found),
    }


def _next(found: Opened) -> acts.Step | None:
    """What comes once there is a lead; the way to this page itself is left out."""
    if found.file.assessment.status != AssessmentStatus.OPENED or not found.file.has_lead:
        return None
    step = acts.next_step(found)
    return replace(step, links=step.links[:1])


def _declared(row: Candidate | None) -> dict[str, Any]:
    """Tone, icon and words of a declaration about the provider."""
    if row is None or row.declaration is None:
        return {"tone": "warn", "icon": "alert", "word": say("Not declared"), "at": None}
    if row.declaration.kind == Tie.NONE:
        return {
            "tone": "ok",
            "icon": "check",
            "word": say("No conflict"),
            "at": row.declaration.declared_at,
        }
    return {"tone": "bad", "icon": "x", "word": str(TIES[row.declaration.kind]), "at": row.declaration.declared_at}


def _competent(row: Candidate | None, kind: str) -> dict[str, str]:
    if row is not None and (row.covers is None or kind in row.covers):
        return {"tone": "ok", "icon": "check", "word": say("Covers this kind")}
    return {"tone": "bad", "icon": "x", "word": say("Does not cover this kind")}


def _member(row: AssessmentMember, known: Candidate | None, kind: str) -> dict[str, Any]:
    return {
        "person": row.person_id,
        "name": name_of(row.person),
        "role": MEMBERS[row.role],
        "since": row.assigned_at,
        "declared": _declared(known),
        "competent": _competent(known, kind),
    }


def _candidate(row: Candidate, kind: str) -> dict[str, Any]:
    return {
        "name": name_of(row.appointment.person),
        "role": role_words(Role(row.appointment.role)),
        "declared": _declared(row),
        "competent": _competent(row, kind),
    }


@for_roles(*BODY)
@require_http_methods(["GET", "HEAD", "POST"])
def case_member(request: HttpRequest, assessment_id: UUID, person_id: UUID) -> HttpResponse:
    """Ask, then take a person out of the team."""
    found = opened(request, assessment_id)
    member = next((row for row in found.file.team if row.person_id == person_id), None)
    if member is None:
        raise NotFound("This person is not in the team.", "この人は、チームにいません。")
    _require_role(found)
    form, status = MemberForm(people=[]), 200
    if request.method == "POST":
        try:
            services.assessment_member_remove(
                assessment_id=assessment_id, person_id=person_id, actor=actor_of_page(request), at=found.at
            )
        except TrustregError as error:
            form, status = MemberForm({}, people=[]), error.status
            form.errors.clear()
            form.refuse(error)
        else:
            messages.success(request, say("The person was taken out of the team."))
            return HttpResponseRedirect(reverse("pages:case-team", args=[assessment_id]))
    context = {"member": name_of(member.person), "form": form}
    return show(request, found, "team", "case_member", context, status=status)
