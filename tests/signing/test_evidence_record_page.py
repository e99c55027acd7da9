"""The page of a result shows an evidence record as the time-stamps that it consists of, each by what it renews."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from signing import services
from signing.verdict import verdict_of
from tests.signing.evidence_world import FIRST, SECOND, THIRD, Asn1, check, token
from trustreg.base import clock
from trustreg.base.moments import JST

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japanese")]


DATA = b"The parties agree.\n"


def kept(report) -> str:
    return services.report_create(report.to_json(), account_id=None, at=clock.now()).pk


def page(address: str) -> str:
    response = Client().get(address, headers={"accept": "text/html"})
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_each_time_stamp_is_called_by_what_it_renews():
    identifier = kept(check(Asn1().initial([DATA]).renewed(SECOND).rebuilt([DATA], THIRD), DATA))
    english, japanese = page(f"/en/check/{identifier}"), page(f"/check/{identifier}")
    for words in (
        "First time-stamp of an evidence record",
        "Time-stamp renewal in an evidence record",
        "Hash-tree renewal in an evidence record",
        "EvidenceRecord",
    ):
        assert words in english
    for words in ("エビデンスレコードの最初のタイムスタンプ", "更新（タイムスタンプ）", "更新（ハッシュ木）"):
        assert words in japanese


def test_what_a_broken_renewal_takes_away_is_said():
    record = Asn1().initial([DATA]).renewed(SECOND)
    forged = token(bytes(32), "sha256", SECOND)
    report = check(record.changed(0, 1, token=forged), DATA)
    assert verdict_of(report.to_json()).tone == "bad"
    text = page(f"/en/check/{kept(report)}")
    assert "A later time-stamp of the evidence record does not stand" in text
    assert f"{FIRST:%Y-%m-%d}" in text


def test_the_record_itself_is_described():
    record = Asn1().initial([DATA]).renewed(SECOND).rebuilt([DATA], THIRD)
    english = " ".join(re.sub("<[^>]+>", " ", page(f"/en/check/{kept(check(record, DATA))}")).split())
    assert f"Existence is proven since {FIRST.astimezone(JST):%Y-%m-%d}" in english
    assert "Renewals 2" in english
    assert "Form ASN.1 (RFC 4998)" in english
    assert "Each time-stamp" in english
    assert "The evidence record is valid" in english
