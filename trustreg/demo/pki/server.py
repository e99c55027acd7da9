"""The demo's repository, OCSP, CRL and time-stamps over HTTP, in a process of its own.

    python -m trustreg.demo.pki.server --folder var/demo/pki --port 8900

| Address | Answer |
|---|---|
| `GET /healthz` | JSON: alive, and which services are answered for |
| `GET /SERVICE/ca.crt` | the CA certificate, DER |
| `POST /SERVICE/ocsp`, `GET /SERVICE/ocsp/BASE64` | OCSP (RFC 6960 appendix A) |
| `GET /SERVICE/ca.crl` | the CRL, DER |
| `POST /SERVICE/tsa` | RFC 3161 time-stamps |

Why not certomancer: it derives every certificate and revocation from one configuration that is read at start, so
certificates that are issued and revoked while it runs are unknown to it, and its OCSP calls what it never issued an
error. Here every answer is made for its request, from the folder as it is at that moment and with the real time.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import cast
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives import serialization

from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.revocation import ocsp_response, revocation_list
from trustreg.demo.pki.timestamping import timestamp_response

BODY_LIMIT = 64 * 1024
"""Octets of a request; real ones have a few hundred."""

Answer = tuple[HTTPStatus, str, bytes]


class PkiServer(ThreadingHTTPServer):
    """Answers for every service under a folder, each request in a thread. New services are found when asked for."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, folder: Path, host: str, port: int, *, verbose: bool = False) -> None:
        self.folder = folder
        self.verbose = verbose
        self.pki = DemoPki.load(folder)
        super().__init__((host, port), PkiRequestHandler)

    def knows(self, service: str) -> bool:
        """Whether a service exists, looking again in the folder when it did not before."""
        if service in self.pki.services():
            return True
        self.pki = DemoPki.load(self.folder)
        return service in self.pki.services()

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Status, content type and body for a request."""
        if (method, path) == ("GET", "/healthz"):
            alive = {"status": "ok", "services": self.pki.services()}
            return HTTPStatus.OK, "application/json", json.dumps(alive).encode()
        service, _, what = path.removeprefix("/").partition("/")
        if not self.knows(service):
            return _text(HTTPStatus.NOT_FOUND)
        what, _, argument = what.partition("/")
        match method, what, bool(argument):
            case "GET", "ca.crt", False:
                certificate = self.pki.authority(service).ca.certificate
                return HTTPStatus.OK, "application/pkix-cert", certificate.public_bytes(serialization.Encoding.DER)
            case "GET", "ca.crl", False:
                return HTTPStatus.OK, "application/pkix-crl", revocation_list(self.pki, service)
            case "GET", "ocsp", True:
                try:
                    request = base64.b64decode(unquote(argument), validate=True)
                except (binascii.Error, ValueError):
                    return _text(HTTPStatus.BAD_REQUEST)
                return HTTPStatus.OK, "application/ocsp-response", ocsp_response(self.pki, service, request)
            case "POST", "ocsp", False:
                return HTTPStatus.OK, "application/ocsp-response", ocsp_response(self.pki, service, body)
            case "POST", "tsa", False if self.pki.authority(service).unit is not None:
                return HTTPStatus.OK, "application/timestamp-reply", timestamp_response(self.pki, service, body)
            case _:
                return _text(HTTPStatus.NOT_FOUND)


class PkiRequestHandler(BaseHTTPRequestHandler):
    """HTTP around `PkiServer.answer`."""

    protocol_version = "HTTP/1.1"
    server_version = "trustreg-demo-pki"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True

    def do_GET(self) -> None:  # http.server looks for this name
        """Read something."""
        self._respond(b"")

    def do_POST(self) -> None:  # http.server looks for this name
        """Ask for a status or a time-stamp."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self._send(_text(HTTPStatus.LENGTH_REQUIRED), close=True)
        elif len(length) > 9 or int(length) > BODY_LIMIT:
            self._send(_text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE), close=True)
        else:
            self._respond(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name of the overridden method
        """One line a request on standard error, with `--verbose`."""
        if cast(PkiServer, self.server).verbose:
            super().log_message(format, *args)

    def _respond(self, body: bytes) -> None:
        server = cast(PkiServer, self.server)
        try:
            answer = server.answer(self.command, urlsplit(self.path).path, body)
        except Exception as error:  # one bad request must not end the connection without an answer
            self.log_error("%s %s: %r", self.command, self.path, error)
            answer = _text(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._send(answer)

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        status, content_type, body = answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)


def _text(status: HTTPStatus) -> Answer:
    return status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode()


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Says `ready` on standard output once the port is open."""
    parser = argparse.ArgumentParser(description="CA, OCSP, CRL and TSA of the trustreg demo")
    parser.add_argument("--folder", type=Path, required=True, help="where the authorities are")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--verbose", action="store_true", help="one line for each request")
    options = parser.parse_args(arguments)
    try:
        server = PkiServer(options.folder, options.host, options.port, verbose=options.verbose)
    except (FileNotFoundError, OSError) as error:
        print(f"The demo PKI cannot start: {error}", file=sys.stderr)
        return 1

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    port = server.server_address[1]
    if urlsplit(server.pki.base_url).port != port:
        print(f"Certificates point to {server.pki.base_url}, not to port {port}", file=sys.stderr)
    print(f"ready http://{options.host}:{port}", flush=True)
    with server:
        server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
