"""Gathers the particulars of what was validated, for callers that ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from signing.domain.particulars import Particulars, Scope, StampParticulars
from signing.domain.xades.algorithms import method_uri
from timestamp.domain.tokens import TimeStampToken
from trustreg.base.effort import spend
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate
from trustreg.pki.revocation import RevocationOutcome

from .material import SignatureMaterial


def particulars_of(
    material: SignatureMaterial, path: Sequence[Certificate], outcomes: Sequence[RevocationOutcome]
) -> Particulars:
    """Of a signature. `path` may be empty; `outcomes` are about its certificates, in its order."""
    cryptography = material.cryptography
    own = (cryptography.certificate,) if cryptography.certificate else ()
    status = outcomes[0].status if outcomes else None
    return Particulars(
        chain=_told(tuple(path) or own),
        method=method_uri(cryptography.algorithm) if cryptography.algorithm else None,
        scopes=_scopes(material),
        claims=material.claims,
        revocation=(status.responder, status.produced_at) if status is not None and status.source == "ocsp" else None,
    )


def _scopes(material: SignatureMaterial) -> tuple[Scope, ...]:
    """What verified: named by the reader, else the document itself, whole or a former revision of it."""
    if material.cryptography.intact is not True or material.coverage == "none":
        return ()
    if material.scopes:
        return material.scopes
    kind = "PDF" if material.format == "PAdES" else "document"
    if material.coverage == "whole":
        return (Scope(f"Full {kind}"),)
    return (Scope(f"Partial {kind}", "part"),)


def stamp_particulars(token: TimeStampToken, path: Sequence[Certificate], own: Certificate | None) -> StampParticulars:
    """Of a time-stamp; `own` is the certificate of its authority where no path was built."""
    content = token.signed_data.content or b""
    return StampParticulars(
        token=token.der, imprint=asn1.sequence(content)[2].raw, chain=_told(tuple(path) or ((own,) if own else ()))
    )


def _told(chain: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The chain, which costs effort: many signatures may have one, and each tells it whole."""
    spend(sum(len(one.der) for one in chain) >> 2)
    return chain
