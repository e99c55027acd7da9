"""The frozen content of a decision: its canonical text, its hash, and the rules of each kind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.domain import lifecycle
from certification.domain.decisions import (
    Cites,
    DecisionContent,
    Identity,
    ServiceState,
    canonical_text,
    check_content,
    text_sha256,
)
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from trustreg.base.errors import InvalidInput, PreconditionFailed, TransitionNotAllowed, TrustregError
from trustreg.pki.trust import ServiceType, Usage

AT = datetime(2026, 6, 1, tzinfo=UTC)
END = AT + timedelta(days=365)
KEY = Identity("a" * 64, "b" * 64, "CN=Sakura CA")
CITES = Cites(application="a", cab="c", assessment="t", report_sha256="f" * 64, accreditation="k")


def state(status: ServiceStatus = ServiceStatus.QUALIFIED, **changes: object) -> ServiceState:
    base = ServiceState(
        status=status,
        service="s",
        provider="p",
        type=ServiceType.CA_PKC,
        names={"ja": "さくら", "en": "Sakura"},
        usages=(Usage.ESIGN,),
        identities=(KEY,),
        valid_until=END,
    )
    return replace(base, **changes)


def content(
    kind: DecisionKind, before: ServiceStatus, after: ServiceState | None, **changes: object
) -> DecisionContent:
    base = DecisionContent(
        decision="d",
        kind=kind,
        service="s",
        from_status=before,
        state=after,
        cites=Cites(),
        reasons={"ja": "理由", "en": "reasons"},
    )
    return replace(base, **changes)


texts = st.text(max_size=20)
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
states = st.builds(
    ServiceState,
    status=st.sampled_from(ServiceStatus),
    service=texts,
    provider=texts,
    type=st.sampled_from([str(kind) for kind in ServiceType]),
    names=st.fixed_dictionaries({"ja": texts, "en": texts}),
    usages=st.sets(st.sampled_from(Usage)).map(lambda found: tuple(sorted(found))),
    identities=st.sets(st.builds(Identity, hexadecimal, hexadecimal, texts), max_size=3).map(
        lambda found: tuple(sorted(found))
    ),
    supply_points=st.lists(texts, max_size=2).map(tuple),
    definition_uri=st.fixed_dictionaries({"en": texts}),
    valid_until=st.none() | st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)


@given(states)
def test_a_state_reads_back_as_it_was_written(value: ServiceState) -> None:
    text = canonical_text(value.as_json())
    assert ServiceState.from_json(json.loads(text)) == value
    assert canonical_text(json.loads(text)) == text


@given(st.sampled_from(DecisionKind), states, st.lists(hexadecimal, max_size=3), texts)
def test_a_content_reads_back_and_any_change_changes_its_hash(
    kind: DecisionKind, after: ServiceState, findings: list[str], reason: str
) -> None:
    one = content(kind, ServiceStatus.NONE, after, cites=Cites(findings=tuple(sorted(findings))))
    assert DecisionContent.from_text(one.text) == one
    assert one.sha256 == text_sha256(one.text)
    other = replace(one, reasons={"ja": "理由", "en": "reasons" + reason + "."})
    assert other.sha256 != one.sha256


def test_the_hash_does_not_depend_on_the_order_of_members_that_have_none() -> None:
    second = Identity("1" * 64, "2" * 64, "CN=other")
    assert state(identities=(KEY, second)).as_json() == state(identities=(second, KEY)).as_json()
    wide = (Usage.ESEAL, Usage.ESIGN)
    assert state(usages=wide).as_json() == state(usages=wide[::-1]).as_json()


def test_a_grant_needs_a_report_a_key_and_an_end() -> None:
    good = content(DecisionKind.GRANT, ServiceStatus.NONE, state(), cites=CITES)
    check_content(good, before=None, at=AT)
    for bad, error in (
        (replace(good, cites=Cites()), PreconditionFailed),
        (replace(good, cites=replace(CITES, report_sha256=None)), PreconditionFailed),
        (replace(good, state=state(identities=())), PreconditionFailed),
        (replace(good, state=state(valid_until=None)), InvalidInput),
        (replace(good, state=state(valid_until=AT)), InvalidInput),
        (replace(good, state=state(usages=())), InvalidInput),
        (replace(good, state=state(names={"ja": "さくら", "en": " "})), InvalidInput),
        (replace(good, state=state(type=ServiceType.TSA)), InvalidInput),
        (replace(good, state=None), InvalidInput),
        (replace(good, reasons={"ja": "理由"}), InvalidInput),
        (replace(good, state=state(ServiceStatus.WITHDRAWN)), TransitionNotAllowed),
    ):
        with pytest.raises(error):
            check_content(bad, before=None, at=AT)


def test_a_decision_starts_from_what_stands() -> None:
    draft = content(DecisionKind.SUSPEND, ServiceStatus.QUALIFIED, state(ServiceStatus.SUSPENDED_QUALIFIED))
    check_content(draft, before=state(), at=AT)
    with pytest.raises(PreconditionFailed):
        check_content(draft, before=state(ServiceStatus.SPECIFIED), at=AT)


def test_a_step_changes_the_status_alone() -> None:
    sneaky = state(ServiceStatus.SUSPENDED_QUALIFIED, names={"ja": "別", "en": "Other"})
    with pytest.raises(InvalidInput):
        check_content(content(DecisionKind.SUSPEND, ServiceStatus.QUALIFIED, sneaky), before=state(), at=AT)


def test_suspension_of_a_qualified_service_does_not_come_back_lower_or_higher() -> None:
    before = state(ServiceStatus.SUSPENDED_SPECIFIED)
    raised = content(DecisionKind.REINSTATE, before.status, state(ServiceStatus.QUALIFIED))
    with pytest.raises(TrustregError):
        check_content(raised, before=before, at=AT)


def test_a_change_without_an_assessment_narrows_only() -> None:
    both = state(usages=(Usage.ESEAL, Usage.ESIGN))
    narrower = content(DecisionKind.CHANGE, ServiceStatus.QUALIFIED, state())
    check_content(narrower, before=both, at=AT)
    wider = content(DecisionKind.CHANGE, ServiceStatus.QUALIFIED, both)
    with pytest.raises(PreconditionFailed):
        check_content(wider, before=state(), at=AT)
    check_content(replace(wider, cites=CITES), before=state(), at=AT)
    new_key = content(DecisionKind.CHANGE, ServiceStatus.QUALIFIED, state(identities=(KEY, Identity("c", "d", "e"))))
    with pytest.raises(PreconditionFailed):
        check_content(new_key, before=state(), at=AT)
    qualifier = ({"qualifiers": ["QCStatement"], "criteria": {"assert": "all", "policy_sets": [["1.2.392.1"]]}},)
    with pytest.raises(PreconditionFailed):
        check_content(
            content(DecisionKind.CHANGE, ServiceStatus.QUALIFIED, state(qualifications=qualifier)),
            before=state(),
            at=AT,
        )


def test_only_grant_upgrade_and_renewal_set_the_end() -> None:
    later = state(valid_until=END + timedelta(days=1))
    with pytest.raises(InvalidInput):
        check_content(content(DecisionKind.CHANGE, ServiceStatus.QUALIFIED, later), before=state(), at=AT)
    check_content(content(DecisionKind.RENEW, ServiceStatus.QUALIFIED, later, cites=CITES), before=state(), at=AT)


def test_nothing_brings_back_a_grant_that_has_ended() -> None:
    before = state(ServiceStatus.SUSPENDED_QUALIFIED, valid_until=AT)
    back = content(DecisionKind.REINSTATE, before.status, state(valid_until=AT))
    with pytest.raises(PreconditionFailed):
        check_content(back, before=before, at=AT)
    withdrawn = content(DecisionKind.WITHDRAW, before.status, state(ServiceStatus.WITHDRAWN, valid_until=AT))
    check_content(withdrawn, before=before, at=AT)


def test_service_provider_and_type_never_change() -> None:
    for moved in (state(provider="x"), state(service="x")):
        draft = content(DecisionKind.RENEW, ServiceStatus.QUALIFIED, moved, cites=CITES)
        with pytest.raises(InvalidInput):
            check_content(draft, before=state(), at=AT)


def test_a_rejection_changes_nothing() -> None:
    check_content(content(DecisionKind.REJECT, ServiceStatus.NONE, None, cites=CITES), before=None, at=AT)
    with pytest.raises(InvalidInput):
        check_content(content(DecisionKind.REJECT, ServiceStatus.NONE, state(), cites=CITES), before=None, at=AT)


_CONSISTENT = {
    ServiceStatus.SPECIFIED: state(ServiceStatus.SPECIFIED),
    **{status: state(status) for status in ServiceStatus if status is not ServiceStatus.NONE},
}


@given(st.lists(st.tuples(st.sampled_from(DecisionKind), st.sampled_from(ServiceStatus)), max_size=30))
def test_whatever_is_tried_the_history_is_a_legal_path(tries: list[tuple[DecisionKind, ServiceStatus]]) -> None:
    """Only triples of the table are ever accepted, whatever kinds and targets are put forward in whatever order."""
    legal = {(arrow.name, source, arrow.to) for arrow in lifecycle.SERVICE for source in arrow.sources}
    before: ServiceState | None = None
    for kind, target in tries:
        stands = before.status if before else ServiceStatus.NONE
        after = None if kind is DecisionKind.REJECT else _CONSISTENT.get(target)
        try:
            check_content(content(kind, stands, after, cites=CITES), before=before, at=AT)
        except TrustregError:
            assert (kind, stands, target) not in legal
            continue
        if after is not None:
            assert (kind, stands, after.status) in legal
            before = after
