"""Certificate revocation lists (RFC 5280 5 and 6.3.3): lists of the issuer itself.

What a partial list (delta, some reasons only) leaves out would read as "good", so its silence says nothing; what it
lists is revoked. Indirect lists, signed by somebody else for several issuers, are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from trustreg.base.effort import spend
from trustreg.pki import names
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1, MalformedRevocationData
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths import issued_by
from trustreg.pki.revocation.crl import CertificateRevocationList, PointName, point_names
from trustreg.pki.revocation.model import RevocationState, RevocationStatus, refused

_verified: BoundedCache[tuple[bytes, bytes], tuple[bool | None]] = BoundedCache(4096)


def _named_by(certificate: Certificate, *, partial: bool) -> frozenset[PointName]:
    """The distribution points of a certificate. Always one: the name of its issuer (RFC 5280 6.3.3)."""
    found: set[PointName] = {("directory", names.comparable(certificate.issuer))}
    for point in certificate.crl_points:
        if point.signed_by(certificate.issuer) and (partial or not point.some_reasons):
            try:
                found |= point_names(point.full_name, point.relative, certificate.issuer)
            except MalformedASN1:
                continue
    return frozenset(found)


def evaluate_crl(
    crl: CertificateRevocationList,
    certificate: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    catalogue: AlgorithmCatalogue,
    above: Sequence[Certificate] = (),
    certificates: Iterable[Certificate] = (),
    origin: str = "embedded",
) -> RevocationStatus | Finding:
    """What the list says of a certificate of `issuer`, or why it says nothing. Raises nothing.

    Signed by the issuer, or by another key of the same name (RFC 5280 6.3.3 f): a certificate of the path `above`, or
    one of `certificates` that the issuer or the authority over it certified for cRLSign. The revocation of the latter
    is the caller's to check. Its algorithms are judged at `at`, since when the list is known to exist.
    """
    if not names.same(crl.issuer, certificate.issuer) or not names.same(crl.issuer, issuer.subject):
        return refused("crl_issuer", "The CRL is of another issuer.", "CRL の発行者が異なります。")
    finding = _out_of_scope(crl, certificate) or _unusable(crl)
    if finding is not None:
        return finding
    if crl.this_update < certificate.not_before:
        return refused("crl_time", "The CRL is older than the certificate.", "CRL が証明書より前に発行されています。")
    signer = _signer(crl, issuer, above, certificates)
    if isinstance(signer, Finding):
        return signer
    ends = [catalogue.signature_end(crl.signature_algorithm, signer)]
    authority = crl_authority(signer, issuer, above)
    if authority is not None:
        ends.append(catalogue.signature_end(signer.signature_algorithm, authority))
    if any(end is None or at > end for end in ends):
        return refused(
            "crl_algorithms",
            "The CRL is signed with a weak algorithm.",
            "CRL の署名アルゴリズムが脆弱です。",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        )
    try:
        entry = crl.entry(certificate.serial)
    except MalformedRevocationData:
        return refused("crl_format", "The CRL cannot be read.", "CRL を読み取れません。")
    return _status(crl, certificate, entry, signer, origin)


def _status(
    crl: CertificateRevocationList,
    certificate: Certificate,
    entry: tuple[datetime, str] | None,
    signer: Certificate,
    origin: str,
) -> RevocationStatus | Finding:
    if crl.partial and (entry is None or entry[1] == "removeFromCRL"):
        return refused(
            "crl_scope",
            "A delta CRL or a CRL of some reasons only does not tell that a certificate is good.",
            "差分 CRL や一部の理由のみの CRL からは、証明書が失効していないことは分かりません。",
        )
    # removeFromCRL belongs to delta lists; in a complete one the certificate is listed, and what is listed is revoked.
    since = crl.expired_certificates_since
    if entry is None and certificate.not_after < crl.this_update and (since is None or since > certificate.not_after):
        return refused(
            "crl_expired_certificates",
            "The CRL was issued after the certificate expired and does not keep expired ones.",
            "CRL は証明書の失効期限後に発行され、期限切れの証明書を保持していません。",
        )
    return RevocationStatus(
        state=RevocationState.GOOD if entry is None else RevocationState.REVOKED,
        revoked_at=entry[0] if entry is not None else None,
        reason=entry[1] if entry is not None else None,
        this_update=crl.this_update,
        next_update=crl.next_update,
        produced_at=crl.this_update,
        source="crl",
        origin=origin,
        der=crl.der,
        der_sha256=crl.sha256,
        responder=signer,
    )


def _out_of_scope(crl: CertificateRevocationList, certificate: Certificate) -> Finding | None:
    scope = crl.scope
    if scope.indirect:
        return refused(
            "crl_scope",
            "An indirect CRL, which covers certificates of several issuers, is not used.",
            "複数の発行者の証明書を対象とする間接 CRL は使用しません。",
        )
    outside = (scope.only_users and certificate.is_ca) or (scope.only_authorities and not certificate.is_ca)
    elsewhere = scope.names is not None and not scope.names & _named_by(certificate, partial=crl.partial)
    if outside or elsewhere or scope.only_attributes:
        return refused(
            "crl_scope", "The certificate is not in the scope of the CRL.", "証明書が CRL の対象範囲にありません。"
        )
    return None


def _unusable(crl: CertificateRevocationList) -> Finding | None:
    if crl.unusable_extensions:
        return refused(
            "crl_extensions",
            f"The CRL holds extensions that are unknown or malformed: {', '.join(crl.unusable_extensions)}.",
            f"CRL に未知または不正な拡張があります: {', '.join(crl.unusable_extensions)}",
        )
    if crl.unknown_in_entries:
        return refused(
            "crl_extensions",
            "An entry of the CRL holds a critical extension that is unknown.",
            "CRL のエントリに未知の必須拡張があります。",
        )
    return None


def _signer(
    crl: CertificateRevocationList,
    issuer: Certificate,
    above: Sequence[Certificate],
    certificates: Iterable[Certificate],
) -> Certificate | Finding:
    if _signed_by(crl, issuer):
        if issuer.key_usage is None or "cRLSign" in issuer.key_usage:
            return issuer
        return refused("crl_key_usage", "The issuer may not sign CRLs.", "発行者の鍵の用途に CRL の署名がありません。")
    for candidate in (*above, *certificates):
        spend(1)
        if (
            "cRLSign" in (candidate.key_usage or ())
            and names.same(candidate.subject, crl.issuer)
            and (candidate in above or _certified(candidate, crl.this_update, issuer, above))
            and _signed_by(crl, candidate)
        ):
            return candidate
    return refused("crl_signature", "The CRL's signature does not verify.", "CRL の署名を検証できません。")


def _certified(candidate: Certificate, when: datetime, issuer: Certificate, above: Sequence[Certificate]) -> bool:
    return (
        candidate.valid_at(when)
        and not candidate.unknown_critical_extensions
        and not candidate.malformed_extensions
        and crl_authority(candidate, issuer, above) is not None
    )


def crl_authority(signer: Certificate, issuer: Certificate, above: Sequence[Certificate]) -> Certificate | None:
    """Who certified a separate CRL key: the issuer or the authority over it. None for keys of the path itself."""
    if signer == issuer or signer in above:
        return None
    for authority in (issuer, *above[1:2]):
        may_certify = authority.key_usage is None or "keyCertSign" in authority.key_usage
        if may_certify and names.same(signer.issuer, authority.subject) and issued_by(signer, authority):
            return authority
    return None


def _signed_by(crl: CertificateRevocationList, issuer: Certificate) -> bool | None:
    key = (crl.sha256, issuer.sha256)
    known = _verified.get(key)
    if known is None:
        known = (issuer.verifies(crl.signature_algorithm, crl.signature, crl.tbs),)
        _verified.put(key, known)
    return known[0]
