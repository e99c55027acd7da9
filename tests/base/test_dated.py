"""Whoever writes history, with whatever rights of a process, PostgreSQL alone says when it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import parties as factory
from trustreg.parties.domain.roles import OrganisationKind, Role

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def written(table: str, column: str, **values: object) -> datetime:
    """Insert a row by SQL with `column` long ago; what stands there afterwards."""
    values[column] = LONG_AGO
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) RETURNING {column}",
            list(values.values()),
        )
        found = cursor.fetchone()[0]
    assert isinstance(found, datetime)
    return found


def is_now(moment: datetime) -> bool:
    return abs(datetime.now(UTC) - moment) < timedelta(seconds=5)


@pytest.mark.parametrize("role", ["web", "worker"])
def test_nobody_records_an_act_for_the_past(as_role, role):
    values = {
        "tag": "certification:decision:approved", "via": "session", "subject_type": "decision", "subject_id": "1",
        "at": LONG_AGO, "request_id": "", "data": "{}",
    }  # fmt: skip
    with as_role(role):
        assert is_now(written("base_event", "recorded_at", **values))


def test_nobody_was_appointed_or_registered_in_the_past():
    appointer = factory.administrator()
    body, person = factory.organisation(appointer, OrganisationKind.AB), factory.person(appointer)
    assert is_now(
        written(
            "parties_appointment",
            "recorded_at",
            id=uuid4(),
            person_id=person.pk,
            organisation_id=body.pk,
            role=Role.AB_APPROVER,
            competence="{}",
            starts_at=LONG_AGO,
            appointed_by_id=appointer.person_id,
        )
    )
    texts = {"name_ja": "人", "name_en": "person", "name_kana": "", "note": ""}
    assert is_now(written("parties_person", "created_at", id=uuid4(), **texts))
    assert is_now(written("parties_oidarc", "registered_at", id=uuid4(), arc="1.2.392.1", organisation_id=body.pk))


@pytest.mark.parametrize("table", ["conformity_custodyentry", "conformity_findinganswer"])
def test_custody_and_answers_are_not_written_for_the_past(table):
    with pytest.raises(DatabaseError, match="is dated now"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (at) VALUES (%s)", [LONG_AGO])
