"""Structures made to hurt: every reader answers with an error of its own, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.pki.factories import T1, make_ca, make_crl, make_leaf, make_ocsp, make_token, make_tsa, sign_cms
from timestamp.domain.tokens import parse_token
from trustreg.pki import asn1
from trustreg.pki.certificates import load_certificate, parse_certificate
from trustreg.pki.cms import parse_signed_data
from trustreg.pki.errors import PkiError
from trustreg.pki.paths import AnchorSet, validate_path
from trustreg.pki.revocation import parse_crl, parse_ocsp, revocation_of

CA = make_ca("Hostile CA")
LEAF = make_leaf(CA, "Hostile leaf")
TSA = make_tsa(CA)
READERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "certificate": (parse_certificate, LEAF.der),
    "crl": (parse_crl, make_crl(CA, {1: (T1, "superseded")})),
    "ocsp": (parse_ocsp, make_ocsp(LEAF, CA)),
    "cms": (parse_signed_data, sign_cms(LEAF, b"content", detached=False)),
    "token": (parse_token, make_token(TSA, b"data")),
}


@contextmanager
def quickly(seconds: float = 2.0) -> Iterator[None]:
    """Of processor time, for the machine may be busy."""
    started = time.thread_time()
    yield
    assert time.thread_time() - started < seconds


def read(name: str, data: bytes) -> Any:
    """What the reader makes of it, None when it refuses; anything but its own error is a failure."""
    reader, _ = READERS[name]
    with quickly():
        try:
            return reader(data)
        except PkiError:
            return None


def nested(tag: int, depth: int, *, indefinite: bool = False) -> bytes:
    """`depth` constructed elements, one in another."""
    if indefinite:
        return bytes((tag, 0x80)) * depth + b"\0\0" * depth
    data = b""
    for _ in range(depth):
        data = asn1.encode(tag, data)
    return data


HUGE = {
    "length of 2^63": b"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff",
    "length of 2^64": b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff",
    "length of 126 octets": b"\x30\xfe" + b"\xff" * 126,
    "reserved length": b"\x30\xff" + b"\xff" * 127,
    "length without octets": b"\x30\x81",
    "deep": nested(0x30, 20_000),
    "deep, indefinite": nested(0x30, 20_000, indefinite=True),
    "deep sets": nested(0x31, 5_000),
    "indefinite without an end": b"\x30\x80" * 100_000,
    "indefinite primitive": b"\x04\x80\x00\x00",
    "octets in a million pieces": asn1.encode(0x24, b"\x04\x00" * 1_000_000),
    "high tag number": b"\x3f\xff\xff\xff\xff\x7f\x00",
    "end of contents first": b"\x00\x00\x30\x00",
    "zeros": bytes(1_000_000),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("what", HUGE)
def test_lengths_and_nesting(name: str, what: str) -> None:
    assert read(name, HUGE[what]) is None


def places(data: bytes) -> Iterator[asn1.Element]:
    """Every element of a structure, the strings' insides left out."""
    waiting = [asn1.read(data)]
    while waiting:
        element = waiting.pop()
        yield element
        if element.constructed:
            waiting.extend(element.children())


def with_part(data: bytes, place: asn1.Element, part: bytes) -> bytes:
    """The structure with that element replaced; all lengths around it are right again."""

    def rebuilt(element: asn1.Element) -> bytes:
        if (element.start, element.end) == (place.start, place.end):
            return part
        if not (element.constructed and element.start <= place.start and place.end <= element.end):
            return element.raw
        return asn1.encode(element.tag, *map(rebuilt, element.children()))

    return rebuilt(asn1.read(data))


ODD = {
    "integer of no octets": b"\x02\x00",
    "negative integer": b"\x02\x01\x80",
    "huge integer": asn1.encode(0x02, b"\x7f" + b"\xff" * 20_000),
    "boolean of two octets": b"\x01\x02\x00\x00",
    "empty OID": b"\x06\x00",
    "unended OID": b"\x06\x02\x2a\x86",
    "huge OID": asn1.encode(0x06, b"\xff" * 5_000 + b"\x7f"),
    "bit string without a count": b"\x03\x00",
    "bit string of nine unused bits": b"\x03\x02\x09\x00",
    "time of year 0": b"\x18\x0f00000101000000Z",
    "time in month 13": b"\x17\x0d261301000000Z",
    "time without a zone": b"\x18\x0e20260101000000",
    "empty": b"\x30\x00",
    "indefinite": b"\x30\x80\x00\x00",
    "deep": nested(0x30, 100),
    "string that is no text": b"\x0c\x03\xff\xfe\xfd",
    "context": b"\xa0\x00",
}


@pytest.mark.parametrize("name", READERS)
def test_odd_parts_in_every_place(name: str) -> None:
    """Each kind of odd element in the place of each element: read otherwise or refused, never a crash."""
    _, data = READERS[name]
    with quickly(8):
        for place in places(data):
            for part in ODD.values():
                read(name, with_part(data, place, part))


def test_whatever_reads_can_be_used() -> None:
    """A certificate with an odd part that is still read is shown, compared, verified and put into paths."""
    anchors = AnchorSet([CA.certificate])
    with quickly(8):
        for place in places(LEAF.der):
            for part in ODD.values():
                found = read("certificate", with_part(LEAF.der, place, part))
                if found is None:
                    continue
                assert isinstance(found.subject_name + found.issuer_name, str)
                assert not validate_path(found, anchors=anchors, at=T1).valid
                revocation_of(found, CA.certificate, at=T1, now=T1, embedded_crls=[READERS["crl"][1]])


@pytest.mark.parametrize("name", ["crl", "ocsp"])
def test_odd_evidence_says_nothing_good(name: str) -> None:
    _, data = READERS[name]
    leaf, issuer = LEAF.certificate, CA.certificate
    option = {"crl": "embedded_crls", "ocsp": "embedded_ocsps"}[name]
    signed = {"crl": asn1.sequence(data)[0], "ocsp": None}[name]
    with quickly(8):
        for place in places(data):
            if signed is not None and not (signed.start <= place.start and place.end <= signed.end):
                continue
            for part in ODD.values():
                changed = with_part(data, place, part)
                if changed != data:
                    assert not revocation_of(leaf, issuer, at=T1, now=T1, **{option: [changed]}).known_good


def test_indefinite_lengths_are_read_and_never_signed_for() -> None:
    """BER around the same contents: readable, but the signature is over the DER."""
    tbs, algorithm, signature = (part.raw for part in asn1.sequence(LEAF.der))
    found = parse_certificate(b"\x30\x80" + tbs + algorithm + signature + b"\x00\x00")
    assert found.subject == LEAF.certificate.subject
    assert validate_path(found, anchors=AnchorSet([CA.certificate]), at=T1).valid, "what is signed is untouched"
    inner = b"\x30\x80" + asn1.read(tbs).content + b"\x00\x00"
    other = parse_certificate(asn1.encode(asn1.SEQUENCE, inner, algorithm, signature))
    assert not validate_path(other, anchors=AnchorSet([CA.certificate]), at=T1).valid


@pytest.mark.parametrize(
    "data", [b"", b"0", b"-----BEGIN CERTIFICATE-----\n\n-----END", b"=" * 100, "𝟘" * 50, b"\x30" * 3_000_000]
)
def test_text_that_is_no_certificate(data: str | bytes) -> None:
    with quickly(), pytest.raises(PkiError):
        load_certificate(data)
