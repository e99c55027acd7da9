"""Canonical JSON (RFC 8785) of records that hold only objects, arrays, strings, whole numbers, booleans and null."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> str:
    """The canonical text.

    Keys must be ASCII (then sorting by code point is sorting by UTF-16 unit); floats are refused.
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(value: object) -> str:
    """SHA-256 of the canonical text in UTF-8, 64 hex characters."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _check(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no place in a canonical record")
    if isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError(f"got key {key!r}, expected an ASCII string")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
