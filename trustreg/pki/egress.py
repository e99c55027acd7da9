"""The one guarded way out: small fetches of revocation data and certificates from addresses that strangers wrote.

An address in a certificate is an instruction of whoever made the certificate. So: http and https only, the name is
resolved once and the connection goes to that address, addresses that are not public are refused unless the exact
`host:port` is allowed, every redirect is checked again, and time, size and number are bounded.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from trustreg.pki.cache import BoundedCache
from trustreg.pki.errors import BudgetExhausted, EgressError, EgressFailed, EgressRefused

MAX_REDIRECTS = 3
MAX_URL = 2048
_MAX_ADDRESSES = 3
_FAIR_SECONDS = 1.0
_USER_AGENT = "trustreg"


class Fetcher(Protocol):
    """Gets one address, within limits that it was made with."""

    def __call__(self, url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
        """GET, or POST when there is a `body`. Raises `EgressError`."""
        ...


@dataclass(slots=True)
class Budget:
    """What one validation may spend: `seconds` of network time and a number of `fetches`, redirects included.

    What the negative cache answers costs nothing.
    """

    seconds: float = 3.0
    fetches: int = 8
    answers: dict[tuple[str, bytes | None], bytes] = field(default_factory=dict, init=False, repr=False)
    """What was answered to (address, body) so far."""
    _spent: float = field(default=0.0, init=False)

    def begin(self) -> float:
        """Take one fetch; the seconds that it may last. Raises `BudgetExhausted`."""
        left = self.seconds - self._spent
        if self.fetches <= 0 or left <= 0.01:
            raise BudgetExhausted("the network budget of this validation is used up")
        self.fetches -= 1
        return left

    def spend(self, seconds: float) -> None:
        """Account for time that has passed."""
        self._spent += seconds


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address: where to connect, and what to say there."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """`host:port`, with brackets around IPv6."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_NUMERIC = re.compile(r"[0-9]+|0x.*")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")


def read_url(url: str) -> Target:
    """Take an http(s) URL apart strictly; anything that readers of URLs disagree about is refused (`EgressRefused`)."""
    if len(url) > MAX_URL or _CONTROL.search(url):
        raise EgressRefused("the address is too long or holds characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError as error:
        raise EgressRefused("the address cannot be read") from error
    if parts.scheme not in ("http", "https") or not host:
        raise EgressRefused("only http and https addresses are fetched")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise EgressRefused("the address holds a user name or an escape in its host")
    if port == 0 or parts.netloc.endswith(":"):
        raise EgressRefused("the address names no usable port")
    if ":" in host:
        try:
            host = ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise EgressRefused("the host is not an address") from error
    elif not _HOST.fullmatch(host):
        raise EgressRefused("the host is not a name")
    elif _NUMERIC.fullmatch(host.rstrip(".").rpartition(".")[2]):
        # A last label of digits makes it an IPv4 address to some resolvers ("127.1", "2130706433", "0x7f000001").
        try:
            host = str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise EgressRefused("the host is an IPv4 address in an unusual spelling") from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also behind IPv6 forms that carry an IPv4 one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TUNNELS) or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


_TUNNELS = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", "::ffff:0:0:0/96")
)


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    # Reading the system's roots takes about 15 ms, so once for each process.
    return ssl.create_default_context()


class EgressClient:
    """Fetches for all validations of a process; thread-safe.

    `allow`: exact `host:port` that may lie in a private network (the demo's own authorities). `negative_seconds`: how
    long an address that failed is not asked again.
    """

    def __init__(
        self, *, allow: Collection[str] = (), max_bytes: int = 10_000_000, negative_seconds: float = 60.0
    ) -> None:
        self._allow = frozenset(entry.lower() for entry in allow)
        self._max_bytes = max_bytes
        self._negative_seconds = negative_seconds
        self._failed: BoundedCache[str, tuple[float, str]] = BoundedCache(4096)

    def fetcher(self, *, budget: Budget | None = None, hosts: Collection[str] | None = None) -> Fetcher:
        """A fetcher bound to one budget (a fresh one when None) and, with `hosts`, to these host names.

        What was answered once under that budget is not asked again.
        """
        bound = budget or Budget()

        def fetch(url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
            _permit(read_url(url), hosts)
            known = bound.answers.get((url, body))
            if known is None:
                known = self.fetch(url, budget=bound, body=body, content_type=content_type, hosts=hosts)
                bound.answers[(url, body)] = known
            return known

        return fetch

    def fetch(
        self,
        url: str,
        *,
        budget: Budget,
        body: bytes | None = None,
        content_type: str | None = None,
        hosts: Collection[str] | None = None,
    ) -> bytes:
        """The body of the answer to GET, or to POST with `body`.

        Raises `EgressRefused`, `EgressFailed` or `BudgetExhausted`, all of them `EgressError`.
        """
        for _ in range(MAX_REDIRECTS + 1):
            target = read_url(url)
            _permit(target, hosts)
            # Every request to a responder differs (nonce); one that failed fails for the next one, too.
            key = f"{'GET' if body is None else 'POST'} {target.scheme}://{target.authority}{target.path}"
            self._recall(key)
            seconds = budget.begin()
            started = time.monotonic()
            try:
                answer = self._once(target, started + seconds, body, content_type)
            except EgressFailed as error:
                # A failure for want of time in an almost empty budget says nothing about the other side.
                if seconds >= _FAIR_SECONDS:
                    self._failed.put(key, (time.monotonic(), str(error)))
                raise
            finally:
                budget.spend(time.monotonic() - started)
            if isinstance(answer, bytes):
                return answer
            try:
                url = urljoin(url, answer.location)
            except ValueError as error:
                raise EgressRefused("the redirect leads to no address") from error
        raise EgressFailed("too many redirects")

    def _recall(self, key: str) -> None:
        known = self._failed.get(key)
        if known is not None and time.monotonic() - known[0] < self._negative_seconds:
            raise EgressFailed(f"failed a moment ago: {known[1]}")

    def _addresses(self, target: Target, watch: _Deadline) -> list[tuple[int, str]]:
        allowed = target.authority.lower() in self._allow
        found = _resolve(target.host, target.port, watch.left())
        # One bad address among several refuses the name: it is how rebinding is tried.
        if not allowed and not all(is_public(address.partition("%")[0]) for _, address in found):
            raise EgressRefused(f"{target.authority} does not lie in the public network")
        return found

    def _once(self, target: Target, deadline: float, body: bytes | None, content_type: str | None) -> bytes | _Redirect:
        watch = _Deadline(deadline)
        try:
            with _connect(self._addresses(target, watch), target.port, watch) as plain:
                connected: socket.socket = plain
                if target.scheme == "https":
                    plain.settimeout(watch.left())
                    connected = _tls_context().wrap_socket(plain, server_hostname=target.host)
                with connected:
                    return self._exchange(connected, target, watch, body, content_type)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, EgressError):
                raise
            raise EgressFailed(f"{target.authority}: {type(error).__name__}") from error

    def _exchange(
        self, connection: socket.socket, target: Target, watch: _Deadline, body: bytes | None, content_type: str | None
    ) -> bytes | _Redirect:
        method = "GET" if body is None else "POST"
        host = target.authority.rpartition(":")[0] if target.port in (80, 443) else target.authority
        lines = [
            f"{method} {target.path} HTTP/1.0",
            f"Host: {host}",
            f"User-Agent: {_USER_AGENT}",
            "Accept: */*",
            "Connection: close",
        ]
        if body is not None:
            lines += [f"Content-Length: {len(body)}", f"Content-Type: {content_type or 'application/octet-stream'}"]
        connection.settimeout(watch.left())
        connection.sendall("\r\n".join((*lines, "", "")).encode("ascii") + (body or b""))
        raw = _receive(connection, watch, self._max_bytes + 65_536)
        response = http.client.HTTPResponse(_Received(raw), method=method)  # type: ignore[arg-type]  # only makefile is used
        response.begin()
        if response.status in (301, 302, 303, 307, 308):
            location = response.getheader("Location")
            if not location or body is not None:
                raise EgressFailed("a redirect without an address, or of a POST")
            return _Redirect(location)
        if response.status != 200:
            raise EgressFailed(f"{target.authority} answered {response.status}")
        declared = response.getheader("Content-Length")
        content = response.read(self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise EgressFailed(f"{target.authority} sent more than {self._max_bytes} octets")
        if declared is not None and declared.isdecimal() and len(content) != int(declared):
            raise EgressFailed(f"{target.authority} sent less than it announced")
        return content


def _permit(target: Target, hosts: Collection[str] | None) -> None:
    if hosts is not None and target.host.rstrip(".") not in {host.lower().rstrip(".") for host in hosts}:
        raise EgressRefused(f"{target.host} is not a permitted host")


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


class _Deadline:
    def __init__(self, at: float) -> None:
        self._at = at

    def left(self) -> float:
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise EgressFailed("no time is left")
        return seconds


_resolving = threading.BoundedSemaphore(32)


def _resolve(host: str, port: int, seconds: float) -> list[tuple[int, str]]:
    # The system's resolver takes no deadline, so it runs beside: one that hangs costs a bounded number of threads.
    if not _resolving.acquire(blocking=False):
        raise EgressFailed("too many names are being resolved")
    answers: queue.SimpleQueue[list[tuple[int, str]]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([(family, str(address[0])) for family, _, _, _, address in found])
        except (OSError, UnicodeError):
            answers.put([])
        finally:
            _resolving.release()

    threading.Thread(target=ask, name="egress-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        found = []
    if not found:
        raise EgressFailed(f"{host} cannot be resolved")
    return found


def _connect(addresses: list[tuple[int, str]], port: int, watch: _Deadline) -> socket.socket:
    chosen = addresses[:_MAX_ADDRESSES]
    for position, (family, address) in enumerate(chosen):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(watch.left() / (len(chosen) - position))
            connection.connect((address, port))
        except OSError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise EgressFailed("no connection")


def _receive(connection: socket.socket, watch: _Deadline, limit: int) -> bytes:
    # A timeout of the socket starts anew with every octet; the deadline does not.
    pieces: list[bytes] = []
    size = 0
    while True:
        connection.settimeout(watch.left())
        piece = connection.recv(65_536)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise EgressFailed("the answer is too large")


class _Received:
    """What `http.client` needs of a socket, over octets that are here already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)
