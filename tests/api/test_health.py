"""Alive, ready, and the few pages."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from trustreg import pages

pytestmark = pytest.mark.django_db


def test_healthz_names_version_and_commit():
    body = Client().get("/healthz").json()
    assert body["status"] == "ok"
    assert body["version"]
    assert body["commit"]


def test_without_a_list_the_process_is_not_ready_and_says_why():
    response = Client().get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"]["ok"] is True
    assert checks["list"] == {"ok": False, "detail": "no list has been published"}
    assert checks["anchors"]["ok"] is False
    assert checks["log"]["ok"] is None


@pytest.mark.parametrize(("address", "lang"), [("/", "ja"), ("/en/", "en")])
def test_the_home_page_stands_in_both_languages(address, lang):
    response = Client().get(address)
    assert response.status_code == 200
    assert response["Content-Language"] == lang
    text = response.content.decode()
    assert f'<html lang="{lang}">' in text
    for place in ("/api/v1/docs", "/api/v1/services", "/api/v1/document-levels"):
        assert place in text


def test_samples_are_served_as_downloads_and_nothing_else():
    assert Client().get("/samples/..%2F..%2Fsettings.py").status_code == 404
    assert Client().get("/samples/nothing.pdf").status_code == 404


def test_while_the_database_is_away_a_page_says_so_and_when_to_come_again(monkeypatch):
    def away():
        raise OperationalError("connection refused at /srv/secret")

    monkeypatch.setattr(pages, "trust_source", away)
    response = Client(raise_request_exception=False).get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert b"/srv/secret" not in response.content
