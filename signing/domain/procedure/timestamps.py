"""Validation of time-stamps (EN 319 102-1, 5.4) and extraction of proofs of existence from them (5.6.2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from signing.domain.cms_evidence import evidence_of
from signing.domain.enrich import SignatureFacts
from signing.domain.kind import signer_of
from signing.domain.report import TimestampReport
from timestamp.domain.proofs import CoveredToken, ProofDecision, Proofs, TokenCheck, accept_proofs
from timestamp.domain.validation import TokenValidation, validate_token
from trustreg.base.effort import spend
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths import build_paths
from trustreg.pki.revocation import Existence

from .context import Context
from .enrichment import enrich
from .grounds import evidence_used, path_used
from .ledger import Ledger
from .material import Evidence, TokenMaterial
from .particulars import stamp_particulars


@dataclass(frozen=True, slots=True)
class TokenResult:
    """One token when everything about it is known."""

    material: TokenMaterial
    decision: ProofDecision | None
    validation: TokenValidation | None
    report: TimestampReport


@dataclass(frozen=True, slots=True)
class Stamps:
    """All tokens of a document, and what they prove."""

    proofs: Proofs
    results: Mapping[str, TokenResult]

    def proven(self, object_id: str) -> datetime | None:
        """The earliest accepted proof of existence, None when there is none."""
        return min(self.proofs.times.get(object_id, ()), default=None)

    def existence(self, sha256: bytes) -> datetime:
        """The lowest proof of existence of a certificate or of revocation data, by the digest of its DER."""
        return self.proofs.lowest(sha256.hex())

    def covering(self, object_id: str) -> list[TokenResult]:
        """Tokens whose imprint covers the object, and those of evidence records about it, in document order."""
        spend(len(self.results))
        return [
            result
            for result in self.results.values()
            if object_id in result.material.covers or object_id in result.material.accompanies
        ]


def validate_tokens(context: Context, tokens: Iterable[TokenMaterial], evidence: Evidence) -> Stamps:
    """Validate all tokens, newest first, and decide which of them prove their time (design 5)."""
    materials = list(tokens)
    validations: dict[str, TokenValidation] = {}
    covered_ids = frozenset().union(*(material.covers for material in materials))
    inner = {material.id: _inside(material) for material in materials if material.id in covered_ids}
    covered = [
        _covered(context, material, evidence, validations, inner)
        for material in materials
        if material.token is not None and material.token.gen_time <= context.time
    ]
    proofs = accept_proofs(covered, trust=context.trust, now=context.time)
    return Stamps(
        proofs,
        {
            material.id: _result(
                context, material, proofs.decisions.get(material.id), validations.get(material.id), evidence
            )
            for material in materials
        },
    )


def _inside(material: TokenMaterial) -> frozenset[str]:
    """What a proof of the token proves with it: the certificates and revocation data that it holds."""
    return evidence_of([material.token.signed_data]).ids if material.token is not None else frozenset()


def _covered(
    context: Context,
    material: TokenMaterial,
    evidence: Evidence,
    validations: dict[str, TokenValidation],
    inner: Mapping[str, frozenset[str]],
) -> CoveredToken:
    assert material.token is not None  # noqa: S101  # the caller filtered; this is for the type checker
    token = material.token

    def check(at: datetime, lowest: Callable[[str], datetime]) -> TokenCheck:
        if material.format_findings or material.verification is None:
            return TokenCheck(False, finding=next(iter(material.format_findings), None))
        validation = _validate(context, material, at, evidence, lambda sha256: lowest(sha256.hex()))
        validations[material.id] = validation
        return validation.check

    covers = frozenset().union(
        material.covers,
        material.evidence.ids if material.covers else (),
        *(inner[other] for other in material.covers if other in inner),
    )
    return CoveredToken(material.id, token.gen_time, covers, check, material.renewed_by)


def _validate(
    context: Context, material: TokenMaterial, at: datetime, evidence: Evidence, existence: Existence
) -> TokenValidation:
    assert material.token is not None  # noqa: S101
    assert material.verification is not None  # noqa: S101
    fetcher = context.fetcher
    if context.restricted_fetcher is not None:
        certificate = material.verification.tsa_certificate
        paths = (
            build_paths(certificate, candidates=evidence.certificates, anchors=context.anchors.all)
            if certificate
            else []
        )
        fetcher = next((found for path in paths if (found := context.fetcher_for(path))), context.issuer_fetcher)
    return validate_token(
        material.token,
        material.verification,
        at=at,
        now=context.now,
        anchors=context.anchors.all,
        candidates=evidence.certificates,
        crls=evidence.crls,
        ocsps=evidence.ocsps,
        fetcher=fetcher,
        catalogue=context.catalogue,
        existence=existence,
    )


def _result(
    context: Context,
    material: TokenMaterial,
    decision: ProofDecision | None,
    validation: TokenValidation | None,
    evidence: Evidence,
) -> TokenResult:
    ledger = Ledger(context.policy)
    token, verification = material.token, material.verification
    for finding in material.format_findings:
        ledger.record(finding)
    intact: bool | None = None
    if token is not None and verification is not None:
        intact = verification.intact
        if validation is None and not material.format_findings:
            validation = _validate(context, material, context.time, evidence, lambda _: context.time)
        seen: set[Finding] = set()
        for finding in (*verification.findings, *(validation.findings if validation else ())):
            if finding not in seen:
                seen.add(finding)
                ledger.record(finding)
        if intact and not ledger.failed:
            ledger.passed("timestamp_intact", "The time-stamp is intact.", "タイムスタンプは完全です。")
        if token.gen_time > context.time:
            ledger.record(_future())
    _weigh_standing(context, ledger, decision, validation)
    proof = decision.proves if decision else False
    certificate = verification.tsa_certificate if verification else None
    path = validation.path.certificates if validation and validation.path else ()
    report = TimestampReport(
        type=material.type,
        name=material.name,
        time=token.gen_time if token else None,
        intact=intact,
        coverage=material.coverage,
        modifications=material.modifications,
        proof=proof,
        qualification=decision.qualification.value if decision else "INDETERMINATE",
        indication=ledger.indication,
        sub_indication=ledger.sub_indication,
        signer=signer_of(certificate) if certificate else None,
        policy=token.policy if token else None,
        serial=str(token.serial) if token else None,
        service=_service(decision),
        evidence_record={"id": material.record, "renewal": material.renewal} if material.record else None,
        sha256=token.sha256.hex() if token else None,
        path=path_used(path),
        revocation=evidence_used(path, validation.revocation if validation else (), evidence),
        particulars=stamp_particulars(token, path, certificate) if token and context.particulars else None,
        checks=tuple(ledger.checks),
        errors=tuple(ledger.errors),
        warnings=tuple(ledger.warnings),
    )
    if certificate is not None and token is not None:
        report = enrich(context, report, _facts(context, material, decision, validation, certificate, report))
    return TokenResult(material, decision, validation, report)


def _weigh_standing(
    context: Context, ledger: Ledger, decision: ProofDecision | None, validation: TokenValidation | None
) -> None:
    """A token whose service does not stand is shown and not used."""
    if decision is None:
        return
    anchor = validation.path.anchor if validation and validation.path else None
    if decision.proves:
        ledger.passed(
            "timestamp_service",
            "The time-stamp service was listed both when it stamped and when that is proven.",
            "タイムスタンプサービスは、発行時にもその証明時にもリストにありました。",
        )
    elif (
        anchor is not None
        and anchor.spki_sha256 in context.anchors.operator
        and anchor.spki_sha256 not in context.anchors.listed
    ):
        ledger.skipped(
            "timestamp_service",
            "The time-stamp chains to a root that the operator trusts; it is shown, and proves nothing.",
            "タイムスタンプは運用者が信頼するルートに連なります。表示しますが、時刻の証明には用いません。",
        )
    elif not decision.renewed:
        ledger.record(
            Finding(
                "evidence_record_renewal",
                None,
                "A later time-stamp of the evidence record does not stand, so the time of this one does not count.",
                "エビデンスレコードの後のタイムスタンプが成り立たないため、このタイムスタンプの時刻は証明に用いません。",
            )
        )
    elif not ledger.failed and decision.check.passed:
        code = str(decision.reason) if decision.reason else "NOT_LISTED"
        ledger.record(
            Finding(
                "certificate_path",
                SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
                "The time-stamp service has no listed standing that lets its time count; the token is shown, not used.",
                "タイムスタンプサービスに、時刻を証明できる状態の記載がリストにありません。参考として表示します。",
            ),
            code,
        )


def _future() -> Finding:
    return Finding(
        "timestamp_time",
        SubIndication.TIMESTAMP_ORDER_FAILURE,
        "The time-stamp lies after the time of this validation.",
        "タイムスタンプの時刻が検証時刻より後です。",
    )


def _service(decision: ProofDecision | None) -> Mapping[str, object] | None:
    standing = decision.at_generation if decision else None
    if standing is None or standing.service_id is None:
        return None
    at_proof = decision.at_proof if decision else None
    return {
        "id": standing.service_id,
        "name": dict(standing.service_name),
        "territory": standing.territory,
        "status_at_generation": standing.status,
        "status_at_proof": at_proof.status if at_proof else None,
    }


def _facts(
    context: Context,
    material: TokenMaterial,
    decision: ProofDecision | None,
    validation: TokenValidation | None,
    certificate: Certificate,
    report: TimestampReport,
) -> SignatureFacts:
    assert material.token is not None  # noqa: S101
    return SignatureFacts(
        kind="timestamp",
        certificate=certificate,
        path=validation.path.certificates if validation and validation.path else (),
        trust_level="list" if decision and decision.at_generation and decision.at_generation.counts else None,
        anchor_standing=decision.at_generation if decision else None,
        best_signature_time=material.token.gen_time,
        proof_time=decision.lowest_proof_of_existence if decision else None,
        now=context.now,
        assumed_time=context.time if context.hypothetical else None,
        intact=report.intact,
        indication=report.indication,
        sub_indication=report.sub_indication,
        trust=context.trust,
    )
