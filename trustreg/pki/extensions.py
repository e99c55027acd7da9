"""The extensions of a certificate (RFC 5280 4.2, EN 319 412-5), each read for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trustreg.pki import asn1, names
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.names import GeneralName

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

EKU_SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
EKU_CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
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


@dataclass(frozen=True, slots=True)
class DistributionPoint:
    """RFC 5280 4.2.1.13: where a CRL is. `relative` is the SET that is appended to the issuer's name.

    `some_reasons`: its list covers some reasons only; `crl_issuer`: who signs it, empty for the issuer itself.
    """

    full_name: tuple[GeneralName, ...] = ()
    relative: bytes | None = None
    some_reasons: bool = False
    crl_issuer: tuple[GeneralName, ...] = ()

    def signed_by(self, issuer: bytes) -> bool:
        """Whether that DER Name signs the list: where none is named, and where authorities name themselves."""
        return not self.crl_issuer or any(
            name.kind == "directory" and names.same(bytes.fromhex(name.value), issuer) for name in self.crl_issuer
        )

    @property
    def urls(self) -> tuple[str, ...]:
        """Its addresses, of any scheme."""
        return _urls(self.full_name)


@dataclass(slots=True)
class Extensions:
    """What the extensions of one certificate say.

    `malformed` names those that cannot be read or occur twice; `basic_constraints` is (is a CA, path length),
    `policy_constraints` (require explicit policy, inhibit mapping), `access` (OCSP URLs, caIssuers URLs).
    """

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
    crl_points: tuple[DistributionPoint, ...] = ()

    @property
    def extended_key_usage_critical(self) -> bool:
        """Whether extendedKeyUsage is critical."""
        return _EKU in self.critical

    @property
    def ocsp_nocheck(self) -> bool:
        """id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1)."""
        return _NOCHECK in self.present

    @property
    def revocation_not_available(self) -> bool:
        """noRevAvail (RFC 9608) or validity-assured short-term (EN 319 412-1)."""
        return bool({_NO_REV_AVAIL, _VALIDITY_ASSURED} & self.present)

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions that are not processed here."""
        return tuple(oid for oid in self.critical if oid not in _PROCESSED)


def read_extensions(rest: list[asn1.Element]) -> Extensions:
    """Read them from the optional fields at the end of a TBSCertificate. Raises `MalformedASN1` for a broken frame."""
    found = Extensions(set(), [], [])
    for element in rest:
        if element.tag != asn1.context(3):
            continue
        for part in element.children()[0].expect(asn1.SEQUENCE).children():
            fields = part.expect(asn1.SEQUENCE).children()
            if not 2 <= len(fields) <= 3:
                raise MalformedASN1("bad extension")
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


def _crl_points(element: asn1.Element) -> tuple[DistributionPoint, ...]:
    found = []
    for point in element.expect(asn1.SEQUENCE).children():
        parts = {part.tag & 0x1F: part for part in point.expect(asn1.SEQUENCE).children()}
        full, relative = distribution_point_name(parts[0]) if 0 in parts else ((), None)
        signer = names.general_names(parts[2]) if 2 in parts else ()
        found.append(DistributionPoint(full, relative, some_reasons=1 in parts, crl_issuer=signer))
    return tuple(found)


def distribution_point_name(element: asn1.Element) -> tuple[tuple[GeneralName, ...], bytes | None]:
    """DistributionPointName in its tag: the full names, or the SET of attributes relative to the issuer's name."""
    name = element.children()[0]
    if name.tag == asn1.context(0):
        return names.general_names(name), None
    if name.tag == asn1.context(1):
        return (), asn1.encode(asn1.SET, name.content)
    raise MalformedASN1("an unknown kind of distribution point")


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
    _CRL_POINTS: ("crl_points", _crl_points),
    _QC: ("qc", _qc_statements),
}

_PROCESSED = frozenset(_READERS) | {_NOCHECK, _NO_REV_AVAIL, _VALIDITY_ASSURED}
