"""The one place of this package where octets become an XML tree: no DTD, no entity, no network, bounded."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lxml import etree

from trustreg.base.effort import spend

from .names import WSU

MAX_MARKUP = 600_000
"""Of `<` in a document: about half as many elements."""
MAX_QUOTES = 2_000_000
MAX_IDENTIFIERS = 100_000
MAX_NAMESPACES = 256
"""Namespace declarations in scope at one element."""
MAX_ATTRIBUTES = 1_000
"""Of one element: reading and sorting them takes the library time that grows with their square."""
FEW_NAMESPACES = 32

_DECLARATION = re.compile(
    r"<\?xml[\t\r\n ][^>]*?encoding[\t\r\n ]*=[\t\r\n ]*[\"']([A-Za-z0-9._-]{1,40})[\"'][^>]*?\?>"
)
_PROLOG = re.compile(rb"(?:[\t\r\n ]+|<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_ENCODINGS = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|shift[_-]jis|windows-31j|cp932|euc-jp|"
    r"iso-2022-jp|gb2312|gbk|gb18030|big5|euc-kr|koi8-r",
    re.IGNORECASE,
)
_NAMES = {"windows-31j": "cp932"}


class XmlError(ValueError):
    """Octets that are not read as XML; the message says why."""


@dataclass(frozen=True)
class Document:
    """A parsed document. `octets` are what the parser saw, in UTF-8."""

    root: etree._Element
    octets: bytes

    @cached_property
    def identifiers(self) -> dict[str, list[etree._Element]]:
        """Every ID value and the first two elements that carry it. Raises `XmlError` for too many.

        Identifiers are `Id`, `ID` and `id` without a namespace, `xml:id` and `wsu:Id`: no schema says more here.
        """
        found: dict[str, list[etree._Element]] = {}
        for attribute in _IDENTIFIERS:
            values: Any = attribute(self.root)
            if len(values) > MAX_IDENTIFIERS:
                raise XmlError("it has more identifiers than are read")
            for value in values:
                same = found.setdefault(str(value), [])
                element = value.getparent()
                if len(same) < 2 and element not in same:  # more than one is all that anybody asks
                    same.append(element)
        return found

    @cached_property
    def few_namespaces(self) -> bool:
        """Whether so few are declared that the time of the library's canonicalization does not depend on them."""
        return self.octets.count(b"xmlns") <= FEW_NAMESPACES


_IDENTIFIERS = [etree.XPath(f"//@{name}", namespaces={"wsu": WSU}) for name in ("Id", "ID", "id", "xml:id", "wsu:Id")]


def is_element(node: Any) -> bool:
    """Whether a node of a tree is an element, and no comment or processing instruction."""
    return isinstance(node.tag, str)


def is_comment(node: Any) -> bool:
    """Whether a node of a tree is a comment."""
    return node.tag is etree.Comment


def looks_like_xml(data: bytes) -> bool:
    """Whether the first octets are those of XML in UTF-8 or UTF-16."""
    return _START.match(data[:64]) is not None


_START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00\t\r\n ]*<")


def parse(data: bytes) -> Document:
    """Parse hostile octets. Raises `XmlError`; nothing is fetched and nothing is expanded.

    The text is brought to UTF-8 first, so that what is searched for a document type is what the parser reads.
    """
    octets = _utf8(data)
    spend(octets.count(b"<") >> 2)
    if octets.count(b"<") > MAX_MARKUP or octets.count(b'"') + octets.count(b"'") > MAX_QUOTES:
        raise XmlError(f"it holds more than the {MAX_MARKUP} tags or {MAX_QUOTES} quotation marks that are read")
    _refuse_document_type(octets)
    if octets.count(b"=") > MAX_NAMESPACES:
        _limit_attributes(octets)
    parser = etree.XMLParser(
        encoding="UTF-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_blank_text=False,
        remove_comments=False,
        remove_pis=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError(f"it is not well-formed XML: {str(error)[:200]}") from error
    information: Any = root.getroottree().docinfo
    if information.doctype or information.internalDTD is not None:
        raise XmlError("it declares a document type")
    if information.xml_version not in ("1.0", None):
        raise XmlError("it is not XML 1.0, and nothing else has a canonical form")
    if octets.count(b"xmlns") > MAX_NAMESPACES:
        _limit_namespaces(root)
    return Document(root, octets)


def _utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _transcoded(data, "utf-16")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in data[:4]:
        raise XmlError("its encoding cannot be told")
    declared = _DECLARATION.match(data[:200].decode("latin-1"))
    name = declared[1].lower() if declared else "utf-8"
    if name in ("utf-8", "utf8"):
        return data
    if not _ENCODINGS.fullmatch(name):
        raise XmlError(f"its encoding {name!r} is not read")
    return _transcoded(data, _NAMES.get(name, name))


def _transcoded(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except (UnicodeError, LookupError) as error:
        raise XmlError(f"it is not encoded as it says ({encoding})") from error


def _refuse_document_type(octets: bytes) -> None:
    position = 0
    while (match := _PROLOG.match(octets, position)) is not None:
        position = match.end()
    if octets[position : position + 9].upper() == b"<!DOCTYPE":
        raise XmlError("it declares a document type")


def _limit_attributes(octets: bytes) -> None:
    """Before the parser, whose time grows with the square of the namespaces declared on one element."""
    for piece in octets.split(b"<"):
        if piece.count(b"=") <= MAX_NAMESPACES or piece.startswith((b"!", b"?")):
            continue
        tag = _TAG.match(piece)
        if tag is not None and tag[0].count(b"xmlns") > MAX_NAMESPACES:
            raise XmlError("more namespaces are in scope than are read")
        if tag is not None and _QUOTED.sub(b"", tag[0]).count(b"=") > MAX_ATTRIBUTES:
            raise XmlError(f"an element has more than the {MAX_ATTRIBUTES} attributes that are read")


_TAG = re.compile(rb"""(?:[^"'>]++|"[^"]*+"|'[^']*+')*+""")
"""What follows `<`, up to the `>` that ends it."""
_QUOTED = re.compile(rb"""\"[^"]*+"|'[^']*+'""")


def _limit_namespaces(root: etree._Element) -> None:
    depths = [0]
    declared = 0
    for event, _ in etree.iterwalk(root, events=("start", "end", "start-ns")):
        if event == "start-ns":
            declared += 1
        elif event == "start":
            depths.append(depths[-1] + declared)
            declared = 0
            if depths[-1] > MAX_NAMESPACES:
                raise XmlError("more namespaces are in scope than are read")
        else:
            depths.pop()
