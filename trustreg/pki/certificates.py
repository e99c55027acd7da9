"""X.509 certificates (RFC 5280) and what EN 319 412 says in them, read once for each distinct certificate.

Every extension is read for itself: one that is malformed (3 % of the certificates in real trusted lists hold one)
takes nothing from the others, is named in `malformed_extensions` and fails where its meaning is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trustreg.base.effort import spend_octets
from trustreg.pki import asn1, names
from trustreg.pki.cache import BoundedCache
from trustreg.pki.errors import MalformedASN1, MalformedCertificate
from trustreg.pki.extensions import (
    EKU_CODE_SIGNING,
    EKU_OCSP_SIGNING,
    EKU_SERVER_AUTHENTICATION,
    EKU_TIME_STAMPING,
    DistributionPoint,
    NameConstraints,
    QcStatements,
    read_extensions,
)
from trustreg.pki.names import GeneralName
from trustreg.pki.signatures import RSA_PSS, SignatureAlgorithm, signature_algorithm, verify

__all__ = [
    "MAX_CERTIFICATE_SIZE",
    "Certificate",
    "NameConstraints",
    "QcStatements",
    "load_certificate",
    "parse_certificate",
]

MAX_CERTIFICATE_SIZE = 1_000_000

_NOT_FOR_DOCUMENTS = frozenset({EKU_SERVER_AUTHENTICATION, EKU_CODE_SIGNING, EKU_TIME_STAMPING, EKU_OCSP_SIGNING})
_HARDWARE_MODULE_NAME = "1.3.6.1.5.5.7.8.4"


@dataclass(frozen=True, eq=False)
class Certificate:
    """One certificate. Equal and hashed by its encoding. Names are DER (`subject`, `issuer`), readable as
    `subject_name`, `issuer_name` (RFC 4514). `key_usage`, `extended_key_usage`: None when the extension is absent.
    """

    der: bytes
    sha256: bytes
    tbs: bytes
    signature_algorithm: SignatureAlgorithm
    signature: bytes
    algorithms_agree: bool
    """Whether the inner and the outer signature algorithm are the same (RFC 5280 4.1.1.2)."""
    version: int
    serial: int
    issuer: bytes
    subject: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    spki_sha256: bytes
    public_key_bits: bytes
    is_ca: bool
    path_length: int | None
    key_usage: frozenset[str] | None
    extended_key_usage: tuple[str, ...] | None
    extended_key_usage_critical: bool
    ski: bytes | None
    aki: bytes | None
    policies: tuple[str, ...] | None
    policy_mappings: tuple[tuple[str, str], ...]
    require_explicit_policy: int | None
    inhibit_policy_mapping: int | None
    inhibit_any_policy: int | None
    name_constraints: NameConstraints | None
    subject_alternative_names: tuple[GeneralName, ...]
    qc: QcStatements
    ocsp_urls: tuple[str, ...]
    ca_issuers_urls: tuple[str, ...]
    crl_points: tuple[DistributionPoint, ...]
    ocsp_nocheck: bool
    revocation_not_available: bool
    """noRevAvail or validity-assured short-term: there is nothing to ask."""
    extensions: frozenset[str]
    critical_extensions: frozenset[str]
    unknown_critical_extensions: tuple[str, ...]
    malformed_extensions: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def public_key(self) -> Any:
        """The key as an object of cryptography; None when OpenSSL cannot load it."""
        try:
            return load_der_public_key(self.spki)
        except (ValueError, UnsupportedAlgorithm, TypeError):
            return self._rsa_key()

    def _rsa_key(self) -> rsa.RSAPublicKey | None:
        # Real authorities leave out the NULL parameters or use encodings that the strict loader refuses.
        try:
            if self.key_algorithm.scheme not in ("rsa", "rsa-pss"):
                return None
            modulus, exponent = (
                int.from_bytes(part.expect(asn1.INTEGER).content, "big") for part in asn1.sequence(self.public_key_bits)
            )
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None

    @cached_property
    def key_algorithm(self) -> SignatureAlgorithm:
        """The algorithm that the key itself names."""
        return _algorithm(asn1.sequence(self.spki)[0])

    def verifies(self, algorithm: SignatureAlgorithm, signature: bytes, data: bytes) -> bool | None:
        """Whether a signature over `data` verifies with this certificate's key; None when it cannot be computed."""
        if self.public_key is None:
            return None
        own = self.key_algorithm
        if own.oid == RSA_PSS:
            # RFC 4055 1.2 and 3.3: such a key makes RSASSA-PSS only, and with its own parameters where it has any.
            if algorithm.scheme != "rsa-pss":
                return False if algorithm.scheme else None
            if own.parameters and (
                (own.digest, own.mgf_digest) != (algorithm.digest, algorithm.mgf_digest)
                or (algorithm.salt_length or 0) < (own.salt_length or 0)
            ):
                return False
        return verify(self.public_key, algorithm, signature, data)

    @cached_property
    def key_type(self) -> tuple[str, int, str | None]:
        """(`rsa` | `dsa` | `ec` | `ed25519` | `ed448` | `unknown`, size in bits, curve name or None)."""
        key = self.public_key
        if isinstance(key, rsa.RSAPublicKey):
            return "rsa", key.key_size, None
        if isinstance(key, ec.EllipticCurvePublicKey):
            return "ec", key.key_size, key.curve.name
        if isinstance(key, ed25519.Ed25519PublicKey):
            return "ed25519", 256, None
        if isinstance(key, ed448.Ed448PublicKey):
            return "ed448", 448, None
        if isinstance(key, dsa.DSAPublicKey):
            return "dsa", key.key_size, None
        return "unknown", 0, None

    @cached_property
    def subject_name(self) -> str:
        """RFC 4514."""
        return names.rfc4514(self.subject)

    @cached_property
    def issuer_name(self) -> str:
        """RFC 4514."""
        return names.rfc4514(self.issuer)

    @property
    def common_name(self) -> str | None:
        """Of the subject."""
        return names.first(self.subject, names.COMMON_NAME)

    @property
    def organization(self) -> str | None:
        """Of the subject."""
        return names.first(self.subject, names.ORGANIZATION)

    @property
    def organization_identifier(self) -> str | None:
        """Of the subject (2.5.4.97), e.g. `NTRJP-1234567890123`."""
        return names.first(self.subject, names.ORGANIZATION_IDENTIFIER)

    @property
    def country(self) -> str | None:
        """Of the subject, as written."""
        return names.first(self.subject, names.COUNTRY)

    @cached_property
    def device_oid(self) -> str | None:
        """Dotted OID of a device: registeredID, an otherName that is one, or the subject's serialNumber."""
        for name in self.subject_alternative_names:
            if name.kind == "rid":
                return name.value
        for name in self.subject_alternative_names:
            if name.kind == "other" and (found := _oid_of_other_name(name)):
                return found
        match = _DOTTED.fullmatch(names.first(self.subject, names.SERIAL_NUMBER) or "")
        return match[1] if match else None

    @property
    def for_other_purposes(self) -> bool:
        """Whether extendedKeyUsage names only purposes of services and servers, none of people who sign documents."""
        purposes = self.extended_key_usage
        return bool(purposes) and _NOT_FOR_DOCUMENTS.issuperset(purposes or ())

    @property
    def crl_urls(self) -> tuple[str, ...]:
        """Addresses of the CRLs that the issuer itself signs."""
        return tuple(url for point in self.crl_points if point.signed_by(self.issuer) for url in point.urls)

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return names.same(self.subject, self.issuer)

    @cached_property
    def serial_well_encoded(self) -> bool:
        """Whether the serial number is an INTEGER as BER allows it (X.690 8.3.2): many readers refuse any other."""
        parts = asn1.sequence(self.tbs)
        octets = parts[1 if parts[0].tag == asn1.context(0) else 0].content
        return len(octets) == 1 or octets[0] not in (0, 0xFF) or (octets[0] ^ octets[1]) >= 0x80

    def valid_at(self, when: datetime) -> bool:
        """Whether `when` lies in the validity period, both ends included (RFC 5280 4.1.2.5)."""
        return self.not_before <= when <= self.not_after


_DOTTED = re.compile(r"(?:urn:oid:|OID:)?([0-2](?:\.(?:0|[1-9]\d{0,38})){2,30})", re.IGNORECASE)


def _oid_of_other_name(name: GeneralName) -> str | None:
    try:
        value = asn1.read(name.raw).children()[1].children()[0]
        if value.tag == asn1.OID:
            return asn1.oid(value)
        if name.value == _HARDWARE_MODULE_NAME:
            return asn1.oid(value.children()[0])
    except (ValueError, IndexError):
        return None
    return None


_parsed: BoundedCache[bytes, Certificate] = BoundedCache(30_000)
_MAX_CACHED_SIZE = 16_384


def parse_certificate(der: bytes) -> Certificate:
    """Read one DER (or BER) certificate. Raises `MalformedCertificate`."""
    if len(der) > MAX_CERTIFICATE_SIZE:
        raise MalformedCertificate("larger than any certificate")
    spend_octets(len(der))
    sha256 = hashlib.sha256(der).digest()
    found = _parsed.get(sha256)
    if found is None:
        try:
            found = _parse(bytes(der), sha256)
        except MalformedCertificate:
            raise
        except (ValueError, IndexError) as error:
            raise MalformedCertificate(f"not an X.509 certificate: {error}") from error
        if len(der) <= _MAX_CACHED_SIZE:
            _parsed.put(sha256, found)
    return found


def load_certificate(data: str | bytes) -> Certificate:
    """Read a certificate from PEM, base64 DER or DER. Raises `MalformedCertificate`."""
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    if len(raw) > 2 * MAX_CERTIFICATE_SIZE:
        raise MalformedCertificate("larger than any certificate")
    if raw[:1] == b"\x30" and not isinstance(data, str):
        try:
            return parse_certificate(raw)
        except MalformedCertificate:
            # Base64 text may start with the octet 0x30 ("0"), but no certificate's does.
            if not _BASE64.fullmatch(raw):
                raise
    match = _PEM.search(raw)
    text = match[1] if match else raw
    try:
        der = base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedCertificate("neither PEM nor base64 nor DER") from error
    return parse_certificate(der)


_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END", re.DOTALL)
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")


def _parse(der: bytes, sha256: bytes) -> Certificate:
    outer = asn1.sequence(der)
    if len(outer) != 3:
        raise MalformedCertificate("a certificate has three parts")
    parts = outer[0].expect(asn1.SEQUENCE).children()
    version = 1
    if parts[0].tag == asn1.context(0):
        version = asn1.integer(parts.pop(0).children()[0]) + 1
    serial, inner_algorithm, issuer, validity, subject, spki, *rest = _fields(parts)
    not_before, not_after = validity.expect(asn1.SEQUENCE).children()
    for name in (issuer, subject):
        names.attributes(name.expect(asn1.SEQUENCE).raw)
    spki_parts = spki.expect(asn1.SEQUENCE).children()
    if len(spki_parts) != 2:
        raise MalformedCertificate("a SubjectPublicKeyInfo has two parts")
    found = read_extensions(rest)
    basic, usage, constraints = found.basic_constraints, found.key_usage, found.policy_constraints
    return Certificate(
        der=der,
        sha256=sha256,
        tbs=outer[0].raw,
        signature_algorithm=_algorithm(outer[1]),
        signature=asn1.bits(outer[2]),
        algorithms_agree=inner_algorithm.raw == outer[1].raw,
        version=version,
        serial=asn1.integer(serial),
        issuer=issuer.raw,
        subject=subject.raw,
        not_before=asn1.time(not_before),
        not_after=asn1.time(not_after),
        spki=spki.raw,
        spki_sha256=hashlib.sha256(spki.raw).digest(),
        public_key_bits=asn1.bits(spki_parts[1]),
        is_ca=basic[0],
        path_length=basic[1],
        key_usage=usage,
        extended_key_usage=found.extended_key_usage,
        extended_key_usage_critical=found.extended_key_usage_critical,
        ski=found.ski,
        aki=found.aki,
        policies=found.policies,
        policy_mappings=found.policy_mappings,
        require_explicit_policy=constraints[0],
        inhibit_policy_mapping=constraints[1],
        inhibit_any_policy=found.inhibit_any_policy,
        name_constraints=found.name_constraints,
        subject_alternative_names=found.subject_alternative_names,
        qc=found.qc,
        ocsp_urls=found.access[0],
        ca_issuers_urls=found.access[1],
        crl_points=found.crl_points,
        ocsp_nocheck=found.ocsp_nocheck,
        revocation_not_available=found.revocation_not_available,
        extensions=frozenset(found.present),
        critical_extensions=frozenset(found.critical),
        unknown_critical_extensions=found.unknown_critical,
        malformed_extensions=tuple(found.malformed),
    )


def _fields(parts: list[asn1.Element]) -> list[asn1.Element]:
    if len(parts) < 6:
        raise MalformedCertificate("fields are missing")
    return parts


def _algorithm(element: asn1.Element) -> SignatureAlgorithm:
    try:
        return signature_algorithm(element)
    except MalformedASN1:
        # Parameters that nobody can read: the certificate can be shown, its signature can't be verified.
        return SignatureAlgorithm("", element.raw, None, None)
