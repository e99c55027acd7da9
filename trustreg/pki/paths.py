"""Certification paths (RFC 5280 6): building them and validating them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication


class CertificateStore:
    """Certificates indexed by subject name. Immutable after construction."""

    def __init__(self, certificates: Iterable[Certificate] = ()) -> None: ...

    def by_subject(self, name: bytes) -> Sequence[Certificate]:
        """Certificates whose subject equals this DER Name (RFC 5280 7.1)."""
        raise NotImplementedError


class AnchorSet(CertificateStore):
    """Trust anchors; a certificate with the same subject and key as an anchor's is that anchor."""

    def anchor_of(self, certificate: Certificate) -> Certificate | None:
        """The anchor with this certificate's subject and public key."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PathResult:
    """The best path found. `certificates` from the leaf to the anchor (included); empty when none was found.

    `finding` None means that it is valid; else `failing` is the certificate at which it failed.
    """

    certificates: tuple[Certificate, ...]
    anchor: Certificate | None
    finding: Finding | None = None
    failing: Certificate | None = None

    @property
    def valid(self) -> bool:
        return self.finding is None

    @property
    def sub_indication(self) -> SubIndication | None:
        return self.finding.sub_indication if self.finding else None


def build_paths(
    leaf: Certificate, *, candidates: Iterable[Certificate], anchors: AnchorSet, limit: int = 16
) -> list[tuple[Certificate, ...]]:
    """Paths by name and key identifier from the leaf to any anchor, best first; signatures are not verified here."""
    raise NotImplementedError


def check_path(
    path: tuple[Certificate, ...], *, at: datetime, catalogue: AlgorithmCatalogue | None = None
) -> PathResult:
    """Validate one path (leaf first, anchor last) at `at`."""
    raise NotImplementedError


def validate_path(
    leaf: Certificate,
    *,
    candidates: Iterable[Certificate] = (),
    anchors: AnchorSet | Iterable[Certificate],
    at: datetime,
    catalogue: AlgorithmCatalogue | None = None,
) -> PathResult:
    """Build the paths and validate them in turn; the first valid one, else the one that came furthest."""
    raise NotImplementedError
