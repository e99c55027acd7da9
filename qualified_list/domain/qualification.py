"""What a signature or seal is worth: QESIG and the rest of the vocabulary of design 5, after ETSI TS 119 615.

Qualified takes three things at once: the certificate claims it (or the list entry says it), and the service that issued
it was qualified or recognised at issuance *and* at best-signature time. What nobody knows is INDETERMINATE, not a no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from qualified_list.domain.status.source import CERTIFICATE_SERVICES, ListTrustSource
from trustreg.pki.certificates import Certificate
from trustreg.pki.extensions import QcStatements
from trustreg.pki.trust import Reason, Result, Standing, TrustSource, Usage

Kind = Literal["signature", "seal"]


class Qualification(StrEnum):
    """EN 319 102-1 and TS 119 615 in short; "seal" where the certificate is for one."""

    QESIG = "QESIG"
    QESEAL = "QESEAL"
    ADESIG_QC = "ADESIG_QC"
    ADESEAL_QC = "ADESEAL_QC"
    ADESIG = "ADESIG"
    ADESEAL = "ADESEAL"
    NOT_ADES = "NOT_ADES"
    INDETERMINATE = "INDETERMINATE"


_WORDS = {
    "signature": (Qualification.QESIG, Qualification.ADESIG_QC, Qualification.ADESIG),
    "seal": (Qualification.QESEAL, Qualification.ADESEAL_QC, Qualification.ADESEAL),
}
_USAGES = {"signature": Usage.ESIGN, "seal": Usage.ESEAL}
_QUALIFYING = frozenset({Result.QUALIFIED, Result.RECOGNISED})
_UNKNOWN = {Result.CONFLICT: Reason.CONFLICT, Result.LIST_STALE: Reason.LIST_STALE}
_FOR_KIND = {"signature": "QCForESig", "seal": "QCForESeal"}
_FOR_ANY = frozenset({"QCForESig", "QCForESeal", "QCForWSA"})


@dataclass(frozen=True, slots=True)
class QualificationOutcome:
    """The qualification with its reason, the standings it rests on, and the level of the service at best time.

    `assuming` is set only for a hypothetical time: what it would be if the assumed time were proven. `level` is
    `qualified`, `specified` or `other`.
    """

    qualification: Qualification
    reason: Reason | None
    issued: Standing
    at_best_time: Standing
    level: str
    assuming: Qualification | None = None


def qualify(
    *,
    kind: Kind,
    qc: QcStatements,
    issued: Standing,
    at_best_time: Standing,
    hypothetical: bool = False,
) -> QualificationOutcome:
    """The qualification of a signature or seal from the standings of its issuer at notBefore and at best time.

    `qc` are the certificate's own claims. `hypothetical`: best time is a caller's assumption, so the answer is
    INDETERMINATE with `HYPOTHETICAL_TIME`.
    """
    found, reason = _qualify(kind, qc, issued, at_best_time)
    level = {Result.QUALIFIED: "qualified", Result.RECOGNISED: "qualified", Result.SPECIFIED: "specified"}.get(
        at_best_time.result, "other"
    )
    if hypothetical:
        return QualificationOutcome(
            Qualification.INDETERMINATE, Reason.HYPOTHETICAL_TIME, issued, at_best_time, level, assuming=found
        )
    return QualificationOutcome(found, reason, issued, at_best_time, level)


def _qualify(
    kind: Kind, qc: QcStatements, issued: Standing, at_best_time: Standing
) -> tuple[Qualification, Reason | None]:
    best, with_certificate, plain = _WORDS[kind]
    moments = (issued, at_best_time)
    # One moment that is known to be no settles it, whatever the other would have been.
    for moment in moments:
        if moment.result not in _QUALIFYING and moment.result not in _UNKNOWN:
            return plain, moment.reason
    known = [moment for moment in moments if moment.result in _QUALIFYING]
    if not all(_claims_qualified(qc, moment) and _for_this_kind(kind, qc, moment) for moment in known):
        return plain, None
    for moment in moments:
        if moment.result in _UNKNOWN:
            return Qualification.INDETERMINATE, _UNKNOWN[moment.result]
    return (best if _on_qualified_device(qc, at_best_time) else with_certificate), None


def _claims_qualified(qc: QcStatements, standing: Standing) -> bool:
    """Design 5: the qualifiers of the entry first, then the certificate under the law of the entry's territory.

    A QcCompliance without legislation claims EU law, so it counts for recognised foreign entries only.
    """
    if "NotQualified" in standing.qualifiers:
        return False
    return "QCStatement" in standing.qualifiers or (qc.compliance and _under_law_of(qc, standing))


def _under_law_of(qc: QcStatements, standing: Standing) -> bool:
    if standing.territory is not None and standing.territory.upper() in qc.legislation:
        return True
    return standing.result is Result.RECOGNISED and not qc.legislation


def _for_this_kind(kind: Kind, qc: QcStatements, standing: Standing) -> bool:
    """Qualifiers QCForESig, QCForESeal and QCForWSA, where the entry uses them, say which kind is meant; else the
    certificate's QcType, where it has one: a certificate for websites makes no qualified signature. Nor does a legal
    person, which signs nothing itself, or a certificate that the entry may mean for another kind."""
    if kind == "signature" and "QCForLegalPerson" in standing.qualifiers:
        return False
    if _FOR_ANY.intersection(standing.doubtful) - {_FOR_KIND[kind]}:
        return False
    stated = _FOR_ANY.intersection(standing.qualifiers)
    if stated:
        return _FOR_KIND[kind] in stated
    return not qc.types or _USAGES[kind].value in qc.types


def _on_qualified_device(qc: QcStatements, standing: Standing) -> bool:
    qualifiers = standing.qualifiers
    if "QCNoQSCD" in qualifiers or "QCNoSSCD" in qualifiers:
        return False
    if {"QCWithQSCD", "QCQSCDManagedOnBehalf", "QCWithSSCD"}.intersection(qualifiers):
        return True
    return qc.qscd and ("QCStatement" in qualifiers or _under_law_of(qc, standing))


def qualify_certificate(
    trust: TrustSource,
    certificate: Certificate,
    *,
    issuer_spki_sha256: bytes,
    kind: Kind,
    best_signature_time: datetime,
    hypothetical: bool = False,
) -> QualificationOutcome:
    """Ask the trust source at issuance and at best-signature time, and qualify.

    `issuer_spki_sha256` is the listed key at the end of the certificate's verified path.
    """

    def standing(at: datetime) -> Standing:
        usage = _USAGES[kind]
        if isinstance(trust, ListTrustSource):
            return trust.standing(
                spki_sha256=issuer_spki_sha256,
                at=at,
                service_types=CERTIFICATE_SERVICES,
                usage=usage,
                certificate=certificate,
            )
        return trust.standing(spki_sha256=issuer_spki_sha256, at=at, service_types=CERTIFICATE_SERVICES, usage=usage)

    return qualify(
        kind=kind,
        qc=certificate.qc,
        issued=standing(certificate.not_before),
        at_best_time=standing(best_signature_time),
        hypothetical=hypothetical,
    )
