"""Signing XML and other data with XAdES baseline B, T, LT and LTA (ETSI EN 319 132-1): enveloped, enveloping, detached.

Canonicalization is lxml's, exclusive throughout: nothing here shares code with the reader that validates.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from lxml import etree

from trustreg.demo.pki.party import Party, der
from trustreg.demo.pki.signer import Level

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
COUNTERSIGNED = "http://uri.etsi.org/01903#CountersignedSignature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_NAMES = {"ds": DS, "xades": XADES, "xades141": XADES_141}
_DIGESTS = {"sha256": f"{_ENC}sha256", "sha384": f"{_MORE}sha384", "sha512": f"{_ENC}sha512"}


@dataclass(frozen=True, slots=True)
class SignedData:
    """One thing that is signed: the URI of its reference, and the octets after the transforms named."""

    uri: str | None
    octets: bytes
    mime_type: str = "application/octet-stream"
    transforms: tuple[str, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class XmlSigner(Party):
    """Who signs XML."""

    def sign(
        self,
        data: Sequence[SignedData],
        *,
        level: Level = "B",
        signing_time: datetime | None = None,
        objects: Sequence[etree._Element] = (),
        place: str | None = None,
    ) -> etree._Element:
        """A ds:Signature over `data` that holds `objects`. Raises ValueError where `stamp` is missing for `level`."""
        if level != "B" and self.stamp is None:
            raise ValueError(f"level {level} needs a time-stamping service")
        identifier = f"id-{uuid.uuid4().hex}"
        signature = etree.Element(_ds("Signature"), Id=identifier, nsmap=_NAMES)
        properties = self._properties(identifier, data, signing_time or datetime.now(UTC), place)
        info = self._info(signature, identifier, data, properties)
        value = etree.SubElement(signature, _ds("SignatureValue"), Id=f"value-{identifier}")
        value.text = _b64(self.plain_value(canonical(info)))
        info_keys = etree.SubElement(signature, _ds("KeyInfo"))
        holder = etree.SubElement(info_keys, _ds("X509Data"))
        for certificate in self.certificates:
            etree.SubElement(holder, _ds("X509Certificate")).text = _b64(certificate)
        signature.extend(objects)
        holder = etree.SubElement(signature, _ds("Object"))
        qualifying = etree.SubElement(holder, f"{{{XADES}}}QualifyingProperties", Target=f"#{identifier}")
        qualifying.append(properties)
        self._extend(signature, qualifying, [*(one.octets for one in data), canonical(properties)], level)
        return signature

    def _properties(
        self, identifier: str, data: Sequence[SignedData], when: datetime, place: str | None
    ) -> etree._Element:
        properties = etree.Element(f"{{{XADES}}}SignedProperties", Id=f"xades-{identifier}", nsmap=_NAMES)
        own = etree.SubElement(properties, f"{{{XADES}}}SignedSignatureProperties")
        etree.SubElement(own, f"{{{XADES}}}SigningTime").text = f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        certificate = etree.SubElement(etree.SubElement(own, f"{{{XADES}}}SigningCertificateV2"), f"{{{XADES}}}Cert")
        self._digest(etree.SubElement(certificate, f"{{{XADES}}}CertDigest"), der(self.certificate))
        if place is not None:
            where = etree.SubElement(own, f"{{{XADES}}}SignatureProductionPlaceV2")
            etree.SubElement(where, f"{{{XADES}}}City").text = place
        about = etree.SubElement(properties, f"{{{XADES}}}SignedDataObjectProperties")
        for number, one in enumerate(data, 1):
            if one.type != COUNTERSIGNED:
                form = etree.SubElement(
                    about, f"{{{XADES}}}DataObjectFormat", ObjectReference=f"#r{number}-{identifier}"
                )
                etree.SubElement(form, f"{{{XADES}}}MimeType").text = one.mime_type
        if not len(about):
            properties.remove(about)
        return properties

    def _info(
        self, signature: etree._Element, identifier: str, data: Sequence[SignedData], properties: etree._Element
    ) -> etree._Element:
        info = etree.SubElement(signature, _ds("SignedInfo"))
        etree.SubElement(info, _ds("CanonicalizationMethod"), Algorithm=EXC_C14N)
        etree.SubElement(info, _ds("SignatureMethod"), Algorithm=self.method)
        every = [
            *data,
            SignedData(f"#xades-{identifier}", canonical(properties), "", (EXC_C14N,), SIGNED_PROPERTIES),
        ]
        for number, one in enumerate(every, 1):
            reference = etree.SubElement(info, _ds("Reference"))
            if one.type != SIGNED_PROPERTIES:
                reference.set("Id", f"r{number}-{identifier}")
            if one.type is not None:
                reference.set("Type", one.type)
            if one.uri is not None:
                reference.set("URI", one.uri)
            if one.transforms:
                transforms = etree.SubElement(reference, _ds("Transforms"))
                for algorithm in one.transforms:
                    etree.SubElement(transforms, _ds("Transform"), Algorithm=algorithm)
            self._digest(reference, one.octets)
        return info

    def _digest(self, parent: etree._Element, octets: bytes) -> None:
        etree.SubElement(parent, _ds("DigestMethod"), Algorithm=_DIGESTS[self.digest])
        etree.SubElement(parent, _ds("DigestValue")).text = _b64(hashlib.new(self.digest, octets).digest())

    @property
    def method(self) -> str:
        """The SignatureMethod of the key."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            if self.pss:
                return f"http://www.w3.org/2007/05/xmldsig-more#{self.digest}-rsa-MGF1"
            return f"{_MORE}rsa-{self.digest}"
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return f"{_MORE}ecdsa-{self.digest}"
        curve = "ed25519" if isinstance(self.key, ed25519.Ed25519PrivateKey) else "ed448"
        return f"http://www.w3.org/2021/04/xmldsig-more#eddsa-{curve}"

    def _extend(
        self, signature: etree._Element, qualifying: etree._Element, references: Sequence[bytes], level: Level
    ) -> None:
        """Add what the levels above B have (EN 319 132-1, 5.3 to 5.5)."""
        if level == "B" or self.stamp is None:
            return
        unsigned = etree.SubElement(qualifying, f"{{{XADES}}}UnsignedProperties")
        properties = etree.SubElement(unsigned, f"{{{XADES}}}UnsignedSignatureProperties")
        value = signature.find(_ds("SignatureValue"))
        token = self.stamp(canonical(value))
        _stamped(properties, f"{{{XADES}}}SignatureTimeStamp", token)
        if level in ("LT", "LTA"):
            found = self.evidence([token])
            certificates = etree.SubElement(properties, f"{{{XADES}}}CertificateValues")
            for der in found.certificates:
                etree.SubElement(certificates, f"{{{XADES}}}EncapsulatedX509Certificate").text = _b64(der)
            revocation = etree.SubElement(properties, f"{{{XADES}}}RevocationValues")
            for group, each, ders in (
                ("CRLValues", "EncapsulatedCRLValue", found.crls),
                ("OCSPValues", "EncapsulatedOCSPValue", found.ocsps),
            ):
                if ders:
                    holder = etree.SubElement(revocation, f"{{{XADES}}}{group}")
                    for der in ders:
                        etree.SubElement(holder, f"{{{XADES}}}{each}").text = _b64(der)
        if level == "LTA":
            parts = [signature.find(_ds(name)) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
            parts += [*properties, *signature.findall(_ds("Object"))[:-1]]
            archived = b"".join((*references, *map(canonical, parts)))
            _stamped(properties, f"{{{XADES_141}}}ArchiveTimeStamp", self.stamp(archived))

    def countersign(self, signature: etree._Element, *, level: Level = "B") -> None:
        """Add a counter-signature over the value of `signature` to its unsigned properties (EN 319 132-1, 5.2.7)."""
        value = signature.find(_ds("SignatureValue"))
        data = SignedData(f"#{_attribute(value, 'Id')}", canonical(value), "", (EXC_C14N,), COUNTERSIGNED)
        qualifying = signature.find(f"{_ds('Object')}/{{{XADES}}}QualifyingProperties")
        path = f"{{{XADES}}}UnsignedProperties/{{{XADES}}}UnsignedSignatureProperties"
        properties = qualifying.find(path) if qualifying is not None else None
        if qualifying is not None and properties is None:
            unsigned = etree.SubElement(qualifying, f"{{{XADES}}}UnsignedProperties")
            properties = etree.SubElement(unsigned, f"{{{XADES}}}UnsignedSignatureProperties")
        if properties is not None:
            etree.SubElement(properties, f"{{{XADES}}}CounterSignature").append(self.sign([data], level=level))


def enveloped(
    xml: bytes, signer: XmlSigner, *, level: Level = "B", by_identifier: bool = False, **options: Any
) -> bytes:
    """The document with a signature over all of it, as the last child of its root. `options` go to `sign`.

    `by_identifier` names the root by its Id instead of the whole document by the empty URI.
    """
    root = _parse(xml)
    uri, octets = "", etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    if by_identifier:
        uri, octets = f"#{_attribute(root, 'Id')}", canonical(root)
    root.append(signer.sign([SignedData(uri, octets, "text/xml", (ENVELOPED, EXC_C14N))], level=level, **options))
    return _serialise(root)


def enveloping(data: bytes, signer: XmlSigner, *, mime_type: str = "text/plain", **options: Any) -> bytes:
    """A signature that holds the data in an Object, in base64."""
    holder = etree.Element(_ds("Object"), Id=f"o-{uuid.uuid4().hex}", nsmap=_NAMES)
    holder.text = _b64(data)
    signed = SignedData(f"#{holder.get('Id')}", canonical(holder), mime_type, (EXC_C14N,), f"{DS}Object")
    return _serialise(signer.sign([signed], objects=[holder], **options))


def detached(documents: Mapping[str, bytes], signer: XmlSigner, **options: Any) -> bytes:
    """A signature over documents that stay beside it, each by its name."""
    return _serialise(signer.sign([SignedData(name, octets) for name, octets in documents.items()], **options))


def countersigned(xml: bytes, signer: XmlSigner, *, level: Level = "B") -> bytes:
    """The signed document with a counter-signature over the value of its first signature."""
    root = _parse(xml)
    first = next(root.iter(_ds("Signature")), None)
    if first is None:
        raise ValueError("there is no signature to confirm")
    signer.countersign(first, level=level)
    return _serialise(root)


def canonical(element: etree._Element | None) -> bytes:
    """Exclusive canonical octets of an element."""
    if element is None:
        raise ValueError("the signature lacks a part")
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _stamped(properties: etree._Element, tag: str, token: bytes) -> None:
    holder = etree.SubElement(properties, tag, Id=f"t-{uuid.uuid4().hex}")
    etree.SubElement(holder, _ds("CanonicalizationMethod"), Algorithm=EXC_C14N)
    etree.SubElement(holder, f"{{{XADES}}}EncapsulatedTimeStamp").text = _b64(token)


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(xml, parser)


def _serialise(root: etree._Element) -> bytes:
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _attribute(element: etree._Element | None, name: str) -> str:
    value = element.get(name) if element is not None else None
    if value is None:
        raise ValueError(f"the signature has no {name}")
    return value


def _ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
