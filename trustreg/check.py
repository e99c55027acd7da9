"""`make check`: every gate in turn, by name; all run even when one fails, so that one run tells everything."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DEMO = {"TRUSTREG_DEMO": "1", "TRUSTREG_ROLE": "owner"}


def production_example() -> dict[str, str]:
    """The variables of `docs/production.env.example`."""
    lines = (ROOT / "docs" / "production.env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def run(name: str, command: str, *, env: dict[str, str] | None = None, fails_with: str | None = None) -> bool:
    """Run one gate. `fails_with`: the gate is right when the command fails and its output contains these words."""
    started = time.monotonic()
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    good = done.returncode == 0 if fails_with is None else done.returncode != 0 and fails_with in output
    print(f"{'ok  ' if good else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    if not good:
        print(output[-6000:], flush=True)
    return good


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        production = {**production_example(), "TRUSTREG_VAR": folder}
        results = [
            run("format", "ruff format --check ."),
            run("lint", "ruff check ."),
            run("imports", "lint-imports"),
            run("types", "mypy .", env=DEMO),
            run("migrations in step", "python manage.py makemigrations --check --dry-run", env=DEMO),
            run("system checks", "python manage.py check", env=DEMO),
            run(
                "deployment, production example", "python manage.py check --deploy --fail-level WARNING", env=production
            ),
            run(
                "deployment, demo keys are refused",
                "python manage.py check --deploy",
                env=DEMO,
                fails_with="trustreg.keys.E001",
            ),
            run(
                "OpenAPI document",
                "python manage.py spectacular --validate --fail-on-warn --file " + str(Path(folder) / "openapi.yml"),
                env=DEMO,
            ),
            run("texts in both languages", "python -m trustreg.catalogue check"),
            run("deployment files", "python -m deploy.lint"),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
