"""From a certificate to the listed key that issued it: by signatures, never by names alone (design 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from signing.domain.kind import kind_of
from trustreg.pki import names, signatures
from trustreg.pki.certificates import Certificate
from trustreg.pki.extensions import EKU_SERVER_AUTHENTICATION
from trustreg.pki.paths import may_issue
from trustreg.pki.trust import Standing, Usage

MAX_PATH_LENGTH = 6
"""Intermediates between a certificate and the listed key; real hierarchies have one or two."""

MAX_VERIFICATIONS = 64
"""Signatures that one question may cost, whatever pile of intermediates came with it."""


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """A standing and how the question was matched: `service`, `identity`, `issuer`, `token`, or None when it was not.

    `certificate_usages` are the usages that the certificate of the question is for.
    """

    standing: Standing
    matched_by: str | None
    certificate_usages: tuple[Usage, ...] = ()


def certificate_usages(certificate: Certificate) -> tuple[Usage, ...]:
    """What a certificate is for: its QcType, else web server authentication, seal or signature by its subject.

    Empty when it is for something that no scope names: an unknown QcType, the keys of OCSP responders and the like.
    """
    if certificate.qc.types:
        return tuple(usage for usage in Usage if usage.value in certificate.qc.types)
    if EKU_SERVER_AUTHENTICATION in (certificate.extended_key_usage or ()):
        return (Usage.WEB,)
    if certificate.for_other_purposes:
        return ()
    return (Usage.ESEAL,) if kind_of(certificate) == "seal" else (Usage.ESIGN,)


def find_issuer(
    certificate: Certificate,
    *,
    intermediates: Iterable[Certificate],
    listed: Callable[[bytes], Iterable[Certificate]],
) -> Certificate | None:
    """The nearest listed certificate whose key verifies the chain of signatures down to `certificate`.

    `listed` gives the listed certificates with a subject name (DER). Validity periods and revocation are not looked
    at: this says whose certificate it is, not whether it is good. Every link but the first has to be a CA, the listed
    one too: lists also name time-stamping units and other keys that issue nothing.
    """
    pool = [one for one in intermediates if one.is_ca and _may_sign_certificates(one)]
    budget = iter(range(MAX_VERIFICATIONS))
    level = [certificate]
    seen = {certificate.sha256}
    for _ in range(MAX_PATH_LENGTH + 1):
        following: list[Certificate] = []
        for subject in level:
            for anchor in listed(subject.issuer):
                if may_issue(anchor) and _issued(anchor, subject, budget):
                    return anchor
            for issuer in pool:
                named = issuer.sha256 not in seen and names.same(issuer.subject, subject.issuer)
                if named and _issued(issuer, subject, budget):
                    seen.add(issuer.sha256)
                    following.append(issuer)
        if not following:
            return None
        level = following
    return None


def _may_sign_certificates(certificate: Certificate) -> bool:
    return certificate.key_usage is None or "keyCertSign" in certificate.key_usage


def _issued(issuer: Certificate, subject: Certificate, budget: Iterator[int]) -> bool:
    if next(budget, None) is None or not subject.algorithms_agree or issuer.public_key is None:
        return False
    verified = signatures.verify(issuer.public_key, subject.signature_algorithm, subject.signature, subject.tbs)
    return verified is True
