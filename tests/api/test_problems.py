"""What the database and the framework refuse leaves as a problem of the caller, or as a bare 500."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import Http404
from django.test import RequestFactory
from django.utils import translation
from rest_framework import exceptions as drf

from trustreg.base import problems
from trustreg.base.api import problem_response
from trustreg.base.errors import SeparationViolated, TrustregError


def raised(state: str, message: str = "service s1 is withdrawn") -> DatabaseError:
    """What Django makes of a real refusal of PostgreSQL with this SQLSTATE."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{state}'; END $$")
    return caught.value


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("23514", 409, "conflict"),  # a trigger or check refuses
        ("40001", 409, "conflict"),  # lost the race
        ("40P01", 409, "conflict"),
        ("55P03", 409, "conflict"),
        ("23505", 409, "conflict"),
        ("23503", 409, "conflict"),
        ("22003", 422, "invalid_input"),
        ("57014", 503, "unavailable"),
        ("42501", 500, "internal_error"),  # no right to: a defect of ours
        ("23502", 500, "internal_error"),
    ],
)
def test_a_wall_of_the_database_is_a_problem_of_the_right_kind(state, status, code):
    response = problem_response(raised(state), {})
    assert (response.status_code, response.data["code"]) == (status, code)
    assert response.content_type == "application/problem+json"


@pytest.mark.django_db
def test_the_rule_is_named_but_not_the_tables():
    with translation.override("en"):
        assert "service s1 is withdrawn" in problem_response(raised("23514"), {}).data["detail"]
        inner = raised("23514", 'new row for relation "x" violates check constraint "y"')
        assert "relation" not in problem_response(inner, {}).data["detail"]


def test_a_database_that_is_away_is_503():
    response = problem_response(OperationalError("connection refused"), {})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_an_unknown_exception_shows_nothing_of_itself():
    response = problem_response(RuntimeError("password=hunter2 at /srv/secret"), {})
    assert response.status_code == 500
    assert "hunter2" not in json.dumps(response.data, ensure_ascii=False)
    assert "request_id" in response.data


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (SuspiciousOperation("x"), 400),
        (RequestDataTooBig("x"), 413),
        (drf.UnsupportedMediaType("x/y"), 415),
        (drf.Throttled(wait=7), 429),
        (drf.ParseError("x"), 400),
        (ValueError("A string literal cannot contain NUL (0x00) characters."), 422),
    ],
)
def test_errors_of_the_framework_keep_their_status(error, status):
    assert problem_response(error, {}).status_code == status


def test_both_languages_and_fields():
    error = SeparationViolated("No.", "いいえ。", fields={"x": {"ja": "だめ", "en": "bad"}}, extra={"rule": 1})
    for lang, detail, field in (("ja", "いいえ。", "だめ"), ("en", "No.", "bad")):
        with translation.override(lang):
            shown = problems.document(error)
        assert (shown["detail"], shown["fields"], shown["rule"]) == (detail, {"x": field}, 1)


def test_every_error_has_a_code_and_a_title():
    waiting, seen = [TrustregError], set()
    while waiting:
        kind = waiting.pop()
        assert kind.status in problems.TITLES
        seen.add(kind.code)
        waiting += kind.__subclasses__()
    assert len(seen) > 10


def test_programs_get_json_and_people_get_pages():
    make = RequestFactory()
    assert problems.wants_problem(make.get("/api/v1/x", headers={"accept": "text/html"}))
    assert problems.wants_problem(make.get("/x"))
    assert not problems.wants_problem(make.get("/x", headers={"accept": "text/html,*/*"}))


def test_sentences_of_the_framework_come_in_japanese(stranger, db):
    from rest_framework.test import APIClient

    response = APIClient().post("/api/v1/session", {}, format="json")
    assert response.status_code == 422
    assert "必須" in response.json()["fields"]["email"]
