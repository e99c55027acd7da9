"""A decider outside the team concludes an assessment; the report's digest binds results, findings and evidence."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conformity import selectors
from conformity.domain import lifecycle
from conformity.domain.canonical import canonical
from conformity.domain.criteria import Conclusion
from conformity.domain.roles import CONCLUDE
from conformity.models import Assessment, Report
from conformity.services.assessments import require_scope
from conformity.services.moves import lock, move
from trustreg.base import outbox
from trustreg.base.clock import utc_text
from trustreg.base.errors import PreconditionFailed, SeparationViolated
from trustreg.parties.domain.actors import Actor
from trustreg.parties.selectors import authorise, require_independent


@transaction.atomic
def assessment_conclude(
    *, assessment_id: UUID, conclusion: Conclusion, summary: str = "", actor: Actor, at: datetime
) -> Report:
    """Conclude a submitted assessment; it and all in it is frozen from here.

    "conform" needs every applicable criterion answered, major findings closed and verified, and every other
    nonconformity under an accepted plan; "nonconform" needs the answers alone. The decider was never in the team and
    is independent of the provider. Raises SeparationViolated, PreconditionFailed (`extra["missing"]`,
    `extra["open"]`), TransitionNotAllowed, NotPermitted, NotFound.
    """
    row = lock(Assessment, assessment_id)
    authorise(actor, CONCLUDE, at, organisation_id=row.cab_id)
    lifecycle.CONCLUDE.check(row.status)
    if actor.person_id in selectors.team_person_ids(assessment_id):
        raise SeparationViolated(
            "Whoever was in the team does not decide (ISO/IEC 17065 7.6.2).",
            "チームにいた人は決定できません（ISO/IEC 17065 7.6.2）。",
        )
    require_independent(actor.person_id, [row.provider_id], at, cooling_off_months=row.cooling_off_months)
    require_scope(row, at)
    missing = selectors.results_missing(row)
    if missing:
        raise PreconditionFailed(
            f"{len(missing)} applicable criteria have no result.",
            f"{len(missing)} 件の基準に結果がありません。",
            extra={"missing": list(missing)},
        )
    obstacles = selectors.obstacles_to_conformity(selectors.results_latest(row.pk), selectors.findings_of(row.pk))
    if conclusion is Conclusion.CONFORM and obstacles:
        raise PreconditionFailed(
            f"Conformity cannot be concluded: {', '.join(obstacles)} are open.",
            f"未解決の項目があるため、適合と結論できません：{'、'.join(obstacles)}。",
            extra={"open": list(obstacles)},
        )
    body = report_body(row, conclusion, at)
    report = Report.objects.create(
        assessment=row,
        conclusion=conclusion,
        summary=summary.strip(),
        body=body,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        concluded_by_id=actor.person_id,
        concluded_at=at,
    )
    move(row, lifecycle.CONCLUDE, actor=actor, at=at, data={"conclusion": conclusion.value, "sha256": report.sha256})
    outbox.emit("conformity.assessment.concluded", {"assessment_id": str(row.pk)})
    return report


def report_body(assessment: Assessment, conclusion: Conclusion, at: datetime) -> str:
    """The canonical JSON of what was concluded, without names and the private notes of the team."""
    evidence: set[str] = set()
    results = []
    for result in selectors.results_latest(assessment.pk):
        evidence.update(result.evidence)
        results.append(
            {
                "criterion": result.criterion.code,
                "version": result.version,
                "outcome": result.outcome,
                "reason": result.reason,
                "evidence": sorted(result.evidence),
            }
        )
    findings = []
    for finding in selectors.findings_of(assessment.pk):
        answers = sorted({digest for answer in finding.answers.all() for digest in answer.evidence})
        evidence.update(answers)
        findings.append(
            {
                "number": finding.number,
                "criterion": finding.criterion.code,
                "grade": finding.grade,
                "status": finding.status,
                "statement": finding.statement,
                "evidence": answers,
            }
        )
    return canonical(
        {
            "type": "trustreg-assessment-report/1",
            "assessment": str(assessment.pk),
            "cab": str(assessment.cab_id),
            "provider": str(assessment.provider_id),
            "accreditation_scope": str(assessment.scope_id),
            "service_kind": assessment.service_kind,
            "level": assessment.level,
            "criteria_set": {"id": str(assessment.criteria_set_id), "sha256": assessment.criteria_set.sha256},
            "conclusion": conclusion.value,
            "concluded_at": utc_text(at),
            "results": results,
            "findings": findings,
            "evidence": sorted(evidence),
        }
    )
