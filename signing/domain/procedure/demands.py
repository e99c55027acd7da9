"""What a policy demands beyond the procedure: the qualification of each part, the level of the document."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from signing.domain.policies import Policy
from signing.domain.report import Check, Notice, SignatureReport, Text, TimestampReport, ValidationReport
from trustreg.pki.indications import Indication, SubIndication

Part = TypeVar("Part", SignatureReport, TimestampReport)


def demand_qualification(policy: Policy, part: Part) -> Part:
    """A part without one of the qualifications that the policy wants does not pass; one that failed stays as it is."""
    if not policy.qualification:
        return part
    found = part.qualification or "INDETERMINATE"
    if found in policy.qualification:
        text = Text(f"ポリシーの求める適格性です: {found}", f"Qualified as the policy demands: {found}.")
        return replace(part, checks=(*part.checks, Check("qualification", "pass", text)))
    wanted = ", ".join(sorted(policy.qualification))
    text = Text(
        f"ポリシーの求める適格性({wanted})ではなく、{found} です。",
        f"The policy demands {wanted}; this is {found}.",
    )
    part = replace(
        part,
        checks=(*part.checks, Check("qualification", "fail", text)),
        errors=(*part.errors, Notice("QUALIFICATION", text)),
    )
    if part.indication is not Indication.TOTAL_PASSED:
        return part
    return replace(part, indication=Indication.INDETERMINATE, sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE)


def demand_level(policy: Policy, report: ValidationReport) -> ValidationReport:
    """A document that does not surely meet the level of the policy does not pass (`requirement` says)."""
    wanted = policy.document_level
    if wanted is None or report.indication is not Indication.TOTAL_PASSED:
        return report
    answer = report.requirement or {}
    if answer.get("level") == wanted and answer.get("met") is True:
        return report
    text = Text(
        f"文書は、ポリシーの求めるレベル({wanted})に達していることが確かめられません。",
        f"The document is not shown to reach the level {wanted} that the policy demands.",
    )
    return replace(
        report,
        indication=Indication.INDETERMINATE,
        sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE,
        errors=(*report.errors, Notice("LEVEL_NOT_REACHED", text)),
    )
