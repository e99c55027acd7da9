"""Reading a ContentInfo with a SignedData (RFC 5652 3-5), DER or BER, every element as received."""

from __future__ import annotations

from datetime import datetime

from trustreg.pki import asn1, names
from trustreg.pki.cms import model
from trustreg.pki.cms.model import Attribute, EssReference, SignedData, SignerInfo
from trustreg.pki.errors import MalformedASN1, MalformedSignedData
from trustreg.pki.signatures import digest_name, signature_algorithm

_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1"
_MAX_SIGNERS = 256

SINGLE_VALUED = frozenset(
    {
        model.CONTENT_TYPE,
        model.MESSAGE_DIGEST,
        model.SIGNING_TIME,
        model.SIGNING_CERTIFICATE,
        model.SIGNING_CERTIFICATE_V2,
        model.ALGORITHM_PROTECTION,
    }
)
"""Signed attributes that occur once, with one value (RFC 5652 11, RFC 5035 3, RFC 6211 2)."""


def parse_signed_data(data: bytes) -> SignedData:
    """Read a ContentInfo with a SignedData, DER or BER. Raises `MalformedSignedData`.

    What follows the one object is not read: PDF pads with zeros, and the end-of-contents octets of an indefinite
    length look like padding, so nothing may be stripped first.
    """
    try:
        return _read(bytes(data))
    except MalformedSignedData:
        raise
    except (ValueError, IndexError) as error:
        raise MalformedSignedData(f"not a CMS SignedData: {error}") from error


def _read(data: bytes) -> SignedData:
    outer = asn1.read(data, exact=False).expect(asn1.SEQUENCE)
    content_info = outer.children()
    if len(content_info) != 2 or asn1.oid(content_info[0]) != model.SIGNED_DATA:
        raise MalformedSignedData("the content type is not SignedData")
    parts = content_info[1].expect(asn1.context(0)).children()[0].expect(asn1.SEQUENCE).children()
    version, digests, encapsulated, *rest = parts
    content_type, content = _content(encapsulated)
    certificates = crls = None
    if rest and rest[0].tag == asn1.context(0):
        certificates = rest.pop(0)
    if rest and rest[0].tag == asn1.context(1):
        crls = rest.pop(0)
    if len(rest) != 1:
        raise MalformedSignedData("signerInfos are due at the end")
    signers = rest[0].expect(asn1.SET).children()
    if len(signers) > _MAX_SIGNERS:
        raise MalformedSignedData("too many signers")
    plain_crls, ocsps = _revocation(crls)
    return SignedData(
        raw=outer.raw,
        version=asn1.integer(version),
        digest_algorithms=tuple(
            name for name, _ in map(digest_name, digests.expect(asn1.SET).children()) if name is not None
        ),
        content_type=content_type,
        content=content,
        certificates=tuple(part.raw for part in certificates.children() if part.tag == asn1.SEQUENCE)
        if certificates is not None
        else (),
        crls=plain_crls,
        ocsp_responses=ocsps,
        signers=tuple(read_signer(signer) for signer in signers),
        encapsulated_raw=encapsulated.raw,
        certificates_raw=certificates.raw if certificates is not None else None,
        crls_raw=crls.raw if crls is not None else None,
        trailing=len(data) - outer.end if data[outer.end :].strip(b"\0") else 0,
    )


def _content(encapsulated: asn1.Element) -> tuple[str, bytes | None]:
    parts = encapsulated.expect(asn1.SEQUENCE).children()
    content_type = asn1.oid(parts[0])
    if len(parts) == 1:
        return content_type, None
    inner = parts[1].expect(asn1.context(0)).children()
    if len(inner) != 1:
        raise MalformedSignedData("one content is due")
    if inner[0].tag & ~0x20 == asn1.OCTET_STRING:
        return content_type, asn1.octets(inner[0])
    # PKCS#7 1.5 (RFC 5652 5.2.1): any value, of which the contents octets are hashed.
    return content_type, inner[0].content


def _revocation(crls: asn1.Element | None) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    plain: list[bytes] = []
    ocsps: list[bytes] = []
    for part in crls.children() if crls is not None else ():
        if part.tag == asn1.SEQUENCE:
            plain.append(part.raw)
        elif part.tag == asn1.context(1):
            fields = part.children()
            if len(fields) == 2 and asn1.oid(fields[0]) in (_OCSP_RESPONSE, _OCSP_BASIC):
                ocsps.append(fields[1].raw)
    return tuple(plain), tuple(ocsps)


def read_signer(element: asn1.Element) -> SignerInfo:
    """Read one SignerInfo (also the value of a countersignature). Raises `MalformedASN1`."""
    parts = element.expect(asn1.SEQUENCE).children()
    version, identifier, digest, *rest = parts
    signed_raw = None
    signed: tuple[Attribute, ...] = ()
    if rest[0].tag == asn1.context(0):
        signed_raw = rest[0].raw
        signed = tuple(_attribute(part) for part in rest.pop(0).children())
    algorithm, signature, *rest = rest
    unsigned: tuple[Attribute, ...] = ()
    if rest and rest[0].tag == asn1.context(1):
        unsigned = tuple(_attribute(part) for part in rest.pop(0).children())
    if rest:
        raise MalformedASN1("unknown parts in a SignerInfo")
    issuer, serial, key_identifier = _identifier(identifier)
    name, oid = digest_name(digest)
    return SignerInfo(
        raw=element.raw,
        version=asn1.integer(version),
        issuer=issuer,
        serial=serial,
        subject_key_identifier=key_identifier,
        digest_algorithm=name,
        digest_algorithm_oid=oid,
        signature_algorithm=signature_algorithm(algorithm),
        signed_attributes_raw=signed_raw,
        signed_attributes=signed,
        unsigned_attributes=unsigned,
        signature=asn1.octets(signature),
        content_type=_content_type(signed),
        message_digest=_message_digest(signed),
        signing_time=_signing_time(signed),
        ess_references=_ess_references(signed),
        duplicated_attributes=_duplicates(signed),
    )


def _identifier(element: asn1.Element) -> tuple[bytes | None, int | None, bytes | None]:
    if element.tag == asn1.SEQUENCE:
        issuer, serial = element.children()[:2]
        return issuer.expect(asn1.SEQUENCE).raw, asn1.integer(serial), None
    if element.tag & ~0x20 == asn1.context(0, constructed=False):
        return None, None, asn1.octets(element, tag=asn1.context(0, constructed=False))
    raise MalformedASN1("bad signer identifier")


def _attribute(element: asn1.Element) -> Attribute:
    parts = element.expect(asn1.SEQUENCE).children()
    if len(parts) != 2:
        raise MalformedASN1("an attribute is a type and values")
    values = parts[1].expect(asn1.SET).children()
    return Attribute(asn1.oid(parts[0]), tuple(value.raw for value in values), element.raw)


def _duplicates(attributes: tuple[Attribute, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for attribute in attributes:
        if attribute.oid in SINGLE_VALUED:
            # An empty set of values is as wrong as two.
            seen[attribute.oid] = seen.get(attribute.oid, 0) + (len(attribute.values) or 2)
    return tuple(oid for oid, count in seen.items() if count != 1)


def _single(attributes: tuple[Attribute, ...], oid: str) -> asn1.Element | None:
    values = [value for attribute in attributes if attribute.oid == oid for value in attribute.values]
    return asn1.read(values[0]) if len(values) == 1 else None


def _content_type(attributes: tuple[Attribute, ...]) -> str | None:
    value = _single(attributes, model.CONTENT_TYPE)
    return asn1.oid(value) if value is not None else None


def _message_digest(attributes: tuple[Attribute, ...]) -> bytes | None:
    value = _single(attributes, model.MESSAGE_DIGEST)
    return value.content if value is not None and value.tag == asn1.OCTET_STRING else None


def _signing_time(attributes: tuple[Attribute, ...]) -> datetime | None:
    value = _single(attributes, model.SIGNING_TIME)
    if value is None:
        return None
    try:
        return asn1.time(value)
    except MalformedASN1:
        # A claim that nobody can read is no claim.
        return None


def _ess_references(attributes: tuple[Attribute, ...]) -> tuple[EssReference, ...]:
    for oid, version in ((model.SIGNING_CERTIFICATE_V2, 2), (model.SIGNING_CERTIFICATE, 1)):
        value = _single(attributes, oid)
        if value is None:
            continue
        try:
            certificates = value.expect(asn1.SEQUENCE).children()[0].expect(asn1.SEQUENCE).children()
            return tuple(_ess_reference(part, version) for part in certificates)
        except (ValueError, IndexError):
            return ()
    return ()


def _ess_reference(element: asn1.Element, version: int) -> EssReference:
    parts = element.expect(asn1.SEQUENCE).children()
    # RFC 5035 4: v1 is always SHA-1; in v2 an absent algorithm means SHA-256.
    algorithm: str | None = "sha1" if version == 1 else "sha256"
    if version == 2 and parts[0].tag == asn1.SEQUENCE:
        algorithm, _ = digest_name(parts.pop(0))
    digest = asn1.octets(parts[0])
    issuer = serial = None
    if len(parts) > 1:
        general_names, number = parts[1].expect(asn1.SEQUENCE).children()[:2]
        directory = [name for name in names.general_names(general_names) if name.kind == "directory"]
        issuer = bytes.fromhex(directory[0].value) if len(directory) == 1 else None
        serial = asn1.integer(number)
    return EssReference(version, algorithm, digest, issuer, serial)
