"""ETSI TS 119 612 v2.4.1 XML: the list rendered, and lists (own and foreign) read back."""

from qualified_list.domain.xml.parse import ListWarning, ParsedList, parse_list
from qualified_list.domain.xml.render import render_list

__all__ = ["ListWarning", "ParsedList", "parse_list", "render_list"]
