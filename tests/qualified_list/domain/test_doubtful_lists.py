"""What a list leaves open, contradicts or writes so that it cannot be read never adds trust."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import status_worlds as worlds
import trusted_list_factory as factory

from qualified_list.domain.errors import ListUnreadable
from qualified_list.domain.model import Criteria, Qualification, Status, TrustedList
from qualified_list.domain.qualification import Qualification as Worth
from qualified_list.domain.qualification import qualify_certificate
from qualified_list.domain.status import ListTrustSource, PublishedList, arrangement_spans
from qualified_list.domain.xml import parse_list, render_list
from trustreg.pki.trust import Reason, Result, Standing, Usage

DAY = timedelta(days=1)
HISTORY = (factory.state("suspended", factory.ISSUED - 5 * DAY), factory.state("qualified", factory.ISSUED - 9 * DAY))


def standing(issue: TrustedList, at: datetime) -> Standing:
    trust = ListTrustSource([PublishedList(issue, "0" * 64)])
    return trust.standing(spki_sha256=worlds.spki_sha256("S1"), at=at, usage=Usage.ESIGN)


def read(issue: TrustedList, written: str, instead: str) -> TrustedList:
    """An issue as it is read after something in its file was exchanged, once."""
    xml = render_list(issue).decode()
    assert xml.count(written) == 1
    return parse_list(xml.replace(written, instead).encode()).list


def test_a_next_update_that_is_no_time_makes_no_closed_list() -> None:
    written = f"{factory.NEXT:%Y-%m-%dT%H:%M:%SZ}"
    with pytest.raises(ListUnreadable):
        read(factory.issue(), written, written.replace("T", " "))
    with pytest.raises(ListUnreadable):
        read(factory.issue(), written, "later")


def test_a_state_that_cannot_be_read_may_have_ended_any_other() -> None:
    issue = factory.issue(factory.service(history=HISTORY))
    written = f"<StatusStartingTime>{HISTORY[0].start:%Y-%m-%dT%H:%M:%SZ}"
    assert standing(read(issue, written, written), factory.ISSUED - 3 * DAY).reason is Reason.SERVICE_SUSPENDED
    damaged = read(issue, written, f"{written[:-1]}+99:99")
    assert not standing(damaged, factory.ISSUED - 3 * DAY).counts
    assert standing(damaged, factory.ISSUED).result is Result.QUALIFIED


def test_an_end_of_a_grant_that_is_no_time_is_not_no_end() -> None:
    issue = factory.issue(factory.service(current=factory.state(valid_until=factory.NEXT - DAY)))
    damaged = read(issue, f'ValidUntil="{factory.NEXT - DAY:%Y-%m-%dT%H:%M:%SZ}"', 'ValidUntil="2026"')
    assert standing(issue, factory.ISSUED).result is Result.QUALIFIED
    assert standing(damaged, factory.ISSUED).reason is Reason.STATUS_UNKNOWN


@pytest.mark.parametrize(("now", "later"), [(Status.WITHDRAWN, Status.QUALIFIED), (Status.QUALIFIED, Status.WITHDRAWN)])
def test_a_history_later_than_the_present(now: Status, later: Status) -> None:
    history = (factory.state(later, factory.ISSUED - 2 * DAY), factory.state("qualified", factory.ISSUED - 9 * DAY))
    issue = factory.issue(factory.service(current=factory.state(now, factory.ISSUED - 5 * DAY), history=history))
    assert standing(issue, factory.ISSUED).reason is Reason.STATUS_UNKNOWN
    assert standing(issue, factory.ISSUED - 6 * DAY).result is Result.QUALIFIED


def test_a_foreign_grant_ends_when_its_own_list_says() -> None:
    trust = worlds.source("foreign")
    (foreign,) = (index.published for index in trust._foreign.values())
    at = worlds.moment("2026-05-31T00:00:00Z")

    def ending(end: datetime) -> Standing:
        provider = foreign.list.providers[0]
        services = tuple(
            replace(
                one,
                state=replace(one.state, valid_until=end),
                history=tuple(replace(state, valid_until=end) for state in one.history),
            )
            for one in provider.services
        )
        changed = replace(foreign.list, providers=(replace(provider, services=services),))
        again = ListTrustSource(
            trust._issues, foreign=[replace(foreign, list=changed)], arrangements=trust.arrangements
        )
        return again.standing(spki_sha256=worlds.spki_sha256("KF"), at=at, usage=Usage.ESIGN)

    after = ending(at + DAY)
    assert (after.result, after.until) == (Result.RECOGNISED, at + DAY)
    assert (ending(at).result, ending(at).reason) == (Result.NOT_VALID, Reason.EXPIRED)


def arranged(start: datetime | None = None) -> TrustedList:
    pointer = worlds._pointer("XX", ["esign"])
    lines = tuple(replace(line, start=start or factory.ISSUED) for line in pointer.equivalences)
    return factory.issue(pointers=(replace(pointer, equivalences=lines),))


@pytest.mark.parametrize("earlier", [None, ()])
def test_an_arrangement_that_starts_later_has_no_effect_yet(earlier: tuple[()] | None) -> None:
    (span,) = arrangement_spans([arranged(factory.ISSUED + DAY)], earlier=earlier)
    assert span.start == factory.ISSUED + DAY
    assert not span.covers(factory.ISSUED)


@pytest.mark.parametrize("party", ["Pointing", "Pointed"])
@pytest.mark.parametrize("other", ["ForeSeals", "ForSomethingElse", "foreSignatures"])
def test_an_arrangement_for_another_use_is_none_for_all_uses(party: str, other: str) -> None:
    xml = render_list(arranged()).decode()
    assert [line.usage for line in parse_list(xml.encode()).list.pointers[0].equivalences] == [Usage.ESIGN]
    begin = xml.index(f"<mra:TrustServiceTSLTypeList{party}Party>")
    changed = xml[:begin] + xml[begin:].replace("ForeSignatures", other, 1)
    assert parse_list(changed.encode()).list.pointers[0].equivalences == ()


@pytest.mark.parametrize(
    ("written", "instead"),
    [('name="nonRepudiation">true', 'name="nonRepudiation">TRUE'), ('name="nonRepudiation">true', 'name="x">false')],
)
def test_a_key_usage_that_is_not_understood(written: str, instead: str) -> None:
    granting = Qualification(("QCStatement",), Criteria("all", key_usages=((("nonRepudiation", True),),)))
    issue = factory.issue(factory.service(current=factory.state(qualifications=(granting,))))
    ((_, service),) = read(issue, written, instead).services()
    assert service.state.qualifications[0].criteria.unknown


@pytest.mark.parametrize(
    ("criteria", "worth"),
    [(Criteria("all", key_usages=((("nonRepudiation", True),),)), Worth.QESIG), (Criteria("all"), Worth.ADESIG)],
)
def test_qualifiers_without_criteria_make_nothing_qualified(criteria: Criteria, worth: Worth) -> None:
    assert _worth(Qualification(("QCStatement", "QCWithQSCD"), criteria)) is worth


def test_a_legal_person_makes_no_qualified_signature() -> None:
    for_all = Criteria("all", key_usages=((("nonRepudiation", True),),))
    assert _worth(Qualification(("QCStatement", "QCForLegalPerson"), for_all)) is Worth.ADESIG


@pytest.mark.parametrize(
    ("qualifier", "worth"),
    [
        ("QCForESig", Worth.QESIG),
        ("QCForESeal", Worth.ADESIG),
        ("QCForWSA", Worth.ADESIG),
        ("QCForLegalPerson", Worth.ADESIG),
    ],
)
def test_a_certificate_that_may_be_for_another_kind_makes_no_qualified_signature(qualifier: str, worth: Worth) -> None:
    granting = Qualification(("QCStatement", "QCWithQSCD"), Criteria("all", key_usages=((("nonRepudiation", True),),)))
    assert _worth(granting) is Worth.QESIG
    assert _worth(granting, Qualification((qualifier,), Criteria("all", unknown=True))) is worth


def _worth(*elements: Qualification) -> Worth:
    current = factory.state(start=factory.ISSUED - 9 * DAY, qualifications=elements)
    trust = ListTrustSource([PublishedList(factory.issue(factory.service("K1", current=current)), "0" * 64)])
    certificate = worlds.end_entity("K1", claim=None, qscd=False, not_before=factory.ISSUED)
    return qualify_certificate(
        trust,
        certificate,
        issuer_spki_sha256=worlds.spki_sha256("K1"),
        kind="signature",
        best_signature_time=factory.ISSUED + DAY,
    ).qualification
