"""From what was decided to the content of the next list: a pure function of the previous list and the decided states.

A state goes on with its start while nothing in it changes; every change of status, scope, qualifications, names or end
is a new state without a start, which the issue stamps (design 3.2). Nothing that was ever listed disappears.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from certification.domain.decisions import ServiceState
from qualified_list.domain.content import content_model, from_content_model
from qualified_list.domain.model import (
    LEVELS,
    Address,
    ListedServiceEntry,
    Pointer,
    Provider,
    Qualification,
    Scheme,
    State,
    Status,
    TrustedList,
    texts,
)
from trustreg.pki.trust import Usage

UNSTAMPED: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for the issue time until there is one."""

_NAMESPACE: Final = uuid.UUID("6f0f9c3a-7c57-4d8e-9d0c-6b8f1a3f5a11")
_STRENGTH: Final = {Status.SUSPENDED: 0, Status.SPECIFIED: 1, Status.QUALIFIED: 2}


@dataclass(frozen=True, slots=True)
class Decided:
    """What stands of one registry service, and what decided it.

    `change` is the id of the status change, `approved_sha256` the hash that two people agreed on (or, of an urgent
    suspension, the hash of its draft). `certificates` are (SPKI SHA-256 hex, DER) of the keys in `state`.
    """

    service_id: uuid.UUID
    provider_id: uuid.UUID
    state: ServiceState
    change: int
    decision: uuid.UUID
    approved_sha256: str
    certificates: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The next content. `trusted_list` has sequence and times of no meaning, and new states without a start."""

    trusted_list: TrustedList
    members: Mapping[str, tuple[Decided, ...]]
    keys: Mapping[str, tuple[str, str]]


def listed_service_id(service_type: str, spki_sha256: str) -> uuid.UUID:
    """The id of the entry of a type and a key (hexadecimal SHA-256 of its SubjectPublicKeyInfo)."""
    return uuid.uuid5(_NAMESPACE, f"{service_type}|{spki_sha256}")


def compile_list(
    *,
    previous: TrustedList | None,
    scheme: Scheme,
    decided: Iterable[Decided],
    providers: Mapping[uuid.UUID, Provider],
    pointers: Sequence[Pointer] = (),
) -> Compiled:
    """The content that follows `previous`. `providers` are headers without services, by organisation id.

    Services that share type and key share one entry of the provider that was listed with it first.
    """
    before = {entry.service_id: (provider, entry) for provider, entry in previous.services()} if previous else {}
    groups: dict[str, list[Decided]] = defaultdict(list)
    keys: dict[str, tuple[str, str]] = {}
    for item in decided:
        for spki in dict.fromkeys(spki for spki, _ in item.certificates):
            identifier = str(listed_service_id(item.state.type, spki))
            keys[identifier] = (str(item.state.type), spki)
            groups[identifier].append(item)
    entries: dict[str, list[ListedServiceEntry]] = defaultdict(list)
    members: dict[str, tuple[Decided, ...]] = {}
    for identifier, group in groups.items():
        listed = before.get(identifier)
        owner = listed[0].provider_id if listed else str(min(group, key=lambda item: item.change).provider_id)
        sharing = sorted(
            (item for item in group if str(item.provider_id) == owner), key=lambda item: str(item.service_id)
        )
        state = _state(sharing)
        if state is None or (listed is None and state.status == Status.WITHDRAWN):
            if listed is not None:
                entries[owner].append(_withdrawn(listed[1]))
            continue
        members[identifier] = tuple(sharing)
        entries[owner].append(_entry(identifier, keys[identifier], sharing, state, listed[1] if listed else None))
    for identifier, (provider, entry) in before.items():
        if identifier not in groups:
            entries[provider.provider_id].append(_withdrawn(entry))
    headers = {str(key): header for key, header in providers.items()}
    compiled = [replace(headers[owner], services=tuple(sorted(owned, key=_age))) for owner, owned in entries.items()]
    return Compiled(
        TrustedList(
            scheme=scheme,
            sequence=previous.sequence + 1 if previous else 1,
            issued_at=UNSTAMPED,
            next_update=None,
            providers=tuple(sorted(compiled, key=lambda provider: provider.provider_id)),
            pointers=_pointers(pointers, previous),
        ),
        members,
        {identifier: keys[identifier] for identifier in members},
    )


def same_content(first: TrustedList, second: TrustedList) -> bool:
    """Whether two lists say the same but for sequence and times; a state without a start is a new one."""
    return content_model(replace(first, issued_at=UNSTAMPED)) == content_model(replace(second, issued_at=UNSTAMPED))


def new_states(trusted_list: TrustedList) -> list[tuple[Provider, ListedServiceEntry]]:
    """The services whose present state starts with this issue."""
    return [
        (provider, entry)
        for provider, entry in trusted_list.services()
        if entry.state.start is None or entry.state.start == trusted_list.issued_at
    ]


def scheme_from_json(content: Mapping[str, Any], next_update_days: int) -> Scheme:
    """The scheme of a stored version. Raises KeyError, TypeError or ValueError for another shape."""
    read = from_content_model({**_stub(), "scheme": content}, sequence=1, issued_at=UNSTAMPED, next_update=None)
    return replace(read.scheme, next_update_days=next_update_days)


def scheme_as_json(scheme: Scheme) -> dict[str, Any]:
    """The inverse of `scheme_from_json`: the `scheme` member of the content model."""
    content: dict[str, Any] = content_model(replace(_STUB, scheme=scheme))["scheme"]
    return content


def qualifications_from_json(values: Sequence[Mapping[str, Any]]) -> tuple[Qualification, ...]:
    """Qualifications in the shape of the content model. Raises as `scheme_from_json`."""
    if not values:
        return ()
    model = _stub()
    model["providers"][0]["services"][0]["states"][0]["qualifications"] = list(values)
    read = from_content_model(model, sequence=1, issued_at=UNSTAMPED, next_update=None)
    return read.providers[0].services[0].state.qualifications


def state_as_json(state: State) -> dict[str, Any]:
    """A state in the shape of the content model."""
    (provider,) = _STUB.providers
    entry = replace(provider.services[0], state=state)
    model = content_model(replace(_STUB, providers=(replace(provider, services=(entry,)),)))
    shaped: dict[str, Any] = model["providers"][0]["services"][0]["states"][0]
    return shaped


_NOWHERE: Final = Address((), ())
_STUB: Final = TrustedList(
    Scheme("JP", (), _NOWHERE, (), (), "urn:none"),
    1,
    UNSTAMPED,
    None,
    (Provider("", (), (), _NOWHERE, (), (ListedServiceEntry("", "", (), State("", (), UNSTAMPED)),)),),
)
"""The smallest list: through it single parts are written and read by the content model's own code."""


def _stub() -> dict[str, Any]:
    return content_model(_STUB)


def _age(entry: ListedServiceEntry) -> tuple[datetime, str]:
    oldest = entry.history[-1] if entry.history else entry.state
    return (oldest.start or UNSTAMPED, entry.service_id)


def _entry(
    identifier: str,
    key: tuple[str, str],
    sharing: Sequence[Decided],
    state: State,
    listed: ListedServiceEntry | None,
) -> ListedServiceEntry:
    history: tuple[State, ...] = ()
    if listed is not None:
        if listed.state.same_content(state):
            state, history = listed.state, listed.history
        else:
            history = (listed.state, *listed.history)
    certificates = dict.fromkeys(der for item in sharing for spki, der in item.certificates if spki == key[1])
    first = sharing[0].state
    return ListedServiceEntry(
        service_id=identifier,
        type=key[0],
        identities=tuple(sorted(certificates)),
        state=state,
        history=history,
        supply_points=tuple(dict.fromkeys(point for item in sharing for point in item.state.supply_points)),
        definition_uri=texts(first.definition_uri or {}),
    )


def _withdrawn(entry: ListedServiceEntry) -> ListedServiceEntry:
    """The entry of a key that no decided state names any more: it stays, and grants nothing."""
    if entry.state.status == Status.WITHDRAWN:
        return entry
    gone = replace(entry.state, status=Status.WITHDRAWN, start=None, valid_until=None)
    return replace(entry, state=gone, history=(entry.state, *entry.history))


def _state(sharing: Sequence[Decided]) -> State | None:
    """One state from all services that share the key.

    A service that has ended says nothing while another one lives. For each usage the weakest living status counts;
    the entry has the strongest of these with the usages that reach it, so that it never claims more than was decided.
    """
    listed = [item.state for item in sharing if item.state.status.listed_as]
    if not listed:
        return None
    living = [state for state in listed if state.status.listed_as != Status.WITHDRAWN]
    contributing = living or listed
    status = Status.WITHDRAWN
    if living:
        weakest: dict[Usage | None, Status] = {}
        for state in living:
            for usage in state.usages or (None,):
                own = Status(str(state.status.listed_as))
                weakest[usage] = min(weakest.get(usage, own), own, key=_STRENGTH.__getitem__)
        status = max(weakest.values(), key=_STRENGTH.__getitem__)
        scope = {usage for usage, reached in weakest.items() if usage is not None and reached == status}
        contributing = [
            state
            for state in living
            if state.status.listed_as == status and (not state.usages or scope & set(state.usages))
        ] or living
    else:
        scope = {usage for state in listed for usage in state.usages}
    first = contributing[0]
    ends = [state.valid_until for state in contributing if state.valid_until is not None]
    qualifications = {
        str(qualification): qualification for state in contributing for qualification in state.qualifications
    }
    return State(
        status=status,
        names=texts({language: value.strip() for language, value in first.names.items()}),
        start=None,
        scope=tuple(sorted(scope, key=str)),
        qualifications=qualifications_from_json(list(qualifications.values())),
        valid_until=min(ends) if ends and status in LEVELS else None,
    )


def _pointers(pointers: Sequence[Pointer], previous: TrustedList | None) -> tuple[Pointer, ...]:
    """Lines of arrangements that go on keep their start."""
    known = {
        (pointer.territory, replace(line, start=None)): line
        for pointer in (previous.pointers if previous else ())
        for line in pointer.equivalences
    }
    return tuple(
        replace(
            pointer,
            equivalences=tuple(
                known.get((pointer.territory, replace(line, start=None)), line) for line in pointer.equivalences
            ),
        )
        for pointer in pointers
    )
