"""Objects in no cross-reference of their file (ISO 32000-2, 7.5.4): only readers that repair it see them."""

from __future__ import annotations

import re
from bisect import bisect_right

from .document import Document

_HEADER = re.compile(rb"(?<![0-9])\d{1,10}[\x00\t\n\x0c\r ]++\d{1,5}[\x00\t\n\x0c\r ]++obj(?=[\x00\t\n\x0c\r <\[(/%])")


def stowaways(document: Document, start: int) -> list[int]:
    """Where, from `start` on, something begins like an object and no section says so, in order.

    That may be inside of another object's stream: who repairs a file looks for such words everywhere. Raises
    `PdfError` for a damaged section.
    """
    listed = _listed(document, start)
    found = (match.start() for match in _HEADER.finditer(document.data, start))
    return [position for position in found if position not in listed]


def outside_streams(document: Document, positions: list[int]) -> list[int]:
    """Those of the positions that no stream's data hold: a file that is embedded in another has objects of its own."""
    if not positions:
        return []
    ends = dict(document.stream_extents())
    starts = sorted(ends)
    found = []
    for position in positions:
        before = bisect_right(starts, position) - 1
        if before < 0 or position >= ends[starts[before]]:
            found.append(position)
    return found


def _listed(document: Document, start: int) -> set[int]:
    found = set()
    for section in document.sections:
        if section.end <= start:
            continue
        hybrid = section.trailer.get("XRefStm")
        offsets = [section.offset, hybrid if isinstance(hybrid, int) else section.offset]
        for number in section.numbers():
            entry = section.find(number)
            if entry is not None and not entry.free and entry.container < 0:
                offsets.append(entry.offset)
        for offset in offsets:
            match = _HEADER.search(document.data, offset, offset + 64) if offset >= start else None
            if match is not None and not document.data[offset : match.start()].strip(b"\x00\t\n\x0c\r "):
                found.add(match.start())
    return found
