"""What PostgreSQL refuses to the web process, whatever the code asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import parties as factory
from trustreg.base import corporate_number
from trustreg.parties.domain import my_number
from trustreg.parties.domain.roles import ROLE_KINDS, OrganisationKind, Role

pytestmark = pytest.mark.django_db
Roles = Callable[[str], AbstractContextManager[None]]


def refused(sql: str, *values: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def ask(sql: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def test_the_tests_run_as_web() -> None:
    assert ask("SELECT current_user") == "trustreg_web"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text("0123456789", min_size=13, max_size=13)
    | st.from_regex(r"[0-9]{12}", fullmatch=True).map(lambda base: f"{corporate_number.check_digit(base)}{base}")
)
def test_postgres_and_python_agree_on_corporate_numbers(number: str) -> None:
    assert ask("SELECT trustreg_corporate_number_valid(%s)", number) is corporate_number.is_valid(number)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.from_regex(r"[0-9]{11}", fullmatch=True),
    st.sampled_from(["{}", "x{}y", "１{}", "{} {}", "第{}号"]),
    st.sampled_from(["", "-", " ", "‐", "−"]),
    st.booleans(),
)
def test_postgres_and_python_agree_on_my_numbers(base: str, frame: str, gap: str, right: bool) -> None:
    digit = my_number.check_digit(base)
    digits = base + str(digit if right else (digit + 1) % 10)
    text = frame.replace("{}", gap.join((digits[:4], digits[4:8], digits[8:])))
    assert ask("SELECT trustreg_holds_my_number(%s)", text) is my_number.found_in(text)


def test_rows_that_break_a_constraint() -> None:
    admin = factory.administrator()
    cab = factory.organisation(admin, OrganisationKind.CAB)
    refused("UPDATE parties_organisation SET corporate_number = '1234567890123' WHERE id = %s", cab.pk)
    refused("UPDATE parties_organisation SET corporate_number = %s WHERE id = %s", factory.corporate_number(), cab.pk)
    refused("UPDATE parties_organisation SET kind = 'ab' WHERE id = %s", cab.pk)
    refused("UPDATE parties_organisation SET name_en = '' WHERE id = %s", cab.pk)
    refused("DELETE FROM parties_organisation WHERE id = %s", cab.pk)
    for column in ("name_ja", "name_en", "name_kana", "note"):
        refused(f"UPDATE parties_person SET {column} = 'id １２３４５６７８９０１８' WHERE id = %s", admin.person_id)
    refused("UPDATE parties_account SET email = '123456789018@example.jp' WHERE id = %s", admin.account_id)
    refused("UPDATE parties_account SET email = 'Upper@example.jp' WHERE id = %s", admin.account_id)


def test_an_account_never_moves_to_another_person() -> None:
    admin = factory.administrator()
    other = factory.person(admin)
    refused("UPDATE parties_account SET person_id = %s WHERE id = %s", other.pk, admin.account_id)
    refused("DELETE FROM parties_account WHERE id = %s", admin.account_id)


def test_appointments_are_history(as_role: Roles) -> None:
    admin = factory.administrator()
    ab = factory.organisation(admin, OrganisationKind.AB)
    someone = factory.person(admin)
    factory.appoint(admin, someone, ab, Role.AB_PROPOSER)
    own = "WHERE person_id = %s"
    refused(f"UPDATE parties_appointment SET role = 'ab_approver' {own}", someone.pk)
    refused(f"UPDATE parties_appointment SET starts_at = now() - interval '1 day' {own}", someone.pk)
    past = "starts_at = now() - interval '9 day', ends_at = now() - interval '8 day'"
    refused(f"UPDATE parties_appointment SET {past} {own}", someone.pk)
    refused(f"UPDATE parties_appointment SET ends_at = now() - interval '1 minute' {own}", someone.pk)
    refused(f"DELETE FROM parties_appointment {own}", someone.pk)
    refused("TRUNCATE parties_appointment")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE parties_appointment SET ends_at = clock_timestamp() {own}", [someone.pk])
    refused(f"UPDATE parties_appointment SET ends_at = NULL {own}", someone.pk)
    refused(f"UPDATE parties_appointment SET ends_at = now() + interval '1 day' {own}", someone.pk)
    with as_role("owner"):
        refused(f"DELETE FROM parties_appointment {own}", someone.pk)


def test_the_role_table_of_the_database_is_that_of_the_code() -> None:
    admin = factory.administrator()
    houses = {
        kind: factory.organisation(
            admin, kind, foreign_registration_id="X-1" if kind is OrganisationKind.FOREIGN else ""
        )
        for kind in OrganisationKind
    }
    insert = (
        "INSERT INTO parties_appointment (id, person_id, organisation_id, role, competence, starts_at, appointed_by_id)"
        " VALUES (gen_random_uuid(), %s, %s, %s, '{}', now(), %s)"
    )
    someone = factory.person(admin)
    for kind, house in houses.items():
        for role in Role:
            if kind in ROLE_KINDS[role]:
                with connection.cursor() as cursor:
                    cursor.execute(insert, [someone.pk, house.pk, role, admin.person_id])
            else:
                refused(insert, someone.pk, house.pk, role, admin.person_id)


def test_nobody_appoints_themselves_nor_without_a_name() -> None:
    admin = factory.administrator()
    authority = factory.organisation(admin, OrganisationKind.AUTHORITY)
    insert = (
        "INSERT INTO parties_appointment (id, person_id, organisation_id, role, competence, starts_at, appointed_by_id)"
        " VALUES (gen_random_uuid(), %s, %s, 'system_admin', '{}', now(), %s)"
    )
    someone = factory.person(admin)
    refused(insert, someone.pk, authority.pk, someone.pk)
    refused(insert, someone.pk, authority.pk, None)


def test_declarations_are_dated_now_and_never_change() -> None:
    admin = factory.administrator()
    cab = factory.organisation(admin, OrganisationKind.CAB)
    factory.declare_no_conflict(admin, cab)
    refused("UPDATE parties_conflictdeclaration SET kind = 'family'")
    refused("DELETE FROM parties_conflictdeclaration")
    refused(
        "INSERT INTO parties_conflictdeclaration (id, person_id, organisation_id, kind, text, declared_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'none', '', now() - interval '1 hour')",
        admin.person_id,
        cab.pk,
    )


def test_a_revoked_key_stays_revoked_and_keeps_its_secret() -> None:
    admin = factory.administrator()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parties_apikey (id, account_id, name, prefix, secret_sha256, scopes, expires_at, revoked_at)"
            " VALUES (gen_random_uuid(), %s, 'k', 'abcdefgh', repeat('a', 64), '{}', now() + interval '1 day', now())",
            [admin.account_id],
        )
    refused("UPDATE parties_apikey SET revoked_at = NULL")
    refused("UPDATE parties_apikey SET secret_sha256 = repeat('b', 64)")
    refused("UPDATE parties_apikey SET scopes = '{everything}'")
    refused("DELETE FROM parties_apikey")


@pytest.mark.parametrize("role", ["signer", "public"])
def test_signer_and_public_read_nothing_of_people(as_role: Roles, role: str) -> None:
    with as_role(role):
        refused("SELECT 1 FROM parties_person")
        refused("SELECT 1 FROM parties_apikey")
