"""Uses of changed objects that pyHanko's difference analysis does not look at.

It permits an object to change for the places that it found the object in. To find these it follows neither /Parent
nor, in the structure tree, /P, and enters page tree and structure tree in one way each. A document can be made so that
what a page shows hangs from such a place, and also from one where a change is harmless: the security store, the
document information.
"""

from __future__ import annotations

from collections.abc import Callable

from trustreg.base.effort import spend

from .document import Document
from .syntax import Reference, Value
from .uses import IGNORED_TRAILER_KEYS, TRAILER, Use, collect, identical, ways_up

_PASSED_OVER = {"Parent", "P"}
_OF_PAGES = {"Annots"}
_OF_VALUES = {"V", "AP", "AS", "F", "DA", "Q", "Ff"}
"""What may change in a page, and in a field that its kids refer to: entries of no resource (ISO 32000-2, 7.8.3)."""


def overlooked(document: Document, older: int, newer: int, seen: Callable[[int], bool]) -> bool:
    """Whether a change between two revisions may show where the analysis did not look.

    `seen`: whether it found an object of the older revision, by its number. Raises `PdfError` for what cannot be read.
    """
    section = document.sections[newer]
    changed: dict[int, tuple[Value, Value]] = {}
    for number in section.numbers():
        before = document.load(Reference(number, 0), older)
        if before is not None and not identical(before, after := document.load(Reference(number, 0), newer)):
            changed[number] = before, after
    if not changed:
        return False
    root = next((s.trailer.get("Root") for s in document.sections[older:] if "Root" in s.trailer), None)
    if not isinstance(root, Reference):
        return True
    uses = _uses(document, older)
    if not _typed_pages(document, older):
        return True
    return any(
        number != root.number
        and not _differ_only(before, after, _OF_PAGES)
        and (
            _passed_over(before, after, uses.get(number, set()))
            or len(ways_up(number, lambda one: uses.get(one, set()), root.number, "DSS")) > 1
            or any(holder >= 0 and holder != root.number and not seen(holder) for holder, _ in uses.get(number, ()))
        )
        for number, (before, after) in changed.items()
    )


def _differ_only(before: Value, after: Value, keys: set[str]) -> bool:
    """Whether two dictionaries differ in nothing but these entries."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return identical(*({key: one[key] for key in one.keys() - keys} for one in (before, after)))


def _passed_over(before: Value, after: Value, uses: set[Use]) -> bool:
    """Whether an object is used where pyHanko does not follow, as something else than the parent of fields."""
    hidden = {path for _, path in uses if not _PASSED_OVER.isdisjoint(path)}
    return bool(hidden) and not (hidden == {("Parent",)} and _differ_only(before, after, _OF_VALUES))


def _uses(document: Document, revision: int) -> dict[int, set[Use]]:
    """Every use of every object that the trailer of a revision leads to."""
    found: dict[int, set[Use]] = {}
    sections = {section.offset for section in document.sections}
    for section in document.sections[revision:]:
        trailer = section.trailer
        collect({key: trailer[key] for key in trailer.keys() - IGNORED_TRAILER_KEYS}, TRAILER, found)
    waiting, entered = list(found), set(found)
    while waiting:
        spend(1)
        number = waiting.pop()
        entry = document.entry(number, revision)
        if entry is None or entry.offset in sections:
            continue
        below: dict[int, set[Use]] = {}
        collect(document.load(Reference(number, 0), revision), number, below)
        for other, places in below.items():
            found.setdefault(other, set()).update(places)
        waiting += below.keys() - entered
        entered |= below.keys()
    return found


def _typed_pages(document: Document, revision: int) -> bool:
    """Whether the nodes of the page tree (7.7.3) have their /Type: else they pass for elements of the structure."""
    waiting: list[Value] = [document.catalog(revision).get("Pages")]
    entered: set[int] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Reference):
            if value.number in entered:
                return False
            entered.add(value.number)
        found = document.resolve(value, revision)
        if not isinstance(found, dict):
            return False
        kind = document.resolve(found.get("Type"), revision)
        if kind == "Pages":
            waiting += document.array(found.get("Kids"), revision)
        elif kind != "Page":
            return False
    return True
