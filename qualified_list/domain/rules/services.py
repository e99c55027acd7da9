"""ETSI TS 119 612 v2.4.1, clauses 5.5 and 5.6: services, their states and histories."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from qualified_list.domain.model import ETSI, STATUS_NAMES, Criteria, ListedServiceEntry, State
from qualified_list.domain.rules.book import Book, Offences, Subject
from qualified_list.domain.rules.ts119612 import readable
from qualified_list.domain.xml.names import QUALIFIERS
from trustreg.pki.names import same
from trustreg.pki.trust import ServiceType

BOOK = Book("ts119612")

CERTIFICATE_TYPES = frozenset({str(ServiceType.CA_PKC)})

_CONTRADICTIONS = (
    ("QCStatement", "NotQualified"),
    ("QCWithQSCD", "QCNoQSCD"),
    ("QCWithSSCD", "QCNoSSCD"),
    ("QCQSCDManagedOnBehalf", "QCNoQSCD"),
)


@BOOK.rule(
    "service_type",
    "5.5.1",
    "Service types are neutral ETSI types: the level is the status, and types defined by EU law are not used.",
    "サービス種別はETSIの中立的な種別です。水準はステータスで示し、EU法上の種別は使いません。",
)
def service_type(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        eu_law = service.type.endswith(("/QC", "/QTST", "/Q")) or "Q/" in service.type.partition("/Svctype/")[2]
        if not service.type.startswith(f"{ETSI}/Svctype/") or eu_law:
            yield service.service_id, service.type


@BOOK.rule(
    "identity",
    "5.5.3",
    "A service is identified by certificates of one key and one subject.",
    "サービスは、1つの鍵・1つの主体者名の証明書で識別します。",
)
def identity(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        certificates = [readable(der) for der in service.identities]
        found = [one for one in certificates if one is not None]
        if not found or len(found) != len(certificates):
            yield service.service_id, "no certificate, or one that cannot be read"
            continue
        first = found[0]
        if any(one.spki != first.spki or not same(one.subject, first.subject) for one in found[1:]):
            yield service.service_id, "several keys or subjects"


@BOOK.rule(
    "unique",
    "5.5.3",
    "Service type and key occur once, and so does each service identifier.",
    "サービス種別と鍵の組、およびサービス識別子は、一意です。",
)
def unique(subject: Subject) -> Offences:
    pairs: dict[tuple[str, bytes], str] = {}
    identifiers = set()
    for _, service in subject.list.services():
        if not service.service_id or service.service_id in identifiers:
            yield service.service_id, "identifier missing or used twice"
        identifiers.add(service.service_id)
        certificate = readable(service.identities[0]) if service.identities else None
        if certificate is None:
            continue
        pair = (service.type, certificate.spki_sha256)
        if pair in pairs:
            yield service.service_id, f"same type and key as {pairs[pair]}"
        pairs[pair] = service.service_id


@BOOK.rule(
    "status",
    "5.5.4",
    "Statuses are the scheme's own: qualified, specified, suspended, withdrawn.",
    "ステータスは本制度のもの（qualified、specified、suspended、withdrawn）です。",
)
def status(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        for state in service.states():
            if state.status not in STATUS_NAMES:
                yield service.service_id, state.status


@BOOK.rule(
    "start",
    "5.5.5",
    "No state starts after the issue time, and every past state has a start.",
    "状態の開始は発行日時より後にならず、過去の状態には開始日時があります。",
)
def start(subject: Subject) -> Offences:
    issued_at = subject.list.issued_at
    for _, service in subject.list.services():
        if service.state.start is not None and service.state.start > issued_at:
            yield service.service_id, service.state.start.isoformat()
        for state in service.history:
            if state.start is None:
                yield service.service_id, "a past state without start"


@BOOK.rule(
    "scope",
    "5.5.9.4",
    "Certificate services say what their certificates are for; other services do not.",
    "証明書を発行するサービスは用途を示し、それ以外のサービスは示しません。",
)
def scope(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        issues_certificates = service.type in CERTIFICATE_TYPES
        for state in service.states():
            if bool(state.scope) != issues_certificates or len(set(state.scope)) != len(state.scope):
                yield service.service_id, ", ".join(state.scope) or "none"


@BOOK.rule(
    "qualifications",
    "5.5.9.2",
    "Qualifications stand with certificate services only: known, consistent qualifiers, at least one criterion.",
    "適格性拡張は証明書サービスのみに付し、既知で矛盾のない修飾子と1つ以上の条件を含みます。",
)
def qualifications(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        for state in service.states():
            for problem in _qualification_problems(service, state):
                yield service.service_id, problem


def _qualification_problems(service: ListedServiceEntry, state: State) -> Iterator[str]:
    if state.qualifications and service.type not in CERTIFICATE_TYPES:
        yield "not a certificate service"
    for element in state.qualifications:
        unknown = set(element.qualifiers) - QUALIFIERS
        if unknown or not element.qualifiers:
            yield f"qualifiers {', '.join(sorted(unknown)) or 'missing'}"
        for one, other in _CONTRADICTIONS:
            if one in element.qualifiers and other in element.qualifiers:
                yield f"{one} and {other}"
        if not _says_something(element.criteria):
            yield "no criterion, or one that is not understood"


def _says_something(criteria: Criteria) -> bool:
    if criteria.unknown or criteria.assertion not in ("all", "atLeastOne", "none"):
        return False
    direct = criteria.key_usages or criteria.policy_sets or criteria.extended_key_usages or criteria.subject_attributes
    return bool(direct or criteria.lists) and all(_says_something(inner) for inner in criteria.lists)


@BOOK.rule(
    "history_order",
    "5.6",
    "A history runs from newest to oldest, each state strictly older than the next.",
    "履歴は新しい順に並び、各状態は次の状態より厳密に前です。",
)
def history_order(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        newer = service.state.start or subject.list.issued_at
        for state in service.history:
            if state.start is None or state.start >= newer:
                yield service.service_id, str(state.start)
            newer = state.start or newer


@BOOK.rule(
    "history_changes",
    "5.6",
    "Each state differs from the one before it in more than its start.",
    "各状態は、直前の状態と開始日時以外で異なります。",
)
def history_changes(subject: Subject) -> Offences:
    for _, service in subject.list.services():
        states = list(service.states())
        for newer, older in pairwise(states):
            if newer.same_content(older):
                yield service.service_id, str(newer.start)
