"""The validation context (EN 319 102-1, 5.2.4): policy, trust anchors, times, sources of evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from signing.domain.enrich import Enricher
from signing.domain.policies import Policy
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.egress import Fetcher
from trustreg.pki.errors import PkiError
from trustreg.pki.paths import AnchorSet
from trustreg.pki.trust import ServiceType, TrustSource

RestrictedFetcher = Callable[[frozenset[str]], Fetcher]
CERTIFICATE_SERVICES = frozenset({ServiceType.CA_PKC.value, ServiceType.CA_QC.value})


@dataclass(frozen=True, slots=True)
class Anchors:
    """All keys at which a path may end, whatever their standing, and which of them lists or the operator name."""

    all: AnchorSet
    listed: frozenset[bytes]
    """SHA-256 of SubjectPublicKeyInfo."""
    operator: frozenset[bytes]
    hosts: frozenset[str]
    """Named by the certificates of listed services themselves."""


@dataclass(frozen=True, slots=True)
class Context:
    """Inputs of one validation. `now` is the real time; `time` the one asked about (`now` unless hypothetical)."""

    policy: Policy
    trust: TrustSource
    anchors: Anchors
    now: datetime
    time: datetime
    fetcher: Fetcher | None
    restricted_fetcher: RestrictedFetcher | None
    """For callers nobody knows: fetches only from the hosts that it is made with."""
    catalogue: AlgorithmCatalogue
    enrichers: Sequence[Enricher]
    particulars: bool = False
    """Whether the caller asked for them too."""

    @property
    def hypothetical(self) -> bool:
        return self.time != self.now

    def fetcher_for(self, path: Iterable[Certificate]) -> Fetcher | None:
        """What may be asked about the certificates of a path: for unknown callers only hosts that they name, and only
        when the path ends in a listed service."""
        if self.restricted_fetcher is None:
            return self.fetcher
        certificates = tuple(path)
        if not certificates or certificates[-1].spki_sha256 not in self.anchors.listed:
            return None
        hosts = _hosts(certificates)
        return self.restricted_fetcher(hosts) if hosts else None

    @property
    def issuer_fetcher(self) -> Fetcher | None:
        """What may be asked for issuers that are missing from a path: for unknown callers only hosts that listed
        services name, since nothing vouches yet for what the certificate in hand names."""
        if self.restricted_fetcher is None:
            return self.fetcher
        return self.restricted_fetcher(self.anchors.hosts) if self.anchors.hosts else None


def _hosts(certificates: Iterable[Certificate]) -> frozenset[str]:
    urls = (url for c in certificates for url in (*c.ocsp_urls, *c.crl_urls, *c.ca_issuers_urls))
    return frozenset(host for url in urls if (host := _host(url)))


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


_anchors: BoundedCache[tuple[str, bytes], Anchors] = BoundedCache(8)


def load_anchors(trust: TrustSource, extra: Sequence[Certificate]) -> Anchors:
    """The anchors of a trust source and of the operator, kept for the source's version."""
    operator = frozenset(certificate.spki_sha256 for certificate in extra)
    key = (trust.version, hashlib.sha256(b"".join(sorted(c.sha256 for c in extra))).digest())
    found = _anchors.get(key)
    if found is None:
        listed: list[Certificate] = []
        for identity in trust.identities():
            try:
                listed.append(parse_certificate(identity.certificate))
            except PkiError:  # an identity that nothing can read never ends a path
                continue
        found = Anchors(
            AnchorSet([*listed, *extra]), frozenset(c.spki_sha256 for c in listed), operator, _hosts(listed)
        )
        _anchors.put(key, found)
    return found
