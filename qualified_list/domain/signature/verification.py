"""Verifying the signature of a list against pinned keys. What verifies is returned without the signature.

Nothing else of the file may be believed: the caller reads the returned element and never searches the file again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from qualified_list.domain.errors import (
    ListNotSigned,
    ListSignatureAmbiguous,
    ListSignatureBroken,
    ListSignatureUnsupported,
    ListSignerUnknown,
)
from qualified_list.domain.signature.profile import (
    CANONICALIZATIONS,
    DIGESTS,
    ENVELOPED,
    EXC_C14N,
    INCLUSIVE_C14N,
    METHODS,
    SIGNED_PROPERTIES_TYPE,
    TSL_SIGNING,
    canonical,
)
from qualified_list.domain.xml import names
from qualified_list.domain.xml.hardened import parse_xml
from qualified_list.domain.xml.parse import parse_time
from trustreg.pki import signatures
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate

MINIMUM_RSA_BITS = 1900
"""The floor of SOG-IS for legacy use (the Norwegian list of 2023 is signed with 2032 bits)."""
MINIMUM_EC_BITS = 256

_D = f"{{{names.DS}}}"
_XA = f"{{{names.XADES}}}"

_MAX_REFERENCES = 8
_VERSION = f"{{{names.TSL}}}SchemeInformation/{{{names.TSL}}}TSLVersionIdentifier"


@dataclass(frozen=True, slots=True)
class VerifiedList:
    """A list whose signature verified with a pinned key.

    `root` is the signed root element alone: signature, comments and processing instructions are gone. `sha256` is that
    of the whole file (hexadecimal), `signer` the DER certificate, `signing_time` the claimed one.
    """

    root: etree._Element
    sha256: str
    signer: bytes
    signing_time: datetime | None
    method: str
    digest: str
    signing_certificate_v2: bool


def verify_list(xml: bytes, *, signer_keys: Collection[bytes], demand_tsl_signing: bool = False) -> VerifiedList:
    """Verify the one signature over a whole list against pinned keys; never against KeyInfo alone.

    `signer_keys` are DER certificates or 32-byte SHA-256 digests of a SubjectPublicKeyInfo. `demand_tsl_signing` asks
    for the extended key usage tslSigning in the signer certificate, as readers of our own lists do. Times are not
    judged: the caller compares `signing_time` with the validity of the signer, and its own clock with the next update.

    Raises `ListUnreadable`, `ListNotSigned`, `ListSignatureAmbiguous`, `ListSignatureUnsupported`,
    `ListSignatureBroken`, `ListSignerUnknown` (in this order of checking).
    """
    return verify_root(
        parse_xml(xml),
        sha256=hashlib.sha256(xml).hexdigest(),
        signer_keys=signer_keys,
        demand_tsl_signing=demand_tsl_signing,
    )


def verify_root(
    root: etree._Element, *, sha256: str, signer_keys: Collection[bytes], demand_tsl_signing: bool = False
) -> VerifiedList:
    """`verify_list` for a tree that `parse_xml` made of the file with that digest. The tree is consumed."""
    signature = _only_signature(root)
    _refuse_repeated_identifiers(root)
    info = _one(signature, f"{_D}SignedInfo")
    properties = _signed_properties_of(signature)
    certificate, version_2 = _signer(signature, properties)
    _verify_value(info, signature, certificate)
    digest = _verify_references(root, signature, info, properties)
    if not version_2 and root.findtext(_VERSION) not in ("3", "4", "5"):
        raise ListSignatureUnsupported(
            "A list of version 6 is signed with SigningCertificateV2; this one uses SigningCertificate.",
            "バージョン6のリストにはSigningCertificateV2が必要ですが、SigningCertificateが使われています。",
        )
    if certificate.spki_sha256 not in _pins(signer_keys):
        raise ListSignerUnknown(
            f"The list is signed by {certificate.subject_name}, whose key is not pinned for this list.",
            f"リストの署名者「{certificate.subject_name}」の鍵は、このリスト用に登録されていません。",
        )
    if demand_tsl_signing and TSL_SIGNING not in (certificate.extended_key_usage or ()):
        raise ListSignerUnknown(
            "The signer certificate lacks the extended key usage tslSigning (TS 119 612 5.7.1).",
            "署名者証明書に拡張鍵用途tslSigningがありません（TS 119 612 5.7.1）。",
        )
    # The signature was detached while its references were digested; comments were not digested at all.
    if next(root.iter(etree.Comment, etree.ProcessingInstruction), None) is not None:
        etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    signing_time = properties.find(f"{_XA}SignedSignatureProperties/{_XA}SigningTime")
    return VerifiedList(
        root=root,
        sha256=sha256,
        signer=certificate.der,
        signing_time=parse_time(signing_time.text or "") if signing_time is not None else None,
        method=_one(info, f"{_D}SignatureMethod").get("Algorithm") or "",
        digest=digest,
        signing_certificate_v2=version_2,
    )


def key_info_certificates(xml: bytes) -> tuple[bytes, ...]:
    """The DER certificates that the signature names. For display and for pinning by hand; never trust by themselves."""
    signature = parse_xml(xml).find(f"{_D}Signature")
    return () if signature is None else certificates_of(signature)


def certificates_of(signature: etree._Element) -> tuple[bytes, ...]:
    """The DER certificates in the KeyInfo of a ds:Signature element."""
    return tuple(_key_info(signature))


def _only_signature(root: etree._Element) -> etree._Element:
    anywhere = list(root.iter(f"{_D}Signature"))
    if not anywhere:
        raise ListNotSigned("The list is not signed.", "リストに署名がありません。")
    if len(anywhere) != 1 or anywhere[0].getparent() is not root:
        raise ListSignatureAmbiguous(
            f"The list holds {len(anywhere)} signatures; exactly one, a child of the root, is expected.",
            f"リストに署名が{len(anywhere)}個あります。ルート要素の直下に1個だけ必要です。",
        )
    return anywhere[0]


# One by one: libxml2 takes twice as long for their union.
_IDENTIFIERS = [
    etree.XPath(f"descendant-or-self::*/@{name}", smart_strings=False) for name in ("Id", "ID", "id", "xml:id")
]


def _refuse_repeated_identifiers(root: etree._Element) -> None:
    seen: set[str] = set()
    for attribute in _IDENTIFIERS:
        found: Any = attribute(root)
        for value in map(str, found):
            if value in seen:
                raise ListSignatureAmbiguous(
                    f"The identifier {value!r} occurs twice.", f"識別子「{value}」が重複しています。"
                )
            seen.add(value)


def _one(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.findall(tag)
    if len(found) != 1:
        name = tag.rpartition("}")[2]
        raise ListSignatureUnsupported(
            f"The signature has {len(found)} {name} elements, expected exactly one.",
            f"署名の要素{name}が{len(found)}個あります。1個だけ必要です。",
        )
    return found[0]


def _signed_properties_of(signature: etree._Element) -> etree._Element:
    """XAdES: the properties of this signature, in one Object; a second could be believed instead."""
    found = list(signature.iter(f"{_XA}SignedProperties"))
    path = f"{_D}Object/{_XA}QualifyingProperties/{_XA}SignedProperties"
    if len(found) != 1 or signature.find(path) is not found[0]:
        raise ListSignatureUnsupported(
            f"The signature has {len(found)} SignedProperties where XAdES puts exactly one.",
            f"XAdESの署名属性（SignedProperties）が{len(found)}個あります。1個だけ必要です。",
        )
    return found[0]


def _key_info(signature: etree._Element) -> list[bytes]:
    path = f"{_D}KeyInfo/{_D}X509Data/{_D}X509Certificate"
    return [_decode(element, "X509Certificate") for element in signature.iterfind(path)]


def _decode(element: etree._Element, name: str) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ListSignatureUnsupported(f"{name} is not base64.", f"{name}がBase64ではありません。") from error


def _signer(signature: etree._Element, properties: etree._Element) -> tuple[Certificate, bool]:
    """The KeyInfo certificate that the signed properties name by digest, and whether by SigningCertificateV2."""
    candidates = _key_info(signature)
    if not candidates:
        raise ListSignatureUnsupported(
            "The signature names no certificate in KeyInfo.", "署名のKeyInfoに証明書がありません。"
        )
    signed = f"{_XA}SignedSignatureProperties"
    for tag, version_2 in ((f"{_XA}SigningCertificateV2", True), (f"{_XA}SigningCertificate", False)):
        for digest in properties.iterfind(f"{signed}/{tag}/{_XA}Cert/{_XA}CertDigest"):
            method, value = digest.find(f"{_D}DigestMethod"), digest.find(f"{_D}DigestValue")
            if method is None or value is None:
                continue
            # SHA-1 may name a certificate here: the pin decides on trust, this only says which of KeyInfo is meant.
            name = (method.get("Algorithm") or "").rpartition("#")[2].lower()
            if name not in ("sha1", "sha256", "sha384", "sha512"):
                continue
            expected = _decode(value, "DigestValue")
            for der in candidates:
                if hashlib.new(name, der, usedforsecurity=False).digest() == expected:
                    return _parsed(der), version_2
    raise ListSignatureBroken(
        "No certificate in KeyInfo is the one that the signed properties name.",
        "署名属性が示す証明書がKeyInfoにありません。",
    )


def _parsed(der: bytes) -> Certificate:
    try:
        return parse_certificate(der)
    except MalformedCertificate as error:
        raise ListSignatureUnsupported(
            "The signer certificate is malformed.", "署名者証明書の形式が不正です。"
        ) from error


def _unsupported(what: str, value: str | None) -> ListSignatureUnsupported:
    return ListSignatureUnsupported(
        f"The signature uses the {what} {value!r}, which the profile of trusted lists does not allow.",
        f"署名の{what}「{value}」は、トラストリストの要件で認められていません。",
    )


def _verify_value(info: etree._Element, signature: etree._Element, certificate: Certificate) -> None:
    method = _one(info, f"{_D}SignatureMethod").get("Algorithm")
    canonicalization = _one(info, f"{_D}CanonicalizationMethod")
    if method not in METHODS:
        raise _unsupported("SignatureMethod", method)
    algorithm, prefixes = _c14n_method(canonicalization)
    kind, size, _ = certificate.key_type
    if size < {"rsa": MINIMUM_RSA_BITS, "ec": MINIMUM_EC_BITS}.get(kind, 0):
        raise _unsupported("key size", str(size))
    scheme, digest = METHODS[method]
    salt = hashlib.new(digest).digest_size if scheme == "rsa-pss" else None
    described = signatures.SignatureAlgorithm(
        method, None, scheme, digest, digest if scheme == "rsa-pss" else None, salt
    )
    value = _decode(_one(signature, f"{_D}SignatureValue"), "SignatureValue")
    if not signatures.verify(certificate.public_key, described, value, canonical(info, algorithm, prefixes)):
        raise ListSignatureBroken(
            "The signature value does not verify: the list or its signature was altered.",
            "署名値を検証できません。リストまたは署名が改変されています。",
        )


def _c14n_method(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    """A canonicalization with the prefixes that exclusive c14n treats inclusively."""
    algorithm = element.get("Algorithm") or ""
    if algorithm not in CANONICALIZATIONS:
        raise _unsupported("canonicalization", algorithm)
    inclusive = element.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
    prefixes = (inclusive.get("PrefixList") or "").split() if inclusive is not None else []
    return algorithm, tuple(prefixes)


def _verify_references(
    root: etree._Element, signature: etree._Element, info: etree._Element, properties: etree._Element
) -> str:
    """Check every reference; at the end detach the signature. Returns the digest method of the document."""
    references = info.findall(f"{_D}Reference")
    if not 2 <= len(references) <= _MAX_REFERENCES:
        raise _unsupported("number of references", str(len(references)))
    document: etree._Element | None = None
    properties_bound = False
    for reference in references:
        uri = reference.get("URI")
        if uri == "" or (uri and root.get("Id") and uri == f"#{root.get('Id')}"):
            if document is not None:
                raise _unsupported("second reference to the document", uri)
            document = reference
            continue
        if not uri or not uri.startswith("#"):
            raise _unsupported("reference", uri)
        target = _inside(signature, uri[1:])
        _compare(reference, target, enveloped=False)
        if target is properties and reference.get("Type") == SIGNED_PROPERTIES_TYPE:
            properties_bound = True
    if document is None or not properties_bound:
        missing = "the whole list" if document is None else "the signed properties"
        raise ListSignatureBroken(
            f"The signature does not cover {missing}.", "署名がリスト全体または署名属性を対象としていません。"
        )
    _detach(signature)
    return _compare(document, root, enveloped=True)


def _inside(signature: etree._Element, identifier: str) -> etree._Element:
    """The element of the signature with this Id; a reference may not reach into the list, which is covered whole."""
    for element in signature.iter(etree.Element):
        if element.get("Id") == identifier:
            return element
    raise ListSignatureBroken(
        f"The reference #{identifier} names nothing in the signature.", f"参照先「#{identifier}」が署名内にありません。"
    )


def _compare(reference: etree._Element, target: etree._Element, *, enveloped: bool) -> str:
    transforms = reference.findall(f"{_D}Transforms/{_D}Transform")
    algorithms = [transform.get("Algorithm") for transform in transforms]
    if enveloped:
        if not algorithms or algorithms[0] != ENVELOPED:
            raise _unsupported("first transform", str(algorithms[:1]))
        transforms = transforms[1:]
    if len(transforms) > 1:
        raise _unsupported("transforms", str(algorithms))
    # XMLDSig 4.4.3.2: node sets are canonicalized inclusively when no transform says otherwise.
    method, prefixes = _c14n_method(transforms[0]) if transforms else (INCLUSIVE_C14N, ())
    digest_uri = _one(reference, f"{_D}DigestMethod").get("Algorithm")
    if digest_uri not in DIGESTS:
        raise _unsupported("DigestMethod", digest_uri)
    actual = hashlib.new(DIGESTS[digest_uri], canonical(target, method, prefixes)).digest()
    if actual != _decode(_one(reference, f"{_D}DigestValue"), "DigestValue"):
        raise ListSignatureBroken(
            f"The digest of the reference {reference.get('URI')!r} differs: the list was altered after it was signed.",
            f"参照「{reference.get('URI')}」のダイジェスト値が一致しません。署名後にリストが改変されています。",
        )
    return digest_uri


def _detach(signature: etree._Element) -> None:
    """Remove the signature and keep the text after it, which the enveloped-signature transform keeps too."""
    parent = signature.getparent()
    if parent is None:
        raise ListSignatureAmbiguous("The signature is the root.", "署名がルート要素です。")
    if signature.tail:
        previous = signature.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + signature.tail
        else:
            parent.text = (parent.text or "") + signature.tail
    parent.remove(signature)


def _pins(signer_keys: Collection[bytes]) -> frozenset[bytes]:
    """SPKI digests of the pinned keys; a malformed pin is a mistake of the caller: `MalformedCertificate`."""
    return frozenset(key if len(key) == 32 else parse_certificate(key).spki_sha256 for key in signer_keys)
