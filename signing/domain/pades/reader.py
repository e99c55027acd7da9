"""PAdES (EN 319 142-1) and the older PDF signatures of ISO 32000: from bytes to `DocumentMaterial`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from signing.domain.cades.attributes import signature_policy
from signing.domain.pades.level import CADES_DETACHED, PKCS7_DETACHED, PKCS7_SHA1, level_of
from signing.domain.pades.messages import CHANGES, FAULTS
from signing.domain.pades.stamps import before, read_token, signature_tokens, store_evidence
from signing.domain.pdf.byterange import Coverage, RangeDigests, covers
from signing.domain.pdf.document import Document
from signing.domain.pdf.modifications import Budget, Change, ChangeAnalysis, Modifications
from signing.domain.pdf.signatures import PdfSignature, SecurityStore, find_signatures, security_stores
from signing.domain.policies import Policy
from signing.domain.procedure.findings import partial_coverage
from signing.domain.procedure.material import (
    CryptographicResult,
    DocumentMaterial,
    Evidence,
    SignatureMaterial,
    TokenMaterial,
    format_failure,
)
from signing.domain.report import Notice, Text
from timestamp.domain.tokens import TimeStampToken, TokenVerification
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerInfo, digest_algorithms, parse_signed_data, verify_signer
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Finding, SubIndication


@dataclass(frozen=True, slots=True)
class _Read:
    """A regular signature with its CMS."""

    pdf: PdfSignature
    id: str
    cms: SignedData | None
    signer: SignerInfo | None
    findings: tuple[Finding, ...]
    change: Change


def recognise(data: bytes) -> bool:
    """Whether the bytes are a PDF (the header may stand within the first 1,024 octets)."""
    return b"%PDF-" in data[:1024]


def read(data: bytes, *, policy: Policy) -> DocumentMaterial:
    """Everything signed or stamped in a PDF. Raises `PdfError` when the file itself cannot be read."""
    document = Document(data)
    found = find_signatures(document)
    stores = security_stores(document) if found else []
    analysis = ChangeAnalysis(
        document,
        found,
        Budget(objects=int(policy.limits["change_objects"]), reads=int(policy.limits["change_reads"])),
    )
    signatures = [
        _read_signature(data, pdf, number, analysis.since(pdf))
        for number, pdf in enumerate((pdf for pdf in found if not pdf.timestamp), 1)
    ]
    ranges = RangeDigests(data)
    evidence = store_evidence(stores, ((item.cms, item.signer) for item in signatures if item.cms))
    tokens: list[TokenMaterial] = []
    own: dict[str, list[TokenMaterial]] = {}
    for item in signatures:
        own[item.id] = _signature_tokens(ranges, item, stores, evidence.certificates)
        tokens += own[item.id]
    spans = {item.id: item.pdf.span for item in signatures}
    document_tokens: list[tuple[PdfSignature, TokenMaterial]] = []
    for number, pdf in enumerate((pdf for pdf in found if pdf.timestamp), 1):
        covered = {key for key, span in spans.items() if covers(pdf.span, span)}
        covered |= {token.id for key in covered for token in own.get(key, ())}
        covered |= {token.id for other, token in document_tokens if covers(pdf.span, other.span)}
        inside = [item for item in signatures if item.id in covered]
        stamped = store_evidence(before(pdf, stores), ((item.cms, item.signer) for item in inside if item.cms))
        token = _document_token(
            ranges, pdf, number, frozenset(covered), stamped, evidence.certificates, analysis.since(pdf)
        )
        document_tokens.append((pdf, token))
        tokens.append(token)
    return DocumentMaterial(
        format="PAdES",
        signatures=tuple(
            _material(
                ranges,
                item,
                stores,
                own[item.id],
                [pdf for pdf, _ in document_tokens],
                evidence.certificates,
                notices=_shown_later(item, found),
            )
            for item in signatures
        ),
        tokens=tuple(tokens),
        evidence=evidence,
        problems=(_ENCRYPTED,) if document.locked else (),
    )


_ENCRYPTED = Finding(
    "encrypted",
    None,
    "A password is needed to open the document, so what its signatures say in words cannot be read.",
    "文書を開くのにパスワードが必要なため、署名に書かれた文字列は読み取れません。",
)


def _shown_later(item: _Read, found: list[PdfSignature]) -> tuple[Notice, ...]:
    """A later signature may be permitted, and yet draw over what was signed (the "sneaky signature" attack)."""
    end = item.pdf.span.end if item.pdf.span else None
    if item.change.modifications in (Modifications.NONE, Modifications.OTHER) or end is None:
        return ()
    later = any(pdf.shown and pdf.span is not None and pdf.span.end > end for pdf in found)
    return (_LATER_SHOWN,) if later else ()


_LATER_SHOWN = Notice(
    "LATER_SIGNATURE_IS_SHOWN",
    Text(
        "後から加えられた署名がページ上に表示されます。署名時の内容を覆い隠していないか確かめてください。",
        "A signature that was added later is shown on a page; see whether it covers anything that was signed.",
    ),
)


def _faults(pdf: PdfSignature) -> tuple[Finding, ...]:
    return tuple(format_failure(*FAULTS[fault]) for fault in pdf.faults)


def _read_signature(data: bytes, pdf: PdfSignature, number: int, change: Change) -> _Read:
    findings = list(_faults(pdf))
    identifier = f"S{number}-{hashlib.sha256(pdf.contents).hexdigest()[:16]}"
    cms: SignedData | None = None
    if not pdf.contents:
        return _Read(pdf, identifier, None, None, tuple(findings), change)
    try:
        cms = parse_signed_data(pdf.contents)
    except PkiError as error:
        findings.append(
            format_failure(
                "format_parsed",
                f"The signature value is not a CMS SignedData that can be read ({error}).",
                f"署名値を CMS SignedData として読み取れません({error})。",
            )
        )
        return _Read(pdf, identifier, None, None, tuple(findings), change)
    if len(cms.signers) != 1:
        findings.append(
            format_failure(
                "single_signer",
                f"A PDF signature has exactly one signer; this one has {len(cms.signers)}.",
                f"PDF 署名の署名者は 1 人ですが、{len(cms.signers)} 人分あります。",
            )
        )
    if pdf.sub_filter not in (CADES_DETACHED, PKCS7_DETACHED, PKCS7_SHA1):
        findings.append(
            format_failure(
                "format_parsed",
                f"Signatures of the kind {pdf.sub_filter[:60]!r} are not supported.",
                f"{pdf.sub_filter[:60]!r} 形式の署名には対応していません。",
            )
        )
    elif cms.content is not None and pdf.sub_filter != PKCS7_SHA1:
        findings.append(
            format_failure(
                "content_detached",
                "A detached signature holds a content of its own.",
                "分離型の署名が内容を内包しています。",
            )
        )
    return _Read(pdf, identifier, cms, cms.signers[0] if cms.signers else None, tuple(findings), change)


def _cryptography(ranges: RangeDigests, item: _Read, certificates: tuple[Certificate, ...]) -> CryptographicResult:
    """Clauses 5.2.3 and 5.2.7 for one PDF signature."""
    pdf, cms, signer = item.pdf, item.cms, item.signer
    if cms is None or signer is None or len(cms.signers) != 1:
        return CryptographicResult(None, None)
    if pdf.span is None:
        # The octets that were signed are not (all) there: this signature verifies over nothing.
        result = verify_signer(cms, signer, content_digests={}, extra_certificates=certificates)
        return CryptographicResult(False, result.signing_certificate)
    digests: dict[str, bytes] = {}
    content: bytes | None = None
    extra: list[Finding] = []
    linked = True
    if pdf.sub_filter == PKCS7_SHA1:
        linked = cms.content == ranges.digest(pdf.span, "sha1")
        if not linked:
            extra.append(_hash_failure())
    elif signer.signed_attributes_raw is None:
        content = b"".join(pdf.span.signed(ranges.data))
    else:
        digests = {name: ranges.digest(pdf.span, name) for name in sorted(digest_algorithms(cms))}
    result = verify_signer(cms, signer, content=content, content_digests=digests, extra_certificates=certificates)
    used = {signer.digest_algorithm_oid if signer.digest_algorithm is None else signer.digest_algorithm}
    if pdf.sub_filter == PKCS7_SHA1:
        used.add("sha1")
    algorithm = signer.signature_algorithm
    if signer.digest_algorithm is not None:
        algorithm = algorithm.with_digest(signer.digest_algorithm)
    return CryptographicResult(
        intact=result.intact if linked else False,
        certificate=result.signing_certificate,
        findings=(*extra, *result.findings),
        algorithm=algorithm,
        digests=tuple(sorted(used)),
        references=signer.ess_references,
        certificate_reference=result.ess_ok,
    )


def _hash_failure() -> Finding:
    return Finding(
        "digest",
        SubIndication.HASH_FAILURE,
        "The document is not the one that was signed: its digest differs.",
        "文書が署名時のものと異なります(ダイジェスト不一致)。",
    )


def _material(
    ranges: RangeDigests,
    item: _Read,
    stores: list[SecurityStore],
    own: list[TokenMaterial],
    stamps: list[PdfSignature],
    certificates: tuple[Certificate, ...],
    *,
    notices: tuple[Notice, ...],
) -> SignatureMaterial:
    pdf, change = item.pdf, item.change
    cryptography = _cryptography(ranges, item, certificates)
    findings = [*item.findings, *_coverage_findings(pdf, change)]
    level, obstacles = level_of(
        pdf,
        item.cms,
        item.signer,
        cryptography,
        stores=stores,
        stamped=any(token.type == "signature" for token in own),
        document_stamps=stamps,
    )
    return SignatureMaterial(
        id=item.id,
        name=pdf.name or None,
        format="PAdES",
        level=level,
        # What does not verify covers nothing, wherever its octets lie.
        coverage=pdf.coverage.value if cryptography.intact is True else Coverage.NONE.value,
        modifications=change.modifications.word,
        cryptography=cryptography,
        format_findings=tuple(findings),
        signing_time=pdf.claimed_time or (item.signer.signing_time if item.signer else None),
        reason=pdf.text("Reason"),
        location=pdf.text("Location"),
        level_findings=tuple(obstacles),
        signature_policy=signature_policy(item.signer) if item.signer else None,
        value=item.signer.signature if item.signer else None,
        content_digest=item.signer.content_digest if item.signer else None,
        notices=notices,
    )


def _coverage_findings(pdf: PdfSignature, change: Change) -> list[Finding]:
    if pdf.coverage is Coverage.PARTIAL:
        return [
            partial_coverage(
                "The signature covers only part of the document, and not a complete revision of it.",
                "署名が文書の一部だけを対象としており、完全な版ではありません。",
            )
        ]
    if pdf.coverage is Coverage.NONE or change.reason is None:
        return []
    sub = (
        SubIndication.SIG_CONSTRAINTS_FAILURE
        if change.reason == "CHANGE_ANALYSIS_BUDGET"
        else SubIndication.FORMAT_FAILURE
    )
    return [Finding("modifications", sub, *CHANGES[change.reason])]


def _signature_tokens(
    ranges: RangeDigests, item: _Read, stores: list[SecurityStore], certificates: tuple[Certificate, ...]
) -> list[TokenMaterial]:
    span = item.pdf.span
    if item.signer is None:
        return []

    def content(name: str) -> bytes:
        return ranges.digest(span, name) if span else b""

    return list(signature_tokens(item.id, item.pdf, item.signer, stores, certificates, content))


def _document_token(
    ranges: RangeDigests,
    pdf: PdfSignature,
    number: int,
    covered: frozenset[str],
    stamped: Evidence,
    certificates: tuple[Certificate, ...],
    change: Change,
) -> TokenMaterial:
    """A document time-stamp: imprint over its ByteRange; what came later is judged as after a signature."""
    findings = (*_faults(pdf), *_coverage_findings(pdf, change))
    token: TimeStampToken | None = None
    verification: TokenVerification | None = None
    if pdf.contents:
        span = pdf.span
        token, verification, more = read_token(
            pdf.contents, certificates, lambda name: ranges.digest(span, name) if span else b""
        )
        findings += more
    return TokenMaterial(
        id=f"D{number}-{hashlib.sha256(pdf.contents).hexdigest()[:16]}",
        type="document",
        token=token,
        verification=verification,
        covers=frozenset() if findings else covered,
        name=pdf.name or None,
        coverage=pdf.coverage.value
        if verification is not None and verification.intact is True
        else Coverage.NONE.value,
        modifications=change.modifications.word,
        format_findings=findings,
        evidence=stamped,
    )
