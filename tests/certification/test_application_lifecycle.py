"""The lifecycles as tables: every status against every arrow."""

from __future__ import annotations

import pytest

from certification.domain import lifecycle
from certification.domain.lifecycle import ApplicationStatus as A
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from trustreg.base.errors import TransitionNotAllowed
from trustreg.base.lifecycle import triples

LEGAL_APPLICATION = {
    ("start", "none", A.DRAFT),
    ("submit", A.DRAFT, A.SUBMITTED),
    ("submit", A.RETURNED, A.SUBMITTED),
    ("return", A.SUBMITTED, A.RETURNED),
    ("return", A.UNDER_DECISION, A.RETURNED),
    ("accept", A.SUBMITTED, A.ACCEPTED),
    ("refuse", A.SUBMITTED, A.REFUSED),
    ("refuse", A.ACCEPTED, A.REFUSED),
    ("assess", A.ACCEPTED, A.ASSESSING),
    ("conclude", A.ASSESSING, A.CONCLUDED),
    ("forward", A.CONCLUDED, A.UNDER_DECISION),
    ("grant", A.UNDER_DECISION, A.GRANTED),
    ("reject", A.UNDER_DECISION, A.REJECTED),
    *(
        ("withdraw", status, A.WITHDRAWN)
        for status in (A.DRAFT, A.SUBMITTED, A.RETURNED, A.ACCEPTED, A.ASSESSING, A.CONCLUDED, A.UNDER_DECISION)
    ),
}


def test_the_application_table_is_exactly_the_law() -> None:
    assert set(triples(lifecycle.APPLICATION)) == LEGAL_APPLICATION


@pytest.mark.parametrize("status", list(A))
@pytest.mark.parametrize("arrow", lifecycle.APPLICATION, ids=lambda arrow: arrow.name)
def test_an_arrow_leaves_its_sources_alone(arrow: lifecycle.Arrow, status: A) -> None:
    if any((arrow.name, status, to) in LEGAL_APPLICATION for to in A):
        arrow.check(status)
    else:
        with pytest.raises(TransitionNotAllowed):
            arrow.check(status)


def test_closed_applications_move_no_further() -> None:
    sources = {source for arrow in lifecycle.APPLICATION for source in arrow.sources}
    assert sources.isdisjoint(lifecycle.APPLICATION_CLOSED)


S = ServiceStatus
EXPECTED_STEPS = {
    S.NONE: {"grant"},
    S.SPECIFIED: {"upgrade", "renew", "change", "suspend", "withdraw", "cease"},
    S.QUALIFIED: {"downgrade", "renew", "change", "suspend", "withdraw", "cease"},
    S.SUSPENDED_SPECIFIED: {"change", "confirm_suspension", "reinstate", "withdraw", "cease"},
    S.SUSPENDED_QUALIFIED: {"change", "confirm_suspension", "reinstate", "withdraw", "cease"},
    S.WITHDRAWN: {"grant"},
    S.EXPIRED: {"grant"},
    S.CEASED: set(),
}


@pytest.mark.parametrize("status", list(S))
def test_what_can_be_decided_of_a_service(status: S) -> None:
    assert set(lifecycle.possible(status)) == EXPECTED_STEPS[status]
    for kind in DecisionKind:
        if kind in EXPECTED_STEPS[status]:
            assert lifecycle.step(kind, status).name == kind
        else:
            with pytest.raises(TransitionNotAllowed):
                lifecycle.step(kind, status)


@pytest.mark.parametrize(
    ("before", "suspended"),
    [(S.SPECIFIED, S.SUSPENDED_SPECIFIED), (S.QUALIFIED, S.SUSPENDED_QUALIFIED)],
)
def test_suspension_remembers_the_level(before: S, suspended: S) -> None:
    assert lifecycle.step("suspend", before).to == suspended
    assert suspended.level == before.level
    assert lifecycle.step("reinstate", suspended).to == before


@pytest.mark.parametrize("status", [S.NONE, S.WITHDRAWN, S.EXPIRED])
@pytest.mark.parametrize("level", ["specified", "qualified"])
def test_a_grant_leads_to_the_level_that_is_granted(status: S, level: str) -> None:
    assert lifecycle.step("grant", status, level=level).to == level


def test_both_levels_expire_also_in_suspension() -> None:
    for status in lifecycle.LIVE:
        assert lifecycle.step(lifecycle.EXPIRE, status).to == S.EXPIRED
    with pytest.raises(TransitionNotAllowed):
        lifecycle.step(lifecycle.EXPIRE, S.WITHDRAWN)


def test_what_a_list_says_of_each_status() -> None:
    assert {status: status.listed_as for status in S} == {
        S.NONE: None,
        S.SPECIFIED: "specified",
        S.QUALIFIED: "qualified",
        S.SUSPENDED_SPECIFIED: "suspended",
        S.SUSPENDED_QUALIFIED: "suspended",
        S.WITHDRAWN: "withdrawn",
        S.EXPIRED: "withdrawn",
        S.CEASED: "withdrawn",
    }


def test_only_granted_statuses_hold_a_level_on_the_list() -> None:
    for status in S:
        if status.listed_as in ("qualified", "specified"):
            assert status.level == status.listed_as
