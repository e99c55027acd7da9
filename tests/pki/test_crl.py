"""Lists that leave something out, lists under a key of their own, large and odd ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.pki.pkits.authority import AT, Crl, Part, Revocation, World, ca, ee, moment
from tests.pki.pkits.cases_revocation import delta, scope
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedRevocationData
from trustreg.pki.revocation import RevocationOutcome, RevocationState, parse_crl, revocation_of

PLAIN = (ca("CA", crls=()), ee())


def judge(*crls: Crl, parts: tuple[Part, ...] = PLAIN, **options: Any) -> RevocationOutcome:
    """What those lists of `CA` say of `EE`, which `CA` issued."""
    world = World([replace(part, crls=crls) if part.label == "CA" else part for part in parts])
    found = {label: parse_certificate(der) for label, der in world.certificates.items()}
    above: tuple[Certificate, ...] = (found["CA"], parse_certificate(world.anchor))
    options = {"embedded_crls": world.crls, "certificates": list(found.values()), "above": above, **options}
    return revocation_of(found["EE"], found["CA"], at=AT, now=AT, **options)


def texts(outcome: RevocationOutcome) -> str:
    assert outcome.status is None
    return " ".join(finding.en for finding in outcome.findings)


@pytest.mark.parametrize(
    ("partial", "words"),
    [
        (delta(), "A delta CRL or a CRL of some reasons only"),
        (Crl(extensions=(scope(reasons=b"\x05\x60"),)), "A delta CRL or a CRL of some reasons only"),
        (Crl(extensions=(scope(indirect=b"\xff"),)), "An indirect CRL"),
        (Crl(extensions=(scope(attributes=b"\xff"),)), "not in the scope"),
    ],
)
def test_what_is_refused_is_said(partial: Crl, words: str) -> None:
    assert words in texts(judge(partial))


@pytest.mark.parametrize("partial", [delta("EE"), Crl(("EE",), extensions=(scope(reasons=b"\x05\x60"),))])
def test_what_a_partial_list_names_is_revoked(partial: Crl) -> None:
    for lists in ((partial,), (Crl(), partial), (partial, Crl())):
        assert judge(*lists).status.state is RevocationState.REVOKED  # type: ignore[union-attr]


def test_a_partial_list_that_is_forged_revokes_nothing() -> None:
    assert judge(Crl(), replace(delta("EE"), bad_signature=True)).known_good


def test_a_partial_list_makes_no_stale_one_fresh() -> None:
    stale = Crl(next_update=moment(AT - timedelta(hours=1)))
    assert not judge(stale, delta()).known_good


SEPARATE = Part(
    "CRL key", ca=True, key="crl key", issuer="CA", same_as="CA", usage=("crl_sign",), basic_critical=None, crls=()
)
SIGNED = Crl(key="crl key")


def with_key(**fields: Any) -> tuple[Part, ...]:
    return (ca("CA"), replace(SEPARATE, **fields), ee(issuer="CA"))


def test_a_separate_key_of_the_issuer() -> None:
    assert judge(SIGNED, Crl(), parts=with_key()).known_good, "the issuer's first key says that the second stands"
    assert judge(SIGNED, parts=with_key(issuer="Trust Anchor")).known_good, "or the authority above it"
    revoked = with_key(issuer="Trust Anchor", revoked=True)
    assert "crl_signer_revocation" in {finding.check for finding in judge(SIGNED, parts=revoked).findings}


@pytest.mark.parametrize(
    "fields",
    [
        {"usage": ("key_cert_sign",)},
        {"same_as": None},
        {"not_after": moment(AT - timedelta(days=30))},
        {"extensions": (("1.2.3.4", True, b"\x05\x00"),)},
        {"bad_signature": True},
    ],
    ids=["purpose", "name", "validity", "extension", "signature"],
)
def test_a_separate_key_that_nobody_gave_that_task(fields: dict[str, Any]) -> None:
    assert "crl_signature" in {finding.check for finding in judge(SIGNED, parts=with_key(**fields)).findings}


def test_a_key_of_that_name_which_a_sibling_certified() -> None:
    parts = (
        ca("CA"),
        ca("Sibling", issuer="Trust Anchor", crls=()),
        replace(SEPARATE, issuer="Sibling"),
        ee(issuer="CA"),
    )
    assert "crl_signature" in {finding.check for finding in judge(SIGNED, parts=parts).findings}


def test_a_key_may_not_vouch_for_itself() -> None:
    only = judge(SIGNED, parts=with_key())
    assert "crl_signer_revocation" in {finding.check for finding in only.findings}


def test_the_last_entry_of_a_large_list_is_found() -> None:
    entries = tuple(Revocation(serial) for serial in range(1000, 21_000))
    world = World([ca("CA", crls=(Crl(entries),)), ee()])
    crl = parse_crl(world.crls[-1])
    assert crl.entry(20_999) is not None
    assert crl.entry(21_000) is None
    assert not crl.unknown_in_entries


def test_one_critical_extension_among_many_entries_is_found() -> None:
    entries = (*(Revocation(serial) for serial in range(1000, 1500)), Revocation(7, unknown_critical=True))
    assert "An entry of the CRL holds a critical extension" in texts(judge(Crl(entries)))


def test_entries_that_the_quick_reader_refuses_are_read_all_the_same() -> None:
    """A negative serial number stands in real lists."""
    entries = (Revocation(-5), Revocation(99))
    crl = parse_crl(World([ca("CA", crls=(Crl(entries),)), ee()]).crls[-1])
    assert crl.entry(99) is not None
    assert crl.entry(-5) is not None
    assert crl.entry(251) is None, "its octet is the same"


def _entries(crl: bytes, entries: bytes) -> bytes:
    """The list with other entries; its signature is not looked at."""
    tbs, algorithm, signature = asn1.sequence(crl)
    parts = [part.raw for part in tbs.children()]
    grown = [*parts[:5], entries, *parts[5:]]
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, *grown), algorithm.raw, signature.raw)


@pytest.mark.parametrize(
    "entries",
    [
        asn1.encode(asn1.SEQUENCE, b"\x30\x84\xff\xff\xff\xff"),
        asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE)),
        asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, asn1.encode_integer(1))),
        asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, asn1.encode_integer(1), b"\x17\x03bad")),
        asn1.encode(asn1.SEQUENCE, b"\x05\x00"),
    ],
)
def test_entries_that_nobody_can_read(entries: bytes) -> None:
    plain = World([ca("CA", crls=(Crl(),)), ee()]).crls[-1]
    try:
        crl = parse_crl(_entries(plain, entries))
        crl.entry(4711)
    except MalformedRevocationData:
        return
    assert crl.unknown_in_entries or crl.entry(4711) is None
