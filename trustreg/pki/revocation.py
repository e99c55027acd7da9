"""Revocation (RFC 5280 6.3, RFC 6960)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trustreg.pki.certificates import Certificate
from trustreg.pki.egress import Fetcher
from trustreg.pki.indications import Finding


class RevocationState(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RevocationStatus:
    """What one acceptable CRL or OCSP response says of one certificate.

    `revoked_at` and `reason` (RFC 5280 names, `unspecified` when absent) only when revoked. `source` is `crl` or `ocsp`, `origin`
    `embedded` or `fetched`. `responder` is the certificate that signed it.
    """

    state: RevocationState
    revoked_at: datetime | None
    reason: str | None
    this_update: datetime
    next_update: datetime | None
    produced_at: datetime
    source: str
    origin: str
    der: bytes
    der_sha256: bytes
    responder: Certificate

    @property
    def on_hold(self) -> bool:
        return self.reason == "certificateHold"

    def fresh_at(self, when: datetime) -> bool:
        """formats_cms 6.3 (ii)."""
        return self.next_update is not None and when < self.next_update


@dataclass(frozen=True, slots=True)
class RevocationOutcome:
    """`required` False: there is nothing to ask (noRevAvail, ocsp-nocheck, self-signed). `status` None: not known."""

    required: bool
    status: RevocationStatus | None
    findings: tuple[Finding, ...] = ()


def revocation_of(
    certificate: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    embedded_crls: Iterable[bytes] = (),
    embedded_ocsps: Iterable[bytes] = (),
    fetcher: Fetcher | None = None,
) -> RevocationOutcome:
    """Embedded evidence first; when it is not fresh at `at`, fetched OCSP, then CRL."""
    raise NotImplementedError
