"""The one place where bytes of others become an XML tree."""

from __future__ import annotations

import re

from lxml import etree

from qualified_list.domain.errors import ListUnreadable

MAX_BYTES = 256 * 1024 * 1024
"""Largest list that is read; ten times the largest national list with 100,000 services in mind."""

_DECLARATION = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of UTF-8 XML without a DOCTYPE. Nothing is fetched and no entity is expanded.

    The encoding is fixed before the parser runs, so that the search for a DOCTYPE sees what the parser sees.
    Raises `ListUnreadable`.
    """
    if len(data) > max_bytes:
        raise ListUnreadable(
            f"The list has {len(data)} bytes; at most {max_bytes} are read.",
            f"リストは{len(data)}バイトです。読み込めるのは{max_bytes}バイトまでです。",
        )
    declared = _DECLARATION.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise ListUnreadable(
            "The list is not encoded in UTF-8 (TS 119 612 annex C).",
            "リストの文字コードがUTF-8ではありません（TS 119 612 附属書C）。",
        )
    if b"<!DOCTYPE" in data:
        raise ListUnreadable(
            "The list contains a document type declaration, which no trusted list may have.",
            "リストに文書型宣言（DOCTYPE）が含まれています。トラストリストでは認められません。",
        )
    parser = etree.XMLParser(
        encoding="UTF-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_blank_text=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ListUnreadable(
            f"The list is not well-formed XML: {error}.",
            f"リストは整形式のXMLではありません: {error}",
        ) from error
    if getattr(root.getroottree().docinfo, "doctype", None):
        raise ListUnreadable(
            "The list contains a document type declaration, which no trusted list may have.",
            "リストに文書型宣言（DOCTYPE）が含まれています。トラストリストでは認められません。",
        )
    return root
