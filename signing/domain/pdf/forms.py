"""Fields of the interactive form (ISO 32000-2, 12.7), and what became of them and of their looks between revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trustreg.base.effort import spend, spend_octets

from .document import Document
from .syntax import Name, PdfError, Reference, Stream, String, Value

MAX_FIELDS = 20_000


def form_fields(document: Document, revision: int = 0) -> Iterator[tuple[str, dict[str, Value], Value]]:
    """Every form field of that revision: full name, dictionary with inherited FT and Ff, and its
    (inherited) /V as written."""
    form = document.dictionary(document.catalog(revision).get("AcroForm"), revision)
    seen: set[int] = set()
    stack: list[tuple[Value, str, dict[str, Value], Value, int]] = [
        (item, "", {"FT": None}, None, 0) for item in reversed(document.array(form.get("Fields"), revision))
    ]
    visited = 0
    while stack:
        value, prefix, kind, inherited, depth = stack.pop()
        visited += 1
        if visited > MAX_FIELDS or depth > 64:
            raise PdfError(f"its form has more than {MAX_FIELDS} fields, or more than 64 levels of them")
        if isinstance(value, Reference):
            if value.number in seen:
                continue
            seen.add(value.number)
        try:
            found = document.dictionary(value, revision)
        except PdfError:  # a damaged field does not hide the others
            continue
        partial = found.get("T")
        spend_octets(len(prefix))
        label = (
            f"{prefix}.{partial.text}"
            if prefix and isinstance(partial, String)
            else (partial.text if isinstance(partial, String) else prefix)
        )
        kind = kind | {key: document.resolve(found[key], revision) for key in ("FT", "Ff") if key in found}
        inherited = found.get("V", inherited)
        kids = document.array(found.get("Kids"), revision)
        yield label, {**found, **kind}, inherited
        stack.extend((kid, label, kind, inherited, depth + 1) for kid in reversed(kids))


_LOOK = ("AP", "AS", "F", "MK", "DA", "Q", "Rect", "BS", "Border")
"""What decides how a widget looks (12.5.2, 12.5.6.19)."""

_LOOK_OF_FORM = ("NeedAppearances", "DA", "DR", "Q")
"""What decides how readers draw the values for which they make the appearance themselves (12.7.3)."""

_ACTIONS = {"A", "AA", "AF"}
"""Entries by which an annotation does something, or brings files (12.5.2, 12.5.6.19)."""


@dataclass(frozen=True, slots=True)
class FormChange:
    """What became of the form between two revisions."""

    filled: bool
    """Some value that is no signature changed."""
    replaced: bool
    """Something is shown or done anew without a value or signature that would answer for it: another look of a field
    whose value stayed, a new field that draws without being signed, that is no plain widget, or draws outside of its
    rectangle (what a reader sees then is not what was signed: shadow attacks)."""
    signed: bool
    """There is a signature more that is no time-stamp, or another default of the form."""


def form_change(document: Document, older: int, newer: int) -> FormChange:
    """What became of the form from revision `older` to revision `newer`."""
    before = _widgets(document, older)
    signed, replaced = _redrawn(document, before.values(), older, newer)
    filled = False
    for key, (found, value) in _widgets(document, newer).items():
        known = key in before
        old, old_value = before.pop(key, ({}, None))
        replaced |= not known and not _plain_widget(document, found, newer)
        if not same(document, value, newer, old_value, older):
            replaced |= not bounded(document, found.get("AP"), newer)
            if found["FT"] != "Sig":
                filled = True
                replaced |= _is_push_button(found)
            else:
                replaced |= not is_signature(document, value, newer)
                signed |= document.resolve(document.dictionary(value, newer).get("Type"), newer) != "DocTimeStamp"
        elif known:
            replaced |= any(not same(document, found.get(part), newer, old.get(part), older) for part in _LOOK)
            replaced |= _manner(document, found, newer) != _manner(document, old, older)
        else:
            replaced |= _draws(document, found.get("AP"), newer) or _is_painted(document, found, newer)
    return FormChange(filled or bool(before), replaced, signed)


def _plain_widget(document: Document, field: dict[str, Value], revision: int) -> bool:
    """Whether a new field is one for a signature, in one rectangle, and does nothing by itself."""
    return (
        field["FT"] == "Sig"
        and document.resolve(field.get("Type", Name("Annot")), revision) == "Annot"
        and document.resolve(field.get("Subtype", Name("Widget")), revision) == "Widget"
        and _ACTIONS.isdisjoint(field)
        and ("Rect" not in field or _are_sides(document.array(field["Rect"], revision)))
    )


def _are_sides(values: list[Value]) -> bool:
    """Whether these are the sides of a rectangle (7.9.5) for every reader."""
    return len(values) == 4 and all(type(value) in (int, float) for value in values)


def _is_push_button(field: dict[str, Value]) -> bool:
    """Whether a field has no value (12.7.5.2.2), so that nothing answers for another look of it."""
    flags = field.get("Ff", 0)
    return field["FT"] == "Btn" and (not isinstance(flags, int) or bool(flags & 1 << 16))


def _is_painted(document: Document, field: dict[str, Value], revision: int) -> bool:
    """Whether readers paint a widget without an appearance stream: its border or background (12.5.6.19)."""
    return not {"BC", "BG"}.isdisjoint(document.dictionary(field.get("MK"), revision))


def _manner(document: Document, field: dict[str, Value], revision: int) -> Value:
    """The flags of a field (12.7.4.1) that say how it is drawn: all but ReadOnly, Required and NoExport."""
    flags = document.resolve(field.get("Ff", 0), revision)
    return flags & ~7 if isinstance(flags, int) else flags


def _redrawn(
    document: Document, fields: Iterable[tuple[dict[str, Value], Value]], older: int, newer: int
) -> tuple[bool, bool]:
    """Whether a default of the form changed; whether readers draw what was there before in another way therefore."""
    old, new = (document.dictionary(document.catalog(at).get("AcroForm"), at) for at in (older, newer))
    if all(same(document, new.get(key), newer, old.get(key), older) for key in _LOOK_OF_FORM):
        return False, False
    wanted = document.resolve(new.get("NeedAppearances"), newer) is True
    return True, any(
        (wanted or "AP" not in found)
        and found["FT"] != "Sig"
        and "Kids" not in found
        and (found["FT"] != "Tx" or "MK" in found or document.resolve(value, older) not in (None, _EMPTY))
        for found, value in fields
    )


def _widgets(document: Document, revision: int) -> dict[tuple[str, int], tuple[dict[str, Value], Value]]:
    """Fields by name; those that share one (the widgets of a field) are counted."""
    counts: Counter[str] = Counter()
    found: dict[tuple[str, int], tuple[dict[str, Value], Value]] = {}
    for label, dictionary, value in form_fields(document, revision):
        found[label, counts[label]] = dictionary, value
        counts[label] += 1
    return found


_EMPTY = String(b"", 0, 0, hexadecimal=False, source=b"")


def _draws(document: Document, appearance: Value, revision: int, depth: int = 0) -> bool:
    """Whether any stream of an appearance dictionary (12.5.5) holds something, as far as anybody can tell."""
    try:
        found = document.resolve(appearance, revision)
        if isinstance(found, Stream):
            return bool(document.stream_data(found, revision).strip(b"\x00\t\n\x0c\r "))
    except PdfError:
        return True
    if not isinstance(found, dict):
        return False
    return depth > 2 or any(_draws(document, value, revision, depth + 1) for value in found.values())


def bounded(document: Document, appearance: Value, revision: int, depth: int = 0) -> bool:
    """Whether every stream of an appearance dictionary has the bounding box that keeps it in the widget's rectangle.

    Some readers draw a stream without one (which 8.10.2 requires) where and as large as it likes.
    """
    try:
        found = document.resolve(appearance, revision)
        if isinstance(found, Stream):
            box = document.array(found.dictionary.get("BBox"), revision)
            return _are_sides([document.resolve(side, revision) for side in box])
    except PdfError:
        return False
    if not isinstance(found, dict):
        return True
    return depth <= 2 and all(bounded(document, value, revision, depth + 1) for value in found.values())


def is_signature(document: Document, value: Value, revision: int) -> bool:
    """Whether a field's value is a signature dictionary, which then gets a report of its own."""
    found = document.dictionary(value, revision)
    return "ByteRange" in found or isinstance(document.resolve(found.get("Contents"), revision), String)


def same(document: Document, a: Value, revision_a: int, b: Value, revision_b: int, depth: int = 0) -> bool:
    """Whether two values of two revisions mean the same, references followed (/Reference…/Data excepted)."""
    if depth > 12:
        return False
    spend(1)
    if (
        isinstance(a, Reference)
        and a == b
        and document.entry(a.number, revision_a) == document.entry(a.number, revision_b)
    ):
        return True
    a, b = document.resolve(a, revision_a), document.resolve(b, revision_b)
    if isinstance(a, Stream) and isinstance(b, Stream):
        return document.stream_data(a, revision_a) == document.stream_data(b, revision_b) and same(
            document, a.dictionary, revision_a, b.dictionary, revision_b, depth + 1
        )
    if isinstance(a, dict) and isinstance(b, dict):
        return all(
            same(document, a.get(key), revision_a, b.get(key), revision_b, depth + 1)
            for key in (a.keys() | b.keys()) - ({"Data"} if "TransformMethod" in a else set())
        )
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(
            same(document, x, revision_a, y, revision_b, depth + 1) for x, y in zip(a, b, strict=True)
        )
    return type(a) is type(b) and a == b


def is_shown(document: Document, field: dict[str, Value]) -> bool:
    """Whether a field may draw on a page: its rectangle has an area, or its appearance does not keep to it."""
    return _takes_room(document, field.get("Rect")) or not bounded(document, field.get("AP"), 0)


def _takes_room(document: Document, rectangle: Value) -> bool:
    """Whether a rectangle has an area; one that is not four numbers has, for readers make something of it."""
    try:
        sides = [document.resolve(side) for side in document.array(rectangle)]
    except PdfError:
        return True
    numbers = [side for side in sides if isinstance(side, int | float)]
    if len(numbers) != 4:
        return bool(sides)
    return numbers[0] != numbers[2] and numbers[1] != numbers[3]
