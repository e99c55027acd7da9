"""Who may do what in conformity assessment: this app's rows of the role matrix."""

from __future__ import annotations

from typing import Final

from trustreg.parties.domain.roles import AB_ROLES, CAB_ROLES, PROVIDER_ROLES, Role, act_rule

EDIT_CRITERIA: Final = act_rule("criteria:edit", Role.SCHEME_EDITOR, ja="認定基準を編集する", en="edit criteria")
APPROVE_CRITERIA: Final = act_rule(
    "criteria:approve", Role.SCHEME_APPROVER, ja="認定基準を承認・施行する", en="approve criteria and put them in force"
)
APPLY_ACCREDITATION: Final = act_rule(
    "accreditation:apply",
    Role.AB_CLERK,
    Role.AB_PROPOSER,
    ja="機関の認定申請を受け付ける",
    en="enter an application for accreditation",
)
EXAMINE_ACCREDITATION: Final = act_rule(
    "accreditation:examine", Role.AB_PROPOSER, ja="評価機関を審査する", en="examine an assessment body"
)
PROPOSE_ACCREDITATION: Final = act_rule(
    "accreditation:propose",
    Role.AB_PROPOSER,
    ja="評価機関の認定を提案する",
    en="propose a decision on an assessment body",
)
DECIDE_ACCREDITATION: Final = act_rule(
    "accreditation:decide", Role.AB_APPROVER, ja="評価機関の認定を決定する", en="decide on an assessment body"
)
OPEN_ASSESSMENT: Final = act_rule(
    "assessment:open", Role.CAB_CLERK, Role.CAB_LEAD, ja="適合性評価を始める", en="open an assessment and name its team"
)
LEAD_ASSESSMENT: Final = act_rule("assessment:lead", Role.CAB_LEAD, ja="適合性評価を進める", en="lead an assessment")
ASSESS: Final = act_rule(
    "assessment:assess", Role.CAB_LEAD, Role.CAB_ASSESSOR, ja="評価結果を記録する", en="record results and findings"
)
CONCLUDE: Final = act_rule("assessment:conclude", Role.CAB_DECIDER, ja="評価を結論づける", en="conclude an assessment")
CANCEL_ASSESSMENT: Final = act_rule(
    "assessment:cancel", Role.CAB_LEAD, Role.CAB_DECIDER, ja="評価を中止する", en="cancel an assessment"
)
ANSWER_FINDING: Final = act_rule("finding:answer", *PROVIDER_ROLES, ja="指摘に回答する", en="answer a finding")
STORE_EVIDENCE: Final = act_rule("evidence:store", *PROVIDER_ROLES, ja="証拠を提出する", en="hand in evidence")
READ_EVIDENCE: Final = act_rule(
    "evidence:read", *PROVIDER_ROLES, *CAB_ROLES, *AB_ROLES, ja="証拠を読む", en="read evidence"
)

MATRIX: Final = (
    EDIT_CRITERIA,
    APPROVE_CRITERIA,
    APPLY_ACCREDITATION,
    EXAMINE_ACCREDITATION,
    PROPOSE_ACCREDITATION,
    DECIDE_ACCREDITATION,
    OPEN_ASSESSMENT,
    LEAD_ASSESSMENT,
    ASSESS,
    CONCLUDE,
    CANCEL_ASSESSMENT,
    ANSWER_FINDING,
    STORE_EVIDENCE,
    READ_EVIDENCE,
)
