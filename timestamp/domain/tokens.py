"""RFC 3161 tokens: reading and verifying them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerVerification
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.names import GeneralName


@dataclass(frozen=True, slots=True)
class TimeStampToken:
    """A token as received. `imprint_algorithm` is a hashlib name, None when unknown. `der` is the ContentInfo."""

    der: bytes
    sha256: bytes
    signed_data: SignedData
    version: int
    policy: str
    imprint_algorithm: str | None
    imprint_algorithm_oid: str
    imprint: bytes
    serial: int
    gen_time: datetime
    accuracy: timedelta
    ordering: bool
    nonce: int | None
    tsa: GeneralName | None
    unknown_critical_extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenVerification:
    """`intact`: cryptography and imprint alone. `imprint_matches` None: nothing to compare with was given."""

    intact: bool | None
    imprint_matches: bool | None
    signer: SignerVerification | None
    tsa_certificate: Certificate | None
    findings: tuple[Finding, ...]

    @property
    def sub_indication(self) -> SubIndication | None: ...


def parse_token(data: bytes) -> TimeStampToken:
    """Read a bare TimeStampToken. Raises `MalformedTimeStamp`."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TimeStampResponse:
    """`status` 0 granted, 1 grantedWithMods, else a refusal; `token` None then."""

    status: int
    texts: tuple[str, ...]
    failure: frozenset[int]
    token: TimeStampToken | None


def parse_response(data: bytes) -> TimeStampResponse:
    """Read a TimeStampResp. Raises `MalformedTimeStamp`."""
    raise NotImplementedError


def parse_any(data: bytes) -> TimeStampToken:
    """A token from a bare token or a response that grants one. Raises `MalformedTimeStamp`."""
    raise NotImplementedError


def verify_token(
    token: TimeStampToken,
    *,
    data: bytes | None = None,
    digests: Mapping[str, bytes] | None = None,
    extra_certificates: Iterable[Certificate] = (),
) -> TokenVerification:
    """Signature, ESS, eContentType, imprint (of `data`, or of the digest by name), TSA certificate EKU, validity at genTime."""
    raise NotImplementedError
