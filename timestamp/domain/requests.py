"""Requests for time-stamps and the answers to them (RFC 3161 2.4)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hmac import compare_digest

from timestamp.domain.tokens import TimeStampToken, parse_response
from trustreg.pki import asn1
from trustreg.pki.errors import MalformedTimeStamp
from trustreg.pki.signatures import DIGEST_OIDS, DIGEST_SIZES

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class TimeStampRequest:
    """A TimeStampReq and what its answer must repeat. `imprint_algorithm` is a hashlib name."""

    der: bytes
    imprint_algorithm: str
    imprint: bytes
    nonce: int | None
    policy: str | None


def build_request(
    digest: bytes,
    *,
    algorithm: str = "sha256",
    policy: str | None = None,
    nonce: int | None = None,
    certificates: bool = True,
) -> TimeStampRequest:
    """A TimeStampReq over a digest (octets of `algorithm`). The nonce is random (64 bits) when None.

    `certificates` asks for the TSA's certificate in the token. Raises `ValueError` for a digest of another length.
    """
    if DIGEST_SIZES.get(algorithm) != len(digest):
        raise ValueError(f"{len(digest)} octets are no {algorithm} digest")
    nonce = secrets.randbits(64) if nonce is None else nonce
    imprint = asn1.encode(
        asn1.SEQUENCE,
        asn1.encode(asn1.SEQUENCE, asn1.encode_oid(DIGEST_OIDS[algorithm]), asn1.encode(asn1.NULL)),
        asn1.encode(asn1.OCTET_STRING, digest),
    )
    der = asn1.encode(
        asn1.SEQUENCE,
        asn1.encode_integer(1),
        imprint,
        asn1.encode_oid(policy) if policy is not None else b"",
        asn1.encode_integer(nonce),
        asn1.encode(asn1.BOOLEAN, b"\xff") if certificates else b"",
    )
    return TimeStampRequest(der, algorithm, digest, nonce, policy)


def read_response(data: bytes, request: TimeStampRequest) -> TimeStampToken:
    """The token that answers `request`: granted, same imprint, nonce and (when asked for) policy.

    The token itself is not verified here (`verify_token`). Raises `MalformedTimeStamp`.
    """
    response = parse_response(data)
    token = response.token
    if token is None:
        said = "; ".join(response.texts) or f"status {response.status}, failure bits {sorted(response.failure)}"
        raise MalformedTimeStamp(f"the authority refused: {said}")
    if token.imprint_algorithm != request.imprint_algorithm or not compare_digest(token.imprint, request.imprint):
        raise MalformedTimeStamp("the token is for other data than was sent")
    if token.nonce != request.nonce:
        raise MalformedTimeStamp("the token answers another request: the nonce differs")
    if request.policy is not None and token.policy != request.policy:
        raise MalformedTimeStamp(f"the token is under policy {token.policy}, not {request.policy}")
    return token
