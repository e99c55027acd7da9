"""Stand-alone RFC 3161 tokens and responses, with or without the data that they stamp."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from timestamp.domain.tokens import TokenVerification, parse_any, verify_token
from trustreg.pki import asn1
from trustreg.pki.cms import parse_signed_data
from trustreg.pki.errors import MalformedASN1, PkiError
from trustreg.pki.indications import Finding, SubIndication

from .cms_evidence import evidence_of
from .procedure.findings import partial_coverage
from .procedure.material import DocumentMaterial, TokenMaterial

_TST_INFO = "1.2.840.113549.1.9.16.1.4"


def recognise(data: bytes) -> bool:
    """Whether the bytes are a token (SignedData over TSTInfo) or a TimeStampResp."""
    if data[:1] != b"\x30":
        return False
    try:
        first, *rest = asn1.read(data, exact=False).children()
        if first.tag == asn1.OID:
            return parse_signed_data(data).content_type == _TST_INFO
        status = first.expect(asn1.SEQUENCE).children()
        return status[0].tag == asn1.INTEGER and len(rest) <= 1
    except (MalformedASN1, IndexError, ValueError):
        return False


def read(data: bytes, detached: Sequence[bytes], *, digests: Mapping[str, bytes] | None = None) -> DocumentMaterial:
    """The token, verified against the detached document whose digest it holds. Raises `PkiError`.

    `digests` (hashlib name -> value) stand for one more document, which stays where it is. Several documents: the one
    that matches counts, and the others keep the token from passing; when none does the first one fails the imprint.
    Without any, what was stamped is unknown: a sound token is then neither intact nor broken (EN 319 102-1 5.2.7,
    SIGNED_DATA_NOT_FOUND).
    """
    token = parse_any(data)
    results = [verify_token(token, data=document) for document in detached]
    if digests:
        results.append(verify_token(token, digests=digests))
    results = results or [_without_data(verify_token(token))]
    verification = next((result for result in results if result.imprint_matches), results[0])
    others = bool(verification.imprint_matches) and not all(result.imprint_matches for result in results)
    return DocumentMaterial(
        format="RFC3161",
        tokens=(
            TokenMaterial(
                id=f"T1-{hashlib.sha256(token.der).hexdigest()[:16]}",
                type="standalone",
                token=token,
                verification=verification,
                coverage=("partial" if others else "whole") if verification.imprint_matches else "none",
                format_findings=(_SOME_DOCUMENTS,) if others else (),
            ),
        ),
        evidence=evidence_of([token.signed_data]),
    )


_SOME_DOCUMENTS = partial_coverage(
    "The time-stamp covers only some of the documents that were handed in.",
    "タイムスタンプは、渡された文書の一部だけを対象としています。",
)


def _without_data(verification: TokenVerification) -> TokenVerification:
    missing = Finding(
        "timestamped_data",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        "What was stamped was not handed in, so nobody can tell whether the token is about it.",
        "タイムスタンプの対象が渡されていないため、対象と一致するかどうかを判定できません。",
    )
    return replace(
        verification,
        intact=None if verification.intact else verification.intact,
        findings=(*verification.findings, missing),
    )


__all__ = ["PkiError", "read", "recognise"]
