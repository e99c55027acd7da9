"""The page that checks documents: what it takes, what it refuses, and what becomes of it."""

from __future__ import annotations

import copy
import hashlib
import json
import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle

import trustreg.celery  # noqa: F401 - jobs are sent through the application, not to a default broker
from signing import surroundings, tasks
from signing.models import JobState, ValidationJob, ValidationReport
from signing.views.check import accepts_documents, start_check
from tests.pki.factories import make_token
from tests.signing.check_parts import HTML, PASSED, RUBBISH, DemoHouse, page, send
from tests.signing.signing_world import world
from trustreg.base.api import Endpoint
from trustreg.base.errors import Unavailable
from trustreg.conf import settings as conf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japanese")]


@pytest.mark.parametrize(
    ("prefix", "lang", "word"), [("", "ja", "署名された文書を確かめる"), ("/en", "en", "Check a signed document")]
)
def test_the_page_says_what_it_takes_before_anything_is_sent(prefix, lang, word, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        text = page(Client(), f"{prefix}/check")
    assert f'<html lang="{lang}">' in text
    assert word in text
    assert "50 MB" in text
    assert text.count("<h1") == 1
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]* src=)", text)
    assert "sha256sum" in text


def test_a_document_gets_a_page_of_its_own_that_can_be_found_again(django_assert_max_num_queries):
    client = Client()
    response = send(client, RUBBISH, "../../etc/契約書.pdf")
    assert response.status_code == 302
    address = response["Location"]
    assert re.fullmatch("/check/[0-9a-f]{32}", address)
    text = page(client, address)
    assert "文書を読み取れませんでした。" in text
    assert "FORMAT_FAILURE" in text
    assert "契約書.pdf" in text
    assert "etc" not in text
    assert f"{conf.base_url}{address}" in text
    assert f"/api/v1/validations/{address.rsplit('/', 1)[1]}" in text
    with django_assert_max_num_queries(12):
        again = page(client, "/check")
    assert f'href="{address}"' in again
    assert address not in page(Client(), "/check")
    assert "We could not read this document." in page(Client(), f"/en{address}")


def test_english_stays_english():
    response = send(Client(), prefix="/en")
    assert response["Location"].startswith("/en/check/")


@pytest.mark.parametrize(
    ("content", "more", "status", "said"),
    [
        (b"", {}, 422, "0 バイト"),
        (RUBBISH, {"at": "2999-01-01T00:00"}, 422, "将来の時刻"),
        (RUBBISH, {"at": "yesterday"}, 422, "日時を読み取れませんでした"),
        (RUBBISH, {"document_type": "DOC-999"}, 422, "DOC-999"),
        (RUBBISH, {"level": "highest"}, 422, "highest"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_place_and_nothing_is_kept(content, more, status, said):
    response = send(Client(), content, **more)
    text = response.content.decode()
    assert response.status_code == status
    assert 'role="alert"' in text
    assert "<title>エラー：" in text
    assert said in text
    assert not ValidationReport.objects.exists()
    for value in more.values():
        if value.startswith("2999"):
            assert f'value="{value}"' in text


def test_no_file_at_all_is_said_in_both_languages():
    for prefix, said in (
        ("", "判定する文書のファイルを選んでください。"),
        ("/en", "Choose the file of the document to check."),
    ):
        response = Client().post(f"{prefix}/check", {}, headers=HTML)
        assert response.status_code == 422
        assert said in response.content.decode()


def test_too_large_says_what_arrived_and_what_may(setting):
    setting(max_document_bytes=2000)
    response = send(Client(), b"x" * 5000)
    assert response.status_code == 413
    assert "5 KB" in response.content.decode()
    assert "2 KB" in response.content.decode()


def test_a_huge_body_is_refused_by_its_length():
    response = Client().generic(
        "POST", "/check", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="900000000", headers=HTML
    )
    assert response.status_code == 413
    assert "900000000" in response.content.decode()


def test_two_documents_or_two_answers_are_refused():
    """Which one was meant, nobody can tell."""
    for field, sent in (
        ("document", {"document": [SimpleUploadedFile("a.pdf", RUBBISH), SimpleUploadedFile("b.pdf", b"other")]}),
        ("level", {"document": SimpleUploadedFile("a.pdf", RUBBISH), "level": ["qualified", "specified"]}),
    ):
        response = Client().post("/en/check", sent, headers=HTML)
        assert response.status_code == 422, field
        assert "This came more than once." in response.content.decode()
        assert list(response.context["form"].errors) == [field]
    assert not ValidationReport.objects.exists()


def test_a_form_of_another_site_is_refused():
    client = Client(enforce_csrf_checks=True)
    assert send(client).status_code == 403
    assert not ValidationReport.objects.exists()


def test_the_rate_of_the_api_holds_here_too(monkeypatch):
    class Rare(AnonRateThrottle):
        THROTTLE_RATES = {"anon": "2/min"}

    cache.clear()
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_CLASSES", [Rare])
    client = Client()
    assert [send(client).status_code for _ in range(3)] == [302, 302, 429]
    refused = send(client, prefix="/en")
    assert refused["Retry-After"]
    assert "rate_limited" in refused.content.decode()
    assert client.get("/check", headers=HTML).status_code == 200
    cache.clear()


@pytest.mark.parametrize("place", ["limits", f"{'0' * 32}", f"{'0' * 32}/report.xml", f"{'0' * 32}/report.pdf"])
def test_no_header_makes_a_caller_another(monkeypatch, place):
    """Without a proxy in front, whoever connects is counted, whatever the request says of its way."""

    class Rare(AnonRateThrottle):
        THROTTLE_RATES = {"anon": "2/min"}

    cache.clear()
    monkeypatch.setattr(Endpoint, "throttle_classes", [Rare])
    client = Client()
    found = [
        client.get(f"/api/v1/validations/{place}", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(3)
    ]
    assert found[2] == 429
    cache.clear()


def test_the_kinds_of_documents_are_offered_with_their_level():
    text = page(Client(), "/en/check")
    assert '<optgroup label="Qualified needed">' in text
    assert '<option value="DOC-039">Power of attorney</option>' in text


def test_what_is_no_evidence_is_refused_at_its_field():
    response = send(Client(), prefix="/en", evidence=[SimpleUploadedFile("a.crl", b"no list")])
    assert response.status_code == 422
    text = response.content.decode()
    assert 'href="#id_evidence"' in text
    assert re.search(r"<details[^>]* open>.*?id_evidence", text, re.S)


def test_evidence_goes_to_the_engine_with_the_document(monkeypatch):
    seen = []

    def engine(request, *, now):
        seen.append(request.evidence)
        return copy.deepcopy(PASSED)

    monkeypatch.setattr("signing.services.validating.validator", lambda: engine)
    answer = send(Client(), evidence=[SimpleUploadedFile("a.crl", b"one"), SimpleUploadedFile("b.crl", b"two")])
    assert answer.status_code == 302
    assert seen == [(b"one", b"two")]


@pytest.fixture
def large(setting, tmp_path, settings):
    setting(inline_document_bytes=10)
    settings.MEDIA_ROOT = tmp_path


def test_a_large_document_shows_its_progress_until_it_is_done(
    large, as_role, django_capture_on_commit_callbacks, django_assert_max_num_queries
):
    client = Client()
    address = send(client)["Location"]
    identifier = address.rsplit("/", 1)[1]
    with django_assert_max_num_queries(12):
        text = page(client, address)
    assert '<noscript><meta http-equiv="refresh"' in text
    assert f'hx-get="{address}"' in text
    assert f"{conf.base_url}{address}" in text
    assert "作業中" in page(client, "/check")
    assert "Waiting for its turn." in page(Client(), f"/en{address}")
    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        assert tasks.validate(job_id=identifier) is True
    assert client.get(address, headers={**HTML, "hx-request": "true"})["HX-Refresh"] == "true"
    assert "FORMAT_FAILURE" in page(client, address)


def test_a_job_that_was_given_up_says_so_and_what_to_do(large):
    client = Client()
    address = send(client)["Location"]
    ValidationJob.objects.update(state=JobState.FAILED)
    response = client.get(address, headers=HTML)
    assert response.status_code == 503
    assert "もう一度送ってください" in response.content.decode()


@pytest.mark.parametrize(
    ("prefix", "button", "said"),
    [("", "判定を取り消す", "判定を取り消しました"), ("/en", "Cancel the check", "The check was cancelled")],
)
def test_a_check_can_be_cancelled_while_it_waits(
    large, tmp_path, django_capture_on_commit_callbacks, prefix, button, said
):
    client = Client()
    address = send(client, prefix=prefix)["Location"]
    assert button in page(client, address)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{address}/cancel", headers=HTML)["Location"] == address
    response = client.get(address, headers=HTML)
    assert response.status_code == 404
    assert said in response.content.decode()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert client.post(f"{address}/cancel", headers=HTML).status_code == 302, "twice is once"
    assert Client(enforce_csrf_checks=True).post(f"{address}/cancel", headers=HTML).status_code == 403
    assert client.post(f"{prefix}/check/{'0' * 32}/cancel", headers=HTML).status_code == 404
    assert client.get(f"{address}/cancel", headers=HTML).status_code == 405


def test_what_has_ended_meanwhile_is_shown_instead_of_cancelled(large, as_role, django_capture_on_commit_callbacks):
    client = Client()
    address = send(client)["Location"]
    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        tasks.validate(job_id=address.rsplit("/", 1)[1])
    assert client.post(f"{address}/cancel", headers=HTML)["Location"] == address
    assert "FORMAT_FAILURE" in page(client, address)


def test_a_time_stamp_is_checked_by_digest_alone():
    stamped = b"what was stamped"
    content = make_token(world().tsa, stamped)
    client = Client()

    def ask(value: str):
        data = {"digest-token": SimpleUploadedFile("a.tst", content), "digest-value": value}
        return client.post("/en/check", data, headers=HTML)

    right = ask(hashlib.sha256(stamped).hexdigest())
    assert right.status_code == 302
    body = json.loads(ValidationReport.objects.get().body)
    assert body["timestamps"][0]["coverage"] == "whole"
    assert body["timestamps"][0]["intact"] is True
    wrong = ask(hashlib.sha256(b"another").hexdigest())
    assert "does not belong to the document" in page(client, wrong["Location"])
    other = ask(hashlib.sha512(stamped).hexdigest())
    assert "SIGNED_DATA_NOT_FOUND" in page(client, other["Location"])
    refused = ask("abc")
    assert refused.status_code == 422
    assert "no digest (3 characters)" in refused.content.decode()


def test_a_digest_beside_anything_else_than_a_token_is_refused():
    data = {"digest-token": SimpleUploadedFile("a.pdf", RUBBISH), "digest-value": "ab" * 32}
    response = Client().post("/en/check", data, headers=HTML)
    assert response.status_code == 422
    assert "can be checked by digest. This file is neither" in response.content.decode()


def test_samples_are_checked_by_a_button(monkeypatch):
    monkeypatch.setattr("signing.views.check.surroundings", DemoHouse)
    client = Client()
    assert 'value="x.pdf"' in page(client, "/check")
    response = client.post("/check", {"sample": "x.pdf"}, headers=HTML)
    assert "x.pdf" in page(client, response["Location"])
    assert client.post("/check", {"sample": "../x"}, headers=HTML).status_code == 404


def test_the_samples_beyond_the_main_ones_are_shown_when_asked(monkeypatch):
    from trustreg.base.words import Words

    class Many(DemoHouse):
        def samples(self):
            further = surroundings.Sample("y.pdf", Words("ほか", "Other"), Words("古い", "Old"), main=False)
            return [*super().samples(), further]

    monkeypatch.setattr("signing.views.check.surroundings", Many)
    short, whole = page(Client(), "/check"), page(Client(), "/check?samples=all")
    assert ('value="y.pdf"' in short, "all#samples" in short) == (False, True)
    assert ('value="y.pdf"' in whole, "all#samples" in whole) == (True, False)


def test_a_sample_while_the_engine_is_away_is_an_error_page(monkeypatch):
    def away(*_, **__):
        raise Unavailable("The validators are busy.", "混み合っています。", extra={"retry_after": 5})

    monkeypatch.setattr("signing.views.check.surroundings", DemoHouse)
    monkeypatch.setattr("signing.services.validating.validator", lambda: away)
    response = Client().post("/check", {"sample": "x.pdf"}, headers=HTML)
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    refused = send(Client())
    assert refused.status_code == 503
    assert "混み合っています。" in refused.content.decode()


def test_outside_the_demo_there_are_no_samples():
    assert 'name="sample"' not in page(Client(), "/check")


def test_another_page_can_start_a_check():
    from django.contrib.sessions.backends.cache import SessionStore

    request = RequestFactory().post("/", {"document": SimpleUploadedFile("a.pdf", RUBBISH)})
    request.session = SessionStore()
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()

    @accepts_documents
    def home(request):
        return start_check(request, request.FILES["document"])

    request._dont_enforce_csrf_checks = True
    assert re.fullmatch("/check/[0-9a-f]{32}", home(request)["Location"])
