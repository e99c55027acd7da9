"""Canonicalization held against two other implementations: libxml2's C14N (whole documents) and xmlsec (signatures)."""

from __future__ import annotations

import pytest
import xmlsec
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.domain.xades.canonical import METHODS, NodeSet, canonicalise
from signing.domain.xades.hardened import XmlError
from signing.domain.xades.names import C14N, EXC_C14N
from tests.signing.signing_world import world
from tests.signing.xml_world import Root, check, ds, only

C14N11 = "http://www.w3.org/2006/12/xml-c14n11"
XML = "http://www.w3.org/XML/1998/namespace"

_text = st.text(st.sampled_from("ab &<>\"'\t\n\r茶\u0085"), max_size=6)
_prefixes = st.sampled_from(["", "", "p", "q"])
_uris = st.sampled_from(["urn:1", "urn:2"])


@st.composite
def _elements(draw: st.DrawFn, depth: int = 0, scope: tuple[tuple[str, str], ...] = ()) -> str:
    declared = dict(draw(st.lists(st.tuples(_prefixes, _uris), max_size=2)))
    bound = {**dict(scope), **declared}
    if draw(st.integers(0, 4)) == 0 and bound.get(""):
        declared[""] = bound[""] = ""
    prefix = draw(st.sampled_from([one for one in ("", *bound) if not one or bound[one]]))
    name = f"{prefix}:e" if prefix else "e"
    attributes = {f"xmlns:{key}" if key else "xmlns": uri for key, uri in declared.items() if key or uri or scope}
    for key in draw(st.lists(st.sampled_from(["a", "b", "xml:lang", "xml:space", *[f"{p}:a" for p in bound if p]]))):
        attributes.setdefault(key, draw(_text))
    seen: set[tuple[str, str]] = set()
    shown = ""
    for key, value in attributes.items():
        p, _, local = key.rpartition(":")
        expanded = (bound.get(p, p), local)
        if key.startswith("xmlns") or expanded not in seen:
            seen.add(expanded)
            shown += f" {key}={_quoted(value)}"
    parts = [_escaped(draw(_text))]
    if depth < 3:
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(st.integers(0, 5))
            parts.append(
                "<!-- c -->"
                if kind == 0
                else "<?pi  some data?>"
                if kind == 1
                else draw(_elements(depth=depth + 1, scope=tuple(bound.items())))
            )
            parts.append(_escaped(draw(_text)))
    return f"<{name}{shown}>{''.join(parts)}</{name}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")


def _quoted(text: str) -> str:
    escaped = _escaped(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
    return f'"{escaped}"'


@settings(max_examples=300, deadline=None)
@given(_elements(), st.sampled_from(sorted(METHODS)), st.booleans())
def test_whole_documents_are_as_the_library_has_them(xml: str, uri: str, around: bool) -> None:
    text = f"<?before it?><!-- x -->\n{xml}<!-- y --><?after?>" if around else xml
    root = etree.fromstring(text.encode())
    method = METHODS[uri]
    expected = etree.tostring(
        root.getroottree(), method="c14n", exclusive=method.exclusive, with_comments=method.comments
    )
    nodes = NodeSet(root, document=True, comments=True)
    assert canonicalise(nodes, method) == expected
    assert canonicalise(nodes, method, library=True) == expected
    without_comments = canonicalise(NodeSet(root, document=True), method)
    assert without_comments == etree.tostring(
        root.getroottree(), method="c14n", exclusive=method.exclusive, with_comments=False
    )


@settings(max_examples=200, deadline=None)
@given(_elements(), st.sampled_from(sorted(METHODS)), st.data())
def test_a_subtree_is_as_a_document_of_its_own_with_the_same_scope(xml: str, uri: str, data: st.DataObject) -> None:
    root = etree.fromstring(f'<w xmlns:o="urn:o">{xml}</w>'.encode())
    chosen = data.draw(st.sampled_from(list(root.iter("*"))))
    method = METHODS[uri]
    once = canonicalise(NodeSet(chosen, comments=True), method)
    alone = etree.fromstring(once)
    assert canonicalise(NodeSet(alone, document=True, comments=True), method) == once
    if method.exclusive:
        assert once == etree.tostring(chosen, method="c14n", exclusive=True, with_comments=method.comments)


@settings(max_examples=200, deadline=None)
@given(_elements(), st.sampled_from(sorted(METHODS)), st.data())
def test_elements_left_out_are_as_if_they_had_never_been(xml: str, uri: str, data: st.DataObject) -> None:
    mark = b'<s xmlns="urn:s"><t/>x</s>'
    plain = f"<w>{xml}tail</w>".encode()
    root = etree.fromstring(plain)
    spots = list(root.iter("*"))
    place = data.draw(st.integers(0, len(spots) - 1))
    other = etree.fromstring(plain)
    host = list(other.iter("*"))[place]
    added = etree.fromstring(mark)
    added.tail, host.text = host.text, None
    host.insert(0, added)
    for library in (False, True):
        nodes = NodeSet(other, document=True, comments=True, without=frozenset({added}))
        assert canonicalise(nodes, METHODS[uri], library=library) == canonicalise(
            NodeSet(root, document=True, comments=True), METHODS[uri]
        )


def test_the_example_of_the_recommendation() -> None:
    """Canonical XML 1.0, 3.3, cut."""
    given_xml = b"""<doc><e3 id="elem3"  name="elem3" /><e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm"
     xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/></doc>"""
    expected = (
        b'<doc><e3 id="elem3" name="elem3"></e3><e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" '
        b'xmlns:b="http://www.ietf.org" attr="I\'m" attr2="all" b:attr="sorted" a:attr="out"></e5></doc>'
    )
    assert canonicalise(NodeSet(etree.fromstring(given_xml), document=True), METHODS[C14N]) == expected


def test_inclusive_forms_bring_the_context_of_the_ancestors() -> None:
    root = etree.fromstring(b'<a xmlns="urn:a" xmlns:u="urn:u" xml:lang="ja" xml:id="x"><b><c/></b></a>')
    b = root[0]
    assert canonicalise(NodeSet(b), METHODS[C14N]) == (
        b'<b xmlns="urn:a" xmlns:u="urn:u" xml:id="x" xml:lang="ja"><c></c></b>'
    )
    assert canonicalise(NodeSet(b), METHODS[C14N11]) == (b'<b xmlns="urn:a" xmlns:u="urn:u" xml:lang="ja"><c></c></b>')
    assert canonicalise(NodeSet(b), METHODS[EXC_C14N]) == b'<b xmlns="urn:a"><c></c></b>'


def test_what_has_no_canonical_form_is_refused() -> None:
    for library in (False, True):
        with pytest.raises(XmlError):
            canonicalise(NodeSet(etree.fromstring(b'<a xmlns="relative"/>'), document=True), library=library)
    below = etree.fromstring(b'<a xml:base="x/"><b/></a>')[0]
    with pytest.raises(XmlError):
        canonicalise(NodeSet(below), METHODS[C14N11])


# --- xmlsec signs, this verifies -----------------------------------------------------------------------------------

DOCUMENT = (
    '<w:wrap xmlns:w="urn:w" xmlns="urn:d" xmlns:unused="urn:u" xml:lang="ja" xml:space="preserve">'
    '<head Id="h"><!-- note --><x xmlns=""><y a="&#9;1"/></x></head><body w:n="2">茶 &amp; &lt;</body></w:wrap>'
).encode()


def _template(root: Root, uri: str, transforms: list[str], c14n: str, prefixes: str | None = None) -> Root:
    """A signature template for xmlsec, as the last child of the root."""
    signature = etree.SubElement(root, ds("Signature"), nsmap={"ds": ds("")[1:-1]})
    info = etree.SubElement(signature, ds("SignedInfo"))
    etree.SubElement(info, ds("CanonicalizationMethod"), Algorithm=c14n)
    etree.SubElement(info, ds("SignatureMethod"), Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    reference = etree.SubElement(info, ds("Reference"), URI=uri)
    if transforms:
        holder = etree.SubElement(reference, ds("Transforms"))
        for algorithm in transforms:
            one = etree.SubElement(holder, ds("Transform"), Algorithm=algorithm)
            if prefixes is not None and algorithm.startswith(EXC_C14N):
                etree.SubElement(one, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefixes)
    etree.SubElement(reference, ds("DigestMethod"), Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(reference, ds("DigestValue"))
    etree.SubElement(signature, ds("SignatureValue"))
    data = etree.SubElement(etree.SubElement(signature, ds("KeyInfo")), ds("X509Data"))
    etree.SubElement(data, ds("X509Certificate"))
    return signature


def _by_xmlsec(root: Root, signature: Root) -> bytes:
    here = world().signer
    key = here.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(here.der, xmlsec.KeyFormat.CERT_DER)
    for element in root.iter("{*}*"):
        if element.get("Id"):
            context.register_id(element, "Id")
    context.sign(signature)
    return etree.tostring(root)


ENVELOPED = ds("enveloped-signature")[1:].replace("}", "")


@pytest.mark.parametrize("c14n", sorted(METHODS))
@pytest.mark.parametrize("of_info", [C14N, C14N11, EXC_C14N, f"{EXC_C14N}WithComments", f"{C14N}#WithComments"])
@pytest.mark.parametrize("uri", ["", "#h", "#xpointer(/)", "#xpointer(id('h'))"])
def test_signatures_of_xmlsec_are_intact(c14n: str, of_info: str, uri: str) -> None:
    root = etree.fromstring(DOCUMENT)
    transforms = [ENVELOPED, c14n] if uri in ("", "#xpointer(/)") else [c14n]
    data = _by_xmlsec(root, _template(root, uri, transforms, of_info))
    report = only(check(data))
    assert report.intact is True, [one.message.en for one in report.errors]
    assert report.coverage == ("whole" if uri in ("", "#xpointer(/)") else "partial")
    assert only(check(data.replace(b'w:n="2"', b'w:n="3"'))).intact is (uri not in ("", "#xpointer(/)"))
    assert only(check(data.replace(b'a="&#9;1"', b'a="&#9;2"'))).intact is False


@pytest.mark.parametrize("prefixes", ["unused", "#default", "w #default unused xml nobody"])
def test_inclusive_prefixes_are_as_xmlsec_has_them(prefixes: str) -> None:
    root = etree.fromstring(DOCUMENT)
    data = _by_xmlsec(root, _template(root, "#h", [EXC_C14N], EXC_C14N, prefixes))
    assert only(check(data)).intact is True


def test_without_transforms_the_form_is_inclusive() -> None:
    root = etree.fromstring(DOCUMENT)
    assert only(check(_by_xmlsec(root, _template(root, "#h", [], EXC_C14N)))).intact is True
