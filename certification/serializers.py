"""Shapes of certification at the API."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from certification.domain.document_levels import DocumentLevel
from certification.domain.lifecycle import DecisionKind
from certification.domain.values import ApplicationKind, DocumentKind, IncidentSeverity, LegalBasis
from certification.models import (
    Application,
    ApplicationEvidence,
    Decision,
    Incident,
    Service,
    ServiceIdentity,
)
from certification.selectors import PublicDecision, decision_proposal, service_type
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind
from conformity.serializers import sha256, time
from trustreg.base.parsing import Base64Field, EnumField, Input, UtcField
from trustreg.conf import settings as conf
from trustreg.parties.serializers import Names, optional, text
from trustreg.pki.trust import Usage

USAGES = [usage.value for usage in Usage]


def usages() -> serializers.ListField:
    return serializers.ListField(child=serializers.ChoiceField(choices=USAGES), required=False, max_length=3)


class NamesIn(Input):
    """A text in both languages."""

    ja = text(4000)
    en = text(4000)


class UrisIn(Input):
    ja = optional(200)
    en = optional(200)


# Services


class ServiceIn(Input):
    provider_id = serializers.UUIDField()
    kind = EnumField(ServiceKind)
    name_ja = text(200)
    name_en = text(200)
    legal_basis = EnumField(LegalBasis, required=False)
    supply_points = serializers.ListField(child=text(200), required=False, max_length=20)
    definition_uri = UrisIn(required=False)
    qualifications = serializers.ListField(child=serializers.DictField(), required=False, max_length=20)


class ServiceChangeIn(Input):
    name_ja = serializers.CharField(max_length=200, required=False)
    name_en = serializers.CharField(max_length=200, required=False)
    supply_points = serializers.ListField(child=text(200), required=False, max_length=20)
    definition_uri = UrisIn(required=False)
    qualifications = serializers.ListField(child=serializers.DictField(), required=False, max_length=20)


class ProviderOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = Names()
    corporate_number = serializers.CharField(allow_null=True)


class RegisteredServiceOut(serializers.Serializer[Any]):
    """A service as its provider declares it; what stands and is listed changes only by a decision."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    trust_element = serializers.CharField()
    type = serializers.CharField()
    name = Names()
    provider = ProviderOut()
    legal_basis = serializers.CharField()
    supply_points = serializers.ListField(child=serializers.CharField())
    definition_uri = serializers.DictField()


def service_json(row: Service) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "trust_element": SERVICE_KINDS[ServiceKind(row.kind)].element.value,
        "type": service_type(row),
        "name": row.names,
        "provider": {
            "id": str(row.provider_id),
            "name": {"ja": row.provider.name_ja, "en": row.provider.name_en},
            "corporate_number": row.provider.corporate_number,
        },
        "legal_basis": row.legal_basis,
        "supply_points": list(row.supply_points),
        "definition_uri": {
            lang: uri for lang, uri in (("ja", row.definition_uri_ja), ("en", row.definition_uri_en)) if uri
        },
    }


class CertificateField(serializers.CharField):
    """A certificate as PEM or base64 DER; the service reads it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=100_000, **options)


class IdentityIn(Input):
    certificate = CertificateField()


class IdentityOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    certificate_sha256 = serializers.CharField()
    spki_sha256 = serializers.CharField()
    subject = serializers.CharField()
    certificate = Base64Field(max_bytes=1 << 20)
    added_at = UtcField()


def identity_json(row: ServiceIdentity) -> dict[str, Any]:
    return dict(
        IdentityOut(
            {
                "id": row.pk,
                "certificate_sha256": row.certificate_sha256,
                "spki_sha256": row.spki_sha256,
                "subject": row.subject,
                "certificate": bytes(row.certificate),
                "added_at": row.added_at,
            }
        ).data
    )


# Applications


class ApplicationIn(Input):
    service_id = serializers.UUIDField()
    kind = EnumField(ApplicationKind)
    cab_id = serializers.UUIDField()
    target_level = EnumField(Level)
    usages = usages()


class ApplicationChangeIn(Input):
    cab_id = serializers.UUIDField(required=False)
    target_level = EnumField(Level, required=False)
    usages = usages()


class EventOut(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    transition = serializers.CharField()
    from_status = serializers.CharField()
    to_status = serializers.CharField()
    reasons = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment] # a member of the contract
    at = UtcField()


class ApplicationEvidenceOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    evidence = serializers.UUIDField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    filename = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    added_at = UtcField()


class ApplicationOut(serializers.Serializer[Any]):
    """An application. A granted one is public as a reference: its members up to `status`."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.CharField()
    service = serializers.UUIDField()
    cab = serializers.UUIDField()
    target_level = serializers.CharField()
    usages = serializers.ListField(child=serializers.CharField())
    status = serializers.CharField()
    version = serializers.IntegerField(required=False)
    started_at = UtcField(required=False)
    assessments = serializers.ListField(child=serializers.UUIDField(), required=False)
    events = EventOut(many=True, required=False)


class ApplicationPage(serializers.Serializer[Any]):
    results = ApplicationOut(many=True)
    next = serializers.CharField(allow_null=True)


def application_reference_json(row: Application) -> dict[str, Any]:
    """What anybody may know of a granted application."""
    return {
        "id": str(row.pk),
        "number": row.number,
        "kind": row.kind,
        "service": str(row.service_id),
        "cab": str(row.cab_id),
        "target_level": row.target_level,
        "usages": list(row.usages),
        "status": row.status,
    }


def application_json(row: Application) -> dict[str, Any]:
    return {**application_reference_json(row), "version": row.version, "started_at": time(row.started_at)}


def application_detail_json(row: Application) -> dict[str, Any]:
    return {
        **application_json(row),
        "assessments": [str(link.assessment_id) for link in row.assessments.all()],
        "events": [
            {
                "sequence": event.sequence,
                "transition": event.transition,
                "from_status": event.from_status,
                "to_status": event.to_status,
                "reasons": event.reasons,
                "data": event.data,
                "at": time(event.at),
            }
            for event in row.events.order_by("sequence")
        ],
    }


class ApplicationEvidenceForm(Input):
    """A file of a multipart form, stored for the provider and added to the application in one act."""

    file = serializers.FileField(allow_empty_file=True, max_length=255)
    filename = optional(255)
    kind = EnumField(DocumentKind)
    title = text(200)


class ApplicationEvidenceIn(Input):
    """Evidence that was handed in before."""

    evidence_id = serializers.UUIDField()
    kind = EnumField(DocumentKind)
    title = text(200)


class ApplicationEvidenceList(serializers.Serializer[Any]):
    results = ApplicationEvidenceOut(many=True)
    next = serializers.CharField(allow_null=True)


def application_evidence_json(row: ApplicationEvidence) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "evidence": str(row.evidence_id),
        "sha256": row.evidence.sha256,
        "size": row.evidence.size,
        "filename": row.evidence.filename,
        "kind": row.kind,
        "title": row.title,
        "version": row.version,
        "added_at": time(row.added_at),
    }


class SubmitIn(Input):
    declares_no_disqualification = serializers.BooleanField()


class OptionalReasonsIn(Input):
    reasons = optional(4000)


# Decisions


class DecisionIn(Input):
    """`grant`, `upgrade`, `renew` and `reject` name an `application_id`, as does a `change` that was assessed.

    All others name a `service_id`. `valid_until` belongs to a grant; `names` to `definition_uri` to a `change` without
    an application, where what is left out stays.
    """

    kind = EnumField(DecisionKind)
    reasons = NamesIn()
    application_id = serializers.UUIDField(required=False)
    service_id = serializers.UUIDField(required=False)
    valid_until = UtcField(required=False)
    findings = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)
    incidents = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)
    names = NamesIn(required=False)
    usages = usages()
    certificates = serializers.ListField(child=sha256(), required=False, max_length=50)
    supply_points = serializers.ListField(child=text(200), required=False, max_length=20)
    definition_uri = UrisIn(required=False)


class ContentHashIn(Input):
    content_sha256 = sha256()


class UrgentIn(Input):
    reasons = NamesIn()
    findings = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)
    incidents = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=100)


class DecisionOut(serializers.Serializer[Any]):
    """A decision for the people of its body: the draft and the hash that an approver approves."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    service = serializers.UUIDField()
    application = serializers.UUIDField(allow_null=True)
    body = serializers.UUIDField()
    opened_at = UtcField()
    content = serializers.DictField(required=False)
    content_sha256 = serializers.CharField(required=False)
    revision = serializers.IntegerField(required=False)


class DecisionPage(serializers.Serializer[Any]):
    results = DecisionOut(many=True)
    next = serializers.CharField(allow_null=True)


def decision_json(row: Decision) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "number": row.number,
        "kind": row.kind,
        "status": row.status,
        "service": str(row.service_id),
        "application": str(row.application_id) if row.application_id else None,
        "body": str(row.body_id),
        "opened_at": time(row.opened_at),
    }


def decision_detail_json(row: Decision) -> dict[str, Any]:
    proposal = decision_proposal(row.pk)
    return {
        **decision_json(row),
        "content": json.loads(proposal.content),
        "content_sha256": proposal.content_sha256,
        "revision": proposal.revision,
    }


class PublicDecisionOut(serializers.Serializer[Any]):
    """A decision as anybody may read it; it names no people."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.CharField()
    service = serializers.UUIDField()
    service_name = Names()
    from_status = serializers.CharField()
    to_status = serializers.CharField(allow_null=True)
    reasons = Names()
    cites = serializers.DictField()
    content_sha256 = serializers.CharField()
    two_people = serializers.BooleanField()
    decided_at = UtcField()


class PublicDecisionSummary(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.CharField()
    service = serializers.UUIDField()
    service_name = Names()
    status = serializers.CharField()


class PublicDecisionPage(serializers.Serializer[Any]):
    results = PublicDecisionSummary(many=True)
    next = serializers.CharField(allow_null=True)


def public_decision_json(row: PublicDecision) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.number,
        "kind": row.kind,
        "service": str(row.service.pk),
        "service_name": row.service.names,
        "from_status": row.from_status,
        "to_status": row.to_status,
        "reasons": row.reasons,
        "cites": {name: value for name, value in row.cites.as_json().items() if name not in ("findings", "incidents")},
        "content_sha256": row.content_sha256,
        "two_people": row.two_people,
        "decided_at": time(row.decided_at),
    }


class PublicReportOut(serializers.Serializer[Any]):
    """What is public of an assessment report: that it exists, what it concluded, and for which decision."""

    sha256 = serializers.CharField()
    assessment = serializers.UUIDField()
    cab = serializers.UUIDField()
    provider = serializers.UUIDField()
    accreditation = serializers.UUIDField()
    criteria_set = serializers.UUIDField()
    conclusion = serializers.CharField()
    concluded_at = UtcField()
    application = serializers.UUIDField()


# Incidents


class IncidentIn(Input):
    service_id = serializers.UUIDField()
    severity = EnumField(IncidentSeverity)
    summary = text(4000)
    affected = optional(4000)
    aware_at = UtcField()


class IncidentOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    service = serializers.UUIDField()
    severity = serializers.CharField()
    summary = serializers.CharField()
    affected = serializers.CharField()
    aware_at = UtcField()
    due_at = UtcField()
    reported_at = UtcField()
    late = serializers.BooleanField()


class IncidentPage(serializers.Serializer[Any]):
    results = IncidentOut(many=True)
    next = serializers.CharField(allow_null=True)


def incident_json(row: Incident) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "service": str(row.service_id),
        "severity": row.severity,
        "summary": row.summary,
        "affected": row.affected,
        "aware_at": time(row.aware_at),
        "due_at": time(row.due_at),
        "reported_at": time(row.reported_at),
        "late": row.is_late,
    }


# Document levels


class DocumentLevelOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = Names()
    issuer_kind = serializers.CharField()
    trust_elements = serializers.ListField(child=serializers.CharField())
    trust_elements_text = serializers.CharField()
    level = serializers.CharField()
    rationale = serializers.CharField()
    status = serializers.CharField(help_text="illustrative, consulted or adopted")
    disclaimer = serializers.CharField()


class DocumentLevelPage(serializers.Serializer[Any]):
    results = DocumentLevelOut(many=True)
    next = serializers.CharField(allow_null=True)


def document_level_json(row: DocumentLevel) -> dict[str, Any]:
    return {
        "id": row.code,
        "name": dict(row.names),
        "issuer_kind": row.issuer_kind,
        "trust_elements": sorted(element.value for element in row.elements),
        "trust_elements_text": row.elements_text,
        "level": row.level.value,
        "rationale": row.rationale,
        "status": row.status,
        "disclaimer": row.disclaimer,
    }


MAX_EVIDENCE = conf.max_evidence_bytes
