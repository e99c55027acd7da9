"""Errors as pages: what happened, what to do, the code, in the language of the address, whatever is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from tests.factories import parties as factory
from trustreg import urls
from trustreg.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, RateLimited, TooLarge, Unavailable
from trustreg.pages import errors as handlers
from trustreg.parties.domain.roles import OrganisationKind, Role

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html,application/xhtml+xml"}

RAISED = {
    "bad": BadRequest("x"),
    "forbidden": PermissionDenied("x"),
    "role": NotPermitted("Only for approvers.", "承認者だけの操作です。"),
    "missing": NotFound("There is no such thing.", "ありません。"),
    "conflict": Conflict("Ryo Saeki saved first at 10:42.", "佐伯 亮 さんが 10:42 に先に更新しました。"),
    "large": TooLarge("Got 60 MB; the limit is 50 MB.", "60 MB でした。上限は 50 MB です。"),
    "input": InvalidInput("No.", "だめ。", fields={"q": {"ja": "数字を入れてください。", "en": "Enter digits."}}),
    "often": RateLimited("Too many.", "多すぎます。", extra={"retry_after": 42}),
    "defect": ZeroDivisionError("the secret cause"),
    "away": Unavailable("The engine does not answer.", "検証エンジンが応答しません。", extra={"retry_after": 5}),
}


def _raise(request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]


urlpatterns = [
    path("fail/<str:name>", _raise),
    path("en/fail/<str:name>", _raise),
    *urls.urlpatterns,
]
handler400, handler403 = handlers.bad_request, handlers.forbidden
handler404, handler500 = handlers.not_found, handlers.server_error


@pytest.fixture
def visitor():
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


CASES = [
    ("bad", 400, "要求を読み取れませんでした", "The request could not be read"),
    ("forbidden", 403, "この操作は許可されていません", "You may not do this"),
    ("role", 403, "承認者だけの操作です。", "Only for approvers."),
    ("missing", 404, "ページが見つかりません", "Page not found"),
    ("conflict", 409, "佐伯 亮 さんが 10:42 に先に更新しました。", "Ryo Saeki saved first at 10:42."),
    ("large", 413, "上限は 50 MB です。", "the limit is 50 MB."),
    ("input", 422, "数字を入れてください。", "Enter digits."),
    ("often", 429, "42 秒後に、もう一度試してください。", "Try again in 42 seconds."),
    ("defect", 500, "こちらの不具合で表示できません", "Something failed on our side"),
    ("away", 503, "検証エンジンが応答しません。", "The engine does not answer."),
]


@pytest.mark.parametrize(("name", "status", "ja", "en"), CASES)
def test_each_says_what_happened_in_both_languages_with_code_and_number(visitor, name, status, ja, en):
    for prefix, words in (("", ja), ("/en", en)):
        response = visitor.get(f"{prefix}/fail/{name}?at=1", headers=HTML)
        text = response.content.decode()
        assert response.status_code == status
        assert words in text
        assert f'<p class="tr-pagehead__kicker">{status}</p>' in text
        assert text.count("<h1") == 1
        assert "secret cause" not in text
        assert response["Cache-Control"] == "no-store"
        assert f'href="/en/fail/{name}?at=1"' in text  # the language switch keeps the address
        assert f'href="/fail/{name}?at=1"' in text
        assert " / " in text.rpartition('<code class="tr-hash">')[2]


@pytest.mark.parametrize(("name", "status"), [(name, status) for name, status, *_ in CASES])
def test_programs_still_get_problem_json(visitor, name, status):
    response = visitor.get(f"/fail/{name}", headers={"accept": "application/json"})
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == status


def test_the_wait_is_a_header_too(visitor):
    assert visitor.get("/fail/often", headers=HTML)["Retry-After"] == "42"


@contextmanager
def _database_away() -> Iterator[None]:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.backends.utils.CursorWrapper.execute", refuse)
        yield


@pytest.mark.parametrize("name", ["defect", "away", "missing"])
def test_the_page_needs_no_database(visitor, name):
    with _database_away():
        response = visitor.get(f"/en/fail/{name}", headers=HTML)
    text = response.content.decode()
    assert response.status_code == RAISED_STATUS[name]
    assert "Sign in" in text
    assert "Find a service" in text


RAISED_STATUS = {name: status for name, status, *_ in CASES}


def test_a_page_whose_database_is_away_says_so_to_somebody_who_was_signed_in(visitor):
    visitor.cookies["sessionid"] = "a" * 32  # read from the database wherever the visitor's name is shown
    with _database_away():
        response = visitor.get("/lists", headers=HTML)
    assert response.status_code == 503
    assert "データベースがいま応答しません" in response.content.decode()


def test_an_old_form_is_told_from_a_missing_right():
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/en/look-up", {"q": "x"}, headers=HTML)
    text = response.content.decode()
    assert response.status_code == 403
    assert "The form has expired" in text
    assert "form_unmatched" in text


def test_a_problem_type_has_a_page(visitor):
    text = visitor.get("/problems/rate_limited", headers=HTML).content.decode()
    assert "rate_limited (429)" in text


def test_somebody_who_is_signed_in_is_offered_another_role_and_keeps_the_name(visitor):
    admin = factory.administrator()
    body = factory.organisation(admin, OrganisationKind.AB)
    someone = factory.person(admin)
    factory.appoint(admin, someone, body, Role.AB_PROPOSER)
    visitor.force_login(factory.account(admin, someone), backend="trustreg.parties.authentication.AccountBackend")
    for name, status in RAISED_STATUS.items():
        response = visitor.get(f"/en/fail/{name}", headers=HTML)
        text = response.content.decode()
        assert response.status_code == status
        assert someone.name_en in text
        assert ("Switch role" in text.partition("<main")[2]) is (status == 403)
    with _database_away():
        response = visitor.get("/en/lists", headers=HTML)
    assert response.status_code == 503
    assert someone.name_en not in response.content.decode()
