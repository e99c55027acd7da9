"""Object identifiers of devices: dotted decimal arcs (ITU-T X.660) under an arc that this register knows."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DOTTED = re.compile(
    r"(0|[1-9][0-9]{0,38})(\.(0|[1-9][0-9]{0,38}))+"
)  # an arc of up to 128 bits (X.667: UUIDs) has 39 digits
MAX_LENGTH = 200


def is_oid(text: str) -> bool:
    """Whether `text` is a dotted OID: first arc 0 to 2, second below 40 under 0 and 1, no leading zeros."""
    if len(text) > MAX_LENGTH or not _DOTTED.fullmatch(text):
        return False
    first, second = (int(arc) for arc in text.split(".")[:2])
    return first <= 2 and (first == 2 or second < 40)


def is_under(oid: str, arc: str) -> bool:
    """Whether `oid` is a strict descendant of `arc`, arc by arc (1.2.39 is not under 1.2.3)."""
    return oid.startswith(f"{arc}.")


def registered_arc(oid: str, arcs: Iterable[str]) -> str | None:
    """The longest of `arcs` that `oid` lies under; None when it is not an OID or lies under none."""
    if not is_oid(oid):
        return None
    return max((arc for arc in arcs if is_under(oid, arc)), key=len, default=None)
