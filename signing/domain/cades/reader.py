"""CAdES (EN 319 122-1) and plain CMS (RFC 5652) signatures: from bytes to `DocumentMaterial`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.cades import attributes as aa
from signing.domain.cades.archive import (
    Content,
    HashIndex,
    cades_c_octets,
    hash_index,
    indexed,
    indexed_evidence,
    refs_octets,
    v2_octets,
    v3_octets,
)
from signing.domain.cades.level import level_of
from signing.domain.cades.records import Signed, read_records
from signing.domain.cms_evidence import evidence_of
from signing.domain.procedure.findings import SOME_DOCUMENTS, UNREADABLE_TIME_STAMP
from signing.domain.procedure.material import (
    MAX_TOKENS,
    CryptographicResult,
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    TokenMaterial,
    format_failure,
)
from timestamp.domain.tokens import TimeStampToken, TokenVerification, parse_token, verify_token
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerInfo, parse_signed_data, verify_signer
from trustreg.pki.cms.model import COUNTERSIGNATURE, SIGNATURE_TIME_STAMP, SIGNED_DATA, TST_INFO
from trustreg.pki.cms.reader import read_signer
from trustreg.pki.errors import MalformedASN1, MalformedSignedData, PkiError
from trustreg.pki.indications import Finding
from trustreg.pki.signatures import digest

_PEM = re.compile(rb"\s*-----BEGIN (PKCS7|CMS)-----\s(.*?)-----END \1-----\s*", re.DOTALL)
# A SEQUENCE that begins with the OID of SignedData, whatever becomes of it later.
_CONTENT_INFO = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})" + re.escape(asn1.encode_oid(SIGNED_DATA)), re.DOTALL
)
_MAX_SIGNATURES = 256
_MAX_NESTING = 8
"""Counter-signatures of counter-signatures."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One SignerInfo with its place: `parent` is the id of the signature that a counter-signature is over."""

    id: str
    signer: SignerInfo
    content: Content
    parent: str | None = None


def recognise(data: bytes) -> bool:
    """Whether the bytes are a CMS SignedData, DER, BER or PEM, over anything but a TSTInfo (which makes a token)."""
    if _CONTENT_INFO.match(data):
        try:
            _kind, wrapped = asn1.read(data, exact=False).children()[:2]
            encapsulated = wrapped.children()[0].children()[2]
            return asn1.oid(encapsulated.children()[0]) != TST_INFO
        except (MalformedASN1, IndexError, ValueError):
            return True
    return data.lstrip()[:21].startswith((b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----"))


def read(
    data: bytes, *, detached: Sequence[tuple[str, bytes]] = (), digests: Mapping[str, bytes] | None = None
) -> DocumentMaterial:
    """Everything signed or stamped in a SignedData. Raises `PkiError` when it cannot be read.

    `detached`: (name, octets) of what may have been signed, `digests` (hashlib name -> value) of it; they count for a
    signature without a content of its own, and what stands beside a content must equal it.
    """
    der = _decoded(data)
    cms = parse_signed_data(der)
    trailing = len(der) != len(cms.raw)
    documents = [octets for _, octets in detached]
    items = list(islice(_items(cms, documents, digests or {}), _MAX_SIGNATURES + 1))
    if len(items) > _MAX_SIGNATURES:
        raise MalformedSignedData(f"it holds more than the {_MAX_SIGNATURES} signatures that are validated")
    places = {item.id: _places(item.signer) for item in items}
    if sum(map(len, places.values())) > MAX_TOKENS:
        raise MalformedSignedData(f"it holds more than the {MAX_TOKENS} time-stamps that are validated")
    tokens = {identifier: _read_tokens(found) for identifier, found in places.items()}
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    certificates: list[bytes] = []
    for item in items:
        certificates += aa.certificate_values(item.signer)
        lists, responses = aa.revocation_values(item.signer)
        crls += lists
        ocsps += responses
    inner = [token.signed_data for found in tokens.values() for _, token in found if token is not None]
    evidence = evidence_of([cms, *inner], certificates=certificates, crls=crls, ocsps=ocsps)
    beside = next((octets for octets in documents if octets == cms.content), documents[0] if documents else None)
    results = {item.id: _cryptography(cms, item, evidence.certificates, beside) for item in items}
    materials = [token for item in items for token in _tokens(cms, item, tokens[item.id], evidence.certificates)]
    sealed = read_records(
        cms,
        [Signed(item.id, item.signer, item.content) for item in items if item.parent is None],
        frozenset({*(item.id for item in items), *(token.id for token in materials)}),
        evidence,
    )
    return DocumentMaterial(
        format="CAdES",
        signatures=tuple(
            _material(cms, item, results, (*((_TRAILING,) if trailing else ()), *_left_out(item, documents)))
            for item in items
        ),
        tokens=(*materials, *sealed.tokens),
        records=sealed.records,
        evidence=sealed.evidence,
    )


def _left_out(item: _Item, documents: Sequence[bytes]) -> tuple[Finding, ...]:
    """Whoever hands in several documents is told when the signature is over one of them only."""
    others = item.parent is None and any(octets != item.content.octets for octets in documents)
    return (SOME_DOCUMENTS,) if others else ()


# A file of this format is one ContentInfo (RFC 5652 3): what follows is no matter of coverage alone, it is ill-formed.
_TRAILING = format_failure(
    "trailing_octets",
    "Octets follow the signature that it does not cover; other programs may show them as the document.",
    "署名の後ろに、署名が対象としないデータがあります。ほかのソフトでは、それが文書として表示されることがあります。",
)


def _decoded(data: bytes) -> bytes:
    match = _PEM.fullmatch(data) if data.lstrip()[:5] == b"-----" else None
    if match is None:
        return data
    try:
        return base64.b64decode(b"".join(match[2].split()), validate=True)
    except binascii.Error as error:
        raise MalformedSignedData(f"the PEM text is not base64: {error}") from error


def _items(cms: SignedData, documents: Sequence[bytes], digests: Mapping[str, bytes]) -> Iterator[_Item]:
    for number, signer in enumerate(cms.signers, 1):
        identifier = f"S{number}-{hashlib.sha256(signer.raw).hexdigest()[:16]}"
        content = _content(cms, signer, documents, digests)
        yield _Item(identifier, signer, content)
        yield from _countersignatures(identifier, signer, 1)


def _countersignatures(parent: str, signer: SignerInfo, depth: int) -> Iterator[_Item]:
    if depth > _MAX_NESTING:
        raise MalformedSignedData(f"counter-signatures are nested more than {_MAX_NESTING} levels deep")
    for number, value in enumerate(signer.unsigned(COUNTERSIGNATURE), 1):
        try:
            found = read_signer(asn1.read(value))
        except (ValueError, IndexError) as error:
            raise MalformedSignedData(f"a counter-signature cannot be read: {error}") from error
        identifier = f"{parent}-C{number}"
        yield _Item(identifier, found, Content(signer.signature, {}, detached=False), parent)
        yield from _countersignatures(identifier, found, depth + 1)


def _content(cms: SignedData, signer: SignerInfo, documents: Sequence[bytes], digests: Mapping[str, bytes]) -> Content:
    """What this signer signed: the content inside, else the document that fits, else the first one."""
    if cms.content is not None:
        return Content(cms.content, digests, detached=False)
    fitting = (octets for octets in documents if _fits(signer, octets))
    chosen = next(fitting, documents[0] if documents else None)
    return Content(chosen, digests, detached=True)


def _fits(signer: SignerInfo, octets: bytes) -> bool:
    if signer.digest_algorithm is None:
        return False
    try:
        return digest(signer.digest_algorithm, octets) == signer.message_digest
    except UnsupportedAlgorithm:
        return False


def _cryptography(
    cms: SignedData, item: _Item, certificates: tuple[Certificate, ...], beside: bytes | None
) -> CryptographicResult:
    """Clauses 5.2.3 and 5.2.7 of EN 319 102-1 for one signer."""
    signer, content = item.signer, item.content
    given = content.octets if content.detached or item.parent else beside
    result = verify_signer(
        cms,
        signer,
        content=given,
        content_digests=content.digests if given is None else None,
        extra_certificates=certificates,
        countersignature=item.parent is not None,
    )
    algorithm = signer.signature_algorithm
    if signer.digest_algorithm is not None:
        algorithm = algorithm.with_digest(signer.digest_algorithm)
    return CryptographicResult(
        intact=result.intact,
        certificate=result.signing_certificate,
        findings=result.findings,
        algorithm=algorithm,
        digests=(signer.digest_algorithm or signer.digest_algorithm_oid,),
        references=signer.ess_references,
        certificate_reference=result.ess_ok,
    )


def _material(
    cms: SignedData, item: _Item, results: Mapping[str, CryptographicResult], findings: tuple[Finding, ...]
) -> SignatureMaterial:
    cryptography = results[item.id]
    level, obstacles = level_of(cms, item.signer, cryptography, countersignature=item.parent is not None)
    # A counter-signature reaches the document only through the signature that it is over.
    reaches = cryptography.intact is True and (item.parent is None or results[item.parent].intact is True)
    return SignatureMaterial(
        id=item.id,
        format="CAdES",
        level=level,
        coverage=("partial" if findings else "whole") if reaches else "none",
        modifications="none",
        cryptography=cryptography,
        format_findings=findings,
        signing_time=item.signer.signing_time,
        level_findings=tuple(obstacles),
        signature_policy=aa.signature_policy(item.signer),
        countersigns=item.parent,
        claims=aa.claims(item.signer),
        value=item.signer.signature,
        content_digest=item.signer.content_digest,
    )


_READ_AS = (
    (SIGNATURE_TIME_STAMP, "signature"),
    (aa.CADES_C_TIME_STAMP, "archive"),
    (aa.REFS_TIME_STAMP, "archive"),
    (aa.ARCHIVE_TIME_STAMP_V1, "archive"),
    (aa.ARCHIVE_TIME_STAMP_V2, "archive"),
    (aa.ARCHIVE_TIME_STAMP_V3, "archive"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a token stands: attribute, type for the report, the attribute's value as received, its number."""

    oid: str
    type: str
    value: bytes
    number: int


def _places(signer: SignerInfo) -> list[_Place]:
    """Where the time-stamps of a signer stand."""
    found = [("content", aa.CONTENT_TIME_STAMP, value) for value in signer.signed(aa.CONTENT_TIME_STAMP)]
    found += [(kind, oid, value) for oid, kind in _READ_AS for value in signer.unsigned(oid)]
    return [_Place(oid, kind, value, number) for number, (kind, oid, value) in enumerate(found, 1)]


def _read_tokens(places: Sequence[_Place]) -> list[tuple[_Place, TimeStampToken | None]]:
    """The time-stamps; None for one that cannot be read."""
    found: list[tuple[_Place, TimeStampToken | None]] = []
    for place in places:
        try:
            token: TimeStampToken | None = parse_token(place.value)
        except PkiError:
            token = None
        found.append((place, token))
    return found


def _tokens(
    cms: SignedData,
    item: _Item,
    found: Sequence[tuple[_Place, TimeStampToken | None]],
    certificates: tuple[Certificate, ...],
) -> Iterator[TokenMaterial]:
    ids = {place: f"{item.id}-T{place.number}" for place, _ in found}
    for place, token in found:
        findings: tuple[Finding, ...] = ()
        verification: TokenVerification | None = None
        covers: frozenset[str] = frozenset()
        stamped = Evidence()
        if token is None:
            findings = (UNREADABLE_TIME_STAMP,)
        elif place.oid == aa.ARCHIVE_TIME_STAMP_V1:
            findings = (_OLD_ARCHIVE,)
        else:
            verification, covered, findings = _verify(cms, item, place, token, certificates)
            if covered is not None and not findings:
                inner = {ids[other] for other, _ in found if other.value in covered and other.type != "content"}
                covers = frozenset({item.id}) | inner
                stamped = _stamped_evidence(cms, item.signer, place, token, covered)
        yield TokenMaterial(
            id=ids[place],
            type=place.type,
            token=token,
            verification=verification,
            covers=covers,
            format_findings=findings,
            accompanies=frozenset({item.id}) if place.type == "content" else frozenset(),
            evidence=stamped,
        )


def _stamped_evidence(
    cms: SignedData, signer: SignerInfo, place: _Place, token: TimeStampToken, covered: frozenset[bytes]
) -> Evidence:
    """Certificates and revocation data that an archive time-stamp is over; `covered` are unsigned attributes."""
    certificates: list[bytes] = aa.certificate_values(signer, covered)
    crls, ocsps = aa.revocation_values(signer, covered)
    if place.oid == aa.ARCHIVE_TIME_STAMP_V2:
        return evidence_of([cms], certificates=certificates, crls=crls, ocsps=ocsps)
    index = hash_index(token) if place.oid == aa.ARCHIVE_TIME_STAMP_V3 else None
    if index is not None:
        within = indexed_evidence(index, cms)
        certificates, crls, ocsps = certificates + within[0], crls + within[1], ocsps + within[2]
    return evidence_of([], certificates=certificates, crls=crls, ocsps=ocsps)


_OLD_ARCHIVE = format_failure(
    "format_parsed",
    "Archive time-stamps of the first kind (TS 101 733 before 1.8) are not supported.",
    "旧形式のアーカイブタイムスタンプ（TS 101 733 の 1.8 より前）には対応していません。",
)
_NO_INDEX = format_failure(
    "hash_index",
    "The archive time-stamp holds no single hash index that can be read (EN 319 122-1 5.5.2).",
    "アーカイブタイムスタンプに、読み取れるハッシュ索引が一つありません(EN 319 122-1 5.5.2)。",
)
_INDEX_INCOMPLETE = Finding(
    "hash_index_complete",
    None,
    "The hash index names elements that are not in the signature.",
    "ハッシュ索引に、署名の中にない要素があります。",
)


def _verify(
    cms: SignedData, item: _Item, place: _Place, token: TimeStampToken, certificates: tuple[Certificate, ...]
) -> tuple[TokenVerification, frozenset[bytes] | None, tuple[Finding, ...]]:
    """(result, values of unsigned attributes that it covers beside the signature, faults of form).

    None instead of values: what it is over does not contain the signature.
    """
    signer, content = item.signer, item.content

    def over(octets: bytes) -> TokenVerification:
        return verify_token(token, data=octets, extra_certificates=certificates)

    stamps = frozenset(signer.signature_time_stamps)
    if place.type == "content":
        return _over_content(token, content, certificates), None, ()
    if place.oid == SIGNATURE_TIME_STAMP:
        return over(signer.signature), frozenset(), ()
    if place.oid == aa.CADES_C_TIME_STAMP:
        return over(cades_c_octets(signer)), stamps, ()
    if place.oid == aa.REFS_TIME_STAMP:
        return over(refs_octets(signer)), None, ()
    if place.oid == aa.ARCHIVE_TIME_STAMP_V2:
        readings = [over(octets) for octets in v2_octets(cms, signer, content, token)] or [_without_content(token)]
        best = next((reading for reading in readings if reading.imprint_matches), readings[0])
        return best, _earlier(signer, token), ()
    return _archive_v3(cms, item, token, certificates)


def _archive_v3(
    cms: SignedData, item: _Item, token: TimeStampToken, certificates: tuple[Certificate, ...]
) -> tuple[TokenVerification, frozenset[bytes] | None, tuple[Finding, ...]]:
    index: HashIndex | None = hash_index(token)
    if index is None:
        return verify_token(token, digests={}, extra_certificates=certificates), None, (_NO_INDEX,)
    covered, complete = indexed(index, cms, item.signer)
    try:
        octets = v3_octets(cms, item.signer, item.content, token, index)
    except (MalformedASN1, UnsupportedAlgorithm):
        return _without_content(token), covered, ()
    verification = verify_token(token, data=octets, extra_certificates=certificates)
    if not complete:
        verification = _also(verification, _INDEX_INCOMPLETE)
    return verification, covered, ()


def _earlier(signer: SignerInfo, token: TimeStampToken) -> frozenset[bytes]:
    """Values of unsigned attributes that an archive-time-stamp-v2 is over: all but archive time-stamps not older."""

    def older(value: bytes) -> bool:
        try:
            return parse_token(value).gen_time < token.gen_time
        except PkiError:
            return False

    return frozenset(
        value
        for attribute in signer.unsigned_attributes
        for value in attribute.values
        if attribute.oid not in (aa.ARCHIVE_TIME_STAMP_V2, aa.ARCHIVE_TIME_STAMP_V3) or older(value)
    )


def _over_content(token: TimeStampToken, content: Content, certificates: tuple[Certificate, ...]) -> TokenVerification:
    if content.octets is not None:
        return verify_token(token, data=content.octets, extra_certificates=certificates)
    return verify_token(token, digests=content.digests, extra_certificates=certificates)


def _without_content(token: TimeStampToken) -> TokenVerification:
    return verify_token(token, digests={})


def _also(verification: TokenVerification, finding: Finding) -> TokenVerification:
    return replace(verification, findings=(*verification.findings, finding))


__all__ = ["read", "recognise"]
