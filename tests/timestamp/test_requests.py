"""Requests are what authorities understand, and answers are checked against them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from rfc3161_client._rust import parse_timestamp_request

from tests.pki.factories import make_ca, make_response, make_token, make_tsa
from timestamp.domain.requests import build_request, read_response
from trustreg.pki.errors import MalformedTimeStamp
from trustreg.pki.signatures import digest

TSA = make_tsa(make_ca("Request CA"), "Request TSA")
DIGEST = digest("sha256", b"data")


def test_a_request_read_by_another_implementation(tmp_path: Path):
    request = build_request(DIGEST, policy="1.2.3.4", nonce=0xABCDEF)
    other = parse_timestamp_request(request.der)
    assert (other.nonce, other.cert_req, other.policy.dotted_string) == (0xABCDEF, True, "1.2.3.4")
    assert other.message_imprint.message == DIGEST
    (tmp_path / "q").write_bytes(request.der)
    shown = subprocess.run(
        ["openssl", "ts", "-query", "-in", "q", "-text"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert "0xABCDEF" in shown
    assert "Certificate required: yes" in shown


def test_nonces_differ():
    assert build_request(DIGEST).nonce != build_request(DIGEST).nonce


def test_a_digest_of_another_length_is_refused():
    with pytest.raises(ValueError, match="no sha512"):
        build_request(DIGEST, algorithm="sha512")


def answer(**options):
    return make_response(make_token(TSA, **{"imprint": DIGEST, "nonce": 5, "policy": "1.2.3.4", **options}))


def test_the_answer_to_the_request():
    request = build_request(DIGEST, nonce=5, policy="1.2.3.4")
    assert read_response(answer(), request).imprint == DIGEST


@pytest.mark.parametrize(
    "options", [{"imprint": digest("sha256", b"x")}, {"nonce": 6}, {"nonce": None}, {"policy": "1.2.3.5"}]
)
def test_the_answer_to_another_request(options):
    with pytest.raises(MalformedTimeStamp):
        read_response(answer(**options), build_request(DIGEST, nonce=5, policy="1.2.3.4"))


def test_a_refusal():
    with pytest.raises(MalformedTimeStamp, match="refused"):
        read_response(make_response(None, 2), build_request(DIGEST))
