"""Pages of a PDF as pictures: what is drawn, and what hostile files cost."""

from __future__ import annotations

import re
import struct
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from conformity import page_images, page_images_child
from conformity.page_images import page_count, page_image
from trustreg.base.errors import InvalidInput, Unavailable
from trustreg.demo.pki.document import blank_pdf

PDF = blank_pdf("運用規程", ["Practice statement"])


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_a_page_is_a_whole_png_of_its_size() -> None:
    drawn = page_image(PDF, 1)
    width, height = struct.unpack(">II", drawn.png[16:24])
    assert (drawn.pages, width) == (1, 1240)
    at, lines = 8, b""
    while at < len(drawn.png):
        (length,) = struct.unpack(">I", drawn.png[at : at + 4])
        kind, data = drawn.png[at + 4 : at + 8], drawn.png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + data) == struct.unpack(">I", drawn.png[at + 8 + length : at + 12 + length])[0]
        lines += zlib.decompress(data) if kind == b"IDAT" else b""
        at += 12 + length
    assert len(lines) == height * (1 + width * 3)
    assert len(set(lines)) > 2, "something is drawn on the paper"
    assert "Practice statement" in drawn.text


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", PDF[: len(PDF) // 2], b"PK\x03\x04" + PDF[4:], b"\x00" * 100_000]
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="cannot be shown here"):
        page_image(content, 1)


@pytest.mark.parametrize("number", [2, 10**6])
def test_there_is_no_such_page(number: int) -> None:
    with pytest.raises(InvalidInput):
        page_image(PDF, number)


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_images, "WALL_SECONDS", 0.01)
    with pytest.raises(InvalidInput):
        page_image(PDF, 1)


def test_a_page_that_failed_is_not_drawn_again_and_the_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput):
        page_image(PDF, 2)
    with monkeypatch.context() as patched:
        patched.setattr(page_images, "_answer", lambda *_: pytest.fail("a child was started"))
        with pytest.raises(InvalidInput, match="cannot be shown here"):
            page_image(PDF, 2)
    assert page_image(PDF, 1).pages == 1


def test_a_flood_of_looks_holds_a_bounded_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    ready, done = threading.Barrier(3, timeout=10), threading.Event()

    def slow(*_: object) -> bytes:
        ready.wait()
        done.wait(10)
        return b""

    monkeypatch.setattr(page_images, "_answer", slow)
    monkeypatch.setattr(page_images, "_IN_LINE", threading.BoundedSemaphore(2))
    with ThreadPoolExecutor(2) as pool:
        drawn = [pool.submit(page_image, b"%d" % n, 1) for n in range(2)]
        ready.wait()
        with pytest.raises(Unavailable):
            page_image(b"one more", 1)
        done.set()
        assert all(isinstance(each.exception(), InvalidInput) for each in drawn)
    monkeypatch.setattr(page_images, "_answer", lambda *_: b"")
    with pytest.raises(InvalidInput):
        page_image(b"later", 1)


def test_a_huge_page_is_drawn_smaller() -> None:
    # 10 by 10,000 dots: at the usual width it would be far more than is drawn, whatever the file asks for.
    huge = re.sub(rb"/MediaBox \[[^]]*\]", b"/MediaBox [0 0 10 9999]", PDF)
    assert huge != PDF
    drawn = page_image(huge, 1)
    width, height = struct.unpack(">II", drawn.png[16:24])
    assert width * height <= page_images_child.MOST_DOTS * 1.01


def test_pages_are_counted_once_for_equal_content() -> None:
    assert page_count("aa" * 32) is None
    assert page_count("aa" * 32, PDF) == 1
    assert page_count("aa" * 32) == 1
