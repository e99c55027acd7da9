"""One later revision held against its predecessor: whether it plainly adds signatures or evidence (ISO 32000-2, 7.5.6).

An object that it changes has to have a role in which that change is harmless, and no other use in the file; an object
that is new must not have been awaited by anything older.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from xml.parsers import expat

from .document import Document
from .forms import bounded
from .syntax import Name, Reference, Stream, String, Value
from .uses import IGNORED_TRAILER_KEYS, TRAILER, Path, Use, identical, references, ways_up
from .xref import ends_at

_TRAILER_KEYS = {"Size", "Root", "Info", "ID", "Prev", "Type", "W", "Index", "Filter", "DecodeParms", "Length"}
_WITH_REFERENCES = {"V", "P", "AP", "Lock", "SV"}
_FIELD_KEYS = {"Type", "Subtype", "FT", "T", "TU", "TM", "F", "Ff", "Rect", "NM", "M", "H"} | _WITH_REFERENCES
_SHOWN = {"AP", "Lock", "SV"}


class Addition(Enum):
    """What a revision plainly adds."""

    EVIDENCE = "evidence"
    """Validation data and document time-stamps that show nothing, or nothing at all."""
    SIGNATURE = "signature"
    """At least one signature, or defaults of the form for one, and nothing else but evidence."""


class NotPlainError(Exception):
    """The revision is something for the full analysis."""


@dataclass(slots=True)
class History:
    """What is known of all older revisions together."""

    uses: dict[int, set[Use]] = field(default_factory=dict)
    """Where objects were ever referred to from, by their numbers."""
    known: set[int] = field(default_factory=set)
    """Object numbers that were ever defined or freed."""
    names: set[str] | None = None
    """The names of the fields at the root of the form, when they are known."""


@dataclass(frozen=True, slots=True)
class Section:
    """What one cross-reference section defines: its index, all numbers it speaks of, values, and uses in them."""

    index: int
    numbers: set[int]
    values: dict[int, Value]
    uses: dict[int, set[Use]]


def _require(condition: bool) -> None:
    if not condition:
        raise NotPlainError


def _name(value: Value) -> str:
    """A partial field name (12.7.4.2) that every reader decodes alike. Raises `NotPlainError` for any other value."""
    if not isinstance(value, String):
        raise NotPlainError
    marked = value.value.startswith((b"\xfe\xff", b"\xef\xbb\xbf"))
    text = value.text
    _require(text.isprintable() and text != "" and "." not in text and (marked or value.value.isascii()))
    return text


def _is_xmp(data: bytes) -> bool:
    """Whether the octets are XMP (ISO 16684-1, 7.3.3) as far as the root element tells, without declarations."""
    roots: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: roots.append(name) if not roots else None
    parser.StartDoctypeDeclHandler = lambda *_: roots.insert(0, "a document type declaration")
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return False
    return roots[:1] == ["adobe:ns:meta/ xmpmeta"]


class Step:
    """One revision against its predecessor. Every method raises `NotPlainError` unless it recognises what it sees."""

    def __init__(self, document: Document, section: Section, history: History) -> None:
        self._document = document
        self._history = history
        self._index = section.index
        self._numbers = section.numbers
        self._values = section.values
        self._used = section.uses
        self._fresh = section.values.keys() - history.known
        self._changed: dict[int, tuple[Value, Value]] = {}
        """Objects that get another value: the old one and the new one; what finds its role is taken out."""
        self._signatures: set[int] = set()

    def judge(self) -> Addition:
        self._placement()
        self._trailer()
        for number, value in self._values.items():
            if number not in self._fresh:
                before = self._document.load(Reference(number, 0), self._index + 1)
                _require(before is not None)
                if not identical(before, value):
                    self._changed[number] = (before, value)
        self._fresh_objects()
        fields, signed = self._form()
        self._annotations(fields)
        self._remaining()
        return Addition.SIGNATURE if signed else Addition.EVIDENCE

    # The section.

    def _placement(self) -> None:
        """Everything that the section defines was written behind what was there before; it frees nothing."""
        sections = self._document.sections
        section, before = sections[self._index], sections[self._index + 1]
        for number in self._numbers:
            entry = section.find(number)
            if entry is None or entry.free:
                _require(number == 0)
            elif entry.container < 0:
                _require(before.end <= entry.offset <= section.offset)
            else:
                _require(entry.container in self._fresh)

    def _trailer(self) -> None:
        sections = self._document.sections
        trailer, before = sections[self._index].trailer, sections[self._index + 1].trailer
        root = trailer.get("Root")
        if not isinstance(root, Reference):
            raise NotPlainError
        self._root = root.number
        _require(root == before.get("Root") and trailer.keys() <= _TRAILER_KEYS | IGNORED_TRAILER_KEYS)
        _require(trailer.get("Prev") == sections[self._index + 1].offset and type(trailer["Prev"]) is int)
        size, size_before = trailer.get("Size"), before.get("Size")
        if type(size) is not int or type(size_before) is not int:
            raise NotPlainError
        _require(size >= size_before and size > max(self._numbers, default=0))
        if "Info" in trailer:
            _require(isinstance(trailer["Info"], Reference) and trailer["Info"] == before.get("Info"))

    def _fresh_objects(self) -> None:
        """Nothing older awaited them, nothing here awaits what may come, and it is plain where their streams end."""
        history, document = self._history, self._document
        for number in self._fresh:
            _require(number not in history.uses)
        for number in self._used:
            _require(number in self._values or number in history.known)
        for value in self._values.values():
            if isinstance(value, Stream):
                length = self._resolved(value.dictionary.get("Length"), False)
                _require(ends_at(document.data, value, length))

    # The form.

    def _resolved(self, value: Value, older: bool) -> Value:
        return self._document.resolve(value, self._index + 1 if older else self._index)

    def _same_or_fresh(self, old: Value, new: Value) -> None:
        """A reference that moved has to go to a new object."""
        if isinstance(new, Reference) and new != old:
            _require(new.number in self._fresh)

    def _uses_of(self, number: int) -> set[Use]:
        return self._history.uses.get(number, set()) | self._used.get(number, set())

    def _form(self) -> tuple[set[int], bool]:
        """Catalog and form; the fields that are new, and whether something was signed."""
        old_root = self._document.catalog(self._index + 1)
        new_root = self._document.catalog(self._index)
        if self._root in self._changed:
            del self._changed[self._root]
            for holder, path in self._uses_of(self._root):
                _require((holder, path) == (TRAILER, ("Root",)) or path[-1:] == ("Data",))
            self._unchanged(old_root, new_root, {"AcroForm", "DSS", "Extensions", "Metadata"})
            if old_root.get("Metadata") != new_root.get("Metadata"):
                self._metadata(new_root.get("Metadata"))
            if not identical(old_root.get("Extensions"), new_root.get("Extensions")):
                _require(isinstance(new_root.get("Extensions"), dict) and not references(new_root["Extensions"]))
        metadata = old_root.get("Metadata")
        if isinstance(metadata, Reference) and metadata.number in self._changed:
            self._only_used(metadata.number, {(self._root, ("Metadata",))})
            self._metadata_stream(self._document.load(metadata, self._index + 1), self._index + 1)
            self._metadata_stream(self._values[metadata.number], self._index)
        old_value, new_value = old_root.get("AcroForm"), new_root.get("AcroForm")
        self._same_or_fresh(old_value, new_value)
        places: set[Use] = {(self._root, ("AcroForm", "Fields"))}
        if isinstance(new_value, Reference):
            self._only_used(new_value.number, {(self._root, ("AcroForm",))})
            places.add((new_value.number, ("Fields",)))
        old_form, new_form = self._resolved(old_value, True), self._resolved(new_value, False)
        if new_form is None:
            _require(old_form is None)
            return set(), False
        old_form = {} if old_form is None else old_form
        if not isinstance(old_form, dict) or not isinstance(new_form, dict):
            raise NotPlainError
        defaults = {"DA", "DR"} - old_form.keys()
        self._unchanged(old_form, new_form, {"Fields", "SigFlags"} | defaults)
        self._flags(old_form.get("SigFlags", 0), new_form.get("SigFlags", 0))
        given = defaults & new_form.keys()
        if given:
            self._nothing_to_draw(old_form.get("Fields"))
        for key in given:
            _require(all(number in self._fresh for number in references(new_form[key])))
        fields, signed = self._fields(old_form.get("Fields"), new_form.get("Fields"), places)
        return fields, signed or bool(given)

    def _nothing_to_draw(self, fields: Value) -> None:
        """Defaults of the form (12.7.3) change what readers show of values that are no signatures."""
        older = self._index + 1
        for item in self._document.array(fields, older):
            field = self._document.dictionary(item, older)
            _require(field.get("FT") == "Sig" and "Kids" not in field)

    def _metadata(self, value: Value) -> None:
        """Metadata of the document (14.3.2) in a new stream."""
        if not isinstance(value, Reference) or value.number not in self._fresh:
            raise NotPlainError
        self._metadata_stream(self._values[value.number], self._index)

    def _metadata_stream(self, stream: Value, revision: int) -> None:
        if not isinstance(stream, Stream) or not ends_at(self._document.data, stream, stream.dictionary.get("Length")):
            raise NotPlainError
        _require(stream.dictionary.get("Type") == "Metadata" and stream.dictionary.get("Subtype") == "XML")
        _require(not references(stream.dictionary))
        _require(_is_xmp(self._document.stream_data(stream, revision)))

    @staticmethod
    def _unchanged(old: dict[str, Value], new: dict[str, Value], but: set[str]) -> None:
        _require(old.keys() - but == new.keys() - but)
        for key in old.keys() - but:
            _require(identical(old[key], new[key]))

    @staticmethod
    def _flags(old: Value, new: Value) -> None:
        """SignaturesExist and AppendOnly (12.7.3) may be raised, never lowered."""
        _require(type(old) is int and type(new) is int and new in (0, 1, 2, 3) and old & new == old)

    def _only_used(self, number: int, places: set[Use]) -> None:
        """An object of which every use is one of `places` has its role, changed or not."""
        if self._changed.pop(number, None) is not None:
            _require(self._uses_of(number) <= places)

    def _grown(self, old: Value, new: Value, places: set[Use]) -> list[int]:
        """What an array at these places got at its end: references to new objects, each of them once."""
        self._same_or_fresh(old, new)
        if isinstance(new, Reference):
            self._only_used(new.number, places)
        before, after = self._resolved(old, True), self._resolved(new, False)
        before = [] if before is None else before
        after = [] if after is None else after
        if not isinstance(before, list) or not isinstance(after, list):
            raise NotPlainError
        _require(len(after) >= len(before) and identical(before, after[: len(before)]))
        added = []
        for item in after[len(before) :]:
            if not isinstance(item, Reference) or item.number not in self._fresh:
                raise NotPlainError
            added.append(item.number)
        _require(len(set(added)) == len(added))
        return added

    def _fields(self, old: Value, new: Value, places: set[Use]) -> tuple[set[int], bool]:
        added = self._grown(old, new, places)
        if isinstance(new, Reference):
            places = places | {(new.number, ())}
        signed = False
        taken = self._root_names(old) if added else set()
        for number in added:
            field = self._values[number]
            if not isinstance(field, dict):
                raise NotPlainError
            name = _name(field.get("T"))
            _require(name not in taken)
            taken.add(name)
            signed |= self._new_field(field)
        for number, (before, after) in list(self._changed.items()):
            if isinstance(before, dict) and isinstance(after, dict) and before.get("FT") == "Sig":
                _require(Reference(number, 0) in self._document.array(new, self._index))
                self._filled_field(number, before, after, places)
                del self._changed[number]
                signed = True
        return set(added), signed

    def _root_names(self, fields: Value) -> set[str]:
        """The names of the fields at the root of the older form; kept from step to step."""
        if self._history.names is None:
            older = self._index + 1
            self._history.names = {
                _name(self._document.dictionary(item, older).get("T")) for item in self._document.array(fields, older)
            }
        return self._history.names

    def _new_field(self, field: dict[str, Value]) -> bool:
        """A new signature field that is its own widget, and signed; whether by more than an invisible time-stamp."""
        _require(field.keys() <= _FIELD_KEYS and field.get("FT") == Name("Sig"))
        _require(field.get("Type", "Annot") == "Annot" and field.get("Subtype", "Widget") == "Widget")
        for key in field.keys() - _WITH_REFERENCES:
            _require(not references(field[key]))
        _require(isinstance(field.get("P"), Reference | None))
        stamp = self._signature(field.get("V"))
        for key in _SHOWN & field.keys():
            self._attached(field[key])
        return not stamp or bool(_SHOWN & field.keys()) or self._visible(field.get("Rect"))

    def _filled_field(self, number: int, before: dict[str, Value], after: dict[str, Value], places: set[Use]) -> None:
        """A field that waited for its signature and got one, with an appearance of its own."""
        _require("V" not in before and "Kids" not in before and "AA" not in after)
        self._unchanged(before, after, {"V", "AP"})
        _require(not self._signature(after.get("V")))
        for holder, path in self._uses_of(number):
            _require((holder, path) in places or path == ("Annots",) or self._is_list_of_annotations(holder, path))
        if "AP" in after:
            self._attached(after["AP"])
        else:
            _require("AP" not in before)

    def _is_list_of_annotations(self, holder: int, path: Path) -> bool:
        return path == () and holder >= 0 and all(place == ("Annots",) for _, place in self._uses_of(holder))

    def _signature(self, value: Value) -> bool:
        """A new signature dictionary; whether it is a document time-stamp."""
        if not isinstance(value, Reference) or value.number not in self._fresh:
            raise NotPlainError
        found = self._values[value.number]
        if not isinstance(found, dict):
            raise NotPlainError
        _require(isinstance(found.get("ByteRange"), list) and isinstance(found.get("Contents"), String))
        _require(not references(found) & self._fresh and value.number not in self._signatures)
        self._signatures.add(value.number)
        stamp = found.get("Type") == "DocTimeStamp"
        _require(stamp == (found.get("SubFilter") == "ETSI.RFC3161"))
        return stamp

    def _attached(self, value: Value) -> None:
        """An appearance or the like: a dictionary that is new, with anything in it that keeps to its rectangle."""
        _require(bounded(self._document, value, self._index))
        if isinstance(value, Reference):
            _require(value.number in self._fresh)
            value = self._values[value.number]
        else:
            _require(bool(references(value)))
        _require(isinstance(value, dict))

    @staticmethod
    def _visible(rectangle: Value) -> bool:
        if rectangle is None:
            return False
        if not isinstance(rectangle, list) or len(rectangle) != 4:
            raise NotPlainError
        sides: list[float] = []
        for side in rectangle:
            if isinstance(side, bool) or not isinstance(side, (int, float)):
                raise NotPlainError
            sides.append(side)
        return sides[0] != sides[2] and sides[1] != sides[3]

    # Pages and what is left.

    def _annotations(self, fields: set[int]) -> None:
        """Pages that show the new fields, and nothing else that they did not show before."""
        for number, (before, after) in list(self._changed.items()):
            if not isinstance(before, dict) or not isinstance(after, dict) or before.get("Type") != "Page":
                continue
            del self._changed[number]
            self._unchanged(before, after, {"Annots"})
            places: set[Use] = {(number, ("Annots",))}
            _require(set(self._grown(before.get("Annots"), after.get("Annots"), places)) <= fields)
        for number, (before, after) in list(self._changed.items()):
            uses = self._uses_of(number)
            if isinstance(before, list) and uses and all(path == ("Annots",) for _, path in uses):
                del self._changed[number]
                for holder, _ in uses:
                    _require(self._document.dictionary(Reference(holder, 0), self._index + 1).get("Type") == "Page")
                _require(set(self._grown(before, after, set())) <= fields)

    def _remaining(self) -> None:
        """Document information, and what hangs from the security store alone."""
        information = self._document.sections[self._index + 1].trailer.get("Info")
        for number, (_, after) in self._changed.items():
            if information == Reference(number, 0) and isinstance(after, dict):
                _require(self._uses_of(number) == {(TRAILER, ("Info",))} and not references(after))
            else:
                _require(self._below_store(number))

    def _below_store(self, number: int) -> bool:
        """Whether every way to an object leads through /DSS of the catalog (12.8.4.3), and there is one."""
        return ways_up(number, self._uses_of, self._root, "DSS") == {True}
