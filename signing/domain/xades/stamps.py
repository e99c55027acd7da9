"""Time-stamps in XAdES properties: what the imprint of each kind is over (EN 319 132-1, 5.2.8, 5.3, 5.5; TS 101 903).

All tokens of one container share one input. A container whose input cannot be computed proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from .canonical import DEFAULT, Method
from .hardened import XmlError, is_element
from .names import ERS, XADES_111, XADES_141, ds
from .references import Kind, Outcome, Resolver, Unresolved
from .structure import Signature, decode, elements, local_name, read_method

MAX_CONTAINERS = 100
SIGNATURE_STAMP, ARCHIVE_STAMP = "SignatureTimeStamp", "ArchiveTimeStamp"
ALL_DATA, SOME_DATA = "AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp"
_SIG_AND_REFS = ("SigAndRefsTimeStamp", "SigAndRefsTimeStampV2")
_REFS_ONLY = ("RefsOnlyTimeStamp", "RefsOnlyTimeStampV2")
_REVOCATION_REFS = ("CompleteRevocationRefs", "AttributeRevocationRefs")
_REFS = {
    "": frozenset({"CompleteCertificateRefs", "AttributeCertificateRefs", *_REVOCATION_REFS}),
    "V2": frozenset({"CompleteCertificateRefsV2", "AttributeCertificateRefsV2", *_REVOCATION_REFS}),
}

KINDS = {
    SIGNATURE_STAMP: "signature",
    ARCHIVE_STAMP: "archive",
    ALL_DATA: "content",
    SOME_DATA: "content",
    **dict.fromkeys((*_SIG_AND_REFS, *_REFS_ONLY), "archive"),
}
"""Container -> type of time-stamp in the report."""


@dataclass(frozen=True, slots=True)
class Container:
    """One time-stamp property. `before` are the unsigned properties in front of it, in order."""

    element: etree._Element
    name: str
    before: tuple[etree._Element, ...] = ()

    @property
    def covers_signature(self) -> bool:
        """Whether its imprint covers the signature value."""
        return self.name in (SIGNATURE_STAMP, ARCHIVE_STAMP, *_SIG_AND_REFS)


def containers(unsigned: tuple[etree._Element, ...], signed: tuple[etree._Element, ...]) -> list[Container]:
    """The time-stamp properties of a signature, signed ones first, each in its order. Raises `XmlError`."""
    found = [Container(one, local_name(one)) for one in signed]
    for position, one in enumerate(unsigned):
        name = local_name(one)
        if name in KINDS and str(one.tag).startswith("{http://uri.etsi.org/01903/v1."):
            found.append(Container(one, name, unsigned[:position]))
        if len(found) > MAX_CONTAINERS:
            raise XmlError("it holds more time-stamps than are validated")
    return found


def tokens(container: Container) -> list[bytes | None]:
    """The tokens in it (DER); None for one that is no base64 or no RFC 3161 token. Raises `XmlError`."""
    found: list[bytes | None] = []
    for part in elements(container.element):
        if local_name(part) == "EncapsulatedTimeStamp":
            found.append(
                decode(part) if (part.get("Encoding") or "").rpartition("#")[2] in ("", "DER", "BER") else None
            )
        elif local_name(part) == "XMLTimeStamp":
            found.append(None)
    return found


def imprint_input(
    container: Container, signature: Signature, outcomes: tuple[Outcome, ...], resolver: Resolver
) -> bytes:
    """What the imprints of the container's tokens are over. Raises `Unresolved` or `XmlError` when it is not known."""
    build: dict[str, Callable[[], bytes]] = {
        SIGNATURE_STAMP: lambda: work.element(signature.value_element),
        ARCHIVE_STAMP: lambda: work.archive(),
        ALL_DATA: lambda: work.data(None),
        SOME_DATA: lambda: work.data(_included(container)),
    }
    work = _Work(container, signature, outcomes, resolver, _method(container))
    if container.name in build:
        return build[container.name]()
    return work.references(with_signature=container.name in _SIG_AND_REFS)


def own_parts(container: Container, signature: Signature, resolver: Resolver) -> list[bytes]:
    """What a sealing evidence record is over beside the references. Raises `Unresolved` or `XmlError`."""
    return _Work(container, signature, (), resolver, signature.method or DEFAULT).own_parts()


def _method(container: Container) -> Method:
    """The container's canonicalization, Canonical XML 1.0 without any."""
    declared = container.element.find(ds("CanonicalizationMethod"))
    if declared is None:
        declared = container.element.find(f"{{{XADES_111}}}HashDataInfo/{{{XADES_111}}}Transforms/{ds('Transform')}")
    if declared is None or not declared.get("Algorithm"):
        return DEFAULT
    method = read_method(declared)
    if method is None:
        raise XmlError("its canonicalization is not known")
    return method


def _includes(container: Container) -> list[etree._Element]:
    return [one for one in elements(container.element) if local_name(one) == "Include"]


def _included(container: Container) -> list[str]:
    found = []
    for one in _includes(container):
        uri = one.get("URI") or ""
        if one.get("referencedData") != "true" or not uri.startswith("#"):
            raise XmlError("it includes what is not signed data")
        found.append(uri[1:])
    if not found or len(set(found)) != len(found):
        raise XmlError("it includes nothing, or something twice")
    return found


@dataclass(slots=True)
class _Work:
    container: Container
    signature: Signature
    outcomes: tuple[Outcome, ...]
    resolver: Resolver
    method: Method

    def element(self, element: etree._Element) -> bytes:
        return self.resolver.canonical(element, self.method)

    def reference(self, outcome: Outcome) -> bytes:
        if outcome.target is None:
            raise Unresolved(outcome.findings[0])
        return self.resolver.octets(outcome.reference, outcome.target, self.signature.element, self.method)

    def data(self, included: list[str] | None) -> bytes:
        """EN 319 132-1, 5.2.8: the signed data objects, in the order of the references or of the Includes."""
        if included is None:
            chosen = [one for one in self.outcomes if one.kind is not Kind.SIGNED_PROPERTIES]
        else:
            by_id = {one.reference.id: one for one in self.outcomes if one.reference.id}
            if len(by_id) != sum(one.reference.id is not None for one in self.outcomes):
                raise XmlError("two references have one identifier")
            if not by_id.keys() >= set(included):
                raise XmlError("it includes a reference that is not there")
            chosen = [by_id[name] for name in included]
        return b"".join(self.reference(one) for one in chosen)

    def references(self, *, with_signature: bool) -> bytes:
        """EN 319 132-1, A.1.5: the signature value, its time-stamps, and the references to validation data before."""
        if _includes(self.container):
            raise XmlError("the distributed case is not supported")
        names = _REFS["V2" if self.container.name.endswith("V2") else ""]
        parts = [self.element(self.signature.value_element)] if with_signature else []
        for one in self.container.before:
            name = local_name(one)
            if name in names or (with_signature and name == SIGNATURE_STAMP):
                parts.append(self.element(one))
        return b"".join(parts)

    def archive(self) -> bytes:
        """EN 319 132-1, 5.5.2.2: references, then all else of the signature that stands before."""
        if _includes(self.container):
            raise XmlError("the distributed case is not supported")
        return b"".join([*(self.reference(one) for one in self.outcomes), *self.own_parts()])

    def own_parts(self) -> list[bytes]:
        """SignedInfo, SignatureValue, KeyInfo, the properties before, and Objects, each canonicalized."""
        signature = self.signature
        parts = [self.element(signature.info), self.element(signature.value_element)]
        if signature.key_info is not None:
            parts.append(self.element(signature.key_info))
        parts += [self.element(one) for one in self.container.before]
        return parts + [self.element(one) for one in self._objects()]

    def _objects(self) -> list[etree._Element]:
        """The Objects without QualifyingProperties; with XAdES 1.3.2 those that no reference names."""
        found = [
            one
            for one in self.signature.objects
            if not any(local_name(child) == "QualifyingProperties" for child in filter(is_element, one))
        ]
        if str(self.container.element.tag).startswith((f"{{{XADES_141}}}", f"{{{ERS}}}")):
            return found
        covered = {one.target.nodes.apex for one in self.outcomes if one.target is not None and one.target.nodes}
        return [one for one in found if one not in covered]
