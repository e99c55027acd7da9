"""An evidence record in a file of its own, beside the data objects that it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from signing.domain.cms_evidence import evidence_of
from signing.domain.evidence_records import asn1, xml
from signing.domain.evidence_records.material import Place, record_material
from signing.domain.evidence_records.model import ArchiveTimeStamp, DataObject, EvidenceRecord
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
    evidence = evidence_in([record])
    identifier = f"E1-{hashlib.sha256(data).hexdigest()[:16]}"
    found, tokens = record_material(record, objects, Place(identifier, coverage="whole"), evidence.certificates)
    return DocumentMaterial(format=FORMAT, tokens=tokens, records=(found,), evidence=evidence)


def evidence_in(records: Sequence[EvidenceRecord], beside: Evidence | None = None) -> Evidence:
    """Certificates and revocation data of records and of their tokens, behind those of `beside`, each once."""
    known = beside or Evidence()
    stamps = [stamp for record in records for stamp in record.stamps]
    holders: list[EvidenceRecord | ArchiveTimeStamp] = [*records, *stamps]
    return evidence_of(
        [stamp.token.signed_data for stamp in stamps if stamp.token is not None],
        certificates=[
            *(certificate.der for certificate in known.certificates),
            *(der for holder in holders for der in holder.certificates),
        ],
        crls=[*known.crls, *(crl for holder in holders for crl in holder.crls)],
        ocsps=[*known.ocsps, *(ocsp for holder in holders for ocsp in holder.ocsps)],
    )
