"""Loaded before Django's settings: where tests keep their files and database, and with which rights they begin."""

import os
from pathlib import Path

os.environ.setdefault("TRUSTREG_DEMO", "1")
os.environ.setdefault("TRUSTREG_ROLE", "owner")  # makes the test database; each test then acts as another role
os.environ.setdefault("TRUSTREG_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("TRUSTREG_LOG_LEVEL", "CRITICAL")
if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # one of several at work, each in a folder of its own
    os.environ["TRUSTREG_VAR"] = str(Path(os.environ["TRUSTREG_VAR"]) / worker)
