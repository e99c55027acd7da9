"""What the registry promises from one issue to the next: nothing is back-dated, shortened, rewritten or skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from qualified_list.domain.model import LEVELS, Equivalence, ListedServiceEntry, Pointer
from qualified_list.domain.rules.book import Book, Offences, Subject
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.errors import MalformedCertificate

BOOK = Book("continuity")


@BOOK.rule(
    "sequence",
    "TS 119 612 5.3.2",
    "The sequence number is that of the issue before plus one; the first is 1.",
    "連番は前回発行分に1を加えたものです。初回は1です。",
)
def sequence(subject: Subject) -> Offences:
    expected = subject.previous.sequence + 1 if subject.previous else 1
    if subject.list.sequence != expected:
        yield "TSLSequenceNumber", f"{subject.list.sequence}, expected {expected}"


@BOOK.rule(
    "issue_time",
    "TS 119 612 5.3.14",
    "An issue is later than the one before.",
    "発行日時は前回の発行より後です。",
)
def issue_time(subject: Subject) -> Offences:
    if subject.previous and subject.list.issued_at <= subject.previous.issued_at:
        yield "ListIssueDateTime", subject.list.issued_at.isoformat()


@BOOK.rule(
    "territory",
    "TS 119 612 5.3.10",
    "Territory and status addresses stay what they were.",
    "国・地域コードとステータスのアドレスは変わりません。",
)
def territory(subject: Subject) -> Offences:
    if subject.previous:
        before, now = subject.previous.scheme, subject.list.scheme
        if (before.territory, before.status_base) != (now.territory, now.status_base):
            yield "SchemeTerritory", f"{now.territory} {now.status_base}"


def _before(subject: Subject) -> dict[str, ListedServiceEntry]:
    return {service.service_id: service for _, service in subject.previous.services()} if subject.previous else {}


@BOOK.rule(
    "nothing_disappears",
    "TS 119 612 5.3.12",
    "A service that was ever listed stays listed: history is never removed.",
    "一度掲載されたサービスは掲載し続けます。履歴は削除しません。",
)
def nothing_disappears(subject: Subject) -> Offences:
    now = {service.service_id for _, service in subject.list.services()}
    for identifier in _before(subject):
        if identifier not in now:
            yield identifier, "missing"


@BOOK.rule(
    "history_kept",
    "TS 119 612 5.6",
    "The states of the issue before stay as they were, word for word; at most one new state precedes them.",
    "前回の発行までの状態は一字一句そのまま残り、新しい状態は1つまで先頭に加わります。",
)
def history_kept(subject: Subject) -> Offences:
    before = _before(subject)
    for _, service in subject.list.services():
        earlier = before.get(service.service_id)
        known = tuple(earlier.states()) if earlier else ()
        states = tuple(service.states())
        if states not in (known, (states[0], *known)):
            yield service.service_id, f"{len(known)} states before, {len(states)} now"


@BOOK.rule(
    "no_back_dating",
    "TS 119 612 5.5.5",
    "A new state starts exactly at the issue time of the list that first carries it.",
    "新しい状態は、それを初めて掲載するリストの発行日時に開始します。",
)
def no_back_dating(subject: Subject) -> Offences:
    before = _before(subject)
    for _, service in subject.list.services():
        earlier = before.get(service.service_id)
        known = set() if earlier is None else {state.start for state in earlier.states()}
        for state in service.states():
            if state.start not in known and state.start not in (None, subject.list.issued_at):
                yield service.service_id, str(state.start)


@BOOK.rule(
    "key_unchanged",
    "TS 119 612 5.5.3",
    "The key and the type of a listed service never change: a new key is a new service.",
    "掲載済みサービスの鍵と種別は変わりません。新しい鍵は新しいサービスです。",
)
def key_unchanged(subject: Subject) -> Offences:
    before = _before(subject)
    for _, service in subject.list.services():
        earlier = before.get(service.service_id)
        if earlier and (earlier.type != service.type or _keys(earlier) != _keys(service)):
            yield service.service_id, service.type


def _keys(service: ListedServiceEntry) -> set[bytes]:
    found = set()
    for der in service.identities:
        try:
            found.add(parse_certificate(der).spki_sha256)
        except MalformedCertificate:
            found.add(der)
    return found


@BOOK.rule(
    "valid_until",
    "grant",
    "Only a granted level has an end, and it lies after its start.",
    "有効期限は水準を付与した状態にのみあり、開始より後です。",
)
def valid_until(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        for state in service.states():
            start = state.start or subject.list.issued_at
            if state.valid_until and (state.status not in LEVELS or state.valid_until <= start):
                yield service.service_id, state.valid_until.isoformat()


@BOOK.rule(
    "arrangement_start",
    "arrangement",
    "A line of an arrangement starts at the issue time of the list that first carries it, and keeps its start.",
    "相互承認の各行は、初めて掲載するリストの発行日時に開始し、その開始日時を維持します。",
)
def arrangement_start(subject: Subject) -> Offences:
    before = _lines(subject.previous.pointers) if subject.previous else {}
    for key, start in _lines(subject.list.pointers).items():
        known = before.get(key)
        expected = (known,) if known is not None else (None, subject.list.issued_at)
        if start not in expected:
            yield key[0], f"{key[1].foreign_type} {start}"


def _lines(pointers: tuple[Pointer, ...]) -> dict[tuple[str, Equivalence], datetime | None]:
    return {
        (pointer.territory, replace(line, start=None)): line.start
        for pointer in pointers
        for line in pointer.equivalences
    }
