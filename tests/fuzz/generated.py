"""One entry under Hypothesis: `python -m tests.fuzz.generated ENTRY SECONDS` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Final

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.entries import ENTRIES, Entry
from tests.fuzz.mutation import near

LONGEST: Final = 5.0
"""Seconds of processor time that one input may take (design, section 9)."""


class TooSlow(AssertionError):
    """One input took longer than `LONGEST`."""


def run(entry: Entry, seconds: float) -> dict[str, float]:
    """Feed `entry` until the time is over. Raises what the entry raised, with the smallest input that does."""
    figures = {"inputs": 0, "slowest": 0.0}
    seeds = entry.seeds()

    def attempt(data: bytes) -> None:
        started = time.process_time()
        entry.attempt(data)
        taken = time.process_time() - started
        figures["inputs"] += 1
        figures["slowest"] = max(figures["slowest"], round(taken, 3))
        if taken > LONGEST:
            raise TooSlow(f"{taken:.1f} s for {len(data)} octets")

    end = time.monotonic() + seconds
    quiet = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    number = time.time_ns()
    while time.monotonic() < end:
        number += 1
        seed(number)(quiet(given(near(seeds))(attempt)))()
    return figures


if __name__ == "__main__":
    print(json.dumps(run(ENTRIES[sys.argv[1]], float(sys.argv[2]))))
