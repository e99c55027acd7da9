"""Cryptographic verification of one ds:Signature (EN 319 102-1, 5.2.7; XMLDSig core validation).

What is reported is what was verified: the signed properties are read from the element that the reference resolved to,
and a reference counts for what its target is, wherever somebody may have moved it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from signing.domain.procedure.findings import BAD_VALUE
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication

from .algorithms import verify
from .canonical import METHODS
from .hardened import XmlError
from .names import COUNTERSIGNED, MANIFEST_TYPE, OBJECT_TYPE, SIGNED_PROPERTIES_TYPES, ds
from .properties import Qualifying, SignedProperties, read_signed
from .references import Kind, Outcome, Resolver, Target, Unresolved, compare
from .signer import Chosen, choose
from .structure import Reference, Signature, references_in

MAX_FINDINGS = 40
_DATA = frozenset({Kind.DATA, Kind.OBJECT, Kind.MANIFEST, Kind.COUNTERSIGNED})


@dataclass(frozen=True, slots=True)
class Verified:
    """What cryptography says of one signature. `entries` are the references of its manifests.

    `properties` None: there are none, or no reference covers them. `countersigned`: the SignatureValue elements signed
    in the document itself, `elsewhere` those in documents beside it, with the number of the document.
    """

    intact: bool | None
    chosen: Chosen
    outcomes: tuple[Outcome, ...]
    entries: tuple[Outcome, ...]
    properties: SignedProperties | None
    countersigned: tuple[etree._Element, ...]
    findings: tuple[Finding, ...]
    elsewhere: tuple[tuple[int, etree._Element], ...] = ()


def verify_signature(
    signature: Signature,
    qualifying: Qualifying | None,
    resolver: Resolver,
    *,
    named: Sequence[Certificate],
    embedded: Iterable[Certificate],
) -> Verified:
    """Process every reference, identify the certificate, verify the value. Raises nothing but `MemoryError`.

    `named` are the certificates in KeyInfo, `embedded` all of the document.
    """
    sole = sum(_leads_outside(one) for one in signature.references) == 1
    outcomes = tuple(_process(one, signature, qualifying, resolver, sole=sole) for one in signature.references)
    entries = tuple(entry for one in outcomes for entry in _entries(one, signature, resolver))
    findings = [finding for one in (*outcomes, *entries) for finding in one.findings]
    # XMLDSig 5.1: a manifest's entries are no part of core validation. What is not there keeps the signature from
    # passing; what was changed is broken.
    parts = [one.intact for one in outcomes] + [False for one in entries if one.intact is False]
    properties, more = _properties(outcomes, qualifying)
    findings += more
    if any(finding.failed for finding in more):
        parts.append(None)
    if not any(one.kind in _DATA for one in outcomes):
        findings.append(_NOTHING_SIGNED)
        parts.append(None)
    signed, problem = _signed_info(signature, resolver)
    verified: dict[bytes, bool | None] = {}

    def check(certificate: Certificate) -> bool | None:
        if signed is None or signature.value is None:
            return None
        if certificate.sha256 not in verified:
            verified[certificate.sha256] = verify(certificate, signature.algorithm, signature.value, signed)
        return verified[certificate.sha256]

    chosen = choose(
        named=named,
        embedded=embedded,
        references=properties.references if properties and properties.certificate_properties else None,
        key_info_signed=any(one.kind is Kind.KEY_INFO and one.intact for one in outcomes),
        verify=check,
    )
    value = False if signature.value is None else chosen.verified
    if problem is not None:
        findings.append(problem)
    elif value is False:
        findings.append(BAD_VALUE)
    elif value is None and chosen.certificate is not None:
        findings.append(_not_computable(signature.algorithm.oid))
    parts.append(value)
    return Verified(
        intact=False if False in parts else (None if None in parts else True),
        chosen=chosen,
        outcomes=outcomes,
        entries=entries,
        properties=properties,
        countersigned=tuple(
            one.target.nodes.apex
            for one in outcomes
            if one.kind is Kind.COUNTERSIGNED and one.intact and one.target is not None and one.target.nodes is not None
        ),
        findings=_in_order((*chosen.findings, *findings)),
        elsewhere=tuple(
            (one.target.detached, one.target.value)
            for one in outcomes
            if one.intact
            and one.target is not None
            and one.target.detached is not None
            and one.target.value is not None
        ),
    )


_ORDER = (
    SubIndication.FORMAT_FAILURE,
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    SubIndication.SIGNED_DATA_NOT_FOUND,
    SubIndication.HASH_FAILURE,
    SubIndication.SIG_CRYPTO_FAILURE,
)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is wrong for ever first, then the order of the blocks in EN 319 102-1, 5.3; each once."""

    def rank(finding: Finding) -> tuple[bool, int]:
        sub = finding.sub_indication
        if sub is None:
            return True, len(_ORDER) + 1
        return sub.indication.value != "TOTAL-FAILED", _ORDER.index(sub) if sub in _ORDER else len(_ORDER)

    found = sorted(dict.fromkeys(findings), key=rank)
    if len(found) <= MAX_FINDINGS:
        return tuple(found)
    return (*found[:MAX_FINDINGS], _more(len(found) - MAX_FINDINGS))


def _more(count: int) -> Finding:
    return Finding(
        "more_findings",
        None,
        f"{count} further findings about references are not listed.",
        f"参照に関するほかの {count} 件の指摘は省略しました。",
    )


def _leads_outside(reference: Reference) -> bool:
    return reference.uri is None or not (reference.uri == "" or reference.uri.startswith("#"))


def _process(
    reference: Reference, signature: Signature, qualifying: Qualifying | None, resolver: Resolver, *, sole: bool
) -> Outcome:
    claimed = _claimed(reference)
    try:
        target = resolver.target(reference, sole=sole)
        kind = _kind(reference, target, signature, qualifying)
    except Unresolved as error:
        return Outcome(reference, claimed, None, None, (error.finding,))
    return compare(resolver, reference, kind, target, signature.element)


def _claimed(reference: Reference) -> Kind:
    if reference.type in SIGNED_PROPERTIES_TYPES:
        return Kind.SIGNED_PROPERTIES
    return {OBJECT_TYPE: Kind.OBJECT, MANIFEST_TYPE: Kind.MANIFEST, COUNTERSIGNED: Kind.COUNTERSIGNED}.get(
        reference.type, Kind.DATA
    )


def _kind(reference: Reference, target: Target, signature: Signature, qualifying: Qualifying | None) -> Kind:
    """What a reference covers, by its target; a Type that says otherwise makes the target one that is not there."""
    claimed = _claimed(reference)
    apex = target.nodes.apex if target.nodes is not None and not target.nodes.document else None
    if claimed is Kind.SIGNED_PROPERTIES:
        right = qualifying is not None and reference.type == qualifying.reference_type
        if not right or qualifying is None or apex is None or apex is not qualifying.signed:
            raise Unresolved(_misplaced("SignedProperties"))
        return claimed
    if claimed is Kind.OBJECT:
        if apex is None or apex not in signature.objects:
            raise Unresolved(_misplaced("Object"))
        return _place(apex, signature, qualifying)
    manifest = apex is not None and apex.tag == ds("Manifest") and apex.getparent() in signature.objects
    if manifest:
        return Kind.MANIFEST
    if claimed is Kind.MANIFEST:
        raise Unresolved(_misplaced("Manifest"))
    if target.value is not None:
        return Kind.COUNTERSIGNED
    if apex is None:
        if claimed is Kind.COUNTERSIGNED:
            raise Unresolved(_misplaced("SignatureValue"))
        return Kind.DATA
    if apex.tag == ds("SignatureValue"):
        if apex is signature.value_element:
            raise Unresolved(_misplaced("SignatureValue"))
        return Kind.COUNTERSIGNED
    if claimed is Kind.COUNTERSIGNED:
        raise Unresolved(_misplaced("SignatureValue"))
    if apex is signature.key_info:
        return Kind.KEY_INFO
    return _place(apex, signature, qualifying)


def _place(apex: etree._Element, signature: Signature, qualifying: Qualifying | None) -> Kind:
    """Parts of the signature's own apparatus are no data, whatever a reference to them says."""
    chain = [apex, *apex.iterancestors()]
    if signature.element not in chain:
        return Kind.DATA
    if apex.tag in (ds("SignatureProperties"), ds("SignatureProperty")):
        return Kind.SIGNATURE_PROPERTIES
    inside = next((one for one in chain if one in signature.objects), None)
    if inside is None or (qualifying is not None and qualifying.element.getparent() is inside):
        return Kind.SIGNATURE_PROPERTIES
    return Kind.OBJECT if apex is inside else Kind.DATA


def _properties(
    outcomes: Sequence[Outcome], qualifying: Qualifying | None
) -> tuple[SignedProperties | None, list[Finding]]:
    """The signed properties when exactly one reference of the right Type covers them unaltered."""
    found = [one for one in outcomes if one.kind is Kind.SIGNED_PROPERTIES]
    if len(found) > 1:
        return None, [_TWO_PROPERTIES]
    if qualifying is None or qualifying.signed is None:
        return None, []
    if not found:
        return None, [_UNSIGNED_PROPERTIES]
    outcome = found[0]
    if outcome.intact is not True:
        return None, []
    if any((one.get("Algorithm") or "") not in METHODS for one in outcome.reference.transforms):
        return None, [_UNSIGNED_PROPERTIES]
    try:
        properties = read_signed(qualifying.signed, qualifying.namespace)
    except XmlError as error:
        return None, [_malformed(str(error))]
    return properties, [_unknown(properties.unknown)] if properties.unknown else []


def _entries(outcome: Outcome, signature: Signature, resolver: Resolver) -> tuple[Outcome, ...]:
    """The references of a manifest that is itself unaltered (XMLDSig 5.1)."""
    if outcome.kind is not Kind.MANIFEST or not outcome.intact or outcome.target is None:
        return ()
    nodes = outcome.target.nodes
    if nodes is None or any((one.get("Algorithm") or "") not in METHODS for one in outcome.reference.transforms):
        return ()
    try:
        references = list(references_in(nodes.apex))
    except XmlError as error:
        return (Outcome(outcome.reference, Kind.DATA, None, None, (_malformed(str(error)),)),)
    sole = sum(map(_leads_outside, references)) == 1
    found = []
    for reference in references:
        try:
            target = resolver.target(reference, sole=sole)
        except Unresolved as error:
            found.append(Outcome(reference, Kind.DATA, None, None, (error.finding,)))
            continue
        found.append(compare(resolver, reference, Kind.DATA, target, signature.element))
    return tuple(found)


def _signed_info(signature: Signature, resolver: Resolver) -> tuple[bytes | None, Finding | None]:
    """The octets that the signature value is over, or why there are none."""
    if signature.algorithm.scheme is None:
        hmac = "hmac" in signature.algorithm.oid.lower()
        return None, _HMAC if hmac else _not_computable(signature.algorithm.oid)
    if signature.value is None:
        return None, _NOT_BASE64
    if signature.method is None:
        return None, _not_computable(signature.method_uri)
    try:
        return resolver.canonical(signature.info, signature.method), None
    except Unresolved as error:
        return None, error.finding
    except XmlError as error:
        return None, _malformed(str(error))


def _misplaced(what: str) -> Finding:
    return Finding(
        "signed_data_place",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        f"What is signed as {what} of this signature is not in the place where a signature has it.",
        f"この署名の {what} として署名されたものが、署名の中の正しい位置にありません。",
    )


def _malformed(reason: str) -> Finding:
    return Finding(
        "format_parsed",
        SubIndication.FORMAT_FAILURE,
        f"The signature does not have the form that its format demands: {reason}.",
        f"署名の形式が規格に合っていません: {reason}",
    )


def _unknown(names: tuple[str, ...]) -> Finding:
    shown = ", ".join(dict.fromkeys(names))[:200]
    return Finding(
        "signed_properties_known",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
        f"The signer signed properties that are not understood here: {shown}.",
        f"署名プロパティに、この検証で解釈できないものがあります: {shown}",
    )


def _not_computable(name: str) -> Finding:
    return Finding(
        "algorithm_known",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        f"The algorithm {name[:120]!r} is not known here, or not with this key.",
        f"アルゴリズム {name[:120]!r} には(この鍵では)対応していません。",
    )


_HMAC = Finding(
    "signature_algorithm",
    SubIndication.SIG_CONSTRAINTS_FAILURE,
    "The value is a message authentication code: who shares the secret can make it, so it is nobody's signature.",
    "署名値がメッセージ認証コード(HMAC)です。秘密を共有する誰でも作れるため、署名とは認められません。",
)
_NOT_BASE64 = Finding(
    "format_parsed",
    SubIndication.FORMAT_FAILURE,
    "The signature value is not base64.",
    "署名値が Base64 ではありません。",
)
_NOTHING_SIGNED = Finding(
    "signed_data",
    SubIndication.SIGNED_DATA_NOT_FOUND,
    "No reference of the signature covers any data.",
    "署名のどの参照もデータを対象としていません。",
)
_TWO_PROPERTIES = Finding(
    "signed_properties",
    SubIndication.FORMAT_FAILURE,
    "More than one reference covers signed properties.",
    "署名プロパティへの参照が複数あります。",
)
_UNSIGNED_PROPERTIES = Finding(
    "signed_properties",
    SubIndication.SIG_CONSTRAINTS_FAILURE,
    "The properties of the signature are not covered by a reference of the Type that XAdES demands.",
    "署名プロパティが、XAdES の求める Type の参照の対象になっていません。",
)
