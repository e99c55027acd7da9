"""Reading an EvidenceRecord in ASN.1 (RFC 4998 3 to 5, the module of its annex B with implicit tags)."""

from __future__ import annotations

from collections.abc import Sequence

from signing.domain.cades.attributes import CERTIFICATE_VALUES, REVOCATION_VALUES
from signing.domain.cms_evidence import revocation_info
from signing.domain.evidence_records.model import (
    MAX_CHAINS,
    MAX_NODES,
    MAX_OCTETS,
    MAX_STAMPS,
    ArchiveTimeStamp,
    Chain,
    EvidenceRecord,
    EvidenceRecordError,
    digests_of,
)
from timestamp.domain.tokens import TimeStampToken, parse_token
from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1, PkiError
from trustreg.pki.signatures import digest_name

_ALGORITHM, _ATTRIBUTES, _TREE = asn1.context(0), asn1.context(1), asn1.context(2)


def recognise(data: bytes) -> bool:
    """Whether the octets begin as an EvidenceRecord does: version 1, then digest algorithms."""
    if data[:1] != b"\x30":
        return False
    try:
        version, algorithms, *rest = asn1.read(data, exact=False).children()
        first = algorithms.expect(asn1.SEQUENCE).children()[0].expect(asn1.SEQUENCE).children()[0]
        return asn1.integer(version) == 1 and first.tag == asn1.OID and 1 <= len(rest) <= 3
    except (MalformedASN1, IndexError, ValueError):
        return False


def parse(data: bytes) -> EvidenceRecord:
    """Read a record. Raises `EvidenceRecordError`."""
    if len(data) > MAX_OCTETS:
        raise EvidenceRecordError("the evidence record is larger than is read")
    try:
        return _record(data)
    except EvidenceRecordError:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise EvidenceRecordError(f"not an evidence record: {error}") from error


def _record(data: bytes) -> EvidenceRecord:
    version, algorithms, *rest = asn1.sequence(data)
    if asn1.integer(version) != 1:
        raise EvidenceRecordError("an unknown version of EvidenceRecord")
    algorithms.expect(asn1.SEQUENCE)
    information = rest.pop(0) if rest and rest[0].tag == asn1.context(0) else None
    if rest and rest[0].tag == asn1.context(1):
        rest.pop(0)  # EncryptionInfo: what was hashed is what was encrypted, and so it is compared
    if len(rest) != 1:
        raise EvidenceRecordError("the record does not hold one sequence of archive time-stamps")
    elements = [chain.expect(asn1.SEQUENCE) for chain in rest[0].expect(asn1.SEQUENCE).children()]
    found = [chain.children() for chain in elements]
    if not elements or len(elements) > MAX_CHAINS or not all(found) or sum(map(len, found)) > MAX_STAMPS:
        raise EvidenceRecordError("the record holds no archive time-stamps, or more than are read")
    chains = _chains(elements, [[_parts(stamp) for stamp in stamps] for stamps in found])
    certificates, crls, ocsps = _evidence(information)
    return EvidenceRecord("ERS", chains, certificates, crls, ocsps)


class _Parts:
    """One ArchiveTimeStamp taken apart."""

    __slots__ = ("algorithm", "token", "token_element", "tree")

    def __init__(
        self,
        algorithm: str | None,
        tree: tuple[tuple[bytes, ...], ...] | None,
        token: TimeStampToken | None,
        element: asn1.Element,
    ) -> None:
        self.algorithm, self.tree, self.token, self.token_element = algorithm, tree, token, element


def _parts(stamp: asn1.Element) -> _Parts:
    parts = stamp.expect(asn1.SEQUENCE).children()
    token_element = parts.pop().expect(asn1.SEQUENCE)
    tags = [part.tag for part in parts]
    if tags != sorted(set(tags)) or not set(tags) <= {_ALGORITHM, _ATTRIBUTES, _TREE}:
        raise EvidenceRecordError("an archive time-stamp has other parts than are known")
    by_tag = {part.tag: part for part in parts}
    try:
        token: TimeStampToken | None = parse_token(token_element.raw)
    except PkiError:
        token = None
    if _ALGORITHM in by_tag:
        algorithm, _ = digest_name(asn1.read(asn1.encode(asn1.SEQUENCE, by_tag[_ALGORITHM].content)))
    else:
        algorithm = token.imprint_algorithm if token is not None else None
    tree = None
    if _TREE in by_tag:
        tree = tuple(
            tuple(asn1.octets(value) for value in siblings.expect(asn1.SEQUENCE).children())
            for siblings in by_tag[_TREE].children()
        )
        if not tree or not all(tree) or sum(map(len, tree)) > MAX_NODES:
            raise EvidenceRecordError("a hash tree has an empty list, or more values than are read")
    return _Parts(algorithm, tree, token, token_element)


def _chains(elements: Sequence[asn1.Element], stamps: Sequence[Sequence[_Parts]]) -> tuple[Chain, ...]:
    """What a renewal may have hashed of each part: its octets as received, and the same in DER."""
    chains = []
    received = der = b""
    for position, (element, parts) in enumerate(zip(elements, stamps, strict=True)):
        algorithm = parts[0].algorithm
        readings = (asn1.encode(asn1.SEQUENCE, received), asn1.encode(asn1.SEQUENCE, der)) if position else ()
        chains.append(
            Chain(
                algorithm=algorithm,
                stamps=tuple(
                    ArchiveTimeStamp(
                        part.algorithm,
                        part.tree,
                        part.token,
                        digests_of(algorithm, part.token_element.raw, asn1.to_der(part.token_element)),
                    )
                    for part in parts
                ),
                before=digests_of(algorithm, *readings),
            )
        )
        received += element.raw
        der += asn1.to_der(element)
    return tuple(chains)


def _evidence(information: asn1.Element | None) -> tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]:
    """Certificates, CRLs and OCSP responses in CryptoInfos: attributes of the kinds that CAdES has for them."""
    certificates: list[bytes] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for attribute in information.children() if information is not None else ():
        kind, values = attribute.expect(asn1.SEQUENCE).children()[:2]
        name = asn1.oid(kind)
        for value in values.expect(asn1.SET).children():
            if name == CERTIFICATE_VALUES:
                certificates += [part.raw for part in value.expect(asn1.SEQUENCE).children()]
            elif name == REVOCATION_VALUES:
                lists, responses = revocation_info(value.raw)
                crls += lists
                ocsps += responses
    return tuple(certificates), tuple(crls), tuple(ocsps)
