"""Validation policies as data: which check is a failure, a warning, an information, or nothing.

A policy is a JSON file of this package. What a policy does not name keeps the level `FAIL`; nothing outside a file can
loosen a check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from trustreg.base.errors import InvalidInput

DEFAULT = "default-2026"


class Level(StrEnum):
    """What a failed check does (as in the validation policies of ETSI TS 119 172-4 and DSS)."""

    FAIL = "FAIL"
    WARN = "WARN"
    INFORM = "INFORM"
    IGNORE = "IGNORE"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `limits`: `change_seconds`, `change_objects` (change analysis), `clock_skew_seconds`."""

    name: str
    description: Mapping[str, str]
    constraints: Mapping[str, Level]
    limits: Mapping[str, float]

    def level(self, check: str) -> Level:
        """The level of a check; FAIL for one that the policy does not name."""
        return self.constraints.get(check, Level.FAIL)


def read_policy(data: Mapping[str, Any]) -> Policy:
    """A policy of the form of `default-2026.json`."""
    return Policy(
        name=str(data["name"]),
        description=dict(data["description"]),
        constraints={check: Level(level) for check, level in data["constraints"].items()},
        limits={name: float(value) for name, value in data["limits"].items()},
    )


@lru_cache(maxsize=16)
def load_policy(name: str = DEFAULT) -> Policy:
    """The policy with that name. Raises `InvalidInput` when there is none."""
    known = policy_names()
    if name not in known:
        raise InvalidInput(
            f"There is no validation policy {name[:80]!r}; known are: {', '.join(known)}.",
            f"検証ポリシー {name[:80]!r} はありません。使えるのは {', '.join(known)} です。",
        )
    return read_policy(json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8")))


def policy_names() -> list[str]:
    """All policies that a caller may name."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.json"))
