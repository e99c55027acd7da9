"""Certificate revocation lists (RFC 5280 5 and 6.3.3): complete lists of the issuer itself.

Delta and indirect lists and lists of some reasons only are refused: what they leave out would read as "good".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cryptography import x509

from trustreg.pki import asn1, names
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedRevocationData
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.revocation.model import UNKNOWN_REASON, RevocationState, RevocationStatus, refused
from trustreg.pki.signatures import SignatureAlgorithm, signature_algorithm

_CRL_NUMBER, _DELTA, _SCOPE, _AKI, _FRESHEST, _EXPIRED_CERTS = (
    "2.5.29.20",
    "2.5.29.27",
    "2.5.29.28",
    "2.5.29.35",
    "2.5.29.46",
    "2.5.29.60",
)
_AIA = "1.3.6.1.5.5.7.1.1"
_KNOWN = frozenset({_CRL_NUMBER, _DELTA, _SCOPE, _AKI, _FRESHEST, _EXPIRED_CERTS, _AIA})


@dataclass(frozen=True, slots=True)
class Scope:
    """issuingDistributionPoint. `urls` None: no distribution point is named."""

    urls: frozenset[str] | None = None
    relative: bool = False
    only_users: bool = False
    only_authorities: bool = False
    only_some_reasons: bool = False
    indirect: bool = False
    only_attributes: bool = False


@dataclass(frozen=True, eq=False)
class CertificateRevocationList:
    """One list. Its entries are looked up by serial number without being read all."""

    der: bytes
    sha256: bytes
    tbs: bytes
    signature_algorithm: SignatureAlgorithm
    signature: bytes
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    scope: Scope
    delta: bool
    expired_certificates_since: datetime | None
    unusable_extensions: tuple[str, ...]
    """Unknown critical or malformed ones."""

    @cached_property
    def _index(self) -> x509.CertificateRevocationList:
        try:
            return x509.load_der_x509_crl(self.der)
        except ValueError as error:
            raise MalformedRevocationData("the entries of the CRL cannot be read") from error

    def entry(self, serial: int) -> tuple[datetime, str] | None:
        """(time, reason) of a revoked serial number, None when it is not listed. Raises `MalformedRevocationData`."""
        try:
            found = self._index.get_revoked_certificate_by_serial_number(serial)
            if found is None:
                return None
            when = found.revocation_date_utc
        except MalformedRevocationData:
            raise
        except (ValueError, OverflowError) as error:
            raise MalformedRevocationData("the entries of the CRL cannot be read") from error
        try:
            reason = found.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
        except (x509.ExtensionNotFound, ValueError):
            reason = UNKNOWN_REASON
        return when.astimezone(UTC), reason


_parsed: BoundedCache[bytes, CertificateRevocationList] = BoundedCache(64)
_verified: BoundedCache[tuple[bytes, bytes], tuple[bool | None]] = BoundedCache(4096)


def parse_crl(der: bytes) -> CertificateRevocationList:
    """Read a CRL. Raises `MalformedRevocationData`."""
    sha256 = hashlib.sha256(der).digest()
    found = _parsed.get(sha256)
    if found is None:
        try:
            found = _read(bytes(der), sha256)
        except MalformedRevocationData:
            raise
        except (ValueError, IndexError) as error:
            raise MalformedRevocationData(f"not a CRL: {error}") from error
        if len(der) < 1_000_000:
            _parsed.put(sha256, found)
    return found


def _read(der: bytes, sha256: bytes) -> CertificateRevocationList:
    outer = asn1.sequence(der)
    if len(outer) != 3:
        raise MalformedRevocationData("a CRL has three parts")
    parts = outer[0].expect(asn1.SEQUENCE).children()
    if parts[0].tag == asn1.INTEGER:
        parts.pop(0)
    inner_algorithm, issuer, this_update, *rest = parts
    if inner_algorithm.raw != outer[1].raw:
        raise MalformedRevocationData("two signature algorithms")
    next_update = asn1.time(rest.pop(0)) if rest and rest[0].tag in (asn1.UTC_TIME, asn1.GENERALIZED_TIME) else None
    scope, delta, since, unusable = Scope(), False, None, []
    for element in rest:
        if element.tag != asn1.context(0):
            continue
        for part in element.children()[0].expect(asn1.SEQUENCE).children():
            fields = part.expect(asn1.SEQUENCE).children()
            oid = asn1.oid(fields[0])
            critical = len(fields) == 3 and asn1.boolean(fields[1])
            try:
                value = asn1.read(asn1.octets(fields[-1]))
                if oid == _SCOPE:
                    scope = _scope(value)
                elif oid == _DELTA:
                    delta = True
                elif oid == _EXPIRED_CERTS and value.tag == asn1.GENERALIZED_TIME:
                    since = asn1.time(value)
                elif critical and oid not in _KNOWN:
                    unusable.append(oid)
            except (ValueError, IndexError):
                if critical or oid in (_SCOPE, _DELTA):
                    unusable.append(oid)
    names.attributes(issuer.expect(asn1.SEQUENCE).raw)
    return CertificateRevocationList(
        der=der,
        sha256=sha256,
        tbs=outer[0].raw,
        signature_algorithm=signature_algorithm(outer[1]),
        signature=asn1.bits(outer[2]),
        issuer=issuer.raw,
        this_update=asn1.time(this_update),
        next_update=next_update,
        scope=scope,
        delta=delta,
        expired_certificates_since=since,
        unusable_extensions=tuple(unusable),
    )


def _scope(element: asn1.Element) -> Scope:
    urls: frozenset[str] | None = None
    relative = False
    flags: set[int] = set()
    for part in element.expect(asn1.SEQUENCE).children():
        number = part.tag & 0x1F
        if number == 0:
            point = part.children()[0]
            if point.tag == asn1.context(0):
                urls = frozenset(name.value for name in names.general_names(point) if name.kind == "uri")
            else:
                relative = True
        elif number == 3 or part.content not in (b"", b"\0"):
            flags.add(number)
    return Scope(
        urls=urls,
        relative=relative,
        only_users=1 in flags,
        only_authorities=2 in flags,
        only_some_reasons=3 in flags,
        indirect=4 in flags,
        only_attributes=5 in flags,
    )


def evaluate_crl(
    crl: CertificateRevocationList,
    certificate: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    catalogue: AlgorithmCatalogue,
    origin: str = "embedded",
) -> RevocationStatus | Finding:
    """What the list says of a certificate of `issuer`, or why it says nothing. Raises nothing.

    Its algorithms are judged at `at`, since when it is known to exist.
    """
    finding = _unusable(crl, certificate, issuer, at, catalogue)
    if finding is not None:
        return finding
    try:
        entry = crl.entry(certificate.serial)
    except MalformedRevocationData:
        return refused("crl_format", "The CRL cannot be read.", "CRL を読み取れません。")
    # removeFromCRL belongs to delta lists; in a complete one the certificate is listed, and what is listed is revoked.
    revoked = entry is not None
    since = crl.expired_certificates_since
    if not revoked and certificate.not_after < crl.this_update and (since is None or since > certificate.not_after):
        return refused(
            "crl_expired_certificates",
            "The CRL was issued after the certificate expired and does not keep expired ones.",
            "CRL は証明書の失効期限後に発行され、期限切れの証明書を保持していません。",
        )
    return RevocationStatus(
        state=RevocationState.REVOKED if revoked else RevocationState.GOOD,
        revoked_at=entry[0] if entry is not None and revoked else None,
        reason=entry[1] if entry is not None and revoked else None,
        this_update=crl.this_update,
        next_update=crl.next_update,
        produced_at=crl.this_update,
        source="crl",
        origin=origin,
        der=crl.der,
        der_sha256=crl.sha256,
        responder=issuer,
    )


def _unusable(
    crl: CertificateRevocationList,
    certificate: Certificate,
    issuer: Certificate,
    at: datetime,
    catalogue: AlgorithmCatalogue,
) -> Finding | None:
    if not names.same(crl.issuer, certificate.issuer) or not names.same(crl.issuer, issuer.subject):
        return refused("crl_issuer", "The CRL is of another issuer.", "CRL の発行者が異なります。")
    scope = crl.scope
    if crl.delta or scope.indirect or scope.only_some_reasons or scope.only_attributes or scope.relative:
        return refused(
            "crl_scope",
            "Delta, indirect and partial CRLs are not used.",
            "差分・間接・部分的な CRL は使用しません。",
        )
    if crl.unusable_extensions:
        return refused(
            "crl_extensions",
            f"The CRL holds extensions that are unknown or malformed: {', '.join(crl.unusable_extensions)}.",
            f"CRL に未知または不正な拡張があります: {', '.join(crl.unusable_extensions)}",
        )
    outside = (scope.only_users and certificate.is_ca) or (scope.only_authorities and not certificate.is_ca)
    if outside or (scope.urls is not None and not scope.urls & set(certificate.crl_urls)):
        return refused(
            "crl_scope", "The certificate is not in the scope of the CRL.", "証明書が CRL の対象範囲にありません。"
        )
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        return refused("crl_key_usage", "The issuer may not sign CRLs.", "発行者の鍵の用途に CRL の署名がありません。")
    if crl.this_update < certificate.not_before:
        return refused("crl_time", "The CRL is older than the certificate.", "CRL が証明書より前に発行されています。")
    end = catalogue.signature_end(crl.signature_algorithm, issuer)
    if end is None or at > end:
        return refused(
            "crl_algorithms",
            "The CRL is signed with a weak algorithm.",
            "CRL の署名アルゴリズムが脆弱です。",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        )
    if not _signed_by(crl, issuer):
        return refused("crl_signature", "The CRL's signature does not verify.", "CRL の署名を検証できません。")
    return None


def _signed_by(crl: CertificateRevocationList, issuer: Certificate) -> bool | None:
    key = (crl.sha256, issuer.sha256)
    known = _verified.get(key)
    if known is None:
        known = (issuer.verifies(crl.signature_algorithm, crl.signature, crl.tbs),)
        _verified.put(key, known)
    return known[0]
