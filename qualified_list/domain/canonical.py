"""RFC 8785 canonical JSON for the values that our records use: objects, arrays, strings, integers, booleans, null."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """`value` as RFC 8785 bytes.

    Floats are refused: no record of ours holds one, and their canonical form is where implementations differ.
    Object names are ASCII, so that code-point order is UTF-16 order (RFC 8785 3.2.3).
    """
    _check(value)
    return canonical_text(value).encode()


def canonical_text(value: Any) -> str:
    """The same as text, for values that are known to hold strings, booleans and null only: nothing is checked."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def canonical_sha256(value: Any) -> str:
    """Lower-case hexadecimal SHA-256 of `canonical_json(value)`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > _SAFE_INTEGER:
            raise TypeError(f"{value} is outside the integers that JSON carries exactly")
    elif isinstance(value, dict):
        for name, member in value.items():
            if not (isinstance(name, str) and name.isascii()):
                raise TypeError(f"object name {name!r} is not an ASCII string")
            _check(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member)
    else:
        raise TypeError(f"{type(value).__name__} has no place in a canonical record")
