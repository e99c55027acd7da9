"""The frozen validation report: what was found, in the words of ETSI EN 319 102-1, and its JSON.

Nothing random and nothing of the machine is inside, so that equal inputs give byte-equal bodies; the identifier of a
stored report is added at storage.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from signing.domain.particulars import Particulars, StampParticulars
from trustreg.pki.indications import Indication, SubIndication
from trustreg.pki.trust import ListReference

Kind = Literal["signature", "seal"]
CheckResult = Literal["pass", "fail", "warn", "info", "skip"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages."""

    ja: str
    en: str

    def to_json(self) -> dict[str, str]:
        return {"ja": self.ja, "en": self.en}


@dataclass(frozen=True, slots=True)
class Notice:
    """An error or a warning: a stable code and its sentence; `limit` is the name and value of one that was exceeded."""

    code: str
    message: Text
    limit: tuple[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "message": self.message.to_json()}
        if self.limit is not None:
            found["limit"] = {"name": self.limit[0], "value": self.limit[1]}
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `name` is stable (snake case), `result` follows the policy's level for it."""

    name: str
    result: CheckResult
    detail: Text | None = None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "result": self.result, "detail": self.detail.to_json() if self.detail else None}


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as the signing certificate says; `identity` is what enrichers proved about it."""

    subject: str
    certificate_sha256: str
    issuer: str = ""
    serial: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    common_name: str | None = None
    organization: str | None = None
    organization_identifier: str | None = None
    device_oid: str | None = None
    identity: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "certificate_sha256": self.certificate_sha256,
            "issuer": self.issuer,
            "serial": self.serial,
            "not_before": instant(self.not_before),
            "not_after": instant(self.not_after),
            "common_name": self.common_name,
            "organization": self.organization,
            "organization_identifier": self.organization_identifier,
            "device_oid": self.device_oid,
            "identity": dict(self.identity) if self.identity is not None else None,
        }


@dataclass(frozen=True, slots=True)
class PathCertificate:
    """One certificate of the path that was used, from the signer's to the key in which it ends."""

    subject: str
    certificate_sha256: str

    def to_json(self) -> dict[str, Any]:
        return {"subject": self.subject, "certificate_sha256": self.certificate_sha256}


@dataclass(frozen=True, slots=True)
class RevocationReport:
    """The evidence that was used about one certificate of the path.

    `state` is `good`, `revoked` or `unknown`; `source` `crl` or `ocsp`; `origin` `embedded`, `supplied` (by the
    caller) or `fetched`; `sha256` that of the CRL or response. `reason` (RFC 5280 5.3.1) and `revoked_at` only when
    revoked.
    """

    certificate_sha256: str
    state: str
    source: str
    origin: str
    sha256: str
    this_update: datetime
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "certificate_sha256": self.certificate_sha256,
            "state": self.state,
            "source": self.source,
            "origin": self.origin,
            "sha256": self.sha256,
            "this_update": instant(self.this_update),
            "next_update": instant(self.next_update),
            "revoked_at": instant(self.revoked_at),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class TimestampReport:
    """One time-stamp. `type`: `signature`, `document`, `content`, `archive`, `evidence-record` or `standalone`.

    `proof` says whether its time counts as a proof of existence. `evidence_record` is, for one of a record, the `id` of
    the record and the `renewal` that it makes: `timestamp`, `hash-tree`, or None for the first one.
    """

    type: str
    time: datetime | None
    intact: bool | None
    proof: bool
    indication: Indication
    sub_indication: SubIndication | None = None
    qualification: str | None = None
    assuming: str | None = None
    name: str | None = None
    coverage: str | None = None
    modifications: str | None = None
    signer: Signer | None = None
    policy: str | None = None
    serial: str | None = None
    service: Mapping[str, Any] | None = None
    evidence_record: Mapping[str, Any] | None = None
    sha256: str | None = None
    """Of the token (DER), as it was found."""
    path: tuple[PathCertificate, ...] = ()
    revocation: tuple[RevocationReport, ...] = ()
    particulars: StampParticulars | None = None
    """Only where the caller asked for them."""
    checks: tuple[Check, ...] = ()
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "name": self.name,
            "time": instant(self.time),
            "intact": self.intact,
            "coverage": self.coverage,
            "modifications": self.modifications,
            "qualification": self.qualification,
            "assuming": self.assuming,
            "proof": self.proof,
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "signer": self.signer.to_json() if self.signer else None,
            "policy": self.policy,
            "serial": self.serial,
            "service": dict(self.service) if self.service is not None else None,
            "evidence_record": dict(self.evidence_record) if self.evidence_record is not None else None,
            "sha256": self.sha256,
            "path": [certificate.to_json() for certificate in self.path],
            "revocation": [evidence.to_json() for evidence in self.revocation],
            "checks": [check.to_json() for check in self.checks],
            "errors": [notice.to_json() for notice in self.errors],
            "warnings": [notice.to_json() for notice in self.warnings],
            **({"particulars": self.particulars.to_json()} if self.particulars else {}),
        }


@dataclass(frozen=True, slots=True)
class EvidenceRecordReport:
    """One evidence record (RFC 4998, RFC 6283): its time-stamps stand with the signature, or in the document's.

    `time` is that of its first archive time-stamp; with `proof` its objects are proven to have existed then. `syntax`
    is `ERS` or `XMLERS`, None when it cannot be read; `objects` are names, `signatures` ids of what it is about.
    """

    id: str
    syntax: str | None
    indication: Indication
    sub_indication: SubIndication | None
    time: datetime | None
    proof: bool
    name: str | None = None
    objects: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "syntax": self.syntax,
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "time": instant(self.time),
            "proof": self.proof,
            "objects": list(self.objects),
            "signatures": list(self.signatures),
        }


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature or seal."""

    id: str
    kind: Kind
    format: str
    level: str
    indication: Indication
    sub_indication: SubIndication | None
    intact: bool | None
    coverage: str
    modifications: str
    hypothetical: bool = False
    name: str | None = None
    signing_time: datetime | None = None
    best_signature_time: datetime | None = None
    signer: Signer | None = None
    reason: str | None = None
    location: str | None = None
    qualification: str | None = None
    assuming: str | None = None
    trust: str | None = None
    """Whose anchor the path ends in: `list`, `operator`, or None without an accepted path."""
    service: Mapping[str, Any] | None = None
    timestamps: tuple[TimestampReport, ...] = ()
    checks: tuple[Check, ...] = ()
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    algorithms: tuple[str, ...] = ()
    countersigns: str | None = None
    """The id of the signature that this one confirms; such a signature says nothing of the document by itself."""
    value: bytes | None = None
    """The signature value, as it was found."""
    content_digest: tuple[str, bytes] | None = None
    """hashlib name and digest of the content, where the signature states one and cryptography confirmed it."""
    path: tuple[PathCertificate, ...] = ()
    revocation: tuple[RevocationReport, ...] = ()
    particulars: Particulars | None = None
    """Only where the caller asked for them."""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "countersigns": self.countersigns,
            "kind": self.kind,
            "format": self.format,
            "level": self.level,
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "intact": self.intact,
            "coverage": self.coverage,
            "modifications": self.modifications,
            "hypothetical": self.hypothetical,
            "signing_time": instant(self.signing_time),
            "best_signature_time": instant(self.best_signature_time),
            "signer": self.signer.to_json() if self.signer else None,
            "reason": self.reason,
            "location": self.location,
            "qualification": self.qualification,
            "assuming": self.assuming,
            "trust": self.trust,
            "service": dict(self.service) if self.service is not None else None,
            "value": base64.b64encode(self.value).decode() if self.value is not None else None,
            "content_digest": {"algorithm": self.content_digest[0], "value": self.content_digest[1].hex()}
            if self.content_digest
            else None,
            "path": [certificate.to_json() for certificate in self.path],
            "revocation": [evidence.to_json() for evidence in self.revocation],
            "timestamps": [timestamp.to_json() for timestamp in self.timestamps],
            "algorithms": list(self.algorithms),
            "checks": [check.to_json() for check in self.checks],
            "errors": [notice.to_json() for notice in self.errors],
            "warnings": [notice.to_json() for notice in self.warnings],
            **({"particulars": self.particulars.to_json()} if self.particulars else {}),
        }


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What was handed in."""

    filename: str
    sha256: str
    size: int
    format: str | None = None
    by_digest: bool = False
    """Whether what it is about was given by its digests alone, and stayed where it is."""

    @classmethod
    def of(
        cls, data: bytes, filename: str, format_name: str | None = None, *, by_digest: bool = False
    ) -> DocumentFacts:
        return cls(filename, hashlib.sha256(data).hexdigest(), len(data), format_name, by_digest)

    def to_json(self) -> dict[str, Any]:
        return {
            "filename": self.filename,
            "sha256": self.sha256,
            "size": self.size,
            "format": self.format,
            "by_digest": self.by_digest,
        }


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """The whole answer (design, section 6), without the identifier that storage adds."""

    validation_time: datetime
    policy: str
    list: ListReference | None
    document: DocumentFacts
    indication: Indication
    sub_indication: SubIndication | None
    signatures: tuple[SignatureReport, ...] = ()
    timestamps: tuple[TimestampReport, ...] = ()
    evidence_records: tuple[EvidenceRecordReport, ...] = ()
    hypothetical: bool = False
    requirement: Mapping[str, Any] | None = None
    trust_version: str | None = None
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report body with members in a fixed order."""
        return {
            "validation_time": instant(self.validation_time),
            "policy": self.policy,
            "list": {"sequence": self.list.sequence, "sha256": self.list.sha256, "territory": self.list.territory}
            if self.list
            else None,
            "trust_version": self.trust_version,
            "document": self.document.to_json(),
            "indication": self.indication.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "hypothetical": self.hypothetical,
            "requirement": dict(self.requirement) if self.requirement is not None else None,
            "signatures": [signature.to_json() for signature in self.signatures],
            "timestamps": [timestamp.to_json() for timestamp in self.timestamps],
            "evidence_records": [record.to_json() for record in self.evidence_records],
            "errors": [notice.to_json() for notice in self.errors],
            "warnings": [notice.to_json() for notice in self.warnings],
            **self.extra,
        }


def instant(value: datetime | None) -> str | None:
    """`2026-01-31T09:00:00Z`, with the fraction only when there is one."""
    if value is None:
        return None
    value = value.astimezone(UTC)
    text = value.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "") + "Z"


_BADNESS = {Indication.TOTAL_PASSED: 0, Indication.INDETERMINATE: 1, Indication.TOTAL_FAILED: 2}


def worst(
    results: list[tuple[Indication, SubIndication | None]],
) -> tuple[Indication, SubIndication | None]:
    """The worst of several conclusions, the first among equals; nothing at all is NO_SIGNATURE_FOUND."""
    if not results:
        return Indication.INDETERMINATE, SubIndication.NO_SIGNATURE_FOUND
    return max(results, key=lambda result: _BADNESS[result[0]])
