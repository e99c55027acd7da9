"""A token validated: cryptography, chain, revocation (EN 319 102-1 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from timestamp.domain.proofs import TokenCheck
from timestamp.domain.tokens import TimeStampToken, TokenVerification
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding
from trustreg.pki.paths import AnchorSet, PathResult
from trustreg.pki.revocation import Fetcher, RevocationOutcome


@dataclass(frozen=True, slots=True)
class TokenValidation:
    """All that was found at time `at` (the token's lowest proof of existence, else now). `revocation` is in path order."""

    at: datetime
    token: TimeStampToken
    verification: TokenVerification
    path: PathResult
    revocation: tuple[RevocationOutcome, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool: ...

    @property
    def check(self) -> TokenCheck:
        """For `timestamp.domain.proofs`."""
        raise NotImplementedError


def validate_token(
    token: TimeStampToken,
    verification: TokenVerification,
    *,
    at: datetime,
    anchors: AnchorSet,
    candidates: Iterable[Certificate] = (),
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
    fetcher: Fetcher | None = None,
    catalogue: AlgorithmCatalogue | None = None,
) -> TokenValidation:
    """Chain of the TSA certificate at `at`, revocation of each certificate, algorithms at `at`."""
    raise NotImplementedError
