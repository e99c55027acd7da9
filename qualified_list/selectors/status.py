"""Was it qualified at T: the answers of the status query (design 6), from the list in force or an earlier one."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from certification.models import DecisionProposal
from qualified_list.domain.model import Status
from qualified_list.domain.status import ListTrustSource, StatusAnswer
from qualified_list.models import ListedServiceMember, ListedState
from qualified_list.selectors.snapshot import trust_source, trust_source_as_of
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput
from trustreg.pki.trust import Reason, Standing

Answer = dict[str, Any]

REASON_WORDS: Final[dict[Reason, dict[str, str]]] = {
    Reason.SERVICE_SUSPENDED: {
        "en": "The service was suspended at that time.",
        "ja": "その時点でサービスは一時停止中でした。",
    },
    Reason.SERVICE_WITHDRAWN: {
        "en": "The service was withdrawn at that time.",
        "ja": "その時点でサービスは取り消されていました。",
    },
    Reason.EXPIRED: {
        "en": "The grant had reached its end at that time.",
        "ja": "その時点で認定の有効期限が過ぎていました。",
    },
    Reason.STATUS_UNKNOWN: {
        "en": "The status on the list is not known here.",
        "ja": "リスト上の状態を解釈できません。",
    },
    Reason.NOT_YET_LISTED: {
        "en": "The service was listed only later.",
        "ja": "サービスが掲載されたのは、その時点より後です。",
    },
    Reason.NOT_LISTED: {"en": "Nothing of the kind is on the list.", "ja": "リストに該当するものがありません。"},
    Reason.OUT_OF_SCOPE: {
        "en": "The service is listed, but not for certificates of this kind.",
        "ja": "サービスは掲載されていますが、この種類の証明書は対象外です。",
    },
    Reason.OUT_OF_ARRANGEMENT: {
        "en": "The foreign service is not covered by an arrangement.",
        "ja": "外国のサービスは、相互承認の対象外です。",
    },
    Reason.ISSUER_NOT_PROVEN: {
        "en": "No signature leads from the certificate to a listed key.",
        "ja": "証明書から掲載された鍵までの署名のつながりを確認できません。",
    },
    Reason.UNKNOWN_FINGERPRINT: {
        "en": "No listed certificate has this fingerprint; send the certificate itself to ask about its issuer.",
        "ja": "この指紋の証明書は掲載されていません。発行者を調べるには、証明書そのものを送ってください。",
    },
    Reason.TOKEN_NOT_PROVEN: {
        "en": "The signature of the time-stamp token does not verify.",
        "ja": "タイムスタンプトークンの署名を検証できません。",
    },
    Reason.CONFLICT: {"en": "Lists contradict each other.", "ja": "リストの間に矛盾があります。"},
    Reason.LIST_STALE: {
        "en": "The list has passed its next update for that time, or there is none.",
        "ja": "その時点について答えられる、期限内のリストがありません。",
    },
    Reason.HYPOTHETICAL_TIME: {"en": "The time was assumed.", "ja": "時刻は仮定のものです。"},
}


def status_by_certificate(
    certificate: bytes,
    *,
    now: datetime,
    at: datetime | None = None,
    as_of: int | None = None,
    intermediates: tuple[bytes, ...] = (),
) -> Answer:
    """The status of a certificate (DER): a listed identity, or one that a listed key provably issued.

    Raises InvalidInput (no certificate, a future `at`), NotFound (no list `as_of`).
    """
    moment = _moment(at, now)
    source = _source(as_of)
    return _answer(source.match_certificate(certificate, at=moment, intermediates=intermediates), source, moment, now)


def status_by_fingerprint(
    sha256: str, *, now: datetime, at: datetime | None = None, as_of: int | None = None
) -> Answer:
    """The status of a listed identity by the hexadecimal SHA-256 of its certificate. Raises as above."""
    moment = _moment(at, now)
    try:
        digest = bytes.fromhex(sha256.replace(":", "").strip())
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise InvalidInput(
            "A SHA-256 fingerprint has 64 hexadecimal digits.",
            "SHA-256の指紋は、16進数64桁です。",
            fields={
                "certificate_sha256": {
                    "en": f"Got {sha256[:70]!r}, expected 64 hexadecimal digits.",
                    "ja": "16進数64桁で入力してください。",
                }
            },
        )
    source = _source(as_of)
    return _answer(source.match_fingerprint(digest, at=moment), source, moment, now)


def status_by_token(token: bytes, *, now: datetime, at: datetime | None = None, as_of: int | None = None) -> Answer:
    """The status of the service that made a time-stamp token, at the token's own time unless `at` is given."""
    if at is not None:
        _moment(at, now)
    source = _source(as_of)
    answer = source.match_token(token, at=at)
    return _answer(answer, source, _moment(answer.standing.at, now), now)


def status_by_service(service: str, *, now: datetime, at: datetime | None = None, as_of: int | None = None) -> Answer:
    """The status of a service by the id of its entry, or of the registry service that is listed there.

    A service with several keys has several entries; the one that counts answers. Raises as above.
    """
    moment = _moment(at, now)
    source = _source(as_of)
    answer = source.status_of_service(service, at=moment)
    if answer.standing.service_id is None:
        candidates = [source.status_of_service(entry, at=moment) for entry in _entries_of(service)]
        listed = [candidate for candidate in candidates if candidate.standing.service_id]
        answer = next((one for one in listed if one.standing.counts), listed[0] if listed else answer)
    return _answer(answer, source, moment, now)


def _entries_of(service: str) -> list[str]:
    try:
        identifier = uuid.UUID(service)
    except ValueError:
        return []
    rows = ListedServiceMember.objects.filter(service_id=identifier).order_by("-listed_service__first_sequence")
    return [str(entry) for entry in rows.values_list("listed_service_id", flat=True)]


def _source(as_of: int | None) -> ListTrustSource:
    return trust_source() if as_of is None else trust_source_as_of(as_of)


def _moment(at: datetime | None, now: datetime) -> datetime:
    if at is None:
        return now.replace(microsecond=0)
    if at > now:
        raise InvalidInput(
            "The time lies in the future; nobody knows the status then.",
            "将来の時刻の状態は、だれにも分かりません。",
            fields={
                "at": {
                    "en": f"Got {utc_text(at)}, now is {utc_text(now)}.",
                    "ja": "過去または現在の時刻を指定してください。",
                }
            },
        )
    return at


def _answer(answer: StatusAnswer, source: ListTrustSource, at: datetime, now: datetime) -> Answer:
    standing = answer.standing
    reference = standing.list or source.list_reference
    return {
        "at": utc_text(at),
        "answered_at": utc_text(now),
        "result": str(standing.result),
        "level": standing.status if standing.status in (Status.QUALIFIED, Status.SPECIFIED) else None,
        "status": _status(standing),
        "service": _service(standing),
        "matched_by": answer.matched_by,
        "list": {
            "territory": reference.territory,
            "sequence": reference.sequence,
            "sha256": reference.sha256,
            "issued_at": utc_text(reference.issued_at),
            "next_update": utc_text(reference.next_update) if reference.next_update else None,
        }
        if reference
        else None,
        "chain": _chain_by(reference.sha256, standing.service_id, standing.since)
        if reference and standing.service_id and standing.since
        else None,
        "reasons": [{"code": str(standing.reason), "message": REASON_WORDS[standing.reason]}]
        if standing.reason
        else [],
    }


def _status(standing: Standing) -> dict[str, Any] | None:
    if standing.status_uri is None:
        return None
    return {
        "uri": standing.status_uri,
        "since": utc_text(standing.since) if standing.since else None,
        "until": utc_text(standing.until) if standing.until else None,
    }


def _service(standing: Standing) -> dict[str, Any] | None:
    if standing.service_id is None:
        return None
    return {
        "id": standing.service_id,
        "type": standing.service_type,
        "name": standing.service_name,
        "provider": {
            "id": standing.provider_id,
            "name": standing.provider_name,
            "corporate_number": standing.provider_corporate_number,
        },
    }


@lru_cache(maxsize=50_000)
def _chain_by(_list_sha256: str, service_id: str, since: datetime) -> dict[str, Any] | None:
    """`chain`, remembered: what a released state rests on is history. Callers must not write to it."""
    return chain(service_id, since)


def chain(service_id: str, since: datetime) -> dict[str, Any] | None:
    """What the state of an own entry that starts at `since` rests on: decision, report, accreditation, log.

    A decision that cites no report (a suspension, say) rests on the last one before it that did.
    """
    try:
        identifier = uuid.UUID(service_id)
    except ValueError:
        return None  # an entry of a foreign list
    states = list(
        ListedState.objects.filter(listed_service_id=identifier, start__lte=since)
        .order_by("-start")
        .values_list("start", "issue_id", "issue__log_index", "decisions")
    )
    if not states or states[0][0] != since:
        return None
    cites = _cites({decision for *_, decisions in states for decision in decisions})
    _, sequence, log_index, decisions = states[0]
    grounds = next(
        (
            cites[decision]
            for *_, earlier in states
            for decision in earlier
            if cites.get(decision, {}).get("report_sha256")
        ),
        {},
    )
    return {
        "decision": decisions[0] if decisions else None,
        "decisions": decisions,
        "list_sequence": sequence,
        "assessment_report_sha256": grounds.get("report_sha256"),
        "accreditation": grounds.get("accreditation"),
        "application": grounds.get("application"),
        "log_index": log_index,
    }


def _cites(decisions: set[str]) -> dict[str, dict[str, Any]]:
    last = DecisionProposal.objects.filter(decision=OuterRef("decision")).order_by("-revision").values("pk")[:1]
    rows = DecisionProposal.objects.filter(
        decision__in=[uuid.UUID(one) for one in decisions], pk=Subquery(last)
    ).values_list("decision_id", "content")
    return {str(decision): json.loads(content)["cites"] for decision, content in rows}
