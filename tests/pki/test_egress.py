"""The guard of the one way out, against real sockets."""

from __future__ import annotations

import socket
import time

import pytest

from tests.pki.upstreams import Server, bomb, drip, endless, hang, ok, redirect, serving
from trustreg.pki.egress import Budget, EgressClient, is_public, read_url
from trustreg.pki.errors import BudgetExhausted, EgressError, EgressFailed, EgressRefused


def allowing(*servers: Server, **options) -> EgressClient:
    return EgressClient(allow=[server.authority for server in servers], **options)


def test_an_allowed_address_is_fetched():
    with serving(ok()) as server:
        assert allowing(server).fetch(server.url, budget=Budget()) == b"hello"
        assert server.hits[0].startswith(b"GET /x HTTP/1.0\r\n")


def test_a_post_carries_its_body_and_type():
    with serving(ok()) as server:
        fetcher = allowing(server).fetcher()
        assert fetcher(server.url, body=b"\x01\x02", content_type="application/ocsp-request") == b"hello"
        assert b"POST /x" in server.hits[0]
        assert b"Content-Type: application/ocsp-request" in server.hits[0]


def test_chunked_answers():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    with serving(chunked) as server:
        assert allowing(server).fetch(server.url, budget=Budget()) == b"hello"


def test_the_port_is_part_of_what_is_allowed():
    with serving(ok()) as server, serving(ok()) as other, pytest.raises(EgressRefused):
        allowing(other).fetch(server.url, budget=Budget())


def spellings(port: int) -> list[str]:
    hosts = [
        *("127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001"),
        *("0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001", "0", "0.0.0.0", "127.0.0.2", "127.0.0.1."),
        *("127.255.255.254", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]"),
        *("[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]"),
        *("[::1%25lo]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"),
        *("192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "user@127.0.0.1", "example.com@127.0.0.1"),
        *("127.0.0.1%2f@example.com", "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "127.0.0.1\t", " 127.0.0.1"),
        *("127.0.0.1\\@example.com", "ip6-localhost", "ip6-loopback"),
    ]
    urls = [f"http://{host}:{port}/x" for host in hosts]
    return [
        *urls,
        f"http:127.0.0.1:{port}/x",
        f"http:///127.0.0.1:{port}/x",
        f"//127.0.0.1:{port}/x",
        f"HTTP://127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}#@example.com/",
        f"http://[::1]:{port}@example.com/",
        f"ftp://127.0.0.1:{port}/x",
        f"file://127.0.0.1:{port}/etc/passwd",
        f"gopher://127.0.0.1:{port}/x",
        f"ldap://127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}\r\nHost: evil/x",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:/x",
        "http://",
        "",
        "http://" + "a" * 5000,
    ]


def test_no_spelling_of_a_private_address_reaches_it():
    with serving(ok()) as canary:
        tried = spellings(canary.port)
        assert len(tried) >= 60
        client = EgressClient()
        for url in tried:
            with pytest.raises(EgressError):
                client.fetch(url, budget=Budget(seconds=1.5))
        time.sleep(0.1)
        assert canary.hits == []


def test_a_redirect_to_a_private_address_is_refused():
    with serving(ok()) as canary, serving(lambda *_: redirect(canary.url)) as server:
        with pytest.raises(EgressRefused):
            allowing(server).fetch(server.url, budget=Budget())
        assert canary.hits == []


def test_redirects_are_followed_three_times():
    def answer(request: bytes, _: object) -> bytes:
        step = int(request.split(b"/")[1].split(b" ")[0])
        return ok(b"there") if step == 0 else redirect(f"/{step - 1}")

    with serving(answer) as server:
        client = allowing(server)
        assert client.fetch(f"http://{server.authority}/3", budget=Budget()) == b"there"
        with pytest.raises(EgressFailed):
            client.fetch(f"http://{server.authority}/4", budget=Budget())


def test_only_permitted_hosts():
    with serving(ok()) as server:
        client = allowing(server)
        assert client.fetch(server.url, budget=Budget(), hosts=["127.0.0.1"]) == b"hello"
        with pytest.raises(EgressRefused):
            client.fetch(server.url, budget=Budget(), hosts=["crl.example"])
        assert len(server.hits) == 1


@pytest.mark.parametrize("answer", [hang, drip])
def test_time_is_bounded_however_slowly_octets_drip(answer):
    with serving(answer) as server:
        budget, started = Budget(seconds=0.5), time.monotonic()
        with pytest.raises(EgressFailed):
            allowing(server).fetch(server.url, budget=budget)
        assert time.monotonic() - started < 1.5
        with pytest.raises(BudgetExhausted):
            allowing(server).fetch(server.url, budget=budget)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"\x00" * 100,
        b"HTTP/1.1 500 Oops\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
    ],
)
def test_a_bad_answer_is_a_failure(answer):
    with serving(answer) as server, pytest.raises(EgressError):
        allowing(server).fetch(server.url, budget=Budget())


def test_size_is_bounded():
    with serving(ok(b"x" * 300_000)) as server, pytest.raises(EgressFailed):
        allowing(server, max_bytes=1000).fetch(server.url, budget=Budget())


def test_nobody_listens():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        authority = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EgressFailed):
            EgressClient(allow=[authority]).fetch(f"http://{authority}/x", budget=Budget())


def test_the_number_of_fetches_is_bounded():
    with serving(ok()) as server:
        client, budget = allowing(server), Budget(fetches=2)
        client.fetch(server.url, budget=budget)
        client.fetch(server.url, budget=budget)
        with pytest.raises(BudgetExhausted):
            client.fetch(server.url, budget=budget)
        assert len(server.hits) == 2


def test_a_failure_is_remembered_for_its_own_address_only():
    with serving(lambda request, _: ok() if b"/good" in request else b"HTTP/1.1 500 x\r\n\r\n") as server:
        client, budget = allowing(server), Budget()
        for _ in range(3):
            with pytest.raises(EgressFailed):
                client.fetch(server.url, budget=budget)
        assert len(server.hits) == 1
        assert budget.fetches == 7, "what the cache answers costs nothing"
        assert client.fetch(f"http://{server.authority}/good", budget=budget) == b"hello"


def test_a_responder_that_failed_is_not_asked_again_with_another_body():
    with serving(b"HTTP/1.1 500 x\r\n\r\n") as server:
        client = allowing(server)
        for body in (b"one", b"two", b"three"):
            with pytest.raises(EgressFailed):
                client.fetch(server.url, budget=Budget(), body=body)
        assert len(server.hits) == 1


def test_nothing_is_asked_twice_within_one_budget():
    with serving(ok()) as server:
        client, budget = allowing(server), Budget()
        fetchers = [client.fetcher(budget=budget) for _ in range(3)]
        for fetcher in fetchers:
            assert fetcher(server.url) == b"hello"
            assert fetcher(server.url, body=b"x") == b"hello"
        assert (len(server.hits), budget.fetches) == (2, 6)
        assert client.fetcher()(server.url) == b"hello"
        assert len(server.hits) == 3, "another validation asks for itself"
        with pytest.raises(EgressRefused):
            client.fetcher(budget=budget, hosts=["elsewhere.example"])(server.url)


def test_a_name_is_resolved_once_and_no_answer_is_trusted_twice(monkeypatch):
    """Rebinding: a public address for the check, a private one for the connection."""
    with serving(ok()) as canary:
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])
        connected = []

        def lookup(host, port, **_):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(answers)]

        def connect(self, address):
            connected.append(address)
            raise OSError

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        monkeypatch.setattr(socket.socket, "connect", connect)
        with pytest.raises(EgressFailed):
            EgressClient().fetch(f"http://rebind.example:{canary.port}/", budget=Budget())
        assert connected == [("93.184.216.34", canary.port)], "the address that was checked is the one connected to"
        assert canary.hits == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]]
)
def test_a_name_with_one_private_address_is_refused(monkeypatch, addresses):
    def lookup(host, port, **_):
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(EgressRefused):
        EgressClient().fetch("http://inside.example/", budget=Budget())


def test_a_redirect_does_not_leave_the_permitted_hosts():
    with serving(ok()) as other, serving(lambda *_: redirect(other.url.replace("127.0.0.1", "localhost"))) as server:
        client = EgressClient(allow=[server.authority, other.authority, f"localhost:{other.port}"])
        with pytest.raises(EgressRefused):
            client.fetch(server.url, budget=Budget(), hosts=["127.0.0.1"])
        assert other.hits == []


def test_redirects_are_counted():
    with serving(lambda *_: redirect("/again")) as server:
        budget = Budget()
        with pytest.raises(EgressFailed):
            allowing(server).fetch(server.url, budget=budget)
        assert (len(server.hits), budget.fetches) == (4, 4)


@pytest.mark.parametrize("scheme", ["file", "ftp", "ldap", "ldaps", "gopher", "data", "jar", "unix", "javascript"])
def test_a_redirect_to_another_scheme_is_refused(scheme):
    with serving(redirect(f"{scheme}://127.0.0.1/etc/passwd")) as server, pytest.raises(EgressRefused):
        allowing(server).fetch(server.url, budget=Budget())


def test_a_compressed_answer_is_left_compressed():
    """Nothing asked for it: no decompressor, no bomb."""
    with serving(bomb(b"")) as server:
        fetched = allowing(server, max_bytes=100_000).fetch(server.url, budget=Budget())
        assert len(fetched) < 20_000
        assert b"gzip" not in server.hits[0].lower()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
    ],
)
def test_heads_made_to_hurt(answer):
    with serving(answer) as server, pytest.raises(EgressError):
        allowing(server, max_bytes=100_000).fetch(server.url, budget=Budget())


def test_an_endless_answer_ends():
    with serving(endless) as server:
        started = time.monotonic()
        with pytest.raises(EgressFailed):
            allowing(server, max_bytes=1_000_000).fetch(server.url, budget=Budget())
        assert time.monotonic() - started < 2


def test_a_failure_is_forgotten_in_time():
    with serving(b"HTTP/1.1 500 x\r\n\r\n") as server:
        client = allowing(server, negative_seconds=0.0)
        for _ in range(2):
            with pytest.raises(EgressFailed):
                client.fetch(server.url, budget=Budget())
        assert len(server.hits) == 2


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)


def test_reading_addresses():
    target = read_url("http://crl.example:8080/a%20b?c=d#frag")
    assert (target.scheme, target.host, target.port, target.path) == ("http", "crl.example", 8080, "/a%20b?c=d")
    assert read_url("https://x.example").port == 443
    assert read_url("http://x.example").path == "/"
