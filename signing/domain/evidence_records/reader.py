"""An evidence record in a file of its own, beside the data objects that it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from signing.domain.evidence_records import asn1, xml
from signing.domain.evidence_records.material import Found, Place, sealed
from signing.domain.evidence_records.model import DataObject, EvidenceRecord
from signing.domain.procedure.material import DocumentMaterial, Evidence
from signing.domain.xades.hardened import looks_like_xml

FORMAT = "EvidenceRecord"


def recognise(data: bytes) -> bool:
    """Whether the octets are an evidence record in either syntax."""
    return asn1.recognise(data) or xml.recognise(data)


def parse(data: bytes) -> EvidenceRecord:
    """Read either syntax. Raises `EvidenceRecordError`."""
    return xml.parse(data) if looks_like_xml(data) else asn1.parse(data)


def read(
    data: bytes, *, detached: Sequence[tuple[str, bytes]] = (), digests: Mapping[str, bytes] | None = None
) -> DocumentMaterial:
    """The record over every document handed in. Raises `EvidenceRecordError`.

    `digests` (hashlib name -> value) stand for one more document, which stays where it is.
    """
    record = parse(data)
    objects = [DataObject(name or f"document {number}", octets) for number, (name, octets) in enumerate(detached, 1)]
    if digests:
        objects.append(DataObject("digest", None, digests))
    place = Place(f"E1-{hashlib.sha256(data).hexdigest()[:16]}", coverage="whole")
    found = sealed([Found(record, place, tuple(objects))], Evidence())
    return DocumentMaterial(format=FORMAT, tokens=found.tokens, records=found.records, evidence=found.evidence)
