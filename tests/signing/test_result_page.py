"""The page of a result: what it says of every verdict, and where it cannot be found any more."""

from __future__ import annotations

import copy
import re
from datetime import timedelta

import pytest
from django.test import Client

import trustreg.celery  # noqa: F401 - jobs are sent through the application, not to a default broker
from signing import services, surroundings
from signing.models import ValidationReport
from signing.views.lanes import lanes
from tests.signing.check_parts import HTML, PASSED, DemoHouse, kept, page, result, send
from trustreg.base import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("japanese")]


def test_an_assumed_time_gives_a_page_without_an_address():
    response = send(Client(), at="2026-01-01T09:00")
    text = response.content.decode()
    assert response.status_code == 200
    assert "2026-01-01 09:00:00" in text
    assert "保存されません" in text
    assert "/api/v1/validations/" not in text
    assert not ValidationReport.objects.exists()


def test_a_requirement_is_answered_in_words():
    text = result(Client(), b"x", level="qualified")
    assert "満たしません" in text
    text = result(Client(), b"x", document_type="DOC-004", prefix="/en")
    assert "Sales or service contract" in text
    assert "It is not met (specified or higher)." in text


def test_a_passed_document_shows_who_when_and_which_service():
    text = page(Client(), f"/check/{kept()}")
    for expected in (
        "この署名は有効です。山田 花子 さんが署名し、そのあと変更されていません。",
        'data-tone="ok"',
        "あさひ電子署名",
        "TOTAL-PASSED",
        "QESIG",
        "2026-11-23 21:45:55",
        'data-level="qualified"',
    ):
        assert expected in text
    assert "The signature is valid. 山田 花子 signed" in page(Client(), f"/en/check/{kept()}")


def test_time_is_drawn_to_scale_without_overlapping_labels():
    part = copy.deepcopy(PASSED["signatures"][0])
    part["signer"] |= {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-01-03T00:00:00Z"}
    part["signing_time"] = "2026-01-02T00:00:00Z"
    drawn = lanes(part, "2026-01-05T00:00:00Z")
    assert drawn is not None
    assert drawn["certificate"] == {"at": 2.0, "width": 48.0}
    assert [dot["at"] for dot in drawn["dots"]] == [2.0, 26.0, 98.0]
    assert [(label["text"], label["when"]) for label in drawn["labels"]] == [
        ("証明書・署名", "2026-01-01"),
        ("判定", "2026-01-05"),
    ]
    assert lanes(part, "2026-01-01T00:00:00Z")["dots"]
    assert lanes({**part, "signer": None}, "2026-01-05T00:00:00Z") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"indication": "INDETERMINATE", "sub_indication": "TRY_LATER", "qualification": "INDETERMINATE"},
        {"indication": "TOTAL-FAILED", "sub_indication": "HASH_FAILURE", "qualification": "NOT_ADES", "intact": False},
        {"indication": "INDETERMINATE", "sub_indication": "REVOKED_NO_POE", "qualification": "QESIG"},
    ],
)
def test_what_did_not_pass_has_no_level(changes):
    body = copy.deepcopy(PASSED["signatures"][0]) | changes
    body["service"] = {**body["service"], "status_at_issuance": "suspended", "status_at_best_time": "withdrawn"}
    identifier = kept(indication=changes["indication"], sub_indication=changes["sub_indication"], signature=body)
    text = page(Client(), f"/check/{identifier}")
    assert 'class="tr-level"' not in text
    assert 'tr-verdict" data-tone="ok"' not in text
    assert "取消し" in text


def test_the_status_of_the_service_is_shown_over_time(monkeypatch):
    class House(DemoHouse):
        def states(self, service, until, sequence):
            assert sequence == 7
            start, fall = until - timedelta(days=30), until - timedelta(hours=12)
            return [
                surroundings.ServiceState(start, fall, "qualified"),
                surroundings.ServiceState(fall, None, "withdrawn"),
            ]

    monkeypatch.setattr("signing.views.check.surroundings", House)
    text = page(Client(), f"/check/{kept()}")
    assert "発行サービスの状態：取消し" in text
    assert "クオリファイド、取消し" in text


def test_hostile_names_are_text():
    evil = "</title><script>alert(1)</script>\"'{{7*7}}{% x %}" + "長" * 300
    signer = PASSED["signatures"][0]["signer"] | {"common_name": evil, "subject": evil, "issuer": evil}
    changes = {"signer": signer, "reason": evil, "location": evil, "algorithms": [evil]}
    text = page(Client(), f"/check/{kept(document={**PASSED['document'], 'filename': evil}, signature=changes)}")
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "{{7*7}}" in text
    services.report_create(PASSED, account_id=None, at=clock.now())


def test_several_signatures_have_a_section_each():
    first, second = (copy.deepcopy(PASSED["signatures"][0]) for _ in range(2))
    first |= {"coverage": "revision", "modifications": "signing"}
    second |= {"kind": "seal", "qualification": "QESEAL"}
    second["signer"] |= {
        "organization": "見本商事",
        "identity": {
            "state": "registered",
            "corporate_number": "5180001043216",
            "organisation": {"id": "x", "name": {"ja": "見本商事株式会社", "en": "Mihon"}, "closed": False},
            "names_agree": True,
            "device_oid": None,
            "arc": None,
        },
    }
    text = page(Client(), f"/check/{kept(signatures=[first, second])}")
    assert "2 件の署名・eシールは、すべて有効です。" in text
    assert 'id="s1"' in text
    assert 'id="s2"' in text
    assert "5180001043216" in text
    assert text.count("<h2") >= 3


def test_every_id_on_a_page_is_its_own():
    for text in (page(Client(), "/check"), page(Client(), f"/check/{kept(signatures=PASSED['signatures'] * 2)}")):
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


def test_the_result_takes_few_queries(django_assert_max_num_queries):
    many = [copy.deepcopy(PASSED["signatures"][0]) for _ in range(20)]
    for number, part in enumerate(many):
        part["best_signature_time"] = f"2026-11-23T12:45:{number:02d}Z"
    identifier = kept(
        signatures=many, requirement={"document_type": "DOC-004", "level": "specified", "met": True, "missing": []}
    )
    with django_assert_max_num_queries(12):
        page(Client(), f"/check/{identifier}")


def test_a_result_whose_time_is_over_says_so():
    client = Client()
    address = send(client)["Location"]
    ValidationReport.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    response = client.get(address, headers=HTML)
    assert response.status_code == 404
    assert "30 日で消えます" in response.content.decode()
    assert "There is no such result" in client.get("/en/check/nonsense", headers=HTML).content.decode()
    assert address not in page(client, "/check")


@pytest.mark.parametrize(("prefix", "lang"), [("", "ja"), ("/en", "en")])
def test_codes_and_times_of_the_engine_are_put_in_words(prefix, lang):
    """The sentences of reasons; the codes stand beside the checks."""
    weak = "基準時刻には信頼できないアルゴリズムです: ecdsa sha1 secp256r1, sha1"
    messages = {
        "QUALIFICATION": ("ADESIG です。", "It is ADESIG."),
        "ALGORITHMS": (weak, "Not reliable at the time that counts: ecdsa sha1 secp256r1, sha1."),
        "NOT_REVOKED": ("2026-11-23T17:11:45Z に失効", "revoked at 2026-11-23T17:11:45Z"),
    }
    errors = [{"code": code, "message": {"ja": ja, "en": en}} for code, (ja, en) in messages.items()]
    identifier = kept(signature={"errors": errors, "qualification": "ADESIG", "indication": "INDETERMINATE"})
    text = page(Client(), f"{prefix}/check/{identifier}")
    reasons = text[text.index("-why") : text.index("-who")]
    assert "2026-11-24 02:11:45 JST" in reasons
    assert "ECDSA SHA-1 P-256" in reasons
    assert {"ja": "「電子署名（クオリファイドではありません）」", "en": "this is: Electronic signature, not qualified"}[
        lang
    ] in reasons
    assert not any(raw in reasons for raw in ("ADESIG", "17:11:45Z", "secp256r1"))


def test_a_counter_signature_is_called_one():
    first = copy.deepcopy(PASSED["signatures"][0])
    second = {**first, "id": "S2", "kind": "seal", "countersigns": first["id"], "qualification": "QESEAL"}
    identifier = services.report_create({**PASSED, "signatures": [first, second]}, account_id=None, at=clock.now()).pk
    text = page(Client(), f"/en/check/{identifier}")
    assert "2. Seal (counter-signature)" in text
    assert "confirmed another signature of this document" in text
    assert "The signature that it confirms has not changed" in text
