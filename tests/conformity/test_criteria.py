"""Criteria sets: loaded, commented on, approved by a second person, in force, superseded."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from conformity import selectors, services
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import CriteriaSet, Criterion, Movement
from conformity.services.criteria import read_catalogue
from tests.factories import conformity as factory
from tests.factories import parties
from trustreg.base import clock
from trustreg.base.errors import Conflict, InvalidInput, NotPermitted, SeparationViolated, TransitionNotAllowed
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[Actor, Actor]:
    admin = parties.administrator()
    ab = parties.organisation(admin, OrganisationKind.AB)
    return parties.actor(admin, ab, Role.SCHEME_EDITOR), parties.actor(
        admin, ab, Role.SCHEME_APPROVER, Role.SCHEME_EDITOR
    )


def load(editor: Actor, version: str = "1", rows: list[dict[str, str]] | None = None) -> CriteriaSet:
    return services.criteria_load(
        code="T", version=version, title_ja="基準", title_en="Criteria", rows=rows, actor=editor, at=clock.now()
    )


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_loading_twice_changes_nothing_and_a_draft_takes_new_rows(people: tuple[Actor, Actor]) -> None:
    editor, _ = people
    row = load(editor)
    ids = set(row.criteria.values_list("pk", flat=True))
    assert len(ids) == 100
    assert load(editor) == row
    assert set(row.criteria.values_list("pk", flat=True)) == ids
    assert load(editor, rows=read_catalogue()[:5]) == row
    assert row.criteria.count() == 5


def test_nobody_rewrites_the_draft_of_another_and_then_approves_it(people: tuple[Actor, Actor]) -> None:
    editor, approver = people
    row = load(editor, rows=read_catalogue()[:5])
    with pytest.raises(SeparationViolated):
        load(approver, rows=read_catalogue()[:4])
    assert row.criteria.count() == 5


def test_a_catalogue_that_cannot_be_read_is_refused(people: tuple[Actor, Actor]) -> None:
    rows = read_catalogue()[:2]
    for bad in ([rows[0] | {"level": "best"}], [rows[0] | {"group": "x"}], [{"id": "A"}], [rows[0], rows[0]]):
        with pytest.raises(InvalidInput):
            load(people[0], version="bad", rows=bad)
    assert not CriteriaSet.objects.exists()


def test_the_command_loads_for_an_editor(people: tuple[Actor, Actor]) -> None:
    email = Account.objects.get(pk=people[0].account_id).email
    call_command("load_criteria", "JP", "2026", f"--editor={email}")
    assert CriteriaSet.objects.get().criteria.count() == 100
    with pytest.raises(CommandError):
        call_command("load_criteria", "JP", "2026", "--editor=nobody@example.jp")


def test_every_step_has_its_person_and_its_place(people: tuple[Actor, Actor]) -> None:
    editor, approver = people
    row = load(editor)
    act = {"criteria_set_id": row.pk, "at": clock.now()}
    with pytest.raises(TransitionNotAllowed):
        services.criteria_set_approve(actor=approver, **act)
    with pytest.raises(TransitionNotAllowed):
        services.criteria_set_put_in_force(actor=approver, **act)
    services.criteria_set_open_comment(actor=editor, **act)
    services.criteria_set_revise(actor=editor, **act)
    services.criteria_set_open_comment(actor=editor, **act)
    with pytest.raises(NotPermitted):
        services.criteria_set_approve(actor=editor, **act)
    approved = services.criteria_set_approve(actor=approver, **act)
    assert len(approved.sha256) == 64
    services.criteria_set_put_in_force(actor=approver, **act)
    assert selectors.criteria_set_in_force("T") == row
    moves = Movement.objects.filter(subject_id=row.pk).values_list("transition", "by")
    assert list(moves) == [
        ("draft", editor.person_id),
        ("open_comment", editor.person_id),
        ("revise", editor.person_id),
        ("open_comment", editor.person_id),
        ("approve", approver.person_id),
        ("put_in_force", approver.person_id),
    ]


def test_an_editor_who_may_approve_does_not_approve_the_own_set(people: tuple[Actor, Actor]) -> None:
    _, both = people
    row = load(both)
    services.criteria_set_open_comment(criteria_set_id=row.pk, actor=both, at=clock.now())
    with pytest.raises(SeparationViolated):
        services.criteria_set_approve(criteria_set_id=row.pk, actor=both, at=clock.now())
    refused(
        "UPDATE conformity_criteriaset SET approver_id = editor_id, sha256 = repeat('a', 64), status = 'approved',"
        " transition = 'approve', previous_status = 'public_comment', revision = revision + 1, moved_at ="
        " clock_timestamp() WHERE id = %s",
        row.pk,
    )


def test_a_new_version_supersedes_the_old_which_serves_through_the_transition(people: tuple[Actor, Actor]) -> None:
    editor, approver = people
    old = factory.criteria_in_force(editor, approver, code="T", version="1")
    new = factory.criteria_in_force(editor, approver, code="T", version="2")
    old.refresh_from_db()
    assert (old.status, selectors.criteria_set_in_force("T")) == ("superseded", new)
    assert old.transition_until is not None
    assert selectors.criteria_set_usable(old.pk, clock.now())
    assert not selectors.criteria_set_usable(old.pk, old.transition_until)
    with pytest.raises(Conflict):
        services.criteria_set_retire(criteria_set_id=old.pk, actor=approver, at=clock.now())


def test_a_set_in_force_never_changes(people: tuple[Actor, Actor]) -> None:
    editor, approver = people
    row = factory.criteria_in_force(editor, approver, code="T", version="1")
    with pytest.raises(Conflict):
        load(editor, rows=read_catalogue()[:3])
    refused("UPDATE conformity_criterion SET text_en = 'weaker' WHERE criteria_set_id = %s", row.pk)
    refused("DELETE FROM conformity_criterion WHERE criteria_set_id = %s", row.pk)
    refused(
        "INSERT INTO conformity_criterion (id, position, code, tier, family, title_ja, title_en, text_en, levels,"
        " service_kinds, reference_family, evidence_expected, basis, criteria_set_id)"
        " SELECT gen_random_uuid(), 999, 'NEW', tier, family, title_ja, title_en, text_en, levels, service_kinds,"
        " reference_family, evidence_expected, basis, criteria_set_id FROM conformity_criterion LIMIT 1"
    )
    for change in (
        "title_en = 'x'",
        "sha256 = repeat('0', 64)",
        "in_force_from = now()",
        "code = 'x'",
        "editor_id = approver_id",
    ):
        refused(f"UPDATE conformity_criteriaset SET {change} WHERE id = %s", row.pk)
    refused("DELETE FROM conformity_criteriaset WHERE id = %s", row.pk)
    refused("UPDATE conformity_criteriaset SET status = 'draft' WHERE id = %s", row.pk)


def test_the_public_sees_what_is_in_force_and_no_draft(people: tuple[Actor, Actor]) -> None:
    editor, approver = people
    row = factory.criteria_in_force(editor, approver, code="T", version="1")
    draft = load(editor, version="2")
    assert list(selectors.criteria_sets_public()) == [row]
    assert selectors.criteria_public().count() == 100
    assert not selectors.criteria_public(criteria_set_id=draft.pk).exists()


def test_applicable_criteria_come_in_order_in_one_question(
    people: tuple[Actor, Actor], django_assert_num_queries: object
) -> None:
    editor, approver = people
    row = factory.criteria_in_force(editor, approver, code="T", version="1")
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = selectors.criteria_applicable(row.pk, ServiceKind.TIMESTAMP, Level.QUALIFIED)
    assert [one.position for one in found] == sorted(one.position for one in found)
    assert isinstance(found[0], Criterion)
