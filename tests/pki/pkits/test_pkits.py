"""The path tests of NIST's PKITS (version 1.0.1), each generated anew: what must validate does, what must not does not.

PKITS's own certificates are signed with RSA 2048 and long expired; what its tests say about paths is written down in
the tables beside, by section and number. `docs/pki.md` shows the counts that the last test asserts.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pki.pkits import cases_names, cases_paths, cases_policies, cases_revocation
from tests.pki.pkits.authority import AT, Case, World
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.errors import MalformedCertificate
from trustreg.pki.paths import AnchorSet, PolicyInputs, check_path, validate_path
from trustreg.pki.revocation import RevocationOutcome, RevocationState, parse_crl, revocation_of

CASES: tuple[Case, ...] = (*cases_paths.CASES, *cases_revocation.CASES, *cases_policies.CASES, *cases_names.CASES)


COUNTS = {
    "4.1": (6, 1),
    "4.2": (8, 0),
    "4.3": (11, 0),
    "4.4": (21, 0),
    "4.5": (8, 0),
    "4.6": (17, 0),
    "4.7": (5, 0),
    "4.8": (37, 0),
    "4.9": (8, 0),
    "4.10": (21, 0),
    "4.11": (11, 0),
    "4.12": (11, 0),
    "4.13": (38, 0),
    "4.14": (35, 9),
    "4.15": (10, 1),
    "4.16": (2, 0),
}
"""Section -> how many cases, and how many of them PKITS calls valid and are refused here on purpose."""


def _revocation(outcome: RevocationOutcome) -> set[str]:
    """What speaks against a certificate: `revoked`, `stale`, or the checks that left nothing."""
    if outcome.known_good:
        return set()
    if outcome.status is None:
        return {finding.check for finding in outcome.findings}
    return {"revoked" if outcome.status.state is RevocationState.REVOKED else "stale"}


def _against(case: Case, world: World) -> tuple[bool, set[str]]:
    """Whether a path is found and valid, and everything that speaks against the path of the case."""
    anchor = parse_certificate(world.anchor)
    certificates = {label: parse_certificate(der) for label, der in world.certificates.items()}
    path = (*(one for label, one in reversed(certificates.items()) if label not in case.aside), anchor)
    inputs = PolicyInputs(**case.inputs) if case.inputs else None
    reasons = {finding.check for finding in check_path(path, at=AT, policies=inputs).findings}
    for position, (certificate, issuer) in enumerate(pairwise(path), 1):
        outcome = revocation_of(
            certificate,
            issuer,
            at=AT,
            now=AT,
            embedded_crls=world.crls,
            certificates=certificates.values(),
            above=path[position:],
        )
        reasons |= _revocation(outcome)
    found = validate_path(path[0], candidates=certificates.values(), anchors=AnchorSet([anchor]), at=AT)
    return found.valid, reasons


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number} {case.name}" for case in CASES])
def test_pkits(case: Case) -> None:
    built, reasons = _against(case, World(case.parts))
    if case.why is None:
        assert built
        assert reasons == set()
    else:
        assert case.why in reasons


def test_how_many_there_are_of_each_section() -> None:
    assert len({case.number for case in CASES}) == len(CASES)
    counts = Counter(case.section for case in CASES)
    refused = Counter(case.section for case in CASES if case.refused)
    assert {section: (counts[section], refused[section]) for section in counts} == COUNTS
    assert (counts.total(), refused.total()) == (249, 11)


def test_the_page_on_paths_shows_these_counts() -> None:
    page = (Path(__file__).parents[3] / "docs" / "pki.md").read_text("utf-8")
    rows = re.findall(r"^\| (4\.\d+) [^|]+\| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {section: (int(cases), int(refused)) for section, cases, refused in rows} == COUNTS
    assert "| Sum | 249 | 11 |" in page
    assert all(case.number in page or f", {case.number.rsplit('.', 1)[1]}" in page for case in CASES if case.refused)


_world = cache(World)
"""Signatures differ from one making to the next; an example must find the octets that it was drawn for."""


@settings(max_examples=150, deadline=None, database=None)
@given(st.sampled_from(CASES), st.data())
def test_damage_crashes_nothing_and_is_never_good_news(case: Case, data: st.DataObject) -> None:
    """One octet of each certificate, or of each list, is another: what still reads is judged without an exception."""

    def damaged(der: bytes) -> bytes:
        octets = bytearray(der)
        octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
        return bytes(octets)

    world = _world(case.parts)
    hit_lists = data.draw(st.booleans())
    found = []
    for der in world.certificates.values():
        with contextlib.suppress(MalformedCertificate):
            found.append(parse_certificate(der if hit_lists else damaged(der)))
    crls = [damaged(der) if hit_lists else der for der in world.crls]
    signed = {parse_crl(der).tbs for der in world.crls}
    path = (*reversed(found), parse_certificate(world.anchor))
    check_path(path, at=AT)
    validate_path(path[0], candidates=found, anchors=AnchorSet([path[-1]]), at=AT)
    for position, (certificate, issuer) in enumerate(pairwise(path), 1):
        outcome = revocation_of(
            certificate, issuer, at=AT, now=AT, embedded_crls=crls, certificates=found, above=path[position:]
        )
        assert outcome.status is None or parse_crl(outcome.status.der).tbs in signed
