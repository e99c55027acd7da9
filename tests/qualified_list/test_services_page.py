"""The table of services shows as in force only what counts at the time that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qualified_list.views.services import _moment, _row
from trustreg.pki.trust import Reason, Result, Standing

NOW = datetime(2026, 6, 10, tzinfo=UTC)
FOUND = {
    "id": "x",
    "name": {"ja": "あ", "en": "A"},
    "provider": {"name": {"ja": "い", "en": "B"}},
    "since": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("result", "status", "reason", "view"),
    [
        (Result.QUALIFIED, "qualified", None, "qualified"),
        (Result.SPECIFIED, "specified", None, "specified"),
        (Result.NOT_VALID, "suspended", Reason.SERVICE_SUSPENDED, "suspended"),
        (Result.NOT_VALID, "withdrawn", Reason.SERVICE_WITHDRAWN, "withdrawn"),
        (Result.NOT_VALID, "qualified", Reason.EXPIRED, "expired"),
        (Result.NOT_VALID, None, Reason.STATUS_UNKNOWN, "unknown"),
        (Result.LIST_STALE, "qualified", Reason.LIST_STALE, "unconfirmed"),
        (Result.CONFLICT, "qualified", Reason.CONFLICT, "unknown"),
    ],
)
def test_only_what_counts_is_shown_as_in_force(result, status, reason, view):
    assert _row(FOUND, Standing(NOW, result, None, reason, status=status))["view"] == view


def test_a_time_without_zone_is_japanese_and_one_with_z_is_utc():
    assert _moment("2026-06-05T10:00", NOW) == datetime(2026, 6, 5, 1, tzinfo=UTC)
    assert _moment("2026-06-05T01:00:00Z", NOW) == datetime(2026, 6, 5, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["2026-06-05", "2026-06-05T10:00+09:00", "2026-06-05T10:00xyz", "0001-01-01T00:00"])
def test_other_forms_of_time_are_refused_with_a_sentence(client, at):
    answer = client.get("/en/services", {"at": at})
    assert answer.status_code == 422
    assert "could not be read" in answer.content.decode()


@pytest.mark.django_db
def test_a_wrong_check_digit_is_named(client):
    answer = client.get("/en/services", {"q": "8000012050002"})
    assert answer.status_code == 422
    assert "it should be 7" in answer.content.decode()
