"""The rule engine of publication: strict where import is tolerant. One function is one rule of one rule book.

`ts119612` holds what the standard asks of any list, `continuity` what the registry promises from issue to issue,
`document` what is asked of the XML file and its signature.
"""

from qualified_list.domain.rules.engine import Finding, RuleInfo, Severity, check, rules

__all__ = ["Finding", "RuleInfo", "Severity", "check", "rules"]
