"""Requests for time-stamps and their answers."""

from __future__ import annotations

from dataclasses import dataclass

from timestamp.domain.tokens import TimeStampToken


@dataclass(frozen=True, slots=True)
class TimeStampRequest:
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
    """A TimeStampReq over a digest; the nonce is random when None."""
    raise NotImplementedError


def read_response(data: bytes, request: TimeStampRequest) -> TimeStampToken:
    """The token of a response to `request`, checked against it. Raises `MalformedTimeStamp`."""
    raise NotImplementedError
