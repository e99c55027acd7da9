"""Who may do what in certification: this app's rows of the role matrix."""

from __future__ import annotations

from typing import Final

from trustreg.parties.domain.roles import PROVIDER_ROLES, Role, act_rule

REGISTER_SERVICE: Final = act_rule(
    "service:register", *PROVIDER_ROLES, ja="サービスと鍵を登録する", en="register services and their keys"
)
WRITE_APPLICATION: Final = act_rule(
    "application:write", *PROVIDER_ROLES, ja="申請を作成する", en="write applications and add their evidence"
)
SUBMIT_APPLICATION: Final = act_rule(
    "application:submit", Role.PROVIDER_OFFICER, ja="申請を提出・取り下げる", en="submit and withdraw applications"
)
REVIEW_APPLICATION: Final = act_rule(
    "application:review",
    Role.CAB_CLERK,
    Role.CAB_LEAD,
    Role.CAB_DECIDER,
    ja="申請を受理・返却・謝絶する",
    en="accept, return and refuse applications",
)
ASSESS_APPLICATION: Final = act_rule(
    "application:assess", Role.CAB_LEAD, ja="評価を始める・終える", en="open and conclude the assessment of a case"
)
FORWARD_APPLICATION: Final = act_rule(
    "application:forward", Role.CAB_DECIDER, ja="案件を認定機関に送る", en="hand a case over to the accreditation body"
)
RETURN_APPLICATION: Final = act_rule(
    "application:return", Role.AB_CLERK, Role.AB_PROPOSER, ja="申請を差し戻す", en="return applications"
)
PROPOSE: Final = act_rule("decision:propose", Role.AB_PROPOSER, ja="決定を提案する", en="propose decisions")
APPROVE: Final = act_rule("decision:approve", Role.AB_APPROVER, ja="決定を承認する", en="approve or return proposals")
SUSPEND_URGENTLY: Final = act_rule(
    "service:suspend",
    Role.AB_PROPOSER,
    Role.AB_APPROVER,
    ja="サービスを緊急停止する",
    en="suspend a service urgently",
)
REPORT_INCIDENT: Final = act_rule("incident:report", *PROVIDER_ROLES, ja="事故を報告する", en="report incidents")

MATRIX: Final = (
    REGISTER_SERVICE,
    WRITE_APPLICATION,
    SUBMIT_APPLICATION,
    REVIEW_APPLICATION,
    ASSESS_APPLICATION,
    FORWARD_APPLICATION,
    RETURN_APPLICATION,
    PROPOSE,
    APPROVE,
    SUSPEND_URGENTLY,
    REPORT_INCIDENT,
)
