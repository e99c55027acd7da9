"""What a rule is: a clause, a severity, a sentence in both languages, and a function that names the offenders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from qualified_list.domain.model import TrustedList
from qualified_list.domain.signature import VerifiedList


class Severity(StrEnum):
    """`error` forbids publication, `warning` does not, `not_run` says that a rule could not be checked."""

    ERROR = "error"
    WARNING = "warning"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Finding:
    """One offence: the rule, where, and what is wrong (`en`, `ja`: whole sentences; `detail`: the offending value)."""

    rule: str
    clause: str
    severity: Severity
    where: str
    en: str
    ja: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the file shows, read once for all rules.

    `signature` is a copy of the ds:Signature element, None when the file is unsigned. `verified` is the result of
    verifying it with its own certificate (whether it holds, not whether the signer may sign); `failure` says why not.
    `schema_errors` is None when no schema was there to check with (`schema_missing` says why). `read` is the list that
    the file holds, None when nothing can be read.
    """

    version: str
    tag: str
    odd_nodes: tuple[int, ...]
    signature: etree._Element | None
    verified: VerifiedList | None
    failure: str
    schema_errors: tuple[str, ...] | None
    schema_missing: str
    read: TrustedList | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: the model, the issue before it, and the facts of the file where there is one."""

    list: TrustedList
    previous: TrustedList | None
    file: FileFacts | None


Offences = Iterable[tuple[str, str]]
"""(where, detail) of each offence."""


class NotRun(Exception):
    """Raised by a rule that lacks what it needs; the message says what."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule with its identity; `en` and `ja` state what has to hold."""

    id: str
    clause: str
    severity: Severity
    en: str
    ja: str
    function: Callable[[Subject], Offences]


RuleFunction = Callable[[Subject], Offences]


class Book:
    """The rules of one rule book, in order of definition."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[RuleInfo] = []

    def rule(
        self, identifier: str, clause: str, en: str, ja: str, *, severity: Severity = Severity.ERROR
    ) -> Callable[[RuleFunction], RuleFunction]:
        """Register a function that yields (where, detail) for each offence."""

        def register(function: RuleFunction) -> RuleFunction:
            self.rules.append(RuleInfo(f"{self.name}.{identifier}", clause, severity, en, ja, function))
            return function

        return register
