"""The record of one validation: checks in the order of the standard, weighed by the policy."""

from __future__ import annotations

from signing.domain.policies import Level, Policy
from signing.domain.report import Check, Notice, Text
from trustreg.pki.indications import Finding, Indication, SubIndication


class Ledger:
    """Collects checks; the first failure decides (EN 319 102-1, 5.3: later blocks are recorded, not decisive)."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.checks: list[Check] = []
        self.errors: list[Notice] = []
        self.warnings: list[Notice] = []
        self.sub_indication: SubIndication | None = None

    @property
    def indication(self) -> Indication:
        return self.sub_indication.indication if self.sub_indication else Indication.TOTAL_PASSED

    @property
    def failed(self) -> bool:
        return self.sub_indication is not None

    def passed(self, name: str, en: str, ja: str) -> None:
        """A check succeeded."""
        self.checks.append(Check(name, "pass", Text(ja, en)))

    def skipped(self, name: str, en: str, ja: str) -> None:
        """A check was not done, and need not be."""
        self.checks.append(Check(name, "skip", Text(ja, en)))

    def record(self, finding: Finding, code: str | None = None) -> None:
        """A check found something: the policy says what it weighs."""
        level = self._policy.level(finding.check)
        notice = Notice(code or finding.check.upper(), Text(finding.ja, finding.en))
        if finding.sub_indication is None and level is Level.FAIL:
            level = Level.WARN
        if level is Level.FAIL:
            self.checks.append(Check(finding.check, "fail", notice.message))
            self.errors.append(notice)
            if self.sub_indication is None:
                self.sub_indication = finding.sub_indication
        elif level is Level.WARN:
            self.checks.append(Check(finding.check, "warn", notice.message))
            self.warnings.append(notice)
        elif level is Level.INFORM:
            self.checks.append(Check(finding.check, "info", notice.message))

    def warn(self, code: str, en: str, ja: str) -> None:
        """A warning that belongs to no check."""
        self.warnings.append(Notice(code, Text(ja, en)))
