"""The OpenAPI document against the running server: nothing answers 5xx, nothing answers what is not documented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.demo import RunningDemo

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

EXAMPLES = os.environ.get("TRUSTREG_SCHEMATHESIS_EXAMPLES", "4")
"""Generated requests for each operation, beside the examples and the edge cases of the description."""


def schemathesis(demo: RunningDemo, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("schemathesis")), "run", f"{demo.base}/api/v1/openapi.json",
         "--checks", "not_a_server_error,status_code_conformance", "--phases", "examples,coverage,fuzzing",
         "--max-examples", EXAMPLES, "--seed", "1", "--request-timeout", "60", "--no-color", *options],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_an_anonymous_caller_meets_no_surprise(demo: RunningDemo) -> None:
    done = schemathesis(demo)
    assert done.returncode == 0, done.stdout[-6000:]
