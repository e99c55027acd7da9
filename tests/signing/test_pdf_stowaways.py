"""What begins like an object in the octets of a PDF file, wherever it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signing.domain.pdf.stowaways import headers
from trustreg.base import effort

PLAIN = re.compile(rb"(?<![0-9])\d{1,10}[\x00\t\n\x0c\r ]+\d{1,5}[\x00\t\n\x0c\r ]+obj(?=[\x00\t\n\x0c\r <\[(/%])")
"""ISO 32000-2, 7.3.10, as one would write it down: right, and slow on a file of many digits."""

PIECES = (b"1", b"12", b"0", b"123456", b"12345678901", b" ", b"\n", b"\x00", b"obj", b"obj ", b"endobj", b"<", b"x")
PIECES += (b" " * 40, b"9" * 40, b"1 0 obj<<")


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join))
@example(b"x" + b"7" * 10 + b" " * 100 + b"0" * 5 + b"\r\n" * 70 + b"obj[")
@example(b"7" * 11 + b" 0 obj[")
@example(b"1 2 3 obj 4 obj /")
@example(b"1 0 objects 1 0 obj")
def test_headers_are_found_wherever_the_plain_rule_finds_them(data: bytes) -> None:
    assert list(headers(data)) == [match.start() for match in PLAIN.finditer(data)]


def test_every_word_that_could_end_a_header_counts() -> None:
    with effort.bounded(1_000), pytest.raises(effort.EffortExceeded):
        list(headers(b" obj " * 1_001))
