"""Every sample of the demo answers exactly what `expected.json` says, through the real server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

NOT_OF_THE_REPORT = {"why", "detached", "alone"}


def holds(wanted: Any, got: Any) -> bool:
    """Whether `got` says everything that `wanted` says; it may say more."""
    if isinstance(wanted, dict):
        return isinstance(got, dict) and all(holds(value, got.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(holds, wanted, got))
    return bool(wanted == got)


def test_every_sample_answers_what_is_expected_of_it(demo: RunningDemo) -> None:
    expected = json.loads((demo.samples / "expected.json").read_text())
    assert len(expected) >= 20
    differing = {}
    for name, entry in expected.items():
        detached = [demo.samples / other for other in entry.get("detached", [])]
        answer = demo.validate(demo.samples / name, *detached)
        assert answer.status_code == 200, (name, answer.text)
        wanted = {key: value for key, value in entry.items() if key not in NOT_OF_THE_REPORT}
        if not holds(wanted, answer.json()):
            differing[name] = (wanted, {key: answer.json().get(key) for key in wanted})
    assert not differing


def test_a_token_without_its_data_is_neither_passed_nor_broken(demo: RunningDemo) -> None:
    expected = json.loads((demo.samples / "expected.json").read_text())
    alone = {name: entry["alone"] for name, entry in expected.items() if "alone" in entry}
    assert alone
    for name, wanted in alone.items():
        report = demo.validate(demo.samples / name).json()
        assert (report["indication"], report["sub_indication"]) == (wanted["indication"], wanted["sub_indication"])


def test_the_same_document_gets_the_same_report_body(demo: RunningDemo) -> None:
    document = demo.samples / "qualified-lt.pdf"
    one, two = (demo.validate(document).json() for _ in range(2))
    for report in (one, two):
        report.pop("id")
        report.pop("validation_time")
    assert one == two


def test_a_callers_time_is_never_a_proof(demo: RunningDemo) -> None:
    before = demo.validate(demo.samples / "withdrawn-service-unstamped.pdf").json()
    stamp = demo.validate(demo.samples / "withdrawn-service-stamped-before.pdf").json()
    then = stamp["signatures"][0]["best_signature_time"]
    supposed = demo.validate(demo.samples / "withdrawn-service-unstamped.pdf", at=then).json()
    assert before["signatures"][0]["qualification"] == "ADESIG"
    assert supposed["signatures"][0]["hypothetical"] is True
    assert supposed["signatures"][0]["qualification"] == "INDETERMINATE"
    assert supposed.get("id") is None, "a supposition gets no permalink"
