"""The page of attacks names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "attacks.md").read_text("utf-8")


def test_every_named_test_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`", PAGE)
    assert len(named) > 30
    for file, name in named:
        assert (ROOT / file).exists(), file
        if name:
            assert re.search(rf"(?:def|class) {name}\b", (ROOT / file).read_text("utf-8")), f"{file}::{name}"
