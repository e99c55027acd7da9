"""Clients that never finish their body hold some threads and no more."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from trustreg.base.arrivals import SHORT, bounded
from trustreg.base.errors import Unavailable


class _Stalled:
    """A body that does not come until it is let go."""

    def __init__(self) -> None:
        self.waits, self.let_go = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.waits.set()
        assert self.let_go.wait(10)
        return b""


def _reads_its_body(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    del start_response
    return [environ["wsgi.input"].read()]


def test_a_place_is_waited_for_and_then_refused_and_free_again_afterwards() -> None:
    application = bounded(_reads_its_body, places=1, patience=0.05)
    slow = _Stalled()
    client = threading.Thread(target=application, args=({"wsgi.input": slow}, print))
    client.start()
    assert slow.waits.wait(10)
    with pytest.raises(Unavailable):
        application({"wsgi.input": io.BytesIO(b"quick")}, print)
    slow.let_go.set()
    client.join()
    assert application({"wsgi.input": io.BytesIO(b"quick")}, print) == [b"quick"]


def test_a_body_that_breaks_gives_its_place_back() -> None:
    application = bounded(_reads_its_body, places=1, patience=0.05)
    broken = io.BytesIO()
    broken.close()
    for _ in range(3):
        with pytest.raises(ValueError, match="closed"):
            application({"wsgi.input": broken}, print)
    assert application({"wsgi.input": io.BytesIO(b"quick")}, print) == [b"quick"]


@pytest.mark.parametrize(
    ("length", "more", "left"),
    [
        (5, {}, b""),
        (SHORT, {}, b""),
        (SHORT + 1, {}, b"quick"),
        ("", {}, b""),
        ("x", {}, b"quick"),
        ("", {"HTTP_TRANSFER_ENCODING": "Chunked"}, b"quick"),
    ],
    ids=str,
)
def test_the_rest_of_a_short_body_is_read_first(length: object, more: dict[str, str], left: bytes) -> None:
    """Else the server closes the connection, and a client's next request on it is lost."""
    body = io.BytesIO(b"quick")
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(length), **more}
    assert bounded(lambda *_: [b"refused"])(environ, print) == [b"refused"]
    assert body.read() == left


def test_a_body_that_does_not_come_takes_no_answer_away() -> None:
    application = bounded(lambda *_: [b"refused"], places=1, patience=0.05)
    slow = _Stalled()
    client = threading.Thread(target=application, args=({"wsgi.input": slow, "CONTENT_LENGTH": "5"}, print))
    client.start()
    assert slow.waits.wait(10)
    assert application({"wsgi.input": io.BytesIO(b"quick"), "CONTENT_LENGTH": "5"}, print) == [b"refused"]
    slow.let_go.set()
    client.join()
