"""A batch through the running product: its worker dies by `kill -9`, and others are not kept waiting."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.live.demo import RunningDemo, Visitor

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]


@pytest.fixture
def caller(demo: RunningDemo) -> dict[str, str]:
    """The headers of a script with an API key of its own."""
    account = json.loads((demo.var / "demo" / "accounts.json").read_text())[0]
    visitor = Visitor(demo.base, account["email"], account["password"])
    wanted = {"name": "batch", "scopes": ["validation:batch"], "expires_at": "2099-01-01T00:00:00Z"}
    answer = visitor.post("/api-keys", wanted)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['key']}"}


def send(demo: RunningDemo, caller: dict[str, str], paths: list[Path]) -> str:
    """The address of a batch of these documents."""
    files = [("document", (f"{number}-{path.name}", path.read_bytes())) for number, path in enumerate(paths)]
    answer = requests.post(f"{demo.base}/api/v1/validations/batch", files=files, headers=caller, timeout=60)
    assert answer.status_code == 202, answer.text
    return f"{demo.base}{answer.headers['Location']}"


def until(place: str, caller: dict[str, str], reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The batch once it has come so far."""
    end = time.monotonic() + 240
    while time.monotonic() < end:
        found: dict[str, Any] = requests.get(f"{place}?limit=200", headers=caller, timeout=30).json()
        if reached(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"the batch stays at {found['counts']}")


def kept_files(demo: RunningDemo) -> list[Path]:
    """Every file of a document that the demo holds."""
    return [path for path in (demo.var / "files").rglob("*") if path.is_file()]


def workers(demo: RunningDemo) -> list[int]:
    """Every process of the demo's workers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            ours = f"TRUSTREG_VAR={demo.var}".encode() in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if ours and b"trustreg.celery" in command and b"worker" in command:
            found.append(int(process.name))
    assert found, "no worker runs"
    return found


def test_a_worker_killed_in_the_middle_loses_no_document_and_does_none_twice(
    demo: RunningDemo, caller: dict[str, str]
) -> None:
    samples = sorted(demo.samples.glob("*.pdf"))
    place = send(demo, caller, (samples * 200)[:200])
    until(place, caller, lambda found: found["done"] >= 5)
    for process in workers(demo):
        os.kill(process, signal.SIGKILL)
    before = requests.get(place, headers=caller, timeout=30).json()
    assert before["done"] < 200, "it was killed in the middle"
    found = until(place, caller, lambda found: found["state"] == "done")
    assert found["counts"] == {"queued": 0, "running": 0, "done": 200, "failed": 0, "cancelled": 0}
    assert [row["position"] for row in found["results"]] == list(range(200))
    assert len({row["report"] for row in found["results"]}) == 200
    kept = {row["position"]: row["report"] for row in before["results"] if row["report"]}
    assert kept.items() <= {row["position"]: row["report"] for row in found["results"]}.items()
    for row in found["results"][: len(samples)]:
        report = requests.get(f"{demo.base}/api/v1/validations/{row['report']}", timeout=30).json()
        assert (report["indication"], report["document"]["filename"]) == (row["indication"], row["filename"])
    # A worker killed between its commit and the deletion leaves a file, which the hourly clearing takes.
    demo.manage("shell", "-v", "0", "-c", "from signing.tasks import expire; expire()")
    assert not kept_files(demo)


def test_whichever_process_of_a_worker_dies_others_go_on(demo: RunningDemo, caller: dict[str, str]) -> None:
    """One after the other while all of them rest: nothing that they share is lost with one of them."""
    for process in workers(demo):
        os.kill(process, signal.SIGKILL)
        time.sleep(0.5)
    sample = demo.samples / "qualified-signature.pdf"
    place = send(demo, caller, [sample])
    assert until(place, caller, lambda found: found["state"] == "done")["counts"]["done"] == 1


def test_single_validations_and_other_work_do_not_wait_for_a_batch(demo: RunningDemo, caller: dict[str, str]) -> None:
    sample = demo.samples / "qualified-signature.pdf"
    place = send(demo, caller, [sample] * 600)
    until(place, caller, lambda found: found["done"] > 0)
    times = []
    for _ in range(5):
        began = time.monotonic()
        assert demo.validate(sample).status_code == 200
        times.append(time.monotonic() - began)
    assert sorted(times)[2] < 2
    shorter = send(demo, caller, [sample])
    until(shorter, caller, lambda found: found["state"] == "done")
    cancelled = requests.post(f"{place}/cancel", headers=caller, timeout=60)
    assert cancelled.status_code == 200, "the one that began later, with one document, ended first"
    assert cancelled.json()["counts"]["cancelled"] > 0
    end = time.monotonic() + 30
    while kept_files(demo) and time.monotonic() < end:
        time.sleep(0.1)  # files go after the commit that a caller sees
    assert not kept_files(demo)
