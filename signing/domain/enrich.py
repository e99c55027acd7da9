"""What others add to a report: seal identity, qualification, the requirement of a document type.

The wiring composes enrichers; the core knows none of them. They see facts, never the document, and cannot change an
indication.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Indication, SubIndication
from trustreg.pki.trust import Standing, TrustSource

from .report import Notice, ValidationReport


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What is known of one signature, seal or time-stamp when its validation is done.

    `path` runs from the signing certificate to the listed or operator's key that was reached, whether or not that key
    counts (`anchor_standing` is its standing at best-signature time; None for an operator's anchor or without a path).
    `trust_level` is `list` when a listed key is the anchor, `operator` for an operator's own, None when there is none.
    `best_signature_time` is proven, or the real current time. When `assumed_time` is set the caller asked about another
    time than now: the qualification is INDETERMINATE / HYPOTHETICAL_TIME, and the one at that time is `assuming`.
    For a time-stamp `best_signature_time` is genTime and `proof_time` its own lowest proof of existence.
    """

    kind: Literal["signature", "seal", "timestamp"]
    certificate: Certificate
    path: tuple[Certificate, ...]
    trust_level: Literal["list", "operator"] | None
    anchor_standing: Standing | None
    best_signature_time: datetime
    proof_time: datetime | None
    now: datetime
    assumed_time: datetime | None
    intact: bool | None
    indication: Indication
    sub_indication: SubIndication | None
    trust: TrustSource

    @property
    def hypothetical(self) -> bool:
        return self.assumed_time is not None


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Additions; None leaves a member as it is. `signer_identity` goes to `signer.identity`."""

    qualification: str | None = None
    assuming: str | None = None
    service: Mapping[str, Any] | None = None
    signer_identity: Mapping[str, Any] | None = None
    reasons: Sequence[Notice] = field(default_factory=tuple)
    """Go to the signature's warnings: they explain, they don't decide."""


class Enricher(Protocol):
    """Adds to one signature, seal or time-stamp."""

    def __call__(self, facts: SignatureFacts) -> Enrichment | None: ...


class RequirementCheck(Protocol):
    """Whether a finished report meets what a document type asks for: the report's `requirement` member."""

    def __call__(self, report: ValidationReport) -> Mapping[str, Any] | None: ...
