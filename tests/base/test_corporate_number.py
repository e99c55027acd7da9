"""法人番号: form and check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustreg.base.corporate_number import check_digit, has_form, is_valid


@pytest.mark.parametrize("number", ["7000012050002", "1180301018771", "8700110005901"])
def test_real_corporate_numbers(number: str) -> None:
    assert is_valid(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "7000012050003",
        "700001205000",
        "70000120500021",
        "\uff17000012050002",
        "a" * 13,
        "0000012050002",
        "7000012050002 ",
    ],
)
def test_what_is_none(number: str) -> None:
    assert not is_valid(number)


def test_a_wrong_check_digit_still_has_the_form() -> None:
    assert has_form("8000012050002")
    assert not has_form("800001205000")


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 9))
def test_exactly_one_check_digit_fits(base: str, digit: int) -> None:
    assert 1 <= check_digit(base) <= 9
    assert is_valid(f"{digit}{base}") == (digit == check_digit(base))


def test_other_than_twelve_digits_have_no_check_digit() -> None:
    with pytest.raises(ValueError, match="12 digits"):
        check_digit("123")
