"""Frames between the pool and its children: a JSON header and binary parts, length-prefixed. Never pickles."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

MAX_HEADER = 16 << 20
MAX_PARTS = 2_000
_LENGTHS = struct.Struct(">QI")


class WireError(Exception):
    """The other side does not speak the protocol, or is gone."""


def pack(header: dict[str, Any], parts: Sequence[bytes] = ()) -> list[bytes]:
    """The octets of one frame, in pieces."""
    body = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    sizes = b"".join(struct.pack(">Q", len(part)) for part in parts)
    return [_LENGTHS.pack(len(body), len(parts)) + sizes + body, *parts]


def unpack(read: Callable[[int], bytes], *, max_part: int) -> tuple[dict[str, Any], list[bytes]]:
    """One frame from `read(n)`, which returns exactly n octets or raises. Raises `WireError`."""
    size, count = _LENGTHS.unpack(read(_LENGTHS.size))
    if size > MAX_HEADER or count > MAX_PARTS:
        raise WireError("frame is too large")
    sizes = [struct.unpack(">Q", read(8))[0] for _ in range(count)]
    if any(length > max_part for length in sizes):
        raise WireError("frame is too large")
    try:
        header = json.loads(read(size))
    except (ValueError, RecursionError) as error:
        raise WireError("frame is no JSON") from error
    if not isinstance(header, dict):
        raise WireError("frame is no JSON object")
    return header, [read(length) for length in sizes]
