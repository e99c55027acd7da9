"""Addresses of conformity assessment under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from conformity.api import accreditations, assessments, criteria, evidence, findings
from conformity.views import criteria as criteria_
from conformity.views import evidence as evidence_

_SET = "criteria-sets/<uuid:criteria_set_id>"
_ACCREDITATION = "accreditations/<uuid:accreditation_id>"
_ACCREDITATION_DECISION = "accreditation-decisions/<uuid:decision_id>"
_ASSESSMENT = "assessments/<uuid:assessment_id>"
_FINDING = "findings/<uuid:finding_id>"

urlpatterns = [
    path("criteria", criteria.CriteriaEndpoint.as_view(), name="criteria"),
    path("criteria-sets", criteria.CriteriaSetsEndpoint.as_view(), name="criteria-sets"),
    path(f"{_SET}/open-comment", criteria.OpenComment.as_view(), name="criteria-set-open-comment"),
    path(f"{_SET}/revise", criteria.Revise.as_view(), name="criteria-set-revise"),
    path(f"{_SET}/approve", criteria.Approve.as_view(), name="criteria-set-approve"),
    path(f"{_SET}/put-in-force", criteria.PutInForce.as_view(), name="criteria-set-put-in-force"),
    path(f"{_SET}/retire", criteria.Retire.as_view(), name="criteria-set-retire"),
    path("accreditations", accreditations.AccreditationsEndpoint.as_view(), name="accreditations"),
    path(_ACCREDITATION, accreditations.AccreditationEndpoint.as_view(), name="accreditation"),
    path(f"{_ACCREDITATION}/review-documents", accreditations.ReviewDocuments.as_view(), name="accreditation-review"),
    path(f"{_ACCREDITATION}/assess-office", accreditations.AssessOffice.as_view(), name="accreditation-office"),
    path(f"{_ACCREDITATION}/witness", accreditations.Witness.as_view(), name="accreditation-witness"),
    path(f"{_ACCREDITATION}/refuse", accreditations.Refuse.as_view(), name="accreditation-refuse"),
    path(
        f"{_ACCREDITATION}/decisions",
        accreditations.AccreditationDecisionsEndpoint.as_view(),
        name="accreditation-decisions",
    ),
    path(f"{_ACCREDITATION_DECISION}/approve", accreditations.Approve.as_view(), name="accreditation-decision-approve"),
    path(f"{_ACCREDITATION_DECISION}/reject", accreditations.Reject.as_view(), name="accreditation-decision-reject"),
    path("assessments", assessments.AssessmentsEndpoint.as_view(), name="assessments"),
    path(_ASSESSMENT, assessments.AssessmentEndpoint.as_view(), name="assessment"),
    path(f"{_ASSESSMENT}/criteria", assessments.ApplicableCriteriaEndpoint.as_view(), name="assessment-criteria"),
    path(f"{_ASSESSMENT}/team", assessments.TeamEndpoint.as_view(), name="assessment-team"),
    path(f"{_ASSESSMENT}/team/<uuid:person_id>", assessments.MemberEndpoint.as_view(), name="assessment-member"),
    path(f"{_ASSESSMENT}/results", assessments.ResultsEndpoint.as_view(), name="assessment-results"),
    path(f"{_ASSESSMENT}/findings", findings.FindingsEndpoint.as_view(), name="assessment-findings"),
    path(f"{_ASSESSMENT}/report", assessments.ReportEndpoint.as_view(), name="assessment-report"),
    path(f"{_ASSESSMENT}/examine-documents", assessments.ExamineDocuments.as_view(), name="assessment-documents"),
    path(f"{_ASSESSMENT}/go-on-site", assessments.GoOnSite.as_view(), name="assessment-on-site"),
    path(f"{_ASSESSMENT}/submit", assessments.Submit.as_view(), name="assessment-submit"),
    path(f"{_ASSESSMENT}/return", assessments.Return.as_view(), name="assessment-return"),
    path(f"{_ASSESSMENT}/cancel", assessments.Cancel.as_view(), name="assessment-cancel"),
    path(f"{_ASSESSMENT}/conclude", assessments.Conclude.as_view(), name="assessment-conclude"),
    path(_FINDING, findings.FindingEndpoint.as_view(), name="finding"),
    path(f"{_FINDING}/plan", findings.SubmitPlan.as_view(), name="finding-plan"),
    path(f"{_FINDING}/plan/accept", findings.AcceptPlan.as_view(), name="finding-plan-accept"),
    path(f"{_FINDING}/plan/return", findings.ReturnPlan.as_view(), name="finding-plan-return"),
    path(f"{_FINDING}/correct", findings.Correct.as_view(), name="finding-correct"),
    path(f"{_FINDING}/reopen", findings.Reopen.as_view(), name="finding-reopen"),
    path(f"{_FINDING}/verify", findings.Verify.as_view(), name="finding-verify"),
    path(f"{_FINDING}/regrade", findings.Regrade.as_view(), name="finding-regrade"),
    path(
        "organisations/<uuid:organisation_id>/evidence",
        evidence.OrganisationEvidenceEndpoint.as_view(),
        name="organisation-evidence",
    ),
    path("evidence/<uuid:evidence_id>", evidence.EvidenceEndpoint.as_view(), name="evidence"),
    path("evidence/<uuid:evidence_id>/content", evidence.EvidenceContentEndpoint.as_view(), name="evidence-content"),
]

page_patterns = [
    *criteria_.patterns,
    *evidence_.patterns,
]
