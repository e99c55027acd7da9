"""Who sealed: corporate numbers against the register, devices against their arcs."""

from __future__ import annotations

import pytest

from eseal.domain.identity import (
    IdentityState,
    RegisteredOrganisation,
    SealIdentityEnricher,
    corporate_number,
    identify,
)
from tests.pki.factories import make_ca, make_leaf

NUMBER = "7000012050002"  # 国税庁
REGISTERED = RegisteredOrganisation("org-1", NUMBER, "国税庁", "National Tax Agency")


def lookup(number: str) -> RegisteredOrganisation | None:
    return REGISTERED if number == NUMBER else None


def certificate(**subject: str):
    return make_leaf(make_ca("Seal CA"), "Sealer", qc=["eseal"], subject=subject).certificate


def test_the_form_of_the_identifier() -> None:
    assert corporate_number(f"NTRJP-{NUMBER}") == NUMBER
    for other in (None, NUMBER, f"VATJP-{NUMBER}", f"NTRJP-{NUMBER} ", f"NTRJP{NUMBER}", "NTRJP-7000012050003"):
        assert corporate_number(other) is None


@pytest.mark.parametrize(
    ("identifier", "state"),
    [
        (f"NTRJP-{NUMBER}", IdentityState.REGISTERED),
        ("NTRJP-1180301018771", IdentityState.NOT_REGISTERED),
        ("NTRJP-7000012050003", IdentityState.INVALID),
        ("NTRDE-HRB74346", IdentityState.FOREIGN),
        ("VATBE-0123456789", IdentityState.FOREIGN),
        ("nonsense", IdentityState.INVALID),
    ],
)
def test_organisations(identifier: str, state: IdentityState) -> None:
    assert identify(certificate(organization_identifier=identifier), lookup=lookup).state is state


def test_names_are_compared() -> None:
    same = certificate(organization_identifier=f"NTRJP-{NUMBER}", organization="National  Tax Agency.")
    other = certificate(organization_identifier=f"NTRJP-{NUMBER}", organization="Somebody Else")
    assert identify(same, lookup=lookup).names_agree is True
    assert identify(other, lookup=lookup).names_agree is False


@pytest.mark.parametrize(
    ("oid", "arcs", "state", "arc"),
    [
        ("1.2.392.200.5.7", ["1.2.392.200", "1.2.392.200.5"], IdentityState.UNDER_ARC, "1.2.392.200.5"),
        ("1.2.392.2005.7", ["1.2.392.200"], IdentityState.UNKNOWN_ARC, None),
        ("1.2.392.200", ["1.2.392.200"], IdentityState.UNKNOWN_ARC, None),
    ],
)
def test_devices(oid: str, arcs: list[str], state: IdentityState, arc: str | None) -> None:
    found = identify(certificate(serial_number=oid), lookup=lookup, arcs=arcs)
    assert (found.state, found.arc, found.device_oid) == (state, arc, oid)


def test_a_certificate_that_names_nobody() -> None:
    assert identify(certificate(), lookup=lookup).state is IdentityState.NONE


def test_the_enricher_speaks_of_seals_only() -> None:
    from tests.eseal.signing_facts import facts

    enricher = SealIdentityEnricher({NUMBER: REGISTERED})
    leaf = certificate(organization_identifier=f"NTRJP-{NUMBER}", organization="Somebody Else")
    assert enricher(facts("signature", leaf)) is None
    added = enricher(facts("seal", leaf))
    assert added is not None
    assert added.signer_identity is not None
    assert added.signer_identity["organisation"]["id"] == "org-1"
    assert [notice.code for notice in added.reasons] == ["SEAL_NAME_DIFFERS"]
    assert added.qualification is None


def test_a_closed_organisation_is_named_so() -> None:
    from tests.eseal.signing_facts import facts

    closed = RegisteredOrganisation("org-1", NUMBER, "国税庁", "National Tax Agency", closed=True)
    leaf = certificate(organization_identifier=f"NTRJP-{NUMBER}", organization="国税庁")
    added = SealIdentityEnricher({NUMBER: closed})(facts("seal", leaf))
    assert added is not None
    assert [notice.code for notice in added.reasons] == ["SEAL_ORGANISATION_CLOSED"]
