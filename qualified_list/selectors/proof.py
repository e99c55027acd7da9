"""What a page may say of a published file: its size, its signer, and whether its signature was verified just now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from qualified_list.domain.errors import ListSignatureError, ListUnreadable
from qualified_list.domain.signature import verify_list
from qualified_list.models import IssueState, ListIssue, ListSignature
from qualified_list.selectors.published import published_path
from trustreg.base.errors import NotFound
from trustreg.pki.certificates import Certificate, parse_certificate

MAX_VERIFIED_AT_SIGHT: Final = 4 << 20
"""Bytes of a list that is verified while somebody waits for a page; a larger one takes seconds."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Sizes are 0 for a file that does not exist.

    `verified`: the bytes on disk are those on record and their signature verified with the signer's certificate;
    None when the file is too large to do that at once, or is not there.
    """

    xml_bytes: int
    sha2_bytes: int
    signer: Certificate
    verified: bool | None


def proof_of(issue: ListIssue) -> Proof:
    """The proof of a released issue (one query)."""
    signer = signer_certificate(issue.sequence)
    path = published_path(issue.sequence, "tl.xml")
    xml, sha2 = _status(path), _status(published_path(issue.sequence, "tl.sha2"))
    verified = None
    if xml is not None and xml.st_size <= MAX_VERIFIED_AT_SIGHT:
        verified = _verified(path, (xml.st_mtime_ns, xml.st_size, xml.st_ino), issue.sha256, signer.der)
    return Proof(xml.st_size if xml else 0, sha2.st_size if sha2 else 0, signer, verified)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@lru_cache(maxsize=64)
def _verified(path: Path, _mark: tuple[int, int, int], sha256: str, signer: bytes) -> bool:
    try:
        found = verify_list(path.read_bytes(), signer_keys=[signer], demand_tsl_signing=True)
    except (OSError, ListSignatureError, ListUnreadable):
        return False
    return found.sha256 == sha256


def signer_certificate(sequence: int) -> Certificate:
    """The certificate that signed a released issue. Raises NotFound."""
    rows = ListSignature.objects.filter(issue_id=sequence, issue__state=IssueState.RELEASED)
    der = rows.values_list("signer_certificate", flat=True).first()
    if der is None:
        raise NotFound(f"There is no list with the number {sequence}.", f"連番{sequence}のリストはありません。")
    return parse_certificate(bytes(der))
