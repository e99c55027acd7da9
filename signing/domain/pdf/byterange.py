"""ByteRange (ISO 32000-2, 12.8.1): which octets were signed, and how that relates to the file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from trustreg.pki.signatures import digest

from .document import Document
from .syntax import String, Value

MAX_OFFSET = 1 << 63
_HEX = re.compile(rb"<[0-9A-Fa-f\x00\t\n\x0c\r ]*+>")


class Coverage(StrEnum):
    """What a signature covers of the bytes that were handed in."""

    WHOLE = "whole"
    REVISION = "revision"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`[0 first gap_end-… second]`: octets `0..first` and `gap_end..end` are signed, the gap holds /Contents."""

    first: int
    gap_end: int
    end: int

    def signed(self, data: bytes) -> tuple[memoryview, memoryview]:
        """The two signed slices."""
        view = memoryview(data)
        return view[: self.first], view[self.gap_end : self.end]


class RangeDigests:
    """Digests of ranges of one file. What later signatures sign again is not read again: ranges begin alike."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._begun: dict[str, dict[int, hashlib._Hash]] = {}
        """For each algorithm: how far the file was read, and the state there."""

    def digest(self, span: ByteRange, name: str) -> bytes:
        """The digest of the signed octets, by the name that hashlib or `trustreg.pki.signatures` gives it."""
        if name.startswith("shake") or name not in hashlib.algorithms_available:
            return digest(name, b"".join(span.signed(self.data)))
        begun = self._begun.setdefault(name, {0: hashlib.new(name, usedforsecurity=False)})
        nearest = max(position for position in begun if position <= span.first)
        view = memoryview(self.data)
        state = begun[nearest].copy()
        state.update(view[nearest : span.first])
        begun[span.first] = state.copy()
        state.update(view[span.gap_end : span.end])
        return state.digest()


def read_byte_range(value: Value, size: int) -> ByteRange | str:
    """The range of a file of `size` octets, or the reason (a code) why it is none.

    Exactly four integers, beginning at 0, ascending, inside the file, with a gap of at least `<>`.
    """
    if not isinstance(value, list) or len(value) != 4:
        return "BYTE_RANGE_NOT_FOUR_NUMBERS"
    numbers: list[int] = []
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int) or not 0 <= item < MAX_OFFSET:
            return "BYTE_RANGE_NOT_FOUR_NUMBERS"
        numbers.append(item)
    start, first, gap_end, second = numbers
    if start != 0:
        return "BYTE_RANGE_NOT_FROM_START"
    if gap_end < first + 2:
        return "BYTE_RANGE_OVERLAPS"
    if gap_end + second > size:
        return "BYTE_RANGE_OUTSIDE_FILE"
    return ByteRange(first, gap_end, gap_end + second)


def gap_is_contents(data: bytes, span: ByteRange, contents: String) -> str | None:
    """None when the gap is exactly the hexadecimal string of /Contents, else the reason (a code)."""
    if contents.hexadecimal and contents.stands_at(data, span.first, span.gap_end):
        return None
    gap = data[span.first : span.gap_end]
    if not _HEX.fullmatch(gap):
        return "GAP_IS_NOT_A_HEX_STRING"
    digits = gap[1:-1].translate(None, b"\x00\t\n\x0c\r ").decode("ascii")
    if bytes.fromhex(digits + "0" if len(digits) % 2 else digits) != contents.value:
        return "GAP_IS_NOT_CONTENTS"
    return None


def covers(outer: ByteRange | None, inner: ByteRange | None) -> bool:
    """Whether a signature with its value lies in the first signed part of a later one."""
    return outer is not None and inner is not None and inner.gap_end <= outer.first


def coverage(document: Document, span: ByteRange) -> tuple[Coverage, int | None]:
    """What the range covers, and the index of the signed revision when it is a complete one."""
    revision = document.revision_ending_at(span.end)
    if span.end == len(document.data):
        return Coverage.WHOLE, 0 if revision is None else revision
    if revision is None:
        return Coverage.PARTIAL, None
    return Coverage.REVISION, revision
