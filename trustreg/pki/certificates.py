"""X.509 certificates (RFC 5280) and what EN 319 412 says in them, read once for each distinct certificate.

Every extension is read for itself: one that is malformed (3 % of the certificates in real trusted lists hold one)
takes nothing from the others, is named in `malformed_extensions` and fails where its meaning is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trustreg.pki import asn1, names
from trustreg.pki.cache import BoundedCache
from trustreg.pki.errors import MalformedASN1, MalformedCertificate
from trustreg.pki.names import GeneralName
from trustreg.pki.signatures import RSA_PSS, SignatureAlgorithm, signature_algorithm, verify

MAX_CERTIFICATE_SIZE = 1_000_000

KEY_USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)

EKU_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
EKU_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
EKU_ANY = "2.5.29.37.0"
ANY_POLICY = "2.5.29.32.0"

_SKI, _KEY_USAGE, _SAN, _BASIC = "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19"
_NAME_CONSTRAINTS, _CRL_POINTS, _POLICIES, _POLICY_MAPPINGS = "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.33"
_AKI, _POLICY_CONSTRAINTS, _EKU, _INHIBIT_ANY = "2.5.29.35", "2.5.29.36", "2.5.29.37", "2.5.29.54"
_AIA, _QC, _NOCHECK = "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.3", "1.3.6.1.5.5.7.48.1.5"
_NO_REV_AVAIL, _VALIDITY_ASSURED = "2.5.29.56", "0.4.0.194121.2.1"

_QC_COMPLIANCE, _QC_SSCD, _QC_TYPE, _QC_LEGISLATION = (
    "0.4.0.1862.1.1",
    "0.4.0.1862.1.4",
    "0.4.0.1862.1.6",
    "0.4.0.1862.1.7",
)
_QC_TYPES = {"0.4.0.1862.1.6.1": "esign", "0.4.0.1862.1.6.2": "eseal", "0.4.0.1862.1.6.3": "web"}

_HARDWARE_MODULE_NAME = "1.3.6.1.5.5.7.8.4"


@dataclass(frozen=True, slots=True)
class QcStatements:
    """EN 319 412-5. `types` of `esign`, `eseal`, `web`; `legislation` the countries of QcCClegislation, upper case."""

    compliance: bool = False
    types: frozenset[str] = frozenset()
    legislation: frozenset[str] = frozenset()
    qscd: bool = False
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """RFC 5280 4.2.1.10: permitted and excluded subtrees."""

    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()


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
    crl_urls: tuple[str, ...]
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
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return names.same(self.subject, self.issuer)

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


_parsed: BoundedCache[bytes, Certificate] = BoundedCache(20_000)


def parse_certificate(der: bytes) -> Certificate:
    """Read one DER (or BER) certificate. Raises `MalformedCertificate`."""
    if len(der) > MAX_CERTIFICATE_SIZE:
        raise MalformedCertificate("larger than any certificate")
    sha256 = hashlib.sha256(der).digest()
    found = _parsed.get(sha256)
    if found is None:
        try:
            found = _parse(bytes(der), sha256)
        except MalformedCertificate:
            raise
        except (ValueError, IndexError) as error:
            raise MalformedCertificate(f"not an X.509 certificate: {error}") from error
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
    found = _read_extensions(rest)
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
        extended_key_usage_critical=_EKU in found.critical,
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
        crl_urls=found.crl_urls,
        ocsp_nocheck=_NOCHECK in found.present,
        revocation_not_available=bool({_NO_REV_AVAIL, _VALIDITY_ASSURED} & found.present),
        extensions=frozenset(found.present),
        critical_extensions=frozenset(found.critical),
        unknown_critical_extensions=tuple(oid for oid in found.critical if oid not in _PROCESSED),
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


@dataclass(slots=True)
class _Extensions:
    present: set[str]
    critical: list[str]
    malformed: list[str]
    basic_constraints: tuple[bool, int | None] = (False, None)
    key_usage: frozenset[str] | None = None
    extended_key_usage: tuple[str, ...] | None = None
    ski: bytes | None = None
    aki: bytes | None = None
    policies: tuple[str, ...] | None = None
    policy_mappings: tuple[tuple[str, str], ...] = ()
    policy_constraints: tuple[int | None, int | None] = (None, None)
    inhibit_any_policy: int | None = None
    name_constraints: NameConstraints | None = None
    subject_alternative_names: tuple[GeneralName, ...] = ()
    qc: QcStatements = QcStatements()
    access: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    crl_urls: tuple[str, ...] = ()


def _read_extensions(rest: list[asn1.Element]) -> _Extensions:
    found = _Extensions(set(), [], [])
    for element in rest:
        if element.tag != asn1.context(3):
            continue
        for part in element.children()[0].expect(asn1.SEQUENCE).children():
            fields = part.expect(asn1.SEQUENCE).children()
            if not 2 <= len(fields) <= 3:
                raise MalformedCertificate("bad extension")
            oid = asn1.oid(fields[0])
            if len(fields) == 3 and asn1.boolean(fields[1]):
                found.critical.append(oid)
            if oid in found.present:
                # RFC 5280 4.2: never twice. Which one would count is anybody's guess, so neither is trusted.
                found.malformed.append(oid)
                continue
            found.present.add(oid)
            reader = _READERS.get(oid)
            if reader is None:
                continue
            member, read_value = reader
            try:
                value = read_value(asn1.read(asn1.octets(fields[-1])))
            except (ValueError, IndexError):
                found.malformed.append(oid)
            else:
                setattr(found, member, value)
    return found


def _basic_constraints(element: asn1.Element) -> tuple[bool, int | None]:
    parts = element.expect(asn1.SEQUENCE).children()
    is_ca = bool(parts) and parts[0].tag == asn1.BOOLEAN and asn1.boolean(parts[0])
    if parts and parts[-1].tag == asn1.INTEGER:
        length = asn1.integer(parts[-1])
        if length < 0:
            raise MalformedASN1("bad path length")
        return is_ca, length
    return is_ca, None


def _key_usage(element: asn1.Element) -> frozenset[str]:
    return frozenset(KEY_USAGE_BITS[number] for number in asn1.bit_numbers(element) if number < len(KEY_USAGE_BITS))


def _oids(element: asn1.Element) -> tuple[str, ...]:
    return tuple(asn1.oid(part) for part in element.expect(asn1.SEQUENCE).children())


def _authority_key_identifier(element: asn1.Element) -> bytes | None:
    for part in element.expect(asn1.SEQUENCE).children():
        if part.tag == asn1.context(0, constructed=False):
            return part.content
    return None


def _policies(element: asn1.Element) -> tuple[str, ...]:
    return tuple(
        asn1.oid(part.expect(asn1.SEQUENCE).children()[0]) for part in element.expect(asn1.SEQUENCE).children()
    )


def _policy_mappings(element: asn1.Element) -> tuple[tuple[str, str], ...]:
    pairs = (part.expect(asn1.SEQUENCE).children() for part in element.expect(asn1.SEQUENCE).children())
    return tuple((asn1.oid(pair[0]), asn1.oid(pair[1])) for pair in pairs)


def _policy_constraints(element: asn1.Element) -> tuple[int | None, int | None]:
    found: dict[int, int] = {
        part.tag & 0x1F: int.from_bytes(part.content, "big") for part in element.expect(asn1.SEQUENCE).children()
    }
    return found.get(0), found.get(1)


def _name_constraints(element: asn1.Element) -> NameConstraints:
    trees: dict[int, tuple[GeneralName, ...]] = {}
    for part in element.expect(asn1.SEQUENCE).children():
        bases = []
        for subtree in part.children():
            fields = subtree.expect(asn1.SEQUENCE).children()
            if any(field.content not in (b"", b"\0") for field in fields[1:] if field.tag & 0x1F == 0) or any(
                field.tag & 0x1F == 1 for field in fields[1:]
            ):
                raise MalformedASN1("minimum and maximum are not used (RFC 5280 4.2.1.10)")
            bases.append(names.general_name(fields[0]))
        trees[part.tag & 0x1F] = tuple(bases)
    return NameConstraints(trees.get(0, ()), trees.get(1, ()))


def _general_names(element: asn1.Element) -> tuple[GeneralName, ...]:
    return names.general_names(element.expect(asn1.SEQUENCE))


def _urls(general: tuple[GeneralName, ...]) -> tuple[str, ...]:
    return tuple(name.value for name in general if name.kind == "uri")


def _access(element: asn1.Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for part in element.expect(asn1.SEQUENCE).children():
        method, location = part.expect(asn1.SEQUENCE).children()[:2]
        found.setdefault(asn1.oid(method), []).extend(_urls((names.general_name(location),)))
    return tuple(found.get("1.3.6.1.5.5.7.48.1", ())), tuple(found.get("1.3.6.1.5.5.7.48.2", ()))


def _crl_urls(element: asn1.Element) -> tuple[str, ...]:
    found: list[str] = []
    for point in element.expect(asn1.SEQUENCE).children():
        for part in point.expect(asn1.SEQUENCE).children():
            if part.tag == asn1.context(0):
                for name in part.children():
                    if name.tag == asn1.context(0):
                        found.extend(_urls(names.general_names(name)))
    return tuple(found)


def _qc_statements(element: asn1.Element) -> QcStatements:
    found: dict[str, asn1.Element | None] = {}
    for part in element.expect(asn1.SEQUENCE).children():
        fields = part.expect(asn1.SEQUENCE).children()
        # Some authorities nest one list of statements in another: what is no statement claims nothing.
        if fields and fields[0].tag == asn1.OID:
            found[asn1.oid(fields[0])] = fields[1] if len(fields) > 1 else None
    types, legislation = found.get(_QC_TYPE), found.get(_QC_LEGISLATION)
    return QcStatements(
        compliance=_QC_COMPLIANCE in found,
        types=frozenset(_QC_TYPES.get(oid, oid) for oid in _oids(types)) if types is not None else frozenset(),
        legislation=frozenset(
            part.content.decode("ascii", "replace").upper() for part in legislation.expect(asn1.SEQUENCE).children()
        )
        if legislation is not None
        else frozenset(),
        qscd=_QC_SSCD in found,
        statements=tuple(found),
    )


_READERS: Mapping[str, tuple[str, Callable[[asn1.Element], Any]]] = {
    _BASIC: ("basic_constraints", _basic_constraints),
    _KEY_USAGE: ("key_usage", _key_usage),
    _EKU: ("extended_key_usage", _oids),
    _SKI: ("ski", asn1.octets),
    _AKI: ("aki", _authority_key_identifier),
    _POLICIES: ("policies", _policies),
    _POLICY_MAPPINGS: ("policy_mappings", _policy_mappings),
    _POLICY_CONSTRAINTS: ("policy_constraints", _policy_constraints),
    _INHIBIT_ANY: ("inhibit_any_policy", asn1.integer),
    _NAME_CONSTRAINTS: ("name_constraints", _name_constraints),
    _SAN: ("subject_alternative_names", _general_names),
    _AIA: ("access", _access),
    _CRL_POINTS: ("crl_urls", _crl_urls),
    _QC: ("qc", _qc_statements),
}

_PROCESSED = frozenset(_READERS) | {_NOCHECK, _NO_REV_AVAIL, _VALIDITY_ASSURED}
