"""The public catalogue of listed services: what a list says of them, at any time, page by page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from qualified_list.models import ListedService, ListedServiceMember, ListedState
from qualified_list.selectors.snapshot import trust_source
from qualified_list.selectors.status import chain
from trustreg.base.clock import utc_text
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.parties.models import Organisation
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.trust import ServiceType

MAX_PAGE: Final = 100
_ELEMENTS: Final = {
    "intent": Q(listed_service__type=ServiceType.CA_PKC, scope__contains=["esign"]),
    "origin": Q(listed_service__type=ServiceType.CA_PKC, scope__contains=["eseal"]),
    "existence": Q(listed_service__type=ServiceType.TSA),
}


@dataclass(frozen=True, slots=True)
class ServiceFilter:
    """What is looked for; None or empty means: whatever. `at` None means now."""

    q: str = ""
    level: str | None = None
    status: str | None = None
    type: str | None = None
    trust_element: str | None = None
    corporate_number: str | None = None
    certificate_sha256: str | None = None
    at: datetime | None = None


def listed_services(
    criteria: ServiceFilter, *, now: datetime, after: uuid.UUID | None = None, limit: int = MAX_PAGE
) -> tuple[list[dict[str, Any]], uuid.UUID | None]:
    """A page of listed services as they stood, in a stable order, and the cursor of the next page.

    Four queries at most, whatever the filter and the number of services. Raises InvalidInput for an unknown trust
    element or a fingerprint of another form.
    """
    limit = max(1, min(limit, MAX_PAGE))
    found = filtered(standing_at(criteria.at or now), criteria, now).order_by("listed_service_id")
    if after is not None:
        found = found.filter(listed_service_id__gt=after)
    rows = list(found.select_related("listed_service")[: limit + 1])
    page = rows[:limit]
    providers = Organisation.objects.in_bulk({row.listed_service.provider_id for row in page})
    return [_as_json(row, providers) for row in page], page[-1].listed_service_id if len(rows) > limit else None


def entry_of(identifier: uuid.UUID) -> ListedService:
    """The entry of this id, or the latest one of the registry service of this id. Raises NotFound."""
    entry = ListedService.objects.filter(pk=identifier).first()
    if entry is not None:
        return entry
    member = (
        ListedServiceMember.objects.filter(service_id=identifier)
        .select_related("listed_service")
        .order_by("-listed_service__first_sequence")
        .first()
    )
    if member is None:
        raise NotFound(f"No list carries a service {identifier}.", f"サービス {identifier} は掲載されていません。")
    return member.listed_service


def listed_service(identifier: uuid.UUID, *, now: datetime) -> dict[str, Any]:
    """One listed service with identities, history (newest first) and the chain behind each state.

    `identifier` is that of the entry, or of a registry service that is listed there. Raises NotFound for what no list
    ever carried.
    """
    entry = entry_of(identifier)
    states = list(ListedState.objects.filter(listed_service=entry).select_related("listed_service").order_by("-start"))
    providers = Organisation.objects.in_bulk([entry.provider_id])
    shown = _as_json(states[0], providers)
    history, until = [], None
    for state in states:
        history.append(
            {
                **_state_as_json(state),
                "until": utc_text(until) if until else None,
                "sequence": state.issue_id,
                "chain": chain(str(entry.pk), state.start),
            }
        )
        until = state.start
    shown["history"] = history
    shown["identities"] = _identities(entry)
    shown["services"] = [str(pk) for pk in entry.members.order_by("id").values_list("service_id", flat=True)]
    shown["standing"] = str(trust_source().standing_of_service(str(entry.pk), at=now).result)
    return shown


def standing_at(at: datetime) -> QuerySet[ListedState]:
    """The state of every service at a time: the last that started."""
    later = ListedState.objects.filter(
        listed_service=OuterRef("listed_service"), start__gt=OuterRef("start"), start__lte=at
    )
    return ListedState.objects.filter(~Exists(later), start__lte=at)


def filtered(states: QuerySet[ListedState], criteria: ServiceFilter, now: datetime) -> QuerySet[ListedState]:
    """The states of the services that are looked for. Raises InvalidInput as `listed_services`."""
    if criteria.level:
        states = states.filter(level=criteria.level)
    if criteria.status:
        states = states.filter(status=criteria.status.rpartition("/")[2])
    if criteria.type:
        states = states.filter(listed_service__type=criteria.type)
    if criteria.trust_element:
        element = _ELEMENTS.get(criteria.trust_element)
        if element is None:
            raise InvalidInput(
                f"There is no trust element {criteria.trust_element[:40]!r}; expected {', '.join(_ELEMENTS)}.",
                f"トラストの要素は {'・'.join(_ELEMENTS)} のいずれかです。",
                fields={"trust_element": {"en": "Unknown trust element.", "ja": "不明な要素です。"}},
            )
        states = states.filter(element)
    if criteria.corporate_number:
        states = states.filter(
            listed_service__provider_id__in=Organisation.objects.filter(
                corporate_number=criteria.corporate_number
            ).values("pk")
        )
    if criteria.certificate_sha256:
        source = trust_source()
        # At its own issue time a list is never overdue: whose the certificate is does not hang on the time asked about.
        known = source.list_reference.issued_at if source.list_reference else now
        answer = source.match_fingerprint(_digest(criteria.certificate_sha256), at=known)
        states = states.filter(listed_service_id=_own_entry(answer.standing.service_id))
    if criteria.q:
        providers = Organisation.objects.filter(
            Q(name_ja__icontains=criteria.q) | Q(name_en__icontains=criteria.q) | Q(name_kana__icontains=criteria.q)
        ).values("pk")
        states = states.annotate(words=Cast(F("names"), TextField())).filter(
            Q(words__icontains=criteria.q) | Q(listed_service__provider_id__in=providers)
        )
    return states


def _own_entry(service_id: str | None) -> uuid.UUID:
    """The id of an own entry; one that none has when there is no such entry, or it is on a foreign list."""
    try:
        return uuid.UUID(service_id or "")
    except ValueError:
        return uuid.UUID(int=0)


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text.replace(":", "").strip())
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise InvalidInput(
            "A SHA-256 fingerprint has 64 hexadecimal digits.",
            "SHA-256の指紋は、16進数64桁です。",
            fields={
                "certificate_sha256": {"en": "Expected 64 hexadecimal digits.", "ja": "16進数64桁で入力してください。"}
            },
        )
    return digest


def _state_as_json(state: ListedState) -> dict[str, Any]:
    return {
        "status": state.status,
        "level": state.level or None,
        "since": utc_text(state.start),
        "name": dict(reversed(state.names)),
        "scope": state.scope,
        "valid_until": utc_text(state.valid_until) if state.valid_until else None,
    }


def _as_json(state: ListedState, providers: dict[uuid.UUID, Organisation]) -> dict[str, Any]:
    provider = providers.get(state.listed_service.provider_id)
    return {
        "id": str(state.listed_service_id),
        "type": state.listed_service.type,
        **_state_as_json(state),
        "provider": {
            "id": str(state.listed_service.provider_id),
            "name": {"ja": provider.name_ja, "en": provider.name_en} if provider else {},
            "corporate_number": provider.corporate_number if provider else None,
        },
    }


def _identities(entry: ListedService) -> list[dict[str, Any]]:
    """The certificates that the list in force carries for the entry."""
    wanted = str(entry.pk)
    found = [parse_certificate(one.certificate) for one in trust_source().identities() if one.service_id == wanted]
    return [
        {
            "certificate_sha256": certificate.sha256.hex(),
            "subject": certificate.subject_name,
            "not_before": utc_text(certificate.not_before),
            "not_after": utc_text(certificate.not_after),
        }
        for certificate in found
    ]
