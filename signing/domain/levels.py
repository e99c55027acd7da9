"""What the levels of every format rest on (6.3 of EN 319 122-1, 319 132-1, 319 142-1 and of TS 119 182-1).

A level holds what the one below holds and one thing more: T a time-stamp over the signature, LT the data that tell
whether the signing certificate was revoked, LTA a time-stamp over those data. Levels say what is present, not what is
valid, and ask nobody: where the path of a relying party ends, and so which further data it needs, is not theirs to say.
"""

from __future__ import annotations

from collections.abc import Iterable

from trustreg.pki import names
from trustreg.pki.certificates import Certificate
from trustreg.pki.errors import PkiError
from trustreg.pki.revocation import parse_crl, parse_ocsp


def reached(*, stamped: bool, validated: bool, archived: bool) -> str:
    """`B`, `T`, `LT` or `LTA`: the highest of which all that is below is there too."""
    for level, there in (("B", stamped), ("T", validated), ("LT", archived)):
        if not there:
            return level
    return "LTA"


def has_validation_data(
    certificate: Certificate | None, certificates: Iterable[bytes], crls: Iterable[bytes], ocsps: Iterable[bytes]
) -> bool:
    """Whether what was added (DER) tells if the signing certificate was revoked.

    That is a CRL of its issuer or an OCSP response about it, and any certificate where there is nothing to revoke.
    """
    if certificate is None:
        return False
    if (certificate.self_issued or certificate.revocation_not_available) and any(certificates):
        return True
    return any(_tells(ocsp, certificate) for ocsp in ocsps) or any(_lists(crl, certificate) for crl in crls)


def _tells(ocsp: bytes, certificate: Certificate) -> bool:
    try:
        return any(single.serial == certificate.serial for single in parse_ocsp(ocsp).responses)
    except PkiError:
        return False


def _lists(crl: bytes, certificate: Certificate) -> bool:
    try:
        return names.same(parse_crl(crl).issuer, certificate.issuer)
    except PkiError:
        return False
