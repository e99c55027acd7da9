"""Registering services and keys, reporting incidents: acts of the provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from certification.domain.acts import REGISTER_SERVICE, REPORT_INCIDENT
from certification.domain.decisions import require_texts
from certification.domain.qualifications import read_qualifications
from certification.domain.tags import Tag
from certification.domain.values import IncidentSeverity, LegalBasis
from certification.models import Incident, Service, ServiceIdentity
from certification.selectors.register import periods_for, service_get, service_lock
from conformity.domain.service_kinds import ServiceKind
from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput
from trustreg.parties.domain.actors import Actor
from trustreg.parties.selectors import authorise, organisation_get
from trustreg.pki.certificates import load_certificate
from trustreg.pki.errors import PkiError


@transaction.atomic
def service_register(
    *,
    provider_id: UUID,
    kind: ServiceKind,
    name_ja: str,
    name_en: str,
    legal_basis: LegalBasis = LegalBasis.SCHEME,
    supply_points: Sequence[str] = (),
    definition_uri: Mapping[str, str] | None = None,
    qualifications: Sequence[Mapping[str, Any]] = (),
    actor: Actor,
    at: datetime,
) -> Service:
    """Register a service of the actor's organisation. It has no level until one is granted.

    Raises NotPermitted, NotFound, InvalidInput.
    """
    authorise(actor, REGISTER_SERVICE, at, organisation_id=provider_id)
    provider = organisation_get(provider_id)
    require_texts({"ja": name_ja, "en": name_en}, "name")
    service = Service.objects.create(
        provider=provider,
        kind=kind,
        name_ja=name_ja.strip(),
        name_en=name_en.strip(),
        legal_basis=legal_basis,
        supply_points=_addresses(supply_points),
        definition_uri_ja=_address((definition_uri or {}).get("ja", "")),
        definition_uri_en=_address((definition_uri or {}).get("en", "")),
        qualifications=read_qualifications(qualifications),
        registered_by_id=actor.person_id,
    )
    events.record(Tag.SERVICE_REGISTERED, actor=actor, at=at, subject=("service", service.pk), data={"kind": str(kind)})
    return service


@transaction.atomic
def service_update(
    *,
    service_id: UUID,
    name_ja: str | None = None,
    name_en: str | None = None,
    supply_points: Sequence[str] | None = None,
    definition_uri: Mapping[str, str] | None = None,
    qualifications: Sequence[Mapping[str, Any]] | None = None,
    actor: Actor,
    at: datetime,
) -> Service:
    """Change what the provider declares. What stands and is listed changes only by a decision.

    Raises NotPermitted, NotFound, InvalidInput.
    """
    service = service_lock(service_id)
    authorise(actor, REGISTER_SERVICE, at, organisation_id=service.provider_id)
    service.name_ja = service.name_ja if name_ja is None else name_ja.strip()
    service.name_en = service.name_en if name_en is None else name_en.strip()
    require_texts(service.names, "name")
    if supply_points is not None:
        service.supply_points = _addresses(supply_points)
    if definition_uri is not None:
        service.definition_uri_ja = _address(definition_uri.get("ja", ""))
        service.definition_uri_en = _address(definition_uri.get("en", ""))
    if qualifications is not None:
        service.qualifications = read_qualifications(qualifications)
    service.save()
    events.record(Tag.SERVICE_UPDATED, actor=actor, at=at, subject=("service", service.pk))
    return service


@transaction.atomic
def identity_add(*, service_id: UUID, certificate: bytes | str, actor: Actor, at: datetime) -> ServiceIdentity:
    """Register a certificate (PEM, base64 or DER) of a key of the service.

    It can't be changed or removed. Raises InvalidInput (not a certificate), Conflict (registered already, or the key is
    another provider's), NotPermitted, NotFound.
    """
    service = service_get(service_id)
    authorise(actor, REGISTER_SERVICE, at, organisation_id=service.provider_id)
    try:
        read = load_certificate(certificate)
    except PkiError as error:
        raise InvalidInput(
            f"This is not an X.509 certificate: {error}.",
            "X.509 証明書として読み取れません。PEM、Base64 または DER で指定してください。",
            fields={"certificate": {"en": "Expected a certificate.", "ja": "証明書を指定してください。"}},
        ) from error
    spki_sha256 = read.spki_sha256.hex()
    if ServiceIdentity.objects.filter(spki_sha256=spki_sha256).exclude(service__provider=service.provider_id).exists():
        raise Conflict("Another provider has registered this key.", "この鍵は、別の事業者が登録しています。")
    if ServiceIdentity.objects.filter(service=service, certificate_sha256=read.sha256.hex()).exists():
        raise Conflict("This certificate is registered already.", "この証明書は、すでに登録されています。")
    identity = ServiceIdentity.objects.create(
        service=service,
        certificate=read.der,
        certificate_sha256=read.sha256.hex(),
        spki_sha256=spki_sha256,
        subject=read.subject_name,
        added_by_id=actor.person_id,
    )
    events.record(
        Tag.IDENTITY_ADDED,
        actor=actor,
        at=at,
        subject=("service", service.pk),
        data={"certificate_sha256": identity.certificate_sha256, "spki_sha256": spki_sha256},
    )
    return identity


@transaction.atomic
def incident_report(
    *,
    service_id: UUID,
    severity: IncidentSeverity,
    summary: str,
    affected: str = "",
    aware_at: datetime,
    actor: Actor,
    at: datetime,
) -> Incident:
    """Report an incident of a service of the actor's organisation; the clock runs from `aware_at`.

    A late report is taken and shown as late. Raises InvalidInput, NotPermitted, NotFound.
    """
    service = service_get(service_id)
    authorise(actor, REPORT_INCIDENT, at, organisation_id=service.provider_id)
    if not summary.strip():
        raise InvalidInput(
            "Say what happened.",
            "何が起きたかを入力してください。",
            fields={"summary": {"en": "Say what happened.", "ja": "何が起きたかを入力してください。"}},
        )
    if aware_at > at:
        raise InvalidInput(
            "The time of awareness lies in the future.",
            "認知した日時が将来になっています。",
            fields={"aware_at": {"en": "Expected now or earlier.", "ja": "現在以前の日時を入力してください。"}},
        )
    incident = Incident.objects.create(
        service=service,
        severity=severity,
        summary=summary.strip(),
        affected=affected.strip(),
        aware_at=aware_at,
        due_at=aware_at + timedelta(hours=periods_for(service.legal_basis).incident_report_hours),
        reported_by_id=actor.person_id,
    )
    incident.refresh_from_db(fields=["reported_at"])
    events.record(
        Tag.INCIDENT_REPORTED,
        actor=actor,
        at=at,
        subject=("incident", incident.pk),
        data={"service": str(service.pk), "severity": str(severity), "late": incident.is_late},
    )
    return incident


def _address(uri: str) -> str:
    uri = uri.strip()
    if uri and not uri.startswith(("https://", "http://")):
        raise InvalidInput(
            f"{uri!r} is not a web address; it needs http:// or https://.",
            f"「{uri}」はウェブのアドレスではありません。http:// または https:// で始めてください。",
        )
    return uri


def _addresses(uris: Sequence[str]) -> list[str]:
    return [address for address in (_address(uri) for uri in uris) if address]
