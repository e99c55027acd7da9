"""PDF objects from bytes (ISO 32000-2, 7.2 and 7.3): a tokenizer and a recursive reader with hard limits.

It reads what a signature validator needs and remembers where strings stand in the file, because the gap of a
ByteRange must be exactly one of them (formats: ISO 32000-2, 12.8.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from trustreg.base.effort import spend

MAX_DEPTH = 64
"""Nesting of arrays and dictionaries; real files stay below ten."""


class PdfError(ValueError):
    """The bytes are not the PDF syntax that was expected at that place."""


class Name(str):
    """A name object without its solidus; `#xx` escapes are resolved."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """`number generation R`."""

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class String:
    """A string object; `start`/`end` bound its token in `source`, delimiters included: the file or, for what stands
    in an object stream, the decoded stream."""

    value: bytes
    start: int
    end: int
    hexadecimal: bool
    source: bytes = field(repr=False)

    def stands_at(self, data: bytes, start: int, end: int) -> bool:
        """Whether it is written in `data` itself, exactly there: equal positions in another source say nothing."""
        return self.source is data and (self.start, self.end) == (start, end)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, String) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    @property
    def text(self) -> str:
        """A text string (7.9.2.2): UTF-16BE with BOM, UTF-8 with BOM, else PDFDocEncoding read as Latin-1."""
        if self.value.startswith(b"\xfe\xff"):
            return self.value[2:].decode("utf-16-be", "replace")
        if self.value.startswith(b"\xef\xbb\xbf"):
            return self.value[3:].decode("utf-8", "replace")
        return self.value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream object: its dictionary and where its raw (encoded) data begins in the file."""

    dictionary: dict[str, Value]
    start: int


class Ambiguous(dict[str, "Value"]):
    """A dictionary in which a key stands twice: the last value counts here, other readers take the first."""


Value: TypeAlias = "bool | int | float | Name | String | Reference | list[Value] | dict[str, Value] | Stream | None"


def ambiguous(value: Value, depth: int = 0) -> bool:
    """Whether a dictionary in a value has a key twice, or nests too deep to tell."""
    if isinstance(value, Stream):
        value = value.dictionary
    if isinstance(value, dict):
        return isinstance(value, Ambiguous) or any(ambiguous(item, depth + 1) for item in value.values())
    return isinstance(value, list) and (depth > MAX_DEPTH or any(ambiguous(item, depth + 1) for item in value))


_SPACE = rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+"
_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|\Z)"
_BLANK = re.compile(_SPACE)
_TOKEN = re.compile(
    _SPACE
    + rb"(?:(?P<open><<)|(?P<close>>>)|(?P<array>\[)|(?P<end>\])"
    + rb"|/(?P<name>[^\x00\t\n\x0c\r ()<>\[\]{}/%]*+)"
    + rb"|(?P<number>\d{1,10})[\x00\t\n\x0c\r ]++(?P<generation>\d{1,5})[\x00\t\n\x0c\r ]++R"
    + _END
    + rb"|(?P<integer>[+-]?\d{1,19})"
    + _END
    + rb"|(?P<real>[+-]{0,2}(?:\d{1,20}\.?\d{0,30}|\.\d{1,30}))"
    + _END
    + rb"|<(?P<hex>[0-9A-Fa-f\x00\t\n\x0c\r ]*+)>"
    + rb"|(?P<literal>\()"
    + rb"|(?P<keyword>[A-Za-z]{1,16}))"
)
_LITERAL_STEP = re.compile(rb"[^()\\]*+([()]|\\(?:[0-7]{1,3}|\r\n|.))", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|\r|\n)|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_HEX_SPACE = b"\x00\t\n\x0c\r "
_OBJECT = re.compile(_SPACE + rb"(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++obj")
_END_OBJECT = re.compile(_SPACE + rb"(?:endstream" + _SPACE + rb")?endobj" + _END)
_STREAM = re.compile(_SPACE + rb"stream(\r\n|\n|\r)")


def _name(raw: bytes) -> Name:
    if b"\x80" in raw or b"\xff" in raw:  # white space to PDFium, which sees other objects in what follows
        raise PdfError("a name with an octet that ends it for some readers")
    if b"#" in raw:
        raw = _NAME_ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), raw)
    return Name(raw.decode("latin-1"))


def _unescape(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes((int(match[1], 8) & 0xFF,))
    if match[2]:
        return b""
    return _ESCAPED.get(match[3], match[3])


def _literal(data: bytes, start: int) -> tuple[bytes, int]:
    """The string whose `(` stands at `start`, and the position after its `)`."""
    depth, position = 1, start + 1
    while True:
        step = _LITERAL_STEP.match(data, position)
        if step is None:
            spend(len(data) - start >> 2)
            raise PdfError(f"string at {start} does not end")
        position = step.end()
        if step[1] == b"(":
            depth += 1
        elif step[1] == b")":
            depth -= 1
            if depth == 0:
                break
    spend(position - start >> 2)
    raw = data[start + 1 : position - 1]
    return (_ESCAPE.sub(_unescape, raw) if b"\\" in raw else raw), position


def hex_string(raw: bytes) -> bytes:
    """The value of a hexadecimal string's inside (7.3.4.3): white space ignored, an odd last digit padded with 0."""
    raw = raw.translate(None, _HEX_SPACE)
    return bytes.fromhex((raw + b"0" if len(raw) % 2 else raw).decode("ascii"))


def read_value(data: bytes, position: int, depth: int = 0) -> tuple[Value, int]:
    """One object at `position` and where it ends. Raises `PdfError`."""
    token = _TOKEN.match(data, position)
    if token is None:
        raise _nothing(data, position)
    spend(1)
    kind, end = token.lastgroup, token.end()
    if depth > MAX_DEPTH:
        raise PdfError(f"nested more than {MAX_DEPTH} levels deep")
    match kind:
        case "name":
            return _name(token["name"]), end
        case "generation":
            return Reference(int(token["number"]), int(token["generation"])), end
        case "integer":
            return int(token["integer"]), end
        case "real":
            try:
                return float(token["real"]), end
            except ValueError as error:
                raise PdfError(f"no object at {position}") from error
        case "hex":
            return String(hex_string(token["hex"]), token.start("hex") - 1, end, True, data), end
        case "literal":
            start = token.start("literal")
            value, end = _literal(data, start)
            return String(value, start, end, False, data), end
        case "open":
            return _dictionary(data, end, depth)
        case "array":
            return _array(data, end, depth)
        case "keyword":
            keywords: dict[bytes, Value] = {b"true": True, b"false": False, b"null": None}
            if token["keyword"] in keywords:
                return keywords[token["keyword"]], end
    raise PdfError(f"no object at {position}")


def _nothing(data: bytes, position: int) -> PdfError:
    """The error for a place where no token is; white space and comments that were passed over there cost effort."""
    blank = _BLANK.match(data, position)
    spend((blank.end() if blank else position) - position >> 3)
    return PdfError(f"no object at {position}")


def _dictionary(data: bytes, position: int, depth: int) -> tuple[dict[str, Value], int]:
    found: dict[str, Value] = {}
    while True:
        token = _TOKEN.match(data, position)
        if token is None:
            raise _nothing(data, position)
        if token.lastgroup == "close":
            return found, token.end()
        if token.lastgroup != "name":
            raise PdfError(f"dictionary key expected at {position}")
        key = _name(token["name"])
        value, position = read_value(data, token.end(), depth + 1)
        if key in found:
            # Readers disagree about which of two equal keys counts: nothing signed may hang on that.
            if key in ("ByteRange", "Contents", "SubFilter", "V", "Type"):
                raise PdfError(f"key {key} stands twice in one dictionary")
            if not isinstance(found, Ambiguous):
                found = Ambiguous(found)
        found[key] = value


def _array(data: bytes, position: int, depth: int) -> tuple[list[Value], int]:
    items: list[Value] = []
    while True:
        token = _TOKEN.match(data, position)
        if token is not None and token.lastgroup == "end":
            return items, token.end()
        value, position = read_value(data, position, depth + 1)
        items.append(value)


class Indirect(NamedTuple):
    """An indirect object (`n g obj …`): its label, its value, and where the value ends; of a stream, where its data
    begins."""

    label: Reference
    value: Value
    end: int


def read_indirect(data: bytes, position: int) -> Indirect:
    """The indirect object that begins at `position` (`n g obj …`), its stream data located but not read."""
    header = _OBJECT.match(data, position)
    if header is None:
        raise PdfError(f"no indirect object at {position}")
    value, end = read_value(data, header.end())
    if isinstance(value, dict):
        stream = _STREAM.match(data, end)
        if stream is not None:
            value, end = Stream(value, stream.end()), stream.end()
    return Indirect(Reference(int(header[1]), int(header[2])), value, end)


def ends_plainly(data: bytes, end: int) -> bool:
    """Whether nothing stands between the end of a value, or of a stream's data, and `endobj`."""
    return _END_OBJECT.match(data, end) is not None
