"""Cross-reference sections (ISO 32000-2, 7.5.4 and 7.5.8): tables, streams and hybrids, read lazily.

One section is one `startxref` target. The chain of sections, newest first, is the history of the file: the suffix of
the chain that begins at section `i` is the document as it was when that section was the last.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from . import filters
from .syntax import Ambiguous, Name, PdfError, Stream, Value, read_indirect, read_value

MAX_SECTIONS = 2_000
MAX_OBJECTS = 500_000
MAX_TRAILERS = 1_000
MAX_SIZE = 1 << 23
"""/Size beyond which there is no object that every reader takes (ISO 32000-1, Annex C)."""
_WORD = re.compile(rb"[\x00\t\n\x0c\r ]*+(xref|trailer|\d{1,10})")
_SUBSECTION = re.compile(
    rb"[\x00\t\n\x0c\r ]*+(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,10})[\x00\t\x0c ]*+(?:\r\n|\r|\n|(?= ))"
)
_ROW = re.compile(rb"[\x00\t\n\x0c\r ]*+(\d{1,20})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++([nf])")
_FIXED = re.compile(rb"\d{10} \d{5} [nf](?: \r| \n|\r\n)\Z")
_STARTXREF = re.compile(rb"startxref[\x00\t\n\x0c\r ]*+(\d{1,19})")
_AFTER_XREF = (b"\r", b"\n", b" ", b"\t")
"""What follows the keyword for every reader."""
_HEADER = re.compile(
    rb"(?<![0-9])(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++obj(?=[\x00\t\n\x0c\r <\[(/%])"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an object stands: at `offset`, or as item `index` of the object stream `container`; `free` is neither, and
    then `generation` is the next one."""

    offset: int = -1
    generation: int = 0
    container: int = -1
    index: int = -1
    free: bool = False


@dataclass(slots=True)
class Section:
    """One cross-reference section; `offset` is where it begins and `end` where what was read of it ends."""

    offset: int
    end: int
    trailer: dict[str, Value]
    entries: dict[int, Entry] = field(default_factory=dict)
    runs: list[tuple[int, int, int]] = field(default_factory=list)
    """(first object number, count, position of its first 20-octet row): looked up without reading the rest."""
    source: bytes = b""
    irregular: bool = False
    """Whether readers may disagree about what it says: damaged or doubled rows, two kinds of sections in one."""
    _reach: int | None = None

    def find(self, number: int) -> Entry | None:
        """The entry for an object number, None when this section does not mention it."""
        entry = self.entries.get(number)
        if entry is not None:
            return entry
        for first, count, position in self.runs:
            if first <= number < first + count:
                row = self.source[position + 20 * (number - first) : position + 20 * (number - first) + 20]
                if not _FIXED.match(row):
                    raise PdfError(f"damaged cross-reference row of object {number}")
                free, generation = row[17:18] == b"f", int(row[11:16])
                entry = Entry(-1 if free else int(row[:10]), generation, free=free)
                self.entries[number] = entry
                return entry
        return None

    def numbers(self) -> set[int]:
        """Every object number that this section defines or frees."""
        found = set(self.entries)
        for first, count, _ in self.runs:
            found.update(range(first, first + count))
        return found

    def reach(self) -> int:
        """The largest offset that this section points to."""
        if self._reach is None:
            for number in self.numbers():
                self.find(number)
            self._reach = max((entry.offset for entry in self.entries.values()), default=-1)
        return self._reach


def _table(data: bytes, position: int, offset: int) -> Section:
    """A classic table whose `xref` keyword ended at `position`."""
    section = Section(offset, position, {}, source=data)
    while True:
        word = _WORD.match(data, position)
        if word is None:
            raise PdfError("cross-reference table without trailer")
        if word[1] == b"trailer":
            trailer, section.end = read_value(data, word.end())
            if not isinstance(trailer, dict):
                raise PdfError("a trailer is a dictionary")
            section.trailer = trailer
            section.irregular |= isinstance(trailer, Ambiguous) or _overlap(section.runs)
            return section
        header = _SUBSECTION.match(data, position)
        if header is None:
            raise PdfError("damaged cross-reference subsection")
        first, count = int(header[1]), int(header[2])
        if count > MAX_OBJECTS or count * 18 > len(data):
            raise PdfError("cross-reference subsection is larger than the file")
        start = header.end()
        if count == 0 or (
            _FIXED.match(data[start : start + 20]) and _FIXED.match(data[start + 20 * (count - 1) : start + 20 * count])
        ):
            # Some writers number the first table from 1 although its first row is the free head, object 0.
            if count and first == 1 and data[start : start + 18] == b"0000000000 65535 f":
                first, section.irregular = 0, True
            section.runs.append((first, count, start))
            position = start + 20 * count
            continue
        for number in range(first, first + count):
            row = _ROW.match(data, start)
            if row is None:
                raise PdfError("damaged cross-reference row")
            free = row[3] == b"f"
            section.entries[number] = Entry(-1 if free else int(row[1]), int(row[2]), free=free)
            start = row.end()
        section.irregular = True
        position = start


def _overlap(runs: list[tuple[int, int, int]]) -> bool:
    """Whether two subsections speak of the same object."""
    ordered = sorted(runs)
    return any(first + count > other for (first, count, _), (other, _, _) in pairwise(ordered))


def _integers(value: Value, what: str) -> list[int]:
    if not isinstance(value, list):
        raise PdfError(f"{what} is an array of integers")
    result = []
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int) or item < 0:
            raise PdfError(f"{what} is an array of integers")
        result.append(item)
    return result


def ends_at(data: bytes, stream: Stream, length: Value) -> bool:
    """Whether a stream in the file has `length` octets, so that readers need not guess."""
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        return False
    end = stream.start + length
    return data[end : end + 16].lstrip(b"\r\n\t ").startswith(b"endstream")


def stream_data(
    data: bytes,
    stream: Stream,
    length: int | None,
    budget: filters.Budget | None = None,
    decrypt: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """The decoded content of a stream with direct or already resolved `length` (None: up to `endstream`)."""
    end = -1 if length is None else stream.start + length
    if not ends_at(data, stream, length):
        end = data.find(b"endstream", stream.start)
        if end < 0:
            raise PdfError("stream does not end")
    wanted, parameters = stream.dictionary.get("Filter"), stream.dictionary.get("DecodeParms")
    if parameters is not None and isinstance(wanted, list) != isinstance(parameters, list):
        raise PdfError("filters and their parameters do not match")  # some readers then use none
    raw = data[stream.start : end]
    return filters.decode(
        decrypt(raw) if decrypt else raw,
        filters.names(wanted),
        parameters if isinstance(parameters, list) else [parameters],
        budget,
    )


def _stream(data: bytes, offset: int, budget: filters.Budget) -> Section:
    value = read_indirect(data, offset).value
    if not isinstance(value, Stream) or value.dictionary.get("Type") != "XRef":
        raise PdfError("no cross-reference section where one was announced")
    trailer = value.dictionary
    length = trailer.get("Length")
    rows = stream_data(data, value, length if isinstance(length, int) else None, budget)
    widths = _integers(trailer.get("W"), "W")
    size = trailer.get("Size")
    if len(widths) != 3 or max(widths) > 8 or not isinstance(size, int):
        raise PdfError("damaged cross-reference stream")
    index = _integers(trailer.get("Index", [0, size]), "Index")
    width, position = sum(widths), 0
    measured = ends_at(data, value, length)
    end = value.start + length if measured and isinstance(length, int) else value.start
    section = Section(offset, end, trailer, source=data)
    section.irregular = (
        isinstance(trailer, Ambiguous) or not measured or len(index) % 2 == 1 or sum(index[1::2]) * width != len(rows)
    )
    if width == 0:
        raise PdfError("damaged cross-reference stream")
    a, b = widths[0], widths[0] + widths[1]
    for first, count in zip(index[::2], index[1::2], strict=False):
        count = min(count, max(0, (len(rows) - position) // width))
        if len(section.entries) + count > MAX_OBJECTS:
            raise PdfError(f"it has more than {MAX_OBJECTS} objects")
        for number in range(first, first + count):
            row = rows[position : position + width]
            position += width
            kind = int.from_bytes(row[:a], "big") if a else 1
            section.irregular |= kind > 2 or number in section.entries
            second, third = int.from_bytes(row[a:b], "big"), int.from_bytes(row[b:], "big")
            if kind == 1:
                section.entries[number] = Entry(offset=second, generation=third)
            elif kind == 2:
                section.entries[number] = Entry(container=second, index=third)
            else:  # another kind stands for the null object (7.5.8.3), as a free entry does
                section.entries[number] = Entry(generation=third, free=True)
    return section


def read_section(data: bytes, offset: int, budget: filters.Budget) -> Section:
    """The section at `offset`, of either kind; a hybrid's `XRefStm` entries fill what its table leaves free or out."""
    if not 0 <= offset < len(data):
        raise PdfError("startxref points outside the file")
    word = _WORD.match(data, offset)
    if word is None or word[1] != b"xref":
        return _stream(data, offset, budget)
    section = _table(data, word.end(), offset)
    section.irregular |= data[word.end() : word.end() + 1] not in _AFTER_XREF
    hybrid = section.trailer.get("XRefStm")
    if isinstance(hybrid, int) and not isinstance(hybrid, bool):
        packed = _stream(data, hybrid, budget)
        section.end, section.irregular = max(section.end, packed.end), True
        for number, entry in packed.entries.items():
            known = section.find(number)
            if known is None or known.free:
                section.entries[number] = entry
    return section


def last_startxref(data: bytes, end: int) -> int | None:
    """The number after the last `startxref` before `end`."""
    position = data.rfind(b"startxref", max(0, end - 4096), end)
    if position < 0:
        position = data.rfind(b"startxref", 0, end)
    found = _STARTXREF.match(data, position) if position >= 0 else None
    return int(found[1]) if found and found.end() <= end else None


def read_chain(data: bytes, budget: filters.Budget) -> list[Section]:
    """All sections, newest first. Raises `PdfError` when the chain is broken; see `recover`."""
    offset = last_startxref(data, len(data))
    if offset is None:
        raise PdfError("no startxref")
    sections: list[Section] = []
    seen: set[int] = set()
    while offset is not None and offset not in seen:
        if len(sections) >= MAX_SECTIONS:
            raise PdfError(f"it has more than {MAX_SECTIONS} revisions")
        seen.add(offset)
        section = read_section(data, offset, budget)
        sections.append(section)
        previous = section.trailer.get("Prev")
        if isinstance(previous, float) and previous.is_integer():
            previous = int(previous)
        offset = previous if isinstance(previous, int) and not isinstance(previous, bool) else None
    return sections


def newest_break(sections: list[Section]) -> int:
    """The index of the newest section that readers may pass over in part; their number when there is none.

    That is one that is irregular, takes an object away, or gives it another generation than references to it have:
    readers that heed generations keep the old object, others take the new one. And the last, when its /Size is not
    above the numbers of all objects, so that some are missing (7.5.5).
    """
    found = len(sections)
    known: dict[int, Entry] = {}
    for index in reversed(range(len(sections))):
        section = sections[index]
        entries = {number: entry for number in section.numbers() if (entry := section.find(number)) is not None}
        if section.irregular or not all(
            _continues(entry, known.get(number, _NEVER_USED)) for number, entry in entries.items()
        ):
            found = index
        known.update(entries)
    size = sections[0].trailer.get("Size")
    highest = max((number for number, entry in known.items() if not entry.free), default=0)
    return found if type(size) is int and highest < size <= MAX_SIZE else 0


_NEVER_USED = Entry(free=True)


def _continues(entry: Entry, before: Entry) -> bool:
    """Whether all readers take the same object after this entry: it has the generation that the object had."""
    if entry.free:
        return before.free
    return entry.generation == before.generation or (before.free and entry.generation == 0)


def recover(data: bytes) -> list[Section]:
    """One section made by scanning for `n g obj`, for files whose cross-reference is damaged.

    The last definition of a number wins. Such a file has no trustworthy revisions, so that only a signature over
    the whole file can have a known coverage.
    """
    section = Section(-1, len(data), {}, source=data)
    for count, match in enumerate(_HEADER.finditer(data)):
        section.entries[int(match[1])] = Entry(offset=match.start())
        if count > MAX_OBJECTS:
            raise PdfError(f"it has more than {MAX_OBJECTS} objects")
    position, trailers = len(data), 0
    while (position := data.rfind(b"trailer", 0, position)) >= 0 and "Root" not in section.trailer:
        trailers += 1
        if trailers > MAX_TRAILERS:
            break
        try:
            trailer, _ = read_value(data, position + 7)
        except PdfError:
            continue
        if isinstance(trailer, dict):
            section.trailer = trailer
    if "Root" not in section.trailer:
        for entry in sorted(section.entries.values(), key=lambda e: -e.offset):
            try:
                reference, value, _ = read_indirect(data, entry.offset)
            except PdfError:
                continue
            if (
                isinstance(value, Stream)
                and isinstance(value.dictionary.get("Root"), object)
                and "Root" in value.dictionary
            ):
                section.trailer = value.dictionary
                break
            if isinstance(value, dict) and value.get("Type") == Name("Catalog"):
                section.trailer = {"Root": reference}
                break
    if "Root" not in section.trailer:
        raise PdfError("no catalog")
    return [section]
