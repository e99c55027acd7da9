"""The client against a server with real sockets, whose answers a test writes down beforehand."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from signing.client import Client, Refused, Unreachable
from signing.client.report import Report
from tests.signing.signing_world import blank_pdf, sign, validate
from tests.signing.xml_world import STAMPED_AT

Answer = tuple[int, dict[str, str], Any]


class Server:
    """Answers with what `answers` holds, in turn; `asked` are (method, path, headers, JSON body)."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str, Any, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.asked.append((self.command, self.path, self.headers, json.loads(body) if body else None))
                status, headers, content = outer.answers.pop(0)
                raw = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(raw)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = answer  # noqa: N815 - the names that the server looks for

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture(scope="module")
def body() -> dict[str, Any]:
    """A report as the engine makes it."""
    return {"id": "ab" * 16, **validate(sign(blank_pdf(), stamped_at=STAMPED_AT)).to_json()}


def test_a_report_with_its_types(server, body, tmp_path):
    server.answers = [(200, {}, body)]
    file = tmp_path / "契約.pdf"
    file.write_bytes(b"%PDF")
    beside = tmp_path / "original.txt"
    beside.write_bytes(b"text")
    at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    client = Client(server.url, api_key="trk_x", language="ja")
    report = client.validate(file, detached=[beside], evidence=[beside], policy="default-2026", at=at)
    method, path, headers, sent = server.asked[0]
    assert (method, path) == ("POST", "/api/v1/validations")
    assert (headers["Authorization"], headers["Accept-Language"]) == ("Bearer trk_x", "ja")
    assert sent == {
        "document": base64.b64encode(b"%PDF").decode(),
        "filename": "契約.pdf",
        "policy": "default-2026",
        "at": "2026-01-31T09:00:00Z",
        "detached": [{"filename": "original.txt", "content": base64.b64encode(b"text").decode()}],
        "evidence": [base64.b64encode(b"text").decode()],
    }
    assert report.passed
    assert report.raw == body
    [signature] = report.signatures
    assert (signature.kind, signature.level, signature.passed) == ("signature", "BASELINE-T", True)
    assert signature.proven_at == STAMPED_AT
    assert signature.signer is not None
    assert signature.signer.name == "World Signer"
    assert signature.timestamps[0].proof


def test_what_did_not_pass_says_why():
    data = sign(blank_pdf(), stamped_at=STAMPED_AT)
    at = data.index(b"Page")
    report = Report.of(validate(data[:at] + b"Bage" + data[at + 4 :]).to_json())
    assert not report.passed
    assert any("changed" in reason["en"] or "differs" in reason["en"] for reason in report.signatures[0].reasons)


def test_a_busy_service_is_asked_again_when_it_says_when(server, body):
    server.answers = [(503, {"Retry-After": "0"}, {}), (429, {"Retry-After": "0"}, {}), (200, {}, body)]
    assert Client(server.url).validate(b"x").passed
    assert len(server.asked) == 3


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (500, {"Retry-After": "0"}), (502, {}), (429, {})], ids=str)
def test_nothing_else_is_tried_again(server, status, headers):
    server.answers = [(status, headers, b"<html>")]
    with pytest.raises(Unreachable, match=str(status)):
        Client(server.url).validate(b"x")
    assert len(server.asked) == 1


def test_patience_ends(server):
    server.answers = [(503, {"Retry-After": "30"}, {})]
    with pytest.raises(Unreachable, match="Try again later"):
        Client(server.url, patience=1).validate(b"x")


def test_a_job_is_followed_to_its_report(server, body):
    job = {"id": "1", "state": "queued"}
    place = {"Location": "/api/v1/validations/1", "Retry-After": "0"}
    server.answers = [(202, place, job), (202, place, {**job, "state": "running"}), (200, {}, body)]
    states: list[str] = []
    assert Client(server.url, progress=lambda one: states.append(one["state"])).validate(b"x").passed
    assert states == ["queued", "running"]
    assert [asked[:2] for asked in server.asked[1:]] == [("GET", "/api/v1/validations/1")] * 2


@pytest.mark.parametrize("location", ["", "http://other.example/1", "//other.example/1", "file:///etc/passwd"])
def test_a_job_elsewhere_is_not_followed(server, location):
    server.answers = [(202, {"Location": location, "Retry-After": "0"}, {"state": "queued"})]
    with pytest.raises(Unreachable, match="address of its own"):
        Client(server.url, api_key="trk_secret").validate(b"x")


def test_a_document_is_not_sent_on(server):
    server.answers = [(307, {"Location": "http://other.example/"}, {})]
    with pytest.raises(Unreachable, match=r"other\.example"):
        Client(server.url).validate(b"x")


def test_a_refusal_says_what_the_service_said(server):
    problem = {"detail": "There is no policy 'x'.", "code": "invalid_input", "fields": {"policy": "Unknown policy."}}
    server.answers = [(422, {}, problem)]
    with pytest.raises(Refused, match="no policy") as raised:
        Client(server.url).validate(b"x", policy="x")
    assert (raised.value.status, raised.value.code) == (422, "invalid_input")
    assert raised.value.fields == {"policy": "Unknown policy."}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"{}", b'{"indication": "PERHAPS"}', b"[" * 100_000], ids=repr)
def test_what_is_no_report_is_no_verdict(server, content):
    server.answers = [(200, {}, content)]
    with pytest.raises(Unreachable):
        Client(server.url).validate(b"x")


def test_no_service():
    with pytest.raises(Unreachable, match="cannot be reached"):
        Client("http://127.0.0.1:9").validate(b"x")
    for address in ("", "file:///etc/passwd", "ftp://a", "127.0.0.1:8000"):
        with pytest.raises(ValueError, match="address"):
            Client(address)


@pytest.mark.parametrize("key", ["trk_a\n", "trk_a\r\nX-Other: 1", "trk_é", "trk_a b"])
def test_what_cannot_be_a_key_is_never_sent(key: str) -> None:
    """A server that drops what it cannot read would answer as to a stranger."""
    with pytest.raises(ValueError, match="API key"):
        Client("http://127.0.0.1:1", api_key=key)
