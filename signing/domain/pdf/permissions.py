"""What a signature lets be changed after it: DocMDP, FieldMDP, the lock of its field (ISO 32000-2, 12.8.2, 12.7.5.5).

Everything that restricts counts, also where several entries restrict differently. What cannot be read restricts all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trustreg.base.effort import spend

from .document import Document
from .syntax import Reference, String, Value

_MARKS = (b"\xfe\xff", b"\xef\xbb\xbf")


@dataclass(frozen=True, slots=True)
class Lock:
    """Fields that may not change any more: those of these full names with all below them, or all others."""

    names: frozenset[str]
    others: bool

    def holds(self, name: str) -> bool:
        """Whether the field of this full name is locked; so is one whose name readers may take differently."""
        parts = name.split(".")
        named = any(".".join(parts[:count]) in self.names for count in range(1, len(parts) + 1))
        return named is not self.others or not name.isprintable()


EVERYTHING = Lock(frozenset(), others=True)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What one signature permits."""

    level: int | None = None
    """1 no changes, 2 forms and signatures, 3 annotations as well (12.8.2.2); None when it says nothing."""
    locks: frozenset[Lock] = frozenset()
    certifies: bool = False
    """Whether it is the certification of the document: the one that the catalog names (12.8.6)."""

    def is_locked(self, name: str) -> bool:
        """Whether the field of this full name may not change."""
        return any(lock.holds(name) for lock in self.locks)


def permissions(
    document: Document, value: Value, locks: Iterable[Value], revision: int | None, *, timestamp: bool
) -> Permissions:
    """The permissions of the signature that is the `value` of a field with these /Lock entries.

    `revision`: the signed one. Raises `PdfError` for what cannot be read.
    """
    levels, locked, transformed = set[int](), set[Lock](), False
    for method, parameters in _transforms(document, value):
        if method == "DocMDP":
            transformed = True
            levels.add(_level(document, parameters, 2))
        elif method == "FieldMDP":
            locked.add(_lock(document, parameters))
            levels.add(_level(document, parameters, 3))  # an entry of Acrobat's, from the lock of the field
    for lock in locks:
        parameters = document.dictionary(lock)
        locked.add(_lock(document, parameters))
        levels.add(_level(document, parameters, 3))
    restricting = levels if transformed else levels - {3}
    return Permissions(
        min(restricting, default=None),
        frozenset(locked),
        transformed and not timestamp and revision is not None and _is_named(document, value, revision),
    )


def _transforms(document: Document, value: Value) -> Iterator[tuple[Value, dict[str, Value]]]:
    """Method and parameters of the signature reference dictionaries (12.8.1)."""
    found = document.resolve(document.dictionary(value).get("Reference"))
    items = found if isinstance(found, list) else [found]
    spend(len(items))
    for item in items:
        reference = document.dictionary(item)
        yield document.resolve(reference.get("TransformMethod")), document.dictionary(reference.get("TransformParams"))


def _level(document: Document, parameters: dict[str, Value], absent: int) -> int:
    level = document.resolve(parameters.get("P", absent))
    return level if type(level) is int and level in (1, 2, 3) else 1


def _lock(document: Document, parameters: dict[str, Value]) -> Lock:
    """The fields that a FieldMDP transform or a lock dictionary names (12.8.2.4)."""
    action, fields = document.resolve(parameters.get("Action")), document.resolve(parameters.get("Fields"))
    if action not in ("Include", "Exclude") or not isinstance(fields, list):
        return EVERYTHING
    spend(len(fields))
    names = [_name(document.resolve(item)) for item in fields]
    if action == "Include" and None in names:
        return EVERYTHING
    return Lock(frozenset(name for name in names if name is not None), others=action == "Exclude")


def _name(value: Value) -> str | None:
    """A field name that every reader decodes alike, else None."""
    if not isinstance(value, String) or not (value.value.isascii() or value.value.startswith(_MARKS)):
        return None
    return value.text if value.text.isprintable() and "\ufffd" not in value.text else None


def _is_named(document: Document, value: Value, revision: int) -> bool:
    named = document.dictionary(document.catalog(revision).get("Perms"), revision).get("DocMDP")
    return isinstance(value, Reference) and named == value
