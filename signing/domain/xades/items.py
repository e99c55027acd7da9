"""The signatures of a document, found and taken apart: each ds:Signature with its counter-signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from signing.domain.cms_evidence import parse_certificates
from signing.domain.procedure.material import format_failure
from timestamp.domain.tokens import TimeStampToken
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding

from .hardened import Document, XmlError
from .names import SAML2, SIGNATURE, SIGNED_PROPERTIES_TYPE, ds
from .properties import Qualifying, named, read_qualifying
from .stamps import Container
from .structure import Signature, decode, local_name, read_signature
from .verification import Verified

MAX_SIGNATURES = 200
MAX_CERTIFICATES = 256
_COUNTERSIGNATURE = tuple(f"{{{namespace}}}CounterSignature" for namespace in SIGNED_PROPERTIES_TYPE)


@dataclass(slots=True, eq=False)
class Stamp:
    """One token of one container. `token` None: it cannot be read."""

    id: str
    container: Container
    token: TimeStampToken | None


@dataclass(slots=True, eq=False)
class Item:
    """One ds:Signature on its way. `parent`: the signature that it counter-signs by its place."""

    element: etree._Element
    id: str
    parent: Item | None
    depth: int = 0
    signature: Signature | None = None
    qualifying: Qualifying | None = None
    fault: Finding | None = None
    key_info: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    stamps: list[Stamp] = field(default_factory=list)
    verified: Verified | None = None
    countersigned: Item | None = None
    """What it counter-signs as its references say."""


def signatures_of(document: Document) -> list[Item]:
    """Every signature with its counter-signatures behind it. Raises `XmlError` for more than are validated."""
    items = [Item(element, f"S{number}", None) for number, element in enumerate(_top(document), 1)]
    for item in items:  # counter-signatures are appended while the list is walked
        _read_structure(item)
        items += _countersignatures(item)
        if len(items) > MAX_SIGNATURES:
            raise XmlError(f"it holds more than the {MAX_SIGNATURES} signatures that are validated")
    return items


_MAX_NESTING = 8


def _top(document: Document) -> Iterator[etree._Element]:
    """Every signature that is no counter-signature by its place, and not that of an assertion inside a signature."""
    for element in document.root.iter(SIGNATURE):
        parent = element.getparent()
        if parent is not None and parent.tag in _COUNTERSIGNATURE and _among_properties(parent):
            continue
        if parent is not None and parent.tag == f"{{{SAML2}}}Assertion" and any(parent.iterancestors(SIGNATURE)):
            continue
        yield element


def _among_properties(countersignature: etree._Element) -> bool:
    """Whether a CounterSignature stands where a signature has its own; elsewhere it is just an element."""
    place = ["UnsignedSignatureProperties", "UnsignedProperties", "QualifyingProperties", "Object", "Signature"]
    return [local_name(one) for one in islice(countersignature.iterancestors(), len(place))] == place


def _read_structure(item: Item) -> None:
    try:
        signature = read_signature(item.element)
        item.id = f"{item.id}-{hashlib.sha256(signature.value or b'').hexdigest()[:16]}"
        item.qualifying = read_qualifying(signature)
    except XmlError as error:
        item.fault = format_failure(
            "format_parsed",
            f"The signature does not have the form that its format demands: {error}.",
            f"署名の形式が規格に合っていません: {error}",
        )
        return
    item.signature = signature
    if signature.key_info is not None:
        data = f"{ds('X509Data')}/{ds('X509Certificate')}"
        item.key_info = parse_certificates(_octets(islice(signature.key_info.iterfind(data), MAX_CERTIFICATES)))
        item.crls = tuple(_octets(signature.key_info.iterfind(f"{ds('X509Data')}/{ds('X509CRL')}")))


def _octets(elements: Iterable[etree._Element]) -> Iterator[bytes]:
    for element in elements:
        try:
            octets = decode(element)
        except XmlError:
            continue
        if octets:
            yield octets


def _countersignatures(item: Item) -> list[Item]:
    found: list[Item] = []
    for one in named(item.qualifying.unsigned, "CounterSignature") if item.qualifying else ():
        for element in one.iterchildren(SIGNATURE):
            if item.depth >= _MAX_NESTING:
                raise XmlError(f"counter-signatures are nested more than {_MAX_NESTING} levels deep")
            found.append(Item(element, f"{item.id}-C{len(found) + 1}", item, item.depth + 1))
    return found
