"""Receipts: a TSA over HTTP stamps evidence, and nothing but a token that verifies is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from conformity import receipts, tasks
from conformity.models import CustodyEntry
from tests.factories import conformity as factory
from timestamp.domain.tokens import parse_token, verify_token
from trustreg.base import clock
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec, corporate_number
from trustreg.demo.pki.timestamping import timestamp_response

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> DemoPki:
    tsa = ServiceSpec("tsa", "時刻", "TSU", ServiceKind.TSA, KeyAlgorithm.P_256)
    provider = ProviderSpec("p", "例", "Example", corporate_number("010401000011"), (tsa,))
    return DemoPki.create_or_load(tmp_path_factory.mktemp("pki"), "http://127.0.0.1:9", (provider,))


@contextmanager
def serving(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """The `host:port` of an HTTP server that answers every POST with `answer(body)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def configure(monkeypatch: pytest.MonkeyPatch, host: str | None) -> None:
    monkeypatch.setattr(
        tasks, "conf", replace(tasks.conf, tsa_url=f"http://{host}/tsa" if host else None, egress_allow=(host or "",))
    )


def test_evidence_gets_a_receipt_over_its_digest(pki: DemoPki, monkeypatch: pytest.MonkeyPatch) -> None:
    row = factory.evidence(factory.scheme())
    with serving(lambda request: timestamp_response(pki, "tsa", request)) as host:
        configure(monkeypatch, host)
        assert tasks.stamp_evidence(str(row.pk)) is True
        assert tasks.stamp_evidence(str(row.pk)) is False, "once"
    row.refresh_from_db()
    token = parse_token(bytes(row.receipt))
    assert verify_token(token, digests={"sha256": bytes.fromhex(row.sha256)}).intact is True
    assert row.receipt_time == token.gen_time
    assert abs((clock.now() - token.gen_time).total_seconds()) < 60
    assert CustodyEntry.objects.filter(evidence=row, action="receipt").count() == 1
    assert receipts.waiting() == []


def test_a_bad_answer_keeps_nothing_and_the_sweep_tries_again(pki: DemoPki, monkeypatch: pytest.MonkeyPatch) -> None:
    row = factory.evidence(factory.scheme())
    recorded: list[bytes] = []

    def replayed(request: bytes) -> bytes:
        recorded.append(timestamp_response(pki, "tsa", request))
        return recorded[0]  # the nonce of a later request differs

    def tampered(request: bytes) -> bytes:
        answer = bytearray(timestamp_response(pki, "tsa", request))
        answer[-5] ^= 1
        return bytes(answer)

    with serving(replayed) as host:
        receipts.request_token(row.pk, tsa_url=f"http://{host}/", allow=[host])
        assert receipts.request_token(row.pk, tsa_url=f"http://{host}/", allow=[host]) is None
    for answer in (tampered, lambda _: b"not a time-stamp"):
        with serving(answer) as host:
            configure(monkeypatch, host)
            assert tasks.stamp_evidence(str(row.pk)) is False
    configure(monkeypatch, None)
    assert tasks.sweep() == {"overdue": 0, "escalated": 0, "expired": 0, "stamped": 0}
    assert receipts.waiting() == [row.pk]
    with serving(lambda request: timestamp_response(pki, "tsa", request)) as host:
        configure(monkeypatch, host)
        assert tasks.sweep()["stamped"] == 1


def test_a_private_address_is_not_asked_unless_it_is_allowed(pki: DemoPki, tmp_path: Path) -> None:
    row = factory.evidence(factory.scheme())
    with serving(lambda request: timestamp_response(pki, "tsa", request)) as host:
        assert receipts.request_token(row.pk, tsa_url=f"http://{host}/", allow=()) is None
