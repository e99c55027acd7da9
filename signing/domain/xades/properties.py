"""The XAdES properties of one signature (EN 319 132-1, 5; TS 101 903 for older namespaces).

Signed properties are read from the very element that a reference of this signature covers, and from no other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from lxml import etree

from signing.domain.particulars import MAX_ROLES, Claims
from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1

from .algorithms import DIGESTS, digest_of
from .hardened import XmlError, is_element
from .names import ERS, SIGNED_PROPERTIES_TYPE, XADES_111, XADES_132, XADES_141, ds
from .structure import Signature, decode, elements, local_name, text_of

_KNOWN_SIGNED = frozenset(
    {
        "SigningTime",
        "SigningCertificate",
        "SigningCertificateV2",
        "SignaturePolicyIdentifier",
        "SignatureProductionPlace",
        "SignatureProductionPlaceV2",
        "SignerRole",
        "SignerRoleV2",
    }
)
_KNOWN_DATA = frozenset(
    {"DataObjectFormat", "CommitmentTypeIndication", "AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp"}
)


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """One Cert of SigningCertificate (`version` 1) or SigningCertificateV2 (2). `issuer` is text in version 1 and a
    DER Name in version 2; either is None when absent or unreadable."""

    version: int
    algorithm: str | None
    digest: bytes
    issuer: str | bytes | None
    serial: int | None
    has_uri: bool


@dataclass(frozen=True, slots=True)
class DataFormat:
    """DataObjectFormat. `reference` is the id of a ds:Reference, without `#`."""

    reference: str | None
    described: bool
    mime_types: int


@dataclass(frozen=True, slots=True)
class Policy:
    """SignaturePolicyIdentifier. `identifier` None: implied. `as_specified`: SPDocDigestAsInSpecification."""

    identifier: str | None
    algorithm: str | None = None
    digest: bytes | None = None
    as_specified: bool = False
    transformed: bool = False


@dataclass(frozen=True, slots=True)
class SignedProperties:
    """What the signer said. Counts and duplicates are for the level; `unknown` are names that nothing here knows."""

    element: etree._Element
    namespace: str
    signing_times: tuple[datetime | None, ...]
    certificate_properties: int
    references: tuple[CertificateReference, ...]
    formats: tuple[DataFormat, ...]
    policies: tuple[Policy, ...]
    places: int
    roles: int
    location: str | None
    claims: Claims
    commitments: tuple[str, ...]
    content_stamps: tuple[etree._Element, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Qualifying:
    """The QualifyingProperties of a signature, as they stand: nothing in them is verified by being here."""

    element: etree._Element
    namespace: str
    signed: etree._Element | None
    unsigned: tuple[etree._Element, ...]
    """The unsigned signature properties in their order."""

    @property
    def reference_type(self) -> str:
        """The Type that the reference to the signed properties has."""
        return SIGNED_PROPERTIES_TYPE[self.namespace]


def read_qualifying(signature: Signature) -> Qualifying | None:
    """The one QualifyingProperties in an Object of the signature, None without any. Raises `XmlError`."""
    found = [
        (child, namespace)
        for one in signature.objects
        for child in one
        for namespace in SIGNED_PROPERTIES_TYPE
        if child.tag == f"{{{namespace}}}QualifyingProperties"
    ]
    if not found:
        return None
    if len(found) > 1:
        raise XmlError("it holds QualifyingProperties more than once")
    element, namespace = found[0]
    prefix = f"{{{namespace}}}"
    parts = elements(element)
    signed = [part for part in parts if part.tag == f"{prefix}SignedProperties"]
    unsigned = [part for part in parts if part.tag == f"{prefix}UnsignedProperties"]
    if len(signed) > 1 or len(unsigned) > 1 or len(parts) != len(signed) + len(unsigned):
        raise XmlError("its QualifyingProperties are not one SignedProperties and one UnsignedProperties")
    properties: list[etree._Element] = []
    groups = [part for one in unsigned for part in elements(one) if part.tag == f"{prefix}UnsignedSignatureProperties"]
    if len(groups) > 1:
        raise XmlError("it holds UnsignedSignatureProperties more than once")
    for group in groups:
        properties += elements(group)
    if len(properties) > MAX_PROPERTIES:
        raise XmlError("it has more properties than are read")
    return Qualifying(element, namespace, signed[0] if signed else None, tuple(properties))


def read_signed(element: etree._Element, namespace: str) -> SignedProperties:
    """What a SignedProperties element says. Raises `XmlError` where it cannot be understood."""
    prefix = f"{{{namespace}}}"
    own: list[etree._Element] = []
    data: list[etree._Element] = []
    for part in elements(element):
        if part.tag == f"{prefix}SignedSignatureProperties":
            own += elements(part)
        elif part.tag == f"{prefix}SignedDataObjectProperties":
            data += elements(part)
        else:
            raise XmlError(f"SignedProperties hold {local_name(part)}")
    known = (prefix, f"{{{XADES_141}}}")
    unknown = [local_name(one) for one in own if not _is_one(one, known, _KNOWN_SIGNED)]
    unknown += [local_name(one) for one in data if not _is_one(one, known, _KNOWN_DATA)]
    places = [one for one in own if local_name(one).startswith("SignatureProductionPlace")]
    certificates = [one for one in own if local_name(one) in ("SigningCertificate", "SigningCertificateV2")]
    return SignedProperties(
        element=element,
        namespace=namespace,
        signing_times=tuple(_time(text_of(one)) for one in own if local_name(one) == "SigningTime"),
        certificate_properties=len(certificates),
        references=tuple(_certificates(certificates[0], namespace)) if certificates else (),
        formats=tuple(_format(one, prefix) for one in data if local_name(one) == "DataObjectFormat"),
        policies=tuple(_policy(one, namespace) for one in own if local_name(one) == "SignaturePolicyIdentifier"),
        places=len(places),
        roles=sum(local_name(one).startswith("SignerRole") for one in own),
        location=_place(places[0]) if places else None,
        claims=Claims(tuple(_roles(own)), _address(places[0]) if places else {}),
        commitments=tuple(_commitment(one, prefix) for one in data if local_name(one) == "CommitmentTypeIndication"),
        content_stamps=tuple(
            one for one in data if local_name(one) in ("AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp")
        ),
        unknown=tuple(unknown),
    )


def _is_one(element: etree._Element, prefixes: tuple[str, ...], names: frozenset[str]) -> bool:
    return local_name(element) in names and str(element.tag).startswith(prefixes)


_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d\d:\d\d)?")


def _time(text: str) -> datetime | None:
    """xsd:dateTime; without a zone it is taken as UTC, for nothing rests on it."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(match[number]) for number in range(1, 7))
        fraction = int((match[7] or "0").ljust(6, "0")[:6])
        value = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
        zone = match[8] or "Z"
        if zone != "Z":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
            value = value - offset if zone[0] == "+" else value + offset
    except (ValueError, OverflowError):
        return None
    return value


def digest_and_value(parent: etree._Element, namespace: str) -> tuple[str | None, bytes] | None:
    """DigestMethod and DigestValue below `parent`; None without a usable value. XAdES 1.1.1 has its own elements."""
    for prefix in (ds(""), f"{{{namespace}}}"):
        method, value = parent.find(f"{prefix}DigestMethod"), parent.find(f"{prefix}DigestValue")
        if value is None:
            continue
        octets = decode(value)
        if not octets:
            return None
        if method is not None and prefix == ds(""):
            return digest_of(method), octets
        algorithm = method if method is not None else parent.find(f"{prefix}Algorithm")
        inner = algorithm.find(f"{prefix}Algorithm") if algorithm is not None else None
        shown = inner if inner is not None else algorithm
        uri = (shown.get("Algorithm") or (shown.text or "").strip()) if shown is not None else ""
        return DIGESTS.get(uri), octets
    return None


def _certificates(parent: etree._Element, namespace: str) -> Iterator[CertificateReference]:
    prefix = f"{{{namespace}}}"
    version = 2 if local_name(parent).endswith("V2") else 1
    for one in elements(parent):
        if local_name(one) != "Cert":
            continue
        holder = one.find(f"{prefix}CertDigest")
        found = digest_and_value(holder, namespace) if holder is not None else None
        if found is None:
            continue
        issuer: str | bytes | None = None
        serial: int | None = None
        if version == 1:
            pair = one.find(f"{prefix}IssuerSerial")
            if pair is not None:
                issuer = pair.findtext(ds("X509IssuerName"))
                text = (pair.findtext(ds("X509SerialNumber")) or "").strip()
                serial = int(text) if re.fullmatch(r"-?\d{1,60}", text, re.ASCII) else None
                issuer = issuer if serial is not None else None
        else:
            packed = one.find(f"{prefix}IssuerSerialV2")
            octets = decode(packed) if packed is not None else None
            issuer, serial = _issuer_serial(octets) if octets else (None, None)
        yield CertificateReference(version, found[0], found[1], issuer, serial, one.get("URI") is not None)


def _issuer_serial(octets: bytes) -> tuple[bytes | None, int | None]:
    try:
        names, serial = asn1.sequence(octets)[:2]
        directory = names.children()[0]
        return directory.children()[0].raw, asn1.integer(serial)
    except (MalformedASN1, IndexError, ValueError):
        return None, None


def _format(element: etree._Element, prefix: str) -> DataFormat:
    reference = element.get("ObjectReference")
    parts = [local_name(one) for one in elements(element)]
    return DataFormat(
        reference[1:] if reference and reference.startswith("#") else None,
        bool({"Description", "ObjectIdentifier", "MimeType"} & set(parts)),
        parts.count("MimeType"),
    )


def _place(element: etree._Element) -> str | None:
    parts = [" ".join(text_of(one).split()) for one in elements(element)]
    return ", ".join(part for part in parts if part)[:300] or None


_ADDRESS = {"City": "city", "StateOrProvince": "region", "PostalCode": "postal_code", "CountryName": "country"}


def _address(element: etree._Element) -> dict[str, str]:
    """The parts of a SignatureProductionPlace that have a name in every format."""
    found = {_ADDRESS.get(local_name(one), ""): " ".join(text_of(one).split())[:300] for one in elements(element)}
    return {name: text for name, text in found.items() if name and text}


def _roles(own: Sequence[etree._Element]) -> Iterator[str]:
    """The texts of ClaimedRole: what the signer says without proof."""
    for one in own:
        if local_name(one).startswith("SignerRole"):
            for role in islice((e for e in one.iter() if is_element(e) and local_name(e) == "ClaimedRole"), MAX_ROLES):
                if text := " ".join("".join(map(str, role.itertext())).split())[:300]:
                    yield text


def _commitment(element: etree._Element, prefix: str) -> str:
    identifier = element.find(f"{prefix}CommitmentTypeId/{prefix}Identifier")
    return " ".join(text_of(identifier).split())[:200] if identifier is not None else ""


def _policy(element: etree._Element, namespace: str) -> Policy:
    prefix = f"{{{namespace}}}"
    explicit = element.find(f"{prefix}SignaturePolicyId")
    if explicit is None:
        return Policy(None)
    identifier = explicit.find(f"{prefix}SigPolicyId/{prefix}Identifier")
    name = " ".join(text_of(identifier).split()) if identifier is not None else ""
    transforms = [one.get("Algorithm") or "" for one in explicit.iterfind(f"{ds('Transforms')}/{ds('Transform')}")]
    holder = explicit.find(f"{prefix}SigPolicyHash")
    found = digest_and_value(holder, namespace) if holder is not None else None
    specified = len(transforms) == 1 and transforms[0].endswith("/SPDocDigestAsInSpecification")
    return Policy(
        name[:300],
        found[0] if found else None,
        found[1] if found else None,
        as_specified=specified,
        transformed=bool(transforms) and not specified,
    )


@dataclass(frozen=True, slots=True)
class Values:
    """Validation data in unsigned properties: DER, in order."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


MAX_PROPERTIES = 1000
MAX_VALUES = 1000
"""Encapsulated values of one kind that are looked at."""
_XADES = (XADES_132, XADES_141, XADES_111, "http://uri.etsi.org/01903/v1.2.2#")


def read_values(properties: tuple[etree._Element, ...]) -> Values:
    """Everything encapsulated below these properties, counter-signatures included; what is broken is left out."""
    return Values(
        tuple(_encapsulated(properties, "EncapsulatedX509Certificate")),
        tuple(_encapsulated(properties, "EncapsulatedCRLValue")),
        tuple(_encapsulated(properties, "EncapsulatedOCSPValue")),
    )


def _encapsulated(properties: tuple[etree._Element, ...], name: str) -> Iterator[bytes]:
    every = (element for one in properties for element in one.iter(*(f"{{{space}}}{name}" for space in _XADES)))
    for element in islice(every, MAX_VALUES):
        try:
            octets = base64.b64decode("".join((element.text or "").split()).encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            continue
        if octets:
            yield octets


def named(properties: tuple[etree._Element, ...], *names: str) -> list[etree._Element]:
    """The properties with one of these local names, in a namespace of XAdES."""
    spaces = tuple(f"{{{namespace}}}" for namespace in (*_XADES, ERS))
    return [one for one in properties if local_name(one) in names and str(one.tag).startswith(spaces)]
