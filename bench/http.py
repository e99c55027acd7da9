"""A running system asked over HTTP: validation, status queries and published files; four clients at once."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.race import Figure, Outcome, say
from qualified_list.domain.xml import parse_list

CLIENTS = 4
BOUNDARY = "bench-d41d8cd98f00b204"

Request = tuple[str, str, bytes, dict[str, str]]
"""Method, path, body, headers."""


def contest(url: str, sample: Path, seconds: float) -> list[Outcome]:
    """Each question for a third of the time. Clients and server share the machine when it is the same."""
    host = urlsplit(url).netloc
    listed = _read(host, ("GET", "/tl/tl.xml", b"", {}))
    fingerprints = [
        hashlib.sha256(der).hexdigest() for _, one in parse_list(listed).list.services() for der in one.identities
    ]
    outcome = Outcome(f"HTTP, {CLIENTS} clients on connections kept open: {url}", compared=False)
    asked = itertools.cycle([_query(fingerprint) for fingerprint in fingerprints])
    questions: list[tuple[str, Callable[[], Request], Callable[[bytes], bool]]] = [
        (
            f"POST /api/v1/status-queries, {len(fingerprints)} listed identities in turn",
            lambda: next(asked),
            lambda answer: "result" in json.loads(answer),
        ),
        ("GET /tl/tl.xml", lambda: ("GET", "/tl/tl.xml", b"", {}), lambda answer: answer == listed),
    ]
    if sample.is_file():
        document = _upload(sample)
        questions.insert(
            0,
            (
                f"POST /api/v1/validations, {sample.name} again and again",
                lambda: document,
                lambda answer: bool(json.loads(answer)["indication"] == "TOTAL-PASSED"),
            ),
        )
    else:
        say(f"{sample} is not there (--sample): validation over HTTP is skipped.")
    for name, request, valid in questions:
        outcome.figures.append(_ask(name, host, request, valid, max(2.0, seconds / 3)))
    return [outcome]


def _ask(
    name: str, host: str, request: Callable[[], Request], valid: Callable[[bytes], bool], seconds: float
) -> Figure:
    figure = Figure(name)
    lock = threading.Lock()
    wrong: list[str] = []
    end = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection(host, timeout=30)
        while time.perf_counter() < end and not wrong:
            with lock:
                method, path, body, headers = request()
            start = time.perf_counter()
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            taken = (time.perf_counter() - start) * 1000
            with lock:
                figure.calls.append(taken)
                if answer.status != 200 or not valid(content):
                    wrong.append(f"{answer.status} {content[:300]!r}")
        connection.close()

    _read(host, request())
    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - began
    if wrong or not figure.calls:
        raise SystemExit(f"{name}: {wrong[:1]}; nothing was measured.")
    ordered = sorted(figure.calls)
    figure.rounds.append(ordered[len(ordered) // 2])
    figure.note = f"{len(ordered) / passed:,.0f} answers/s, p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms"
    return figure


def _read(host: str, request: Request) -> bytes:
    method, path, body, headers = request
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
    return content


def _query(fingerprint: str) -> Request:
    body: dict[str, Any] = {"certificate_sha256": fingerprint}
    return "POST", "/api/v1/status-queries", json.dumps(body).encode(), {"Content-Type": "application/json"}


def _upload(sample: Path) -> Request:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="document"; filename="{sample.name}"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    body = head.encode() + sample.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    return "POST", "/api/v1/validations", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
