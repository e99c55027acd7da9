"""Which tokens prove their time (design 5), and what is the lowest proof of existence of each object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trustreg.pki.indications import Finding
from trustreg.pki.trust import Reason, Standing, TrustSource


class TimeStampQualification(StrEnum):
    QTSA = "QTSA"
    TSA = "TSA"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """What cryptography, chain and revocation say of a token at one time. `listed_keys`: SHA-256 of SPKI of the path's
    certificates that a list may name (leaf first, anchor last)."""

    passed: bool
    listed_keys: tuple[bytes, ...] = ()
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class CoveredToken:
    """A token and what it covers: ids of objects, e.g. `signature` ids and ids of other tokens.

    `check(at)` validates the token at `at`, its lowest proof of existence; it is called once.
    """

    id: str
    generation_time: datetime
    covers: frozenset[str]
    check: Callable[[datetime], TokenCheck]


@dataclass(frozen=True, slots=True)
class ProofDecision:
    token_id: str
    proves: bool
    qualification: TimeStampQualification
    lowest_proof_of_existence: datetime
    check: TokenCheck
    at_generation: Standing | None
    at_proof: Standing | None
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Proofs:
    """`decisions` by token id, newest first."""

    now: datetime
    decisions: Mapping[str, ProofDecision]
    proofs: Mapping[str, tuple[datetime, ...]]

    def lowest(self, object_id: str) -> datetime:
        """The earliest accepted proof of existence of an object, else now: for a signature its best-signature time."""
        return min((*self.proofs.get(object_id, ()), self.now))


def accept_proofs(tokens: Iterable[CoveredToken], *, trust: TrustSource, now: datetime) -> Proofs:
    """Decide newest to oldest."""
    raise NotImplementedError
