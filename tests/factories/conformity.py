"""A scheme with criteria in force, an accredited body and a provider; assessments at any stage."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from conformity import selectors, services
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import (
    Accreditation,
    AccreditationDecisionKind,
    Assessment,
    CriteriaSet,
    Evidence,
    MemberRole,
    Report,
)
from conformity.services import ResultInput, ScopeItem
from tests.factories import parties
from trustreg.base import clock
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.models import Organisation

_counter = itertools.count(1)


@dataclass(frozen=True)
class Scheme:
    """Everybody that a case needs; `assessor` is a second member of teams."""

    admin: Actor
    editor: Actor
    scheme_approver: Actor
    ab: Organisation
    proposer: Actor
    approver: Actor
    clerk: Actor
    cab: Organisation
    lead: Actor
    assessor: Actor
    decider: Actor
    provider: Organisation
    officer: Actor
    criteria_set: CriteriaSet
    accreditation: Accreditation


def scheme(
    *, kinds: Iterable[ServiceKind] = (ServiceKind.TIMESTAMP,), levels: Iterable[Level] = (Level.QUALIFIED,)
) -> Scheme:
    """Criteria in force, one accredited body for these kinds and levels, one provider."""
    admin = parties.administrator()
    ab = parties.organisation(admin, OrganisationKind.AB)
    cab = parties.organisation(admin, OrganisationKind.CAB)
    provider = parties.organisation(admin, OrganisationKind.PROVIDER)
    editor = parties.actor(admin, ab, Role.SCHEME_EDITOR)
    scheme_approver = parties.actor(admin, ab, Role.SCHEME_APPROVER)
    proposer = parties.actor(admin, ab, Role.AB_PROPOSER)
    approver = parties.actor(admin, ab, Role.AB_APPROVER)
    criteria_set = criteria_in_force(editor, scheme_approver)
    row = accreditation(ab, cab, proposer, approver, criteria_set, kinds=kinds, levels=levels)
    return Scheme(
        admin=admin,
        editor=editor,
        scheme_approver=scheme_approver,
        ab=ab,
        proposer=proposer,
        approver=approver,
        clerk=parties.actor(admin, ab, Role.AB_CLERK),
        cab=cab,
        lead=parties.actor(admin, cab, Role.CAB_LEAD),
        assessor=parties.actor(admin, cab, Role.CAB_ASSESSOR),
        decider=parties.actor(admin, cab, Role.CAB_DECIDER),
        provider=provider,
        officer=parties.actor(admin, provider, Role.PROVIDER_OFFICER),
        criteria_set=criteria_set,
        accreditation=row,
    )


def criteria_in_force(editor: Actor, approver: Actor, *, code: str = "JP-TRUST", version: str = "2026") -> CriteriaSet:
    """The shipped catalogue, drafted, commented on, approved by a second person and put in force."""
    row = services.criteria_load(
        code=code, version=version, title_ja="認定基準", title_en="Criteria", actor=editor, at=clock.now()
    )
    services.criteria_set_open_comment(criteria_set_id=row.pk, actor=editor, at=clock.now())
    services.criteria_set_approve(criteria_set_id=row.pk, actor=approver, at=clock.now())
    return services.criteria_set_put_in_force(criteria_set_id=row.pk, actor=approver, at=clock.now())


def accreditation(
    ab: Organisation,
    cab: Organisation,
    proposer: Actor,
    approver: Actor,
    criteria_set: CriteriaSet,
    *,
    kinds: Iterable[ServiceKind] = (ServiceKind.TIMESTAMP,),
    levels: Iterable[Level] = (Level.QUALIFIED,),
) -> Accreditation:
    """An accreditation granted by two people for every pair of kind and level."""
    row = services.accreditation_apply(
        ab_id=ab.pk, cab_id=cab.pk, number=f"AB-{next(_counter):04d}", actor=proposer, at=clock.now()
    )
    for act in (
        services.accreditation_review_documents,
        services.accreditation_assess_office,
        services.accreditation_witness,
    ):
        act(accreditation_id=row.pk, actor=proposer, at=clock.now())
    items = [ScopeItem(kind, level, criteria_set.pk) for kind in kinds for level in levels]
    decide(row, AccreditationDecisionKind.GRANT, proposer, approver, add=items)
    return selectors.accreditation_get(row.pk)


def decide(
    row: Accreditation,
    kind: AccreditationDecisionKind,
    proposer: Actor,
    approver: Actor,
    *,
    add: Iterable[ScopeItem] = (),
) -> None:
    """Propose by one person and approve by another."""
    decision = services.accreditation_decision_propose(
        accreditation_id=row.pk, kind=kind, reasons="Reasons of the decision.", add=add, actor=proposer, at=clock.now()
    )
    services.accreditation_decision_approve(
        decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=approver, at=clock.now()
    )


def evidence(case: Scheme, content: bytes | None = None, filename: str = "policy.txt") -> Evidence:
    """A file that the provider hands in."""
    data = content if content is not None else f"evidence {next(_counter)}".encode()
    return services.evidence_store_file(
        organisation_id=case.provider.pk,
        content=io.BytesIO(data),
        filename=filename,
        actor=case.officer,
        at=clock.now(),
    )


def assessment(
    case: Scheme, *, kind: ServiceKind = ServiceKind.TIMESTAMP, level: Level = Level.QUALIFIED, team: bool = True
) -> Assessment:
    """An assessment at stage 1 with a lead and an assessor (or just opened, without `team`)."""
    row = services.assessment_open(
        cab_id=case.cab.pk,
        provider_id=case.provider.pk,
        service_kind=kind,
        level=level,
        criteria_set_id=case.criteria_set.pk,
        actor=case.lead,
        at=clock.now(),
    )
    if team:
        for someone, role in ((case.lead, MemberRole.LEAD), (case.assessor, MemberRole.ASSESSOR)):
            parties.declare_no_conflict(someone, case.provider)
            services.assessment_member_assign(
                assessment_id=row.pk, person_id=someone.person_id, role=role, actor=case.lead, at=clock.now()
            )
        row = services.assessment_examine_documents(assessment_id=row.pk, actor=case.lead, at=clock.now())
    return row


def answer_all(case: Scheme, row: Assessment, proof: Evidence) -> None:
    """Every applicable criterion conforms, citing one piece of evidence."""
    criteria = selectors.criteria_applicable(row.criteria_set_id, ServiceKind(row.service_kind), Level(row.level))
    services.results_record(
        assessment_id=row.pk,
        results=[ResultInput(criterion.pk, Outcome.CONFORM, evidence=(proof.sha256,)) for criterion in criteria],
        actor=case.assessor,
        at=clock.now(),
    )


def conclude(case: Scheme, row: Assessment, conclusion: Conclusion = Conclusion.CONFORM) -> Report:
    """Submit by the lead and conclude by the decider."""
    services.assessment_submit(assessment_id=row.pk, actor=case.lead, at=clock.now())
    return services.assessment_conclude(assessment_id=row.pk, conclusion=conclusion, actor=case.decider, at=clock.now())


def concluded(case: Scheme, **facts: object) -> Report:
    """The report of an assessment in which everything conforms."""
    row = assessment(case, **facts)  # type: ignore[arg-type]
    answer_all(case, row, evidence(case))
    return conclude(case, row)
