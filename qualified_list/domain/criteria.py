"""Which qualifiers of a list entry apply to a certificate (TS 119 612 5.5.9.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from qualified_list.domain.model import Criteria, Qualification
from trustreg.pki import names
from trustreg.pki.certificates import Certificate

LIMITING = frozenset({"NotQualified", "QCNoQSCD", "QCNoSSCD", "QCForLegalPerson"})
"""Qualifiers that take something away: these apply unless it is certain that they do not."""

_BIT_NAMES = {"crlSign": "cRLSign"}


def applicable_qualifiers(
    qualifications: Iterable[Qualification], certificate: Certificate | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The qualifiers for this certificate, and those of which nobody can tell; both sorted.

    Without a certificate, or where a criterion is not understood, only what limits applies: a doubt never adds trust.
    """
    found: set[str] = set()
    doubtful: set[str] = set()
    for element in qualifications:
        fits = matches(element.criteria, certificate)
        if fits is None:
            found.update(LIMITING.intersection(element.qualifiers))
            doubtful.update(element.qualifiers)
        elif fits:
            found.update(element.qualifiers)
    return tuple(sorted(found)), tuple(sorted(doubtful - found))


def matches(criteria: Criteria, certificate: Certificate | None) -> bool | None:
    """Whether the criteria hold for the certificate; None when that cannot be known, as without any criterion."""
    verdicts = [] if certificate is None else list(_verdicts(criteria, certificate))
    if criteria.unknown or not verdicts:  # a list of no criteria was meant for all certificates, or for none
        verdicts.append(None)
    if criteria.assertion == "all":
        return _all(verdicts)
    if criteria.assertion == "atLeastOne":
        return _any(verdicts)
    none_of = _any(verdicts)
    return None if none_of is None else not none_of


def _all(verdicts: list[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _any(verdicts: list[bool | None]) -> bool | None:
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _among(wanted: Collection[str], present: Collection[str] | None) -> bool | None:
    """Whether all are there; that none is wanted says nothing."""
    return set(wanted) <= set(present or ()) if wanted else None


def _verdicts(criteria: Criteria, certificate: Certificate) -> Iterator[bool | None]:
    usage = certificate.key_usage or frozenset()
    for bits in criteria.key_usages:
        yield _all([(_BIT_NAMES.get(name, name) in usage) is value for name, value in bits] or [None])
    for policies in criteria.policy_sets:
        yield _among(policies, certificate.policies)
    for purposes in criteria.extended_key_usages:
        yield _among(purposes, certificate.extended_key_usage)
    if criteria.subject_attributes:
        present = {kind for relative in names.attributes(certificate.subject) for kind, _, _ in relative}
        for kinds in criteria.subject_attributes:
            yield _among(kinds, present)
    for inner in criteria.lists:
        yield matches(inner, certificate)
