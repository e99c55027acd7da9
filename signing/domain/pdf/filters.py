"""Stream filters (ISO 32000-2, 7.4) under a size budget: Flate with predictors, ASCIIHex, ASCII85."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

from .syntax import Name, PdfError, Value, hex_string

MAX_DECODED = 64 << 20
"""Octets that one stream may grow to; anything larger is refused, not truncated."""

MAX_PREDICTED = 8 << 20
MAX_PREDICTED_BY_OCTET = 1 << 20
"""Octets that predictors undo, and those among them that take a step each (what cross-references need takes none)."""


@dataclass(slots=True)
class Budget:
    """What the streams of one document together may still cost, in octets read and decoded."""

    left: int = 256 << 20

    def spend(self, octets: int) -> None:
        """Raises `PdfError` when nothing is left."""
        self.left -= octets
        if self.left <= 0:
            raise PdfError("the streams of this document grow too large")


def decode(raw: bytes, filters: list[str], parameters: list[Value], budget: Budget | None = None) -> bytes:
    """Undoes `filters` in order. Raises `PdfError` for other filters, damaged data and oversized results."""
    budget = budget or Budget()
    budget.spend(len(raw))
    if len(filters) > 4:
        raise PdfError("too many filters")
    for index, name in enumerate(filters):
        parameter = parameters[index] if index < len(parameters) else None
        if not isinstance(parameter, dict | None):
            raise PdfError("parameters of a filter are a dictionary")
        if name in ("FlateDecode", "Fl"):
            raw = _flate(raw, budget)
            if isinstance(parameter, dict):
                raw = _unpredict(raw, parameter)
        elif name in ("ASCIIHexDecode", "AHx"):
            try:
                raw = hex_string(raw.split(b">", 1)[0])
            except ValueError as error:
                raise PdfError("damaged hexadecimal stream") from error
        elif name in ("ASCII85Decode", "A85"):
            try:
                raw = base64.a85decode(raw.split(b"~>", 1)[0], ignorechars=b" \t\r\n")
            except ValueError as error:
                raise PdfError("damaged ASCII85 stream") from error
        else:
            raise PdfError(f"filter {name} is not for data that a validator reads")
    return raw


def _flate(raw: bytes, budget: Budget) -> bytes:
    engine = zlib.decompressobj()
    try:
        result = engine.decompress(raw, min(MAX_DECODED, budget.left))
    except zlib.error as error:
        raise PdfError("damaged Flate stream") from error
    budget.spend(len(result))
    if engine.unconsumed_tail:
        raise PdfError("stream grows too large")
    return result


def _integer(parameters: dict[str, Value], key: str, default: int) -> int:
    value = parameters.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1 << 16:
        raise PdfError(f"{key} is no sensible number")
    return value


def _unpredict(raw: bytes, parameters: dict[str, Value]) -> bytes:
    predictor = _integer(parameters, "Predictor", 1)
    if predictor == 1:
        return raw
    if predictor < 10:
        raise PdfError("TIFF predictor is not for data that a validator reads")
    if _integer(parameters, "BitsPerComponent", 8) != 8:
        raise PdfError("components of other than 8 bits are not for data that a validator reads")
    step = max(1, _integer(parameters, "Colors", 1))
    width = _integer(parameters, "Columns", 1) * step
    if len(raw) > MAX_PREDICTED:
        raise PdfError("stream with a predictor is too large")
    rows = bytearray()
    above = bytes(width)
    steps = 0
    for start in range(0, len(raw), width + 1):
        kind = raw[start]
        row = bytearray(raw[start + 1 : start + 1 + width])
        if len(row) < width:
            break
        if kind not in (0, 2):
            steps += width
            if steps > MAX_PREDICTED_BY_OCTET:
                raise PdfError("stream with a predictor is too large")
        if kind == 1:
            for i in range(step, width):
                row[i] = (row[i] + row[i - step]) & 0xFF
        elif kind == 2:
            row = bytearray((a + b) & 0xFF for a, b in zip(row, above, strict=True))
        elif kind == 3:
            for i in range(width):
                left = row[i - step] if i >= step else 0
                row[i] = (row[i] + (left + above[i]) // 2) & 0xFF
        elif kind == 4:
            for i in range(width):
                left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
                row[i] = (row[i] + _paeth(left, above[i], corner)) & 0xFF
        elif kind != 0:
            raise PdfError("unknown row predictor")
        rows += row
        above = bytes(row)
    return bytes(rows)


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    distances = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    return (left, up, corner)[distances.index(min(distances))]


def names(value: Value) -> list[str]:
    """A `/Filter` entry (absent, name or array of names) as a list."""
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, Name) for item in items):
        raise PdfError("a filter is a name")
    return [str(item) for item in items]
