"""Which path counts (EN 319 102-1, 5.2.6; design 5): a listed key is an anchor only while its standing counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths import CertificateStore, PathResult, build_paths, check_path, fetch_issuers
from trustreg.pki.trust import Reason, Result, Standing

from .context import CERTIFICATE_SERVICES, Context

_REASONS: dict[str, tuple[str, str]] = {
    Reason.SERVICE_WITHDRAWN: (
        "The certificate's service is listed, but was withdrawn at the time that counts for this signature.",
        "証明書のサービスはリストにありますが、この署名の基準時刻には取り消されていました。",
    ),
    Reason.SERVICE_SUSPENDED: (
        "The certificate's service is listed, but was suspended at the time that counts for this signature.",
        "証明書のサービスはリストにありますが、この署名の基準時刻には停止されていました。",
    ),
    Reason.EXPIRED: (
        "The grant of the certificate's service had expired at the time that counts for this signature.",
        "証明書のサービスの認定は、この署名の基準時刻には期限切れでした。",
    ),
    Reason.NOT_YET_LISTED: (
        "The certificate's service was not yet listed at the time that counts for this signature.",
        "証明書のサービスは、この署名の基準時刻にはまだリストにありませんでした。",
    ),
    Reason.LIST_STALE: (
        "The list that names the certificate's service does not cover the time that counts for this signature.",
        "証明書のサービスを載せたリストは、この署名の基準時刻を対象としていません(期限切れ)。",
    ),
    Reason.CONFLICT: (
        "Lists contradict each other about the certificate's service.",
        "証明書のサービスについて、リストの記載が互いに矛盾しています。",
    ),
}
_OTHER_REASON = (
    "The certificate's service is listed, but its status at the time that counts for this signature gives no trust.",
    "証明書のサービスはリストにありますが、この署名の基準時刻の状態では信頼できません。",
)


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """The path that decides. `result` None: no path to any listed or operator's key was found.

    `level` is None when the key that was reached does not count; `standing` says why (None for an operator's key).
    `finding`/`code` are what is wrong with trust or path, None when all is well.
    """

    certificates: tuple[Certificate, ...] = ()
    level: Literal["list", "operator"] | None = None
    standing: Standing | None = None
    result: PathResult | None = None
    finding: Finding | None = None
    code: str | None = None


def trusted_path(context: Context, leaf: Certificate, candidates: Iterable[Certificate], best: datetime) -> TrustedPath:
    """The best path at `best`: valid ones first, then trusted ones, then the one that shows most."""
    store = CertificateStore(candidates)
    found = _evaluate(context, leaf, store, best)
    if not found.certificates and (fetcher := context.issuer_fetcher) is not None:
        fetched = fetch_issuers(leaf, fetcher=fetcher, known=store)
        if fetched:
            found = _evaluate(context, leaf, CertificateStore([*store, *fetched]), best)
    return found


def _evaluate(context: Context, leaf: Certificate, store: CertificateStore, best: datetime) -> TrustedPath:
    refused: TrustedPath | None = None
    failed: TrustedPath | None = None
    for path in build_paths(leaf, candidates=store, anchors=context.anchors.all):
        candidate = _weigh(context, path, best)
        if candidate.level is None:
            refused = refused or candidate
            continue
        result = check_path(candidate.certificates, at=best, catalogue=context.catalogue)
        answer = TrustedPath(candidate.certificates, candidate.level, candidate.standing, result, result.finding, None)
        if result.valid:
            return answer
        failed = failed or answer
    return (
        failed
        or refused
        or TrustedPath(
            finding=Finding(
                "certificate_path",
                SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
                "No path leads from the signing certificate to a listed service or another trusted root.",
                "署名証明書から、リストにあるサービスや信頼するルートへの認証パスがありません。",
            ),
            code="NO_CERTIFICATE_CHAIN_FOUND",
        )
    )


def _weigh(context: Context, path: tuple[Certificate, ...], best: datetime) -> TrustedPath:
    """Whether the key in which the path ends is an anchor at `best`.

    A path ends at the first listed or operator's key, so that a withdrawn service is not reached around through its
    parent; and what the list says of a key for certificates wins over the operator's folder.
    """
    end = path[-1]
    standing: Standing | None = None
    if end.spki_sha256 in context.anchors.listed:
        standing = context.trust.standing(spki_sha256=end.spki_sha256, at=best, service_types=CERTIFICATE_SERVICES)
        if standing.counts:
            return TrustedPath(path, "list", standing)
    if end.spki_sha256 in context.anchors.operator and (standing is None or standing.result is Result.NOT_LISTED):
        return TrustedPath(path, "operator")
    code = str(standing.reason or standing.result) if standing else "NO_CERTIFICATE_CHAIN_FOUND"
    finding = Finding("certificate_path", SubIndication.NO_CERTIFICATE_CHAIN_FOUND, *_REASONS.get(code, _OTHER_REASON))
    return TrustedPath(path, None, standing, finding=finding, code=code)
