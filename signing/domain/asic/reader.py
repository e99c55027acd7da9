"""ASiC-S and ASiC-E (EN 319 162-1): from a container to `DocumentMaterial`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from signing.domain import cades, xades
from signing.domain.asic.container import Container, ContainerError, Entry, open_container
from signing.domain.asic.findings import names_of, not_as_stamped, partial, uncovered
from signing.domain.asic.manifest import Manifest, is_manifest, read_manifest
from signing.domain.asic.records import Contents, is_record, read_records
from signing.domain.cms_evidence import evidence_of
from signing.domain.particulars import Scope
from signing.domain.procedure.findings import unreadable_time_stamp
from signing.domain.procedure.material import (
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    TokenMaterial,
    format_failure,
)
from signing.domain.xades.hardened import XmlError
from timestamp.domain.tokens import TimeStampToken, TokenVerification, parse_any, verify_token
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding, SubIndication

ASIC_S, ASIC_E = "application/vnd.etsi.asic-s+zip", "application/vnd.etsi.asic-e+zip"


def recognise(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive."""
    return data[:4] == b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file of META-INF gave: ids are made unique by its number."""

    entry: Entry
    material: DocumentMaterial


def read(data: bytes) -> DocumentMaterial:
    """Everything signed or stamped in a container. Raises `PkiError` when the container itself cannot be read."""
    container = open_container(data)
    kind = _kind(container)
    try:
        manifests = [read_manifest(container, entry) for entry in container.entries if is_manifest(entry)]
    except XmlError as error:
        raise ContainerError(str(error)) from error
    signatures = [entry for entry in container.entries if _is_signature(entry)]
    stamps = [entry for entry in container.entries if _is_time_stamp(entry)]
    parts = [
        _Part(entry, _numbered(_signed(container, entry, manifests, kind), f"F{number}-"))
        for number, entry in enumerate(signatures, 1)
    ]
    parts = [replace(part, material=_countersigning(part.material, parts)) for part in parts]
    tokens = list(_time_stamps(container, stamps, manifests, parts, kind))
    form = _form_findings(container, kind)
    archived = {identifier for token in tokens for identifier in token.covers}
    evidence = _together([part.material.evidence for part in parts], tokens)
    sealed = read_records(container, manifests, _contents(parts, stamps, tokens), evidence, form)
    if not (parts or tokens or sealed.tokens):
        return DocumentMaterial(format=kind)
    return DocumentMaterial(
        format=kind,
        signatures=tuple(
            replace(
                signature,
                format_findings=(*signature.format_findings, *form),
                level="BASELINE-LTA" if _archives(signature, archived) else signature.level,
            )
            for part in parts
            for signature in part.material.signatures
        ),
        tokens=(
            *(token for part in parts for token in part.material.tokens),
            *(replace(token, format_findings=(*token.format_findings, *form)) for token in tokens),
            *sealed.tokens,
        ),
        records=(*(record for part in parts for record in part.material.records), *sealed.records),
        evidence=sealed.evidence,
        problems=tuple(_problems(container, manifests)),
    )


def _countersigning(material: DocumentMaterial, parts: Sequence[_Part]) -> DocumentMaterial:
    """With each counter-signature of a signature in another file bound to it: it reaches the documents through that."""
    inside = {part.entry.name: part.material.signatures for part in parts}
    return replace(material, signatures=tuple(_bound_elsewhere(signature, inside) for signature in material.signatures))


def _bound_elsewhere(
    signature: SignatureMaterial, inside: Mapping[str, Sequence[SignatureMaterial]]
) -> SignatureMaterial:
    if signature.countersigns_in is None:
        return signature
    name, value = signature.countersigns_in
    found = [one for one in inside.get(name, ()) if one.value == value]
    if len(found) != 1 or found[0].countersigns_in is not None:
        return signature
    reaches = signature.cryptography.intact is True and found[0].cryptography.intact is True
    return replace(signature, countersigns=found[0].id, coverage=found[0].coverage if reaches else "none")


def _contents(parts: Sequence[_Part], stamps: Sequence[Entry], tokens: Sequence[TokenMaterial]) -> dict[str, Contents]:
    """What stands in each file of META-INF."""
    inside = {
        part.entry.name: Contents(
            frozenset(signature.id for signature in part.material.signatures),
            frozenset(token.id for token in part.material.tokens),
            part.material.evidence,
        )
        for part in parts
    }
    alone = zip(stamps, tokens, strict=True)
    return inside | {entry.name: Contents(frozenset(), frozenset({token.id})) for entry, token in alone}


def _archives(signature: SignatureMaterial, archived: set[str]) -> bool:
    """A time-stamp of the container stands for the archive time-stamp that the signature itself does not have."""
    return signature.level == "BASELINE-LT" and signature.id in archived


def _kind(container: Container) -> str:
    named = container.stated_type
    if named == ASIC_S:
        return "ASiC-S"
    if named == ASIC_E or len(container.documents) != 1:
        return "ASiC-E"
    return "ASiC-S"


def _is_signature(entry: Entry) -> bool:
    name = entry.name
    return (
        entry.inside_meta
        and "signature" in name.lower()
        and "Manifest" not in name
        and name.endswith((".p7s", ".xml"))
        and not is_record(entry)
    )


def _is_time_stamp(entry: Entry) -> bool:
    return entry.inside_meta and "timestamp" in entry.name.lower() and entry.name.endswith(".tst")


def _form_findings(container: Container, kind: str) -> tuple[Finding, ...]:
    """EN 319 162-1 4.3.3 and 4.4.3: one document, or at least one."""
    count = len(container.documents)
    if kind == "ASiC-S" and count != 1:
        return (
            format_failure(
                "container_documents",
                f"A container of this kind holds one document; this one holds {count}.",
                f"この種類のコンテナに入る文書は一つですが、{count} 個あります。",
            ),
        )
    if count == 0:
        return (
            format_failure(
                "container_documents", "The container holds no document.", "コンテナに文書が入っていません。"
            ),
        )
    return ()


_OF_FORMAT = ("META-INF/container.xml", "META-INF/manifest.xml", "META-INF/metadata.xml")
"""Files that OCF and ODF have there (EN 319 162-1 4.4.3.1)."""


def _has_part(entry: Entry) -> bool:
    """Whether a file has its part in the container: a document, or of a kind that is read here."""
    kinds = (_is_signature, _is_time_stamp, is_manifest, is_record)
    return not entry.inside_meta or entry.name in _OF_FORMAT or any(kind(entry) for kind in kinds)


def _problems(container: Container, manifests: Sequence[Manifest]) -> Iterator[Finding]:
    if container.stated_type not in (ASIC_S, ASIC_E, None):
        yield Finding(
            "container_mimetype",
            None,
            f"The container calls itself {container.stated_type!r}.",
            f"コンテナの種類は {container.stated_type!r} とされています。",
        )
    known = frozenset[str]().union(*(manifest.covered for manifest in manifests))
    others = [entry.name for entry in container.entries if not (_has_part(entry) or entry.name in known)]
    if others:
        yield Finding(
            "container_other_files",
            None,
            f"META-INF holds files that no signature or time-stamp covers: {names_of(others)}.",
            f"META-INF に、署名にもタイムスタンプにも覆われないファイルがあります：{names_of(others)}",
        )
    entry = container.get("mimetype")
    if entry is not None and (entry is not container.entries[0] or not entry.stored):
        yield Finding(
            "container_mimetype",
            None,
            "The file `mimetype` is not the first one of the container, or it is compressed (EN 319 162-1 A.1).",
            "ファイル mimetype が、コンテナの先頭にないか、圧縮されています(EN 319 162-1 A.1)。",
        )


def _signed(container: Container, entry: Entry, manifests: Sequence[Manifest], kind: str) -> DocumentMaterial:
    """What one file of signatures holds."""
    if entry.name.endswith(".p7s"):
        return _cades(container, entry, manifests, kind)
    documents = {document.name for document in container.documents}
    beside = [
        xades.Detached(other.name, other.data, demanded=other.name in documents)
        for other in container.entries
        if other is not entry
    ]
    try:
        return xades.read(entry.data, detached=beside, by_name=True)
    except XmlError as error:
        raise ContainerError(f"{entry.name} cannot be read: {error}") from error


def _cades(container: Container, entry: Entry, manifests: Sequence[Manifest], kind: str) -> DocumentMaterial:
    """A CAdES signature: over the one document of ASiC-S, or over its manifest."""
    if kind == "ASiC-S" and len(container.documents) == 1:
        document = container.documents[0]
        material = cades.read(entry.data, detached=[(document.name, document.data)])
        named = (Scope(document.name),)
        return replace(material, signatures=tuple(replace(one, scopes=named) for one in material.signatures))
    manifest = _manifest_of(entry, manifests)
    if manifest is None:
        material = cades.read(entry.data)
        return replace(material, signatures=tuple(map(_over_nothing, material.signatures)))
    material = cades.read(entry.data, detached=[(manifest.entry.name, manifest.entry.data)])
    return replace(
        material,
        signatures=tuple(_over_manifest(signature, manifest, container) for signature in material.signatures),
    )


def _over_nothing(signature: SignatureMaterial) -> SignatureMaterial:
    """A signature that no manifest links to the files: whatever it is over, it is none of them."""
    cryptography = signature.cryptography
    intact = None if cryptography.intact else cryptography.intact
    return replace(
        signature,
        coverage="none",
        cryptography=replace(cryptography, intact=intact, findings=(*cryptography.findings, _NO_MANIFEST)),
    )


_NO_MANIFEST = Finding(
    "signed_data",
    SubIndication.SIGNED_DATA_NOT_FOUND,
    "No manifest says which files of the container were signed.",
    "コンテナのどのファイルが署名の対象かを示すマニフェストがありません。",
)


def _manifest_of(entry: Entry, manifests: Sequence[Manifest]) -> Manifest | None:
    """The manifest that names the file."""
    return next((manifest for manifest in manifests if manifest.target == entry.name), None)


def _over_manifest(signature: SignatureMaterial, manifest: Manifest, container: Container) -> SignatureMaterial:
    """What the signature of a manifest says of the files: they must be there, be the same, and be all of them."""
    cryptography = signature.cryptography
    findings: list[Finding] = []
    intact = cryptography.intact
    if manifest.altered:
        intact = False
        findings.append(
            Finding(
                "digest",
                SubIndication.HASH_FAILURE,
                f"Files are not those that were signed: {names_of(manifest.altered)}.",
                f"署名時と異なるファイルがあります：{names_of(manifest.altered)}",
            )
        )
    elif not manifest.intact:
        intact = None if intact else intact
        findings.append(
            Finding(
                "signed_data",
                SubIndication.SIGNED_DATA_NOT_FOUND,
                f"Files that were signed are missing or cannot be compared: {names_of(manifest.missing)}.",
                f"署名されたファイルが見つからないか、照合できません：{names_of(manifest.missing)}",
            )
        )
    left = uncovered(container, frozenset(reference.name for reference in manifest.references))
    covered = bool(manifest.covered & {entry.name for entry in container.documents})
    coverage = signature.coverage
    if coverage == "whole" and (left or not covered):
        coverage = "partial" if covered else "none"
    form = (*signature.format_findings, *([partial(left)] if left else []))
    digests = tuple(sorted({*cryptography.digests, *(reference.algorithm for reference in manifest.references)}))
    return replace(
        signature,
        coverage=coverage if intact is True else "none",
        scopes=(Scope(manifest.entry.name, "manifest"), *map(Scope, sorted(manifest.covered))),
        format_findings=form,
        cryptography=replace(
            cryptography, intact=intact, findings=(*findings, *cryptography.findings), digests=digests
        ),
    )


def _time_stamps(
    container: Container, stamps: Sequence[Entry], manifests: Sequence[Manifest], parts: Sequence[_Part], kind: str
) -> Iterator[TokenMaterial]:
    """Time-stamps that stand in files: over a manifest, or over the one document of ASiC-S."""
    ids = {entry.name: f"T{number}" for number, entry in enumerate(stamps, 1)}
    within = {
        part.entry.name: {
            *(signature.id for signature in part.material.signatures),
            *(token.id for token in part.material.tokens),
        }
        for part in parts
    }
    for entry in stamps:
        manifest = _manifest_of(entry, manifests)
        findings: list[Finding] = []
        covered: frozenset[str] = frozenset()
        octets: bytes | None = None
        if manifest is not None:
            octets, covered = manifest.entry.data, manifest.covered
            if not manifest.intact:
                findings.append(not_as_stamped(manifest))
        elif kind == "ASiC-S" and len(container.documents) == 1:
            octets, covered = container.documents[0].data, frozenset({container.documents[0].name})
        token, verification, faults = _token(entry, octets)
        findings += faults
        proven = set().union(*(within[name] for name in covered if name in within))
        proven |= {ids[name] for name in covered if name in ids and name != entry.name}
        if not proven and not findings and (left := uncovered(container, covered)):
            findings.append(partial(left))
        yield TokenMaterial(
            id=ids[entry.name],
            type="archive" if proven else "standalone",
            token=token,
            verification=verification,
            covers=frozenset() if findings else frozenset(proven),
            evidence=_together([part.material.evidence for part in parts if part.entry.name in covered], ()),
            name=entry.name,
            coverage=_token_coverage(container, covered, verification),
            format_findings=tuple(findings),
        )


def _token_coverage(container: Container, covered: frozenset[str], verification: TokenVerification | None) -> str:
    if verification is None or verification.imprint_matches is not True:
        return "none"
    return "partial" if uncovered(container, covered) else "whole"


def _token(
    entry: Entry, octets: bytes | None
) -> tuple[TimeStampToken | None, TokenVerification | None, tuple[Finding, ...]]:
    try:
        token = parse_any(entry.data)
    except PkiError as error:
        return None, None, (unreadable_time_stamp(error),)
    verification = verify_token(token, data=octets) if octets is not None else verify_token(token, digests={})
    return token, verification, ()


def _numbered(material: DocumentMaterial, prefix: str) -> DocumentMaterial:
    """The material of one file with ids that are unique in the container."""

    def renamed(identifier: str) -> str:
        return prefix + identifier

    return replace(
        material,
        signatures=tuple(
            replace(
                signature,
                id=renamed(signature.id),
                countersigns=renamed(signature.countersigns) if signature.countersigns else None,
            )
            for signature in material.signatures
        ),
        tokens=tuple(
            replace(
                token,
                id=renamed(token.id),
                covers=frozenset(map(renamed, token.covers)),
                accompanies=frozenset(map(renamed, token.accompanies)),
                record=renamed(token.record) if token.record else None,
                renewed_by=frozenset(map(renamed, token.renewed_by)),
            )
            for token in material.tokens
        ),
        records=tuple(
            replace(
                record,
                id=renamed(record.id),
                tokens=tuple(map(renamed, record.tokens)),
                covers=frozenset(map(renamed, record.covers)),
            )
            for record in material.records
        ),
    )


def _together(found: Sequence[Evidence], tokens: Sequence[TokenMaterial]) -> Evidence:
    """The evidence of all parts and of the tokens that stand alone, each once."""
    return evidence_of(
        [token.token.signed_data for token in tokens if token.token is not None],
        certificates=[certificate.der for evidence in found for certificate in evidence.certificates],
        crls=[crl for evidence in found for crl in evidence.crls],
        ocsps=[ocsp for evidence in found for ocsp in evidence.ocsps],
    )
