"""Two people at once: one wins, the other gets a clean conflict, and history stays whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from certification_world import REASONS, World, build
from django.db import connection

from certification import selectors, services
from certification.domain.lifecycle import DecisionKind
from certification.models import DecisionApproval, StatusChange
from trustreg.base import clock
from trustreg.base.errors import Conflict, TrustregError

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run acts in threads with connections of their own; the results or errors in the order of the acts."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(index: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            results[index] = act()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def errors(results: list[object]) -> list[TrustregError]:
    """The refusals; anything else that went wrong fails the test."""
    broken = [result for result in results if isinstance(result, Exception) and not isinstance(result, TrustregError)]
    assert not broken, broken
    return [result for result in results if isinstance(result, TrustregError)]


@pytest.fixture
def world(transactional_db: None, _database_tests_run_as_web: None) -> World:
    import trustreg.celery  # noqa: F401 - news of committed acts goes to the broker of the settings

    return build()


def test_of_concurrent_approvals_one_wins(world: World) -> None:
    case = world.case(world.service())
    decision = world.propose(world.draft_grant(case))
    digest = selectors.decision_proposal(decision.pk).content_sha256
    results = at_once(
        *(
            lambda who=who: services.decision_approve(
                decision_id=decision.pk, content_sha256=digest, actor=who, at=clock.now()
            )
            for who in (world.approver, world.second_approver) * 4
        )
    )
    lost = errors(results)
    assert len(lost) == 7
    assert all(isinstance(error, Conflict) and error.status == 409 for error in lost)
    assert DecisionApproval.objects.count() == 1
    assert [row.sequence for row in StatusChange.objects.all()] == [1]
    case.refresh_from_db()
    assert case.status == "granted"


def test_an_edit_and_an_approval_of_the_old_hash_never_both_win(world: World) -> None:
    case = world.case(world.service())
    draft = world.draft_grant(case)
    decision = world.propose(draft)
    edited = replace(draft, reasons={"ja": "直した", "en": "Edited"})
    results = at_once(
        lambda: services.decision_approve(
            decision_id=decision.pk, content_sha256=draft.sha256, actor=world.approver, at=clock.now()
        ),
        lambda: services.decision_edit(
            decision_id=decision.pk, draft=edited, actor=world.second_proposer, at=clock.now()
        ),
    )
    assert len(errors(results)) == 1
    assert isinstance(errors(results)[0], Conflict)
    approvals = list(DecisionApproval.objects.all())
    latest = selectors.decision_proposal(decision.pk)
    assert all(approval.proposal_id == latest.pk for approval in approvals)


def test_two_proposals_on_one_service_do_not_both_open(world: World) -> None:
    service = world.granted()
    results = at_once(
        *(
            lambda who=who, kind=kind: services.decision_propose(
                draft=selectors.draft_step(service.pk, kind, reasons=REASONS), actor=who, at=clock.now()
            )
            for who, kind in (
                (world.proposer, DecisionKind.WITHDRAW),
                (world.second_proposer, DecisionKind.DOWNGRADE),
            )
        )
    )
    assert len(errors(results)) == 1
    assert isinstance(errors(results)[0], Conflict)


def test_urgent_suspensions_and_an_approval_keep_one_history(world: World) -> None:
    service = world.granted()
    decision = world.propose(selectors.draft_step(service.pk, DecisionKind.WITHDRAW, reasons=REASONS))
    digest = selectors.decision_proposal(decision.pk).content_sha256
    results = at_once(
        lambda: services.decision_approve(
            decision_id=decision.pk, content_sha256=digest, actor=world.approver, at=clock.now()
        ),
        *(
            lambda who=who: services.service_suspend_urgently(
                service_id=service.pk, reasons=REASONS, actor=who, at=clock.now()
            )
            for who in (world.second_approver, world.second_proposer)
        ),
    )
    assert len(errors(results)) == 2
    assert all(isinstance(error, Conflict) for error in errors(results))
    history = list(selectors.status_changes(service.pk))
    assert [row.sequence for row in history] == [1, 2]
    assert history[1].to_status in ("withdrawn", "suspended_qualified")


def test_a_withdrawal_by_the_applicant_and_an_approval_never_both_win(world: World) -> None:
    case = world.case(world.service())
    decision = world.propose(world.draft_grant(case))
    digest = selectors.decision_proposal(decision.pk).content_sha256
    results = at_once(
        lambda: services.decision_approve(
            decision_id=decision.pk, content_sha256=digest, actor=world.approver, at=clock.now()
        ),
        lambda: services.application_withdraw(application_id=case.pk, actor=world.officer, at=clock.now()),
    )
    assert len(errors(results)) == 1
    case.refresh_from_db()
    decision.refresh_from_db()
    assert (case.status, decision.status) in (("granted", "approved"), ("withdrawn", "dropped"))
    assert (selectors.standing_state(case.service_id) is not None) == (case.status == "granted")
