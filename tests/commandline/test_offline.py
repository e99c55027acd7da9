"""Offline: a verdict rests on a list whose signer is pinned, or there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qualified_list.domain.errors import (
    ListNotSigned,
    ListSignatureBroken,
    ListSignerUnknown,
    ListUnreadable,
)
from tests.commandline.lists import LONG_AGO, START, crls, level_t, long_term, signer_pem, tl_xml
from tests.qualified_list.domain import trusted_list_factory as factory
from tests.signing.signing_world import NOW
from trustreg.base.errors import InvalidInput
from trustreg.commandline.offline import Offline, read_list


@pytest.fixture
def engine() -> Iterator[Offline]:
    with Offline(read_list(tl_xml(), signer=signer_pem())) as found:
        yield found


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "order.xml"
    path.write_bytes(long_term())
    return path


def test_a_document_that_holds_everything_passes_because_of_the_list(engine: Offline, document: Path) -> None:
    report = engine.validate(document, now=NOW)
    assert report.passed, report.raw["signatures"][0]["errors"]
    assert (report.id, report.filename) == (None, "order.xml")
    assert report.raw["list"]["sequence"] == engine.list.sequence == 4
    assert report.signatures[0].qualification == "ADESIG_QC"


def test_the_status_on_the_list_counts(document: Path) -> None:
    with Offline(read_list(tl_xml(status="suspended"), signer=signer_pem())) as engine:
        report = engine.validate(document, now=NOW)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")


def test_a_list_past_its_next_update_says_nothing(document: Path) -> None:
    source = read_list(tl_xml(stale=True), signer=signer_pem())
    with Offline(source) as engine:
        report = engine.validate(document, now=NOW)
    assert report.indication == "INDETERMINATE"
    assert "LIST_STALE" in {error["code"] for error in report.raw["signatures"][0]["errors"]}
    assert source.list_reference is not None
    assert source.list_reference.issued_at == LONG_AGO


def test_a_list_that_was_not_issued_yet_answers_nothing(engine: Offline, document: Path) -> None:
    with pytest.raises(InvalidInput, match="later than the clock"):
        engine.validate(document, now=START - timedelta(seconds=1))


def test_the_signer_had_to_be_valid() -> None:
    with pytest.raises(ListSignerUnknown, match="outside the validity"):
        read_list(tl_xml(signed_at=LONG_AGO), signer=signer_pem())


def test_an_assumed_time_and_files_beside(engine: Offline, document: Path, tmp_path: Path) -> None:
    report = engine.validate(document, at=NOW, now=NOW.replace(hour=13))
    assert report.hypothetical
    other = tmp_path / "other.txt"
    other.write_bytes(b"something else")
    assert not engine.validate(document, detached=[other], now=NOW).passed


def test_what_a_document_lacks_can_be_handed_in(engine: Offline, tmp_path: Path) -> None:
    document = tmp_path / "order.xml"
    document.write_bytes(level_t())
    paths = [tmp_path / name for name in ("ca.crl", "tsa.crl")]
    for path, crl in zip(paths, crls(), strict=True):
        path.write_bytes(crl)
    assert engine.validate(document, now=NOW).sub_indication == "TRY_LATER"
    report = engine.validate(document, evidence=paths, now=NOW)
    assert report.passed, report.raw["signatures"][0]["errors"]
    assert [one["origin"] for one in report.raw["signatures"][0]["revocation"]] == ["supplied"]
    with pytest.raises(InvalidInput, match="File 2 of the evidence") as raised:
        engine.validate(document, evidence=[paths[0], document], now=NOW)
    assert list(raised.value.fields) == ["evidence.1"]


def test_an_unknown_policy_is_refused(engine: Offline, document: Path) -> None:
    with pytest.raises(InvalidInput, match="policy"):
        engine.validate(document, policy="nobody's", now=NOW)


def test_a_certificate_can_be_pinned_by_its_digest() -> None:
    pin = hashlib.sha256(factory.signer().certificate).hexdigest()
    for text in (pin, pin.upper(), ":".join(pin[at : at + 2] for at in range(0, 64, 2))):
        assert read_list(tl_xml(), signer_sha256=text).list_reference is not None


@pytest.mark.parametrize("pin", ["", "00" * 31, "x" * 64, None])
def test_a_pin_that_is_none_is_refused(pin: str | None) -> None:
    with pytest.raises(InvalidInput, match="64 hexadecimal digits"):
        read_list(tl_xml(), signer_sha256=pin)


def test_a_list_that_the_pin_does_not_vouch_for_is_not_used() -> None:
    with pytest.raises(ListSignerUnknown):
        read_list(tl_xml(), signer_sha256="00" * 32)
    with pytest.raises(ListSignerUnknown):
        read_list(tl_xml(), signer=factory.signer("p384").certificate)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_list(tl_xml(), signer=b"no certificate")


def test_a_list_that_is_unsigned_or_altered_is_not_used() -> None:
    xml = tl_xml()
    start, end = xml.index(b"<ds:Signature"), xml.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    with pytest.raises(ListNotSigned):
        read_list(xml[:start] + xml[end:], signer=signer_pem())
    with pytest.raises(ListSignatureBroken):
        read_list(xml.replace(b"Example Trust Inc.", b"Example Trick Inc."), signer=signer_pem())
    with pytest.raises(ListUnreadable):
        read_list(b"%PDF", signer=signer_pem())
