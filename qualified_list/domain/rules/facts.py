"""Reading a file once for all rules: a list of 10,000 services has a million nodes."""

from __future__ import annotations

import copy
import hashlib
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.rules.book import FileFacts, NotRun
from qualified_list.domain.rules.xsd import list_schema
from qualified_list.domain.signature import VerifiedList, certificates_of, verify_root
from qualified_list.domain.xml import names
from qualified_list.domain.xml.hardened import parse_xml
from qualified_list.domain.xml.parse import parse_list

_T = f"{{{names.TSL}}}"
_SHOWN = 20


def file_facts(xml: bytes, *, schemas: Path | None) -> FileFacts:
    """Parse, validate and verify `xml`. Raises `ListUnreadable` when it is no XML at all."""
    root = parse_xml(xml)
    odd = tuple(_line(node) for node in root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity))
    errors, missing = _schema_errors(root, schemas)
    version = (root.findtext(f"{_T}SchemeInformation/{_T}TSLVersionIdentifier") or "").strip()
    tag = root.get("TSLTag") or ""
    found = root.find(f"{{{names.DS}}}Signature")
    signature = None if found is None else copy.deepcopy(found)
    verified: VerifiedList | None = None
    failure = "the file is not signed"
    if signature is not None:
        try:
            own = certificates_of(signature)
            verified = verify_root(root, sha256=hashlib.sha256(xml).hexdigest(), signer_keys=own)
            failure = ""
        except ListSignatureError as error:
            failure = error.en
    try:
        read = parse_list(root).list
    except ListUnreadable:
        read = None
    return FileFacts(version, tag, odd, signature, verified, failure, errors, missing, read)


def _line(node: etree._Element) -> int:
    line: Any = node.sourceline
    return int(line or 0)


def _schema_errors(root: etree._Element, schemas: Path | None) -> tuple[tuple[str, ...] | None, str]:
    if schemas is None:
        return None, "no folder with schemas is configured"
    try:
        compiled = list_schema(schemas)
    except NotRun as reason:
        return None, str(reason)
    if compiled.validate(root):
        return (), ""
    log: Any = compiled.error_log
    return tuple(f"line {error.line}: {error.message}" for error in islice(log, _SHOWN)), ""
