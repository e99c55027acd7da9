"""The frozen content of a decision: what an approver is shown, hashes, and approves.

`canonical_text` is RFC 8785 for the values used here; the database checks `sha256(text) = hash` and reads the text as
JSON to hold status changes to exactly what was approved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from certification.domain import lifecycle
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.domain.qualifications import read_qualifications
from trustreg.base.errors import InvalidInput, PreconditionFailed
from trustreg.pki.trust import ServiceType, Usage

CONTENT_VERSION: Final = 1

NEEDS_APPLICATION: Final = frozenset(
    {DecisionKind.GRANT, DecisionKind.UPGRADE, DecisionKind.RENEW, DecisionKind.REJECT}
)
"""Decisions that rest on an assessed application."""

SETS_VALIDITY: Final = frozenset({DecisionKind.GRANT, DecisionKind.UPGRADE, DecisionKind.RENEW})
"""Decisions that fix a new end of the grant; all others carry the old one on."""

REASON_OF: Final = {ServiceStatus.EXPIRED: "expired", ServiceStatus.CEASED: "ceased"}

Texts = Mapping[str, str]
"""`{"ja": …, "en": …}`"""


def utc_text(moment: datetime) -> str:
    """`YYYY-MM-DDThh:mm:ssZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_utc(text: str) -> datetime:
    """The inverse of `utc_text`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def canonical_text(value: Mapping[str, Any]) -> str:
    """RFC 8785 text of objects, arrays, strings, whole numbers, booleans and null (names are ASCII; no floats)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def text_sha256(text: str) -> str:
    """Lower-case hexadecimal SHA-256 of the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """One key of a service: SHA-256 (hexadecimal) of its certificate and of its public key (DER), RFC 4514 subject."""

    certificate_sha256: str
    spki_sha256: str
    subject: str


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What stands of a service: everything that a list says of it and the end of the grant.

    `qualifications` are JSON objects `{"qualifiers": [...], "criteria": {...}}` in the shape of the list's content
    model (TS 119 612 5.5.9.2). `valid_until` None: nothing granted yet.
    """

    status: ServiceStatus
    service: str
    provider: str
    type: str
    names: Texts
    usages: tuple[Usage, ...] = ()
    identities: tuple[Identity, ...] = ()
    qualifications: tuple[Mapping[str, Any], ...] = ()
    supply_points: tuple[str, ...] = ()
    definition_uri: Texts | None = None
    valid_until: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The `state` member of a decision's content and the content of a status change."""
        return {
            "service": self.service,
            "provider": self.provider,
            "type": self.type,
            "status": str(self.status),
            "listed_as": self.status.listed_as,
            "level": self.status.level,
            "reason": REASON_OF.get(self.status),
            "names": dict(self.names),
            "usages": sorted(str(usage) for usage in self.usages),
            "identities": [
                {"certificate_sha256": key.certificate_sha256, "spki_sha256": key.spki_sha256, "subject": key.subject}
                for key in sorted(self.identities)
            ],
            "qualifications": [dict(qualification) for qualification in self.qualifications],
            "supply_points": list(self.supply_points),
            "definition_uri": dict(self.definition_uri or {}),
            "valid_until": utc_text(self.valid_until) if self.valid_until else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `as_json`."""
        return cls(
            status=ServiceStatus(data["status"]),
            service=data["service"],
            provider=data["provider"],
            type=data["type"],
            names=data["names"],
            usages=tuple(Usage(usage) for usage in data["usages"]),
            identities=tuple(Identity(**key) for key in data["identities"]),
            qualifications=tuple(data["qualifications"]),
            supply_points=tuple(data["supply_points"]),
            definition_uri=data["definition_uri"],
            valid_until=read_utc(data["valid_until"]) if data["valid_until"] else None,
        )

    def widens(self, before: ServiceState) -> bool:
        """Whether this state may let more certificates count: a new usage, a new key, other qualifications."""
        return (
            not set(self.usages) <= set(before.usages)
            or not {key.spki_sha256 for key in self.identities} <= {key.spki_sha256 for key in before.identities}
            or self.qualifications != before.qualifications
        )

    def as_expired(self) -> ServiceState:
        """The same, past its end."""
        return replace(self, status=ServiceStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Cites:
    """What a decision rests on (seed R64: no decision without its evidence). Identifiers as text."""

    application: str | None = None
    cab: str | None = None
    assessment: str | None = None
    report_sha256: str | None = None
    accreditation: str | None = None
    findings: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "application": self.application,
            "cab": self.cab,
            "assessment": self.assessment,
            "report_sha256": self.report_sha256,
            "accreditation": self.accreditation,
            "findings": sorted(self.findings),
            "incidents": sorted(self.incidents),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "findings": tuple(data["findings"]), "incidents": tuple(data["incidents"])})


@dataclass(frozen=True, slots=True)
class DecisionContent:
    """A decision before it has people and times. `state` None: nothing changes (a rejection)."""

    decision: str
    kind: DecisionKind
    service: str
    from_status: ServiceStatus
    state: ServiceState | None
    cites: Cites
    reasons: Texts
    urgent: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "version": CONTENT_VERSION,
            "decision": self.decision,
            "kind": str(self.kind),
            "service": self.service,
            "from": str(self.from_status),
            "to": str(self.state.status) if self.state else None,
            "urgent": self.urgent,
            "state": self.state.as_json() if self.state else None,
            "cites": self.cites.as_json(),
            "reasons": dict(self.reasons),
        }

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a stored content. Raises ValueError for another version."""
        data = json.loads(text)
        if data["version"] != CONTENT_VERSION:
            raise ValueError(f"decision content version {data['version']!r}, expected {CONTENT_VERSION}")
        return cls(
            decision=data["decision"],
            kind=DecisionKind(data["kind"]),
            service=data["service"],
            from_status=ServiceStatus(data["from"]),
            state=ServiceState.from_json(data["state"]) if data["state"] else None,
            cites=Cites.from_json(data["cites"]),
            reasons=data["reasons"],
            urgent=data["urgent"],
        )

    @property
    def text(self) -> str:
        """The canonical text that is stored, shown and hashed."""
        return canonical_text(self.as_json())

    @property
    def sha256(self) -> str:
        return text_sha256(self.text)


def check_content(content: DecisionContent, *, before: ServiceState | None, at: datetime) -> None:
    """Hold a decision to the rules of its kind. `before` is what stands now (None: nothing was ever granted).

    Raises InvalidInput for a content that says too little or contradicts itself, TransitionNotAllowed when the
    lifecycle has no such arrow, PreconditionFailed when a rule of the scheme is not fulfilled.
    """
    require_texts(content.reasons, "reasons")
    if content.kind in NEEDS_APPLICATION and not (content.cites.application and content.cites.report_sha256):
        raise PreconditionFailed(
            "This decision must cite an application and the report of its assessment.",
            "この決定には、申請とその評価報告書の引用が必要です。",
            extra={"missing": ["application", "report_sha256"]},
        )
    if content.from_status != (before.status if before else ServiceStatus.NONE):
        raise PreconditionFailed(
            "The status of the service has changed since the draft was made. Draft it again.",
            "案を作った後に、サービスの状態が変わりました。案を作り直してください。",
        )
    state = content.state
    if content.kind is DecisionKind.REJECT:
        if state is not None:
            raise InvalidInput("A rejection changes no status.", "不認定の決定は、状態を変えません。")
        return
    if state is None:
        raise InvalidInput("The decision does not say what is to stand.", "決定の内容に、決定後の状態がありません。")
    lifecycle.step(content.kind, content.from_status, level=state.status)
    if (content.kind, str(content.from_status), str(state.status)) not in _TRIPLES:
        raise InvalidInput(
            "This kind of decision does not lead from the present status to the one that is proposed.",
            "この種別の決定では、いまの状態から提案された状態にはなりません。",
        )
    require_texts(state.names, "names")
    read_qualifications(state.qualifications)
    if not state.identities:
        raise PreconditionFailed(
            "The service has no key yet. Register a certificate of the service first.",
            "サービスの鍵が登録されていません。先に証明書を登録してください。",
        )
    if state.type == ServiceType.CA_PKC and not state.usages:
        raise InvalidInput(
            "A certificate service needs at least one usage: esign, eseal or web.",
            "証明書サービスには、用途（電子署名・eシール・ウェブ認証）が少なくとも 1 つ必要です。",
            fields={"usages": {"en": "Choose at least one usage.", "ja": "用途を 1 つ以上選んでください。"}},
        )
    if state.type != ServiceType.CA_PKC and state.usages:
        raise InvalidInput(
            "Usages belong to certificate services only.",
            "用途を指定できるのは、証明書サービスだけです。",
            fields={"usages": {"en": "Leave this empty.", "ja": "空欄にしてください。"}},
        )
    _check_validity(content, state, before, at)
    if before is not None:
        _check_against(content, state, before)


_TRIPLES = frozenset((move.name, source, move.to) for move in lifecycle.SERVICE for source in move.sources)


def _check_validity(content: DecisionContent, state: ServiceState, before: ServiceState | None, at: datetime) -> None:
    if content.kind in SETS_VALIDITY:
        if state.valid_until is None or state.valid_until <= at:
            raise InvalidInput(
                "A grant needs an end that lies in the future.",
                "認定には、将来の有効期限が必要です。",
                fields={"valid_until": {"en": "Enter a time in the future.", "ja": "将来の日時を入力してください。"}},
            )
        return
    if before is None or state.valid_until != before.valid_until:
        raise InvalidInput(
            "Only a grant, an upgrade or a renewal sets the end of validity.",
            "有効期限を定めるのは、認定・引上げ・更新だけです。",
        )
    counts_again = state.status in lifecycle.GRANTED and (state.valid_until is None or state.valid_until <= at)
    if counts_again:
        raise PreconditionFailed(
            "The grant has reached its end; only a new grant can bring the service back.",
            "認定の有効期限が過ぎています。戻すには新しい認定が必要です。",
        )


def _check_against(content: DecisionContent, state: ServiceState, before: ServiceState) -> None:
    if (state.service, state.provider, state.type) != (before.service, before.provider, before.type):
        raise InvalidInput(
            "The service, its provider and its type never change; register another service.",
            "サービス・事業者・種別は変えられません。別のサービスとして登録してください。",
        )
    rests_on_assessment = content.kind in NEEDS_APPLICATION or content.cites.application is not None
    if not rests_on_assessment and state.widens(before):
        raise PreconditionFailed(
            "A wider scope, a new key or a new qualifier needs an assessed application.",
            "用途・鍵・修飾子の追加には、評価を受けた申請が必要です。",
        )
    carries_on = content.kind not in SETS_VALIDITY and content.kind is not DecisionKind.CHANGE
    if carries_on and replace(state, status=before.status) != before:
        raise InvalidInput(
            "This decision changes the status alone; decide a change of names, scope or keys separately.",
            "この決定で変わるのは状態だけです。名称・用途・鍵の変更は別に決定してください。",
        )


_LANGUAGES = {"ja": ("日本語", "Japanese"), "en": ("英語", "English")}


def require_texts(texts: Texts, field: str) -> None:
    """Raise InvalidInput unless `texts` holds Japanese and English (design 3.9)."""
    missing = [language for language in ("ja", "en") if not str(texts.get(language, "")).strip()]
    if missing:
        raise InvalidInput(
            f"Both Japanese and English are needed; missing: {', '.join(_LANGUAGES[each][1] for each in missing)}.",
            f"日本語と英語の両方が必要です。未入力：{'、'.join(_LANGUAGES[each][0] for each in missing)}。",
            fields={field: {"en": "Enter both languages.", "ja": "両方の言語で入力してください。"}},
        )
