"""Where the objects of a file are referred to from, and whether two values were written alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .syntax import Ambiguous, PdfError, Reference, Stream, Value
from .xref import Section

Path = tuple[str, ...]
Use = tuple[int, Path]
"""The object that holds a reference, and the keys that lead to it there (places in arrays do not count)."""

TRAILER, OBJECT_STREAMS = -1, -2
"""Holders that are no objects: trailers, and cross-references to the items of an object stream."""

IGNORED_TRAILER_KEYS = frozenset({"AdditionalStreams", "DocChecksum"})
"""LibreOffice's note of its source, which after other products wrote a revision points to objects that do not exist or
are something else, and its checksum: no PDF reader looks at them."""

MAX_NESTING = 80


def collect(value: Value, holder: int, into: dict[int, set[Use]], path: Path = (), depth: int = 0) -> None:
    """Notes every reference in a value. Raises `PdfError` for what readers take differently."""
    if isinstance(value, Reference):
        if value.generation:
            raise PdfError("a generation above 0")
        into.setdefault(value.number, set()).add((holder, path))
    elif isinstance(value, (dict, Stream)):
        found = value.dictionary if isinstance(value, Stream) else value
        if isinstance(found, Ambiguous) or depth > MAX_NESTING:
            raise PdfError("a key stands twice in one dictionary")
        for key, item in found.items():
            if isinstance(item, (Reference, dict, list)):
                collect(item, holder, into, (*path, key), depth + 1)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, (Reference, dict, list)):
                collect(item, holder, into, path, depth + 1)


def identical(a: Value, b: Value) -> bool:
    """Whether two values were written with the same meaning, references being compared and not followed."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(identical(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(identical(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and not isinstance(a, Stream) and a == b


def pointers(value: Value) -> Iterator[Reference]:
    """Every reference in a value, however it is written."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, (dict, list, Stream)):
        found = value.dictionary if isinstance(value, Stream) else value
        for item in found.values() if isinstance(found, dict) else found:
            yield from pointers(item)


def ways_up(number: int, uses_of: Callable[[int], set[Use]], root: int, key: str) -> set[bool]:
    """How an object is reached: for every way, whether it leads through this entry of the catalog."""
    seen, waiting, found = {number}, [number], set()
    while waiting:
        for holder, path in uses_of(waiting.pop()):
            if holder == root:
                found.add(path[:1] == (key,))
            elif holder < 0:
                found.add(False)
            elif holder not in seen:
                seen.add(holder)
                waiting.append(holder)
    return found


def references(value: Value) -> set[int]:
    """The numbers of the objects that a value refers to."""
    found: dict[int, set[Use]] = {}
    collect(value, 0, found)
    return set(found)


class Links:
    """References of a file's revisions, oldest first, held against the objects that the revisions define."""

    def __init__(self) -> None:
        self._defined: dict[int, int] = {}
        """Object number -> its newest generation."""
        self._used: dict[int, set[int]] = {}
        """Object number -> the generations that references to it have."""

    def add(self, value: Value) -> None:
        for found in pointers(value):
            self._used.setdefault(found.number, set()).add(found.generation)

    def awaited(self, section: Section) -> bool:
        """Takes in what a section defines; whether something older refers to an object that it is the first to define.

        What was signed would then show what did not exist yet.
        """
        entries = {n: entry for n in section.numbers() if (entry := section.find(n)) and not entry.free}
        awaited = any(number in self._used for number in entries.keys() - self._defined.keys())
        self._defined.update((number, entry.generation) for number, entry in entries.items())
        return awaited

    def stale(self) -> bool:
        """Whether a reference has another generation than its object: some readers look at the number alone."""
        return any(self._used[number] - {now} for number, now in self._defined.items() if number in self._used)
