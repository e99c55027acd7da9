"""XAdES (EN 319 132-1, TS 101 903) and XMLDSig: from bytes to `DocumentMaterial`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from signing.domain.cms_evidence import evidence_of, parse_certificates
from signing.domain.procedure.material import (
    CryptographicResult,
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    TokenMaterial,
    format_failure,
)
from signing.domain.report import Notice, Text
from timestamp.domain.tokens import TimeStampToken, parse_token, verify_token
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding, SubIndication

from .coverage import coverage_of, unsigned_objects
from .hardened import Document, XmlError, looks_like_xml, parse
from .level import NOT_ETSI, Facts, level_of
from .names import SAML2, SIGNATURE, SIGNED_PROPERTIES_TYPE, ds
from .policy import policy_findings
from .properties import Qualifying, named, read_qualifying, read_values
from .references import Detached, Kind, Resolver, Unresolved, digest_of
from .signer import ess_references
from .stamps import KINDS, Container, containers, imprint_input, tokens
from .structure import Signature, decode, local_name, read_signature
from .verification import Verified, verify_signature

MAX_SIGNATURES = 200
MAX_TOKENS = 300
MAX_CERTIFICATES = 256
_COUNTERSIGNATURE = tuple(f"{{{namespace}}}CounterSignature" for namespace in SIGNED_PROPERTIES_TYPE)


def recognise(data: bytes) -> bool:
    """Whether the bytes begin as XML does."""
    return looks_like_xml(data)


def read(
    data: bytes,
    *,
    detached: Sequence[Detached] = (),
    by_name: bool = False,
) -> DocumentMaterial:
    """Everything signed or stamped in an XML document. Raises `XmlError` when the document itself cannot be read.

    `detached` are the documents that its references may lead to; with `by_name` they are found by their names alone,
    as in a container.
    """
    document = parse(data)
    resolver = Resolver(document, detached, by_name)
    items = [_Item(element, f"S{number}", None) for number, element in enumerate(_top(document), 1)]
    for item in items:  # counter-signatures are appended while the list is walked
        _read_structure(item)
        items += _countersignatures(item)
        if len(items) > MAX_SIGNATURES:
            raise XmlError("it holds more signatures than are validated")
    _read_tokens(items)
    evidence = _evidence(items)
    for item in items:
        if item.signature is not None:
            item.verified = verify_signature(
                item.signature, item.qualifying, resolver, named=item.key_info, embedded=evidence.certificates
            )
    _link(items)
    return DocumentMaterial(
        format="XAdES",
        signatures=tuple(_material(item, items, resolver) for item in items),
        tokens=tuple(token for item in items for token in _tokens(item, items, resolver, evidence.certificates)),
        evidence=evidence,
    )


@dataclass(slots=True, eq=False)
class _Stamp:
    """One token of one container. `token` None: it cannot be read."""

    id: str
    container: Container
    token: TimeStampToken | None


@dataclass(slots=True, eq=False)
class _Item:
    """One ds:Signature on its way. `parent`: the signature that it counter-signs by its place."""

    element: etree._Element
    id: str
    parent: _Item | None
    depth: int = 0
    signature: Signature | None = None
    qualifying: Qualifying | None = None
    fault: Finding | None = None
    key_info: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    stamps: list[_Stamp] = field(default_factory=list)
    verified: Verified | None = None
    countersigned: _Item | None = None
    """What it counter-signs as its references say."""


_MAX_NESTING = 8


def _top(document: Document) -> Iterator[etree._Element]:
    """Every signature that is no counter-signature by its place, and not that of an assertion inside a signature."""
    for element in document.root.iter(SIGNATURE):
        parent = element.getparent()
        if parent is not None and parent.tag in _COUNTERSIGNATURE and _among_properties(parent):
            continue
        if parent is not None and parent.tag == f"{{{SAML2}}}Assertion" and any(parent.iterancestors(SIGNATURE)):
            continue
        yield element


def _among_properties(countersignature: etree._Element) -> bool:
    """Whether a CounterSignature stands where a signature has its own; elsewhere it is just an element."""
    place = ["UnsignedSignatureProperties", "UnsignedProperties", "QualifyingProperties", "Object", "Signature"]
    return [local_name(one) for one in islice(countersignature.iterancestors(), len(place))] == place


def _read_structure(item: _Item) -> None:
    try:
        signature = read_signature(item.element)
        item.id = f"{item.id}-{hashlib.sha256(signature.value or b'').hexdigest()[:16]}"
        item.qualifying = read_qualifying(signature)
    except XmlError as error:
        item.fault = format_failure(
            "format_parsed",
            f"The signature does not have the form that its format demands: {error}.",
            f"署名の形式が規格に合っていません: {error}",
        )
        return
    item.signature = signature
    if signature.key_info is not None:
        data = f"{ds('X509Data')}/{ds('X509Certificate')}"
        item.key_info = parse_certificates(_octets(islice(signature.key_info.iterfind(data), MAX_CERTIFICATES)))
        item.crls = tuple(_octets(signature.key_info.iterfind(f"{ds('X509Data')}/{ds('X509CRL')}")))


def _octets(elements: Iterable[etree._Element]) -> Iterator[bytes]:
    for element in elements:
        try:
            octets = decode(element)
        except XmlError:
            continue
        if octets:
            yield octets


def _countersignatures(item: _Item) -> list[_Item]:
    found: list[_Item] = []
    for one in named(item.qualifying.unsigned, "CounterSignature") if item.qualifying else ():
        for element in one.iterchildren(SIGNATURE):
            if item.depth >= _MAX_NESTING:
                raise XmlError("counter-signatures are nested too deeply")
            found.append(_Item(element, f"{item.id}-C{len(found) + 1}", item, item.depth + 1))
    return found


def _read_tokens(items: Sequence[_Item]) -> None:
    count = 0
    for item in items:
        if item.signature is None:
            continue
        signed = _content_stamps(item.qualifying)
        for container in containers(item.qualifying.unsigned if item.qualifying else (), signed):
            try:
                encoded = tokens(container)
            except XmlError:
                encoded = [None]
            for der in encoded or [None]:
                count += 1
                if count > MAX_TOKENS:
                    raise XmlError("it holds more time-stamps than are validated")
                item.stamps.append(_Stamp(f"{item.id}-T{len(item.stamps) + 1}", container, _token(der)))


def _content_stamps(qualifying: Qualifying | None) -> tuple[etree._Element, ...]:
    """Time-stamps among the signed properties; those of unsigned ones are shown too, for they prove nothing else."""
    if qualifying is None or qualifying.signed is None:
        return ()
    path = f"{{{qualifying.namespace}}}SignedDataObjectProperties"
    return tuple(
        one
        for group in qualifying.signed.iterchildren(path)
        for one in group.iterchildren("*")
        if KINDS.get(local_name(one)) == "content"
    )


def _token(der: bytes | None) -> TimeStampToken | None:
    try:
        return parse_token(der) if der else None
    except PkiError:
        return None


def _evidence(items: Sequence[_Item]) -> Evidence:
    """Certificates and revocation data in KeyInfo, properties and tokens; what cannot be parsed is left out."""
    values = [read_values(item.qualifying.unsigned) for item in items if item.qualifying]
    return evidence_of(
        [stamp.token.signed_data for item in items for stamp in item.stamps if stamp.token],
        certificates=[
            *(certificate.der for item in items for certificate in item.key_info),
            *(der for one in values for der in one.certificates),
        ],
        crls=[*(crl for item in items for crl in item.crls), *(crl for one in values for crl in one.crls)],
        ocsps=[ocsp for one in values for ocsp in one.ocsps],
    )


def _link(items: Sequence[_Item]) -> None:
    """Which signature a counter-signature is over, as its verified references say (EN 319 132-1, 5.2.7).

    One that stands alone and signs data beside that value is a signature of that data.
    """
    by_value = {item.signature.value_element: item for item in items if item.signature}
    for item in items:
        if item.verified is None:
            continue
        over = [by_value[one] for one in item.verified.countersigned if one in by_value]
        if item.parent in over:
            item.countersigned = item.parent
        elif over and not any(one.kind in (Kind.DATA, Kind.OBJECT, Kind.MANIFEST) for one in item.verified.outcomes):
            item.countersigned = over[0]


def _material(item: _Item, items: Sequence[_Item], resolver: Resolver) -> SignatureMaterial:
    signature, verified = item.signature, item.verified
    if signature is None or verified is None:
        return SignatureMaterial(
            id=item.id,
            format="XAdES",
            level=NOT_ETSI,
            coverage="none",
            modifications="none",
            cryptography=CryptographicResult(None, None),
            format_findings=(item.fault,) if item.fault else (),
            countersigns=item.parent.id if item.parent else None,
        )
    properties = verified.properties
    coverage = _coverage(item, resolver)
    findings = [*verified.findings]
    if verified.intact is True and item.parent is None and item.countersigned is None and coverage != "whole":
        findings.append(_PARTIAL)
    if properties is not None and item.qualifying is not None:
        findings += policy_findings(properties.policies, item.qualifying.unsigned)
    level, obstacles = level_of(
        Facts(
            signature=signature,
            qualifying=item.qualifying,
            properties=properties,
            outcomes=(*verified.outcomes, *verified.entries),
            certificate=verified.chosen.certificate,
            bound=verified.chosen.bound,
            key_info=item.key_info,
            stamps=_signature_stamps(item),
            countersignature=item.parent is not None or item.countersigned is not None,
        )
    )
    used = {one.reference.digest for one in (*verified.outcomes, *verified.entries) if one.reference.digest}
    over = item.parent or item.countersigned
    return SignatureMaterial(
        id=item.id,
        name=(signature.id or "")[:120] or None,
        format="XAdES",
        level=level,
        coverage=coverage,
        modifications="none",
        cryptography=CryptographicResult(
            intact=verified.intact,
            certificate=verified.chosen.certificate,
            findings=tuple(finding for finding in findings if not _of_form(finding)),
            algorithm=signature.algorithm if signature.algorithm.scheme else None,
            digests=tuple(sorted(used)),
            references=ess_references(properties.references) if properties else (),
            certificate_reference=verified.chosen.bound,
        ),
        format_findings=(*filter(_of_form, findings), *_form_findings(item, signature, resolver)),
        signing_time=next(iter(properties.signing_times), None) if properties else None,
        reason=", ".join(one for one in properties.commitments if one)[:500] or None if properties else None,
        location=properties.location if properties else None,
        notices=tuple(_notices(item, verified, resolver)),
        level_findings=tuple(obstacles),
        countersigns=over.id if over else None,
    )


def _of_form(finding: Finding) -> bool:
    return finding.sub_indication is SubIndication.FORMAT_FAILURE


def _coverage(item: _Item, resolver: Resolver) -> str:
    """A counter-signature reaches the document only through the signature that it is over."""
    if item.signature is None or item.verified is None or item.verified.intact is not True:
        return "none"
    over = item.countersigned
    if over is not None and over is not item:
        return _coverage(over, resolver) if over.depth < item.depth or over.countersigned is None else "none"
    return coverage_of(
        item.signature,
        (*item.verified.outcomes, *item.verified.entries),
        resolver.document.root,
        detached=resolver.detached,
    )


def _form_findings(item: _Item, signature: Signature, resolver: Resolver) -> Iterator[Finding]:
    """Identifiers of the signature's own parts occur once; a counter-signature is over what it stands in."""
    own = [signature.element, signature.value_element]
    if item.qualifying is not None and item.qualifying.signed is not None:
        own.append(item.qualifying.signed)
    for element in own:
        identifier = element.get("Id")
        if identifier is not None and len(resolver.document.identifiers.get(identifier, ())) > 1:
            yield format_failure(
                "identifiers_unique",
                f"The identifier {identifier[:60]!r} of a part of the signature occurs more than once.",
                f"署名の構成要素の識別子 {identifier[:60]!r} が重複しています。",
            )
    if item.parent is not None and item.countersigned is not item.parent:
        yield format_failure(
            "countersignature",
            "The counter-signature is not over the value of the signature in which it stands.",
            "カウンター署名が、それを含む署名の署名値を対象としていません。",
        )


def _signature_stamps(item: _Item) -> list[list[TimeStampToken | None]]:
    """The tokens of each SignatureTimeStamp."""
    found: dict[etree._Element, list[TimeStampToken | None]] = {}
    for stamp in item.stamps:
        if stamp.container.name == "SignatureTimeStamp":
            found.setdefault(stamp.container.element, []).append(stamp.token)
    return list(found.values())


def _notices(item: _Item, verified: Verified, resolver: Resolver) -> Iterator[Notice]:
    if any(one.target is not None and one.target.renamed for one in (*verified.outcomes, *verified.entries)):
        yield Notice(
            "DETACHED_NAME",
            Text(
                "渡された文書の名前が、署名の参照する名前と異なります。",
                "The document handed in has another name than the one that the signature refers to.",
            ),
        )
    if item.signature is not None and unsigned_objects(item.signature, (*verified.outcomes, *verified.entries)):
        yield Notice(
            "UNSIGNED_OBJECT",
            Text(
                "署名要素の中に、署名の対象になっていない Object があります。",
                "The signature element holds an Object that the signature does not cover.",
            ),
        )
    unsigned = item.qualifying.unsigned if item.qualifying else ()
    if named(unsigned, "SealingEvidenceRecords"):
        yield Notice(
            "EVIDENCE_RECORD",
            Text(
                "エビデンスレコードが含まれていますが、検証していません。",
                "The signature holds evidence records; they are not validated.",
            ),
        )
    if named(unsigned, "RenewedDigests", "RenewedDigestsV2"):
        yield Notice(
            "RENEWED_DIGESTS",
            Text(
                "更新されたダイジェストが含まれていますが、評価していません。",
                "The signature holds renewed digests; they are not evaluated.",
            ),
        )


def _tokens(
    item: _Item, items: Sequence[_Item], resolver: Resolver, certificates: tuple[Certificate, ...]
) -> Iterator[TokenMaterial]:
    inputs: dict[etree._Element, bytes | None] = {}
    for stamp in item.stamps:
        if stamp.token is None or item.signature is None or item.verified is None:
            yield TokenMaterial(stamp.id, KINDS[stamp.container.name], None, None, format_findings=(_UNREADABLE_TOKEN,))
            continue
        element = stamp.container.element
        if element not in inputs:
            try:
                inputs[element] = imprint_input(stamp.container, item.signature, item.verified.outcomes, resolver)
            except (XmlError, Unresolved):
                inputs[element] = None
        octets, name = inputs[element], stamp.token.imprint_algorithm
        value = digest_of(name, octets) if octets is not None and name else None
        yield TokenMaterial(
            id=stamp.id,
            type=KINDS[stamp.container.name],
            token=stamp.token,
            verification=verify_token(
                stamp.token, digests={name: value} if name and value else {}, extra_certificates=certificates
            ),
            covers=_covers(stamp, item, items) if value else frozenset(),
        )


def _covers(stamp: _Stamp, item: _Item, items: Sequence[_Item]) -> frozenset[str]:
    """Ids of the signature, and of the tokens and counter-signatures that the imprint covers with it."""
    container = stamp.container
    if not container.covers_signature:
        return frozenset()
    found = {item.id}
    before = set(container.before)
    for other in item.stamps:
        in_front = other.container.element in before
        if in_front and (container.name == "ArchiveTimeStamp" or other.container.name == "SignatureTimeStamp"):
            found.add(other.id)
    if container.name == "ArchiveTimeStamp":
        found |= {one.id for one in item.stamps if KINDS[one.container.name] == "content"}
        for other_item in items:
            if other_item.parent is item and other_item.element.getparent() in before:
                found |= {other_item.id, *(one.id for one in other_item.stamps)}
    return frozenset(found)


_UNREADABLE_TOKEN = format_failure(
    "format_parsed", "The time-stamp cannot be read.", "タイムスタンプを読み取れません。"
)
_PARTIAL = Finding(
    "coverage",
    SubIndication.SIG_CONSTRAINTS_FAILURE,
    "The signature covers only part of what was handed in: the rest may be anybody's.",
    "署名は、渡された文書の一部だけを対象としています。残りの部分は誰が書いたものか分かりません。",
)
