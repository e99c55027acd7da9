"""Qualifications are read strictly: whatever passes can be rendered on a list and read back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.domain.qualifications import KEY_USAGES, QUALIFIERS, read_qualifications
from qualified_list.compilation import qualifications_from_json
from trustreg.base.errors import InvalidInput

oids = st.lists(st.sampled_from(["1.2.392.200", "2.5.29.32.0", "0.4.0.1862.1.6.1"]), min_size=1, max_size=2)
bits = st.lists(st.tuples(st.sampled_from(sorted(KEY_USAGES)), st.booleans()).map(list), min_size=1, max_size=3)


def criteria(inner: st.SearchStrategy[dict[str, Any]] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "assert": st.sampled_from(["all", "atLeastOne", "none"]),
        "policy_sets": st.lists(oids, min_size=1, max_size=2),
        "key_usages": st.lists(bits, max_size=2),
        "extended_key_usages": st.lists(oids, max_size=1),
        "subject_attributes": st.lists(oids, max_size=1),
        "description": st.none() | st.text(max_size=5),
    }
    if inner is not None:
        parts["lists"] = st.lists(inner, max_size=2)
    return st.fixed_dictionaries(parts)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "qualifiers": st.lists(st.sampled_from(sorted(QUALIFIERS)), min_size=1, max_size=2),
                "criteria": criteria(criteria()),
            }
        ),
        max_size=3,
    )
)
def test_what_is_accepted_reads_back_and_fits_the_list(values: list[dict[str, Any]]) -> None:
    read = read_qualifications(values)
    assert read_qualifications(read) == read
    found = qualifications_from_json(read)
    assert [list(element.qualifiers) for element in found] == [value["qualifiers"] for value in values]
    assert [element.criteria.assertion for element in found] == [value["criteria"]["assert"] for value in values]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["qualifiers", "criteria", "assert", "lists"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_anything_else_is_a_clean_refusal(value: Any) -> None:
    for candidate in (value, [value], [{"qualifiers": ["QCStatement"], "criteria": value}]):
        try:
            read = read_qualifications(candidate)
        except InvalidInput:
            continue
        qualifications_from_json(read)


def test_nesting_has_an_end() -> None:
    deep: dict[str, Any] = {"assert": "all", "policy_sets": [["1.2"]]}
    for _ in range(6):
        deep = {"assert": "all", "lists": [deep]}
    with pytest.raises(InvalidInput):
        read_qualifications([{"qualifiers": ["QCStatement"], "criteria": deep}])
