"""Building blocks that look at the signature alone (EN 319 102-1, 5.2.2 to 5.2.4, 5.2.7, 5.2.8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from trustreg.pki.indications import Finding, SubIndication

from .context import Context
from .findings import SOME_COVERED
from .ledger import Ledger
from .material import CryptographicResult, SignatureMaterial, format_failure


def format_checking(ledger: Ledger, material: SignatureMaterial) -> None:
    """5.2.2: the form."""
    certificate = material.cryptography.certificate
    ill_encoded = certificate is not None and not certificate.serial_well_encoded
    form = (finding for finding in material.format_findings if finding.check != "coverage")
    findings = (*form, *([_ILL_ENCODED] if ill_encoded else ()))
    if not findings:
        ledger.passed(
            "format_parsed",
            "The signature has the form that its format demands.",
            "署名の形式は規格どおりです。",
        )
    for finding in findings:
        ledger.record(finding)


# OpenSSL and Bouncy Castle refuse such a certificate, and the signature with it.
_ILL_ENCODED = format_failure(
    "certificate_encoding",
    "X.690 8.3.2 forbids the way in which the serial number of the signing certificate is encoded.",
    "署名証明書のシリアル番号の符号化が X.690 8.3.2 に反しています。",
)


def identification(ledger: Ledger, material: SignatureMaterial) -> None:
    """5.2.3: the signing certificate, and that it is the one that the signature names."""
    missing = [
        f for f in material.cryptography.findings if f.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    ]
    for finding in missing:
        ledger.record(finding)
    if material.cryptography.certificate is not None and not missing:
        ledger.passed("signing_certificate", "The signing certificate was identified.", "署名証明書を特定しました。")
    elif not missing and not material.format_findings:
        ledger.record(
            Finding(
                "signing_certificate",
                SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
                "The signer's certificate was not found.",
                "署名者の証明書が見つかりません。",
            )
        )


def validation_context(ledger: Ledger, material: SignatureMaterial) -> None:
    """5.2.4: this validator applies its own policy; the one that the signer names is reported, and weighed by ours."""
    named = material.signature_policy
    if named is None:
        return
    sub = SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE
    if not named:
        finding = Finding(
            "signature_policy",
            sub,
            "The signer says that a signature policy is implied; none is applied by this validation.",
            "署名者は署名ポリシーが黙示されているとしていますが、この検証では適用していません。",
        )
    else:
        finding = Finding(
            "signature_policy",
            sub,
            f"The signer names the signature policy {named[:120]!r}; it is not applied by this validation.",
            f"署名者は署名ポリシー {named[:120]!r} を指定していますが、この検証では適用していません。",
        )
    ledger.record(finding)


def cryptographic_verification(ledger: Ledger, material: SignatureMaterial) -> None:
    """5.2.7: content and signature value."""
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


def signature_acceptance(
    ledger: Ledger, context: Context, material: SignatureMaterial, best: datetime, younger_than: datetime | None
) -> None:
    """5.2.8: what is covered, algorithms at best-signature time, attributes.

    `younger_than` is when an accepted content time-stamp was made: no proof can be older (5.3, crypto constraints).
    """
    _coverage(ledger, material)
    cryptography = material.cryptography
    ends = _ends(context, cryptography)
    weak = [name for name, end in ends.items() if end is None or best > end]
    if weak:
        for_ever = younger_than is not None and any((end := ends[name]) is None or younger_than > end for name in weak)
        names = ", ".join(weak)
        ledger.record(
            Finding(
                "algorithms",
                SubIndication.CRYPTO_CONSTRAINTS_FAILURE
                if for_ever
                else SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
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
    _reference(ledger, context, cryptography, best)
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


def _coverage(ledger: Ledger, material: SignatureMaterial) -> None:
    """All that was handed in is covered; a counter-signature is over another signature, and over no document."""
    found = [finding for finding in material.format_findings if finding.check == "coverage"]
    whole = material.coverage in ("whole", "revision") or material.countersigns is not None
    if not found and material.cryptography.intact is True and not whole:
        found = [SOME_COVERED]
    for finding in found:
        ledger.record(finding)


def _ends(context: Context, cryptography: CryptographicResult) -> dict[str, datetime | None]:
    """Until when each algorithm of the signature may be relied on; None: never."""
    catalogue = context.catalogue
    ends: dict[str, datetime | None] = {}
    if cryptography.algorithm is not None and cryptography.certificate is not None:
        end = catalogue.signature_end(cryptography.algorithm, cryptography.certificate)
        ends[algorithm_name(cryptography)] = end
    return ends | {name: catalogue.digest_end(name) for name in cryptography.digests}


def _reference(ledger: Ledger, context: Context, cryptography: CryptographicResult, best: datetime) -> None:
    for reference in cryptography.references[:1]:
        end = context.catalogue.digest_end(reference.algorithm)
        if end is None or best > end:
            ledger.warn(
                "CERTIFICATE_REFERENCE_ALGORITHM",
                f"The reference to the signing certificate uses {reference.algorithm}, which is no longer reliable.",
                f"署名証明書の参照に、信頼できなくなった {reference.algorithm} が使われています。",
            )


def algorithm_name(cryptography: CryptographicResult) -> str:
    """`rsa-pkcs1 sha256 rsa-2048` and the like; `?` when it is not known."""
    algorithm, certificate = cryptography.algorithm, cryptography.certificate
    if algorithm is None:
        return "?"
    kind, size, curve = certificate.key_type if certificate else ("", 0, None)
    parts = [algorithm.scheme or algorithm.oid, algorithm.digest, curve or (f"{kind}-{size}" if size else None)]
    return " ".join(part for part in parts if part)
