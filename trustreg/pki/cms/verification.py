"""Verifying one signer of a SignedData (RFC 5652 5.4-5.6, RFC 8933, RFC 6211, RFC 5035)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.exceptions import UnsupportedAlgorithm

from trustreg.base.effort import spend
from trustreg.pki import asn1, names
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.cms import model
from trustreg.pki.cms.model import Attribute, SignedData, SignerInfo, SignerVerification
from trustreg.pki.errors import MalformedASN1, MalformedCertificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import DIGEST_SIZES, digest, names_signature, signature_algorithm

_EDDSA_DIGESTS = {"ed25519": "sha512", "ed448": "shake256"}
"""RFC 8419 3: the digest of the content that goes with EdDSA."""


def digest_algorithms(signed_data: SignedData) -> frozenset[str]:
    """Names of the digests of the content that verification of its signers needs."""
    return frozenset(signer.digest_algorithm for signer in signed_data.signers if signer.digest_algorithm)


@dataclass(slots=True)
class _Findings:
    found: list[Finding] = field(default_factory=list)
    refused: bool = False
    """Something makes the signature worthless although its parts may verify."""

    def add(self, check: str, sub_indication: SubIndication | None, en: str, ja: str, *, refuse: bool = False) -> None:
        self.found.append(Finding(check, sub_indication, en, ja))
        self.refused = self.refused or refuse


def verify_signer(
    signed_data: SignedData,
    signer: SignerInfo,
    *,
    content: bytes | None = None,
    content_digests: Mapping[str, bytes] | None = None,
    extra_certificates: Iterable[Certificate] = (),
    countersignature: bool = False,
) -> SignerVerification:
    """Verify one signer.

    Detached content is given as octets (`content`) or as digests by name (`content_digests`; not enough without
    signed attributes, for then the content itself is signed). An attached content wins, and what is given beside it
    must equal it. `extra_certificates` are further candidates for the signer's certificate. `countersignature`: the
    content is the parent's signature value (RFC 5652 11.4). Raises nothing.
    """
    findings = _Findings()
    content, digests = _content(signed_data, content, content_digests, findings, countersignature=countersignature)
    certificate, ess_ok = _signing_certificate(signed_data, signer, extra_certificates, findings)
    _check_algorithms(signer, findings)
    digest_matches: bool | None
    verified: bool | None
    canonical = True
    if signer.signed_attributes_raw is None:
        digest_matches = None
        verified = _verify_content(signed_data, signer, certificate, content, digests, findings)
    else:
        _check_attributes(signed_data, signer, findings, countersignature=countersignature)
        digest_matches = _compare_digest(signer, content, digests, findings)
        verified, canonical = _verify_attributes(signer, certificate, findings)
    if verified is False:
        findings.add(
            "signature",
            SubIndication.SIG_CRYPTO_FAILURE,
            "The signature does not verify with the signer's key.",
            "署名値を署名者の鍵で検証できません。",
        )
    parts = (verified,) if signer.signed_attributes_raw is None else (verified, digest_matches)
    intact = False if findings.refused or False in parts else (None if None in parts else True)
    return SignerVerification(
        intact=intact,
        digest_matches=digest_matches,
        signature_verifies=verified,
        signing_certificate=certificate,
        ess_ok=ess_ok,
        signed_attributes_der=canonical,
        findings=tuple(findings.found),
    )


def _content(
    signed_data: SignedData,
    content: bytes | None,
    digests: Mapping[str, bytes] | None,
    findings: _Findings,
    *,
    countersignature: bool,
) -> tuple[bytes | None, Mapping[str, bytes]]:
    given = digests or {}
    if countersignature or signed_data.content is None:
        return content, given
    embedded = signed_data.content
    differs = content is not None and content != embedded
    for name, value in given.items():
        try:
            differs = differs or digest(name, embedded) != value
        except UnsupportedAlgorithm:
            continue
    if differs:
        findings.add(
            "content",
            SubIndication.FORMAT_FAILURE,
            "The signature holds a content of its own that differs from the one given.",
            "署名の内包する内容が、与えられた内容と異なります。",
            refuse=True,
        )
    return embedded, {}


def _signing_certificate(
    signed_data: SignedData, signer: SignerInfo, extra: Iterable[Certificate], findings: _Findings
) -> tuple[Certificate | None, bool | None]:
    candidates: list[Certificate] = []
    for der in signed_data.certificates:
        try:
            candidates.append(parse_certificate(der))
        except MalformedCertificate:
            # Somebody else's broken certificate must not hide the signer's.
            continue
    candidates.extend(extra)
    spend(len(candidates))
    matching = [candidate for candidate in candidates if _designates(signer, candidate)]
    present = any(
        attribute.oid in (model.SIGNING_CERTIFICATE, model.SIGNING_CERTIFICATE_V2)
        for attribute in signer.signed_attributes
    )
    if not present:
        chosen = matching[0] if matching else None
        ess_ok = None
        findings.add(
            "signing_certificate_reference",
            None,
            "No signed attribute binds the signer's certificate.",
            "署名者の証明書を特定する署名属性がありません。",
        )
    else:
        fitting = [candidate for candidate in matching if _ess_hash_fits(signer, candidate)]
        chosen = fitting[0] if fitting else (matching[0] if matching else None)
        ess_ok = bool(fitting)
        if chosen is not None and not ess_ok:
            findings.add(
                "signing_certificate_reference",
                SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
                "The certificate is not the one that the signed attributes refer to.",
                "証明書が署名属性の参照するものと一致しません。",
            )
        elif chosen is not None and not _ess_serial_fits(signer, chosen):
            findings.add(
                "signing_certificate_issuer_serial",
                None,
                "The issuer and serial number in the signed reference are not those of the certificate.",
                "署名属性の参照する発行者・シリアル番号が証明書と一致しません。",
            )
    if chosen is None:
        findings.add(
            "signing_certificate",
            SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
            "The signer's certificate was not found.",
            "署名者の証明書が見つかりません。",
        )
    return chosen, ess_ok


def _designates(signer: SignerInfo, candidate: Certificate) -> bool:
    if signer.subject_key_identifier is not None:
        return candidate.ski is not None and candidate.ski == signer.subject_key_identifier
    return (
        signer.serial == candidate.serial and signer.issuer is not None and names.same(signer.issuer, candidate.issuer)
    )


def _ess_hash_fits(signer: SignerInfo, candidate: Certificate) -> bool:
    if not signer.ess_references:
        return False
    reference = signer.ess_references[0]
    if reference.algorithm is None or reference.algorithm not in DIGEST_SIZES:
        return False
    try:
        return compare_digest(digest(reference.algorithm, candidate.der), reference.digest)
    except UnsupportedAlgorithm:
        return False


def _ess_serial_fits(signer: SignerInfo, candidate: Certificate) -> bool:
    reference = signer.ess_references[0]
    if reference.serial is None:
        return True
    return (
        reference.serial == candidate.serial
        and reference.issuer is not None
        and names.same(reference.issuer, candidate.issuer)
    )


def _check_algorithms(signer: SignerInfo, findings: _Findings) -> None:
    algorithm = signer.signature_algorithm
    if names_signature(signer.digest_algorithm_oid):
        findings.add(
            "digest_algorithm",
            SubIndication.SIG_CRYPTO_FAILURE,
            f"The algorithm {signer.digest_algorithm_oid} stands for the digest and is one of signatures.",
            f"ダイジェストのアルゴリズムとして署名アルゴリズム {signer.digest_algorithm_oid} が指定されています。",
            refuse=True,
        )
    implied = _EDDSA_DIGESTS.get(algorithm.scheme or "") or algorithm.digest
    # Without signed attributes EdDSA signs the content itself and the digest algorithm says nothing (RFC 8419 3.1).
    bound = signer.signed_attributes_raw is not None or algorithm.scheme not in _EDDSA_DIGESTS
    if implied is not None and bound and signer.digest_algorithm is not None and implied != signer.digest_algorithm:
        edwards = algorithm.scheme in _EDDSA_DIGESTS
        findings.add(
            "algorithms_agree",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE if edwards else SubIndication.SIG_CRYPTO_FAILURE,
            f"The digest is {signer.digest_algorithm}, but the signature algorithm implies {implied} (RFC 8933).",
            f"ダイジェストは {signer.digest_algorithm} ですが、署名アルゴリズムは {implied} を前提とします(RFC 8933)。",
            refuse=not edwards,
        )
    if algorithm.mgf_digest is not None and algorithm.mgf_digest != algorithm.digest:
        findings.add(
            "pss_mask_digest",
            None,
            "RSASSA-PSS uses another digest in its mask generation than for the message.",
            "RSASSA-PSS のマスク生成のダイジェストが、メッセージのものと異なります。",
        )
    values = signer.signed(model.ALGORITHM_PROTECTION)
    if len(values) == 1 and not _protects(values[0], signer):
        findings.add(
            "algorithm_protection",
            SubIndication.SIG_CRYPTO_FAILURE,
            "The algorithms are not those that the signed attributes protect (RFC 6211).",
            "アルゴリズムが、署名属性で保護されたものと一致しません(RFC 6211)。",
            refuse=True,
        )


def _protects(value: bytes, signer: SignerInfo) -> bool:
    try:
        parts = asn1.sequence(value)
        digest_oid, _ = asn1.algorithm_identifier(parts[0])
        if digest_oid != signer.digest_algorithm_oid or parts[1].tag != asn1.context(1):
            return False
        # [1] IMPLICIT AlgorithmIdentifier: the same contents under the universal tag.
        protected = signature_algorithm(asn1.read(asn1.encode(asn1.SEQUENCE, parts[1].content)))
    except (ValueError, IndexError):
        return False
    mine = signer.signature_algorithm
    return (protected.oid, protected.digest, protected.mgf_digest, protected.salt_length) == (
        mine.oid,
        mine.digest,
        mine.mgf_digest,
        mine.salt_length,
    )


def _check_attributes(
    signed_data: SignedData, signer: SignerInfo, findings: _Findings, *, countersignature: bool
) -> None:
    if signer.duplicated_attributes:
        findings.add(
            "attributes_unique",
            SubIndication.FORMAT_FAILURE,
            f"Signed attributes occur twice or without exactly one value: {', '.join(signer.duplicated_attributes)}.",
            f"署名属性が重複しているか、値が一つではありません: {', '.join(signer.duplicated_attributes)}",
            refuse=bool({model.MESSAGE_DIGEST, model.CONTENT_TYPE} & set(signer.duplicated_attributes)),
        )
    expected = None if countersignature else signed_data.content_type
    if signer.content_type != expected and model.CONTENT_TYPE not in signer.duplicated_attributes:
        findings.add(
            "content_type",
            SubIndication.FORMAT_FAILURE,
            f"The signed content type is {signer.content_type}, the content's is {expected}.",
            f"署名されたコンテントタイプは {signer.content_type}、内容のものは {expected} です。",
        )
    if not countersignature and signed_data.content_type != model.DATA and signer.content_type is None:
        findings.refused = True


def _compare_digest(
    signer: SignerInfo, content: bytes | None, digests: Mapping[str, bytes], findings: _Findings
) -> bool | None:
    name = signer.digest_algorithm
    if signer.message_digest is None:
        findings.add(
            "message_digest",
            SubIndication.FORMAT_FAILURE,
            "The signed attributes hold no usable message digest.",
            "署名属性に有効なメッセージダイジェストがありません。",
            refuse=True,
        )
        return None
    if content is None and not digests:
        findings.add(
            "signed_data",
            SubIndication.SIGNED_DATA_NOT_FOUND,
            "The signed content is not there.",
            "署名対象の内容がありません。",
        )
        return None
    if name is None:
        _unknown_algorithm(findings, signer.digest_algorithm_oid)
        return None
    computed = digests.get(name)
    if content is not None:
        try:
            computed = digest(name, content)
        except UnsupportedAlgorithm:
            _unknown_algorithm(findings, name)
            return None
    if computed is None:
        findings.add(
            "signed_data",
            SubIndication.SIGNED_DATA_NOT_FOUND,
            f"The signed content was given without its {name} digest.",
            f"署名対象の {name} ダイジェストが与えられていません。",
        )
        return None
    matches = compare_digest(computed, signer.message_digest)
    if not matches:
        findings.add(
            "digest",
            SubIndication.HASH_FAILURE,
            "The content is not the one that was signed: its digest differs.",
            "内容が署名時のものと異なります(ダイジェスト不一致)。",
        )
    return matches


def _unknown_algorithm(findings: _Findings, name: str) -> None:
    findings.add(
        "algorithm_known",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        f"The algorithm {name} is not known here.",
        f"アルゴリズム {name} には対応していません。",
    )


def _verify(certificate: Certificate | None, signer: SignerInfo, data: bytes, findings: _Findings) -> bool | None:
    if certificate is None:
        return None
    algorithm = signer.signature_algorithm
    if signer.digest_algorithm is not None:
        algorithm = algorithm.with_digest(signer.digest_algorithm)
    verified = certificate.verifies(algorithm, signer.signature, data)
    if verified is None:
        _unknown_algorithm(findings, algorithm.oid)
    return verified


def _verify_attributes(
    signer: SignerInfo, certificate: Certificate | None, findings: _Findings
) -> tuple[bool | None, bool]:
    # RFC 5652 5.4: what is signed is the DER encoding under the universal SET OF tag, however it was sent.
    strict = strict_attributes(signer.signed_attributes)
    received = bytes((asn1.SET,)) + (signer.signed_attributes_raw or b"")[1:]
    canonical = received == strict
    verified = _verify(certificate, signer, strict, findings)
    if not canonical:
        only_received = verified is False and _verify(certificate, signer, received, findings) is True
        findings.add(
            "signed_attributes_der",
            None,
            "The signed attributes are not in DER"
            + (", and the signature was made over that encoding instead of the DER one." if only_received else "."),
            "署名属性が DER で符号化されて"
            + ("おらず、署名も DER ではない符号化に対して行われています。" if only_received else "いません。"),
        )
    return verified, canonical


def strict_attributes(attributes: tuple[Attribute, ...]) -> bytes:
    """DER SET OF Attribute (RFC 5652 5.4), primitive contents untouched."""
    return asn1.encode_set(
        asn1.encode(
            asn1.SEQUENCE,
            asn1.encode_oid(attribute.oid),
            asn1.encode_set(_der(value) for value in attribute.values),
        )
        for attribute in attributes
    )


def _der(value: bytes) -> bytes:
    try:
        return asn1.to_der(asn1.read(value))
    except MalformedASN1:
        # What is no ASN.1 inside has no other encoding than the one received.
        return value


def _verify_content(
    signed_data: SignedData,
    signer: SignerInfo,
    certificate: Certificate | None,
    content: bytes | None,
    digests: Mapping[str, bytes],
    findings: _Findings,
) -> bool | None:
    if signed_data.content_type != model.DATA:
        findings.add(
            "signed_attributes",
            SubIndication.FORMAT_FAILURE,
            "Signed attributes are due when the content is not plain data (RFC 5652 5.3).",
            "内容が data 型でない場合は署名属性が必要です(RFC 5652 5.3)。",
            refuse=True,
        )
    if content is None:
        findings.add(
            "signed_data",
            SubIndication.SIGNED_DATA_NOT_FOUND,
            "Without signed attributes the content itself is signed, and "
            + ("a digest does not stand for it." if digests else "it is not there."),
            "署名属性がない場合は内容自体が署名対象ですが、"
            + ("ダイジェストでは代用できません。" if digests else "内容がありません。"),
        )
        return None
    if _looks_like_attributes(content):
        findings.add(
            "substitution",
            SubIndication.FORMAT_FAILURE,
            "The content is the signed attributes of another signature: they were passed off as a document.",
            "内容が別の署名の署名属性であり、文書にすり替えられています。",
            refuse=True,
        )
    if signer.digest_algorithm is None and signer.signature_algorithm.with_digest("").digest == "":
        _unknown_algorithm(findings, signer.digest_algorithm_oid)
        return None
    return _verify(certificate, signer, content, findings)


def _looks_like_attributes(content: bytes) -> bool:
    if content[:1] != b"\x31":
        return False
    try:
        parts = asn1.read(content).children()
        return any(asn1.oid(part.expect(asn1.SEQUENCE).children()[0]) == model.MESSAGE_DIGEST for part in parts)
    except (ValueError, IndexError):
        return False
