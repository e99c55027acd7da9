"""The content model and its hash: what is approved, and what the signer compares."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
import trusted_list_factory as factory
from hypothesis import given, settings
from list_strategies import issues

from qualified_list.domain.canonical import canonical_json, canonical_sha256
from qualified_list.domain.content import content_hash, content_model, from_content_model
from qualified_list.domain.model import TrustedList, texts, utc_text


def test_canonical_json_is_that_of_rfc_8785() -> None:
    value = {"peach": '\u20ac$\u000f\nA\'B"\\\\"/', "b": [1, True, None, ""], "a": {"10": 0, "1": -7}}
    expected = '{"a":{"1":-7,"10":0},"b":[1,true,null,""],"peach":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_json(value) == expected.encode()


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**60, {1: "x"}, {"名": "x"}, b"bytes", object()])
def test_canonical_json_refuses_what_it_could_not_carry_exactly(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


def test_canonical_json_refuses_lone_surrogates() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical_json("\ud800")


@settings(max_examples=60, deadline=None)
@given(issues())
def test_the_model_comes_back_from_its_content(issue: TrustedList) -> None:
    again = from_content_model(
        content_model(issue), sequence=issue.sequence, issued_at=issue.issued_at, next_update=issue.next_update
    )
    assert again == issue
    assert content_hash(issue) == canonical_sha256(content_model(issue)) == content_hash(again)


def test_sequence_and_times_are_not_content() -> None:
    draft = factory.issue(factory.service(current=factory.state(start=None)))
    later = draft.issued_at + timedelta(seconds=90)
    restamped = draft.stamped(sequence=9, issued_at=later, next_update=None)
    assert content_hash(draft) == content_hash(restamped)
    assert restamped.providers[0].services[0].state.start == later
    assert content_model(restamped)["providers"][0]["services"][0]["states"][0]["start"] is None


def test_a_start_before_the_issue_is_content() -> None:
    early = factory.state(start=factory.ISSUED - timedelta(days=1))
    assert content_hash(factory.issue(factory.service(current=early))) != content_hash(
        factory.issue(factory.service(current=factory.state()))
    )


@pytest.mark.parametrize(
    "change",
    [
        {"status": "withdrawn"},
        {"scope": ()},
        {"names": texts({"en": "Another", "ja": "別"})},
        {"valid_until": factory.NEXT},
    ],
)
def test_every_member_of_a_state_is_content(change: dict[str, object]) -> None:
    before = factory.issue(factory.service())
    after = factory.issue(factory.service(current=factory.state(**change)))  # type: ignore[arg-type]
    assert content_hash(before) != content_hash(after)


def test_two_states_are_the_same_content_when_only_their_start_differs() -> None:
    one = factory.state()
    assert one.same_content(replace(one, start=None))
    compared = {field.name for field in fields(one)} - {"start"}
    others = {"status": "withdrawn", "scope": (), "names": (), "qualifications": (1,), "valid_until": factory.NEXT}
    assert set(others) == compared
    for name, value in others.items():
        assert not one.same_content(replace(one, **{name: value}))


def test_scheme_settings_that_stand_on_no_list_are_not_content() -> None:
    issue = factory.issue(factory.service())
    other = replace(issue, scheme=replace(issue.scheme, next_update_days=30, languages=("en",)))
    assert content_hash(issue) == content_hash(other)
    assert issue == other


def test_times_are_whole_seconds_of_utc() -> None:
    assert utc_text(factory.ISSUED) == "2026-04-01T00:00:00Z"
    for bad in (factory.ISSUED.replace(microsecond=1), factory.ISSUED.replace(tzinfo=None)):
        with pytest.raises(ValueError, match="whole seconds"):
            utc_text(bad)
        with pytest.raises(ValueError, match="whole seconds"):
            factory.issue().stamped(sequence=1, issued_at=bad, next_update=None)
