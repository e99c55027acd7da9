"""The certificates of a path (EN 319 102-1, 5.2.6, 5.5.4, 5.6.2.1): every key at its own proof of existence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.past import Judged, as_old_as_signature, judge_path, unproven
from trustreg.pki.revocation import Existence, RevocationOutcome, RevocationState

from .context import Context
from .ledger import Ledger
from .material import CryptographicResult, Evidence
from .paths import TrustedPath
from .timestamps import Stamps


@dataclass(frozen=True, slots=True)
class Times:
    """`best`: best-signature time; `proven` whether a time-stamp proves it. `younger_than`: when the last accepted
    content time-stamp was made, before which the signature did not exist."""

    best: datetime
    proven: bool
    younger_than: datetime | None = None


def certificate_validation(
    ledger: Ledger,
    context: Context,
    cryptography: CryptographicResult,
    trusted: TrustedPath,
    evidence: Evidence,
    stamps: Stamps,
    times: Times,
) -> tuple[RevocationOutcome, ...]:
    """Weighs the path; returns what is known of the revocation of each of its certificates but the anchor."""
    leaf = cryptography.certificate
    if trusted.result is None or leaf is None:
        if trusted.finding is not None:
            ledger.record(trusted.finding, trusted.code)
        return ()
    path = trusted.certificates
    judged = judge_path(
        path,
        at=times.best,
        now=context.now,
        existence=_existence(context, cryptography, stamps, times.best),
        catalogue=context.catalogue,
        crls=evidence.crls,
        ocsps=evidence.ocsps,
        candidates=evidence.certificates,
        fetcher=context.fetcher_for(path),
    )
    _path(ledger, trusted, judged)
    _key_usage(ledger, leaf)
    unknown = [
        finding
        for position, one in enumerate(judged)
        if (finding := _revocation(ledger, one, times, is_leaf=position == 0)) is not None
    ]
    outcomes = tuple(one.outcome for one in judged)
    known_good = bool(outcomes) and outcomes[0].required and outcomes[0].known_good
    for finding in trusted.result.findings:
        if finding.check == "validity":
            ledger.record(_validity(finding, leaf, times, known_good=known_good))
    for finding in unknown:
        ledger.record(_current(finding, leaf, context, times))
    if outcomes and not unknown and not ledger.failed:
        ledger.passed(
            "revocation",
            "No certificate of the path was revoked at that time.",
            "認証パスの証明書は、その時点で失効していません。",
        )
    return outcomes


def _existence(context: Context, cryptography: CryptographicResult, stamps: Stamps, best: datetime) -> Existence:
    """5.6.2.3: what time-stamps cover; and the certificate that the signature names is as old as the signature."""
    leaf, references = cryptography.certificate, cryptography.references
    if leaf is None or cryptography.certificate_reference is not True:
        return stamps.existence
    return as_old_as_signature(
        stamps.existence,
        leaf,
        at=best,
        catalogue=context.catalogue,
        digest=references[0].algorithm if references else None,
        enclosed=not references,
    )


def _path(ledger: Ledger, trusted: TrustedPath, judged: Sequence[Judged]) -> None:
    """5.2.6.4: trust and form of the path, algorithms of its certificates."""
    assert trusted.result is not None  # noqa: S101  # the caller saw it; this is for the type checker
    failures = [finding for finding in trusted.result.findings if finding.check != "validity"]
    if not any(finding.check == "algorithms" for finding in failures):
        failures += [unproven(one) for one in judged if one.weak][:1]
    for finding in failures:
        ledger.record(finding)
    if failures:
        return
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


def _validity(finding: Finding, leaf: Certificate, times: Times, *, known_good: bool) -> Finding:
    """5.3 and 5.5.4: what being out of the validity period means, given proofs, content time-stamp and revocation."""
    sub = SubIndication.OUT_OF_BOUNDS_NO_POE
    if times.proven and times.best < leaf.not_before:
        sub = SubIndication.NOT_YET_VALID
    elif times.younger_than is not None and times.younger_than > leaf.not_after:
        sub = SubIndication.EXPIRED
    elif known_good and times.best > leaf.not_after:
        sub = SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    return Finding(finding.check, sub, finding.en, finding.ja)


_TOO_LITTLE = (SubIndication.TRY_LATER, SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE)


def _current(finding: Finding, leaf: Certificate, context: Context, times: Times) -> Finding:
    """5.6.2.4: where past validation finds too little, what is said of the present time stands: the signer's
    certificate has expired, and nothing usable says that it had not been revoked before."""
    if finding.sub_indication in _TOO_LITTLE and times.proven and context.time > leaf.not_after:
        return Finding(finding.check, SubIndication.OUT_OF_BOUNDS_NO_POE, finding.en, finding.ja)
    return finding


def _revocation(ledger: Ledger, judged: Judged, times: Times, *, is_leaf: bool) -> Finding | None:
    """Weighs one certificate's revocation; returns the finding when nothing sufficient is known (recorded later)."""
    certificate, outcome = judged.certificate, judged.outcome
    who = certificate.common_name or certificate.subject_name
    sub = outcome.sub_indication_at(judged.at, is_signer=is_leaf)
    status = outcome.status
    if status is not None and status.state is RevocationState.REVOKED and status.revoked_at is not None:
        revoked = f"{status.revoked_at:%Y-%m-%dT%H:%M:%SZ}"
        if sub is None:
            ledger.warn(
                "REVOKED_LATER",
                f"The certificate was revoked at {revoked}, after the proven time of the signature ({who}).",
                f"証明書は {revoked} に失効しましたが、署名の存在が証明された時刻より後です({who})。",
            )
            return None
        if is_leaf and sub is SubIndication.REVOKED_NO_POE and _after(times.younger_than, status.revoked_at):
            sub = SubIndication.REVOKED
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


def _after(time: datetime | None, other: datetime) -> bool:
    return time is not None and time >= other
