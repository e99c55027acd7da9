"""Validation of one signature (EN 319 102-1, 5.3 to 5.6), for every format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from signing.domain.enrich import SignatureFacts
from signing.domain.kind import kind_of, signer_of
from signing.domain.report import SignatureReport
from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.revocation import RevocationOutcome, RevocationState, revocation_of
from trustreg.pki.trust import Standing

from .context import Context
from .enrichment import enrich
from .grounds import evidence_used, path_used
from .ledger import Ledger
from .material import Evidence, SignatureMaterial
from .particulars import particulars_of
from .paths import TrustedPath, trusted_path
from .timestamps import Stamps


def validate_signature(
    context: Context, material: SignatureMaterial, evidence: Evidence, stamps: Stamps
) -> SignatureReport:
    """The whole process for one signature, its numbered steps as in the standard."""
    ledger = Ledger(context.policy)
    proven = stamps.proven(material.id)
    best = proven or context.time
    certificate = material.cryptography.certificate
    _format_checking(ledger, material)  # 5.2.2
    _signing_certificate(ledger, material)  # 5.2.3
    _cryptographic_verification(ledger, material)  # 5.2.7
    trusted = TrustedPath()
    outcomes: list[RevocationOutcome] = []
    if certificate is not None:
        trusted = trusted_path(context, certificate, evidence.certificates, best)  # 5.2.6
        outcomes = _certificate_validation(
            ledger, context, certificate, trusted, evidence, best, proven=proven is not None
        )
    _signature_acceptance(ledger, context, material, best)  # 5.2.8
    _time_stamps(ledger, context, material, stamps, proven)  # 5.5.4, 5.6.2
    _baseline(ledger, material)
    report = SignatureReport(
        id=material.id,
        name=material.name,
        kind=kind_of(certificate) if certificate else "signature",
        format=material.format,
        level=material.level,
        indication=ledger.indication,
        sub_indication=ledger.sub_indication,
        intact=material.cryptography.intact,
        coverage=material.coverage,
        modifications=material.modifications,
        hypothetical=context.hypothetical,
        signing_time=material.signing_time,
        # A caller's time is never a proof: what is not proven stands at the real time (design 5).
        best_signature_time=proven or context.now,
        signer=signer_of(certificate) if certificate else None,
        reason=material.reason,
        location=material.location,
        trust=trusted.level if trusted.result is not None and trusted.result.valid else None,
        service=_service(trusted.standing),
        timestamps=tuple(result.report for result in stamps.covering(material.id)),
        checks=tuple(ledger.checks),
        errors=tuple(ledger.errors),
        warnings=(*ledger.warnings, *material.notices),
        algorithms=_algorithms(material),
        countersigns=material.countersigns,
        value=material.value,
        content_digest=material.content_digest if material.cryptography.intact else None,
        path=path_used(trusted.certificates),
        revocation=evidence_used(trusted.certificates, outcomes),
        particulars=particulars_of(material, trusted.certificates, outcomes) if context.particulars else None,
    )
    if certificate is None:
        return report
    facts = SignatureFacts(
        kind=report.kind,
        certificate=certificate,
        path=trusted.certificates,
        trust_level=trusted.level,
        anchor_standing=trusted.standing,
        best_signature_time=best,
        proof_time=proven,
        now=context.now,
        assumed_time=context.time if context.hypothetical else None,
        intact=report.intact,
        indication=report.indication,
        sub_indication=report.sub_indication,
        trust=context.trust,
    )
    return enrich(context, report, facts)


def _format_checking(ledger: Ledger, material: SignatureMaterial) -> None:
    if not material.format_findings:
        ledger.passed(
            "format_parsed",
            "The signature has the form that its format demands.",
            "署名の形式は規格どおりです。",
        )
    for finding in material.format_findings:
        ledger.record(finding)


def _signing_certificate(ledger: Ledger, material: SignatureMaterial) -> None:
    missing = [
        f for f in material.cryptography.findings if f.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    ]
    for finding in missing:
        ledger.record(finding)
    if material.cryptography.certificate is not None and not missing:
        ledger.passed("signing_certificate", "The signing certificate was identified.", "署名証明書を特定しました。")
        if not material.cryptography.certificate.serial_well_encoded:
            ledger.record(_ILL_ENCODED)
    elif not missing and not material.format_findings:
        ledger.record(
            Finding(
                "signing_certificate",
                SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
                "The signer's certificate was not found.",
                "署名者の証明書が見つかりません。",
            )
        )


_ILL_ENCODED = Finding(
    "certificate_encoding",
    SubIndication.FORMAT_FAILURE,
    "X.690 8.3.2 forbids the way in which the serial number of the signing certificate is encoded.",
    "署名証明書のシリアル番号の符号化が X.690 8.3.2 に反しています。",
)


def _cryptographic_verification(ledger: Ledger, material: SignatureMaterial) -> None:
    cryptography = material.cryptography
    for finding in cryptography.findings:
        if finding.sub_indication is not SubIndication.NO_SIGNING_CERTIFICATE_FOUND:
            ledger.record(finding)
    if cryptography.intact:
        ledger.passed(
            "signature_intact",
            "Content and signature value verify with the signer's key.",
            "内容と署名値を署名者の鍵で検証できました。",
        )
    elif cryptography.intact is False and not ledger.failed:
        # Never let a signature that does not verify pass for want of a named reason.
        ledger.record(
            Finding(
                "signature",
                SubIndication.SIG_CRYPTO_FAILURE,
                "The signature does not verify.",
                "署名を検証できません。",
            )
        )
    elif cryptography.intact is None and not ledger.failed:
        ledger.record(
            Finding(
                "signature",
                SubIndication.SIGNED_DATA_NOT_FOUND,
                "Whether the signature is intact could not be computed.",
                "署名が完全かどうかを計算できませんでした。",
            )
        )


def _certificate_validation(
    ledger: Ledger,
    context: Context,
    leaf: Certificate,
    trusted: TrustedPath,
    evidence: Evidence,
    best: datetime,
    *,
    proven: bool,
) -> list[RevocationOutcome]:
    """5.2.6 and 5.5/5.6: the path at best-signature time, revocation against that time (returned), validity."""
    if trusted.result is None:
        if trusted.finding is not None:
            ledger.record(trusted.finding, trusted.code)
        return []
    path = trusted.certificates
    others = [f for f in trusted.result.findings if f.check != "validity"]
    for finding in others:
        ledger.record(finding)
    if not others:
        if trusted.level == "list":
            ledger.passed(
                "certificate_path",
                "The certificate chains to a service that the list trusts at that time.",
                "証明書は、その時点でリストが信頼するサービスに連なっています。",
            )
        else:
            ledger.passed(
                "certificate_path",
                "The certificate chains to a root that the operator of this validator trusts; no list names it.",
                "証明書は、リストにはなく、この検証サービスの運用者が信頼するルートに連なっています。",
            )
    _key_usage(ledger, leaf)
    outcomes = [
        revocation_of(
            certificate,
            issuer,
            at=best,
            now=context.now,
            embedded_crls=evidence.crls,
            embedded_ocsps=evidence.ocsps,
            fetcher=context.fetcher_for(path),
            certificates=evidence.certificates,
            catalogue=context.catalogue,
        )
        for certificate, issuer in pairwise(path)
    ]
    missing = [
        entry
        for index, (certificate, outcome) in enumerate(zip(path, outcomes, strict=False))
        if (entry := _revocation(ledger, certificate, outcome, best, is_leaf=index == 0)) is not None
    ]
    known_good = bool(outcomes) and outcomes[0].required and outcomes[0].known_good
    for finding in trusted.result.findings:
        if finding.check == "validity":
            ledger.record(_validity(finding, leaf, best, known_good=known_good, proven=proven))
    for finding in missing:
        ledger.record(finding)
    if outcomes and not missing and not ledger.failed:
        ledger.passed(
            "revocation",
            "No certificate of the path was revoked at that time.",
            "認証パスの証明書は、その時点で失効していません。",
        )
    return outcomes


def _key_usage(ledger: Ledger, leaf: Certificate) -> None:
    """5.2.6.4: the key may sign documents (RFC 5280, 4.2.1.3 and 4.2.1.12; EN 319 412-2, 4.3.2)."""
    may_sign = leaf.key_usage is None or leaf.key_usage & {"digitalSignature", "nonRepudiation"}
    if not may_sign or leaf.for_other_purposes:
        ledger.record(
            Finding(
                "key_usage",
                SubIndication.CHAIN_CONSTRAINTS_FAILURE,
                "The certificate does not allow its key to sign.",
                "証明書の鍵用途に署名が含まれていません。",
            )
        )


def _validity(finding: Finding, leaf: Certificate, best: datetime, *, known_good: bool, proven: bool) -> Finding:
    """5.5.4 step 4 and 5.6.2: what being out of the validity period means, given proofs and revocation."""
    sub = SubIndication.OUT_OF_BOUNDS_NO_POE
    if proven and best < leaf.not_before:
        sub = SubIndication.NOT_YET_VALID
    elif known_good and best > leaf.not_after:
        sub = SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    return Finding(finding.check, sub, finding.en, finding.ja)


def _revocation(
    ledger: Ledger, certificate: Certificate, outcome: RevocationOutcome, best: datetime, *, is_leaf: bool
) -> Finding | None:
    """Weighs one certificate's revocation; returns the finding when nothing sufficient is known (recorded later)."""
    who = certificate.common_name or certificate.subject_name
    sub = outcome.sub_indication_at(best, is_signer=is_leaf)
    status = outcome.status
    if status is not None and status.state is RevocationState.REVOKED and status.revoked_at is not None:
        revoked = f"{status.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
        if sub is None:
            ledger.warn(
                "REVOKED_LATER",
                f"The certificate was revoked at {revoked}, after the proven time of the signature ({who}).",
                f"証明書は {revoked} に失効しましたが、署名の存在が証明された時刻より後です({who})。",
            )
        else:
            ledger.record(
                Finding(
                    "not_revoked",
                    sub,
                    f"The certificate was revoked at {revoked}; nothing proves that the signature is older ({who}).",
                    f"証明書は {revoked} に失効しており、署名がそれ以前に存在した証明がありません({who})。",
                )
            )
        return None
    if sub is None:
        return None
    return next((f for f in outcome.findings if f.sub_indication is sub), None) or Finding(
        "revocation",
        sub,
        f"Whether the certificate was revoked is not known; try later ({who}).",
        f"証明書が失効しているか分かりません。後でもう一度お試しください({who})。",
    )


def _signature_acceptance(ledger: Ledger, context: Context, material: SignatureMaterial, best: datetime) -> None:
    """5.2.8: algorithms at best-signature time, attributes."""
    cryptography, catalogue = material.cryptography, context.catalogue
    weak: list[str] = []
    if cryptography.algorithm is not None and cryptography.certificate is not None:
        end = catalogue.signature_end(cryptography.algorithm, cryptography.certificate)
        if end is None or best > end:
            weak.append(_algorithm_name(material))
    weak += [name for name in cryptography.digests if not _holds(catalogue.digest_end(name), best)]
    if weak:
        names = ", ".join(dict.fromkeys(weak))
        ledger.record(
            Finding(
                "algorithms",
                SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
                f"Not reliable at the time that counts: {names}.",
                f"基準時刻には信頼できないアルゴリズムです: {names}",
            )
        )
    elif cryptography.algorithm is not None:
        ledger.passed(
            "algorithms",
            "The algorithms were reliable at the time that counts.",
            "アルゴリズムは基準時刻において信頼できます。",
        )
    aged = [r.algorithm for r in cryptography.references[:1] if not _holds(catalogue.digest_end(r.algorithm), best)]
    if aged:
        ledger.warn(
            "CERTIFICATE_REFERENCE_ALGORITHM",
            f"The reference to the signing certificate uses {aged[0]}, which is no longer reliable.",
            f"署名証明書の参照に、信頼できなくなった {aged[0]} が使われています。",
        )
    skew = timedelta(seconds=context.policy.limits["clock_skew_seconds"])
    if material.signing_time is not None and material.signing_time > best + skew:
        ledger.record(
            Finding(
                "signing_time",
                SubIndication.SIG_CONSTRAINTS_FAILURE,
                "The claimed signing time lies after the time by which the signature is known to exist.",
                "申告された署名時刻が、署名の存在が分かっている時刻より後です。",
            )
        )


def _holds(end: datetime | None, best: datetime) -> bool:
    return end is not None and best <= end


def _time_stamps(
    ledger: Ledger, context: Context, material: SignatureMaterial, stamps: Stamps, proven: datetime | None
) -> None:
    """5.5.4: which time-stamps prove, and their order."""
    own = stamps.covering(material.id)
    for result in own:
        if not result.report.proof:
            ledger.record(
                Finding(
                    "timestamps",
                    None,
                    "A time-stamp is shown but not used as a proof; its own checks say why.",
                    "時刻の証明に用いていないタイムスタンプがあります。理由はその検査結果にあります。",
                )
            )
            break
    dated = [(result.material, result.report.time) for result in own if result.report.time is not None]
    if any(inner.id in outer.covers and then > when for outer, when in dated for inner, then in dated):
        ledger.record(
            Finding(
                "timestamp_order",
                SubIndication.TIMESTAMP_ORDER_FAILURE,
                "A time-stamp is older than another that it covers.",
                "あるタイムスタンプが、それに覆われる別のタイムスタンプより古い時刻です。",
            )
        )
    if proven is not None:
        ledger.passed(
            "best_signature_time",
            "An accepted time-stamp proves when the signature existed.",
            "受け入れられたタイムスタンプが、署名の存在時刻を証明しています。",
        )
    else:
        ledger.skipped(
            "best_signature_time",
            "No accepted time-stamp proves when the signature existed, so the time of validation counts.",
            "署名の存在時刻を証明するタイムスタンプがないため、検証時刻で判断します。",
        )


def _baseline(ledger: Ledger, material: SignatureMaterial) -> None:
    if material.level_findings:
        names = ", ".join(material.level_findings)
        ledger.record(
            Finding(
                "baseline_level",
                None,
                f"The signature is not of a baseline level; not met: {names}.",
                f"署名はベースラインレベルではありません。満たしていない要件: {names}",
            )
        )


def _service(standing: Standing | None) -> Mapping[str, Any] | None:
    if standing is None or standing.service_id is None:
        return None
    return {
        "id": standing.service_id,
        "name": dict(standing.service_name),
        "territory": standing.territory,
        "status_at_best_time": standing.status,
    }


def _algorithm_name(material: SignatureMaterial) -> str:
    algorithm, certificate = material.cryptography.algorithm, material.cryptography.certificate
    if algorithm is None:
        return "?"
    kind, size, curve = certificate.key_type if certificate else ("", 0, None)
    parts = [algorithm.scheme or algorithm.oid, algorithm.digest, curve or (f"{kind}-{size}" if size else None)]
    return " ".join(part for part in parts if part)


def _algorithms(material: SignatureMaterial) -> tuple[str, ...]:
    if material.cryptography.algorithm is None:
        return ()
    return (_algorithm_name(material), *material.cryptography.digests)
