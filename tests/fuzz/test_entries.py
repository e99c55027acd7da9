"""Every entry reads its sound inputs without a word of complaint, and survives what is near to them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.entries import ENTRIES
from tests.fuzz.mutation import near


@pytest.mark.parametrize("name", list(ENTRIES))
def test_the_first_seed_is_read(name: str) -> None:
    entry = ENTRIES[name]
    entry.read(entry.seeds()[0])


@pytest.mark.parametrize("name", list(ENTRIES))
def test_what_is_near_to_a_seed_is_read_or_refused(name: str) -> None:
    entry = ENTRIES[name]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(near(entry.seeds()) | st.binary(max_size=60))
    def attempt(data: bytes) -> None:
        entry.attempt(data)

    attempt()
