"""Time-stamps of one PDF signature, and what document time-stamps are over (EN 319 142-1, 5.4 and 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from signing.domain.cades.attributes import CONTENT_TIME_STAMP
from signing.domain.cms_evidence import evidence_of, revocation_info
from signing.domain.pdf.signatures import PdfSignature, SecurityStore
from signing.domain.procedure.findings import unreadable_time_stamp
from signing.domain.procedure.material import Evidence, TokenMaterial
from timestamp.domain.tokens import TimeStampToken, TokenVerification, parse_token, verify_token
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerInfo
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding
from trustreg.pki.signatures import digest

REVOCATION_ARCHIVAL = "1.2.840.113583.1.1.8"


def read_token(
    der: bytes, certificates: tuple[Certificate, ...], imprint: Callable[[str], bytes]
) -> tuple[TimeStampToken | None, TokenVerification | None, tuple[Finding, ...]]:
    """The token, verified over `imprint` (digest name -> value), or what keeps it from being read."""
    try:
        token = parse_token(der)
    except PkiError as error:
        return None, None, (unreadable_time_stamp(error),)
    digests = {token.imprint_algorithm: imprint(token.imprint_algorithm)} if token.imprint_algorithm else {}
    return token, verify_token(token, digests=digests, extra_certificates=certificates), ()


def signature_tokens(
    identifier: str,
    pdf: PdfSignature,
    signer: SignerInfo,
    stores: Sequence[SecurityStore],
    certificates: tuple[Certificate, ...],
    content: Callable[[str], bytes],
) -> Iterator[TokenMaterial]:
    """Time-stamps of one signature: over its value (attributes, then /TS of its VRI entry), and over the content.

    `content` gives the digest of the signed octets.
    """

    def value(name: str) -> bytes:
        return digest(name, signer.signature)

    beside = dict.fromkeys(store.stamps[pdf.vri_key] for store in stores if pdf.vri_key in store.stamps)
    places: list[tuple[str, bytes, Callable[[str], bytes]]]
    places = [("signature", der, value) for der in (*signer.signature_time_stamps, *beside)]
    places += [("content", der, content) for der in signer.signed(CONTENT_TIME_STAMP)]
    for number, (kind, der, imprint) in enumerate(places, 1):
        token, verification, findings = read_token(der, certificates, imprint)
        yield TokenMaterial(
            id=f"{identifier}-T{number}",
            type=kind,
            token=token,
            verification=verification,
            covers=frozenset({identifier}) if kind == "signature" else frozenset(),
            accompanies=frozenset({identifier}),
            format_findings=findings,
        )


def store_evidence(stores: Iterable[SecurityStore], signed: Iterable[tuple[SignedData, SignerInfo | None]]) -> Evidence:
    """Certificates and revocation data of security stores and of the CMS of signatures; what is broken is left out."""
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    certificates: list[bytes] = []
    every = list(signed)
    for _, signer in every:
        for value in signer.signed(REVOCATION_ARCHIVAL) if signer else ():
            lists, responses = revocation_info(value)
            crls += lists
            ocsps += responses
    for store in stores:
        certificates += store.certificates
        crls += store.crls
        ocsps += store.ocsp_responses
    return evidence_of((cms for cms, _ in every), certificates=certificates, crls=crls, ocsps=ocsps)


def before(stamp: PdfSignature, stores: Iterable[SecurityStore]) -> list[SecurityStore]:
    """The security stores that a document time-stamp is over: of its revision or an older one (newest first)."""
    return [store for store in stores if stamp.revision is not None and store.revision >= stamp.revision]
