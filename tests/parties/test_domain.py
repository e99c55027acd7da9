"""Identifiers, keys and independence, without a database."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustreg.parties.domain import api_keys, my_number, oid
from trustreg.parties.domain.roles import MATRIX, ROLE_KINDS, Role
from trustreg.parties.domain.separation import (
    Relation,
    Tie,
    are_separate_groups,
    are_two_people,
    interfering,
    is_independent,
    months_before,
)

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_exactly_one_last_digit_makes_a_my_number(base: str) -> None:
    found = [last for last in "0123456789" if my_number.is_my_number(base + last)]
    assert found == [str(my_number.check_digit(base))]


@pytest.mark.parametrize(
    "text",
    [
        "123456789018",
        "1234 5678 9018",
        "1234-5678-9018",
        "番号は１２３４５６７８９０１８です",
        "1234‐5678‐9018",
        "a123456789018b",
        "0000 1234 5678 9018",
    ],
)
def test_a_my_number_is_found_however_it_is_written(text: str) -> None:
    assert my_number.found_in(text)


@pytest.mark.parametrize(
    "text", ["", "123456789012", "1234567890180", "0123456789018", "03-1234-5678", "7000012050002", "山田 太郎"]
)
def test_other_numbers_are_no_my_number(text: str) -> None:
    assert not my_number.found_in(text)


@pytest.mark.parametrize(
    "text",
    ["1.2.392.200", "0.0", "2.999.1", "2.16.840.1.113733", "1.39.0", "2.25.329800735698586629295641978511506172918"],
)
def test_dotted_oids(text: str) -> None:
    assert oid.is_oid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.40",
        "3.1",
        "1.02.3",
        "1..2",
        "1.2.",
        ".1.2",
        "urn:oid:1.2",
        "1.2.a",
        "1.2 ",
        "1.2\n",
        "１.2",
        "1.2" + ".1" * 100,
    ],
)
def test_texts_that_are_no_oids(text: str) -> None:
    assert not oid.is_oid(text)


def test_a_device_oid_lies_under_the_longest_registered_arc() -> None:
    arcs = ["1.2.392", "1.2.392.200", "1.2.3"]
    assert oid.registered_arc("1.2.392.200.5", arcs) == "1.2.392.200"
    assert oid.registered_arc("1.2.3921", arcs) is None, "arcs are compared whole"
    assert oid.registered_arc("1.2.392", ["1.2.392"]) is None, "the arc itself names no device"
    assert oid.registered_arc("1.2.392.", ["1.2.392"]) is None


def test_a_new_key_parses_to_what_is_stored_and_shows_no_secret() -> None:
    key = api_keys.generate()
    assert api_keys.parse(key.text) == (key.prefix, key.sha256)
    assert key.text not in repr(key)
    assert len({api_keys.generate().text for _ in range(50)}) == 50


def test_every_single_wrong_character_of_a_key_is_noticed_without_a_database() -> None:
    text = api_keys.generate().text
    for position in range(len(text)):
        for char in random.Random(position).sample("0123456789ABCXYZabcxyz_", 4):
            if char != text[position]:
                assert api_keys.parse(text[:position] + char + text[position + 1 :]) is None


@given(st.text(max_size=80))
def test_any_text_is_no_key(text: str) -> None:
    assert api_keys.parse(text) is None


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        (datetime(2026, 3, 31, tzinfo=UTC), 1, datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2024, 2, 29, tzinfo=UTC), 12, datetime(2023, 2, 28, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 24, datetime(2024, 1, 15, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), -60, datetime(2031, 1, 15, tzinfo=UTC)),
        (datetime(2026, 12, 31, tzinfo=UTC), 0, datetime(2026, 12, 31, tzinfo=UTC)),
    ],
)
def test_calendar_months(moment: datetime, months: int, expected: datetime) -> None:
    assert months_before(moment, months) == expected


HOME, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("start", "end", "independent"),
    [
        (None, None, False),
        (datetime(2020, 1, 1, tzinfo=UTC), None, False),
        (
            datetime(2020, 1, 1, tzinfo=UTC),
            datetime(2024, 11, 23, 9, 0, tzinfo=UTC),
            True,
        ),  # half-open: ended exactly 24 months ago
        (datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 11, 23, 9, 0, 1, tzinfo=UTC), False),
        (datetime(2027, 1, 1, tzinfo=UTC), None, False),  # about to join
        (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 1, 1, tzinfo=UTC), True),
    ],
)
@pytest.mark.parametrize("tie", [tie for tie in Tie if tie is not Tie.NONE])
def test_a_tie_within_the_cooling_off_period_ends_independence(
    tie: Tie, start: datetime | None, end: datetime | None, independent: bool
) -> None:
    assert is_independent([Relation(HOME, tie, start, end)], {HOME}, AT, cooling_off_months=24) is independent


def test_a_declaration_of_no_tie_and_ties_to_others_do_not_count() -> None:
    relations = [Relation(HOME, Tie.NONE, None, None), Relation(OTHER, Tie.EMPLOYMENT, None, None)]
    assert is_independent(relations, {HOME}, AT, cooling_off_months=24)
    assert interfering(relations, {HOME, OTHER}, AT, cooling_off_months=24) == (relations[1],), "the whole group counts"


def test_four_eyes_are_two_people_and_groups_are_apart() -> None:
    person = uuid4()
    assert not are_two_people(person, person)
    assert are_two_people(person, uuid4())
    assert are_separate_groups({HOME}, {OTHER})
    assert not are_separate_groups({HOME, OTHER}, {OTHER})


def test_every_role_lives_in_some_kind_of_organisation_and_no_act_is_open_to_all() -> None:
    assert set(ROLE_KINDS) == set(Role)
    assert all(ROLE_KINDS.values())
    assert all(rule.roles for rule in MATRIX)
    assert len({rule.act for rule in MATRIX}) == len(MATRIX)
