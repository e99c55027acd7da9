"""An evidence record as both syntaxes have it: chains of archive time-stamps, each over a reduced hash tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from cryptography.exceptions import UnsupportedAlgorithm

from timestamp.domain.tokens import TimeStampToken
from trustreg.pki.errors import PkiError
from trustreg.pki.signatures import digest

Syntax = Literal["ERS", "XMLERS"]
Canonical = Callable[[bytes], bytes | None]

MAX_OCTETS: Final = 8 * 1024 * 1024
MAX_CHAINS: Final = 32
MAX_STAMPS: Final = 128
MAX_NODES: Final = 100_000
"""Values of one hash tree."""
MAX_RECORDS: Final = 16
"""Records of one document: each may be over all that is in it."""


class EvidenceRecordError(PkiError):
    """Octets that are not read as an evidence record; the message says why."""


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """One archive time-stamp. `algorithm` is a hashlib name, None when it is unknown.

    `tree` is the reduced hash tree, its lists in order, None without one. `token` None: it cannot be read. `digests`
    are those that a time-stamp renewal may hold of it (as received, and in DER), by the algorithm of the chain.
    Certificates and revocation data (DER) are those that stand with the token in what a renewal hashes.
    """

    algorithm: str | None
    tree: tuple[tuple[bytes, ...], ...] | None
    token: TimeStampToken | None
    digests: tuple[bytes, ...]
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Archive time-stamps of one digest algorithm, oldest first.

    `before` are digests, by that algorithm, of the sequence of all older chains (empty for the first chain).
    `canonical` brings a data object that is XML to the form that is hashed, None for other data; ERS has none.
    """

    algorithm: str | None
    stamps: tuple[ArchiveTimeStamp, ...]
    before: tuple[bytes, ...] = ()
    method: object = None
    canonical: Canonical | None = None


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A record; certificates and revocation data (DER) are those that it carries for all, and no renewal covers."""

    syntax: Syntax
    chains: tuple[Chain, ...]
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    @property
    def stamps(self) -> tuple[ArchiveTimeStamp, ...]:
        """Every archive time-stamp, oldest first."""
        return tuple(stamp for chain in self.chains for stamp in chain.stamps)


@dataclass(frozen=True)
class DataObject:
    """Something that a record should be about: octets, or only digests of them by name.

    `others` are further encodings of the same content that count as well, `compute` gives the digest of an object that
    is a group of its own.
    """

    name: str
    octets: bytes | None = None
    known: Mapping[str, bytes] = field(default_factory=dict)
    others: tuple[bytes, ...] = ()
    compute: Callable[[str], bytes | None] | None = None
    _forms: dict[object, bytes | None] = field(default_factory=dict, repr=False, compare=False)

    def digests(self, chain: Chain) -> tuple[bytes, ...]:
        """Its digests by the algorithm of a chain, the form that the syntax asks for first; empty: not computable."""
        name = chain.algorithm
        if name is None:
            return ()
        if self.compute is not None:
            value = self.compute(name)
            return (value,) if value is not None else ()
        if self.octets is None:
            return (self.known[name],) if name in self.known else ()
        forms = (self._canonical(chain), self.octets, *self.others)
        return digests_of(name, *(form for form in forms if form is not None))

    def _canonical(self, chain: Chain) -> bytes | None:
        if chain.canonical is None or self.octets is None:
            return None
        if chain.method not in self._forms:
            self._forms[chain.method] = chain.canonical(self.octets)
        return self._forms[chain.method]


def digests_of(name: str | None, *readings: bytes) -> tuple[bytes, ...]:
    """The digest of each reading, each once; none when the algorithm is not there."""
    try:
        return tuple(dict.fromkeys(digest(name, octets) for octets in dict.fromkeys(readings))) if name else ()
    except UnsupportedAlgorithm:
        return ()
