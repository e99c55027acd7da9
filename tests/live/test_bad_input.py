"""Bad input gets a clear answer: what it was, what was expected, what to do; nothing is stored, nothing half-done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.live.demo import RunningDemo, Visitor

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

MEGABYTE = 1 << 20


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    """The problem document of a refusal; its form is checked."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["code"]
    assert body["detail"]
    assert body["title"]
    return dict(body)


def test_bytes_that_are_no_document_get_a_report(demo: RunningDemo) -> None:
    for data in (b"\x00", b"%PDF-1.7 and then nothing", b"\xff" * 5000, b"PK\x03\x04 no container"):
        answer = demo.validate(data)
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert report["indication"] == "TOTAL-FAILED"
        assert report["sub_indication"] == "FORMAT_FAILURE"
        assert report["errors"], "a failure says why"


def test_an_empty_document_is_a_4xx(demo: RunningDemo) -> None:
    problem(demo.validate(b""), 422)


def test_a_document_beyond_the_limit_is_refused_and_the_limit_is_named(demo: RunningDemo) -> None:
    body = problem(demo.validate(bytes(100 * MEGABYTE)), 413)
    assert "50" in body["detail"]
    assert demo.validate(demo.samples / "unsigned.pdf").status_code == 200, "the next one is answered"


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", ""])
def test_a_malformed_time_is_a_problem_that_names_the_field(demo: RunningDemo, moment: str) -> None:
    answer = requests.post(
        f"{demo.base}/api/v1/status-queries", json={"certificate_sha256": "0" * 64, "at": moment}, timeout=30
    )
    assert "at" in problem(answer, answer.status_code)["fields"]
    assert answer.status_code in (400, 422)


def test_a_future_time_is_a_problem(demo: RunningDemo) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = {"certificate_sha256": "0" * 64, "at": later}
    answer = requests.post(f"{demo.base}/api/v1/status-queries", json=query, timeout=30)
    assert "at" in problem(answer, 422)["fields"]
    assert demo.validate(demo.samples / "unsigned.pdf", at=later).status_code == 422


@pytest.mark.parametrize(
    "certificate", ["not a certificate", "MIIB", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_certificate_that_is_none_is_a_problem(demo: RunningDemo, certificate: str) -> None:
    answer = requests.post(f"{demo.base}/api/v1/status-queries", json={"certificate": certificate}, timeout=30)
    assert "certificate" in problem(answer, 422)["fields"]


def test_a_wrong_check_digit_names_what_it_should_be(demo: RunningDemo) -> None:
    admin = Visitor(demo.base, "admin@demo.example.jp", "demo-admin-2026")
    organisation = {"kind": "provider", "name_ja": "検査", "name_en": "Check", "corporate_number": "1010401999005"}
    body = problem(admin.post("/organisations", organisation), 422)
    assert "7" in str(body["fields"]["corporate_number"])
    found = requests.get(f"{demo.base}/api/v1/organisations", params={"q": "検査"}, timeout=30).json()["results"]
    assert found == [], "nothing was stored"


def test_a_my_number_is_refused_and_never_echoed(demo: RunningDemo) -> None:
    admin = Visitor(demo.base, "admin@demo.example.jp", "demo-admin-2026")
    number = "123456789018"  # a valid check digit
    answer = admin.post("/persons", {"name_ja": f"山田 {number}", "name_en": "Yamada"})
    body = problem(answer, 422)
    assert "name_ja" in body["fields"]
    assert number not in answer.text


def test_the_detail_is_in_the_language_asked_for(demo: RunningDemo) -> None:
    details = {
        language: requests.post(
            f"{demo.base}/api/v1/status-queries",
            json={},
            headers={"Accept-Language": language},
            timeout=30,
        ).json()["detail"]
        for language in ("ja", "en")
    }
    assert details["ja"] != details["en"]
    assert details["en"].isascii()


def test_an_unknown_address_is_a_problem_too(demo: RunningDemo) -> None:
    problem(requests.get(f"{demo.base}/api/v1/nothing-here", timeout=30), 404)
