"""What one document may cost is counted: the same on every machine, and no part of it can be passed over."""

from __future__ import annotations

import contextlib

import pytest

from trustreg.base.effort import EffortExceeded, bounded, spend, spend_octets


def test_outside_of_any_bound_everything_is_free() -> None:
    spend(10**12)


def test_what_is_given_can_be_spent_to_the_last_unit() -> None:
    with bounded(10) as effort:
        spend(4)
        spend(6)
        assert (effort.left, effort.exceeded) == (0, False)
        with pytest.raises(EffortExceeded):
            spend(1)


def test_what_was_exceeded_stays_so() -> None:
    with bounded(10) as effort:
        with contextlib.suppress(EffortExceeded):
            spend(11)
        with pytest.raises(EffortExceeded):
            spend(0)
        assert effort.exceeded


def test_an_outer_bound_is_back_after_an_inner_one() -> None:
    with bounded(10) as outer, bounded(5):
        spend(5)
    assert outer.left == 10


def test_it_is_no_error_that_readers_take_for_a_fault_of_what_they_read() -> None:
    assert not issubclass(EffortExceeded, (ValueError, ArithmeticError, LookupError, OSError))


def test_hashing_costs_by_call_and_by_length() -> None:
    with bounded(10_000) as effort:
        spend_octets(0)
        few = 10_000 - effort.left
        spend_octets(1 << 20)
    assert (few, 10_000 - effort.left) == (2, 2 + 2 + 2048)
