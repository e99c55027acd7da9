"""The trust source beyond the table of cases: snapshots, recognition, disagreement, and what fails closed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import status_worlds as worlds
import trusted_list_factory as factory
from hypothesis import given, settings
from hypothesis import strategies as st
from status_worlds import moment

from qualified_list.domain.model import Criteria, Qualification, TrustedList
from qualified_list.domain.qualification import Qualification as Worth
from qualified_list.domain.qualification import qualify_certificate
from qualified_list.domain.status import ListTrustSource, PublishedList, arrangement_spans
from qualified_list.domain.status.arrangements import ArrangementSpan
from qualified_list.domain.status.matching import certificate_usages, find_issuer
from qualified_list.domain.xml import parse_list
from trustreg.base.errors import InvalidInput, NotFound
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.trust import ListReference, Reason, Result, ServiceType, Standing, TrustSource, Usage

DAY = timedelta(days=1)
AT = factory.ISSUED + DAY


def published(issue: TrustedList) -> PublishedList:
    return PublishedList(issue, f"{issue.sequence:064x}")


def source(*issues: TrustedList) -> ListTrustSource:
    return ListTrustSource([published(issue) for issue in issues])


def key_of(name: str) -> bytes:
    return worlds.spki_sha256(name)


def test_it_is_a_trust_source() -> None:
    trust: TrustSource = worlds.source("one")
    assert trust.list_reference == ListReference(
        "JP", 5, f"{5:064x}", moment("2026-09-01T00:00:00Z"), moment("2027-03-01T00:00:00Z")
    )
    assert [one.service_id for one in trust.identities()] == ["S1"]
    assert len(trust.version) == 64


def test_without_a_list_nobody_knows() -> None:
    empty = ListTrustSource([])
    standing = empty.standing(spki_sha256=b"\0" * 32, at=AT)
    assert (standing.result, standing.reason, standing.list) == (Result.LIST_STALE, Reason.LIST_STALE, None)
    assert empty.identities() == ()
    assert empty.match_fingerprint(b"\0" * 32, at=AT).standing.result is Result.LIST_STALE
    assert empty.match_certificate(worlds.end_entity("K1").der, at=AT).standing.result is Result.LIST_STALE
    assert ListTrustSource.from_bytes(empty.to_bytes()).version == empty.version


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValueError, match="zone"):
        worlds.source("one").standing(spki_sha256=key_of("K1"), at=datetime(2026, 3, 1))  # noqa: DTZ001 - the point


def test_a_standing_names_service_provider_and_list() -> None:
    standing = worlds.source("one").standing(spki_sha256=key_of("K1"), at=moment("2026-03-01T09:00:00+09:00"))
    assert standing.at == datetime(2026, 3, 1, tzinfo=UTC)
    assert standing.status_uri == "https://example.jp/tl/Svcstatus/qualified"
    assert standing.service_name == {"en": "S1", "ja": "S1"}
    assert standing.provider_corporate_number == "7000012050002"
    assert (standing.service_id, standing.service_type, standing.territory) == ("S1", ServiceType.CA_PKC, "JP")
    assert standing.list is not None
    assert standing.list.sequence == 5


def test_the_type_of_service_narrows() -> None:
    trust = worlds.source("one")
    stamps = frozenset({str(ServiceType.TSA)})
    standing = trust.standing(spki_sha256=key_of("K1"), at=moment("2026-03-01T00:00:00Z"), service_types=stamps)
    assert (standing.result, standing.reason) == (Result.NOT_LISTED, Reason.NOT_LISTED)


def test_one_key_with_two_services_that_disagree_is_a_conflict_unless_one_is_meant() -> None:
    shared = (factory.ca_certificate("both"),)
    trust = source(
        factory.issue(
            factory.service("C", identities=shared),
            factory.service(
                "T", identities=shared, service_type=ServiceType.TSA, current=factory.state("withdrawn", scope=())
            ),
        )
    )
    assert trust.standing(spki_sha256=key_of("both"), at=AT).result is Result.CONFLICT
    stamps = frozenset({str(ServiceType.TSA)})
    assert trust.standing(spki_sha256=key_of("both"), at=AT, service_types=stamps).status == "withdrawn"
    assert trust.standing(spki_sha256=key_of("both"), at=AT, usage=Usage.ESIGN).status != "withdrawn"


def test_a_grant_ends_when_it_says_so() -> None:
    until = factory.ISSUED + 10 * DAY
    trust = source(factory.issue(factory.service(current=factory.state(valid_until=until))))
    before = trust.standing(spki_sha256=key_of("S1"), at=until - timedelta(seconds=1))
    assert (before.result, before.until) == (Result.QUALIFIED, until)
    after = trust.standing(spki_sha256=key_of("S1"), at=until)
    assert (after.result, after.reason, after.since, after.until) == (Result.NOT_VALID, Reason.EXPIRED, until, None)


def test_a_listed_key_of_unknown_scope_is_out_of_scope() -> None:
    trust = source(factory.issue(factory.service(current=factory.state(scope=()))))
    assert trust.standing(spki_sha256=key_of("S1"), at=AT).result is Result.QUALIFIED
    assert trust.standing(spki_sha256=key_of("S1"), at=AT, usage=Usage.ESIGN).reason is Reason.OUT_OF_SCOPE


def test_a_certificate_for_several_uses_needs_all_of_them() -> None:
    trust = source(factory.issue(factory.service(current=factory.state(scope=(Usage.ESIGN,)))))
    both = worlds.end_entity("S1", usage="esign")
    assert trust.match_certificate(both.der, at=AT).standing.result is Result.QUALIFIED
    answer = trust.match_certificate(worlds.end_entity("S1", usage="web").der, at=AT)
    assert (answer.standing.reason, answer.certificate_usages) == (Reason.OUT_OF_SCOPE, (Usage.WEB,))


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(InvalidInput):
        worlds.source("one").match_certificate(b"junk", at=AT)
    with pytest.raises(InvalidInput):
        worlds.source("one").match_token(b"junk", at=AT)


def test_a_leaf_cannot_issue() -> None:
    """An end-entity certificate under the listed key signs another: names and signatures fit, but it is no CA."""
    leaf = worlds.end_entity("K1", subject_key="leaf")
    forged = worlds.end_entity("leaf", issuer_of="K1")
    trust = worlds.source("one")
    answer = trust.match_certificate(forged.der, at=moment("2026-03-01T00:00:00Z"), intermediates=[leaf.der])
    assert answer.standing.reason is Reason.ISSUER_NOT_PROVEN


def test_a_pile_of_intermediates_costs_little() -> None:
    pile = [worlds.end_entity("stray", issuer_of="stray", is_ca=True, subject_key="stray") for _ in range(200)]
    subject = worlds.end_entity("nobody", issuer_of="stray")
    calls = []

    def listed(name: bytes) -> list[object]:
        calls.append(name)
        return []

    assert find_issuer(subject, intermediates=pile, listed=listed) is None  # type: ignore[arg-type]
    assert len(calls) <= 8


def test_junk_among_intermediates_is_passed_over() -> None:
    answer = worlds.source("one").match_certificate(
        worlds.end_entity("K1").der, at=moment("2026-03-01T00:00:00Z"), intermediates=[b"", b"junk"]
    )
    assert answer.standing.result is Result.QUALIFIED


def test_usages_of_certificates() -> None:
    assert certificate_usages(worlds.end_entity("K1", usage="eseal")) == (Usage.ESEAL,)
    assert certificate_usages(worlds.end_entity("K1", usage=None)) == (Usage.ESIGN,)


def test_as_of_asks_an_earlier_list_and_refuses_one_that_never_was() -> None:
    trust = worlds.source("one")
    earlier = trust.as_of(2)
    assert earlier.list_reference is not None
    assert earlier.list_reference.sequence == 2
    assert earlier.version != trust.version
    for unknown in (0, 6):
        with pytest.raises(NotFound):
            trust.as_of(unknown)


def test_as_of_knows_the_arrangements_of_its_time() -> None:
    trust = worlds.source("foreign")
    at = moment("2026-08-01T00:00:00Z")
    assert [span.end for span in trust.arrangements] == [moment("2026-10-01T00:00:00Z")] * 2
    assert [span.end for span in trust.as_of(4).arrangements] == [None, None]
    assert [span.usage for span in trust.as_of(2).arrangements] == [Usage.ESIGN]
    assert (
        trust.as_of(1).status_of_service("F1", at=moment("2026-03-01T00:00:00Z")).standing.result is Result.NOT_LISTED
    )
    assert trust.as_of(2).status_of_service("F1", at=at).standing.result is Result.LIST_STALE


def test_two_own_lists_with_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="same sequence"):
        source(factory.issue(factory.service()), factory.issue())


def test_arrangements_continue_from_list_to_list() -> None:
    lists = [one.list for one in worlds.source("foreign")._issues]
    whole = arrangement_spans(lists)
    step_by_step = ()
    for one in lists:
        step_by_step = arrangement_spans([one], earlier=step_by_step)
    assert whole == step_by_step == worlds.source("foreign").arrangements


def test_the_newest_list_alone_says_since_when_it_recognises() -> None:
    since, line = factory.ISSUED - 30 * DAY, worlds._pointer("XX", ["esign"]).equivalences[0]
    pointer = replace(worlds._pointer("XX", []), equivalences=(replace(line, start=since),))
    issue = factory.issue(pointers=(pointer,), sequence=2)
    assert [span.start for span in arrangement_spans([issue])] == [since]
    before = factory.issue(issued_at=factory.ISSUED - DAY)
    assert [span.start for span in arrangement_spans([before, issue])] == [factory.ISSUED], "it was not carried before"
    assert [span.start for span in arrangement_spans([issue], earlier=())] == [factory.ISSUED]


def test_recognition_holds_until_the_own_list_or_an_arrangement_changes_it() -> None:
    trust = worlds.source("foreign")
    (foreign,) = (index.published for index in trust._foreign.values())
    at = moment("2026-05-31T00:00:00Z")
    (span,) = [one for one in trust.arrangements if one.usage is Usage.ESIGN and one.covers(at)]

    def until(*spans: ArrangementSpan, own: tuple[TrustedList, ...] = ()) -> datetime | None:
        issues = [published(one) for one in own] or trust._issues
        again = ListTrustSource(issues, foreign=[foreign], arrangements=spans)
        standing = again.standing(spki_sha256=key_of("KF"), at=at, usage=Usage.ESIGN)
        assert standing.result is Result.RECOGNISED
        return standing.until

    open_ended = replace(span, end=None)
    by_the_state = until(open_ended)
    assert by_the_state is None or by_the_state > at + 2 * DAY
    assert until(replace(span, end=at + DAY)) == at + DAY
    assert until(open_ended, replace(span, start=at + 2 * DAY)) == at + 2 * DAY
    listed = factory.service(identities=(factory.ca_certificate("KF"),), current=factory.state(start=at + DAY))
    own = factory.issue(listed, issued_at=at, next_update=at + 99 * DAY)
    assert until(open_ended, own=(own,)) == at + DAY


def test_a_stale_foreign_list_gives_no_trust() -> None:
    trust = worlds.source("foreign")
    (foreign,) = (index.published for index in trust._foreign.values())
    short = replace(foreign.list, next_update=moment("2026-06-01T00:00:00Z"))
    stale = ListTrustSource(trust._issues, foreign=[replace(foreign, list=short)])
    before = stale.standing(spki_sha256=key_of("KF"), at=moment("2026-05-31T23:59:59Z"))
    assert before.result is Result.RECOGNISED
    after = stale.standing(spki_sha256=key_of("KF"), at=moment("2026-06-01T00:00:00Z"))
    assert (after.result, after.territory) == (Result.LIST_STALE, "XX")


def test_an_unrecognised_foreign_list_has_no_anchors() -> None:
    trust = worlds.source("foreign")
    (foreign,) = (index.published for index in trust._foreign.values())
    alone = ListTrustSource([published(factory.issue(factory.service()))], foreign=[foreign])
    assert {one.territory for one in alone.identities()} == {"JP"}
    assert alone.standing(spki_sha256=key_of("KF"), at=AT).result is Result.NOT_LISTED
    assert {one.territory for one in trust.identities()} == {"XX"}


def test_a_foreign_status_that_the_arrangement_does_not_name_does_not_count() -> None:
    trust = worlds.source("foreign")
    (foreign,) = (index.published for index in trust._foreign.values())
    provider = foreign.list.providers[0]
    odd = replace(
        provider.services[0], state=replace(provider.services[0].state, status="https://xx.example/new"), history=()
    )
    changed = replace(foreign.list, providers=(replace(provider, services=(odd,)),))
    spans = trust.arrangements
    again = ListTrustSource(trust._issues[:4], foreign=[replace(foreign, list=changed)], arrangements=spans)
    standing = again.standing(spki_sha256=key_of("KF"), at=moment("2026-08-01T00:00:00Z"))
    assert (standing.result, standing.reason) == (Result.NOT_VALID, Reason.STATUS_UNKNOWN)


def test_a_damaged_snapshot_is_refused() -> None:
    data = worlds.source("one").to_bytes()
    for damaged in (b"", data[:-1], data.replace(b"qualified", b"specified"), b"x" + data):
        with pytest.raises(ValueError, match="digest"):
            ListTrustSource.from_bytes(damaged)


def test_the_version_names_the_content() -> None:
    issue = factory.issue(factory.service())
    assert source(issue).version == source(issue).version
    other = ListTrustSource([PublishedList(issue, "f" * 64)])
    assert other.version != source(issue).version


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_intervals_tile_time_without_gaps_or_overlaps(data: st.DataObject) -> None:
    """Whatever the history: at each instant exactly one state holds, and it is the one whose interval contains it."""
    ages = data.draw(st.lists(st.integers(0, 400), min_size=1, max_size=6, unique=True).map(sorted))
    chooser = random.Random(data.draw(st.integers(0, 2**16)))
    statuses = ["qualified", "specified", "suspended", "withdrawn"]
    states = [factory.state(chooser.choice(statuses), factory.ISSUED - age * DAY) for age in ages]
    trust = source(factory.issue(factory.service(current=states[0], history=tuple(states[1:]))))
    for probe in (
        *[state.start for state in states],
        *[state.start - timedelta(seconds=1) for state in states if state.start],
    ):
        assert probe is not None
        standing = trust.standing(spki_sha256=key_of("S1"), at=probe)
        holding = [state for state in states if state.start is not None and state.start <= probe]
        if not holding:
            assert standing.result is Result.NOT_YET_LISTED
            continue
        assert standing.status == holding[0].status
        assert standing.since == holding[0].start
        assert standing.until is None or (standing.since is not None and standing.since <= probe < standing.until)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_several_entries_agree_on_holds_for_the_interval_that_is_told(data: st.DataObject) -> None:
    """One key, several services: within [since, until) the same question has the same result."""
    services = []
    for number in range(data.draw(st.integers(1, 3))):
        ages = data.draw(st.lists(st.integers(0, 8), min_size=1, max_size=4, unique=True).map(sorted))
        states = [
            factory.state(
                data.draw(st.sampled_from(["qualified", "withdrawn"])),
                factory.ISSUED - age * DAY,
                scope=data.draw(st.sampled_from([(Usage.ESIGN,), ()])),
                valid_until=data.draw(st.sampled_from([None, None, factory.ISSUED - 3 * DAY])),
            )
            for age in ages
        ]
        shared = (factory.ca_certificate("both"),)
        services.append(factory.service(f"S{number}", identities=shared, current=states[0], history=tuple(states[1:])))
    trust = source(factory.issue(*services))
    days = [factory.ISSUED - age * DAY for age in range(-1, 10)]
    answers = [trust.standing(spki_sha256=key_of("both"), at=day, usage=Usage.ESIGN) for day in days]
    for answer in answers:
        if answer.result is Result.CONFLICT:
            continue
        for other in answers:
            inside = (answer.since or answer.at) <= other.at and (answer.until is None or other.at < answer.until)
            assert not inside or other.result is answer.result


def test_every_answer_rests_on_the_newest_list_that_covers_the_time() -> None:
    first = factory.issue(factory.service(), next_update=factory.ISSUED + 10 * DAY)
    trust = source(first)
    assert trust.standing(spki_sha256=key_of("S1"), at=factory.ISSUED + 10 * DAY).result is Result.LIST_STALE
    closed = replace(first, next_update=None)
    assert source(closed).standing(spki_sha256=key_of("S1"), at=factory.ISSUED + 999 * DAY).result is Result.QUALIFIED


# Qualification beyond the table.


def qualified(certificate_claim: dict[str, object], qualifiers: tuple[str, ...] = (), **members: object) -> Worth:
    criteria = Criteria("all", key_usages=((("nonRepudiation", True),),))
    elements = (Qualification(qualifiers, criteria),) if qualifiers else ()
    trust = source(factory.issue(factory.service(current=factory.state(qualifications=elements))))
    certificate = worlds.end_entity("S1", not_before=AT, **certificate_claim)  # type: ignore[arg-type]
    arguments = {"kind": "signature", "best_signature_time": AT + DAY, **members}
    outcome = qualify_certificate(trust, certificate, issuer_spki_sha256=key_of("S1"), **arguments)  # type: ignore[arg-type]
    return outcome.assuming or outcome.qualification


@pytest.mark.parametrize(
    ("claim", "qualifiers", "worth"),
    [
        ({}, ("QCNoQSCD",), Worth.ADESIG_QC),
        ({"qscd": False}, ("QCWithQSCD",), Worth.QESIG),
        ({"qscd": False}, ("QCQSCDManagedOnBehalf",), Worth.QESIG),
        ({}, ("QCForESeal",), Worth.ADESIG),
        ({}, ("QCForESig",), Worth.QESIG),
        ({"claim": None, "qscd": True}, ("QCStatement",), Worth.QESIG),
        ({"claim": "DE", "qscd": True}, ("QCStatement", "QCNoQSCD"), Worth.ADESIG_QC),
    ],
)
def test_qualifiers_of_the_entry(claim: dict[str, object], qualifiers: tuple[str, ...], worth: Worth) -> None:
    assert qualified(claim, qualifiers) == worth


def test_an_assumed_time_qualifies_nothing() -> None:
    trust = source(factory.issue(factory.service()))
    certificate = worlds.end_entity("S1", not_before=AT)
    outcome = qualify_certificate(
        trust,
        certificate,
        issuer_spki_sha256=key_of("S1"),
        kind="signature",
        best_signature_time=AT + DAY,
        hypothetical=True,
    )
    assert (outcome.qualification, outcome.reason) == (Worth.INDETERMINATE, Reason.HYPOTHETICAL_TIME)
    assert outcome.assuming is Worth.QESIG


def test_what_is_known_to_be_no_is_not_called_unknown() -> None:
    """Issued before the listing: a stale list at best time changes nothing about that."""
    trust = worlds.source("stale")
    certificate = worlds.end_entity("K5", not_before=moment("2025-12-01T00:00:00Z"))
    outcome = qualify_certificate(
        trust,
        certificate,
        issuer_spki_sha256=key_of("K5"),
        kind="signature",
        best_signature_time=moment("2026-07-15T00:00:00Z"),
    )
    assert (outcome.qualification, outcome.reason) == (Worth.ADESIG, Reason.NOT_YET_LISTED)


def test_the_level_at_best_time_is_named() -> None:
    trust = worlds.source("levels")
    certificate = worlds.end_entity("K2", not_before=moment("2026-02-01T00:00:00Z"))
    outcome = qualify_certificate(
        trust,
        certificate,
        issuer_spki_sha256=key_of("K2"),
        kind="signature",
        best_signature_time=moment("2026-02-02T00:00:00Z"),
    )
    assert (outcome.level, outcome.qualification) == ("specified", Worth.ADESIG)


def test_any_trust_source_will_do() -> None:
    class Fixed:
        version = "v"
        list_reference = None

        def identities(self) -> tuple[()]:
            return ()

        def standing(self, *, spki_sha256: bytes, at: datetime, service_types=None, usage=None) -> Standing:  # type: ignore[no-untyped-def]
            assert service_types == {ServiceType.CA_PKC, ServiceType.CA_QC}
            return Standing(at, Result.QUALIFIED, None, territory="JP")

    outcome = qualify_certificate(
        Fixed(),
        worlds.end_entity("K1"),
        issuer_spki_sha256=key_of("K1"),
        kind="signature",
        best_signature_time=AT,
    )
    assert outcome.qualification is Worth.QESIG


# Real lists.

LISTS = factory.LISTS


@factory.needs_lists
@pytest.mark.corpus
def test_a_real_foreign_list_is_recognised_under_an_arrangement() -> None:
    """The Belgian list with an arrangement: its qualified CA counts from our list on, its withdrawn ones do not."""
    belgian = parse_list((LISTS / "eu-2023" / "BE-66.xml").read_bytes())
    base = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
    pointer = worlds._pointer("BE", ["esign", "eseal"])
    issued_at = belgian.list.issued_at + DAY
    own = factory.issue(issued_at=issued_at, next_update=issued_at + 100 * DAY, pointers=(pointer,))
    own = own.stamped(sequence=1, issued_at=issued_at, next_update=own.next_update)
    trust = ListTrustSource([published(own)], foreign=[PublishedList(belgian.list, belgian.sha256)])
    at = issued_at + DAY
    results = {}
    for _, service in belgian.list.services():
        if service.type == ServiceType.CA_QC and service.identities:
            key = parse_certificate(service.identities[0]).spki_sha256
            standing = trust.standing(spki_sha256=key, at=at, usage=Usage.ESIGN)
            results.setdefault(service.state.status, set()).add(standing.result)
            assert trust.standing(spki_sha256=key, at=issued_at - DAY).result is not Result.RECOGNISED
    assert Result.RECOGNISED in results[f"{base}granted"]
    assert results[f"{base}withdrawn"] <= {Result.NOT_VALID, Result.CONFLICT}
