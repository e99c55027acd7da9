"""Which tokens prove their time, and the lowest proof of existence of each object (EN 319 102-1 5.6.2, 5.6.3).

A token proves its time when its cryptography, chain and revocation pass at its own lowest proof of existence, and
when its authority was qualified, specified or recognised both at its genTime and at that proof. So tokens are judged
newest to oldest: what a newer accepted one covers existed at its genTime; what none covers exists now and no earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from trustreg.pki.indications import Finding
from trustreg.pki.trust import Reason, Result, ServiceType, Standing, TrustSource

TIME_STAMPING = frozenset({ServiceType.TSA.value, ServiceType.TSA_QTST.value})

_UNKNOWN = frozenset({Result.CONFLICT, Result.LIST_STALE})
_QUALIFIED = frozenset({Result.QUALIFIED, Result.RECOGNISED})


class TimeStampQualification(StrEnum):
    """INDETERMINATE: nobody knows, and that is not a no."""

    QTSA = "QTSA"
    TSA = "TSA"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """What cryptography, chain and revocation say of a token at one time.

    `listed_key` is the SHA-256 of the SubjectPublicKeyInfo of the anchor that its path ends in, None without a path.
    """

    passed: bool
    listed_key: bytes | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class CoveredToken:
    """A token and the ids of what it covers: signatures, other tokens, and certificates and revocation data (these by
    the hexadecimal SHA-256 of their DER).

    `check(at, lowest)` validates it at `at`, its lowest proof of existence; `lowest` gives that of any other object, as
    newer tokens prove it. It is called once. `renewed_by` are the later tokens of its evidence record: it proves only
    if each of them does (RFC 4998 5.3).
    """

    id: str
    generation_time: datetime
    covers: frozenset[str]
    check: Callable[[datetime, Callable[[str], datetime]], TokenCheck]
    renewed_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProofDecision:
    """Whether one token proves its time, and why not (`reason` for the list's part, `check.finding` for the rest)."""

    token_id: str
    proves: bool
    qualification: TimeStampQualification
    generation_time: datetime
    lowest_proof_of_existence: datetime
    check: TokenCheck
    at_generation: Standing | None
    at_proof: Standing | None
    reason: Reason | None
    renewed: bool = True
    """False: a token that renews it does not prove, so that it does not either, whatever it is worth by itself."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """`decisions` by token id, newest first; `times` the proven times of each covered object."""

    now: datetime
    decisions: Mapping[str, ProofDecision]
    times: Mapping[str, tuple[datetime, ...]]

    def lowest(self, object_id: str) -> datetime:
        """The earliest accepted proof of existence of an object, else now. For a signature: its best-signature time."""
        return min((*self.times.get(object_id, ()), self.now))

    def is_proven(self, object_id: str) -> bool:
        """Whether any accepted token covers the object."""
        return bool(self.times.get(object_id))


def accept_proofs(tokens: Iterable[CoveredToken], *, trust: TrustSource, now: datetime) -> Proofs:
    """Decide which tokens prove. `now` is the real current time; ids of tokens are unique."""
    decisions: dict[str, ProofDecision] = {}
    times: dict[str, tuple[datetime, ...]] = {}
    proofs = Proofs(now, decisions, times)
    for token in _newest_first(tokens):
        decision = _decide(token, proofs.lowest, trust, now)
        if not all((later := decisions.get(one)) is not None and later.proves for one in token.renewed_by):
            decision = replace(decision, proves=False, renewed=False)
        decisions[token.id] = decision
        if decision.proves:
            for covered in token.covers - {token.id}:
                times[covered] = (*times.get(covered, ()), token.generation_time)
    return proofs


def _newest_first(tokens: Iterable[CoveredToken]) -> list[CoveredToken]:
    # Of tokens of one instant the one that covers more others was made later: an archive covers what was there.
    every = list(tokens)
    ids = {token.id for token in every}
    return sorted(every, key=lambda token: (token.generation_time, len(token.covers & ids)), reverse=True)


def _decide(
    token: CoveredToken, lowest_of: Callable[[str], datetime], trust: TrustSource, now: datetime
) -> ProofDecision:
    lowest = lowest_of(token.id)
    check = token.check(lowest, lowest_of)
    at_generation = at_proof = None
    qualification, reason, listed = TimeStampQualification.TSA, Reason.NOT_LISTED, False
    if check.listed_key is not None and token.generation_time <= now:
        at_generation = _standing(trust, check.listed_key, token.generation_time)
        at_proof = _standing(trust, check.listed_key, lowest)
        qualification = _qualification(at_generation, at_proof)
        listed = at_generation.counts and at_proof.counts
        reason = next(
            (_reason(standing) for standing in (at_generation, at_proof) if not standing.counts), Reason.NOT_LISTED
        )
    if not check.passed and qualification is TimeStampQualification.QTSA:
        # A token that does not stand by itself is nobody's qualified time-stamp.
        qualification = TimeStampQualification.TSA
    return ProofDecision(
        token_id=token.id,
        proves=check.passed and listed,
        qualification=qualification,
        generation_time=token.generation_time,
        lowest_proof_of_existence=lowest,
        check=check,
        at_generation=at_generation,
        at_proof=at_proof,
        reason=None if listed else reason,
    )


def _standing(trust: TrustSource, key: bytes, at: datetime) -> Standing:
    return trust.standing(spki_sha256=key, at=at, service_types=TIME_STAMPING)


def _qualification(first: Standing, second: Standing) -> TimeStampQualification:
    results = {first.result, second.result}
    if results <= _QUALIFIED:
        return TimeStampQualification.QTSA
    if results & _UNKNOWN and not results - _UNKNOWN - _QUALIFIED:
        return TimeStampQualification.INDETERMINATE
    return TimeStampQualification.TSA


def _reason(standing: Standing) -> Reason:
    if standing.reason is not None:
        return standing.reason
    by_result = {
        Result.CONFLICT: Reason.CONFLICT,
        Result.LIST_STALE: Reason.LIST_STALE,
        Result.NOT_YET_LISTED: Reason.NOT_YET_LISTED,
    }
    return by_result.get(standing.result, Reason.NOT_LISTED)
