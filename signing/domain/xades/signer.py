"""Which certificate signed (EN 319 102-1, 5.2.3; EN 319 132-1, 5.2.2): candidates, and what binds one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.procedure.findings import NO_CERTIFICATE
from trustreg.pki import names as x500
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import EssReference
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import digest

from .properties import CertificateReference


@dataclass(frozen=True, slots=True)
class Chosen:
    """The signing certificate. `bound`: True when something signed names it, False when it names another, None when
    nothing does. `verified`: whether the signature value verifies with it."""

    certificate: Certificate | None
    bound: bool | None
    verified: bool | None
    findings: tuple[Finding, ...]


MAX_TRIED = 64
"""Candidates whose key is tried when nothing names the signer."""


def choose(
    *,
    named: Iterable[Certificate],
    embedded: Iterable[Certificate],
    references: tuple[CertificateReference, ...] | None,
    key_info_signed: bool,
    verify: Callable[[Certificate], bool | None],
) -> Chosen:
    """The signer among the certificates in KeyInfo (`named`), or among all `embedded` when it holds none.

    `references` are those of the signed property, None without the property. Without a reference the key that verifies
    decides.
    """
    candidates = list(dict.fromkeys(named)) or list(dict.fromkeys(embedded))
    if references:
        fitting = next((one for one in candidates if _fits(references[0], one)), None)
        if fitting is not None:
            found = () if _serial_fits(references[0], fitting) else (_SERIAL,)
            return Chosen(fitting, True, verify(fitting), found)
    chosen, verified = _preferred(candidates, verify)
    if chosen is None:
        return Chosen(None, None, None, (NO_CERTIFICATE,))
    if references is not None:
        return Chosen(chosen, False, verified, (_OTHER,))
    if key_info_signed:
        return Chosen(chosen, True, verified, ())
    return Chosen(chosen, None, verified, (_UNBOUND,))


def _preferred(
    candidates: list[Certificate], verify: Callable[[Certificate], bool | None]
) -> tuple[Certificate | None, bool | None]:
    """The one whose key verifies; else the first that is no authority."""
    for one in candidates[:MAX_TRIED]:
        if verify(one):
            return one, True
    chosen = next((one for one in candidates if not one.is_ca), candidates[0] if candidates else None)
    return chosen, verify(chosen) if chosen is not None else None


def _fits(reference: CertificateReference, candidate: Certificate) -> bool:
    if reference.algorithm is None:
        return False
    try:
        return compare_digest(digest(reference.algorithm, candidate.der), reference.digest)
    except UnsupportedAlgorithm:
        return False


def _serial_fits(reference: CertificateReference, candidate: Certificate) -> bool:
    if reference.serial is None:
        return True
    if reference.serial != candidate.serial:
        return False
    if isinstance(reference.issuer, bytes):
        return _same_parts(reference.issuer, candidate.issuer)
    return True if reference.issuer is None else _same_text(reference.issuer, candidate)


def _same_parts(left: bytes, right: bytes) -> bool:
    """Equal but for the order of the RDNs, which some signers turn round; the digest is what binds."""
    try:
        return frozenset(x500.comparable(left)) == frozenset(x500.comparable(right))
    except MalformedASN1:
        return False


def _same_text(text: str, candidate: Certificate) -> bool:
    """RFC 2253 is written in many ways (types by name or OID, values in hexadecimal): values are what is compared."""
    wanted = {value.casefold() for value in re.findall(r"[^\W_]{3,}", text)}
    values = " ".join(value or "" for rdn in x500.attributes(candidate.issuer) for _, _, value in rdn).casefold()
    words = set(re.findall(r"[^\W_]{3,}", values))
    return words <= wanted or "#" in text


def ess_references(references: tuple[CertificateReference, ...]) -> tuple[EssReference, ...]:
    """The references in the form that the procedure knows from CMS."""
    return tuple(
        EssReference(
            one.version, one.algorithm, one.digest, one.issuer if isinstance(one.issuer, bytes) else None, one.serial
        )
        for one in references
    )


_OTHER = Finding(
    "signing_certificate_reference",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    "The certificate is not the one that the signed properties refer to.",
    "証明書が署名プロパティの参照するものと一致しません。",
)
_UNBOUND = Finding(
    "signing_certificate_reference",
    None,
    "Nothing that is signed binds the signer's certificate.",
    "署名者の証明書を特定する情報が署名対象に含まれていません。",
)
_SERIAL = Finding(
    "signing_certificate_issuer_serial",
    None,
    "The issuer and serial number in the signed reference are not those of the certificate.",
    "署名プロパティの参照する発行者・シリアル番号が証明書と一致しません。",
)
