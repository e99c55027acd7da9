"""Building paths: which certificates issued which, from the leaf up to an anchor."""

from __future__ import annotations

from collections.abc import Iterable

from trustreg.base.effort import spend
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate
from trustreg.pki.paths.store import AnchorSet, CertificateStore

MAX_DEPTH = 10
MAX_STEPS = 256
"""Signatures verified, and certificates climbed to, for one leaf: authorities of one name may have certified each
other in more ways than anybody can try."""
MAX_PATHS = 16

_edges: BoundedCache[tuple[bytes, bytes], tuple[bool | None]] = BoundedCache(50_000)


def issued_by(certificate: Certificate, issuer: Certificate) -> bool | None:
    """Whether the certificate's signature verifies with the issuer's key; None when that cannot be computed."""
    key = (certificate.sha256, issuer.spki_sha256)
    known = _edges.get(key)
    if known is None:
        verified = certificate.algorithms_agree and issuer.verifies(
            certificate.signature_algorithm, certificate.signature, certificate.tbs
        )
        known = (verified,)
        _edges.put(key, known)
    return known[0]


def build_paths(
    leaf: Certificate,
    *,
    candidates: Iterable[Certificate] | CertificateStore,
    anchors: AnchorSet,
    limit: int = MAX_PATHS,
) -> list[tuple[Certificate, ...]]:
    """Paths whose names chain and whose signatures verify, from the leaf to an anchor (included), the likeliest first.

    A path ends at the first anchor it meets: what was decided about a listed authority is not bypassed above it. The
    leaf may be an anchor itself, as that very certificate. Bounded in depth, number and steps.
    """
    store = candidates if isinstance(candidates, CertificateStore) else CertificateStore(candidates)
    found: list[tuple[Certificate, ...]] = []
    tried: set[tuple[bytes, bytes]] = set()
    issuers: dict[tuple[bytes, bytes | None], list[Certificate]] = {}
    stack: list[tuple[Certificate, ...]] = [(leaf,)]
    for _ in range(MAX_STEPS):
        if not stack or len(found) >= limit:
            break
        path = stack.pop()
        last = path[-1]
        # A leaf is an anchor only as the very certificate that is trusted: anybody can write another one around a
        # listed key, and what it claims (purpose, qualification, validity) would stand unproven. Above the leaf only
        # name and key count, and the anchor's own certificate takes the place of the one sent.
        anchor = anchors.anchor_of(last) if len(path) > 1 or last in anchors else None
        if anchor is not None:
            found.append((*path[:-1], anchor))
        elif len(path) < MAX_DEPTH:
            wanted = (last.issuer, last.aki)
            if wanted not in issuers:
                issuers[wanted] = _issuers(last, store, anchors)
            ahead = [issuer for issuer in issuers[wanted] if _may_follow(issuer, path, tried)]
            stack.extend((*path, issuer) for issuer in reversed(ahead))
    return found


def _may_follow(issuer: Certificate, path: tuple[Certificate, ...], tried: set[tuple[bytes, bytes]]) -> bool:
    """Whether it issued the last of the path and is no loop; false without looking when enough keys were tried."""
    spend(2)
    if any(issuer.spki_sha256 == step.spki_sha256 and issuer.subject == step.subject for step in path):
        return False
    edge = (path[-1].sha256, issuer.spki_sha256)
    if edge not in tried and len(tried) >= MAX_STEPS:
        return False
    tried.add(edge)
    return issued_by(path[-1], issuer) is True


def _issuers(certificate: Certificate, store: CertificateStore, anchors: AnchorSet) -> list[Certificate]:
    seen: set[bytes] = set()
    found: list[tuple[int, int, Certificate]] = []
    for rank, source in enumerate((anchors, store)):
        for candidate in source.by_subject(certificate.issuer):
            if candidate.sha256 not in seen:
                seen.add(candidate.sha256)
                other_key = bool(certificate.aki and candidate.ski and certificate.aki != candidate.ski)
                found.append((int(other_key), rank, candidate))
    found.sort(key=lambda entry: entry[:2])
    return [candidate for _, _, candidate in found[:MAX_STEPS]]
