"""Alive, ready, and the few pages."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connection
from django.test import Client

from signing.keys.list_signer import create_list_signer
from trustreg import health

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


def test_samples_are_served_as_downloads_and_nothing_else():
    assert Client().get("/samples/..%2F..%2Fsettings.py").status_code == 404
    assert Client().get("/samples/nothing.pdf").status_code == 404


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
