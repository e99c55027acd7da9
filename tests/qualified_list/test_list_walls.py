"""The law of publication in PostgreSQL, tried with raw SQL by every role that connects."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from qualified_list import services
from qualified_list.models import ListIssue

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = ("content", "unsigned")
INSERT = """
INSERT INTO qualified_list_listissue (sequence, scheme_version_id, content, content_hash, decisions, mark, services,
  issued_at, next_update, unsigned, unsigned_sha256, sha256, state, compiled_at, lease_owner)
VALUES (%(sequence)s, 1, %(content)s, %(content_hash)s, '[]', '', 0, %(issued_at)s::timestamptz,
  %(issued_at)s::timestamptz + interval '180 days', %(unsigned)s, %(unsigned_sha256)s, '', 'compiled', now(), '')
"""


def sql(statement: str, **values: object) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.rowcount


def clock(offset: str = "0 seconds") -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_trunc('second', clock_timestamp() + %s::interval)", [offset])
        return cursor.fetchone()[0]


def issue(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "sequence": 1,
        "content": "{}",
        "content_hash": hashlib.sha256(b"{}").hexdigest(),
        "issued_at": clock(),
        "unsigned": b"<x/>",
        "unsigned_sha256": hashlib.sha256(b"<x/>").hexdigest(),
    }
    return row | changes


@contextmanager
def refused(words: str):
    with pytest.raises(IntegrityError, match=words):
        yield


@contextmanager
def no_right():
    with pytest.raises(ProgrammingError, match="permission denied"):
        yield


@pytest.mark.parametrize(
    "table",
    ["listissue", "listsignature", "listedstate", "listedservice", "listedservicemember", "refusal"],
)
def test_the_web_process_reads_and_never_writes(registry, publish, table):
    registry.grant(1)
    publish()
    name = f"qualified_list_{table}"
    sql(f"SELECT * FROM {name}")
    for statement in (
        f"INSERT INTO {name} SELECT * FROM {name}",
        f"UPDATE {name} SET {'sequence = sequence' if table in ('listissue', 'refusal') else 'id = id'}"
        if table not in ("listsignature",)
        else f"UPDATE {name} SET issue_id = issue_id",
        f"DELETE FROM {name}",
        f"TRUNCATE {name} CASCADE",
    ):
        with no_right():
            sql(statement)


def test_the_worker_cannot_sign_or_change_history(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("worker"):
        for statement in (
            "INSERT INTO qualified_list_listsignature SELECT * FROM qualified_list_listsignature",
            "UPDATE qualified_list_listsignature SET signed = 'x'",
            "DELETE FROM qualified_list_listsignature",
            "UPDATE qualified_list_listedstate SET status = 'qualified'",
            "DELETE FROM qualified_list_listedstate",
            "DELETE FROM qualified_list_listissue",
            "UPDATE qualified_list_listedservice SET spki_sha256 = spki_sha256",
            "INSERT INTO qualified_list_schemeversion SELECT * FROM qualified_list_schemeversion",
            "TRUNCATE qualified_list_listissue CASCADE",
        ):
            with no_right():
                sql(statement)


def test_the_signer_writes_signatures_and_refusals_alone(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("signer"):
        for statement in (
            "UPDATE qualified_list_listissue SET state = 'checked'",
            "INSERT INTO qualified_list_listissue SELECT * FROM qualified_list_listissue",
            "INSERT INTO qualified_list_listedstate SELECT * FROM qualified_list_listedstate",
            "UPDATE qualified_list_listsignature SET signed = 'x'",
            "DELETE FROM qualified_list_listsignature",
            "UPDATE certification_statuschange SET content = ''",
            "INSERT INTO certification_decisionapproval SELECT * FROM certification_decisionapproval",
            "SELECT * FROM parties_account",
            "SELECT * FROM parties_person",
            "SELECT * FROM base_event",
            "TRUNCATE qualified_list_listsignature",
        ):
            with no_right():
                sql(statement)


def test_not_even_the_owner_changes_what_was_released(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("owner"):
        for statement, words in (
            ("UPDATE qualified_list_listissue SET issued_at = issued_at - interval '1 day'", "never change"),
            ("UPDATE qualified_list_listissue SET lease_owner = 'me'", "never changes"),
            ("UPDATE qualified_list_listissue SET log_index = 7", "never changes"),
            ("UPDATE qualified_list_listissue SET state = 'compiled'", "never changes"),
            ("DELETE FROM qualified_list_listissue", "never removed"),
            ("UPDATE qualified_list_listsignature SET signed = 'x'", "history"),
            ("DELETE FROM qualified_list_listsignature", "history"),
            ("UPDATE qualified_list_listedstate SET start = now()", "history"),
            ("DELETE FROM qualified_list_listedstate", "history"),
            ("UPDATE qualified_list_listedservice SET spki_sha256 = repeat('0', 64)", "history"),
            ("UPDATE qualified_list_schemeversion SET version = 9", "history"),
            ("DELETE FROM qualified_list_refusal WHERE false", None),
        ):
            if words is None:
                sql(statement)
                continue
            with refused(words):
                sql(statement)


def test_sequences_have_no_gap_and_no_double(registry, publish, as_role):
    with as_role("worker"):
        for sequence in (0, 2, 7):
            with refused("not the next one|list_issue_sequence"):
                sql(INSERT, **issue(sequence=sequence))
        sql(INSERT, **issue())
        with refused("not the next one"):
            sql(INSERT, **issue())
        with refused("not released"):
            sql(INSERT, **issue(sequence=2))


def test_issue_times_are_the_databases_whole_and_increasing(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("worker"):
        for offset in ("-6 seconds", "6 seconds", "-1 day", "1 year"):
            with refused("off the database clock"):
                sql(INSERT, **issue(sequence=2, issued_at=clock(offset)))
        with refused("fractions"):
            sql(INSERT, **issue(sequence=2, issued_at=f"{clock()}".replace("+00:00", ".5+00:00")))
        with refused("not later"):
            sql(INSERT, **issue(sequence=2, issued_at=ListIssue.objects.get().issued_at))


def test_the_hash_is_that_of_the_content(registry, as_role):
    with as_role("worker"):
        with refused("not the SHA-256 of its content"):
            sql(INSERT, **issue(content='{"a":1}'))
        with refused("not the SHA-256 of its bytes"):
            sql(INSERT, **issue(unsigned=b"<y/>"))
        sql(INSERT, **issue())
        with refused("stamped anew with a later time"):
            sql("UPDATE qualified_list_listissue SET content = '{\"a\":1}'")


def test_an_issue_moves_along_its_arrows_only(registry, as_role):
    with as_role("worker"):
        sql(INSERT, **issue())
        for state in ("signed", "verified", "released"):
            with refused("cannot go|no signature|list_issue_released"):
                sql(f"UPDATE qualified_list_listissue SET state = '{state}'")
        sql("UPDATE qualified_list_listissue SET state = 'checked'")
        with refused("no signature of that digest"):
            sql("UPDATE qualified_list_listissue SET state = 'signed', sha256 = repeat('0', 64)")


SIGNATURE = """
INSERT INTO qualified_list_listsignature (issue_id, unsigned_sha256, signed, sha256, signer_certificate, signer_sha256)
VALUES (1, %(unsigned_sha256)s, 'signed', encode(sha256('signed'), 'hex'), 'cert', encode(sha256('cert'), 'hex'))
"""


def test_a_signature_is_of_the_bytes_of_its_issue_and_there_is_one(registry, as_role):
    right = hashlib.sha256(b"<x/>").hexdigest()
    with as_role("worker"):
        sql(INSERT, **issue())
    with as_role("signer"), refused("not waiting"):
        sql(SIGNATURE, unsigned_sha256=right)
    with as_role("worker"):
        sql("UPDATE qualified_list_listissue SET state = 'checked'")
    with as_role("signer"):
        with refused("other bytes"):
            sql(SIGNATURE, unsigned_sha256="0" * 64)
        sql(SIGNATURE, unsigned_sha256=right)
        with pytest.raises(IntegrityError):
            sql(SIGNATURE, unsigned_sha256=right)
    with as_role("worker"), refused("is signed"):
        sql(
            "UPDATE qualified_list_listissue SET state = 'compiled', issued_at = %(at)s, compiled_at = now()",
            at=clock("1 second"),
        )


def test_a_state_starts_with_the_issue_that_first_carries_it(registry, publish, as_role, key):
    registry.grant(1)
    publish()
    insert = """
    INSERT INTO qualified_list_listedstate (id, listed_service_id, issue_id, start, status, level, names, scope,
      extensions, decisions)
    SELECT gen_random_uuid(), id, %(issue)s, %(start)s, 'specified', 'specified', '[]', '[]', '[]', '[]'
    FROM qualified_list_listedservice
    """
    with as_role("worker"), refused("not about to be released"):
        sql(insert, issue=1, start=clock())
    with as_role("worker"):
        services.intent_begin(reissue=True)
        services.intent_check(sequence=2)
    with as_role("signer"):
        services.sign_waiting(key=key)
    with as_role("worker"):
        services.signature_accept(sequence=2)
        services.issue_verify(sequence=2)
        for offset in ("-1 day", "-1 second", "1 second", "1 day"):
            with refused("starts with the list that first carries it"):
                sql(insert, issue=2, start=clock(offset) if offset != "0" else clock())
        sql(insert, issue=2, start=ListIssue.objects.get(pk=2).issued_at)


def test_the_public_reads_what_was_released_and_nothing_else(registry, publish, as_role):
    registry.grant(1)
    publish()
    with as_role("worker"):
        services.intent_begin(reissue=True)
    with as_role("public"):
        assert sql("SELECT * FROM qualified_list_published") == 1
        for statement in (
            "SELECT * FROM qualified_list_listissue",
            "SELECT * FROM certification_decision",
            "DELETE FROM qualified_list_listsignature",
        ):
            with no_right():
                sql(statement)


def test_the_scheme_is_versioned_without_gaps(registry):
    columns = "(version, content, next_update_days)"
    with refused("not the next one"):
        sql(f"INSERT INTO qualified_list_schemeversion {columns} VALUES (3, '{{}}', 180)")
    with refused("within_six_months"):
        sql(f"INSERT INTO qualified_list_schemeversion {columns} VALUES (2, '{{}}', 200)")
    sql(f"INSERT INTO qualified_list_schemeversion {columns} VALUES (2, '{{}}', 90)")
