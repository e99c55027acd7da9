"""`make fuzz`: each entry under Hypothesis and under atheris, 60 s each; `--seconds`, and names for single entries.

Inputs that break something are kept under `var/fuzz/ENTRY/`, as is the corpus that atheris has grown. Exit code 1 when
anything broke.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz import ROOT
from tests.fuzz.entries import ENTRIES

FOLDER: Final = ROOT / "var" / "fuzz"
MARGIN: Final = 300
"""Seconds that a run may take beyond its time: starting, and making an input small."""
UNIT_SECONDS: Final = 25
"""An instrumented reader on a busy machine takes a multiple of the five seconds that the plain one has."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one tool found at one entry."""

    entry: str
    tool: str
    inputs: int
    sound: bool
    detail: str


def _run(module: str, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=quiet,
            text=True,
            capture_output=True,
            timeout=seconds + MARGIN,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, 1, "", f"did not end: {error}")


def generated(entry: str, seconds: float) -> Outcome:
    """The entry under Hypothesis."""
    done = _run("tests.fuzz.generated", entry, str(seconds), seconds=seconds)
    if done.returncode:
        (FOLDER / entry / "hypothesis.txt").write_text(done.stderr)
        return Outcome(entry, "hypothesis", 0, False, _last_line(done.stderr))
    figures = json.loads(done.stdout)
    return Outcome(entry, "hypothesis", int(figures["inputs"]), True, f"slowest {figures['slowest']:.3f} s")


def guided(entry: str, seconds: float) -> Outcome:
    """The entry under atheris, from the sound inputs and from what earlier runs found worth keeping."""
    corpus = FOLDER / entry / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    _plant(entry, corpus)
    options = [
        f"-max_total_time={int(seconds)}",
        f"-timeout={UNIT_SECONDS}",
        "-rss_limit_mb=4096",
        "-max_len=65536",
        "-print_final_stats=1",
        f"-artifact_prefix={FOLDER / entry}/",
        str(corpus),
    ]
    done = _run("tests.fuzz.guided", entry, *options, seconds=seconds)
    found = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    inputs = int(found[1]) if found else 0
    if done.returncode:
        (FOLDER / entry / "atheris.txt").write_text(done.stdout + done.stderr)
        return Outcome(entry, "atheris", inputs, False, _fault(done.stdout + done.stderr))
    edges = re.findall(r"cov: (\d+)", done.stderr)
    return Outcome(entry, "atheris", inputs, True, f"{edges[-1] if edges else 0} edges reached")


def _plant(entry: str, corpus: Path) -> None:
    done = _run("tests.fuzz.seeds", entry, str(corpus), seconds=60)
    if done.returncode:
        sys.exit(done.stderr)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "ended without a word"


def _fault(text: str) -> str:
    found = re.search(r"Uncaught Python exception: ===\n(.+)", text) or re.search(r"ERROR: libFuzzer: (.+)", text)
    return found[1][:160] if found else _last_line(text)


def outcomes(entries: list[str], seconds: float, jobs: int) -> Iterator[Outcome]:
    """Both tools at every entry, `jobs` processes at a time, in the order of the entries."""
    with ThreadPoolExecutor(jobs) as pool:
        for entry in entries:
            (FOLDER / entry).mkdir(parents=True, exist_ok=True)
        waiting = [pool.submit(tool, entry, seconds) for entry in entries for tool in (generated, guided)]
        for one in waiting:
            yield one.result()


def main() -> None:
    """Run, print a line for each outcome, and the sum."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=", ".join(ENTRIES))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each entry and tool (60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    asked = parser.parse_args()
    if unknown := set(asked.entries) - set(ENTRIES):
        parser.error(f"no such entry: {', '.join(sorted(unknown))}; there are: {', '.join(ENTRIES)}")
    broken = inputs = 0
    for outcome in outcomes(asked.entries or list(ENTRIES), asked.seconds, asked.jobs):
        mark = "ok    " if outcome.sound else "BROKEN"
        print(
            f"{mark} {outcome.entry:<18} {outcome.tool:<10} {outcome.inputs:>9,} inputs  {outcome.detail}", flush=True
        )
        broken += not outcome.sound
        inputs += outcome.inputs
    print(f"{inputs:,} inputs, {broken} broken." + (f" See {FOLDER}." if broken else ""))
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
