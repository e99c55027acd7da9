"""The legal moves of criteria sets, accreditations, assessments and findings (domain.md 4.2 E, D, A, B).

`""` is the status before a record exists. PostgreSQL repeats these tables as check constraints.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from trustreg.base.lifecycle import Arrow, arrow
from trustreg.parties.domain.roles import Role

NEW: Final = ""


class CriteriaSetStatus(StrEnum):
    DRAFT = "draft"  # the editor may change criteria
    PUBLIC_COMMENT = "public_comment"  # anybody may comment; the text rests
    APPROVED = "approved"  # fixed; waits for its day
    IN_FORCE = "in_force"  # new assessments use it
    SUPERSEDED = "superseded"  # only until the end of its transition
    RETIRED = "retired"  # history


DRAFT = arrow("draft", sources=[NEW], to=CriteriaSetStatus.DRAFT, by=[Role.SCHEME_EDITOR])
OPEN_COMMENT = arrow(
    "open_comment", sources=[CriteriaSetStatus.DRAFT], to=CriteriaSetStatus.PUBLIC_COMMENT, by=[Role.SCHEME_EDITOR]
)
REVISE = arrow(
    "revise", sources=[CriteriaSetStatus.PUBLIC_COMMENT], to=CriteriaSetStatus.DRAFT, by=[Role.SCHEME_EDITOR]
)
APPROVE_SET = arrow(
    "approve", sources=[CriteriaSetStatus.PUBLIC_COMMENT], to=CriteriaSetStatus.APPROVED, by=[Role.SCHEME_APPROVER]
)
PUT_IN_FORCE = arrow(
    "put_in_force", sources=[CriteriaSetStatus.APPROVED], to=CriteriaSetStatus.IN_FORCE, by=[Role.SCHEME_APPROVER]
)
SUPERSEDE = arrow(
    "supersede", sources=[CriteriaSetStatus.IN_FORCE], to=CriteriaSetStatus.SUPERSEDED, by=[Role.SCHEME_APPROVER]
)
RETIRE = arrow(
    "retire", sources=[CriteriaSetStatus.SUPERSEDED], to=CriteriaSetStatus.RETIRED, by=[Role.SCHEME_APPROVER]
)
CRITERIA_SET: Final[tuple[Arrow, ...]] = (DRAFT, OPEN_COMMENT, REVISE, APPROVE_SET, PUT_IN_FORCE, SUPERSEDE, RETIRE)


class AccreditationStatus(StrEnum):
    APPLIED = "applied"  # the body asked; the accreditation body has next action
    DOCUMENT_REVIEW = "document_review"
    ASSESSMENT = "assessment"  # office assessment
    WITNESSING = "witnessing"  # an audit of the body is watched
    DECISION = "decision"  # proposed; waits for a second person
    ACCREDITED = "accredited"
    SUSPENDED = "suspended"  # ISO/IEC 17011 3.18: temporary; no new or concluded assessments
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    EXPIRED = "expired"


_IN_EXAMINATION = [
    AccreditationStatus.APPLIED,
    AccreditationStatus.DOCUMENT_REVIEW,
    AccreditationStatus.ASSESSMENT,
    AccreditationStatus.WITNESSING,
]
_AB_TWO = [Role.AB_PROPOSER, Role.AB_APPROVER]
APPLY = arrow("apply", sources=[NEW], to=AccreditationStatus.APPLIED, by=[Role.AB_CLERK, Role.AB_PROPOSER])
REVIEW_DOCUMENTS = arrow(
    "review_documents",
    sources=[AccreditationStatus.APPLIED],
    to=AccreditationStatus.DOCUMENT_REVIEW,
    by=[Role.AB_PROPOSER],
)
ASSESS_OFFICE = arrow(
    "assess_office",
    sources=[AccreditationStatus.DOCUMENT_REVIEW],
    to=AccreditationStatus.ASSESSMENT,
    by=[Role.AB_PROPOSER],
)
WITNESS = arrow(
    "witness", sources=[AccreditationStatus.ASSESSMENT], to=AccreditationStatus.WITNESSING, by=[Role.AB_PROPOSER]
)
REFUSE = arrow("refuse", sources=_IN_EXAMINATION, to=AccreditationStatus.REFUSED, by=[Role.AB_APPROVER])
PROPOSE = arrow(
    "propose", sources=[AccreditationStatus.WITNESSING], to=AccreditationStatus.DECISION, by=[Role.AB_PROPOSER]
)
SEND_BACK = arrow(
    "send_back", sources=[AccreditationStatus.DECISION], to=AccreditationStatus.WITNESSING, by=[Role.AB_APPROVER]
)
ACCREDIT = arrow("accredit", sources=[AccreditationStatus.DECISION], to=AccreditationStatus.ACCREDITED, by=_AB_TWO)
SUSPEND = arrow("suspend", sources=[AccreditationStatus.ACCREDITED], to=AccreditationStatus.SUSPENDED, by=_AB_TWO)
LIFT = arrow("lift", sources=[AccreditationStatus.SUSPENDED], to=AccreditationStatus.ACCREDITED, by=_AB_TWO)
WITHDRAW = arrow(
    "withdraw",
    sources=[AccreditationStatus.ACCREDITED, AccreditationStatus.SUSPENDED],
    to=AccreditationStatus.WITHDRAWN,
    by=_AB_TWO,
)
EXPIRE = arrow(
    "expire", sources=[AccreditationStatus.ACCREDITED, AccreditationStatus.SUSPENDED], to=AccreditationStatus.EXPIRED
)
ACCREDITATION: Final[tuple[Arrow, ...]] = (
    APPLY,
    REVIEW_DOCUMENTS,
    ASSESS_OFFICE,
    WITNESS,
    REFUSE,
    PROPOSE,
    SEND_BACK,
    ACCREDIT,
    SUSPEND,
    LIFT,
    WITHDRAW,
    EXPIRE,
)


class AssessmentStatus(StrEnum):
    OPENED = "opened"  # the team is being named
    DOCUMENTS = "documents"  # stage 1: documents
    ON_SITE = "on_site"  # stage 2: on site, sampling, interviews, tests
    REVIEW = "review"  # the lead has finished; the decider has next action
    CONCLUDED = "concluded"  # report issued; frozen
    CANCELLED = "cancelled"


OPEN_ASSESSMENT_STATUSES: Final = (AssessmentStatus.OPENED, AssessmentStatus.DOCUMENTS, AssessmentStatus.ON_SITE)
OPEN = arrow("open", sources=[NEW], to=AssessmentStatus.OPENED, by=[Role.CAB_CLERK, Role.CAB_LEAD])
EXAMINE_DOCUMENTS = arrow(
    "examine_documents", sources=[AssessmentStatus.OPENED], to=AssessmentStatus.DOCUMENTS, by=[Role.CAB_LEAD]
)
GO_ON_SITE = arrow("go_on_site", sources=[AssessmentStatus.DOCUMENTS], to=AssessmentStatus.ON_SITE, by=[Role.CAB_LEAD])
SUBMIT = arrow(
    "submit",
    sources=[AssessmentStatus.DOCUMENTS, AssessmentStatus.ON_SITE],
    to=AssessmentStatus.REVIEW,
    by=[Role.CAB_LEAD],
)
RETURN = arrow("return", sources=[AssessmentStatus.REVIEW], to=AssessmentStatus.ON_SITE, by=[Role.CAB_DECIDER])
CONCLUDE = arrow("conclude", sources=[AssessmentStatus.REVIEW], to=AssessmentStatus.CONCLUDED, by=[Role.CAB_DECIDER])
CANCEL = arrow(
    "cancel",
    sources=[*OPEN_ASSESSMENT_STATUSES, AssessmentStatus.REVIEW],
    to=AssessmentStatus.CANCELLED,
    by=[Role.CAB_LEAD, Role.CAB_DECIDER],
)
ASSESSMENT: Final[tuple[Arrow, ...]] = (OPEN, EXAMINE_DOCUMENTS, GO_ON_SITE, SUBMIT, RETURN, CONCLUDE, CANCEL)


class FindingStatus(StrEnum):
    OPEN = "open"  # the provider owes a plan
    PLAN_SUBMITTED = "plan_submitted"  # the team has next action
    PLAN_ACCEPTED = "plan_accepted"  # the provider owes the correction
    CORRECTED = "corrected"  # the team has next action
    VERIFIED_CLOSED = "verified_closed"
    OVERDUE = "overdue"  # a deadline passed; the provider owes an answer
    ESCALATED = "escalated"  # a major one stayed overdue; the accreditation body hears of it


_CAB_TEAM = [Role.CAB_LEAD, Role.CAB_ASSESSOR]
_PROVIDER = [Role.PROVIDER_OFFICER, Role.PROVIDER_STAFF]
RAISE = arrow("raise", sources=[NEW], to=FindingStatus.OPEN, by=_CAB_TEAM)
SUBMIT_PLAN = arrow(
    "submit_plan",
    sources=[FindingStatus.OPEN, FindingStatus.OVERDUE, FindingStatus.ESCALATED],
    to=FindingStatus.PLAN_SUBMITTED,
    by=_PROVIDER,
)
ACCEPT_PLAN = arrow("accept_plan", sources=[FindingStatus.PLAN_SUBMITTED], to=FindingStatus.PLAN_ACCEPTED, by=_CAB_TEAM)
RETURN_PLAN = arrow("return_plan", sources=[FindingStatus.PLAN_SUBMITTED], to=FindingStatus.OPEN, by=_CAB_TEAM)
CORRECT = arrow(
    "correct",
    sources=[FindingStatus.PLAN_ACCEPTED, FindingStatus.OVERDUE, FindingStatus.ESCALATED],
    to=FindingStatus.CORRECTED,
    by=_PROVIDER,
)
REOPEN = arrow("reopen", sources=[FindingStatus.CORRECTED], to=FindingStatus.PLAN_ACCEPTED, by=_CAB_TEAM)
VERIFY = arrow("verify", sources=[FindingStatus.CORRECTED], to=FindingStatus.VERIFIED_CLOSED, by=_CAB_TEAM)
MARK_OVERDUE = arrow(
    "mark_overdue",
    sources=[FindingStatus.OPEN, FindingStatus.PLAN_SUBMITTED, FindingStatus.PLAN_ACCEPTED],
    to=FindingStatus.OVERDUE,
)
ESCALATE = arrow("escalate", sources=[FindingStatus.OVERDUE], to=FindingStatus.ESCALATED)
FINDING: Final[tuple[Arrow, ...]] = (
    RAISE,
    SUBMIT_PLAN,
    ACCEPT_PLAN,
    RETURN_PLAN,
    CORRECT,
    REOPEN,
    VERIFY,
    MARK_OVERDUE,
    ESCALATE,
)
