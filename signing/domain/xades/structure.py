"""The structure of ds:Signature (W3C xmldsig-core1, 4), read strictly: what is not of the schema is refused."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from trustreg.base.effort import spend
from trustreg.pki.signatures import SignatureAlgorithm

from .algorithms import digest_of, signature_of
from .canonical import METHODS, Method
from .hardened import XmlError, is_comment, is_element
from .names import EXC_C14N, ds

MAX_REFERENCES = 2000
MAX_TRANSFORMS = 6


@dataclass(frozen=True, slots=True)
class Reference:
    """One ds:Reference. `digest` None: unknown algorithm; `value` None: not base64."""

    element: etree._Element
    id: str | None
    uri: str | None
    type: str
    transforms: tuple[etree._Element, ...]
    digest: str | None
    digest_uri: str
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Signature:
    """One ds:Signature. `value` None: not base64. `method` None: the canonicalization is not known."""

    element: etree._Element
    id: str | None
    info: etree._Element
    method: Method | None
    method_uri: str
    algorithm: SignatureAlgorithm
    references: tuple[Reference, ...]
    value_element: etree._Element
    value: bytes | None
    key_info: etree._Element | None
    objects: tuple[etree._Element, ...]


def elements(parent: etree._Element) -> list[etree._Element]:
    """The child elements, without comments. A processing instruction or text beside them is refused."""
    found = []
    for child in parent:
        if is_element(child):
            found.append(child)
        elif not is_comment(child):
            raise XmlError("a processing instruction stands inside a signature")
    if (parent.text or "").strip() or any((child.tail or "").strip() for child in parent):
        raise XmlError(f"text stands between the parts of {local_name(parent)}")
    return found


def local_name(element: etree._Element) -> str:
    """The name without its namespace, cut to what may be shown."""
    return str(element.tag).rpartition("}")[2][:60]


def text_of(element: etree._Element) -> str:
    """The whole text, as it is signed: comments split it for careless readers. Child elements are refused."""
    parts = [element.text or ""]
    for child in element:
        if not is_comment(child):
            raise XmlError(f"{local_name(element)} holds more than text")
        parts.append(child.tail or "")
    return "".join(parts)


def decode(element: etree._Element) -> bytes | None:
    """The octets of an element that holds base64, None when it does not. Raises `XmlError` for child elements."""
    try:
        return base64.b64decode("".join(text_of(element).split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def read_signature(element: etree._Element) -> Signature:
    """The parts of a ds:Signature. Raises `XmlError`."""
    parts = elements(element)
    tags = [part.tag for part in parts]
    if tags[:2] != [ds("SignedInfo"), ds("SignatureValue")]:
        raise XmlError("it has no SignedInfo and SignatureValue in their places")
    rest = parts[2:]
    key_info = rest.pop(0) if rest and rest[0].tag == ds("KeyInfo") else None
    if any(part.tag != ds("Object") for part in rest):
        raise XmlError("it holds an element that no signature has there")
    info, value = parts[0], parts[1]
    inside = elements(info)
    if len(inside) < 3 or [part.tag for part in inside[:2]] != [ds("CanonicalizationMethod"), ds("SignatureMethod")]:
        raise XmlError("its SignedInfo is incomplete")
    if len(inside) > MAX_REFERENCES + 2:
        raise XmlError(f"it has more than the {MAX_REFERENCES} references that are processed")
    uri = inside[0].get("Algorithm") or ""
    references = tuple(_reference(part) for part in inside[2:])
    if sum(one.uri is None for one in references) > 1:
        raise XmlError("more than one reference has no URI")
    return Signature(
        element=element,
        id=element.get("Id"),
        info=info,
        method=read_method(inside[0]),
        method_uri=uri,
        algorithm=signature_of(inside[1]),
        references=references,
        value_element=value,
        value=decode(value),
        key_info=key_info,
        objects=tuple(rest),
    )


def read_method(element: etree._Element) -> Method | None:
    """The canonicalization that a CanonicalizationMethod or a Transform names, None when it is unknown."""
    method = METHODS.get(element.get("Algorithm") or "")
    children = elements(element)
    if method is None or not children:
        return method
    if not method.exclusive or len(children) != 1 or children[0].tag != f"{{{EXC_C14N}}}InclusiveNamespaces":
        raise XmlError("a canonicalization holds parameters that it does not have")
    return replace(method, prefixes=tuple((children[0].get("PrefixList") or "").split()))


def references_in(parent: etree._Element) -> Iterator[Reference]:
    """The references of a ds:Manifest. Raises `XmlError`."""
    for number, part in enumerate(elements(parent)):
        if number >= MAX_REFERENCES:
            raise XmlError(f"a manifest has more than the {MAX_REFERENCES} references that are processed")
        yield _reference(part)


def _reference(element: etree._Element) -> Reference:
    spend(25)  # to read it, and to look for what it names
    if element.tag != ds("Reference"):
        raise XmlError(f"{local_name(element)} stands where references are due")
    parts = elements(element)
    transforms: tuple[etree._Element, ...] = ()
    if parts and parts[0].tag == ds("Transforms"):
        transforms = tuple(elements(parts.pop(0)))
        if any(one.tag != ds("Transform") for one in transforms) or len(transforms) > MAX_TRANSFORMS:
            raise XmlError(f"a reference has more than the {MAX_TRANSFORMS} transforms that are processed, or others")
    if [part.tag for part in parts] != [ds("DigestMethod"), ds("DigestValue")]:
        raise XmlError("a reference has no DigestMethod and DigestValue in their places")
    return Reference(
        element=element,
        id=element.get("Id"),
        uri=element.get("URI"),
        type=element.get("Type") or "",
        transforms=transforms,
        digest=digest_of(parts[0]),
        digest_uri=parts[0].get("Algorithm") or "",
        value=decode(parts[1]),
    )
