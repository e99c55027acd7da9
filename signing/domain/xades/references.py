"""Dereferencing and transforming what a ds:Reference names (W3C xmldsig-core1, 4.4.3), and comparing its digest.

Nothing is ever fetched: a reference leads into the document, by an identifier that occurs once, or to a document that
was handed in beside it. The transforms are a short list; every other one is refused, XSLT for ever.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hmac import compare_digest
from urllib.parse import unquote

from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import DIGEST_SIZES, digest

from .canonical import DEFAULT, METHODS, Method, NodeSet, canonicalise, served_by_library
from .hardened import Document, XmlError, parse
from .names import BASE64, DS, ENVELOPED, FILTER2, SIGNATURE, SIGNATURE_VALUE, XPATH
from .structure import Reference, elements, read_method, text_of

MAX_WORK = 256 * 1024 * 1024
"""What the canonicalization and digesting of one validation may cost: octets, and more for each tag."""
_TAG, _SLOW_TAG = 20, 400
MAX_KEPT = 32 * 1024 * 1024
"""Octets of canonical forms that are kept, for archive time-stamps go over the same again."""


@dataclass(frozen=True, slots=True)
class Detached:
    """A document beside the signature: its octets, or where it stayed away (`data` None) its digests by name.

    `demanded`: a signature that leaves it out covers only a part of what was handed in. `assumed`: nobody handed in
    anything, the digests are those of the signature itself.
    """

    name: str
    data: bytes | None
    digests: Mapping[str, bytes] = field(default_factory=dict)
    demanded: bool = True
    assumed: bool = False

    def digest(self, name: str) -> bytes | None:
        """Its digest; None when it cannot be computed or was not given."""
        return self.digests.get(name) if self.data is None else digest_of(name, self.data)


class Kind(StrEnum):
    """What a reference is for (its Type, and where its target stands)."""

    DATA = "data"
    OBJECT = "object"
    MANIFEST = "manifest"
    SIGNED_PROPERTIES = "signed-properties"
    SIGNATURE_PROPERTIES = "signature-properties"
    KEY_INFO = "key-info"
    COUNTERSIGNED = "countersigned"


class Unresolved(Exception):
    """What a reference names is not there, or may not be used; `finding` says which."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.en)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference names: a node-set of the document, a document beside it, or a SignatureValue in that one."""

    nodes: NodeSet | None = None
    detached: int | None = None
    value: etree._Element | None = None
    """The SignatureValue that the first transform selects in the document beside: a counter-signature elsewhere."""
    renamed: bool = False
    """The only document handed in was taken although it has another name than the reference."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reference processed. `intact` None: it cannot be computed, and `findings` say why."""

    reference: Reference
    kind: Kind
    target: Target | None
    intact: bool | None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Resolver:
    """References of one document. `by_name`: documents beside it are found by their names alone (containers)."""

    document: Document
    detached: Sequence[Detached] = ()
    by_name: bool = False
    left: int = MAX_WORK
    _kept: dict[tuple[NodeSet, Method], bytes] = field(default_factory=dict)
    _parsed: dict[int, Document] = field(default_factory=dict)
    _room: int = MAX_KEPT
    _numbers: dict[str | None, int] = field(init=False)
    """Of the first document beside with each name."""

    def __post_init__(self) -> None:
        numbered = [*enumerate(self.detached)]
        self._numbers = {document.name: number for number, document in reversed(numbered)}

    def target(self, reference: Reference, *, sole: bool) -> Target:
        """What `reference` names. `sole`: no other of its signature leads outside. Raises `Unresolved`."""
        uri = reference.uri
        if uri == "":
            return Target(NodeSet(self.document.root, document=True))
        if uri is not None and uri.startswith("#"):
            return Target(self._fragment(unquote(uri[1:])))
        return self._beside(reference, sole=sole)

    def _fragment(self, fragment: str) -> NodeSet:
        if fragment == "xpointer(/)":
            return NodeSet(self.document.root, document=True, comments=True)
        match = _XPOINTER_ID.fullmatch(fragment)
        if match is None and re.search(r"[()]", fragment):
            raise Unresolved(_refused(f"the XPointer {fragment[:60]!r}"))
        identifier = match[2] if match else fragment
        return NodeSet(self.element(identifier), comments=match is not None)

    def element(self, identifier: str) -> etree._Element:
        """The one element with this identifier. Raises `Unresolved`."""
        found = self.document.identifiers.get(identifier, [])
        if not found:
            raise Unresolved(_not_found(f"#{identifier[:60]}"))
        if len(found) > 1:
            raise Unresolved(_ambiguous(identifier))
        return found[0]

    def _beside(self, reference: Reference, *, sole: bool) -> Target:
        name = unquote(reference.uri) if reference.uri is not None else None
        shown = (name or "a document beside the signature")[:80]
        if name in self._numbers:
            number = self._numbers[name]
            return Target(detached=number, value=self._value_beside(reference, number))
        if self.by_name or not self.detached:
            raise Unresolved(_not_found(shown))
        if sole and len(self.detached) == 1:
            return Target(detached=0, renamed=bool(name))
        if reference.digest is not None and not reference.transforms:
            for number, document in enumerate(self.detached):
                self._spend(len(document.data or b""))
                if reference.value == document.digest(reference.digest):
                    return Target(detached=number, renamed=True)
        raise Unresolved(_not_found(shown))

    def _value_beside(self, reference: Reference, number: int) -> etree._Element | None:
        """The SignatureValue that a reference selects in a document beside, None when it selects nothing of the kind.

        Raises `Unresolved` when it selects none, or more than one.
        """
        identifier = _selected_value(reference.transforms[0]) if reference.transforms else None
        data = self.detached[number].data
        if identifier is None or data is None:
            return None
        try:
            if number not in self._parsed:
                self._spend(len(data))
                self._parsed[number] = parse(data)
            found = self._parsed[number].identifiers.get(identifier, [])
        except XmlError as error:
            raise Unresolved(_unreadable(str(error))) from error
        if len(found) > 1:
            raise Unresolved(_ambiguous(identifier))
        if not found or found[0].tag != SIGNATURE_VALUE or found[0].get("Id") != identifier:
            raise Unresolved(_not_found(f"#{identifier[:60]}"))
        return found[0]

    def octets(
        self, reference: Reference, target: Target, signature: etree._Element, method: Method | None = None
    ) -> bytes:
        """The octets that the digest is over. `method` canonicalizes a node-set that no transform made octets of.

        Raises `Unresolved` for what is refused and `XmlError` for what cannot be read.
        """
        state: NodeSet | bytes
        transforms = reference.transforms
        if target.value is not None:
            state, transforms = NodeSet(target.value, comments=True), transforms[1:]
        elif target.nodes is not None:
            state = target.nodes
        else:
            document = self.detached[target.detached or 0]
            if document.data is None:
                raise Unresolved(_not_found(document.name[:80] or "the document itself, for its digest is not enough"))
            state = document.data
        for transform in transforms:
            state = self._apply(transform, state, signature)
        return self._canonical(state, method or DEFAULT) if isinstance(state, NodeSet) else state

    def canonical(self, element: etree._Element, method: Method) -> bytes:
        """The canonical octets of one element of the document with its comments."""
        return self._canonical(NodeSet(element, comments=True), method)

    def _canonical(self, nodes: NodeSet, method: Method) -> bytes:
        known = self._kept.get((nodes, method))
        if known is not None:
            self._spend(len(known))
            return known
        self._spend(0)
        library = self.document.few_namespaces and nodes.apex is self.document.root
        result = canonicalise(nodes, method, library=library, limit=self.left // (2 * _SLOW_TAG))
        fast = library and served_by_library(nodes, method)
        self._spend(len(result) + (_TAG if fast else _SLOW_TAG) * result.count(b"<"))
        if len(result) <= self._room:
            self._room -= len(result)
            self._kept[nodes, method] = result
        return result

    def _spend(self, octets: int) -> None:
        self.left -= octets
        if self.left < 0:
            raise Unresolved(
                Finding(
                    "reference_budget",
                    SubIndication.SIG_CONSTRAINTS_FAILURE,
                    "The references cover more than is digested within our limits.",
                    "参照の対象が大きすぎるため、制限内で計算できません。",
                )
            )

    def _apply(self, transform: etree._Element, state: NodeSet | bytes, signature: etree._Element) -> NodeSet | bytes:
        algorithm = transform.get("Algorithm") or ""
        if algorithm in METHODS:
            method = read_method(transform)
            nodes = state if isinstance(state, NodeSet) else NodeSet(parse(state).root, document=True, comments=True)
            return self._canonical(nodes, method or DEFAULT)
        if algorithm == BASE64 and not elements(transform):
            return self._base64(state)
        if isinstance(state, NodeSet):
            if algorithm == ENVELOPED and not elements(transform):
                return _less(state, {signature})
            if algorithm == XPATH:
                return _filtered(transform, state, signature, _XPATH_FORMS, f"{{{DS}}}XPath")
            if algorithm == FILTER2:
                return _filtered(transform, state, signature, _FILTER_FORMS, f"{{{FILTER2}}}XPath")
        raise Unresolved(_refused(f"the transform {algorithm[:100]!r}"))

    def _base64(self, state: NodeSet | bytes) -> bytes:
        text = b"".join(_string_value(state)) if isinstance(state, NodeSet) else state
        self._spend(len(text))
        try:
            return base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error as error:
            raise XmlError("what a base64 transform is given is not base64") from error


def digest_of(name: str, data: bytes) -> bytes | None:
    """The digest, None when it cannot be computed."""
    try:
        return digest(name, data)
    except UnsupportedAlgorithm:
        return None


_XPOINTER_ID = re.compile(r"xpointer\(id\((['\"])([^'\"()]{1,200})\1\)\)")


def _string_value(nodes: NodeSet) -> list[bytes]:
    if nodes.without:
        raise Unresolved(_refused("base64 of a part of an element"))
    return [str(text).encode("utf-8") for text in nodes.apex.itertext()]


# The definition of the enveloped transform in XMLDSig 6.6.4 and its equivalents; `p` is the prefix of XMLDSig.
_XPATH_FORMS = (
    (re.compile(r"not\(ancestor-or-self::(?P<p>[\w.-]+):Signature\)"), False),
    (
        re.compile(
            r"count\(ancestor-or-self::(?P<p>[\w.-]+):Signature\|here\(\)/ancestor::(?P=p):Signature\[1\]\)"
            r">count\(ancestor-or-self::(?P=p):Signature\)"
        ),
        True,
    ),
)
_VALUE_FORM = re.compile(
    r"ancestor-or-self::(?P<p>[\w.-]+):SignatureValue\[@Id=(?P<q>['\"])(?P<id>[^'\"\[\]]{1,200})(?P=q)\]"
)
_FILTER_FORMS = (
    (re.compile(r"(?:/descendant::|//)(?P<p>[\w.-]+):Signature"), False),
    (re.compile(r"here\(\)/ancestor::(?P<p>[\w.-]+):Signature\[1\]"), True),
)


def _filtered(
    transform: etree._Element,
    nodes: NodeSet,
    signature: etree._Element,
    forms: tuple[tuple[re.Pattern[str], bool], ...],
    tag: str,
) -> NodeSet:
    """The two XPath transforms, where they say no more than the enveloped transform: leave out signatures."""
    children = elements(transform)
    if len(children) == 1 and children[0].tag == tag and (tag.startswith(f"{{{DS}}}") or _subtracts(children[0])):
        expression = "".join(text_of(children[0]).split())
        for form, own in forms:
            match = form.fullmatch(expression)
            if match and children[0].nsmap.get(match["p"]) == DS:
                inside = any(True for _ in nodes.apex.iterancestors(SIGNATURE))
                if inside and not own:
                    break
                return _less(nodes, {signature} if own else set(nodes.apex.iter(SIGNATURE)))
    raise Unresolved(_refused("an XPath that says more than the enveloped transform"))


def _selected_value(transform: etree._Element) -> str | None:
    """The identifier in the XPath that selects one SignatureValue with all that is in it; None for any other."""
    children = elements(transform)
    if transform.get("Algorithm") != XPATH or len(children) != 1 or children[0].tag != f"{{{DS}}}XPath":
        return None
    match = _VALUE_FORM.fullmatch(text_of(children[0]).strip())
    return match["id"] if match and children[0].nsmap.get(match["p"]) == DS else None


def _subtracts(element: etree._Element) -> bool:
    return element.get("Filter") == "subtract"


def _less(nodes: NodeSet, signatures: set[etree._Element]) -> NodeSet:
    if nodes.apex in signatures:
        raise Unresolved(_refused("a reference that covers nothing but its own signature"))
    return replace(nodes, without=nodes.without | signatures)


def compare(resolver: Resolver, reference: Reference, kind: Kind, target: Target, signature: etree._Element) -> Outcome:
    """Process one reference whose target is known and compare digests."""
    if reference.digest is None:
        return Outcome(reference, kind, target, None, (_unknown_digest(reference.digest_uri),))
    try:
        beside = resolver.detached[target.detached] if target.detached is not None else None
        if beside is not None and not reference.transforms:
            computed = beside.digest(reference.digest)
            if computed is None and beside.data is None:
                raise Unresolved(_not_found(f"the {reference.digest} digest of {beside.name[:80] or 'the document'}"))
        else:
            computed = digest_of(reference.digest, resolver.octets(reference, target, signature))
    except Unresolved as error:
        return Outcome(reference, kind, target, None, (error.finding,))
    except XmlError as error:
        return Outcome(reference, kind, target, None, (_unreadable(str(error)),))
    if computed is None:
        return Outcome(reference, kind, target, None, (_unknown_digest(reference.digest_uri),))
    value = reference.value or b""
    matches = len(value) == DIGEST_SIZES[reference.digest] and compare_digest(computed, value)
    return Outcome(reference, kind, target, matches, () if matches else (_differs(reference),))


def _differs(reference: Reference) -> Finding:
    name = repr((reference.uri or "")[:80])
    en, ja = ("the whole document", "文書の全体") if reference.uri == "" else (name, name)
    return Finding(
        "digest",
        SubIndication.HASH_FAILURE,
        f"What was signed was changed: the digest of {en} differs.",
        f"署名対象({ja})が署名時のものと異なります(ダイジェスト不一致)。",
    )


def _not_found(shown: str) -> Finding:
    return Finding(
        "signed_data",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        f"What the signature refers to is not there: {shown}.",
        f"署名の参照先が見つかりません: {shown}",
    )


def _ambiguous(identifier: str) -> Finding:
    return Finding(
        "identifiers_unique",
        SubIndication.FORMAT_FAILURE,
        f"The identifier {identifier[:60]!r} occurs more than once, so what is signed cannot be told.",
        f"識別子 {identifier[:60]!r} が重複しているため、署名対象を特定できません。",
    )


def _refused(what: str) -> Finding:
    return Finding(
        "transforms",
        SubIndication.SIG_CONSTRAINTS_FAILURE,
        f"The signature uses what is not accepted here: {what}.",
        f"この検証では受け付けない処理が署名に使われています: {what}",
    )


def _unreadable(reason: str) -> Finding:
    return Finding(
        "signed_data",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        f"What the signature refers to cannot be processed: {reason}.",
        f"署名の参照先を処理できません: {reason}",
    )


def _unknown_digest(uri: str) -> Finding:
    return Finding(
        "algorithm_known",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        f"The digest algorithm {uri[:100]!r} is not known here.",
        f"ダイジェストアルゴリズム {uri[:100]!r} には対応していません。",
    )
