"""Certificate revocation lists (RFC 5280 5 and 6.3.3): lists of the issuer itself.

What a partial list (delta, some reasons only) leaves out would read as "good", so its silence says nothing; what it
lists is revoked. Indirect lists, signed by somebody else for several issuers, are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cryptography import x509

from trustreg.pki import asn1, names
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import MalformedASN1, MalformedRevocationData
from trustreg.pki.extensions import distribution_point_name
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.names import GeneralName
from trustreg.pki.paths import issued_by
from trustreg.pki.revocation.model import REASONS, UNKNOWN_REASON, RevocationState, RevocationStatus, refused
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
_REASON_CODE, _INVALIDITY_DATE = "2.5.29.21", "2.5.29.24"
_KNOWN_IN_ENTRIES = frozenset({_REASON_CODE, _INVALIDITY_DATE})
_KNOWN_IN_ENTRIES_DER = frozenset(map(asn1.encode_oid, _KNOWN_IN_ENTRIES))

PointName = tuple[str, object]
"""One name of a distribution point in a form that compares equal for equal names."""


@dataclass(frozen=True, slots=True)
class Scope:
    """issuingDistributionPoint. `names` None: no distribution point is named."""

    names: frozenset[PointName] | None = None
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
    revoked: slice
    """Where in `der` the entries stand."""
    scope: Scope
    delta: bool
    expired_certificates_since: datetime | None
    unusable_extensions: tuple[str, ...]
    """Unknown critical or malformed ones."""

    @property
    def partial(self) -> bool:
        """Whether a certificate that it does not list may be revoked all the same."""
        return self.delta or self.scope.only_some_reasons

    @cached_property
    def _index(self) -> x509.CertificateRevocationList | None:
        # The quick reader; None for what it finds odd and ours can read.
        try:
            return x509.load_der_x509_crl(self.der)
        except (ValueError, x509.InvalidVersion):
            return None

    def entry(self, serial: int) -> tuple[datetime, str] | None:
        """(time, reason) of a revoked serial number, None when it is not listed. Raises `MalformedRevocationData`."""
        try:
            if self._index is None or serial <= 0:
                return next((found for number, found in self._entries() if number == serial), None)
            found = self._index.get_revoked_certificate_by_serial_number(serial)
            if found is None:
                return None
            when = found.revocation_date_utc
        except (ValueError, OverflowError, IndexError) as error:
            raise MalformedRevocationData("the entries of the CRL cannot be read") from error
        try:
            reason = found.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
        except (x509.ExtensionNotFound, ValueError):
            reason = UNKNOWN_REASON
        return when.astimezone(UTC), reason

    @cached_property
    def unknown_in_entries(self) -> bool:
        """Whether an entry holds a critical extension that is not processed: then none may be relied on (5.3)."""
        if self._index is not None:
            return any(
                asn1.encode(asn1.OID, content) not in _KNOWN_IN_ENTRIES_DER
                for content in _critical_extensions(self.der, self.revoked)
            )
        try:
            return any(not known for _, known in self._read_entries())
        except (ValueError, IndexError):
            return True

    def _entries(self) -> Iterator[tuple[int, tuple[datetime, str]]]:
        for entry, _ in self._read_entries():
            yield entry

    def _read_entries(self) -> Iterator[tuple[tuple[int, tuple[datetime, str]], bool]]:
        raw = self.der[self.revoked]
        for element in asn1.sequence(raw) if raw else ():
            serial, when, *more = element.expect(asn1.SEQUENCE).children()
            reason, known = UNKNOWN_REASON, True
            for extension in more[0].expect(asn1.SEQUENCE).children() if more else ():
                fields = extension.expect(asn1.SEQUENCE).children()
                oid = asn1.oid(fields[0])
                if len(fields) == 3 and asn1.boolean(fields[1]):
                    known = known and oid in _KNOWN_IN_ENTRIES
                if oid == _REASON_CODE:
                    reason = REASONS.get(asn1.integer(asn1.read(asn1.octets(fields[-1]))), UNKNOWN_REASON)
            yield (asn1.integer(serial), (asn1.time(when), reason)), known


def _critical_extensions(data: bytes, within: slice) -> Iterator[bytes]:
    """Contents of the OIDs of critical extensions in DER, looked for in the octets: lists hold 100,000 entries."""
    position = data.find(_CRITICAL, within.start, within.stop)
    while position >= 0:
        for size in range(1, 24):
            if data[position - size - 2 : position - size] == bytes((asn1.OID, size)):
                yield data[position - size : position]
        position = data.find(_CRITICAL, position + 1, within.stop)


_CRITICAL = b"\x01\x01\xff\x04"


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
    revoked = slice(0, 0)
    if rest and rest[0].tag == asn1.SEQUENCE:
        revoked = slice(rest[0].start, rest[0].end)
        rest.pop(0)
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
                    scope = _scope(value, issuer.raw)
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
        revoked=revoked,
        scope=scope,
        delta=delta,
        expired_certificates_since=since,
        unusable_extensions=tuple(unusable),
    )


def _scope(element: asn1.Element, issuer: bytes) -> Scope:
    point: frozenset[PointName] | None = None
    flags: set[int] = set()
    for part in element.expect(asn1.SEQUENCE).children():
        number = part.tag & 0x1F
        if number == 0:
            point = _point_names(*distribution_point_name(part), issuer)
        elif number == 3 or part.content not in (b"", b"\0"):
            flags.add(number)
    return Scope(
        names=point,
        only_users=1 in flags,
        only_authorities=2 in flags,
        only_some_reasons=3 in flags,
        indirect=4 in flags,
        only_attributes=5 in flags,
    )


def _point_names(full: Iterable[GeneralName], relative: bytes | None, issuer: bytes) -> frozenset[PointName]:
    found: set[PointName] = {
        (name.kind, names.comparable(bytes.fromhex(name.value)) if name.kind == "directory" else name.value)
        for name in full
    }
    if relative is not None:
        name = asn1.encode(asn1.SEQUENCE, asn1.read(issuer).content, relative)
        found.add(("directory", names.comparable(name)))
    return frozenset(found)


def _named_by(certificate: Certificate, *, partial: bool) -> frozenset[PointName]:
    """The distribution points of a certificate. Always one: the name of its issuer (RFC 5280 6.3.3)."""
    found: set[PointName] = {("directory", names.comparable(certificate.issuer))}
    for point in certificate.crl_points:
        if point.signed_by(certificate.issuer) and (partial or not point.some_reasons):
            try:
                found |= _point_names(point.full_name, point.relative, certificate.issuer)
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
