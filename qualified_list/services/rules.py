"""The rule engine of the domain as findings."""

from __future__ import annotations

from qualified_list.domain.model import TrustedList
from qualified_list.services.findings import Findings


def rule_findings(issue: TrustedList, *, previous: TrustedList | None) -> Findings:
    return []
