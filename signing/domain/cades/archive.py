"""What the time-stamps in CAdES are over (EN 319 122-1 5.5; TS 101 733 6.4): their imprints, and what they cover.

Imprints are over octets as received wherever the standards say so; two readings of archive-time-stamp-v2 exist, and
either is accepted, for both bind the same content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.cades import attributes as aa
from timestamp.domain.tokens import TimeStampToken, parse_token
from trustreg.pki import asn1
from trustreg.pki.cms import Attribute, SignedData, SignerInfo
from trustreg.pki.cms.model import SIGNATURE_TIME_STAMP
from trustreg.pki.errors import MalformedASN1, PkiError
from trustreg.pki.signatures import digest, digest_name

_INDEXES = (aa.HASH_INDEX_V3, aa.HASH_INDEX_V2, aa.HASH_INDEX_V1)


@dataclass(frozen=True, slots=True)
class Content:
    """The content that was signed: octets, or digests by name where only those are there; `detached` as it stood."""

    octets: bytes | None
    digests: Mapping[str, bytes]
    detached: bool

    def digest(self, name: str) -> bytes | None:
        """Its digest; None when it cannot be computed. Raises UnsupportedAlgorithm."""
        return digest(name, self.octets) if self.octets is not None else self.digests.get(name)


@dataclass(frozen=True, slots=True)
class HashIndex:
    """ats-hash-index: which elements an archive-time-stamp-v3 covers. `oid` says which version."""

    oid: str
    algorithm: str
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    unsigned: tuple[bytes, ...]
    raw: bytes
    """The attribute's value."""


def refs_octets(signer: SignerInfo) -> bytes:
    """Type and values of the complete references, in the order certificates, revocation (TS 101 733 6.3.6)."""
    return b"".join(
        _type_and_values(attribute)
        for oid in (aa.CERTIFICATE_REFS, aa.REVOCATION_REFS)
        for attribute in signer.unsigned_attributes
        if attribute.oid == oid
    )


def cades_c_octets(signer: SignerInfo) -> bytes:
    """Signature value, signature time-stamps and complete references (TS 101 733 6.3.5)."""
    stamps = [item for item in signer.unsigned_attributes if item.oid == SIGNATURE_TIME_STAMP]
    return signer.signature + b"".join(map(_type_and_values, stamps)) + refs_octets(signer)


def _type_and_values(attribute: Attribute) -> bytes:
    return asn1.read(attribute.raw).content


def v2_octets(cms: SignedData, signer: SignerInfo, content: Content, token: TimeStampToken) -> tuple[bytes, ...]:
    """The two readings of what an archive-time-stamp-v2 is over (TS 101 733 1.8.3 and 2.2.1); empty without content."""
    if content.detached and content.octets is None:
        return ()
    *fixed, unsigned = _parts(signer)
    head = b"".join(
        (
            cms.encapsulated_raw,
            content.octets or b"" if content.detached else b"",
            cms.certificates_raw or b"",
            cms.crls_raw or b"",
            *fixed,
        )
    )
    kept = [attribute.raw for attribute in signer.unsigned_attributes if not _later_archive(attribute, token)]
    body = b"".join(kept)
    whole = unsigned if len(kept) == len(signer.unsigned_attributes) else asn1.encode(asn1.context(1), body)
    return (head + whole, head + body)


def _later_archive(attribute: Attribute, token: TimeStampToken) -> bool:
    if attribute.oid not in (aa.ARCHIVE_TIME_STAMP_V2, aa.ARCHIVE_TIME_STAMP_V3):
        return False
    for value in attribute.values:
        try:
            if parse_token(value).gen_time < token.gen_time:
                return False
        except PkiError:
            continue
    return True


def _parts(signer: SignerInfo) -> tuple[bytes, ...]:
    """version, sid, digestAlgorithm, [signedAttrs], signatureAlgorithm, signature, and unsignedAttrs (or nothing)."""
    raws = [part.raw for part in asn1.read(signer.raw).children()]
    return tuple(raws) if signer.unsigned_attributes else (*raws, b"")


def v3_octets(cms: SignedData, signer: SignerInfo, content: Content, token: TimeStampToken, index: HashIndex) -> bytes:
    """What an archive-time-stamp-v3 is over (EN 319 122-1 5.5.3). Raises MalformedASN1 when it cannot be told."""
    name = token.imprint_algorithm
    value = content.digest(name) if name else None
    if value is None:
        raise MalformedASN1("the digest of the content is not there")
    content_type = asn1.read(cms.encapsulated_raw).children()[0].raw
    *fixed, _unsigned = _parts(signer)
    return b"".join((content_type, value, *fixed, index.raw))


def hash_index(token: TimeStampToken) -> HashIndex | None:
    """The one ats-hash-index of a token; None when there is none, more than one, or one that cannot be read."""
    found = [
        (attribute.oid, value)
        for attribute in token.signed_data.signers[0].unsigned_attributes
        if attribute.oid in _INDEXES
        for value in attribute.values
    ]
    if len(found) != 1:
        return None
    oid, value = found[0]
    try:
        parts = asn1.sequence(value)
        algorithm: str | None = "sha256"
        if len(parts) > 3:
            algorithm, _ = digest_name(parts.pop(0))
        certificates, crls, unsigned = (
            tuple(asn1.octets(entry) for entry in part.expect(asn1.SEQUENCE).children()) for part in parts
        )
    except (ValueError, IndexError):
        return None
    return HashIndex(oid, algorithm, certificates, crls, unsigned, value) if algorithm else None


def indexed(index: HashIndex, cms: SignedData, signer: SignerInfo) -> tuple[frozenset[bytes], bool]:
    """(values of unsigned attributes that the index covers, whether everything in the index was found)."""
    try:
        known = {digest(index.algorithm, der) for der in cms.certificates}
        lists = {digest(index.algorithm, der) for der in _revocation_choices(cms)}
        entries = dict(
            entry for attribute in signer.unsigned_attributes for entry in _attribute_entries(index, attribute)
        )
    except UnsupportedAlgorithm:
        return frozenset(), False
    complete = set(index.certificates) <= known and set(index.crls) <= lists and set(index.unsigned) <= set(entries)
    return frozenset(value for entry in index.unsigned for value in entries.get(entry, ())), complete


def indexed_evidence(index: HashIndex, cms: SignedData) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """(certificates, CRLs, OCSP responses) of the SignedData that the index covers."""
    try:
        certificates = [der for der in cms.certificates if digest(index.algorithm, der) in index.certificates]
        choices = [raw for raw in _revocation_choices(cms) if digest(index.algorithm, raw) in index.crls]
    except UnsupportedAlgorithm:
        return [], [], []
    return (
        certificates,
        [der for der in cms.crls if der in choices],
        [der for der in cms.ocsp_responses if any(der in choice for choice in choices)],
    )


def _revocation_choices(cms: SignedData) -> Iterator[bytes]:
    yield from cms.crls
    if cms.crls_raw is not None:
        for part in asn1.read(cms.crls_raw).children():
            if part.tag != asn1.SEQUENCE:
                yield part.raw
                yield from (inner.raw for inner in part.children()[1:])


def _attribute_entries(index: HashIndex, attribute: Attribute) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """(entry of the index, values that it stands for): the whole attribute, or in the third version each value."""
    if index.oid != aa.HASH_INDEX_V3:
        yield digest(index.algorithm, attribute.raw), attribute.values
        return
    kind = asn1.encode_oid(attribute.oid)
    for value in attribute.values:
        yield digest(index.algorithm, kind + value), (value,)
