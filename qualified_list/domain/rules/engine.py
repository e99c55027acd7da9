"""Running the rules over one issue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qualified_list.domain.model import TrustedList
from qualified_list.domain.rules import continuity, document, services, ts119612
from qualified_list.domain.rules.book import Finding, NotRun, RuleInfo, Severity, Subject
from qualified_list.domain.rules.facts import file_facts

__all__ = ["Finding", "RuleInfo", "Severity", "check", "rules"]

_BOOKS = (ts119612.BOOK, services.BOOK, continuity.BOOK, document.BOOK)


def rules() -> tuple[RuleInfo, ...]:
    """Every rule, in the order in which they run."""
    return tuple(rule for book in _BOOKS for rule in book.rules)


def check(
    issue: TrustedList,
    previous: TrustedList | None = None,
    xml: bytes | None = None,
    *,
    schemas: Path | None = None,
) -> list[Finding]:
    """Check one issue before (unsigned `xml` or none) or after signing, against the issue before it.

    `schemas` is a folder with the schemas of TS 119 612 and those that they import; without it, and without a file or a
    signature in it, the rules that need them report `not_run`. Publish only when no finding is an `error` and, for the
    signed file, none is `not_run` but that of the schemas. Raises `ListUnreadable` when `xml` is no XML.
    """
    facts = file_facts(xml, schemas=schemas) if xml is not None else None
    return list(_findings(Subject(issue, previous, facts)))


def _findings(subject: Subject) -> Iterator[Finding]:
    for rule in rules():
        try:
            for where, detail in rule.function(subject):
                yield Finding(rule.id, rule.clause, rule.severity, where, rule.en, rule.ja, detail)
        except NotRun as reason:
            yield Finding(rule.id, rule.clause, Severity.NOT_RUN, "", rule.en, rule.ja, str(reason))
