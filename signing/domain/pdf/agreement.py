"""Whether two readers of one PDF take an object for the same (ISO 32000-2, 7.3).

What came after a signature is judged on pyHanko's reading of the file, everything else on ours, and people look at it
with a third reader. Where syntax is bent so that two of them differ, a change can hide. A file in which these two read
any object of any revision differently is one whose changes are not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyhanko.pdf_utils import generic

from .byterange import ByteRange
from .document import Document
from .syntax import Name, Reference, Stream, String, Value
from .xref import ends_at


class Agreement:
    """Compares values of one document with pyHanko's, which was given the gaps of these byte ranges without content."""

    def __init__(self, document: Document, emptied: Iterable[ByteRange] = ()) -> None:
        self._document = document
        self._emptied = {span.first: span.gap_end for span in emptied}

    def on(self, ours: Value, theirs: Any) -> bool:
        """Whether both mean the same; references are not followed."""
        if isinstance(theirs, generic.DecryptedObjectProxy):  # what was emptied was never encrypted (7.6.2)
            emptied = isinstance(ours, String) and self._is_emptied(ours)
            theirs = theirs.raw_object if emptied else theirs.decrypted
        match theirs:
            case generic.StreamObject():
                return isinstance(ours, Stream) and self._on_stream(ours, theirs)
            case generic.DictionaryObject():
                return isinstance(ours, dict) and self._on_entries(ours, theirs)
            case generic.ArrayObject():
                items = list(list.__iter__(theirs))  # as they stand: the array's own iterator may follow references
                return isinstance(ours, list) and len(ours) == len(items) and all(map(self.on, ours, items))
            case generic.TextStringObject() | generic.ByteStringObject():
                return isinstance(ours, String) and (self._is_emptied(ours) or ours.value == theirs.original_bytes)
        return _same_atom(ours, theirs)

    def _on_entries(self, ours: dict[str, Value], theirs: Any) -> bool:
        """An entry whose value is null is as good as none (7.3.7)."""
        mine = {_octets(key): value for key, value in ours.items()}
        others = {key[1:].encode(): dict.__getitem__(theirs, key) for key in dict.keys(theirs)}
        nothing = generic.NullObject()
        return all(self.on(mine.get(key), others.get(key, nothing)) for key in mine.keys() | others.keys())

    def _on_stream(self, ours: Stream, theirs: Any) -> bool:
        if not self._on_entries(ours.dictionary, theirs):
            return False
        if self._document.encrypted:  # pyHanko has taken the encryption off its data
            return True
        raw, data = theirs.encoded_data, self._document.data
        return data[ours.start : ours.start + len(raw)] == raw and ends_at(data, ours, len(raw))

    def _is_emptied(self, ours: String) -> bool:
        end = self._emptied.get(ours.start)
        return end is not None and ours.stands_at(self._document.data, ours.start, end)


def _same_atom(ours: Value, theirs: Any) -> bool:
    match theirs:
        case generic.IndirectObject():
            return ours == Reference(theirs.idnum, theirs.generation)
        case generic.NullObject():
            return ours is None
        case generic.BooleanObject():
            return ours is theirs.value
        case generic.NameObject():
            return isinstance(ours, Name) and _octets(ours) == theirs[1:].encode()
        case generic.NumberObject() | generic.FloatObject():
            return isinstance(ours, int | float) and not isinstance(ours, bool) and float(ours) == float(theirs)
    return False


def _octets(name: str) -> bytes:
    """A name as pyHanko reads it, in UTF-8: as UTF-8 where its octets are that, else as Latin-1."""
    raw = name.encode("latin-1")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return name.encode()
    return raw
