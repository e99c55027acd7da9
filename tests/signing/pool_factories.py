"""Engines for children of the pool that do what hostile documents try to make a parser do."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def build(settings: dict[str, Any], data: bytes, anchors: list[bytes]) -> Callable[..., dict[str, Any]]:
    """`validate` acts on the first word of the document."""

    def validate(document: bytes, options: dict[str, Any], detached: list[bytes]) -> dict[str, Any]:
        word = document.split(b" ")[0]
        if word == b"memory":
            hoard = []
            while True:
                hoard.append(bytearray(50 << 20))
        if word == b"loop":
            while True:
                pass
        if word == b"sleep":
            import time

            time.sleep(60)
        if word == b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if word == b"exit":
            os._exit(9)
        if word == b"print":
            sys.stdout.write("noise that is no answer\n")
            sys.stdout.flush()
        if word == b"raise":
            raise RuntimeError("a bug")
        if word == b"refuse":
            from trustreg.base.errors import InvalidInput

            raise InvalidInput("Not this.", "これは不可。")
        if word == b"write":
            with open("/tmp/validator-was-here", "w") as file:  # noqa: PTH123
                file.write("x")
        return {
            "echo": document.decode("latin-1")[:50],
            "trust": data.decode(),
            "anchors": len(anchors),
            "detached": [part.decode() for part in detached],
            "names": options["detached"],
            "environment": sorted(os.environ),
            "pid": os.getpid(),
            "settings": settings,
        }

    return validate


def refuse_to_build(settings: dict[str, Any], data: bytes, anchors: list[bytes]) -> None:
    raise ValueError("this snapshot cannot be read")
