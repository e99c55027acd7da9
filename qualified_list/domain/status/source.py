"""The `TrustSource` over published lists: own issues, snapshots of foreign lists, and the arrangements between them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from qualified_list.domain.canonical import canonical_json, canonical_sha256
from qualified_list.domain.criteria import applicable_qualifiers
from qualified_list.domain.model import LEVELS, Status
from qualified_list.domain.status.arrangements import ArrangementSpan, arrangement_spans
from qualified_list.domain.status.index import Entry, ListIndex, PublishedList, names_of
from qualified_list.domain.status.matching import StatusAnswer, certificate_usages, find_issuer
from qualified_list.domain.status.snapshot import list_in, list_out, span_in, span_out
from timestamp.domain.tokens import parse_any, verify_token
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate, MalformedTimeStamp
from trustreg.pki.names import comparable
from trustreg.pki.trust import (
    ListedIdentity,
    ListReference,
    Reason,
    Result,
    ServiceType,
    Standing,
    Usage,
)

CERTIFICATE_SERVICES = frozenset({str(ServiceType.CA_PKC), str(ServiceType.CA_QC)})
TIME_STAMP_SERVICES = frozenset({str(ServiceType.TSA), str(ServiceType.TSA_QTST)})

_SNAPSHOT = 1

_OWN_RESULTS = {Status.QUALIFIED: Result.QUALIFIED, Status.SPECIFIED: Result.SPECIFIED}
_OWN_REASONS = {Status.SUSPENDED: Reason.SERVICE_SUSPENDED, Status.WITHDRAWN: Reason.SERVICE_WITHDRAWN}


@dataclass(frozen=True, slots=True)
class _Question:
    """When, for what use, and of which certificate (if one is known, its qualifiers can be told)."""

    at: datetime
    usage: Usage | None
    certificate: Certificate | None


class ListTrustSource:
    """Answers from the newest own list, with what was recognised of foreign ones. Implements `TrustSource`.

    Immutable: a newer list makes a new source. An answer rests on exactly one issue, which it names. `as_of` gives the
    source as it was when another issue was the newest.
    """

    def __init__(
        self,
        own: Sequence[PublishedList],
        *,
        foreign: Sequence[PublishedList] = (),
        arrangements: Sequence[ArrangementSpan] | None = None,
    ) -> None:
        """`own` issues, of which the newest answers; at most one (the newest) is needed.

        `arrangements` None: the spans follow from `own`, which must then hold every issue that carried one. Raises
        ValueError when two issues share a sequence number or a territory is given twice in `foreign`.
        """
        issues = sorted(own, key=lambda one: one.list.sequence)
        if len({one.list.sequence for one in issues}) != len(issues):
            raise ValueError("two own issues have the same sequence number")
        territories = [one.reference.territory for one in foreign]
        if len(set(territories)) != len(territories):
            raise ValueError("two snapshots of the list of one territory")
        self._issues = issues
        self._own = ListIndex(issues[-1]) if issues else None
        self._foreign = {one.reference.territory: ListIndex(one) for one in foreign}
        if arrangements is None:
            arrangements = arrangement_spans(one.list for one in issues)
        self._spans = tuple(arrangements)
        self._spans_of: dict[tuple[str, str], list[ArrangementSpan]] = defaultdict(list)
        for span in self._spans:
            self._spans_of[span.territory, span.foreign_type].append(span)

    # What the source is.

    @cached_property
    def version(self) -> str:
        """SHA-256 (hexadecimal) over the digests of the lists and the arrangements."""
        return canonical_sha256(
            {
                "own": [self._own.reference.sha256, self._own.reference.sequence] if self._own else None,
                "foreign": {territory: one.reference.sha256 for territory, one in sorted(self._foreign.items())},
                "arrangements": [span_out(span) for span in self._spans],
            }
        )

    @property
    def list_reference(self) -> ListReference | None:
        """The own list in force, None when none is loaded."""
        return self._own.reference if self._own else None

    @property
    def arrangements(self) -> tuple[ArrangementSpan, ...]:
        """The spans of recognition, to continue with the next issue."""
        return self._spans

    def identities(self) -> Sequence[ListedIdentity]:
        """Every listed key of the own list and of recognised foreign ones, whatever its status."""
        return self._identities

    @cached_property
    def _identities(self) -> tuple[ListedIdentity, ...]:
        return tuple(
            ListedIdentity(der, entry.service.type, index.reference.territory, entry.service.service_id)
            for index in self._indexes()
            for entry in index.by_id.values()
            for der in entry.service.identities
        )

    def _indexes(self) -> list[ListIndex]:
        recognised = {span.territory for span in self._spans}
        foreign = [one for territory, one in sorted(self._foreign.items()) if territory in recognised]
        return [self._own, *foreign] if self._own else []

    def as_of(self, sequence: int) -> ListTrustSource:
        """The source as it was when the own issue `sequence` was the newest. `NotFound` when it is not loaded."""
        held = [one for one in self._issues if one.list.sequence <= sequence]
        if not held or held[-1].list.sequence != sequence:
            raise NotFound(f"There is no list with the number {sequence}.", f"連番{sequence}のリストはありません。")
        foreign = [one.published for one in self._foreign.values()]
        issued_at = held[-1].list.issued_at
        known = [
            # What a later list ended was open-ended when this one was the newest.
            span if span.end is None or span.end <= issued_at else _reopened(span)
            for span in self._spans
            if span.start <= issued_at
        ]
        return ListTrustSource(held, foreign=foreign, arrangements=known)

    # Standings.

    def standing(
        self,
        *,
        spki_sha256: bytes,
        at: datetime,
        service_types: frozenset[str] | None = None,
        usage: Usage | None = None,
        certificate: Certificate | None = None,
    ) -> Standing:
        """What the key (SHA-256 of its DER SubjectPublicKeyInfo) was at `at`; see `TrustSource.standing`.

        `certificate`, which that key issued, decides which qualifiers of the entry apply; without it only those that
        limit do.
        """
        question = _Question(_utc(at), usage, certificate)
        if self._own is None or self._own.stale_at(question.at):
            return self._stale(question)
        answers = [
            self._own_answer(entry, question)
            for entry in self._own.by_key.get(spki_sha256, ())
            if service_types is None or entry.service.type in service_types
        ]
        foreign = [
            self._foreign_answer(index, entry, question)
            for index in self._foreign.values()
            for entry in index.by_key.get(spki_sha256, ())
            if service_types is None or entry.service.type in service_types
        ]
        return self._together(answers, foreign, question)

    def standing_of_service(self, service_id: str, *, at: datetime, usage: Usage | None = None) -> Standing:
        """What the service with this identifier was at `at`. What was never on the answering list is NOT_LISTED."""
        question = _Question(_utc(at), usage, None)
        if self._own is None or self._own.stale_at(question.at):
            return self._stale(question)
        entry = self._own.by_id.get(service_id)
        if entry is not None:
            return self._own_answer(entry, question)
        for index in self._foreign.values():
            entry = index.by_id.get(service_id)
            if entry is not None:
                answers = [self._foreign_answer(index, one, question) for one in index.siblings(entry)]
                return self._together([], answers, question)
        return self._nobody(question, Reason.NOT_LISTED)

    def _together(self, own: list[Standing], foreign: list[Standing], question: _Question) -> Standing:
        """One answer of several. The own list goes before foreign ones, except for times before it listed the key."""
        if own:
            answer = self._agreed(own, question)
            if answer.result is not Result.NOT_YET_LISTED:
                return answer
            recognised = self._agreed(foreign, question) if foreign else answer
            if not recognised.counts:
                return answer
            return replace(recognised, until=_earliest([recognised.until, answer.until]))
        if foreign:
            return self._agreed(foreign, question)
        return self._nobody(question, Reason.NOT_LISTED)

    def _agreed(self, answers: list[Standing], question: _Question) -> Standing:
        """The common answer, for as long as it is the common one; entries that are not for the asked use step back; a
        disagreement is a CONFLICT."""
        if len(answers) == 1:
            return answers[0]
        beside_the_point = (Reason.OUT_OF_SCOPE, Reason.OUT_OF_ARRANGEMENT, Reason.NOT_LISTED, Reason.NOT_YET_LISTED)
        relevant = [answer for answer in answers if answer.reason not in beside_the_point] or answers
        first = relevant[0]
        if all((one.result, one.qualifiers) == (first.result, first.qualifiers) for one in relevant):
            answer = replace(first, doubtful=tuple(sorted({name for one in relevant for name in one.doubtful})))
        elif all(one.reason in beside_the_point for one in relevant):
            answer = next(one for reason in beside_the_point for one in relevant if one.reason is reason)
        else:
            return Standing(question.at, Result.CONFLICT, first.list, Reason.CONFLICT, territory=first.territory)
        since = max((one.since for one in answers if one.since), default=None)
        return replace(answer, since=since, until=_earliest(one.until for one in answers))

    def _stale(self, question: _Question) -> Standing:
        return Standing(question.at, Result.LIST_STALE, self.list_reference, Reason.LIST_STALE)

    def _nobody(self, question: _Question, reason: Reason) -> Standing:
        return Standing(question.at, Result.NOT_LISTED, self.list_reference, reason)

    def _own_answer(self, entry: Entry, question: _Question) -> Standing:
        assert self._own is not None  # noqa: S101 - narrowing: the callers return before when there is none
        state, since, until = entry.at(question.at)
        if state is None:
            return _standing(self._own, entry, question, Result.NOT_YET_LISTED, Reason.NOT_YET_LISTED, until=until)
        reason: Reason | None = None
        if state.status not in LEVELS:
            reason = _OWN_REASONS.get(Status(state.status)) if state.status in _OWN_STATUSES else Reason.STATUS_UNKNOWN
        elif state.valid_until is not None and question.at >= state.valid_until:
            reason, since = Reason.EXPIRED, max(state.valid_until, since or state.valid_until)
        else:
            until = _earliest([until, state.valid_until])
            if question.usage is not None and question.usage not in state.scope:
                reason = Reason.OUT_OF_SCOPE
        result = Result.NOT_VALID if reason else _OWN_RESULTS[Status(state.status)]
        return _standing(self._own, entry, question, result, reason, since=since, until=until)

    def _foreign_answer(self, index: ListIndex, entry: Entry, question: _Question) -> Standing:
        answer = self._foreign_state(index, entry, question)
        spans = self._spans_of.get((index.reference.territory, entry.service.type), ())
        edges = [edge for span in spans for edge in (span.start, span.end) if edge and edge > question.at]
        return replace(answer, until=_earliest([answer.until, *edges]))

    def _foreign_state(self, index: ListIndex, entry: Entry, question: _Question) -> Standing:
        territory = index.reference.territory
        spans = [span for span in self._spans_of.get((territory, entry.service.type), ()) if span.covers(question.at)]
        if not spans:
            return self._nobody(question, Reason.NOT_LISTED)
        wanted = [span for span in spans if question.usage is None or span.usage is question.usage]
        if not wanted:
            return self._nobody(question, Reason.OUT_OF_ARRANGEMENT)
        if index.stale_at(question.at):
            return Standing(question.at, Result.LIST_STALE, index.reference, Reason.LIST_STALE, territory=territory)
        state, since, until = entry.at(question.at)
        if state is None or since is None:
            return _standing(index, entry, question, Result.NOT_YET_LISTED, Reason.NOT_YET_LISTED, until=until)
        if state.valid_until is not None and question.at >= state.valid_until:
            since = max(state.valid_until, since)
            return _standing(index, entry, question, Result.NOT_VALID, Reason.EXPIRED, since=since, until=until)
        until = _earliest([until, state.valid_until])
        if question.usage is not None and question.usage not in state.scope:
            return _standing(index, entry, question, Result.NOT_VALID, Reason.OUT_OF_SCOPE, since=since, until=until)
        in_scope = [span for span in wanted if span.usage is None or span.usage in state.scope]
        if not in_scope:
            return self._nobody(question, Reason.OUT_OF_ARRANGEMENT)
        meanings = {span.meaning(state.status) for span in in_scope}
        if len(meanings) > 1:
            return Standing(question.at, Result.CONFLICT, index.reference, Reason.CONFLICT, territory=territory)
        if meanings == {True}:
            starts = [since, min(span.start for span in in_scope)]
            return _standing(index, entry, question, Result.RECOGNISED, None, since=max(starts), until=until)
        reason = Reason.SERVICE_WITHDRAWN if meanings == {False} else Reason.STATUS_UNKNOWN
        return _standing(index, entry, question, Result.NOT_VALID, reason, since=since, until=until)

    # Questions from outside.

    def status_of_service(self, service_id: str, *, at: datetime, usage: Usage | None = None) -> StatusAnswer:
        """A status query by service."""
        standing = self.standing_of_service(service_id, at=at, usage=usage)
        return StatusAnswer(standing, "service" if standing.service_id else None)

    def match_fingerprint(self, sha256: bytes, *, at: datetime) -> StatusAnswer:
        """A status query by the SHA-256 of a certificate: it finds listed identities only."""
        question = _Question(_utc(at), None, None)
        for index in self._indexes():
            entries = index.by_certificate.get(sha256)
            if not entries:
                continue
            if self._own is None or self._own.stale_at(question.at):
                return StatusAnswer(self._stale(question), "identity")
            if index is self._own:
                standing = self._agreed([self._own_answer(entry, question) for entry in entries], question)
            else:
                standing = self._agreed([self._foreign_answer(index, one, question) for one in entries], question)
            return StatusAnswer(standing, "identity")
        if self._own is None or self._own.stale_at(question.at):
            return StatusAnswer(self._stale(question), None)
        return StatusAnswer(self._nobody(question, Reason.UNKNOWN_FINGERPRINT), None)

    def match_certificate(
        self, certificate: bytes, *, at: datetime, intermediates: Iterable[bytes] = ()
    ) -> StatusAnswer:
        """A status query by certificate (DER): a listed identity, or one that a listed key provably issued.

        `intermediates` are DER certificates that may lie between; those that cannot be read are passed over. The kind
        of the certificate has to be in the scope of the service. Raises `InvalidInput` when `certificate` is none.
        """
        try:
            parsed = parse_certificate(certificate)
        except MalformedCertificate as error:
            raise InvalidInput("This is not an X.509 certificate.", "X.509証明書として読み取れません。") from error
        if any(parsed.sha256 in index.by_certificate for index in self._indexes()):
            return self.match_fingerprint(parsed.sha256, at=at)
        issuer = find_issuer(parsed, intermediates=_readable(intermediates), listed=self._listed(CERTIFICATE_SERVICES))
        usages = certificate_usages(parsed)
        if issuer is None:
            question = _Question(_utc(at), None, None)
            stale = self._own is None or self._own.stale_at(question.at)
            unknown = self._stale(question) if stale else self._nobody(question, Reason.ISSUER_NOT_PROVEN)
            return StatusAnswer(unknown, None, usages)
        standings = [
            self.standing(
                spki_sha256=issuer.spki_sha256,
                at=at,
                service_types=CERTIFICATE_SERVICES,
                usage=usage,
                certificate=parsed,
            )
            for usage in usages or (None,)
        ]
        if not usages:
            standings = [_out_of_scope(standing) for standing in standings]
        # A certificate for several uses is in scope only when all of them are.
        worst = next((standing for standing in standings if not standing.counts), standings[0])
        return StatusAnswer(worst, "issuer", usages)

    def match_token(self, token: bytes, *, at: datetime | None = None) -> StatusAnswer:
        """A status query by time-stamp token (or response): its own signature is verified first, with its form and that
        its certificate is one for time-stamping alone.

        `at` None asks about the time in the token. Matched when its signer is a listed key (`identity`) or was provably
        issued by one (`issuer`). Raises `InvalidInput` when `token` is none.
        """
        try:
            parsed = parse_any(token)
        except MalformedTimeStamp as error:
            raise InvalidInput(
                "This is not a time-stamp token.", "タイムスタンプトークンとして読み取れません。"
            ) from error
        question = _Question(_utc(at or parsed.gen_time), None, None)
        if self._own is None or self._own.stale_at(question.at):
            return StatusAnswer(self._stale(question), None)
        verification = verify_token(parsed)
        signer = verification.tsa_certificate
        if not verification.intact or verification.sub_indication is not None or signer is None:
            return StatusAnswer(self._nobody(question, Reason.TOKEN_NOT_PROVEN), None)
        if any(signer.spki_sha256 in index.by_key for index in self._indexes()):
            standing = self.standing(spki_sha256=signer.spki_sha256, at=question.at, service_types=TIME_STAMP_SERVICES)
            return StatusAnswer(standing, "identity")
        embedded = _readable(parsed.signed_data.certificates)
        issuer = find_issuer(signer, intermediates=embedded, listed=self._listed(TIME_STAMP_SERVICES))
        if issuer is None:
            return StatusAnswer(self._nobody(question, Reason.ISSUER_NOT_PROVEN), None)
        standing = self.standing(spki_sha256=issuer.spki_sha256, at=question.at, service_types=TIME_STAMP_SERVICES)
        return StatusAnswer(standing, "issuer")

    def _listed(self, service_types: frozenset[str]) -> Callable[[bytes], Iterable[Certificate]]:
        """Listed certificates of these service types by subject name."""
        return lambda name: [
            certificate
            for certificate, service_type in self._by_subject.get(comparable(name), ())
            if service_type in service_types
        ]

    @cached_property
    def _by_subject(self) -> dict[Any, list[tuple[Certificate, str]]]:
        found: dict[Any, list[tuple[Certificate, str]]] = defaultdict(list)
        for identity in self.identities():
            for certificate in _readable([identity.certificate]):
                found[comparable(certificate.subject)].append((certificate, identity.service_type))
        return dict(found)

    # Snapshots.

    def to_bytes(self) -> bytes:
        """The source as JSON, for processes without a database. Of the own issues only the newest is kept."""
        document = {
            "snapshot": _SNAPSHOT,
            "own": list_out(self._own.published) if self._own else None,
            "foreign": [list_out(one.published) for _, one in sorted(self._foreign.items())],
            "arrangements": [span_out(span) for span in self._spans],
        }
        body = canonical_json(document)
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of `to_bytes`. Raises ValueError when the bytes were damaged or are of another version."""
        digest, _, body = data.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError("the snapshot is damaged: its digest differs")
        document = json.loads(body)
        if document["snapshot"] != _SNAPSHOT:
            raise ValueError(f"snapshot version {document['snapshot']!r}, expected {_SNAPSHOT}")
        own = [list_in(document["own"])] if document["own"] else []
        return cls(
            own,
            foreign=[list_in(one) for one in document["foreign"]],
            arrangements=[span_in(span) for span in document["arrangements"]],
        )


_OWN_STATUSES = frozenset(status.value for status in Status)


def _standing(
    index: ListIndex,
    entry: Entry,
    question: _Question,
    result: Result,
    reason: Reason | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Standing:
    state, _, _ = entry.at(question.at)
    scheme = index.published.list.scheme
    uri = scheme.status_uri(state.status) if state else None
    known = state is not None and reason is not Reason.STATUS_UNKNOWN
    qualifiers, doubtful = applicable_qualifiers(state.qualifications if state else (), question.certificate)
    return Standing(
        at=question.at,
        result=result,
        list=index.reference,
        reason=reason,
        status=uri.rpartition("/")[2] if known and uri else None,
        status_uri=uri,
        since=since,
        until=until,
        service_id=entry.service.service_id,
        service_type=entry.service.type,
        service_name=names_of((state or entry.service.state).names),
        provider_id=entry.provider.provider_id,
        provider_name=names_of(entry.provider.names),
        provider_corporate_number=entry.provider.corporate_number,
        territory=index.reference.territory,
        qualifiers=qualifiers,
        doubtful=doubtful,
    )


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _out_of_scope(standing: Standing) -> Standing:
    return replace(standing, result=Result.NOT_VALID, reason=Reason.OUT_OF_SCOPE) if standing.counts else standing


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone says nothing")
    return at.astimezone(UTC)


def _readable(certificates: Iterable[bytes]) -> list[Certificate]:
    found = []
    for der in certificates:
        try:
            found.append(parse_certificate(der))
        except MalformedCertificate:
            continue
    return found


def _reopened(span: ArrangementSpan) -> ArrangementSpan:
    return ArrangementSpan(
        span.territory, span.foreign_type, span.usage, span.valid_statuses, span.invalid_statuses, span.start, None
    )
