"""PostgreSQL lets exactly the moves of the lifecycle tables through; a lost race is a refusal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, connections, transaction

from conformity import services
from conformity.domain import lifecycle
from conformity.models import Accreditation, AccreditationDecisionKind, CriteriaSet, Movement
from tests.factories import conformity as factory
from trustreg.base import clock
from trustreg.base.errors import Conflict, TrustregError
from trustreg.base.lifecycle import triples


@pytest.mark.django_db
def test_the_database_lets_exactly_the_arrows_of_the_table_through() -> None:
    case = factory.scheme()
    row = case.criteria_set
    arrows = set(triples(lifecycle.CRITERIA_SET))
    statuses = list(lifecycle.CriteriaSetStatus)
    names = sorted({arrow.name for arrow in lifecycle.CRITERIA_SET})
    insert = (
        "INSERT INTO conformity_criteriaset (id, code, version, title_ja, title_en, editor_id, approver_id,"
        " sha256, in_force_from,"
        " status, transition, previous_status, revision, moved_at) VALUES"
        " (gen_random_uuid(), %s, '1', 'x', 'x', %s, %s, repeat('a', 64), now(), %s, %s, %s, %s, clock_timestamp())"
    )
    people = (row.editor_id, row.approver_id)
    for status in statuses:
        for name in names:
            allowed = (name, "", status) in arrows
            with connection.cursor() as cursor:
                try:
                    with transaction.atomic():
                        cursor.execute(insert, [f"{status}-{name}", *people, status, name, "", 0])
                except DatabaseError:
                    assert not allowed, (name, status)
                else:
                    assert allowed, (name, status)
    refused = [(name, "", status, 3) for name, _, status in arrows] + [("draft", "draft", "draft", 0)]
    for name, source, status, revision in refused:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert, [f"r-{name}", *people, status, name, source, revision])


@pytest.mark.django_db
def test_every_legal_move_passes_and_every_other_is_refused_for_criteria_sets() -> None:
    case = factory.scheme()
    arrows = set(triples(lifecycle.CRITERIA_SET))
    names = sorted({arrow.name for arrow in lifecycle.CRITERIA_SET})
    update = (
        "UPDATE conformity_criteriaset SET previous_status = status, status = %s, transition = %s, revision ="
        " revision + 1,"
        " moved_at = clock_timestamp() WHERE id = %s"
    )
    reached = CriteriaSet.objects.get(pk=case.criteria_set.pk)
    for status in lifecycle.CriteriaSetStatus:
        for name in names:
            allowed = (name, reached.status, str(status)) in arrows
            with transaction.atomic():
                mark = transaction.savepoint()
                with connection.cursor() as cursor:
                    try:
                        cursor.execute(update, [status, name, reached.pk])
                        passed = True
                    except DatabaseError:
                        passed = False
                transaction.savepoint_rollback(mark)
            assert passed is allowed, (name, reached.status, status)


@pytest.mark.django_db
def test_moves_are_dated_now_and_numbered_without_gaps() -> None:
    case = factory.scheme()
    supersede = "status = 'superseded', transition = 'supersede'"
    for change in (
        f"{supersede}, revision = revision + 2, previous_status = status, moved_at = clock_timestamp()",
        f"{supersede}, revision = revision + 1, previous_status = status, moved_at = now() - interval '1 minute'",
        f"{supersede}, revision = revision + 1, previous_status = 'draft', moved_at = clock_timestamp()",
        "moved_by_id = editor_id",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE conformity_criteriaset SET {change} WHERE id = %s", [case.criteria_set.pk])
    revisions = Movement.objects.filter(subject_id=case.accreditation.pk).values_list("revision", flat=True)
    assert list(revisions) == list(range(6))


@pytest.mark.django_db(transaction=True)
def test_of_racing_approvals_one_wins_and_the_others_are_told() -> None:
    case = factory.scheme()
    decision = services.accreditation_decision_propose(
        accreditation_id=case.accreditation.pk,
        kind=AccreditationDecisionKind.SUSPEND,
        reasons="Race.",
        actor=case.proposer,
        at=clock.now(),
    )
    start = Barrier(4)

    def approve() -> str:
        try:
            start.wait()
            services.accreditation_decision_approve(
                decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=case.approver, at=clock.now()
            )
        except TrustregError as error:
            return type(error).__name__
        else:
            return "approved"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        results = sorted(pool.map(lambda _: approve(), range(4)))
    assert results == [Conflict.__name__] * 3 + ["approved"]
    assert Accreditation.objects.get(pk=case.accreditation.pk).status == "suspended"
    assert Movement.objects.filter(subject_id=case.accreditation.pk, transition="suspend").count() == 1
