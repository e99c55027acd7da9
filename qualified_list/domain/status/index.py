"""One issue of a list, compiled for look-up: dictionaries by key, certificate and service, states by bisection."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from qualified_list.domain.model import ListedServiceEntry, Provider, State, Texts, TrustedList, by_language
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.errors import MalformedCertificate
from trustreg.pki.trust import ListReference


@dataclass(frozen=True, slots=True)
class PublishedList:
    """An issue with the SHA-256 (hexadecimal) of its signed XML file."""

    list: TrustedList
    sha256: str

    @property
    def reference(self) -> ListReference:
        """How answers name it."""
        issue = self.list
        return ListReference(issue.scheme.territory, issue.sequence, self.sha256, issue.issued_at, issue.next_update)


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed service with its states oldest first; `starts[i]` belongs to `states[i]`."""

    service: ListedServiceEntry
    provider: Provider
    starts: tuple[datetime, ...]
    states: tuple[State, ...]
    keys: tuple[bytes, ...]

    def at(self, moment: datetime) -> tuple[State | None, datetime | None, datetime | None]:
        """The state at `moment` with its half-open interval; (None, None, first start) before the first one."""
        position = bisect_right(self.starts, moment) - 1
        until = self.starts[position + 1] if position + 1 < len(self.starts) else None
        if position < 0:
            return None, None, until
        return self.states[position], self.starts[position], until


class ListIndex:
    """Look-ups in one issue, each O(1); the state at a time O(log n). Immutable."""

    def __init__(self, published: PublishedList) -> None:
        """Compile. A certificate that cannot be read is skipped: nothing can match it."""
        self.published = published
        self.reference = published.reference
        issue = published.list
        by_key: dict[bytes, list[Entry]] = defaultdict(list)
        by_certificate: dict[bytes, list[Entry]] = defaultdict(list)
        self.by_id: dict[str, Entry] = {}
        for provider, service in issue.services():
            entry = _entry(provider, service, issue.issued_at)
            self.by_id[service.service_id] = entry
            for key in entry.keys:
                by_key[key].append(entry)
            for der in service.identities:
                by_certificate[hashlib.sha256(der).digest()].append(entry)
        self.by_key: dict[bytes, tuple[Entry, ...]] = {key: tuple(entries) for key, entries in by_key.items()}
        self.by_certificate: dict[bytes, tuple[Entry, ...]] = {
            digest: tuple(entries) for digest, entries in by_certificate.items()
        }

    def stale_at(self, moment: datetime) -> bool:
        """Whether the issue can say nothing about `moment`: at or past its next update."""
        return self.reference.next_update is not None and moment >= self.reference.next_update

    def siblings(self, entry: Entry) -> tuple[Entry, ...]:
        """The entries with the same service type and key; more than one on foreign lists only."""
        found = {
            other.service.service_id: other
            for key in entry.keys
            for other in self.by_key[key]
            if other.service.type == entry.service.type
        }
        return tuple(found.values()) or (entry,)


def _entry(provider: Provider, service: ListedServiceEntry, issued_at: datetime) -> Entry:
    # Real lists order histories badly; of two states with one start the one listed as newer holds. A start after the
    # issue time is a future state: it takes effect at its start like any other. Which of two states holds when the
    # history begins one after the present state did, nobody knows.
    present = service.state.start or issued_at
    history = [_contradictory(one) if (one.start or issued_at) > present else one for one in service.history]
    oldest_first = (service.state, *history)[::-1]
    states = sorted(oldest_first, key=lambda state: state.start or issued_at)
    keys: dict[bytes, None] = {}
    for der in service.identities:
        try:
            keys[parse_certificate(der).spki_sha256] = None
        except MalformedCertificate:
            continue
    return Entry(
        service=service,
        provider=provider,
        starts=tuple(state.start or issued_at for state in states),
        states=tuple(states),
        keys=tuple(keys),
    )


CONTRADICTORY = "urn:contradictory:"
"""Prefix of the status of a state that the list itself contradicts: it equals no status at all."""


def _contradictory(state: State) -> State:
    return replace(state, status=f"{CONTRADICTORY}{state.status}")


def names_of(values: Texts) -> dict[str, str]:
    """Texts as answers carry them."""
    return by_language(values)
