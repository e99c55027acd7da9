"""Upstreams on loopback, with real sockets: well-behaved ones and every kind of fault."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Server:
    """Answers each connection with what `answer(request)` returns; counts them."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.hits: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.authority = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.authority}/x"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(5)
                request = connection.recv(65536)
                self.hits.append(request)
                answer = self.answer(request, connection)
                if answer is not None:
                    connection.sendall(answer)
            except OSError:
                return

    def close(self) -> None:
        self._socket.close()


@contextmanager
def serving(answer) -> Iterator[Server]:
    server = Server(answer if callable(answer) else lambda *_: answer)
    try:
        yield server
    finally:
        server.close()


def ok(body: bytes = b"hello", *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def hang(_: bytes, connection: socket.socket) -> None:
    """Takes the request and never answers (the peer gives up first)."""
    connection.recv(1)


def drip(_: bytes, connection: socket.socket) -> None:
    """An octet now and then, for longer than anybody waits."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _unused in range(200):
        connection.sendall(b"0")
        time.sleep(0.05)


def endless(_: bytes, connection: socket.socket) -> None:
    """As much as the peer takes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _unused in range(10_000):
        connection.sendall(b"0" * 65_536)


def bomb(body: bytes) -> bytes:
    """A compressed answer that nobody asked for: 10 MB of zeros after the body."""
    return ok(gzip.compress(body + bytes(10_000_000)), "Content-Encoding: gzip")


FAULTS = {
    "hang": hang,
    "drip": drip,
    "endless": endless,
    "nothing": b"",
    "empty": ok(b""),
    "garbage": ok(b"\x30\x82\xff\xff garbage"),
    "no HTTP": b"\x00\x01\x02\x03" * 50,
    "500": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    "HTML": ok(b"<html><body>Welcome to this network. Log in.</body></html>", "Content-Type: text/html"),
    "redirect to a private address": redirect("http://127.0.0.2:9/x"),
    "redirect for ever": redirect("/again"),
    "redirect to a file": redirect("file:///etc/hostname"),
}
"""Faults that do not depend on what was asked for."""


def truncated(answer: bytes) -> bytes:
    """Announces more than it sends."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + body[: len(body) // 2]


def unused_port() -> tuple[socket.socket, int]:
    """A port at which nobody listens while the socket is held."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
