"""Validating a document: bytes in, a frozen report out, in the words of ETSI EN 319 102-1."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from trustreg.base import effort
from trustreg.base.errors import InvalidInput
from trustreg.pki.algorithms import AlgorithmCatalogue, default_catalogue
from trustreg.pki.certificates import Certificate
from trustreg.pki.egress import Fetcher
from trustreg.pki.errors import PkiError
from trustreg.pki.indications import Indication, SubIndication
from trustreg.pki.trust import TrustSource

from .enrich import Enricher, RequirementCheck
from .formats import AbsentDocument, DetachedDocument, Format, Submission, detect
from .pdf.syntax import PdfError
from .policies import Policy, load_policy
from .procedure.context import Context, RestrictedFetcher, load_anchors
from .procedure.demands import demand_level, demand_qualification
from .procedure.evidence_records import conclude_record
from .procedure.material import DocumentMaterial
from .procedure.signature import validate_signature
from .procedure.timestamps import validate_tokens
from .report import DocumentFacts, Notice, Text, ValidationReport, worst
from .supplied import beside, read_supplied
from .xades.hardened import XmlError

logger = logging.getLogger("signing.validation")


def validate_document(
    data: bytes,
    *,
    filename: str = "",
    detached: Sequence[DetachedDocument] = (),
    digests: Mapping[str, bytes] | None = None,
    absent: Sequence[AbsentDocument] = (),
    assume_digests: bool = False,
    supplied: Sequence[bytes] = (),
    policy: Policy | str | None = None,
    trust: TrustSource,
    extra_anchors: Sequence[Certificate] = (),
    now: datetime,
    at: datetime | None = None,
    fetcher: Fetcher | None = None,
    restricted_fetcher: RestrictedFetcher | None = None,
    catalogue: AlgorithmCatalogue | None = None,
    enrichers: Sequence[Enricher] = (),
    requirement: RequirementCheck | None = None,
    particulars: bool = False,
) -> ValidationReport:
    """Validate `data` against `trust` at `now`, or hypothetically at `at`.

    `extra_anchors` are the operator's own roots (level `other`, never qualified). `restricted_fetcher` makes fetchers
    limited to host names; with it only hosts named in chains that end in a listed service are asked. Every input gives
    a report: a parser that fails on the bytes is an error of ours and answers TOTAL-FAILED / FORMAT_FAILURE with the
    reason; only `MemoryError` passes through, for the limits of the process. `digests` (hashlib name -> value) stand
    for a document that stays where it is, beside a time-stamp token; `absent` are several of them by name, beside an
    XML signature, and `assume_digests` takes those that the signature itself states. `supplied` are files with
    certificates, CRLs and OCSP responses (DER or PEM) that the caller hands in: they count as those in the document do
    of which nothing proves since when they exist. `particulars` adds certificates, scopes and claims to the report.
    Raises `InvalidInput` for an unknown policy, an empty document, an `at` in the future, digests beside a format that
    cannot use them, and a supplied file that is none of those.
    """
    rules = policy if isinstance(policy, Policy) else load_policy(policy or "default-2026")
    if not data:
        raise InvalidInput("The document is empty.", "文書が空です。")
    if at is not None and at > now:
        raise InvalidInput(
            "A signature cannot be validated at a time in the future.",
            "未来の時刻を指定して検証することはできません。",
            fields={"at": {"en": "Lies in the future.", "ja": "未来の時刻です。"}},
        )
    handed_in = read_supplied(supplied)
    document = DocumentFacts.of(data, filename, by_digest=bool(digests or absent or assume_digests))
    blank = ValidationReport(
        validation_time=now,
        policy=rules.name,
        list=trust.list_reference,
        trust_version=trust.version,
        document=document,
        indication=Indication.TOTAL_FAILED,
        sub_indication=SubIndication.FORMAT_FAILURE,
        hypothetical=at is not None and at != now,
    )
    kind = detect(data)
    if digests and (kind is None or not kind.by_digest):
        raise InvalidInput(
            "Only a time-stamp or a signature in a file of its own can be checked by digest. This file is neither.",
            "ハッシュ値だけで判定できるのは、文書とは別のファイルになったタイムスタンプや署名だけです。",
        )
    if (absent or assume_digests) and (kind is None or not kind.by_name):
        raise InvalidInput(
            "Only an XML signature in a file of its own can be checked by the digests of named files.",
            "名前付きのファイルをハッシュ値だけで判定できるのは、別のファイルになった XML 署名だけです。",
        )
    if kind is None:
        return replace(blank, errors=(_UNREADABLE,))
    blank = replace(blank, document=replace(document, format=kind.name))
    context = Context(
        policy=rules,
        trust=trust,
        anchors=load_anchors(trust, extra_anchors),
        now=now,
        time=at if at is not None else now,
        fetcher=fetcher,
        restricted_fetcher=restricted_fetcher,
        catalogue=catalogue or default_catalogue(),
        enrichers=enrichers,
        particulars=particulars,
    )
    submission = Submission(data, filename, detached, rules, digests or {}, absent, assume_digests)
    try:
        with effort.bounded(effort.DOCUMENT) as spent:
            material = _read(kind, submission)
            if isinstance(material, Notice):
                return replace(blank, errors=(material,))
            material = replace(material, evidence=beside(material.evidence, handed_in))
            report = _conclude(context, material, blank)
            if spent.exceeded:  # somebody on the way took it for a fault of a part
                raise effort.EffortExceeded
        report = replace(report, requirement=requirement(report)) if requirement else report
        return demand_level(rules, report)
    except MemoryError:
        raise
    except effort.EffortExceeded:
        return replace(blank, indication=Indication.INDETERMINATE, sub_indication=None, errors=(_TOO_MUCH,))
    except Exception:
        # Whatever failed here is ours: the answer is that we do not know, and the log says what happened.
        logger.exception("validation procedure failed")
        return replace(blank, indication=Indication.INDETERMINATE, sub_indication=None, errors=(_INTERNAL,))


def _read(kind: Format, submission: Submission) -> DocumentMaterial | Notice:
    if kind.read is None:
        return Notice(
            "FORMAT_NOT_SUPPORTED",
            Text(
                f"{kind.name} 形式の検証にはまだ対応していません。",
                f"This version does not validate documents of the format {kind.name}.",
            ),
        )
    try:
        return kind.read(submission)
    except (MemoryError, effort.EffortExceeded):
        raise
    except (PdfError, PkiError, XmlError) as error:
        return Notice(
            "UNREADABLE",
            Text(
                f"{kind.name} として読み取れません({error})。",
                f"The document cannot be read as {kind.name} ({error}).",
            ),
        )
    except Exception as error:
        logger.exception("reader of %s failed", kind.name)
        return Notice(
            "PARSER_FAILED",
            Text(
                f"当方の {kind.name} 解析処理がこの文書で失敗しました({type(error).__name__})。",
                f"Our reader of {kind.name} failed on this document ({type(error).__name__}).",
            ),
        )


def _conclude(context: Context, material: DocumentMaterial, blank: ValidationReport) -> ValidationReport:
    stamps = validate_tokens(context, material.tokens, material.evidence)
    signatures = tuple(
        demand_qualification(context.policy, validate_signature(context, signature, material.evidence, stamps))
        for signature in material.signatures
    )
    ids = {signature.id for signature in material.signatures}
    alone = tuple(
        demand_qualification(context.policy, result.report)
        for result in stamps.results.values()
        if not (result.material.covers | result.material.accompanies) & ids
    )
    parts = [(s.indication, s.sub_indication) for s in signatures]
    indication, sub_indication = worst(parts or [(t.indication, t.sub_indication) for t in alone])
    warnings = tuple(Notice(finding.check.upper(), Text(finding.ja, finding.en)) for finding in material.problems)
    return replace(
        blank,
        document=replace(blank.document, format=material.format),
        indication=indication,
        sub_indication=sub_indication,
        signatures=signatures,
        timestamps=alone,
        evidence_records=tuple(conclude_record(record, stamps) for record in material.records),
        errors=() if parts or alone else (_NO_SIGNATURE,),
        warnings=warnings,
    )


_UNREADABLE = Notice(
    "UNREADABLE",
    Text(
        "署名文書として読み取れる形式ではありません。",
        "The bytes are not of any format in which documents are signed.",
    ),
)
_NO_SIGNATURE = Notice(
    "NO_SIGNATURE_FOUND",
    Text("署名もタイムスタンプも見つかりません。", "Neither a signature nor a time-stamp was found."),
)
_TOO_MUCH = Notice(
    "RESOURCE_LIMIT",
    Text(
        f"この文書の検証に要する計算が、上限の {effort.DOCUMENT:,} 単位を超えました。",
        f"Validating this document takes more than {effort.DOCUMENT:,} units of work, which is the limit.",
    ),
    limit=("effort", effort.DOCUMENT),
)
_INTERNAL = Notice(
    "INTERNAL_ERROR",
    Text(
        "検証処理の途中で当方の処理が失敗したため、結果は不明です。",
        "Our validation failed on the way, so the result is not known.",
    ),
)
