"""Whatever a time-stamping authority answers over the wire, only a granted token for this very request is kept."""

from __future__ import annotations

import pytest

from tests.pki.factories import T1, make_response, make_token, make_tsa
from tests.pki.upstreams import FAULTS, Server, bomb, drip, endless, hang, ok, serving, truncated
from timestamp.domain.requests import QUERY_TYPE, TimeStampRequest, build_request, read_response
from timestamp.domain.tokens import TimeStampToken
from trustreg.pki.egress import Budget, EgressClient
from trustreg.pki.errors import EgressError, MalformedTimeStamp

TSA = make_tsa(None)
IMPRINT = bytes(range(32))


def ask(server: Server, request: TimeStampRequest, seconds: float = 3.0) -> TimeStampToken:
    client = EgressClient(allow=[server.authority], max_bytes=100_000)
    answer = client.fetch(server.url, budget=Budget(seconds), body=request.der, content_type=QUERY_TYPE)
    return read_response(answer, request)


def granted(request: TimeStampRequest, imprint: bytes = IMPRINT, nonce: int | None = None) -> bytes:
    return make_response(make_token(TSA, imprint=imprint, gen_time=T1, nonce=request.nonce if nonce is None else nonce))


def test_a_working_authority_is_believed() -> None:
    request = build_request(IMPRINT)
    with serving(ok(granted(request))) as server:
        assert ask(server, request).gen_time == T1


@pytest.mark.parametrize("what", [*FAULTS, "other imprint", "other nonce", "refusal", "truncated", "bomb"])
def test_no_fault_yields_a_token(what: str) -> None:
    request = build_request(IMPRINT)
    answers = {
        **FAULTS,
        "other imprint": ok(granted(request, imprint=bytes(32))),
        "other nonce": ok(granted(request, nonce=4711)),
        "refusal": ok(make_response(None, status=2)),
        "truncated": truncated(ok(granted(request))),
        "bomb": bomb(granted(request)),
    }
    answer = answers[what]
    seconds = 0.3 if answer in (hang, drip, endless) else 3.0
    with serving(answer) as server, pytest.raises((EgressError, MalformedTimeStamp)):
        ask(server, request, seconds)
