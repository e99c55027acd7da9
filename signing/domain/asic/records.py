"""Evidence records in files of a container (EN 319 162-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from signing.domain.asic.container import Container, ContainerError, Entry
from signing.domain.asic.findings import not_as_stamped, partial, uncovered
from signing.domain.asic.manifest import Manifest
from signing.domain.evidence_records.material import Found, Place, Sealed, sealed
from signing.domain.evidence_records.model import MAX_RECORDS, DataObject, EvidenceRecord
from signing.domain.evidence_records.reader import parse
from signing.domain.procedure.material import Evidence
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in one file of META-INF: ids of signatures and of tokens, certificates and revocation data."""

    signatures: frozenset[str]
    tokens: frozenset[str]
    evidence: Evidence = field(default_factory=Evidence)


def is_record(entry: Entry) -> bool:
    """Whether it is an evidence record, by its name."""
    name = entry.name.lower()
    return entry.inside_meta and "evidencerecord" in name and "manifest" not in name and name.endswith((".ers", ".xml"))


def read_records(
    container: Container,
    manifests: Sequence[Manifest],
    contents: Mapping[str, Contents],
    beside: Evidence,
    form: tuple[Finding, ...],
) -> Sealed:
    """Every record over the files that its manifest names, or over all documents where no manifest names it.

    It proves something of the container only when it covers each document. `form` are faults of the container itself.
    Raises `ContainerError` for more records than are read.
    """
    entries = [*filter(is_record, container.entries)]
    if len(entries) > MAX_RECORDS:
        raise ContainerError("it holds more evidence records than are read")
    found = []
    for number, entry in enumerate(entries, 1):
        manifest = next((one for one in manifests if one.target == entry.name), None)
        over = [one.found for one in manifest.references if one.found] if manifest else [*container.documents]
        place = _place(container, entry, number, manifest, [contents[one.name] for one in over if one.name in contents])
        objects = tuple(DataObject(one.name, one.data) for one in over)
        found.append(Found(_parsed(entry), place.with_faults(form), objects))
    return sealed(found, beside)


def _place(
    container: Container, entry: Entry, number: int, manifest: Manifest | None, held: Sequence[Contents]
) -> Place:
    faults: list[Finding] = []
    if manifest is not None:
        if not manifest.intact:
            faults.append(not_as_stamped(manifest))
        elif left := uncovered(container, manifest.covered):
            faults.append(partial(left))
    signatures = frozenset[str]().union(*(one.signatures for one in held))
    return Place(
        f"E{number}",
        entry.name,
        covers=signatures.union(*(one.tokens for one in held)),
        accompanies=signatures,
        evidence=Evidence(
            certificates=tuple(certificate for one in held for certificate in one.evidence.certificates),
            crls=tuple(crl for one in held for crl in one.evidence.crls),
            ocsps=tuple(ocsp for one in held for ocsp in one.evidence.ocsps),
        ),
        coverage="whole",
        faults=tuple(faults),
    )


def _parsed(entry: Entry) -> EvidenceRecord | PkiError:
    try:
        return parse(entry.data)
    except PkiError as error:
        return error
