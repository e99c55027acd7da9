"""The best path from a certificate to an anchor, its missing issuers fetched from where it names them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.cms import parse_signed_data
from trustreg.pki.egress import Fetcher
from trustreg.pki.errors import EgressError, MalformedASN1, MalformedCertificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths.building import build_paths, issued_by
from trustreg.pki.paths.checking import PathResult, check_path, severity
from trustreg.pki.paths.store import AnchorSet, CertificateStore

_NO_CHAIN = Finding(
    "chain",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    "No chain of certificates leads to a trusted one.",
    "信頼できる証明書に至る証明書チェーンが見つかりません。",
)


def validate_path(
    leaf: Certificate,
    *,
    candidates: Iterable[Certificate] = (),
    anchors: AnchorSet | Iterable[Certificate],
    at: datetime,
    catalogue: AlgorithmCatalogue | None = None,
    fetcher: Fetcher | None = None,
) -> PathResult:
    """Build the paths and validate each in turn: the first valid one, else the one with the mildest failure.

    With a `fetcher`, issuers that are missing are asked for at the addresses in AIA caIssuers, three levels at most.
    """
    anchors = anchors if isinstance(anchors, AnchorSet) else AnchorSet(anchors)
    pool = list(candidates)
    paths = build_paths(leaf, candidates=pool, anchors=anchors)
    if not paths and fetcher is not None:
        pool.extend(fetch_issuers(leaf, fetcher=fetcher, known=pool))
        paths = build_paths(leaf, candidates=pool, anchors=anchors)
    best: PathResult | None = None
    for path in paths:
        result = check_path(path, at=at, catalogue=catalogue)
        if result.valid:
            return result
        if best is None or severity(result) > severity(best):
            best = result
    return best or PathResult(at, (), None, (_NO_CHAIN,), leaf)


def fetch_issuers(
    leaf: Certificate, *, fetcher: Fetcher, known: Iterable[Certificate] = (), levels: int = 3
) -> list[Certificate]:
    """Issuers above `leaf` from AIA caIssuers (RFC 5280 4.2.2.1): DER certificates or certs-only CMS. Never raises."""
    found: list[Certificate] = []
    store = CertificateStore(known)
    current: Certificate | None = leaf
    for _ in range(levels):
        # Climb what is there already; then ask for the first gap.
        climbed: set[bytes] = set()
        while current is not None and current.sha256 not in climbed:
            climbed.add(current.sha256)
            above = next((one for one in store.by_subject(current.issuer) if issued_by(current, one)), None)
            if above is None or above == current:
                break
            current = above
        if current is None or current.self_issued:
            break
        fetched = [one for url in current.ca_issuers_urls[:2] for one in _fetch(url, fetcher)]
        if not fetched:
            break
        found.extend(fetched)
        store = CertificateStore([*store, *fetched])
    return found


def _fetch(url: str, fetcher: Fetcher) -> list[Certificate]:
    try:
        data = fetcher(url)
    except EgressError:
        return []
    try:
        return [parse_certificate(data)]
    except MalformedCertificate:
        pass
    try:
        bag = parse_signed_data(data).certificates[:32]
    except MalformedASN1:
        return []
    found = []
    for der in bag:
        try:
            found.append(parse_certificate(der))
        except MalformedCertificate:
            continue
    return found
