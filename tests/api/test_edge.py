"""What every endpoint shares: problems, strict bodies, sessions and keys, idempotency, cursors, ETag."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from trustreg.base import clock, idempotency
from trustreg.base.models import IdempotencyKey
from trustreg.parties.models import Account, Organisation, Person

pytestmark = pytest.mark.django_db

PERSON = {"name_ja": "山田 花子", "name_en": "Hanako Yamada"}
NUMBER = "7000012050002"


def problem(response, status: int, code: str) -> dict:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"].endswith(f"/problems/{code}")
    assert {"title", "detail", "request_id"} <= body.keys()
    return body


def test_an_unknown_address_is_a_problem_in_the_language_asked_for():
    japanese = problem(Client().get("/api/v1/nothing"), 404, "not_found")
    assert "ありません" in japanese["detail"]
    response = Client().get("/api/v1/nothing", headers={"accept-language": "en"})
    assert response["Content-Language"] == "en"
    assert "Nothing is found" in problem(response, 404, "not_found")["detail"]


def test_a_person_gets_a_page_for_an_unknown_address():
    response = Client().get("/nothing", headers={"accept": "text/html"})
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_problem_types_can_be_looked_up():
    for code in ("invalid_input", "not_found", "conflict", "unsupported_media_type"):
        assert Client().get(f"/problems/{code}").status_code == 200
    assert Client().get("/problems/nonsense").status_code == 404


def test_a_method_that_does_not_exist(stranger):
    response = stranger.put("/api/v1/organisations", {}, format="json")
    assert response.status_code in (401, 405)
    response = stranger.post("/healthz")
    assert response.status_code == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"name_ja": "a", "name_ja": "b"}', 400),
        (b'{"name_ja": NaN}', 400),
        (b'{"name_ja": 1e999}', 400),
        (b'{"name_ja": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
        (b'{"name_ja": "a\\u0000b", "name_en": "c"}', 422),
        (b'{"name_ja": "\\ud800", "name_en": "c"}', 422),
        (b"[]", 422),
        (b"1", 422),
        (b"9" * 5000, 400),
        (b"", 422),
    ],
)
def test_a_body_that_is_not_what_it_seems_is_refused_and_nothing_is_stored(administrator, signed_in, body, status):
    before = Person.objects.count()
    response = signed_in(administrator).post("/api/v1/persons", body, content_type="application/json")
    problem(response, status, "malformed_request" if status == 400 else "invalid_input")
    assert Person.objects.count() == before


def test_unknown_members_are_named(administrator, signed_in):
    response = signed_in(administrator).post("/api/v1/persons", {**PERSON, "nam_kana": "x"}, format="json")
    assert "nam_kana" in problem(response, 422, "invalid_input")["fields"]


def test_another_media_type_is_refused(administrator, signed_in):
    response = signed_in(administrator).post("/api/v1/persons", "<a/>", content_type="application/xml")
    problem(response, 415, "unsupported_media_type")


def test_a_body_beyond_the_limit_is_refused_by_its_length(administrator, signed_in):
    response = signed_in(administrator).post("/api/v1/persons", b"0" * (2 << 20), content_type="application/json")
    body = problem(response, 413, "too_large")
    assert body["limit_bytes"] == 1 << 20
    assert body["got_bytes"] == 2 << 20


def test_a_my_number_is_refused_and_not_echoed(administrator, signed_in):
    secret = "123456789018"
    response = signed_in(administrator).post("/api/v1/persons", {**PERSON, "note": secret}, format="json")
    assert "note" in problem(response, 422, "invalid_input")["fields"]
    assert secret not in response.content.decode()
    assert not Person.objects.filter(note__contains=secret).exists()


@pytest.mark.parametrize(
    "value",
    [
        "2030-01-31",
        "2030-01-31T09:00:00",
        "2030-01-31T09:00:00+09:00",
        "2030-01-31T09:00:00.5Z",
        "x",
        1,
        "2030-02-31T09:00:00Z",
    ],
)
def test_times_have_one_form(administrator, signed_in, value):
    response = signed_in(administrator).post(
        "/api/v1/api-keys", {"name": "k", "scopes": ["case:read"], "expires_at": value}, format="json"
    )
    body = problem(response, 422, "invalid_input")
    assert "2026-01-31T09:00:00Z" in body["fields"]["expires_at"]


def test_a_wrong_check_digit_is_refused(administrator, signed_in):
    response = signed_in(administrator).post(
        "/api/v1/organisations",
        {"kind": "provider", "name_ja": "あ", "name_en": "a", "corporate_number": "8000012050002"},
        format="json",
    )
    assert "corporate_number" in problem(response, 422, "invalid_input")["fields"]
    assert not Organisation.objects.filter(name_en="a").exists()


# Who calls.


def test_a_write_needs_somebody(stranger):
    response = stranger.post("/api/v1/persons", PERSON, format="json")
    problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("key", ["trk_nonsense", "", "trk_00000000_" + "0" * 49])
def test_a_key_that_does_not_hold_is_401_even_where_nobody_is_needed(stranger, key):
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    problem(stranger.get("/api/v1/organisations"), 401, "not_authenticated")


def test_sign_in_and_out(administrator):
    client = APIClient(enforce_csrf_checks=True, headers={"accept-language": "en"})
    assert client.get("/api/v1/session").json()["account"] is None
    problem(
        client.post("/api/v1/session", {"email": "admin@example.jp", "password": "wrong"}, format="json"),
        401,
        "not_authenticated",
    )
    answer = client.post(
        "/api/v1/session", {"email": " Admin@Example.jp ", "password": "correct horse battery"}, format="json"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["account"]["email"] == "admin@example.jp"
    assert [held["role"] for held in answer.json()["appointments"]] == ["system_admin"]
    refused = problem(client.post("/api/v1/persons", PERSON, format="json"), 403, "not_permitted")
    assert "X-CSRFToken" in refused["detail"]
    token = answer.json()["csrf_token"]
    created = client.post("/api/v1/persons", PERSON, format="json", headers={"X-CSRFToken": token})
    assert created.status_code == 201, created.content
    assert client.delete("/api/v1/session", headers={"X-CSRFToken": token}).status_code == 204
    problem(client.post("/api/v1/persons", PERSON, format="json"), 401, "not_authenticated")


def test_guessing_passwords_is_stopped(administrator, stranger, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = stranger.post("/api/v1/session", {"email": "admin@example.jp", "password": "wrong"}, format="json")
    right = {"email": "admin@example.jp", "password": "correct horse battery"}
    last = stranger.post("/api/v1/session", right, format="json")
    body = problem(last, 429, "rate_limited")
    assert last["Retry-After"] == str(body["retry_after"])


def test_a_key_may_only_what_its_scopes_name(administrator, with_key):
    other = with_key(administrator, "organisation:register")
    assert (
        problem(other.post("/api/v1/persons", PERSON, format="json"), 403, "not_permitted")["act"] == "person:register"
    )
    assert with_key(administrator, "person:register").post("/api/v1/persons", PERSON, format="json").status_code == 201


def test_a_revoked_key_and_a_closed_account_end_at_once(administrator, signed_in, with_key):
    script = with_key(administrator, "person:register")
    session = signed_in(administrator)
    key = session.get("/api/v1/api-keys").json()["results"][0]
    assert "key" not in key
    assert session.delete(f"/api/v1/api-keys/{key['id']}").status_code == 204
    problem(script.post("/api/v1/persons", PERSON, format="json"), 401, "not_authenticated")
    Account.objects.filter(pk=administrator.pk).update(is_active=False)
    problem(session.post("/api/v1/persons", PERSON, format="json"), 401, "not_authenticated")


def test_a_key_is_shown_once_and_cannot_issue_keys(administrator, signed_in):
    expires = clock.utc_text(clock.now().replace(year=clock.now().year + 1))
    asked = {"name": "k", "scopes": ["person:register", "account:manage"], "expires_at": expires}
    first = signed_in(administrator).post("/api/v1/api-keys", asked, format="json", headers={"Idempotency-Key": "one"})
    assert first.status_code == 201, first.content
    text = first.json()["key"]
    assert not IdempotencyKey.objects.exists()
    script = APIClient(headers={"authorization": f"Bearer {text}"})
    assert script.get("/api/v1/session").json()["account"]["id"] == str(administrator.pk)
    problem(script.post("/api/v1/api-keys", asked, format="json"), 403, "not_permitted")
    wrong = {**asked, "scopes": ["everything:do"]}
    assert (
        "scopes"
        in problem(signed_in(administrator).post("/api/v1/api-keys", wrong, format="json"), 422, "invalid_input")[
            "fields"
        ]
    )


# Writes that are repeated.


def test_a_repeated_write_gives_the_same_answer_and_does_nothing(administrator, signed_in):
    client = signed_in(administrator)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = client.post("/api/v1/persons", PERSON, format="json", headers=key)
    again = client.post("/api/v1/persons", PERSON, format="json", headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again["Idempotent-Replay"] == "true"
    assert Person.objects.filter(name_en="Hanako Yamada").count() == 1
    other = client.post("/api/v1/persons", {**PERSON, "note": "other"}, format="json", headers=key)
    problem(other, 409, "conflict")


def test_a_refused_write_keeps_no_key(administrator, signed_in):
    client = signed_in(administrator)
    key = {"Idempotency-Key": "k1"}
    problem(client.post("/api/v1/persons", {"name_ja": "a"}, format="json", headers=key), 422, "invalid_input")
    assert client.post("/api/v1/persons", PERSON, format="json", headers=key).status_code == 201


def test_what_was_answered_is_forgotten_after_a_day(administrator, signed_in, as_role):
    """The answer may hold what has been deleted at its own address meanwhile: a report, a person."""
    signed_in(administrator).post("/api/v1/persons", PERSON, format="json", headers={"Idempotency-Key": "k1"})
    at = clock.now()
    with as_role("worker"):
        assert idempotency.forget(at=at + timedelta(hours=23)) == 0
        assert idempotency.forget(at=at + timedelta(days=1, seconds=1)) == 1
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_malformed_idempotency_key_is_refused(administrator, signed_in, key):
    response = signed_in(administrator).post("/api/v1/persons", PERSON, format="json", headers={"Idempotency-Key": key})
    problem(response, 422, "invalid_input")


# Collections and reads.


def test_pages_follow_each_other_without_gaps_while_rows_arrive(stranger, db):
    for number in range(7):
        Organisation.objects.create(kind="foreign", name_ja=f"組織{number}", name_en=f"Org {number}")
    seen, cursor, turns = [], None, 0
    while True:
        body = stranger.get("/api/v1/organisations", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["name"]["en"] for row in body["results"]]
        Organisation.objects.create(kind="foreign", name_ja=f"組織0後{turns}", name_en="late")
        cursor, turns = body["next"], turns + 1
        if cursor is None:
            break
    assert [name for name in seen if name != "late"] == [f"Org {number}" for number in range(7)]


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "WyJhIl0:1abc:def"},
        {"limit": "0"},
        {"limit": "x"},
        {"limit": "1000"},
        {"kind": "moon"},
        {"q": "a\x00"},
        {"nonsense": "1"},
    ],
)
def test_a_malformed_query_is_refused(stranger, query):
    problem(stranger.get("/api/v1/organisations", query), 422, "invalid_input")


def test_a_read_carries_an_etag_and_is_answered_304(stranger, administrator):
    first = stranger.get("/api/v1/organisations")
    again = stranger.get("/api/v1/organisations", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    Organisation.objects.create(kind="foreign", name_ja="新", name_en="New")
    assert stranger.get("/api/v1/organisations", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert stranger.head("/api/v1/organisations").status_code == 200


def test_reads_take_a_fixed_number_of_queries(stranger, db, django_assert_max_num_queries):
    for number in range(30):
        Organisation.objects.create(kind="foreign", name_ja=f"組織{number:02}", name_en=f"Org {number}")
    with django_assert_max_num_queries(1):
        stranger.get("/api/v1/organisations")
