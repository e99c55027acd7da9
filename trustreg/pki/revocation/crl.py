"""Certificate revocation lists (RFC 5280 5): reading them, and looking entries up without reading all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cryptography import x509

from trustreg.base.effort import spend, spend_octets
from trustreg.pki import asn1, names
from trustreg.pki.cache import BoundedCache
from trustreg.pki.errors import MalformedRevocationData
from trustreg.pki.extensions import distribution_point_name
from trustreg.pki.names import GeneralName
from trustreg.pki.revocation.model import REASONS, UNKNOWN_REASON
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
        spend(self.revoked.stop - self.revoked.start >> 8)
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
        spend(4)
        for size in range(1, 24):
            if data[position - size - 2 : position - size] == bytes((asn1.OID, size)):
                yield data[position - size : position]
        position = data.find(_CRITICAL, position + 1, within.stop)


_CRITICAL = b"\x01\x01\xff\x04"


_parsed: BoundedCache[bytes, CertificateRevocationList] = BoundedCache(64)
_EACH = 10
"""Units of effort that looking at a list takes, however small it is."""


def parse_crl(der: bytes) -> CertificateRevocationList:
    """Read a CRL. Raises `MalformedRevocationData`."""
    spend(_EACH)
    spend_octets(len(der))
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
            point = point_names(*distribution_point_name(part), issuer)
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


def point_names(full: Iterable[GeneralName], relative: bytes | None, issuer: bytes) -> frozenset[PointName]:
    """What a DistributionPointName names; a relative one stands below the DER Name `issuer`."""
    found: set[PointName] = {
        (name.kind, names.comparable(bytes.fromhex(name.value)) if name.kind == "directory" else name.value)
        for name in full
    }
    if relative is not None:
        name = asn1.encode(asn1.SEQUENCE, asn1.read(issuer).content, relative)
        found.add(("directory", names.comparable(name)))
    return frozenset(found)
