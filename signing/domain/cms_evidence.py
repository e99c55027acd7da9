"""Certificates and revocation data that travel in CMS."""

from __future__ import annotations

from collections.abc import Iterable

from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.cms import SignedData
from trustreg.pki.errors import PkiError

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
