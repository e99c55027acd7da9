"""Validation policies as data: which check is a failure, a warning, an information, or nothing.

A policy is a JSON file of this package. What a policy does not name keeps the level `FAIL`, and what decides integrity
and trust keeps it whatever a file says: `vocabulary` tells them apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from trustreg.base.errors import InvalidInput

from .vocabulary import CHECKS, DECISIVE

DEFAULT: Final = "default-2026"
LEVELS: Final = ("qualified", "specified", "other")
QUALIFICATIONS: Final = ("QESIG", "QESEAL", "ADESIG_QC", "ADESEAL_QC", "ADESIG", "ADESEAL", "QTSA", "TSA")
LIMITS: Final = {"change_objects": 1_000_000.0, "change_reads": 200_000.0, "clock_skew_seconds": 3600.0}
"""Names of limits, and how far a policy may go."""

_FOLDER: Final = Path(__file__).parent
_MEMBERS: Final = frozenset({"name", "extends", "title", "description", "constraints", "limits"})
_DEMANDS: Final = frozenset({"qualification", "level"})


class Level(StrEnum):
    """What a failed check does (as in the validation policies of ETSI TS 119 172-4 and DSS)."""

    FAIL = "FAIL"
    WARN = "WARN"
    INFORM = "INFORM"
    IGNORE = "IGNORE"


class PolicyError(ValueError):
    """A policy file that cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `limits`: `change_objects`, `change_reads` (change analysis), `clock_skew_seconds`.

    `qualification`: the words of which every signature, seal and lone time-stamp must have one; empty: any.
    `document_level`: what the document must reach (`requirement`), None when nothing is demanded.
    """

    name: str
    description: Mapping[str, str]
    constraints: Mapping[str, Level]
    limits: Mapping[str, float]
    title: Mapping[str, str]
    qualification: frozenset[str] = frozenset()
    document_level: str | None = None

    def level(self, check: str) -> Level:
        """The level of a check; FAIL for one that decides integrity or trust, or that the policy does not name."""
        return Level.FAIL if check in DECISIVE else self.constraints.get(check, Level.FAIL)


def read_policy(data: Mapping[str, Any]) -> Policy:
    """A policy of the form of `default-2026.json`; one that `extends` another adds to it. Raises PolicyError.

    Refused are names and levels that nobody knows, limits out of bounds, and any attempt to make a check of integrity
    or trust milder than FAIL.
    """
    try:
        unknown = sorted(set(data) - _MEMBERS - _DEMANDS)
        if unknown:
            raise PolicyError(f"unknown members: {', '.join(unknown)}")
        base = _data(str(data["extends"])) if "extends" in data else {}
        if "extends" in base:
            raise PolicyError("it extends a policy that itself extends another")
        merged = {member: {**base.get(member, {}), **data.get(member, {})} for member in ("constraints", "limits")}
        return Policy(
            name=str(data["name"]),
            title=_words(data["title"]),
            description=_words(data["description"]),
            constraints={check: _level(check, level) for check, level in merged["constraints"].items()},
            limits={name: _limit(name, value) for name, value in _complete(merged["limits"]).items()},
            qualification=frozenset(_known(word, QUALIFICATIONS) for word in data.get("qualification", ())),
            document_level=_known(data["level"], LEVELS) if "level" in data else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise PolicyError(f"it is not of the form of a policy ({type(error).__name__}: {error})") from error


def _level(check: str, level: object) -> Level:
    if check not in CHECKS:
        raise PolicyError(f"there is no check {check!r}")
    found = Level(_known(level, tuple(Level)))
    if check in DECISIVE and found is not Level.FAIL:
        raise PolicyError(f"{check!r} decides integrity or trust: a policy cannot make it {found}, only FAIL")
    return found


def _known(word: object, known: tuple[str, ...]) -> str:
    if word not in known:
        raise PolicyError(f"{word!r} is not one of {', '.join(known)}")
    return str(word)


def _complete(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    if set(limits) != set(LIMITS):
        raise PolicyError(f"its limits are not {', '.join(LIMITS)}")
    return limits


def _limit(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LIMITS[name]:
        raise PolicyError(f"{name} must be a number from 0 to {LIMITS[name]:g}")
    return float(value)


def _words(texts: Mapping[str, Any]) -> dict[str, str]:
    if set(texts) != {"en", "ja"} or not all(isinstance(text, str) and text for text in texts.values()):
        raise PolicyError("title and description are texts in English (en) and Japanese (ja)")
    return dict(texts)


def _data(name: str) -> dict[str, Any]:
    if name not in policy_names():
        raise PolicyError(f"there is no policy {name!r} to extend")
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=16)
def load_policy(name: str = DEFAULT) -> Policy:
    """The policy with that name. Raises `InvalidInput` when there is none, `PolicyError` when its file is not right."""
    known = policy_names()
    if name not in known:
        raise InvalidInput(
            f"There is no validation policy {name[:80]!r}; known are: {', '.join(known)}.",
            f"検証ポリシー {name[:80]!r} はありません。使えるのは {', '.join(known)} です。",
            fields={"policy": {"en": "Unknown policy.", "ja": "不明なポリシーです。"}},
        )
    found = read_policy(_data(name))
    if found.name != name:
        raise PolicyError(f"the file {name}.json holds the policy {found.name!r}")
    return found


def policy_names() -> list[str]:
    """All policies that a caller may name, the default first."""
    names = sorted(path.stem for path in _FOLDER.glob("*.json"))
    return sorted(names, key=lambda name: name != DEFAULT)


def level_asked(policy: str | None, level: str | None) -> str | None:
    """The level that a document has to reach, by the request or by the policy. Raises InvalidInput when they differ."""
    demanded = load_policy(policy or DEFAULT).document_level
    if demanded and level and demanded != level:
        raise InvalidInput(
            f"The policy {policy} asks for the level {demanded}, the request for {level}. Leave one of them out.",
            f"ポリシー {policy} はレベル {demanded} を、要求は {level} を求めています。どちらかを外してください。",
            fields={"level": {"en": "Contradicts the policy.", "ja": "ポリシーと矛盾しています。"}},
        )
    return level or demanded
