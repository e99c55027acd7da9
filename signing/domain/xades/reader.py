"""XAdES (EN 319 132-1, TS 101 903) and XMLDSig: from bytes to `DocumentMaterial`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from signing.domain.cms_evidence import evidence_of
from signing.domain.particulars import Claims, Scope
from signing.domain.procedure.material import (
    CryptographicResult,
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    format_failure,
)
from signing.domain.report import Notice, Text
from trustreg.pki.indications import Finding, SubIndication

from .coverage import coverage_of, unsigned_objects
from .hardened import looks_like_xml, parse
from .items import Item, signatures_of
from .level import NOT_ETSI, Facts, level_of
from .policy import policy_findings
from .properties import named, read_values
from .records import read_records
from .references import Detached, Kind, Resolver
from .signer import ess_references
from .structure import Signature, decode
from .tokens import read_tokens, signature_stamps, token_materials
from .verification import Verified, verify_signature


def recognise(data: bytes) -> bool:
    """Whether the bytes begin as XML does."""
    return looks_like_xml(data)


def read(
    data: bytes,
    *,
    detached: Sequence[Detached] = (),
    by_name: bool = False,
    assume_digests: bool = False,
) -> DocumentMaterial:
    """Everything signed or stamped in an XML document. Raises `XmlError` when the document itself cannot be read.

    `detached` are the documents that its references may lead to; with `by_name` they are found by their names alone,
    as in a container. `assume_digests`: nobody handed in a document, and what the signature says of its digest is
    taken as it is; each such signature says so, and the caller has to compare.
    """
    document = parse(data)
    items = signatures_of(document)
    if assume_digests and not detached:
        detached, by_name = _as_signed(items), True
    resolver = Resolver(document, detached, by_name)
    read_tokens(items)
    evidence = _evidence(items)
    for item in items:
        if item.signature is not None:
            item.verified = verify_signature(
                item.signature, item.qualifying, resolver, named=item.key_info, embedded=evidence.certificates
            )
    _link(items)
    sealed = read_records(items, resolver, evidence)
    return DocumentMaterial(
        format="XAdES",
        signatures=tuple(_material(item, resolver) for item in items),
        tokens=(
            *(token for item in items for token in token_materials(item, items, resolver, evidence.certificates)),
            *sealed.tokens,
        ),
        records=sealed.records,
        evidence=sealed.evidence,
    )


def _as_signed(items: Sequence[Item]) -> tuple[Detached, ...]:
    """The documents that the signatures name, with the digests that they state: the first one where they differ."""
    found: dict[str, dict[str, bytes]] = {}
    for item in items:
        for reference in item.signature.references if item.signature else ():
            if reference.uri and not reference.uri.startswith("#") and not reference.transforms:
                digests = found.setdefault(unquote(reference.uri), {})
                if reference.digest and reference.value:
                    digests.setdefault(reference.digest, reference.value)
    return tuple(Detached(name, None, digests, assumed=True) for name, digests in found.items())


def _scopes(item: Item, verified: Verified, resolver: Resolver) -> Iterator[Scope]:
    """What verified, reference by reference."""
    for one in (*verified.outcomes, *verified.entries):
        reference, target = one.reference, one.target
        if one.kind not in (Kind.DATA, Kind.OBJECT) or not one.intact or target is None:
            continue
        digest = (reference.digest, reference.value) if reference.digest and reference.value else None
        if target.detached is not None:
            beside = resolver.detached[target.detached]
            kind = "digest" if beside.data is None else "document"
            yield Scope((beside.name or reference.uri or "")[:300], kind, digest, beside.assumed)
        elif target.nodes is not None:
            root = resolver.document.root
            whole = root is not item.element and (target.nodes.document or target.nodes.apex is root)
            name = "Full XML File" if whole else (reference.uri or "")[1:301]
            yield Scope(name, "document" if whole else "part", digest)


def _evidence(items: Sequence[Item]) -> Evidence:
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


def _link(items: Sequence[Item]) -> None:
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


def _material(item: Item, resolver: Resolver) -> SignatureMaterial:
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
    elsewhere = _countersigned_elsewhere(verified, resolver)
    findings = [*verified.findings]
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
            stamps=signature_stamps(item),
            countersignature=item.parent is not None or item.countersigned is not None or elsewhere is not None,
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
        countersigns_in=elsewhere,
        scopes=tuple(_scopes(item, verified, resolver)),
        claims=properties.claims if properties else Claims(),
        signature_policy=next((one.identifier or "" for one in properties.policies), None) if properties else None,
        value=signature.value,
    )


def _countersigned_elsewhere(verified: Verified, resolver: Resolver) -> tuple[str, bytes] | None:
    """The name of the document beside and the signature value in it that a signature is over, and over no data."""
    if not resolver.by_name or len(verified.elsewhere) != 1 or verified.countersigned:
        return None
    if any(one.kind in (Kind.DATA, Kind.OBJECT, Kind.MANIFEST) for one in verified.outcomes):
        return None
    number, element = verified.elsewhere[0]
    value = decode(element)
    return (resolver.detached[number].name, value) if value else None


def _of_form(finding: Finding) -> bool:
    return finding.sub_indication is SubIndication.FORMAT_FAILURE


def _coverage(item: Item, resolver: Resolver) -> str:
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


def _form_findings(item: Item, signature: Signature, resolver: Resolver) -> Iterator[Finding]:
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


def _notices(item: Item, verified: Verified, resolver: Resolver) -> Iterator[Notice]:
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
    if any(scope.assumed for scope in _scopes(item, verified, resolver)):
        yield Notice(
            "DIGESTS_NOT_COMPARED",
            Text(
                "文書が渡されていないため、署名に書かれたハッシュ値を文書と照合していません。ご自身で照合してください。",
                "No document was handed in, so the digests in the signature were compared with nothing: compare them.",
            ),
        )
    unsigned = item.qualifying.unsigned if item.qualifying else ()
    if named(unsigned, "RenewedDigests", "RenewedDigestsV2"):
        yield Notice(
            "RENEWED_DIGESTS",
            Text(
                "更新されたダイジェストが含まれていますが、評価していません。",
                "The signature holds renewed digests; they are not evaluated.",
            ),
        )
