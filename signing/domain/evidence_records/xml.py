"""Reading an EvidenceRecord in XML (RFC 6283 3 and 4), with the one XML parser of this system."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from signing.domain.evidence_records.model import (
    MAX_CHAINS,
    MAX_NODES,
    MAX_OCTETS,
    MAX_STAMPS,
    ArchiveTimeStamp,
    Canonical,
    Chain,
    EvidenceRecord,
    EvidenceRecordError,
    digests_of,
)
from signing.domain.xades.algorithms import digest_of
from signing.domain.xades.canonical import Method, NodeSet, canonicalise
from signing.domain.xades.hardened import XmlError, looks_like_xml
from signing.domain.xades.hardened import parse as parse_xml
from signing.domain.xades.structure import decode, elements, local_name, read_method
from timestamp.domain.tokens import TimeStampToken, parse_token
from trustreg.pki.errors import PkiError

MAX_CANONICALISED = 300_000
"""Elements that the canonicalizations of one record go through."""
NAMESPACE = "urn:ietf:params:xml:ns:ers"


def ers(name: str) -> str:
    """The tag of an element of RFC 6283."""
    return f"{{{NAMESPACE}}}{name}"


def recognise(data: bytes) -> bool:
    """Whether the document element is an EvidenceRecord. What is no XML at all is not."""
    # The name stands near the beginning or it is no record that anybody made: only such a document is parsed here.
    if not looks_like_xml(data) or b"EvidenceRecord" not in data[:4096].replace(b"\x00", b""):
        return False
    try:
        return parse_xml(data).root.tag == ers("EvidenceRecord")
    except XmlError:
        return False


def parse(data: bytes) -> EvidenceRecord:
    """Read a document that is a record. Raises `EvidenceRecordError`."""
    if len(data) > MAX_OCTETS:
        raise EvidenceRecordError("the evidence record is larger than is read")
    try:
        return read_element(parse_xml(data).root)
    except XmlError as error:
        raise EvidenceRecordError(str(error)) from error


def read_element(root: etree._Element) -> EvidenceRecord:
    """The record of an element. Raises `EvidenceRecordError`.

    One that stands in another document has two readings of what its renewals are over: canonicalized in its place, with
    the namespaces around it, and as the document that it was before it was put there. Both bind the same content.
    """
    try:
        return _record(root)
    except XmlError as error:
        raise EvidenceRecordError(str(error)) from error


def _record(root: etree._Element) -> EvidenceRecord:
    if root.tag != ers("EvidenceRecord") or root.get("Version") != "1.0":
        raise EvidenceRecordError("it is no EvidenceRecord of version 1.0")
    parts = {local_name(part): part for part in elements(root)}
    known = {"EncryptionInformation", "SupportingInformationList", "ArchiveTimeStampSequence"}
    if len(parts) != len(elements(root)) or not set(parts) <= known or "ArchiveTimeStampSequence" not in parts:
        raise EvidenceRecordError("it does not hold one sequence of archive time-stamps")
    sequence = parts["ArchiveTimeStampSequence"]
    if len(sequence) > MAX_CHAINS:
        raise EvidenceRecordError("it holds more chains of archive time-stamps than are read")
    found = _ordered(sequence, "ArchiveTimeStampChain", elements(sequence))
    stamps = [_read_chain(chain) for chain in found]
    if sum(len(one.stamps) for one in stamps) > MAX_STAMPS:
        raise EvidenceRecordError("it holds more archive time-stamps than are read")
    forms = _Forms(root)
    chains = []
    for position, one in enumerate(stamps):
        later = found[position:]
        before = forms.digests(one, sequence, without=later) if position else ()
        chains.append(_chain(one, before, forms))
    return EvidenceRecord("XMLERS", tuple(chains))


@dataclass(frozen=True, slots=True)
class _Stamp:
    tree: tuple[tuple[bytes, ...], ...] | None
    time_stamp: etree._Element
    token: TimeStampToken | None
    information: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Chain:
    algorithm: str | None
    method: Method
    stamps: tuple[_Stamp, ...]


def _ordered(parent: etree._Element, name: str, parts: Sequence[etree._Element]) -> list[etree._Element]:
    """The parts by their Order, which counts from 1 without gap or repetition."""
    if not parts or any(part.tag != ers(name) for part in parts):
        raise EvidenceRecordError(f"{local_name(parent)} does not hold {name} elements alone")
    orders = [part.get("Order") or "" for part in parts]
    if sorted(orders) != sorted(str(number) for number in range(1, len(parts) + 1)):
        raise EvidenceRecordError(f"the Order of {name} has gaps, or repeats itself")
    return sorted(parts, key=lambda part: int(part.get("Order") or "0"))


def _read_chain(chain: etree._Element) -> _Chain:
    parts = elements(chain)
    if [part.tag for part in parts[:2]] != [ers("DigestMethod"), ers("CanonicalizationMethod")]:
        raise EvidenceRecordError("a chain does not name its digest and its canonicalization")
    method = read_method(parts[1])
    if method is None:
        raise EvidenceRecordError("the canonicalization of a chain is not known")
    stamps = _ordered(chain, "ArchiveTimeStamp", parts[2:])
    if len(stamps) > MAX_STAMPS:
        raise EvidenceRecordError("it holds more archive time-stamps than are read")
    return _Chain(digest_of(parts[0]), method, tuple(map(_read_stamp, stamps)))


def _read_stamp(stamp: etree._Element) -> _Stamp:
    parts = elements(stamp)
    tree = _tree(parts.pop(0)) if parts and parts[0].tag == ers("HashTree") else None
    if not parts or [part.tag for part in parts] not in ([ers("TimeStamp")], [ers("TimeStamp"), ers("Attributes")]):
        raise EvidenceRecordError("an archive time-stamp has other parts than are known")
    inside = elements(parts[0])
    if not inside or inside[0].tag != ers("TimeStampToken") or len(inside) > 2:
        raise EvidenceRecordError("a TimeStamp does not hold one token")
    return _Stamp(tree, parts[0], _token(inside[0]), _information(inside[1]) if len(inside) == 2 else ())


def _tree(element: etree._Element) -> tuple[tuple[bytes, ...], ...]:
    if len(element) > MAX_NODES:
        raise EvidenceRecordError("a hash tree has more lists than are read")
    tree = tuple(
        tuple(_value(part) for part in elements(one)) for one in _ordered(element, "Sequence", elements(element))
    )
    if not all(tree) or sum(map(len, tree)) > MAX_NODES:
        raise EvidenceRecordError("a hash tree has an empty list, or more values than are read")
    return tree


def _value(element: etree._Element) -> bytes:
    octets = decode(element) if element.tag == ers("DigestValue") else None
    if not octets:
        raise EvidenceRecordError("a hash tree holds what is no digest value")
    return octets


def _token(element: etree._Element) -> TimeStampToken | None:
    octets = decode(element) if element.get("Type") == "RFC3161" else None
    try:
        return parse_token(octets) if octets else None
    except PkiError:
        return None


def _information(parent: etree._Element) -> tuple[tuple[str, bytes], ...]:
    """Certificates and revocation data (RFC 6283 3.1.3); what is of another kind, or broken, is left out."""
    if parent.tag != ers("CryptographicInformationList"):
        raise EvidenceRecordError("a TimeStamp holds other parts than are known")
    return tuple((one.get("Type") or "", octets) for one in elements(parent) if (octets := decode(one)))


class _Forms:
    """The readings of parts of one record. Raises `XmlError` for more elements than are gone through in all."""

    def __init__(self, root: etree._Element) -> None:
        self._left = MAX_CANONICALISED
        self._alone: dict[etree._Element, etree._Element] = {}
        if root.getparent() is not None:
            twin = copy.deepcopy(root)
            self._alone = dict(zip(root.iter(), twin.iter(), strict=True))

    def digests(
        self, chain: _Chain, apex: etree._Element, *, without: Sequence[etree._Element] = ()
    ) -> tuple[bytes, ...]:
        """Of the canonical octets of `apex`, less some elements, by the algorithm of the chain."""
        readings = [NodeSet(apex, comments=True, without=frozenset(without))]
        if self._alone:
            left_out = frozenset(self._alone[one] for one in without)
            readings.append(NodeSet(self._alone[apex], comments=True, without=left_out))
        return digests_of(chain.algorithm, *(self._canonical(one, chain.method) for one in readings))

    def _canonical(self, nodes: NodeSet, method: Method) -> bytes:
        octets = canonicalise(nodes, method, limit=self._left)
        self._left -= octets.count(b"</")
        return octets


def _chain(one: _Chain, before: tuple[bytes, ...], forms: _Forms) -> Chain:
    return Chain(
        algorithm=one.algorithm,
        stamps=tuple(
            ArchiveTimeStamp(
                one.algorithm,
                stamp.tree,
                stamp.token,
                forms.digests(one, stamp.time_stamp),
                certificates=tuple(octets for kind, octets in stamp.information if kind == "CERT"),
                crls=tuple(octets for kind, octets in stamp.information if kind == "CRL"),
                ocsps=tuple(octets for kind, octets in stamp.information if kind == "OCSP"),
            )
            for stamp in one.stamps
        ),
        before=before,
        method=one.method,
        canonical=_canonical_by(one.method),
    )


def _canonical_by(method: Method) -> Canonical:
    def canonical(data: bytes) -> bytes | None:
        if not looks_like_xml(data):
            return None
        try:
            document = parse_xml(data)
            nodes = NodeSet(document.root, document=True, comments=True)
            return canonicalise(nodes, method, library=document.few_namespaces)
        except XmlError:
            return None

    return canonical
