"""Evidence records in SealingEvidenceRecords of an XML signature (ETSI TS 119 132-3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from signing.domain.cms_evidence import evidence_of
from signing.domain.evidence_records import asn1 as ers
from signing.domain.evidence_records import xml as xmlers
from signing.domain.evidence_records.hash_tree import node
from signing.domain.evidence_records.material import Found, Place, Sealed, sealed
from signing.domain.evidence_records.model import MAX_RECORDS, DataObject, EvidenceRecord, EvidenceRecordError
from signing.domain.procedure.material import Evidence, format_failure
from trustreg.pki.errors import PkiError

from .hardened import XmlError
from .items import Item
from .names import ERS
from .properties import read_values
from .references import Outcome, Resolver, Unresolved, digest_of
from .stamps import KINDS, Container, own_parts
from .structure import Signature, decode, elements

_PROPERTY = f"{{{ERS}}}SealingEvidenceRecords"


def read_records(items: Sequence[Item], resolver: Resolver, beside: Evidence) -> Sealed:
    """Every record of every signature. `beside` is the evidence of the document without theirs.

    Raises `XmlError` for more records than are read.
    """
    properties = [one for item in items if item.qualifying for one in item.qualifying.unsigned if one.tag == _PROPERTY]
    if sum(map(len, properties)) > MAX_RECORDS:
        raise XmlError("it holds more evidence records than are read")
    return sealed([found for item in items for found in _found(item, items, resolver)], beside)


def _found(item: Item, items: Sequence[Item], resolver: Resolver) -> Iterator[Found]:
    if item.signature is None or item.verified is None or item.qualifying is None:
        return
    number = 0
    for position, one in enumerate(item.qualifying.unsigned):
        if one.tag != _PROPERTY:
            continue
        container = Container(one, "SealingEvidenceRecords", item.qualifying.unsigned[:position])
        group = _group(item.signature, (*item.verified.outcomes, *item.verified.entries), container, resolver)
        for record in _records(one):
            number += 1
            place = Place(
                f"{item.id}-E{number}",
                covers=_covers(item, items, container),
                accompanies=frozenset({item.id}),
                evidence=_evidence(item, container),
                faults=() if _has_trees(record) else (_NO_TREE,),
            )
            yield Found(record, place, (group,))


def _records(parent: etree._Element) -> Iterator[EvidenceRecord | PkiError]:
    try:
        for part in elements(parent):
            yield _record(part)
    except XmlError as error:
        yield EvidenceRecordError(str(error))


def _record(element: etree._Element) -> EvidenceRecord | PkiError:
    try:
        if element.tag == xmlers.ers("EvidenceRecord"):
            return xmlers.read_element(element)
        octets = decode(element) if element.tag == f"{{{ERS}}}ASN1EvidenceRecord" else None
        return ers.parse(octets) if octets else EvidenceRecordError("it is no evidence record")
    except PkiError as error:
        return error
    except XmlError as error:
        return EvidenceRecordError(str(error))


def _has_trees(record: EvidenceRecord | PkiError) -> bool:
    """The first time-stamp holds a tree, whose first list holds the digest of the group."""
    return not isinstance(record, EvidenceRecord) or record.stamps[0].tree is not None


def _group(signature: Signature, outcomes: Sequence[Outcome], container: Container, resolver: Resolver) -> DataObject:
    """One data object group: what the references lead to, and the signature with all that stands before the record."""
    known: dict[str, bytes | None] = {}

    def compute(algorithm: str) -> bytes | None:
        if algorithm not in known:
            known[algorithm] = _group_digest(algorithm, signature, outcomes, container, resolver)
        return known[algorithm]

    return DataObject("signature", compute=compute)


def _group_digest(
    algorithm: str, signature: Signature, outcomes: Sequence[Outcome], container: Container, resolver: Resolver
) -> bytes | None:
    try:
        values = [_reference_digest(algorithm, signature, one, resolver) for one in outcomes]
        values += [digest_of(algorithm, octets) for octets in own_parts(container, signature, resolver)]
    except (XmlError, Unresolved):
        return None
    complete = [value for value in values if value is not None]
    return node(complete, algorithm) if len(complete) == len(values) else None


def _reference_digest(algorithm: str, signature: Signature, outcome: Outcome, resolver: Resolver) -> bytes | None:
    target, reference = outcome.target, outcome.reference
    if target is None:
        # It is not here. Whether it is what was signed is the signature's matter: here is what that says of it.
        return reference.value if reference.digest == algorithm and not reference.transforms else None
    beside = resolver.detached[target.detached] if target.detached is not None else None
    if beside is not None and not reference.transforms:
        return beside.digest(algorithm)
    return digest_of(algorithm, resolver.octets(reference, target, signature.element, signature.method))


def _covers(item: Item, items: Sequence[Item], container: Container) -> frozenset[str]:
    """The signature, its time-stamps in front of the record and among the signed properties, counter-signatures."""
    before = set(container.before)
    inside = [one for one in items if one.parent is item and one.element.getparent() in before]
    stamps = [
        stamp for stamp in item.stamps if stamp.container.element in before or KINDS[stamp.container.name] == "content"
    ]
    found = {item.id, *(stamp.id for stamp in stamps)}
    return frozenset(found | {one.id for one in inside} | {stamp.id for one in inside for stamp in one.stamps})


def _evidence(item: Item, container: Container) -> Evidence:
    """Certificates and revocation data in KeyInfo and in the properties before: what stands behind is not covered."""
    values = read_values(container.before)
    return evidence_of(
        [],
        certificates=[*(certificate.der for certificate in item.key_info), *values.certificates],
        crls=[*item.crls, *values.crls],
        ocsps=values.ocsps,
    )


_NO_TREE = format_failure(
    "evidence_record_hash_tree",
    "The evidence record has no hash tree, which must hold the digest of the signature.",
    "エビデンスレコードに、署名のハッシュ値を含むはずのハッシュ木がありません。",
)
