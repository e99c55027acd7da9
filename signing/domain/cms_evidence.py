"""Certificates and revocation data that travel in CMS."""

from __future__ import annotations

from collections.abc import Iterable

from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.cms import SignedData
from trustreg.pki.errors import MalformedASN1, PkiError

from .procedure.material import Evidence


def parse_certificates(ders: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Those that can be read: one broken certificate does not hide the others."""
    found = []
    for der in ders:
        try:
            found.append(parse_certificate(der))
        except PkiError:
            continue
    return tuple(found)


def revocation_info(value: bytes) -> tuple[list[bytes], list[bytes]]:
    """(CRLs, OCSP responses) of `{[0] CRLs, [1] OCSP responses, [2] other}`, as far as it can be read.

    The shape of adbe-revocationInfoArchival (ISO 32000-2 12.8.3.3.2) and of revocation-values (EN 319 122-2 A.1.1.2).
    """
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    try:
        for part in asn1.sequence(value):
            target = {asn1.context(0): crls, asn1.context(1): ocsps}.get(part.tag)
            if target is not None:
                for inner in part.children():
                    target.extend(element.raw for element in inner.children())
    except MalformedASN1:
        return crls, ocsps
    return crls, ocsps


def evidence_of(
    signed: Iterable[SignedData],
    *,
    certificates: Iterable[bytes] = (),
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
) -> Evidence:
    """Everything in these SignedData and beside them, each encoding once, in order."""
    ders, lists, responses = dict.fromkeys(certificates), dict.fromkeys(crls), dict.fromkeys(ocsps)
    for data in signed:
        ders.update(dict.fromkeys(data.certificates))
        lists.update(dict.fromkeys(data.crls))
        responses.update(dict.fromkeys(data.ocsp_responses))
    return Evidence(parse_certificates(ders), tuple(lists), tuple(responses))
