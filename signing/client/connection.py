"""The service over HTTP: `POST /api/v1/validations`, and the job that it becomes for a large document."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any, Final, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from . import files
from .report import Report

MAX_ANSWER: Final = 64 << 20
_TRY_AGAIN: Final = (429, 503)


class ClientError(Exception):
    """No report could be had; `str()` says why, and what to do."""


class Refused(ClientError):
    """The service refused the request. `status` is HTTP's, `code` and `fields` those of the problem (RFC 9457)."""

    def __init__(self, status: int, code: str, detail: str, fields: Mapping[str, str]) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.fields = dict(fields)


class Unreachable(ClientError):
    """The service did not answer, was busy for too long, or answered what is no answer."""


class _NoRedirects(HTTPRedirectHandler):
    """A document is never sent on to another address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Client:
    """One service. `api_key` is sent to it alone.

    `timeout` (seconds) is for one exchange, `patience` for a whole validation with its waits. Busy answers (429, 503)
    are tried again when they say after how long; nothing else is. `progress` is called with the state of a job, a
    mapping with `state` and what else the service tells.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        language: str = "en",
        timeout: float = 60.0,
        patience: float = 600.0,
        progress: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Raises ValueError for what is no http(s) address, and for what cannot be an API key."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https address: {url!r}")
        self._base = url.rstrip("/") + "/"
        self._headers = {"Accept": "application/json", "Accept-Language": language, "User-Agent": "trustreg-validate"}
        if api_key:
            if not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
                raise ValueError("the API key has characters that no key has")
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._language = language
        self._timeout = timeout
        self._patience = patience
        self._progress = progress
        self._opener = build_opener(_NoRedirects)

    def validate(
        self,
        document: str | os.PathLike[str] | bytes,
        *,
        filename: str | None = None,
        detached: Iterable[str | os.PathLike[str]] = (),
        evidence: Iterable[str | os.PathLike[str]] = (),
        policy: str | None = None,
        at: datetime | None = None,
        document_type: str | None = None,
        level: str | None = None,
    ) -> Report:
        """The report on a file (or its octets). `detached` are the files that a separate signature is over, `evidence`
        files with certificates, CRLs and OCSP responses that the document need not hold.

        `at` is an assumption, never a proof: the report is then hypothetical. Raises Refused, Unreachable; OSError for
        a file that cannot be read.
        """
        content = document if isinstance(document, bytes) else files.read(document)
        if filename is None and not isinstance(document, bytes):
            filename = files.name_of(document)
        asked: dict[str, Any] = {
            "document": base64.b64encode(content).decode(),
            "filename": filename,
            "policy": policy,
            "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None,
            "document_type": document_type,
            "level": level,
        }
        beside = [
            {"filename": files.name_of(path), "content": base64.b64encode(files.read(path)).decode()}
            for path in detached
        ]
        known = [base64.b64encode(files.read(path)).decode() for path in evidence]
        asked |= {"detached": beside or None, "evidence": known or None}
        body = json.dumps({name: value for name, value in asked.items() if value is not None}).encode()
        end = time.monotonic() + self._patience
        status, headers, answer = self._exchange(urljoin(self._base, "api/v1/validations"), body, end)
        while status == 202:
            if self._progress:
                self._progress(answer)
            self._wait(headers.get("Retry-After") or "2", end)
            status, headers, answer = self._exchange(self._own(headers.get("Location") or ""), None, end)
        try:
            return Report.of(answer)
        except ValueError as error:
            raise self._unreachable(
                f"{self._base} answered what is no validation report ({error}).",
                f"{self._base} の応答は検証結果ではありません（{error}）。",
            ) from error

    def _own(self, location: str) -> str:
        """The address of a job, which is one of this service."""
        address = urljoin(self._base, location)
        if not location or urlsplit(address)[:2] != urlsplit(self._base)[:2]:
            raise self._unreachable(
                f"{self._base} named no address of its own for the result: {location[:200]!r}.",
                f"{self._base} が示した結果の場所は、自身のアドレスではありません: {location[:200]!r}",
            )
        return address

    def _exchange(self, address: str, body: bytes | None, end: float) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        """Status, headers and JSON object of one answer below 300."""
        while True:
            request = Request(  # noqa: S310 - the scheme was checked when the client was made
                address, data=body, headers=self._headers | ({"Content-Type": "application/json"} if body else {})
            )
            try:
                with self._opener.open(request, timeout=self._timeout) as response:
                    return response.status, response.headers, self._object(response)
            except HTTPError as error:
                with error:
                    after = error.headers.get("Retry-After")
                    if error.code not in _TRY_AGAIN or not after:
                        self._raise(error)
                self._wait(after, end)
            except (URLError, OSError, HTTPException) as error:
                reason = getattr(error, "reason", None) or error
                raise self._unreachable(
                    f"{self._base} cannot be reached: {reason}.", f"{self._base} に接続できません: {reason}"
                ) from error

    def _wait(self, after: str, end: float) -> None:
        """Wait as long as the service says, if there is that much patience left."""
        seconds = min(max(float(after) if after.strip().isdecimal() else 5.0, 0.2), 60.0)
        if time.monotonic() + seconds > end:
            raise self._unreachable(
                f"{self._base} has no answer yet after {self._patience:.0f} seconds. Try again later.",
                f"{self._base} から {self._patience:.0f} 秒たっても結果がありません。後でもう一度お試しください。",
            )
        time.sleep(seconds)

    def _object(self, response: Any) -> dict[str, Any]:
        raw = response.read(MAX_ANSWER + 1)
        try:
            if len(raw) > MAX_ANSWER:
                raise ValueError("it is too large")
            found = json.loads(raw)
            if not isinstance(found, dict):
                raise ValueError("it is no JSON object")
        except (ValueError, RecursionError) as error:
            raise self._unreachable(
                f"{self._base} answered what cannot be read: {error}.",
                f"{self._base} の応答を読み取れません: {error}",
            ) from error
        return found

    def _unreachable(self, en: str, ja: str) -> Unreachable:
        return Unreachable(ja if self._language == "ja" else en)

    def _raise(self, error: HTTPError) -> NoReturn:
        if 300 <= error.code < 400:
            to = error.headers.get("Location")
            raise self._unreachable(
                f"{self._base} sends us on to {to}. Use that address.",
                f"{self._base} は {to} への転送を示しました。そのアドレスを指定してください。",
            )
        try:
            problem = json.loads(error.read(1 << 20))
            detail, code, fields = str(problem["detail"]), str(problem["code"]), dict(problem.get("fields") or {})
        except (ValueError, KeyError, TypeError, OSError, HTTPException):
            said = self._unreachable(
                f"{self._base} answered {error.code} {error.reason}.",
                f"{self._base} の応答は {error.code} {error.reason} でした。",
            )
            detail, code, fields = str(said), "", {}
        if error.code >= 500 or error.code in _TRY_AGAIN:
            raise Unreachable(detail)
        raise Refused(error.code, code, detail, {str(name): str(text) for name, text in fields.items()})
