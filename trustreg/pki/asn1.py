"""A bounded reader of BER and DER that never copies or re-encodes: it hands out slices of what was received.

Signatures, imprints and fingerprints are over received octets, and real signers deviate from DER (indefinite
lengths, pieced OCTET STRINGs, unordered sets). So the structure is walked in place. Depth, number of elements
and lengths are bounded; anything else raises `MalformedASN1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from trustreg.base.effort import spend
from trustreg.pki.errors import MalformedASN1

MAX_DEPTH = 48
MAX_ELEMENTS = 500_000
"""Elements looked at under one root: 50 MB in pieces of the usual 1,000 octets, looked at several times, fit."""

MAX_INTEGER = 1024
"""Octets of an integer that is read as a number: serial numbers have 20, and no key is read with this."""

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

_CONSTRUCTED = 0x20


def context(number: int, *, constructed: bool = True) -> int:
    """The identifier octet of context-specific tag `number` (0..30)."""
    return 0x80 | (_CONSTRUCTED if constructed else 0) | number


class Element:
    """One element of `data`: identifier octet `tag` (low-tag-number form), the whole at [start:end], contents at
    [body:stop]. `stop` differs from `end` by the end-of-contents octets when the length is indefinite.
    """

    __slots__ = ("body", "budget", "data", "depth", "end", "indefinite", "start", "stop", "tag")

    def __init__(self, data: bytes, start: int, limit: int, depth: int = 0, budget: list[int] | None = None) -> None:
        if depth > MAX_DEPTH:
            raise MalformedASN1(f"nested more than {MAX_DEPTH} levels deep")
        # Shared by all elements under one root, so that no nesting multiplies the work.
        self.budget = budget = [MAX_ELEMENTS] if budget is None else budget
        budget[0] -= 1
        if budget[0] < 0:
            raise MalformedASN1(f"more than {MAX_ELEMENTS} elements")
        if start + 2 > limit:
            raise MalformedASN1("truncated header")
        tag = data[start]
        if tag & 0x1F == 0x1F:
            raise MalformedASN1("high tag numbers are not used by any structure read here")
        length = data[start + 1]
        body = start + 2
        self.indefinite = False
        if length == 0x80:
            if not tag & _CONSTRUCTED:
                raise MalformedASN1("indefinite length of a primitive element")
            self.indefinite = True
            before = budget[0]
            stop = _end_of_contents(data, body, limit, depth, budget)
            spend(before - budget[0])
            end = stop + 2
        else:
            if length > 0x80:
                count = length & 0x7F
                if count > 8 or body + count > limit:
                    raise MalformedASN1("length too long")
                length = int.from_bytes(data[body : body + count], "big")
                body += count
            stop = end = body + length
            if end > limit:
                raise MalformedASN1("contents reach beyond the enclosing element")
        self.data, self.tag, self.start, self.body, self.stop, self.end, self.depth = (
            data,
            tag,
            start,
            body,
            stop,
            end,
            depth,
        )

    @property
    def raw(self) -> bytes:
        """The whole element as received."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """Its contents octets."""
        return self.data[self.body : self.stop]

    @property
    def constructed(self) -> bool:
        """Whether the contents are elements."""
        return bool(self.tag & _CONSTRUCTED)

    def children(self) -> list[Element]:
        """The elements inside."""
        if not self.tag & _CONSTRUCTED:
            raise MalformedASN1("a primitive element has no parts")
        data, position, stop, depth, budget = self.data, self.body, self.stop, self.depth + 1, self.budget
        found: list[Element] = []
        while position < stop:
            element = Element(data, position, stop, depth, budget)
            found.append(element)
            position = element.end
        spend(len(found))
        return found

    def expect(self, tag: int) -> Element:
        """Itself when the tag is `tag`, else `MalformedASN1`."""
        if self.tag != tag:
            raise MalformedASN1(f"tag {self.tag:#04x} where {tag:#04x} is due")
        return self


def _end_of_contents(data: bytes, position: int, limit: int, depth: int, budget: list[int]) -> int:
    while True:
        if position + 2 > limit:
            raise MalformedASN1("end-of-contents octets are missing")
        if data[position] == 0 and data[position + 1] == 0:
            return position
        position = Element(data, position, limit, depth + 1, budget).end


def read(data: bytes, *, exact: bool = True) -> Element:
    """The element at the start of `data`; with `exact`, nothing may follow it."""
    element = Element(data, 0, len(data))
    if exact and element.end != len(data):
        raise MalformedASN1("octets follow the element")
    return element


def sequence(data: bytes) -> list[Element]:
    """The parts of a SEQUENCE that is the whole of `data`."""
    return read(data).expect(SEQUENCE).children()


def oid(element: Element) -> str:
    """Dotted OBJECT IDENTIFIER."""
    return oid_from_content(element.expect(OID).content)


@lru_cache(maxsize=4096)
def oid_from_content(content: bytes) -> str:
    """Dotted form of the contents octets of an OBJECT IDENTIFIER."""
    if not content or len(content) > 128 or content[-1] & 0x80:
        raise MalformedASN1("bad object identifier")
    arcs: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def integer(element: Element) -> int:
    """INTEGER or ENUMERATED, signed."""
    if element.tag not in (INTEGER, ENUMERATED) or element.body == element.stop:
        raise MalformedASN1("an integer is due")
    if element.stop - element.body > MAX_INTEGER:
        raise MalformedASN1("an integer is larger than any that is used")
    return int.from_bytes(element.content, "big", signed=True)


def boolean(element: Element) -> bool:
    """BOOLEAN; BER writes true as anything but zero."""
    content = element.expect(BOOLEAN).content
    if len(content) != 1:
        raise MalformedASN1("bad boolean")
    return content != b"\0"


def octets(element: Element, *, tag: int = OCTET_STRING) -> bytes:
    """OCTET STRING contents; BER may send it in pieces. `tag` is the primitive tag for implicit ones."""
    if element.tag == tag:
        return element.content
    if element.tag == tag | _CONSTRUCTED:
        return b"".join(octets(piece) for piece in element.children())
    raise MalformedASN1("an octet string is due")


def bits(element: Element, *, tag: int = BIT_STRING) -> bytes:
    """BIT STRING octets without the count of unused bits."""
    content = element.expect(tag).content
    if not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise MalformedASN1("bad bit string")
    return content[1:]


def bit_numbers(element: Element, *, tag: int = BIT_STRING) -> frozenset[int]:
    """Numbers of the bits that are set, bit 0 first."""
    content = bits(element, tag=tag)[:8]
    return frozenset(index * 8 + bit for index, octet in enumerate(content) for bit in range(8) if octet & 0x80 >> bit)


_TIME = re.compile(rb"(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,](\d{1,9}))?(Z|[+-]\d{4})")


def time(element: Element) -> datetime:
    """UTCTime or GeneralizedTime as an aware UTC datetime, fractions cut at microseconds."""
    if element.tag not in (UTC_TIME, GENERALIZED_TIME):
        raise MalformedASN1("a time is due")
    return time_from_text(element.content, short=element.tag == UTC_TIME)


def time_from_text(text: bytes, *, short: bool) -> datetime:
    """The text of a UTCTime (`short`) or a GeneralizedTime; a zone is demanded, for local time means nothing."""
    match = _TIME.fullmatch(text)
    if match is None or (len(match[1]) == 2) is not short:
        raise MalformedASN1("bad time")
    year = int(match[1])
    if short:
        year += 1900 if year >= 50 else 2000
    fraction = int((match[7] or b"").ljust(6, b"0")[:6])
    try:
        value = datetime(
            year, int(match[2]), int(match[3]), int(match[4]), int(match[5]), int(match[6] or 0), fraction, tzinfo=UTC
        )
        if match[8] != b"Z":
            offset = timedelta(hours=int(match[8][1:3]), minutes=int(match[8][3:5]))
            value = value - offset if match[8][:1] == b"+" else value + offset
    except (ValueError, OverflowError) as error:
        raise MalformedASN1("bad time") from error
    return value


def algorithm_identifier(element: Element) -> tuple[str, bytes | None]:
    """AlgorithmIdentifier: the OID and the parameters' whole TLV, None when absent."""
    parts = element.expect(SEQUENCE).children()
    if not 1 <= len(parts) <= 2:
        raise MalformedASN1("bad algorithm identifier")
    return oid(parts[0]), parts[1].raw if len(parts) == 2 else None


def encode(tag: int, *parts: bytes) -> bytes:
    """One DER element with these contents."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octet_count = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octet_count)) + length.to_bytes(octet_count, "big") + content


def encode_integer(value: int) -> bytes:
    """DER INTEGER."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    """DER OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (first * 40 + second, *rest):
        chunk = [arc & 0x7F]
        while arc := arc >> 7:
            chunk.append(arc & 0x7F | 0x80)
        content += bytes(reversed(chunk))
    return encode(OID, bytes(content))


def encode_set(elements: Iterable[bytes]) -> bytes:
    """DER SET OF: elements in ascending order of their encodings (X.690 11.6)."""
    return encode(SET, *sorted(elements))


def to_der(element: Element) -> bytes:
    """The element re-encoded with minimal definite lengths, without touching any primitive contents.

    OCTET STRINGs in pieces become one, and the parts of SETs stand in the order of DER.
    """
    if not element.constructed:
        return encode(element.tag, element.content)
    if element.tag == OCTET_STRING | _CONSTRUCTED:
        return encode(OCTET_STRING, octets(element))
    parts = [to_der(part) for part in element.children()]
    return encode_set(parts) if element.tag == SET else encode(element.tag, *parts)
