"""Registering services and keys, and reporting incidents."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from certification_world import World, certificate
from django.core.management import CommandError, call_command

from certification import selectors, services
from certification.domain.values import IncidentSeverity, LegalBasis, add_months, add_working_days
from certification.models import Incident
from conformity.domain.service_kinds import ServiceKind
from trustreg.base import clock
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted
from trustreg.pki.certificates import load_certificate

pytestmark = pytest.mark.django_db


def register(world: World, **changes: object) -> object:
    facts: dict[str, object] = {
        "provider_id": world.provider.pk,
        "kind": ServiceKind.ESIGN_CERT,
        "name_ja": "名",
        "name_en": "name",
        "actor": world.officer,
        "at": clock.now(),
    }
    return services.service_register(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_service_has_names_in_both_languages_and_web_addresses(world: World) -> None:
    for bad in (
        {"name_en": " "},
        {"name_ja": ""},
        {"supply_points": ["javascript:alert(1)"]},
        {"definition_uri": {"en": "ftp://x"}},
        {"qualifications": [{"qualifiers": ["QCForEverything"], "criteria": {}}]},
        {"qualifications": [{"qualifiers": [], "criteria": {}}]},
        {"qualifications": [{"qualifiers": ["QCStatement"]}]},
        {"qualifications": [{"qualifiers": ["QCStatement"], "criteria": {"assert": "all"}}]},
        {"qualifications": [{"qualifiers": ["QCStatement"], "criteria": {"assert": "all", "policy_sets": [["x"]]}}]},
        {
            "qualifications": [
                {"qualifiers": ["QCStatement"], "criteria": {"assert": "all", "key_usages": [[["x", 1]]]}}
            ]
        },
    ):
        with pytest.raises(InvalidInput):
            register(world, **bad)


def test_only_the_provider_registers_its_services(world: World) -> None:
    for other in (world.proposer, world.lead, world.stranger):
        with pytest.raises(NotPermitted):
            register(world, actor=other)
    with pytest.raises(NotPermitted):
        register(world, provider_id=world.cab.pk)


def test_a_key_is_read_from_any_common_form_and_added_once(world: World) -> None:
    service = register(world)
    der = certificate("鍵")
    identity = services.identity_add(
        service_id=service.pk, certificate=base64.b64encode(der).decode(), actor=world.officer, at=clock.now()
    )
    assert identity.spki_sha256 == load_certificate(der).spki_sha256.hex()
    assert bytes(identity.certificate) == der
    with pytest.raises(Conflict):
        services.identity_add(service_id=service.pk, certificate=der, actor=world.officer, at=clock.now())
    with pytest.raises(InvalidInput):
        services.identity_add(service_id=service.pk, certificate=b"0\x03abc", actor=world.officer, at=clock.now())
    with pytest.raises(NotPermitted):
        services.identity_add(service_id=service.pk, certificate=der, actor=world.lead, at=clock.now())


def test_services_of_one_provider_may_share_a_key(world: World) -> None:
    der = certificate("共有")
    for name in ("署名", "シール"):
        service = register(world, name_ja=name)
        services.identity_add(service_id=service.pk, certificate=der, actor=world.officer, at=clock.now())
        assert len(selectors.identities_of(service.pk)) == 1


def test_a_late_report_is_taken_and_shown_as_late(world: World) -> None:
    service = world.service()

    def report(hours: int) -> Incident:
        return services.incident_report(
            service_id=service.pk,
            severity=IncidentSeverity.CRITICAL,
            summary="鍵の管理に不備",
            aware_at=clock.now() - timedelta(hours=hours),
            actor=world.staff,
            at=clock.now(),
        )

    assert not report(1).is_late
    assert report(25).is_late
    with pytest.raises(InvalidInput):
        report(-1)
    assert selectors.incidents_of(service.pk).count() == 2


def test_an_incident_is_reported_by_the_provider_alone(world: World) -> None:
    service = world.service()
    with pytest.raises(NotPermitted):
        services.incident_report(
            service_id=service.pk,
            severity=IncidentSeverity.MINOR,
            summary="x",
            aware_at=clock.now(),
            actor=world.lead,
            at=clock.now(),
        )


def test_an_unknown_service_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        selectors.service_get(world.ab.pk)


def test_periods_are_amended_by_the_operators_command(as_role) -> None:  # type: ignore[no-untyped-def]
    assert selectors.periods_for(LegalBasis.ESIGN_ACT).validity_months == 12
    with as_role("owner"):
        call_command("scheme_amend", "esign_act", "--set", "validity_months=24", "--note", "改正")
        for bad in ("validity_months=0", "moon_phase=1", "cooling_off_months=-1", "validity_months=x"):
            with pytest.raises(CommandError):
                call_command("scheme_amend", "esign_act", "--set", bad, "--note", "x")
    assert selectors.periods_for(LegalBasis.ESIGN_ACT).validity_months == 24
    assert selectors.periods_for(LegalBasis.SCHEME).validity_months == 24
    assert selectors.periods_for(LegalBasis.ESIGN_ACT).cooling_off_months == 24


def test_months_and_working_days() -> None:
    friday = clock.now().replace(year=2026, month=1, day=30, hour=9)
    assert add_months(friday, 1).day == 28
    assert add_months(friday, 13).isoformat()[:10] == "2027-02-28"
    assert add_months(friday, -1).isoformat()[:10] == "2025-12-30"
    assert add_working_days(friday, 3).isoformat()[:10] == "2026-02-04"
