"""Octets near to sound ones: what a hostile or broken sender makes of a document that once was in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import strategies as st

TOKENS: Final = (
    b"\x30\x80",
    b"\x00\x00",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x02\x81\xff",
    b"\x06\x01\x80",
    b"\xa0\x80",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<a xmlns='b'>",
    b"<![CDATA[",
    b"&#0;",
    b"endobj",
    b"stream\n",
    b"/Prev 0",
    b"/ByteRange [0 1 2 3]",
    b"%%EOF",
    b"startxref\n0",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"../",
    b'{"',
    b"[[[[[[[[",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\xf0\x9f\x98\x80",
)


@st.composite
def near(draw: Any, seeds: Sequence[bytes]) -> bytes:
    """One of `seeds` after up to eight edits, or none of them at all."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 8))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 64))
        match draw(st.integers(0, 5)):
            case 0 if place < len(data):
                data[place] ^= draw(st.integers(1, 255))
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = draw(st.binary(max_size=32))
            case 3:
                data[place:place] = draw(st.sampled_from(TOKENS))
            case 4:
                data[place:place] = data[place : place + length] * draw(st.integers(1, 40))
            case _:
                other = draw(st.sampled_from(seeds))
                start = draw(st.integers(0, len(other)))
                data[place : place + length] = other[start : start + length]
    return bytes(data)
