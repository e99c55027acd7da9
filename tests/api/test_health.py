"""Alive, ready, and the few pages."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import OperationalError, connection
from django.test import Client

from signing.keys.list_signer import create_list_signer
from trustreg import health, pages

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


def test_readiness_says_whether_a_signer_is_there(monkeypatch, tmp_path):
    now = datetime.now(UTC)
    signer = create_list_signer(None, territory="JP", operator_name="Operator", at=now, key_type="p256")
    pin = tmp_path / "signer.crt"
    pin.write_bytes(x509.load_der_x509_certificate(signer.certificate).public_bytes(Encoding.PEM))
    monkeypatch.setattr(health, "signer_certificate_path", lambda: pin)
    alone = Client().get("/readyz").json()["checks"]["signer"]
    assert (alone["ok"], "no list will be signed" in alone["detail"]) == (None, True)
    own = connection.settings_dict
    with psycopg.connect(host=own["HOST"], port=own["PORT"], dbname=own["NAME"], user="trustreg_signer"):
        connection.cursor().execute(
            "SELECT pg_stat_clear_snapshot()"
        )  # a transaction sees one moment, and we are in one
        assert Client().get("/readyz").json()["checks"]["signer"]["ok"] is True
