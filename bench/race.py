"""Measuring: rounds in which the competitors take turns over the same items, and a table of what came out."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend

VAR = Path(os.environ.get("TRUSTREG_VAR") or Path(__file__).parents[1] / "var") / "bench"
SHARED = Path(os.environ.get("TRUSTREG_SHARED") or Path(__file__).parents[2] / "shared")


@dataclass
class Figure:
    """What one competitor took: milliseconds of every call, and the median of each round."""

    name: str
    calls: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def p95(self) -> float:
        ordered = sorted(self.calls)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


@dataclass
class Outcome:
    """One contest. `figures[0]` is ours; `megabytes` is what one call reads, where that is the measure.

    `compared` False: the figures answer different questions, all ours, and ratios would say nothing.
    """

    title: str
    figures: list[Figure] = field(default_factory=list)
    megabytes: float | None = None
    compared: bool = True
    notes: list[str] = field(default_factory=list)

    def ratio(self, peer: Figure) -> float:
        """How many times as long the peer took: the median over rounds, of which each compares like with like."""
        return statistics.median(
            theirs / ours for ours, theirs in zip(self.figures[0].rounds, peer.rounds, strict=False)
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "notes": self.notes,
            "figures": [
                {
                    "name": figure.name,
                    "median_ms": figure.median,
                    "p95_ms": figure.p95,
                    "n": len(figure.calls),
                    "ratio_to_ours": self.ratio(figure) if self.compared else None,
                    "megabytes_per_second": self.megabytes / figure.median * 1000 if self.megabytes else None,
                    "note": figure.note,
                }
                for figure in self.figures
            ],
        }


Competitor = tuple[str, Callable[[Any], bool]]


def race(
    title: str,
    competitors: Sequence[Competitor],
    rounds: Sequence[Sequence[Any]],
    *,
    warm_up: Sequence[Any],
    seconds: float,
    megabytes: float | None = None,
    few: Mapping[str, int] | None = None,
) -> Outcome:
    """Every competitor over the items of each round, the order turned from round to round; at least three rounds.

    A competitor returns whether it found the item valid. The first that does not ends the benchmark: the speed of
    wrong answers is of no interest. Rounds end with `seconds` or when there are no more. A slow competitor may take
    only the first `few` items of a round.
    """
    outcome = Outcome(title, [Figure(name) for name, _ in competitors], megabytes)
    for name, call in competitors:
        for item in warm_up:
            _hold(call(item), title, name)
    began = time.perf_counter()
    for number, items in enumerate(rounds):
        if number >= 3 and time.perf_counter() - began > seconds:
            break
        order = list(range(len(competitors)))
        for position in order if number % 2 == 0 else order[::-1]:
            name, call = competitors[position]
            taken = []
            for item in items[: (few or {}).get(name)]:
                start = time.perf_counter_ns()
                valid = call(item)
                taken.append((time.perf_counter_ns() - start) / 1e6)
                _hold(valid, title, name)
            outcome.figures[position].calls += taken
            outcome.figures[position].rounds.append(statistics.median(taken))
    return outcome


def _hold(valid: bool, title: str, name: str) -> None:
    if valid is not True:
        raise SystemExit(f"{title}: {name} does not find a benched item valid ({valid!r}); nothing was measured.")


def machine() -> str:
    """The line about the machine."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({_processor()}), load {load}; Python {platform.python_version()}, "
        f"{backend.openssl_version_text()}, {platform.system()} {platform.release()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a Markdown table."""
    lines = ["| | median | p95 | n | time ÷ ours |", "|---|---:|---:|---:|---:|"]
    for outcome in outcomes:
        lines.append(f"| **{outcome.title}** | | | | |")
        for place, figure in enumerate(outcome.figures):
            rate = f" ({outcome.megabytes / figure.median * 1000:.0f} MB/s)" if outcome.megabytes else ""
            ratio = (f"{outcome.ratio(figure):.1f}" if place else "1") if outcome.compared else ""
            name = f"{figure.name} ({figure.note})" if figure.note else figure.name
            lines.append(
                f"| {name} | {_time(figure.median)}{rate} | {_time(figure.p95)} | {len(figure.calls)} | {ratio} |"
            )
        lines += [f"| {note} | | | | |" for note in outcome.notes]
    return "\n".join(lines)


def _time(milliseconds: float) -> str:
    if milliseconds < 0.1:
        return f"{milliseconds * 1000:.1f} µs"
    return f"{milliseconds:.2f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def say(text: str) -> None:
    """Progress, apart from the figures."""
    print(text, file=sys.stderr, flush=True)
