"""Canonical XML 1.0, 1.1 and Exclusive XML Canonicalization 1.0 (W3C) of node-sets as XMLDSig makes them.

A node-set here is a document or the subtree of one element, with or without comments, less some whole elements: no
transform that is allowed makes another. The C implementation behind lxml renders the default namespace wrongly in
subtrees, and takes quadratic time with many namespaces in scope: it serves whole documents with few of them, for they
may be large. All else is done here.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from trustreg.base.effort import spend

from .hardened import XmlError, is_comment
from .names import C14N, EXC_C14N, XML


@dataclass(frozen=True, slots=True)
class Method:
    """A canonicalization: `version` 10 or 11 (inclusive only); `prefixes` are those of InclusiveNamespaces."""

    exclusive: bool
    comments: bool
    version: int = 10
    prefixes: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    C14N: Method(False, False),
    f"{C14N}#WithComments": Method(False, True),
    "http://www.w3.org/2006/12/xml-c14n11": Method(False, False, 11),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": Method(False, True, 11),
    EXC_C14N: Method(True, False),
    f"{EXC_C14N}WithComments": Method(True, True),
}
DEFAULT = METHODS[C14N]
"""XMLDSig 4.4.3.2: what turns a node-set into octets when nothing else does."""


@dataclass(frozen=True, slots=True)
class NodeSet:
    """A whole document (`document`, `apex` its root) or the subtree of `apex`, less the elements `without`."""

    apex: etree._Element
    document: bool = False
    comments: bool = False
    without: frozenset[etree._Element] = field(default_factory=frozenset)


def canonicalise(nodes: NodeSet, method: Method = DEFAULT, *, library: bool = False, limit: int = 1_000_000) -> bytes:
    """The canonical octets. Raises `XmlError` where no canonical form is defined.

    `library`: the document declares few namespaces, so that the library may do what it does rightly. `limit` is the
    number of elements that are gone through without it, more are an `XmlError`.
    """
    comments = method.comments and nodes.comments
    if library and served_by_library(nodes, method):
        return _by_library(nodes, method, comments)
    pieces: list[str] = []
    if nodes.document:
        pieces += [f"{_other(node)}\n" for node in _before(nodes.apex) if comments or not is_comment(node)]
    try:
        _Writer(nodes, method, comments, pieces).write(limit)
    finally:
        spend(len(pieces))  # three and more for each element
    if nodes.document:
        pieces += [f"\n{_other(node)}" for node in _after(nodes.apex) if comments or not is_comment(node)]
    try:
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError as error:
        raise XmlError("it holds characters that no canonical form has") from error


def served_by_library(nodes: NodeSet, method: Method) -> bool:
    """Whether a node-set is a whole document, but for what it leaves out."""
    apex = nodes.apex
    if method.prefixes or apex.getparent() is not None:
        return False
    return nodes.document or (apex.getprevious() is None and apex.getnext() is None)


def _by_library(nodes: NodeSet, method: Method, comments: bool) -> bytes:
    tree = nodes.apex.getroottree()
    if nodes.without:
        tree = copy.deepcopy(tree)
        # Taking out an element that Python holds costs the square of its size in lxml; stripping by name does not. The
        # name must be one that nobody can have written.
        name = f"{{urn:uuid:{uuid.uuid4()}}}left-out"
        _rename(tree.getroot(), [_path(one) for one in nodes.without], name)
        etree.strip_elements(tree, name, with_tail=False)
    try:
        octets = etree.tostring(tree, method="c14n", exclusive=method.exclusive, with_comments=comments)
    except etree.C14NError as error:
        raise XmlError("it has no canonical form, for instance for a relative namespace") from error
    spend(octets.count(b"<") >> 2)
    return octets


def _path(element: etree._Element) -> list[int]:
    """The place of an element: its number among the nodes of its parent, from the root down."""
    places: list[int] = []
    while (parent := element.getparent()) is not None:
        places.insert(0, parent.index(element))
        element = parent
    return places


def _rename(root: etree._Element, paths: list[list[int]], name: str) -> None:
    for one in [_at(root, path) for path in paths]:
        one.tag = name


def _at(root: etree._Element, path: list[int]) -> etree._Element:
    for place in path:
        root = root[place]
    return root


def _before(root: etree._Element) -> list[etree._Element]:
    return list(root.itersiblings(preceding=True))[::-1]


def _after(root: etree._Element) -> Iterator[etree._Element]:
    return root.itersiblings()


def _other(node: etree._Element) -> str:
    """A comment or a processing instruction."""
    text = (node.text or "").replace("\r", "&#xD;")
    if is_comment(node):
        return f"<!--{text}-->"
    target = node.target  # type: ignore[attr-defined] # a processing instruction: the stubs know elements only
    return f"<?{target} {text}?>" if text else f"<?{target}?>"


_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def _text(value: str) -> str:
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    return value.replace("\r", "&#xD;") if "\r" in value else value


def _value(value: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return value.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


class _Writer:
    """One walk over one node-set."""

    def __init__(self, nodes: NodeSet, method: Method, comments: bool, pieces: list[str]) -> None:
        self.nodes, self.method, self.comments, self.pieces = nodes, method, comments, pieces
        self.prefixes = frozenset("" if prefix == "#default" else prefix for prefix in method.prefixes)

    def write(self, limit: int) -> None:
        apex, put, without = self.nodes.apex, self.pieces.append, self.nodes.without
        scope = {prefix or "": uri or "" for prefix, uri in apex.nsmap.items()}
        scopes = [{} if apex.getparent() is None else scope]
        rendered: list[dict[str, str]] = [{}]
        names: list[str] = []
        declared: dict[str, str] = {}
        walker = etree.iterwalk(apex, events=("start", "end", "start-ns", "comment", "pi"))
        for event, node in walker:
            if event == "start-ns":
                declared[node[0] or ""] = node[1] or ""
            elif event == "start":
                if node in without:
                    declared = {}
                    walker.skip_subtree()
                    names.append("")
                    continue
                limit -= 1
                if limit < 0:
                    raise XmlError("it has more elements than are canonicalized")
                first = node is apex
                scope = scopes[-1]
                if first:
                    declared = scope = {p or "": u or "" for p, u in apex.nsmap.items()}
                elif declared:
                    scope = {**scope, **declared}
                scopes.append(scope)
                prefix = node.prefix
                local = node.tag.rpartition("}")[2]
                name = f"{prefix}:{local}" if prefix else local
                names.append(name)
                attributes = self._attributes(node, scope, first=first)
                put(f"<{name}")
                new = self._namespaces(prefix or "", attributes, scope, declared, rendered[-1])
                rendered.append({**rendered[-1], **new} if new else rendered[-1])
                declared = {}
                for key in sorted(new):
                    put(f' xmlns:{key}="{_value(new[key])}"' if key else f' xmlns="{_value(new[key])}"')
                for (_, _), shown, value in sorted(attributes):
                    put(f' {shown}="{_value(value)}"')
                put(">")
                if node.text:
                    put(_text(node.text))
            else:
                if event == "end":
                    name = names.pop()
                    if name:
                        put(f"</{name}>")
                        scopes.pop()
                        rendered.pop()
                elif event == "pi" or self.comments:
                    put(_other(node))
                if node.tail and node is not apex:
                    put(_text(node.tail))

    def _attributes(
        self, node: etree._Element, scope: Mapping[str, str], *, first: bool
    ) -> list[tuple[tuple[str, str], str, str]]:
        """((namespace, local name), name as written, value) of each attribute."""
        found = []
        items = list(node.attrib.items())
        if first and not self.method.exclusive and not self.nodes.document:
            items += _inherited(node, self.method.version)
        for key, value in items:
            name, text = str(key), str(value)
            if name[0] != "{":
                found.append((("", name), name, text))
                continue
            uri, _, local = name[1:].partition("}")
            if uri == XML:
                prefix = "xml"
            else:
                spend(1 + (len(scope) >> 4))
                known = [prefix for prefix, bound in scope.items() if bound == uri and prefix]
                prefix = known[0] if len(known) == 1 else _prefix_of(node, uri, local)
            found.append(((uri, local), f"{prefix}:{local}", text))
        return found

    def _namespaces(
        self,
        prefix: str,
        attributes: list[tuple[tuple[str, str], str, str]],
        scope: Mapping[str, str],
        declared: Mapping[str, str],
        rendered: Mapping[str, str],
    ) -> dict[str, str]:
        """The namespace declarations that this start tag shows."""
        if self.method.exclusive:
            wanted = {prefix} | {shown.partition(":")[0] for (uri, _), shown, _ in attributes if uri}
            wanted |= {one for one in self.prefixes if one in scope or not one}
        elif declared:
            wanted = set(declared)
        else:
            return {}
        new = {}
        for one in wanted:
            uri = scope.get(one, "")
            if one != "xml" and rendered.get(one, "") != uri:
                if uri and not _ABSOLUTE.match(uri):
                    raise XmlError("it uses a relative namespace, which has no canonical form")
                new[one] = uri
        return new


_NAME = etree.XPath("name(@*[local-name() = $local and namespace-uri() = $uri])")


def _prefix_of(node: etree._Element, uri: str, local: str) -> str:
    return str(_NAME(node, uri=uri, local=local)).partition(":")[0]


def _inherited(apex: etree._Element, version: int) -> list[tuple[str, str]]:
    """Attributes of the XML namespace that inclusive canonicalization brings from ancestors to the apex."""
    found: dict[str, str] = {}
    for ancestor in apex.iterancestors():
        for key, value in ancestor.attrib.items():
            name = str(key)
            if name.startswith(f"{{{XML}}}") and name not in found and name not in apex.attrib:
                found[name] = str(value)
    if version == 11:
        # C14N 1.1, 2.4: lang and space only; xml:base would have to be joined, which is not done here.
        if f"{{{XML}}}base" in found:
            raise XmlError("Canonical XML 1.1 below an element with xml:base is not supported")
        return [(name, value) for name, value in found.items() if name.rpartition("}")[2] in ("lang", "space")]
    return list(found.items())
