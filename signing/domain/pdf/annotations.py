"""Annotations of pages (ISO 32000-2, 12.5), which are drawn one over the other in the order of their array."""

from __future__ import annotations

from .document import Document
from .syntax import Reference


def rearranged(document: Document, older: int, newer: int) -> bool:
    """Whether annotations that were there before stand in another order, or more than once, in the next revision.

    What is looked at is /Annots of what the revision defines, and arrays of dictionaries that are objects of their own.
    """
    for number in document.sections[newer].numbers():
        before, after = (document.load(Reference(number, 0), revision) for revision in (older, newer))
        if isinstance(before, dict):
            before, after = before.get("Annots"), document.dictionary(after, newer).get("Annots")
        elif not isinstance(before, list):
            continue
        kept = [item for item in document.array(before, older) if isinstance(item, Reference)]
        kept = [item for item in kept if isinstance(document.resolve(item, older), dict)]
        known = set(kept)
        if [item for item in document.array(after, newer) if isinstance(item, Reference) and item in known] != kept:
            return True
    return False
