"""What the rule engine of the list finds, as findings that forbid publication."""

from __future__ import annotations

from qualified_list.domain.model import TrustedList
from qualified_list.domain.rules import Severity, check
from qualified_list.services.findings import Findings, finding
from trustreg.conf import settings as conf


def file_findings(issue: TrustedList, *, previous: TrustedList | None, xml: bytes, signed: bool) -> Findings:
    """What the rules forbid in an issue and in the file that shall carry it; of a signed file every rule must run."""
    found = []
    for item in check(issue, previous, xml, schemas=conf.schemas):
        unchecked = signed and item.severity is Severity.NOT_RUN and item.rule.partition(".")[2] != "schema"
        if item.severity is Severity.ERROR or unchecked:
            detail = f" ({item.detail})" if item.detail else ""
            found.append(finding(item.rule, item.where, f"{item.en}{detail}", f"{item.ja}{detail}"))
    return found
