"""Evidence records in unsigned attributes of a SignedData (RFC 4998 annex A, ETSI TS 119 122-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from signing.domain.cades.archive import Content
from signing.domain.evidence_records import asn1 as ers
from signing.domain.evidence_records.material import Found, Place, Sealed, sealed
from signing.domain.evidence_records.model import MAX_RECORDS, DataObject, EvidenceRecord, EvidenceRecordError
from signing.domain.procedure.material import Evidence, format_failure
from trustreg.pki import asn1
from trustreg.pki.cms import SignedData, SignerInfo
from trustreg.pki.cms.model import Attribute
from trustreg.pki.errors import PkiError

INTERNAL: Final = "1.2.840.113549.1.9.16.2.49"
"""The record is over the SignedData, which holds its content."""
EXTERNAL: Final = "1.2.840.113549.1.9.16.2.50"
"""The record is over the SignedData and over its content, which stands elsewhere."""
_LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Signed:
    """One signer with its content."""

    id: str
    signer: SignerInfo
    content: Content


def read_records(cms: SignedData, signers: Iterable[Signed], ids: frozenset[str], beside: Evidence) -> Sealed:
    """Every record of these signers. `ids` are those of all signatures and tokens in the SignedData.

    All of them, and all evidence in it (`beside`), existed at the first time-stamp of a record that is whole. Raises
    `EvidenceRecordError` for more records than are read.
    """
    every = [*signers]
    if sum(len(signed.signer.unsigned(oid)) for signed in every for oid in (INTERNAL, EXTERNAL)) > MAX_RECORDS:
        raise EvidenceRecordError("too many evidence records")
    return sealed([one for signed in every for one in _found(cms, signed, ids, beside)], beside)


def _found(cms: SignedData, signed: Signed, ids: frozenset[str], beside: Evidence) -> Iterator[Found]:
    number = 0
    attributes = [item for item in signed.signer.unsigned_attributes if item.oid in (INTERNAL, EXTERNAL)]
    read = [(item, [_parsed(value) for value in item.values]) for item in attributes]
    times = [_first_time(records) for _, records in read]
    for (attribute, records), time in zip(read, times, strict=True):
        # What was added with or after this attribute was not there when its records were made.
        later = {other.raw for (other, _), when in zip(read, times, strict=True) if when >= time} | {attribute.raw}
        objects = _objects(cms, signed, later, attribute)
        misplaced = (cms.content is None) is (attribute.oid == INTERNAL)
        for record in records:
            number += 1
            place = Place(
                f"{signed.id}-E{number}",
                covers=ids,
                accompanies=frozenset({signed.id}),
                evidence=beside,
                faults=(_MISPLACED,) if misplaced else (),
            )
            yield Found(record, place, objects)


def _parsed(value: bytes) -> EvidenceRecord | PkiError:
    try:
        return ers.parse(value)
    except PkiError as error:
        return error


def _first_time(records: Sequence[EvidenceRecord | PkiError]) -> datetime:
    tokens = [record.stamps[0].token for record in records if isinstance(record, EvidenceRecord)]
    return min((token.gen_time for token in tokens if token is not None), default=_LAST)


def _objects(cms: SignedData, signed: Signed, later: set[bytes], attribute: Attribute) -> tuple[DataObject, ...]:
    """RFC 4998 A: the ContentInfo as it was before the attribute; TS 119 122-3 wants it in DER, so either counts."""
    octets = _without(cms, signed.signer, later)
    message = DataObject("signature", octets, others=(_der(octets),))
    if attribute.oid == INTERNAL:
        return (message,)
    content, signer = signed.content, signed.signer
    known = dict(content.digests)
    if not known and signer.digest_algorithm is not None and signer.message_digest is not None:
        # Whether the content is the one that was signed is the signature's matter: here is what it says of it.
        known = {signer.digest_algorithm: signer.message_digest}
    return (message, DataObject("content", content.octets, known))


def _without(cms: SignedData, signer: SignerInfo, later: set[bytes]) -> bytes:
    """The ContentInfo without these unsigned attributes of one signer, all else as received."""
    content_info = asn1.read(cms.raw)
    kind, wrapped = content_info.children()[:2]
    signed_data = wrapped.children()[0]
    *head, signers = signed_data.children()
    infos = []
    for info in signers.children():
        if info.raw != signer.raw:
            infos.append(info.raw)
            continue
        *parts, unsigned = info.children()
        kept = [item.raw for item in unsigned.children() if item.raw not in later]
        infos.append(_again(info, [*(part.raw for part in parts), *([_again(unsigned, kept)] if kept else [])]))
    inner = _again(signed_data, [*(part.raw for part in head), _again(signers, infos)])
    return _again(content_info, [kind.raw, _again(wrapped, [inner])])


def _again(element: asn1.Element, parts: Iterable[bytes]) -> bytes:
    """The element with other parts, its length written in the way in which it was."""
    if element.indefinite:
        return b"".join((bytes((element.tag, 0x80)), *parts, b"\x00\x00"))
    return asn1.encode(element.tag, *parts)


def _der(octets: bytes) -> bytes:
    """The ContentInfo in DER, where the sets with implicit tags are in order too."""
    kind, wrapped = asn1.read(octets).children()[:2]
    signed_data = wrapped.children()[0]
    *head, signers = signed_data.children()
    infos = [asn1.encode(asn1.SEQUENCE, *map(_part, info.children())) for info in signers.children()]
    inner = asn1.encode(asn1.SEQUENCE, *map(_part, head), asn1.encode_set(infos))
    return asn1.encode(asn1.SEQUENCE, asn1.to_der(kind), asn1.encode(wrapped.tag, inner))


def _part(element: asn1.Element) -> bytes:
    """Certificates and CRLs of SignedData, attributes of SignerInfo: [0] and [1], each an implicit SET."""
    if element.tag in (asn1.context(0), asn1.context(1)):
        return asn1.encode(element.tag, *sorted(asn1.to_der(part) for part in element.children()))
    return asn1.to_der(element)


_MISPLACED = format_failure(
    "evidence_record_place",
    "An internal evidence record stands beside a content elsewhere, or an external one beside a content inside.",
    "エビデンスレコードの種類(内部・外部)が、署名対象の置かれ方と合いません。",
)
