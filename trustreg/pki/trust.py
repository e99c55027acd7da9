"""Trust as a validator sees it: who was listed for what, at which time, by which list.

The protocol stands low in the stack; `qualified_list` implements it and the wiring injects it. That is how
`timestamp` and `signing` learn what was qualified at T without importing upward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ServiceType(StrEnum):
    """ETSI TS 119 612 5.5.1: one neutral type for each function, at both levels."""

    CA_PKC = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC"
    CA_QC = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"  # foreign lists only
    TSA = "http://uri.etsi.org/TrstSvc/Svctype/TSA"
    TSA_QTST = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"  # foreign lists only


class Usage(StrEnum):
    """What certificates of a service are for (AdditionalServiceInformation, QcType)."""

    ESIGN = "esign"
    ESEAL = "eseal"
    WEB = "web"


class Result(StrEnum):
    """The answer to "what was it at T" (design 6, status queries)."""

    QUALIFIED = "QUALIFIED"
    SPECIFIED = "SPECIFIED"
    RECOGNISED = "RECOGNISED"
    NOT_VALID = "NOT_VALID"
    NOT_YET_LISTED = "NOT_YET_LISTED"
    NOT_LISTED = "NOT_LISTED"
    CONFLICT = "CONFLICT"
    LIST_STALE = "LIST_STALE"


COUNTS = frozenset({Result.QUALIFIED, Result.SPECIFIED, Result.RECOGNISED})
"""Results under which a listed key is an anchor and a time-stamp can prove its time."""


class Reason(StrEnum):
    """Why a result is not a plain yes."""

    SERVICE_SUSPENDED = "SERVICE_SUSPENDED"
    SERVICE_WITHDRAWN = "SERVICE_WITHDRAWN"
    EXPIRED = "EXPIRED"
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    NOT_YET_LISTED = "NOT_YET_LISTED"
    NOT_LISTED = "NOT_LISTED"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    OUT_OF_ARRANGEMENT = "OUT_OF_ARRANGEMENT"
    ISSUER_NOT_PROVEN = "ISSUER_NOT_PROVEN"
    UNKNOWN_FINGERPRINT = "UNKNOWN_FINGERPRINT"
    TOKEN_NOT_PROVEN = "TOKEN_NOT_PROVEN"  # noqa: S105  # a time-stamp token, no secret
    CONFLICT = "CONFLICT"
    LIST_STALE = "LIST_STALE"
    HYPOTHETICAL_TIME = "HYPOTHETICAL_TIME"


@dataclass(frozen=True, slots=True)
class ListReference:
    """The issue of a list that an answer rests on."""

    territory: str
    sequence: int
    sha256: str
    issued_at: datetime
    next_update: datetime | None


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    """One listed key, whatever its status: a candidate end of a path. `certificate` is DER."""

    certificate: bytes
    service_type: str
    territory: str
    service_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a trust source says of one key at one time.

    `status` is the short name (`qualified`, `specified`, `suspended`, `withdrawn`) or None when the list says
    nothing or says something that this version does not know; `status_uri` is verbatim. `since`/`until` bound the
    half-open interval `[since, until)` of that state; `until` None means that it goes on. `qualifiers` are the local
    names of the entry's Qualifications that apply to certificates of this kind (`QCStatement`, `NotQualified`, …),
    `doubtful` those of which nobody can tell: no certificate was named, or a criterion was not understood.
    `list` is None only when no list is loaded at all.
    """

    at: datetime
    result: Result
    list: ListReference | None
    reason: Reason | None = None
    status: str | None = None
    status_uri: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    service_id: str | None = None
    service_type: str | None = None
    service_name: dict[str, str] = field(default_factory=dict)
    provider_id: str | None = None
    provider_name: dict[str, str] = field(default_factory=dict)
    provider_corporate_number: str | None = None
    territory: str | None = None
    qualifiers: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the key is trusted at that time (qualified, specified or recognised)."""
        return self.result in COUNTS


class TrustSource(Protocol):
    """Answers for keys from the lists that were loaded. Immutable: a newer list is a new source."""

    @property
    def version(self) -> str:
        """Names the content (list digests), for caches and reports."""
        ...

    @property
    def list_reference(self) -> ListReference | None:
        """The own list in force, None when none is loaded."""
        ...

    def identities(self) -> Sequence[ListedIdentity]:
        """Every listed key of every list, whatever its status."""
        ...

    def standing(
        self,
        *,
        spki_sha256: bytes,
        at: datetime,
        service_types: frozenset[str] | None = None,
        usage: Usage | None = None,
    ) -> Standing:
        """What the key (SHA-256 of its DER SubjectPublicKeyInfo) was at `at`.

        `service_types` narrows to those types; `usage` demands that the entry's scope of that time contains it
        (else `NOT_VALID`/`OUT_OF_SCOPE`, for a recognised one `NOT_LISTED`/`OUT_OF_ARRANGEMENT`).
        """
        ...
