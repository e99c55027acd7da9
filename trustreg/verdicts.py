"""What a validating child adds to a report: who sealed, what it is worth, whether a document's requirement is met.

Runs in children without a database, so it knows only what its snapshot carries: the lists, the register of
organisations, device arcs, and the table of document levels. No Django here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from certification.domain.document_levels import (
    DocumentLevel,
    Element,
    Proof,
    RequiredLevel,
    Requirement,
    find,
    proven_level,
    requirement_met,
)
from eseal.domain.identity import RegisteredOrganisation, SealIdentityEnricher
from qualified_list.domain.qualification import Kind, Qualification, QualificationOutcome, qualify_certificate
from qualified_list.domain.status.source import ListTrustSource
from signing.domain.enrich import Enricher, Enrichment, RequirementCheck, SignatureFacts
from signing.domain.report import Notice, Text, TimestampReport, ValidationReport
from trustreg.pki.indications import Indication
from trustreg.pki.trust import Reason, TrustSource

_PLAIN: Final = {"signature": Qualification.ADESIG, "seal": Qualification.ADESEAL}
_ABOVE_PLAIN: Final = frozenset(
    {Qualification.QESIG, Qualification.QESEAL, Qualification.ADESIG_QC, Qualification.ADESEAL_QC}
)


class Knowledge(ListTrustSource):
    """The lists, and what else a child has to know."""

    register: Mapping[str, RegisteredOrganisation] = {}
    arcs: frozenset[str] = frozenset()
    levels: tuple[DocumentLevel, ...] = ()


def pack(
    source: ListTrustSource,
    *,
    register: Iterable[RegisteredOrganisation],
    arcs: Iterable[str],
    levels: Iterable[DocumentLevel],
) -> bytes:
    """The snapshot that children load."""
    header = {
        "register": [asdict(organisation) for organisation in register],
        "arcs": sorted(arcs),
        "levels": [
            asdict(replace(level, elements=frozenset())) | {"elements": sorted(str(one) for one in level.elements)}
            for level in levels
        ],
    }
    return json.dumps(header, ensure_ascii=False, sort_keys=True).encode() + b"\n" + source.to_bytes()


def load(data: bytes) -> Knowledge:
    """The inverse of `pack`. Raises ValueError when the bytes were damaged."""
    header, _, lists = data.partition(b"\n")
    known = json.loads(header)
    found = Knowledge.from_bytes(lists)
    found.register = {row["corporate_number"]: RegisteredOrganisation(**row) for row in known["register"]}
    found.arcs = frozenset(known["arcs"])
    found.levels = tuple(
        DocumentLevel(
            **{
                **row,
                "elements": frozenset(Element(one) for one in row["elements"]),
                "level": RequiredLevel(row["level"]),
            }
        )
        for row in known["levels"]
    )
    return found


class QualificationEnricher:
    """Adds `qualification` and the standing of the issuing service at issuance and at best-signature time.

    A signature that failed is NOT_ADES. One that is INDETERMINATE is so in its qualification too where it would have
    been more than plain (nobody knows), and stays plain where the lists already say no.
    """

    def __call__(self, facts: SignatureFacts) -> Enrichment | None:
        if facts.kind == "timestamp":
            return None
        kind: Kind = facts.kind
        outcome = self._outcome(facts, kind)
        found = outcome.qualification if outcome else _PLAIN[kind]
        assuming = outcome.assuming if outcome else None
        if facts.hypothetical:
            assuming, found = self._weighed(assuming or found, facts), Qualification.INDETERMINATE
        else:
            found = self._weighed(found, facts)
        return Enrichment(
            qualification=found.value,
            assuming=assuming.value if assuming else None,
            service=_service(outcome) if outcome else None,
            reasons=_reasons(outcome) if outcome else (),
        )

    def _outcome(self, facts: SignatureFacts, kind: Kind) -> QualificationOutcome | None:
        if not facts.path or facts.trust_level == "operator":
            return None
        if len(facts.path) == 1 or facts.certificate.is_ca:
            # What an authority signs with its own key is no signature or seal of anybody that it certified.
            return None
        best = facts.best_signature_time
        return qualify_certificate(
            facts.trust,
            facts.certificate,
            issuer_spki_sha256=facts.path[-1].spki_sha256,
            kind=kind,
            best_signature_time=min(best, facts.assumed_time) if facts.assumed_time else best,
            hypothetical=facts.hypothetical,
        )

    def _weighed(self, found: Qualification, facts: SignatureFacts) -> Qualification:
        if facts.indication is Indication.TOTAL_FAILED:
            return Qualification.NOT_ADES
        if facts.indication is Indication.INDETERMINATE and found in _ABOVE_PLAIN:
            return Qualification.INDETERMINATE
        return found


def _service(outcome: QualificationOutcome) -> dict[str, Any] | None:
    known = outcome.at_best_time if outcome.at_best_time.service_id else outcome.issued
    if known.service_id is None:
        return None
    return {
        "id": known.service_id,
        "name": dict(known.service_name),
        "provider": {
            "id": known.provider_id,
            "name": dict(known.provider_name),
            "corporate_number": known.provider_corporate_number,
        },
        "territory": known.territory,
        "level": outcome.level,
        "status_at_issuance": outcome.issued.status,
        "status_at_best_time": outcome.at_best_time.status,
    }


_SENTENCES: Final[Mapping[Reason, Text]] = {
    Reason.SERVICE_SUSPENDED: Text(
        "サービスの認定は、その時点で一時停止中でした。", "The service was suspended at that time."
    ),
    Reason.SERVICE_WITHDRAWN: Text(
        "サービスの認定は、その時点で取り消されていました。", "The service was withdrawn at that time."
    ),
    Reason.EXPIRED: Text(
        "サービスの認定は、その時点で期限を過ぎていました。", "The grant of the service had expired at that time."
    ),
    Reason.STATUS_UNKNOWN: Text(
        "リストにある状態の意味を、この版は知りません。", "This version does not know that status."
    ),
    Reason.NOT_YET_LISTED: Text(
        "サービスは、その時点ではリストにありませんでした。", "The service was not listed yet."
    ),
    Reason.NOT_LISTED: Text("サービスはリストにありません。", "The service is not listed."),
    Reason.OUT_OF_SCOPE: Text(
        "この種類の証明書は、サービスの認定の範囲外です。", "The service is not listed for this use."
    ),
    Reason.OUT_OF_ARRANGEMENT: Text("相互承認の範囲外です。", "This use lies outside the arrangement."),
    Reason.CONFLICT: Text("リストの記載が互いに矛盾しています。", "The lists contradict each other."),
    Reason.LIST_STALE: Text("リストが次回の発行期限を過ぎています。", "The list is past its next update."),
}


def _reasons(outcome: QualificationOutcome) -> tuple[Notice, ...]:
    sentence = _SENTENCES.get(outcome.reason) if outcome.reason else None
    return (Notice(str(outcome.reason), sentence),) if sentence else ()


def seal_identity(trust: TrustSource, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Enricher:
    """Factory for children: who sealed."""
    assert isinstance(trust, Knowledge)  # noqa: S101 - what `load` made
    return SealIdentityEnricher(trust.register, trust.arcs)


def qualification(trust: TrustSource, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Enricher:
    """Factory for children: what it is worth."""
    return QualificationEnricher()


def requirement(trust: TrustSource, settings: Mapping[str, Any], options: Mapping[str, Any]) -> RequirementCheck | None:
    """Factory for children: whether the document's requirement is met; None when nothing was required.

    Raises NotFound for a document type that the table does not have.
    """
    assert isinstance(trust, Knowledge)  # noqa: S101 - what `load` made
    code, level = options.get("document_type"), options.get("level")
    if not code and not level:
        return None
    document = find(trust.levels, str(code)) if code else None
    wanted = RequiredLevel(str(level)) if level else None

    def check(report: ValidationReport) -> Mapping[str, Any]:
        answer = requirement_met(document, proofs=list(_proofs(report)), level=wanted)
        return requirement_json(answer)

    return check


def requirement_json(answer: Requirement) -> dict[str, Any]:
    """The `requirement` member of a report."""
    return {
        "document_type": answer.document_type,
        "level": answer.level.value,
        "met": answer.met,
        "missing": [element.value for element in answer.missing],
    }


def _proofs(report: ValidationReport) -> Iterable[Proof]:
    for signature in report.signatures:
        if signature.countersigns is not None:
            continue  # it confirms another signature; what a document needs is one of its own
        service = signature.service or {}
        yield Proof(
            Element.ESEAL if signature.kind == "seal" else Element.ESIGN,
            proven_level(
                qualification=signature.qualification or "INDETERMINATE",
                service_status=service.get("status_at_best_time"),
                passed=signature.indication is Indication.TOTAL_PASSED,
            ),
        )
        yield from map(_stamp, signature.timestamps)
    yield from map(_stamp, report.timestamps)


def _stamp(stamp: TimestampReport) -> Proof:
    service = stamp.service or {}
    return Proof(
        Element.TIMESTAMP,
        proven_level(
            qualification=stamp.qualification or "INDETERMINATE",
            service_status=service.get("status_at_generation"),
            passed=stamp.indication is Indication.TOTAL_PASSED,
        ),
    )
