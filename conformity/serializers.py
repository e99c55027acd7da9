"""Shapes of conformity assessment at the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from conformity import selectors
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.findings import Grade
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import (
    Accreditation,
    AccreditationDecision,
    AccreditationDecisionKind,
    Assessment,
    AssessmentMember,
    CriteriaSet,
    Criterion,
    CriterionResult,
    Evidence,
    Finding,
    MemberRole,
    Report,
)
from conformity.services import ResultInput, ScopeItem
from trustreg.base.clock import utc_text
from trustreg.base.parsing import EnumField, Input, UtcField
from trustreg.parties.serializers import Names, optional, text

SHA256 = r"^[0-9a-f]{64}$"


def sha256() -> serializers.RegexField:
    return serializers.RegexField(SHA256)


def time(value: Any) -> str | None:
    return utc_text(value) if value is not None else None


# Criteria


class CriteriaSetOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    version = serializers.CharField()
    title = Names()
    status = serializers.CharField()
    sha256 = serializers.CharField(allow_null=True)
    in_force_from = UtcField(allow_null=True)
    transition_until = UtcField(allow_null=True)


class CriteriaSetPage(serializers.Serializer[Any]):
    results = CriteriaSetOut(many=True)
    next = serializers.CharField(allow_null=True)


def criteria_set_json(row: CriteriaSet) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "code": row.code,
        "version": row.version,
        "title": {"ja": row.title_ja, "en": row.title_en},
        "status": row.status,
        "sha256": row.sha256 or None,
        "in_force_from": time(row.in_force_from),
        "transition_until": time(row.transition_until),
    }


class CriteriaSetIn(Input):
    """A new draft from the shipped catalogue."""

    code = text(40)
    version = text(40)
    title_ja = text(200)
    title_en = text(200)


class CriterionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    criteria_set = serializers.UUIDField()
    position = serializers.IntegerField()
    code = serializers.CharField()
    tier = serializers.CharField()
    family = serializers.CharField()
    title = Names()
    text = serializers.CharField()
    levels = serializers.ListField(child=serializers.CharField())
    service_kinds = serializers.ListField(child=serializers.CharField())
    references = serializers.CharField()
    evidence_expected = serializers.CharField()
    basis = serializers.CharField()


class CriterionPage(serializers.Serializer[Any]):
    results = CriterionOut(many=True)
    next = serializers.CharField(allow_null=True)


class CriteriaQuery(Input):
    criteria_set = serializers.UUIDField(required=False)


def criterion_json(row: Criterion) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "criteria_set": str(row.criteria_set_id),
        "position": row.position,
        "code": row.code,
        "tier": row.tier,
        "family": row.family,
        "title": {"ja": row.title_ja, "en": row.title_en},
        "text": row.text_en,
        "levels": list(row.levels),
        "service_kinds": list(row.service_kinds),
        "references": row.reference_family,
        "evidence_expected": row.evidence_expected,
        "basis": row.basis,
    }


# Accreditation


class ScopeOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    service_kind = serializers.CharField()
    level = serializers.CharField()
    criteria_set = serializers.UUIDField()
    starts_at = UtcField()
    ends_at = UtcField(allow_null=True)


class AccreditationOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.CharField()
    ab = serializers.UUIDField()
    cab = serializers.UUIDField()
    cab_name = Names()
    valid_from = UtcField(allow_null=True)
    valid_until = UtcField(allow_null=True)
    scope = ScopeOut(many=True)


class AccreditationPage(serializers.Serializer[Any]):
    results = AccreditationOut(many=True)
    next = serializers.CharField(allow_null=True)


def accreditation_json(row: Accreditation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "number": row.number,
        "status": row.status,
        "ab": str(row.ab_id),
        "cab": str(row.cab_id),
        "cab_name": {"ja": row.cab.name_ja, "en": row.cab.name_en},
        "valid_from": time(row.valid_from),
        "valid_until": time(row.valid_until),
        "scope": [
            {
                "id": str(item.pk),
                "service_kind": item.service_kind,
                "level": item.level,
                "criteria_set": str(item.criteria_set_id),
                "starts_at": time(item.starts_at),
                "ends_at": time(item.ends_at),
            }
            for item in row.scope.all()
        ],
    }


class AccreditationIn(Input):
    ab_id = serializers.UUIDField()
    cab_id = serializers.UUIDField()
    number = text(40)


class ReasonsIn(Input):
    reasons = text(4000)


class ScopeItemIn(Input):
    service_kind = EnumField(ServiceKind)
    level = EnumField(Level)
    criteria_set_id = serializers.UUIDField()

    def to_internal_value(self, data: Any) -> Any:
        return ScopeItem(**super().to_internal_value(data))


class AccreditationDecisionIn(Input):
    kind = EnumField(AccreditationDecisionKind)
    reasons = text(4000)
    add = serializers.ListField(child=ScopeItemIn(), required=False, max_length=100)
    end = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)


class DraftHashIn(Input):
    draft_sha256 = sha256()


class AccreditationDecisionOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    accreditation = serializers.UUIDField()
    kind = serializers.CharField()
    payload = serializers.DictField()
    reasons = serializers.CharField()
    draft_sha256 = serializers.CharField()
    outcome = serializers.CharField(allow_null=True)
    proposed_at = UtcField()
    decided_at = UtcField(allow_null=True)


class AccreditationDecisionPage(serializers.Serializer[Any]):
    results = AccreditationDecisionOut(many=True)
    next = serializers.CharField(allow_null=True)


def accreditation_decision_json(row: AccreditationDecision) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "accreditation": str(row.accreditation_id),
        "kind": row.kind,
        "payload": row.payload,
        "reasons": row.reasons,
        "draft_sha256": row.draft_sha256,
        "outcome": row.outcome or None,
        "proposed_at": time(row.proposed_at),
        "decided_at": time(row.decided_at),
    }


# Assessment


class MemberOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    person = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.CharField()
    assigned_at = UtcField()


class AssessmentOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.CharField()
    cab = serializers.UUIDField()
    provider = serializers.UUIDField()
    provider_name = Names()
    service_kind = serializers.CharField()
    level = serializers.CharField()
    criteria_set = serializers.UUIDField()
    scope = serializers.UUIDField()
    opened_at = UtcField()


class AssessmentPage(serializers.Serializer[Any]):
    results = AssessmentOut(many=True)
    next = serializers.CharField(allow_null=True)


class AssessmentDetailOut(AssessmentOut):
    team = MemberOut(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    report_sha256 = serializers.CharField(allow_null=True)


def assessment_json(row: Assessment) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "status": row.status,
        "cab": str(row.cab_id),
        "provider": str(row.provider_id),
        "provider_name": {"ja": row.provider.name_ja, "en": row.provider.name_en},
        "service_kind": row.service_kind,
        "level": row.level,
        "criteria_set": str(row.criteria_set_id),
        "scope": str(row.scope_id),
        "opened_at": time(row.opened_at),
    }


def assessment_detail_json(row: Assessment) -> dict[str, Any]:
    report = selectors.report_of(row.pk)
    return {
        **assessment_json(row),
        "team": [member_json(member) for member in selectors.team(row.pk)],
        "missing": list(selectors.results_missing(row)),
        "report_sha256": report.sha256 if report else None,
    }


def member_json(row: AssessmentMember) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "person": str(row.person_id),
        "name": row.person.name_ja,
        "role": row.role,
        "assigned_at": time(row.assigned_at),
    }


class MemberIn(Input):
    person_id = serializers.UUIDField()
    role = EnumField(MemberRole)


class ResultIn(Input):
    criterion_id = serializers.UUIDField()
    outcome = EnumField(Outcome)
    reason = optional(4000)
    notes = optional(4000)
    evidence = serializers.ListField(child=sha256(), required=False, max_length=100)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return ResultInput(**{**values, "evidence": tuple(values.get("evidence", ()))})


class ResultsIn(Input):
    results = serializers.ListField(child=ResultIn(), allow_empty=False, max_length=500)


class ResultOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    criterion = serializers.UUIDField()
    criterion_code = serializers.CharField()
    version = serializers.IntegerField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    at = UtcField()
    notes = serializers.CharField(required=False, help_text="For the body that assesses only.")


class ResultList(serializers.Serializer[Any]):
    results = ResultOut(many=True)
    next = serializers.CharField(allow_null=True)


def result_json(row: CriterionResult, *, notes: bool) -> dict[str, Any]:
    shown = {
        "id": str(row.pk),
        "criterion": str(row.criterion_id),
        "criterion_code": row.criterion.code,
        "version": row.version,
        "outcome": row.outcome,
        "reason": row.reason,
        "evidence": list(row.evidence),
        "at": time(row.at),
    }
    return {**shown, "notes": row.notes} if notes else shown


class ConcludeIn(Input):
    conclusion = EnumField(Conclusion)
    summary = optional(4000)


class ReportOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    assessment = serializers.UUIDField()
    conclusion = serializers.CharField()
    summary = serializers.CharField()
    sha256 = serializers.CharField()
    body = serializers.CharField(help_text="Canonical JSON; its SHA-256 is `sha256`.")
    concluded_at = UtcField()


def report_json(row: Report) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "assessment": str(row.assessment_id),
        "conclusion": row.conclusion,
        "summary": row.summary,
        "sha256": row.sha256,
        "body": row.body,
        "concluded_at": time(row.concluded_at),
    }


# Findings


class AnswerOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    at = UtcField()


class FindingOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    assessment = serializers.UUIDField()
    number = serializers.IntegerField()
    criterion = serializers.UUIDField()
    criterion_code = serializers.CharField()
    grade = serializers.CharField()
    status = serializers.CharField()
    statement = serializers.CharField()
    raised_at = UtcField()
    plan_due = UtcField(allow_null=True)
    close_due = UtcField(allow_null=True)
    answers = AnswerOut(many=True)


class FindingList(serializers.Serializer[Any]):
    results = FindingOut(many=True)
    next = serializers.CharField(allow_null=True)


def finding_json(row: Finding) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "assessment": str(row.assessment_id),
        "number": row.number,
        "criterion": str(row.criterion_id),
        "criterion_code": row.criterion.code,
        "grade": row.grade,
        "status": row.status,
        "statement": row.statement,
        "raised_at": time(row.raised_at),
        "plan_due": time(row.plan_due),
        "close_due": time(row.close_due),
        "answers": [
            {"kind": answer.kind, "text": answer.text, "evidence": list(answer.evidence), "at": time(answer.at)}
            for answer in row.answers.all()
        ],
    }


class FindingIn(Input):
    criterion_id = serializers.UUIDField()
    grade = EnumField(Grade)
    statement = text(4000)


class TextIn(Input):
    text = text(4000)


class OptionalTextIn(Input):
    text = optional(4000)


class CorrectionIn(Input):
    text = text(4000)
    evidence = serializers.ListField(child=sha256(), required=False, max_length=100)


class RegradeIn(Input):
    grade = EnumField(Grade)
    reason = text(4000)


# Evidence


class EvidenceForm(Input):
    """A file of a multipart form. `previous_id` makes it the next version of that evidence."""

    file = serializers.FileField(allow_empty_file=True, max_length=255)
    filename = optional(255)
    previous_id = serializers.UUIDField(required=False)


class EvidenceOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    organisation = serializers.UUIDField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    media_type = serializers.CharField()
    filename = serializers.CharField()
    version = serializers.IntegerField()
    previous = serializers.UUIDField(allow_null=True)
    uploaded_at = UtcField()
    receipt_time = UtcField(allow_null=True)


class EvidencePage(serializers.Serializer[Any]):
    results = EvidenceOut(many=True)
    next = serializers.CharField(allow_null=True)


def evidence_json(row: Evidence) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "organisation": str(row.organisation_id),
        "sha256": row.sha256,
        "size": row.size,
        "media_type": row.media_type,
        "filename": row.filename,
        "version": row.version,
        "previous": str(row.previous_id) if row.previous_id else None,
        "uploaded_at": time(row.uploaded_at),
        "receipt_time": time(row.receipt_time),
    }
