"""What revocation evidence says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication

MAX_AGE_WITHOUT_NEXT_UPDATE = timedelta(minutes=10)
"""RFC 6960 4.2.2.1: without nextUpdate newer information is always available, so such an answer ages at once."""

UNKNOWN_REASON = "unspecified"
REASONS = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""RFC 5280 5.3.1."""


class RevocationState(StrEnum):
    """RFC 6960 2.2."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RevocationStatus:
    """What one acceptable CRL or OCSP response says of one certificate.

    `revoked_at` and `reason` (names of RFC 5280 5.3.1, `unspecified` when absent) only when revoked. `source` is `crl`
    or `ocsp`, `origin` `embedded` or `fetched`. `responder` is the certificate whose key signed it.
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
        """Suspended: revoked in a way that can be lifted."""
        return self.state is RevocationState.REVOKED and self.reason == "certificateHold"

    def fresh_at(self, when: datetime) -> bool:
        """Whether it answers for `when`: issued at or after it, or `when` lies before nextUpdate."""
        if self.this_update >= when:
            return True
        limit = self.next_update or self.this_update + MAX_AGE_WITHOUT_NEXT_UPDATE
        return when < limit


@dataclass(frozen=True, slots=True)
class RevocationOutcome:
    """The best evidence about one certificate.

    `required` False: there is nothing to ask (noRevAvail, validity-assured, ocsp-nocheck, self-signed). `status` None:
    nothing acceptable was found, and `findings` say why. `fresh`: the status answers for the time asked about.
    """

    required: bool
    status: RevocationStatus | None = None
    fresh: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def known_good(self) -> bool:
        """Not revoked, by evidence that answers for the time, or there was nothing to ask."""
        if not self.required:
            return True
        return self.status is not None and self.status.state is RevocationState.GOOD and self.fresh

    def sub_indication_at(self, when: datetime, *, is_signer: bool = True) -> SubIndication | None:
        """None when good, or revoked only after `when`; else REVOKED_NO_POE, TRY_LATER or why nothing is known.

        Above the signer (`is_signer` False) it is REVOKED_CA_NO_POE.
        """
        if self.known_good:
            return None
        status = self.status
        if status is None or status.state is RevocationState.UNKNOWN:
            return next((one.sub_indication for one in self.findings if one.failed), None) or SubIndication.TRY_LATER
        if status.state is RevocationState.REVOKED and status.revoked_at is not None:
            # What an authority calls revoked is so by the time that it says it, whatever later date it gives.
            if when < min(status.revoked_at, status.this_update):
                return None
            if status.on_hold:
                return SubIndication.TRY_LATER
            return SubIndication.REVOKED_NO_POE if is_signer else SubIndication.REVOKED_CA_NO_POE
        return SubIndication.TRY_LATER


def refused(
    check: str, en: str, ja: str, sub_indication: SubIndication = SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
) -> Finding:
    """Evidence that cannot be used (EN 319 102-1 5.2.5)."""
    return Finding(check, sub_indication, en, ja)
