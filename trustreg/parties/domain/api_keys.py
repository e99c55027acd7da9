"""The form of an API key: `trk_<prefix>_<secret><crc>`.

`prefix` (8 characters) names the key in lists and logs; `secret` holds 256 random bits as 43 base-62 characters; `crc`
is the CRC-32 of all before it, so that a mistyped key is refused without a look into the database, and scanners of
leaked secrets recognise one. Only the SHA-256 of the secret is stored: 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"trk_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the moment of its making, the only time its text exists."""

    prefix: str
    sha256: str
    text: str = field(repr=False)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), 6)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def generate() -> NewKey:
    """A new random key."""
    prefix = _base62(secrets.randbelow(62**8), 8)
    secret = _base62(secrets.randbits(256), 43)
    body = f"trk_{prefix}_{secret}"
    return NewKey(prefix, _digest(secret), body + _checksum(body))


def parse(text: str) -> tuple[str, str] | None:
    """(prefix, SHA-256 of the secret) of a well-formed key; None for anything else."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(text[:-6]) != match[3]:
        return None
    return match[1], _digest(match[2])
