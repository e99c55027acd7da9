"""The reader takes BER and DER in place, within bounds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1


def test_indefinite_lengths_and_pieces_of_octet_strings():
    ber = bytes.fromhex("3080 2480 0402 6162 0401 63 0000 0201 05 0000")
    octets, number = asn1.read(ber).children()
    assert asn1.octets(octets) == b"abc"
    assert asn1.integer(number) == 5
    assert asn1.to_der(asn1.read(ber)) == bytes.fromhex("3008 0403 616263 020105")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3005",
        "3080",
        "0480",
        "30800000ff",
        "3085ffffffffff",
        "30890000000000000000ff",
        "1f8101",
        "3003020100ff",
    ],
)
def test_what_is_wrong_is_refused(data):
    with pytest.raises(MalformedASN1):
        asn1.read(bytes.fromhex(data))


def test_depth_is_bounded():
    deep = b"\x30\x80" * 5000
    with pytest.raises(MalformedASN1):
        asn1.read(deep)


def test_the_number_of_elements_is_bounded_over_all_levels():
    with pytest.raises(MalformedASN1):
        asn1.read(asn1.encode(asn1.SEQUENCE, b"\x05\x00" * (asn1.MAX_ELEMENTS + 1))).children()
    nested = b"\x30\x80" * 20 + b"\x05\x00" * (asn1.MAX_ELEMENTS // 10) + b"\0\0" * 20
    with pytest.raises(MalformedASN1):
        asn1.to_der(asn1.read(nested))


def test_a_large_content_in_pieces_of_the_usual_size():
    pieces = (b"\x04\x82\x03\xe8" + b"x" * 1000) * 50_000
    assert len(asn1.octets(asn1.read(b"\x24\x80" + pieces + b"\0\0"))) == 50_000_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x17\x0d260131090000Z", datetime(2026, 1, 31, 9, tzinfo=UTC)),
        (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"\x18\x0f20500101000000Z", datetime(2050, 1, 1, tzinfo=UTC)),
        (b"\x18\x1320260131090000.25Z", datetime(2026, 1, 31, 9, microsecond=250_000, tzinfo=UTC)),
        (b"\x17\x11260131180000+0900", datetime(2026, 1, 31, 9, tzinfo=UTC)),
    ],
)
def test_times(data, expected):
    data = data[:1] + bytes([len(data) - 2]) + data[2:]
    assert asn1.time(asn1.read(data)) == expected


@pytest.mark.parametrize("text", [b"20260131090000", b"260131090000Z", b"20261331090000Z", b"00000101000000Z", b""])
def test_bad_times_are_refused(text):
    with pytest.raises(MalformedASN1):
        asn1.time(asn1.read(asn1.encode(asn1.GENERALIZED_TIME, text)))


@given(st.integers(-(2**70), 2**70))
def test_integers_round_trip(value):
    assert asn1.integer(asn1.read(asn1.encode_integer(value))) == value


@given(st.lists(st.integers(0, 2**70), min_size=1, max_size=12), st.integers(0, 2))
def test_object_identifiers_round_trip(arcs, first):
    dotted = ".".join(map(str, [first, arcs[0] % 40 if first < 2 else arcs[0], *arcs[1:]]))
    encoded = asn1.encode_oid(dotted)
    if len(encoded) < 128:
        assert asn1.oid(asn1.read(encoded)) == dotted


@given(st.binary(max_size=200))
def test_any_bytes_raise_only_the_own_error(data):
    def walk(element):
        if element.constructed:
            for part in element.children():
                walk(part)

    try:
        root = asn1.read(data)
        walk(root)
        asn1.to_der(root)
    except MalformedASN1:
        pass
