"""Pages of a PDF as pictures, drawn in a child process that holds nothing but the file.

A provider's PDF is hostile until shown otherwise. Each page costs one short-lived child without environment, database
or keys, with limited memory, processor time and wall time, that may write no file; the picture is all that leaves it.
A file that crashes the child, eats its memory or hangs costs its reader one sentence and nobody else anything.
"""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess  # starting limited children is what this module is for
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache

from trustreg.base.errors import InvalidInput, Unavailable

LARGEST_PICTURE: Final = 24 << 20
WALL_SECONDS: Final = 20.0
WAIT_SECONDS: Final = 30.0
_AT_ONCE: Final = threading.BoundedSemaphore(2)  # children of one process of the server
_IN_LINE: Final = threading.BoundedSemaphore(6)  # requests that draw or wait: the other threads serve everybody else
_FAILED_SECONDS: Final = 300
_COUNT_SECONDS: Final = 24 * 3600
_PNG: Final = b"\x89PNG\r\n\x1a\n"
HEAD: Final = struct.Struct(">II")  # number of pages, length of the text; then the text, then the picture


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page: the picture (PNG) and what it says in characters, as far as the file tells."""

    pages: int
    number: int
    text: str
    png: bytes


def page_image(content: bytes, number: int) -> PageImage:
    """Page `number` (from 1) of a PDF.

    Raises InvalidInput when the file cannot be drawn or has no such page, Unavailable when all drawers are busy.
    """
    pages, text, png = _ask(content, number)
    if not png.startswith(_PNG):
        raise _cannot()
    return PageImage(pages, number, text, png)


def page_count(content_sha256: str, content: bytes | None = None) -> int | None:
    """How many pages a PDF of this hash has; None when it is not known yet and no `content` is given.

    The number is kept by the hash: equal content has equal pages. Raises InvalidInput, Unavailable.
    """
    key = f"pdf-pages-{content_sha256}"
    known: int | None = cache.get(key)
    if known is None and content is not None:
        known, _, _ = _ask(content, 0)
        cache.set(key, known, _COUNT_SECONDS)
    return known


def _ask(content: bytes, number: int) -> tuple[int, str, bytes]:
    """The answer of a child. A page that failed is not tried again for a while: whoever asks often gains nothing."""
    failed = f"pdf-failed-{hashlib.sha256(content).hexdigest()}-{number}"
    if cache.get(failed):
        raise _cannot()
    try:
        return _read(_in_turn(content, number))
    except InvalidInput:
        cache.set(failed, True, _FAILED_SECONDS)
        raise


def _in_turn(content: bytes, number: int) -> bytes:
    """What a child says, when it is this request's turn."""
    if not _IN_LINE.acquire(blocking=False):
        raise _busy()
    try:
        if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
            raise _busy()
        try:
            return _answer(content, number)
        finally:
            _AT_ONCE.release()
    finally:
        _IN_LINE.release()


def _read(answer: bytes) -> tuple[int, str, bytes]:
    """Number of pages, text and picture of an answer. Raises InvalidInput when it is none."""
    if not HEAD.size <= len(answer) <= LARGEST_PICTURE:
        raise _cannot()
    pages, length = HEAD.unpack_from(answer)
    rest = answer[HEAD.size :]
    if pages < 1 or length > len(rest):
        raise _cannot()
    return pages, rest[:length].decode("utf-8", "replace"), rest[length:]


def _answer(content: bytes, number: int) -> bytes:
    """What a child says; nothing when it fails, is ended for taking too long, or says too much."""
    environment = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "MALLOC_ARENA_MAX": "2",
    }
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own module in our own interpreter
            [sys.executable, "-m", "conformity.page_images_child", str(number)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            close_fds=True,
            start_new_session=True,
        ) as child:
            watch = threading.Timer(WALL_SECONDS, child.kill)
            watch.start()
            try:
                answer = child.stdout.read(LARGEST_PICTURE + 1) if child.stdout else b""
                if len(answer) > LARGEST_PICTURE:
                    child.kill()
                status = child.wait()
            finally:
                watch.cancel()
    return answer if status == 0 else b""


def _busy() -> Unavailable:
    return Unavailable(
        "Too many pages are being drawn at the moment; try again shortly.",
        "ページの表示が混み合っています。しばらくしてから、もう一度試してください。",
    )


def _cannot() -> InvalidInput:
    return InvalidInput(
        "This page cannot be shown here: the file is damaged, protected or too large to draw. Download it and open it"
        " in a safe place.",
        "このページはここに表示できません。ファイルが壊れているか、保護されているか、描くには大きすぎます。"
        "ダウンロードして、安全な環境で開いてください。",
    )
