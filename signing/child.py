"""The validating child: `python -m signing.child`. Reads frames on its standard input, answers on a pipe.

It starts with a clean environment, limits itself, imports the engine once and then serves documents until its parent
closes the pipe. Nothing it sends is ever more than JSON.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from signing.limits import Limits, apply_document_limits, apply_process_limits
from signing.wire import WireError, pack, unpack

MAX_PART = 1 << 31
Validate = Callable[[bytes, dict[str, Any]], dict[str, Any]]


def resolve(path: str) -> Any:
    """The object behind `package.module:name`."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _reader(descriptor: int) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        parts = []
        while size:
            part = os.read(descriptor, min(size, 1 << 20))
            if not part:
                raise WireError("the other side is gone")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    return read


def _write(descriptor: int, pieces: list[bytes]) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(descriptor, view[: 1 << 20]) :]


def main() -> int:
    """Serve until the parent is gone."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    read = _reader(0)
    header, parts = unpack(read, max_part=MAX_PART)
    limits = Limits.from_json(header["limits"])
    build = resolve(header["factory"])
    settings = header["settings"]
    engine: Callable[[bytes, dict[str, Any], list[bytes]], dict[str, Any]] | None = None
    apply_process_limits(limits)
    _write(answers, pack({"ready": True}))
    while True:
        try:
            header, parts = unpack(read, max_part=MAX_PART)
        except WireError:
            return 0
        try:
            if header["op"] == "trust":
                engine = build(settings, parts[0], parts[1:])
                answer: dict[str, Any] = {"ok": True}
            elif engine is None:
                answer = {"error": "NOT_CONFIGURED"}
            else:
                apply_document_limits(limits)
                answer = {"report": engine(parts[0], header["options"], parts[1:])}
        except MemoryError:
            # What is left of this process cannot be relied on: say so and end.
            engine = None
            parts = []
            _write(answers, pack({"error": "MEMORY"}))
            return 3
        except Exception as error:
            code = getattr(error, "code", None)
            answer = {
                "error": "REFUSED" if isinstance(code, str) else "CRASH",
                "type": type(error).__name__,
                "code": code if isinstance(code, str) else None,
                "en": str(getattr(error, "en", ""))[:500],
                "ja": str(getattr(error, "ja", ""))[:500],
                "fields": getattr(error, "fields", None),
            }
        parts = []
        _write(answers, pack(answer))


if __name__ == "__main__":
    sys.exit(main())
