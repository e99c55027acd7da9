"""Every value that a page may show has words in both languages."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from certification import titles
from certification.domain import lifecycle
from certification.domain.document_levels import Element, RequiredLevel
from certification.domain.values import ApplicationKind, DocumentKind, IncidentSeverity, LegalBasis
from conformity.domain import criteria, findings, service_kinds
from conformity.domain import lifecycle as conformity
from conformity.models import AccreditationDecisionKind, MemberRole
from trustreg.base.words import Words
from trustreg.pki.trust import Usage


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (titles.APPLICATION_STATUSES, lifecycle.ApplicationStatus),
        (titles.APPLICATION_CHIPS, lifecycle.ApplicationStatus),
        (titles.APPLICATION_MOVES, [move.name for move in lifecycle.APPLICATION]),
        (titles.APPLICATION_KINDS, ApplicationKind),
        (titles.DOCUMENT_KINDS, DocumentKind),
        (titles.LEGAL_BASES, LegalBasis),
        (titles.SEVERITIES, IncidentSeverity),
        (titles.USAGES, Usage),
        (titles.SIDES, lifecycle.Side),
        (titles.DECISION_KINDS, lifecycle.DecisionKind),
        (titles.DECISION_STATUSES, lifecycle.DecisionStatus),
        (titles.DECISION_CHIPS, lifecycle.DecisionStatus),
        (titles.SERVICE_STATUSES, lifecycle.ServiceStatus),
        (titles.REQUIRED_LEVELS, RequiredLevel),
        (titles.REQUIRED_ELEMENTS, Element),
        (titles.LEVELS, service_kinds.Level),
        (titles.ELEMENTS, service_kinds.TrustElement),
        (titles.SERVICE_KIND_TITLES, service_kinds.ServiceKind),
        (titles.TIERS, criteria.Tier),
        (titles.OUTCOMES, criteria.Outcome),
        (titles.OUTCOME_CHIPS, criteria.Outcome),
        (titles.CONCLUSIONS, criteria.Conclusion),
        (titles.CONCLUSION_CHIPS, criteria.Conclusion),
        (titles.GRADES, findings.Grade),
        (titles.GRADE_CHIPS, findings.Grade),
        (titles.ANSWERS, findings.AnswerKind),
        (titles.FINDING_STATUSES, conformity.FindingStatus),
        (titles.FINDING_CHIPS, conformity.FindingStatus),
        (titles.ASSESSMENT_STATUSES, conformity.AssessmentStatus),
        (titles.ASSESSMENT_CHIPS, conformity.AssessmentStatus),
        (titles.ACCREDITATION_STATUSES, conformity.AccreditationStatus),
        (titles.ACCREDITATION_CHIPS, conformity.AccreditationStatus),
        (titles.ACCREDITATION_DECISIONS, AccreditationDecisionKind.values),
        (titles.CRITERIA_SET_STATUSES, conformity.CriteriaSetStatus),
        (titles.CRITERIA_SET_CHIPS, conformity.CriteriaSetStatus),
        (titles.MEMBERS, MemberRole.values),
    ],
)
def test_every_value_has_a_title(table: dict[str, object], values: Iterable[str]) -> None:
    assert set(table) == {str(value) for value in values}


def test_no_title_lacks_a_language() -> None:
    for name in titles.__all__:
        table = getattr(titles, name)
        if not isinstance(table, dict):
            continue
        for value, words in table.items():
            if isinstance(words, Words):
                assert words.ja, (name, value)
                assert words.en, (name, value)
