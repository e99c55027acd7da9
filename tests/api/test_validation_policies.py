"""The policies that a validation may name, over HTTP."""

from __future__ import annotations

import base64

import pytest

from signing.domain.policies import policy_names
from signing.domain.policies.vocabulary import CHECKS, INTEGRITY

PLACE = "/api/v1/validation-policies"


def test_everybody_sees_what_each_policy_demands(stranger):
    answer = stranger.get(PLACE).json()
    found = {row["name"]: row for row in answer["results"]}
    assert answer["next"] is None
    assert set(found) == set(policy_names())
    assert [name for name, row in found.items() if row["default"]] == ["default-2026"]
    assert found["qualified-only"]["qualification"] == ["QESEAL", "QESIG", "QTSA"]
    assert found["level-specified"]["document_level"] == "specified"
    for row in found.values():
        assert set(row["constraints"]) == CHECKS
        assert {row["constraints"][check] for check in INTEGRITY} == {"FAIL"}
        assert all(row[member][language] for member in ("title", "description") for language in ("ja", "en"))


def test_it_is_paged_as_every_collection(stranger):
    first = stranger.get(PLACE, {"limit": 2}).json()
    assert len(first["results"]) == 2
    rest = stranger.get(PLACE, {"limit": 100, "cursor": first["next"]}).json()
    assert len(first["results"]) + len(rest["results"]) == len(policy_names())


@pytest.mark.django_db
def test_a_policy_with_a_level_answers_the_requirement(stranger):
    body = {"document": base64.b64encode(b"no document").decode(), "policy": "level-qualified"}
    report = stranger.post("/api/v1/validations", body, format="json").json()
    assert (report["policy"], report["indication"]) == ("level-qualified", "TOTAL-FAILED")
    assert (report["requirement"]["level"], report["requirement"]["met"]) == ("qualified", False)
    wrong = stranger.post("/api/v1/validations", {**body, "level": "specified"}, format="json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["level"])
    unknown = stranger.post("/api/v1/validations", {**body, "policy": "none-such"}, format="json")
    assert (unknown.status_code, list(unknown.json()["fields"])) == (422, ["policy"])
