"""A PDF file with its revisions: objects as they are now, and as they were in an earlier revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from trustreg.base.effort import spend

from . import xref
from .encryption import LOCKED, Encryption, open_encryption
from .filters import Budget, names
from .syntax import Indirect, PdfError, Reference, Stream, String, Value, ends_plainly, read_indirect, read_value
from .xref import Entry, Section

MAX_REFERENCES = 32
_BLANKS = bytes.maketrans(b"\x00\x0b", b" v")
"""White space of PDF (7.2.3) in place of Python's: NUL is, the vertical tabulation is not."""


class Document:
    """Objects of one file. `revision` in the methods is an index into `sections` (0 = the file as it is)."""

    def __init__(self, data: bytes) -> None:
        """Reads the cross-reference chain, or recovers one. Raises `PdfError`."""
        header = data[:1024].find(b"%PDF-")
        if header < 0:
            raise PdfError("no PDF header")
        self.data = data
        self.recovered = False
        self._budget = Budget()
        self._parsed: dict[int, Indirect] = {}
        self._packed: dict[int, dict[int, tuple[int, Value]]] = {}
        self._owners: dict[int, Reference] = {}
        self._encryption: Encryption | None = None
        self._plain: Reference | None = None
        """The object that says how the others are encrypted."""
        try:
            self.sections: list[Section] = xref.read_chain(data, self._budget)
            self._open()
            self.catalog()
        except (PdfError, RecursionError):
            self.recovered = True
            self._parsed.clear()
            self._packed.clear()
            self.sections = xref.recover(data)
            self._open()
            self.catalog()

    def _open(self) -> None:
        """Finds out how strings and streams are encrypted (7.6); what needs a password stays closed."""
        self._encryption = None
        trailers = [section.trailer for section in self.sections if section.trailer.get("Encrypt") is not None]
        if not trailers:
            return
        encrypt = trailers[0]["Encrypt"]
        entries = {key: self.resolve(value) for key, value in self.dictionary(encrypt).items()}
        identifier = self.array(trailers[0].get("ID"))
        first = identifier[0] if identifier else None
        self._parsed.clear()
        same = all(trailer["Encrypt"] == encrypt for trailer in trailers)
        opened = open_encryption(entries, first.value if isinstance(first, String) else b"") if same else None
        self._encryption = opened or LOCKED
        self._plain = encrypt if isinstance(encrypt, Reference) else None

    @property
    def encrypted(self) -> bool:
        """Whether strings and streams of this file are encrypted (7.6)."""
        return self._encryption is not None

    @property
    def locked(self) -> bool:
        """Whether a password is needed to read strings and streams."""
        return self._encryption is LOCKED

    def entry(self, number: int, revision: int = 0) -> Entry | None:
        """Where object `number` stands in that revision; None when it is not defined or free there."""
        for walked, index in enumerate(range(revision, len(self.sections))):
            found = self.sections[index].find(number)
            if found is not None:
                spend(walked >> 2)
                return None if found.free else found
        spend(len(self.sections) >> 2)
        return None

    def _at(self, offset: int) -> Indirect:
        if offset not in self._parsed:
            owner, value, end = read_indirect(self.data, offset)
            if self._encryption is not None and owner != self._plain:
                if isinstance(value, Stream):
                    self._owners[value.start] = owner
                value = self._encryption.value(value, owner)
            self._parsed[offset] = Indirect(owner, value, end)
        return self._parsed[offset]

    def _container(self, number: int, revision: int) -> dict[int, tuple[int, Value]]:
        """Objects of an object stream (7.5.7): object number -> (index, value)."""
        entry = self.entry(number, revision)
        if entry is None or entry.container >= 0:
            raise PdfError("an object stream stands directly in the file")
        if entry.offset in self._packed:
            return self._packed[entry.offset]
        stream = self._at(entry.offset).value
        if not isinstance(stream, Stream):
            raise PdfError("object stream expected")
        raw = self.stream_data(stream, revision)
        count, first = stream.dictionary.get("N"), stream.dictionary.get("First")
        if not isinstance(count, int) or not isinstance(first, int) or not 0 <= count <= len(raw):
            raise PdfError("damaged object stream")
        header = raw[:first].translate(_BLANKS).split()
        if len(header) != 2 * count or not all(map(bytes.isdigit, header)) or len(set(map(int, header[::2]))) != count:
            raise PdfError("an object stream names each of its objects once")  # else readers take different ones
        packed: dict[int, tuple[int, Value]] = {}
        for index, (packed_number, offset) in enumerate(zip(header[::2], header[1::2], strict=True)):
            try:
                packed[int(packed_number)] = (index, read_value(raw, first + int(offset))[0])
            except ValueError:  # one damaged item does not hide the others
                continue
        self._packed[entry.offset] = packed
        return packed

    def load(self, reference: Reference, revision: int = 0) -> Value:
        """The object behind a reference, None when there is none (7.3.10). Raises `PdfError` for damaged objects."""
        entry = self.entry(reference.number, revision)
        if entry is None:
            return None
        if entry.container >= 0:
            found = self._container(entry.container, revision).get(reference.number)
            return found[1] if found else None
        label, value, _ = self._at(entry.offset)
        if label.number != reference.number:
            raise PdfError(f"object {reference.number} is not where the cross-reference says")
        return value

    def definition(self, number: int, section: int) -> Value:
        """The object as section `section` itself defines it, with nothing that readers could take differently.

        Raises `PdfError` when the section frees it, when it is not exactly where the section says, has a generation
        above 0, or stands in an object stream that the section does not define itself.
        """
        entry = self.sections[section].find(number)
        if entry is None or entry.free or entry.generation:
            raise PdfError(f"object {number} is not defined plainly")
        if entry.container >= 0:
            container = self.sections[section].find(entry.container)
            if container is None or container.offset < 0 or container.generation:
                raise PdfError("an object stream stands directly in the file")
            stream = self._at(container.offset).value
            if not isinstance(stream, Stream) or not xref.ends_at(self.data, stream, stream.dictionary.get("Length")):
                raise PdfError("object stream expected")
            found = self._container(entry.container, section).get(number)
            if found is None or found[0] != entry.index:
                raise PdfError(f"object {number} is not where the cross-reference says")
            return found[1]
        label, value, _ = self._at(entry.offset)
        there = label == Reference(number, 0) and self.data[entry.offset : entry.offset + 1].isdigit()
        if not there or not self.ends_plainly(number, section):
            raise PdfError(f"object {number} is not where the cross-reference says")
        return value

    def ends_plainly(self, number: int, section: int) -> bool:
        """Whether the object that section `section` defines ends where every reader sees its end: `endobj` follows, and
        a stream has the length that it states."""
        entry = self.sections[section].find(number)
        if entry is None or entry.free or entry.container >= 0:
            return True
        _, value, end = self._at(entry.offset)
        if isinstance(value, Stream):
            length = self.resolve(value.dictionary.get("Length"), section)
            if not xref.ends_at(self.data, value, length) or not isinstance(length, int):
                return False
            end += length
        return ends_plainly(self.data, end)

    def stream_extents(self) -> Iterator[tuple[int, int]]:
        """Where the data of every stream of the file begin and end, as far as it has the length that it states."""
        for index, section in enumerate(self.sections):
            for number in section.numbers():
                entry = section.find(number)
                if entry is None or entry.free or entry.container >= 0:
                    continue
                value = self._at(entry.offset).value
                if isinstance(value, Stream):
                    length = self.resolve(value.dictionary.get("Length"), index)
                    if isinstance(length, int) and xref.ends_at(self.data, value, length):
                        yield value.start, value.start + length

    def resolve(self, value: Value, revision: int = 0) -> Value:
        """Follows references until a direct object."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(value, Reference):
                return value
            value = self.load(value, revision)
        raise PdfError("references go in a circle")

    def dictionary(self, value: Value, revision: int = 0) -> dict[str, Value]:
        """The dictionary (or a stream's dictionary) behind a value, empty when it is something else."""
        found = self.resolve(value, revision)
        if isinstance(found, Stream):
            return found.dictionary
        return found if isinstance(found, dict) else {}

    def array(self, value: Value, revision: int = 0) -> list[Value]:
        """The array behind a value, empty when it is something else."""
        found = self.resolve(value, revision)
        return found if isinstance(found, list) else []

    def catalog(self, revision: int = 0) -> dict[str, Value]:
        """The document catalog of that revision. Raises `PdfError`."""
        for section in self.sections[revision:]:
            if "Root" in section.trailer:
                found = self.dictionary(section.trailer["Root"], revision)
                if found:
                    return found
                break
        raise PdfError("no catalog")

    def stream_data(self, stream: Stream, revision: int = 0) -> bytes:
        """Decoded content of a stream."""
        length = self.resolve(stream.dictionary.get("Length"), revision)
        if "F" in stream.dictionary and "Filter" not in stream.dictionary:
            raise PdfError("data in an external file is never fetched")
        return xref.stream_data(
            self.data,
            stream,
            length if isinstance(length, int) and not isinstance(length, bool) else None,
            self._budget,
            self._decryption(stream),
        )

    def _decryption(self, stream: Stream) -> Callable[[bytes], bytes] | None:
        owner, encryption = self._owners.get(stream.start), self._encryption
        filters = names(stream.dictionary.get("Filter"))
        if encryption is None or owner is None or stream.dictionary.get("Type") == "XRef" or filters[:1] == ["Crypt"]:
            return None  # a Crypt filter of its own is for contents that this reader never needs
        return lambda raw: encryption.streams(raw, owner)

    @cached_property
    def _newest_break(self) -> int:
        return xref.newest_break(self.sections)

    def revision_ending_at(self, end: int) -> int | None:
        """The index of the revision whose `%%EOF` line ends at `end`, None when no complete revision does.

        Complete: the last startxref before `end` names a section of the chain, that section and everything older lie
        before `end`, they point to nothing behind it, and everything newer lies behind it and continues it in a way
        that no reader may pass over.
        """
        tail = self.data[max(0, end - 64) : end]
        marker = tail.rfind(b"%%EOF")
        if self.recovered or marker < 0 or tail[marker + 5 :].strip(b"\r\n\x00 \t"):
            return None
        start = xref.last_startxref(self.data, end)
        for index, section in enumerate(self.sections):
            if section.offset == start:
                older, newer = self.sections[index:], self.sections[:index]
                complete = all(s.end <= end and s.reach() < end for s in older) and all(s.offset >= end for s in newer)
                return index if complete and (not newer or index <= self._newest_break) else None
        return None
