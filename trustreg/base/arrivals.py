"""Slow clients: a thread that waits for the rest of a body serves nobody, so only some of the threads may wait.

Behind a proxy that takes bodies in whole (`deploy/nginx.conf`) nothing ever waits here. Without one, a few clients that
send a byte now and then would hold every thread; so they hold `RECEIVING` of them, others who send a body are told to
come again, and whoever only reads is served as always.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from trustreg.base.errors import Unavailable

RECEIVING: Final = 12
"""Threads of a process that may wait for bodies; the server runs a few more (`--blocking-threads 16`)."""
SHORT: Final = 1 << 16  # bytes; whoever sends more and is refused may lose the connection
PATIENCE: Final = 0.25  # seconds that one waits for a place among them

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Arriving:
    """A `wsgi.input` whose every read takes one of the places. Raises Unavailable when none becomes free."""

    def __init__(self, stream: Any, places: threading.Semaphore, patience: float) -> None:
        self._stream, self._places, self._patience = stream, places, patience

    def read(self, size: int = -1) -> bytes:
        return self._take(self._stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._take(self._stream.readline, size)

    def _take(self, read: Callable[[int], bytes], size: int) -> bytes:
        if not self._places.acquire(timeout=self._patience):
            raise Unavailable(
                "Too many slow uploads are under way. Try again in a few seconds.",
                "低速な送信が多数続いています。数秒後にもう一度試してください。",
                extra={"retry_after": 5},
            )
        try:
            return read(size)
        finally:
            self._places.release()


def bounded(application: Application, *, places: int = RECEIVING, patience: float = PATIENCE) -> Application:
    """`application`, with at most `places` threads at a time waiting for bodies.

    What is left of a short body is read before the answer goes out: the server would close the connection, and a
    client that sends its next request on it would get no answer at all.
    """
    free = threading.BoundedSemaphore(places)

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"] = Arriving(environ["wsgi.input"], free, patience)
        answer = application(environ, start_response)
        if _length(environ) <= SHORT:
            with suppress(Unavailable, OSError):
                body.read(SHORT)
        return answer

    return serve


def _length(environ: dict[str, Any]) -> int:
    """What the client announced; 0 without a body, more than is short for what has no known end."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return SHORT + 1
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else SHORT + 1
