"""Tags of the events that acts of conformity assessment leave in the audit trail."""

from __future__ import annotations

from enum import StrEnum


class Tag(StrEnum):
    """`source:subject:action`. Moves along a lifecycle are `conformity:<subject>:<arrow>` (see `moved`)."""

    CRITERIA_LOADED = "conformity:criteria_set:loaded"
    ACCREDITATION_PROPOSED = "conformity:accreditation:proposed"
    ACCREDITATION_DECIDED = "conformity:accreditation:decided"
    MEMBER_ASSIGNED = "conformity:assessment:member_assigned"
    MEMBER_REMOVED = "conformity:assessment:member_removed"
    RESULTS_RECORDED = "conformity:assessment:results_recorded"
    FINDING_REGRADED = "conformity:finding:regraded"
    EVIDENCE_STORED = "conformity:evidence:stored"
    EVIDENCE_READ = "conformity:evidence:read"
    EVIDENCE_RECEIPT = "conformity:evidence:receipt"


def moved(subject: str, transition: str) -> str:
    """The tag of a move, such as `conformity:finding:verify`."""
    return f"conformity:{subject}:{transition}"
