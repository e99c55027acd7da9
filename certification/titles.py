"""How the records of certification are called on pages (docs/glossary.md); no value appears as its code.

Words of assessments, findings and levels are those of `conformity.titles`; pages here find them under one name.
"""

from __future__ import annotations

from typing import Final

from certification.domain.document_levels import Element, RequiredLevel
from certification.domain.lifecycle import ApplicationStatus, DecisionKind, DecisionStatus, ServiceStatus, Side
from certification.domain.values import ApplicationKind, DocumentKind, IncidentSeverity, LegalBasis
from certification.selectors.turns import Task
from conformity.titles import (
    ACCREDITATION_CHIPS,
    ACCREDITATION_DECISIONS,
    ACCREDITATION_STATUSES,
    ANSWERS,
    ASSESSMENT_CHIPS,
    ASSESSMENT_STATUSES,
    CLASSIFICATIONS,
    CONCLUSION_CHIPS,
    CONCLUSIONS,
    CRITERIA_SET_CHIPS,
    CRITERIA_SET_STATUSES,
    CUSTODY,
    ELEMENTS,
    FINDING_CHIPS,
    FINDING_STATUSES,
    GRADE_CHIPS,
    GRADES,
    LEVELS,
    MEDIA,
    MEMBERS,
    OUTCOME_CHIPS,
    OUTCOMES,
    SERVICE_KIND_TITLES,
    TIERS,
    Chips,
    Titles,
)
from trustreg.base.words import Words
from trustreg.pki.trust import Usage

__all__ = [
    "ACCREDITATION_CHIPS",
    "ACCREDITATION_DECISIONS",
    "ACCREDITATION_STATUSES",
    "ANSWERS",
    "APPLICATION_CHIPS",
    "APPLICATION_KINDS",
    "APPLICATION_MOVES",
    "APPLICATION_STATUSES",
    "ASSESSMENT_CHIPS",
    "ASSESSMENT_STATUSES",
    "CLASSIFICATIONS",
    "CONCLUSIONS",
    "CONCLUSION_CHIPS",
    "CRITERIA_SET_CHIPS",
    "CRITERIA_SET_STATUSES",
    "CUSTODY",
    "DECISION_CHIPS",
    "DECISION_KINDS",
    "DECISION_STATUSES",
    "DOCUMENT_KINDS",
    "ELEMENTS",
    "FINDING_CHIPS",
    "FINDING_STATUSES",
    "GRADES",
    "GRADE_CHIPS",
    "LEGAL_BASES",
    "LEVELS",
    "MEDIA",
    "MEMBERS",
    "OUTCOMES",
    "OUTCOME_CHIPS",
    "REQUIRED_ELEMENTS",
    "REQUIRED_LEVELS",
    "SERVICE_KIND_TITLES",
    "SERVICE_STATUSES",
    "SEVERITIES",
    "SIDES",
    "TASKS",
    "TIERS",
    "USAGES",
    "Chips",
    "Titles",
]

APPLICATION_STATUSES: Final[Titles] = {
    ApplicationStatus.DRAFT: Words("下書き", "Draft"),
    ApplicationStatus.SUBMITTED: Words("受付中", "Awaiting acceptance"),
    ApplicationStatus.RETURNED: Words("差し戻し", "Returned"),
    ApplicationStatus.ACCEPTED: Words("受理済み", "Accepted"),
    ApplicationStatus.ASSESSING: Words("審査中", "In assessment"),
    ApplicationStatus.CONCLUDED: Words("評価済み", "Assessed"),
    ApplicationStatus.UNDER_DECISION: Words("決定待ち", "Awaiting decision"),
    ApplicationStatus.GRANTED: Words("認定されました", "Certified"),
    ApplicationStatus.REJECTED: Words("認定されませんでした", "Rejected"),
    ApplicationStatus.REFUSED: Words("謝絶されました", "Not taken"),
    ApplicationStatus.WITHDRAWN: Words("取り下げました", "Given up"),
}
APPLICATION_CHIPS: Final[Chips] = {
    ApplicationStatus.DRAFT: ("info", "pen"),
    ApplicationStatus.SUBMITTED: ("info", "clock"),
    ApplicationStatus.RETURNED: ("bad", "alert"),
    ApplicationStatus.ACCEPTED: ("info", "scale"),
    ApplicationStatus.ASSESSING: ("info", "scale"),
    ApplicationStatus.CONCLUDED: ("info", "users"),
    ApplicationStatus.UNDER_DECISION: ("info", "users"),
    ApplicationStatus.GRANTED: ("ok", "check-circle"),
    ApplicationStatus.REJECTED: ("bad", "x"),
    ApplicationStatus.REFUSED: ("bad", "x"),
    ApplicationStatus.WITHDRAWN: ("idle", "dash"),
}
APPLICATION_MOVES: Final[Titles] = {
    "start": Words("下書きを作りました", "Draft started"),
    "submit": Words("提出しました", "Submitted"),
    "return": Words("差し戻しました", "Returned"),
    "accept": Words("受理しました", "Accepted"),
    "refuse": Words("謝絶しました", "Not taken"),
    "assess": Words("適合性評価を始めました", "Assessment opened"),
    "conclude": Words("適合性評価を終えました", "Assessment concluded"),
    "forward": Words("認定機関に送りました", "Handed to the accreditation body"),
    "grant": Words("認定されました", "Certified"),
    "reject": Words("認定されませんでした", "Rejected"),
    "withdraw": Words("取り下げました", "Given up"),
}
APPLICATION_KINDS: Final[Titles] = {
    ApplicationKind.NEW: Words("新規", "New"),
    ApplicationKind.UPGRADE: Words("上位のレベルへの変更", "Higher level"),
    ApplicationKind.RENEWAL: Words("更新", "Renewal"),
    ApplicationKind.CHANGE: Words("内容の変更", "Change"),
}
DOCUMENT_KINDS: Final[Titles] = {
    DocumentKind.REGISTRY_CERTIFICATE: Words("登記事項証明書", "Certificate of registration"),
    DocumentKind.NO_DISQUALIFICATION: Words(
        "欠格事由に当たらないことの申告書", "Statement that no ground for disqualification exists"
    ),
    DocumentKind.CONFORMITY_STATEMENT: Words("基準への適合の説明書", "Statement of conformity with the criteria"),
    DocumentKind.PRACTICE_STATEMENT: Words("業務運用規程", "Practice statement"),
    DocumentKind.POLICY: Words("方針", "Policy"),
    DocumentKind.TERMINATION_PLAN: Words("終了計画", "Termination plan"),
    DocumentKind.INSURANCE: Words("保険または財務の証明", "Proof of insurance or funds"),
    DocumentKind.AUDIT_RECORD: Words("監査の記録", "Audit record"),
    DocumentKind.OTHER: Words("そのほかの文書", "Another document"),
}
LEGAL_BASES: Final[Titles] = {
    LegalBasis.SCHEME: Words("この制度", "This scheme"),
    LegalBasis.ESIGN_ACT: Words("電子署名法", "Electronic Signatures Act"),
    LegalBasis.TIMESTAMP_NOTICE: Words("令和3年総務省告示第146号", "Notice 146 of 2021 (time-stamping)"),
    LegalBasis.ESEAL_RULES: Words("eシールに係る認証業務の認定に関する規程", "Rules on e-seal certification"),
}
SEVERITIES: Final[Titles] = {
    IncidentSeverity.MINOR: Words("軽い", "Minor"),
    IncidentSeverity.SIGNIFICANT: Words("重い", "Significant"),
    IncidentSeverity.CRITICAL: Words("きわめて重い", "Critical"),
}
USAGES: Final[Titles] = {
    Usage.ESIGN: Words("電子署名", "Electronic signature"),
    Usage.ESEAL: Words("eシール", "E-seal"),
    Usage.WEB: Words("ウェブサイト認証", "Website authentication"),
}
SIDES: Final[Titles] = {
    Side.PROVIDER: Words("事業者", "Provider"),
    Side.CAB: Words("適合性評価機関", "Conformity assessment body"),
    Side.AB_PROPOSER: Words("認定機関（提案者）", "Accreditation body (proposer)"),
    Side.AB_APPROVER: Words("認定機関（承認者）", "Accreditation body (approver)"),
    Side.SYSTEM: Words("システム", "System"),
}

DECISION_KINDS: Final[Titles] = {
    DecisionKind.GRANT: Words("認定", "Certification"),
    DecisionKind.UPGRADE: Words("上位のレベルへの変更", "Higher level"),
    DecisionKind.RENEW: Words("更新", "Renewal"),
    DecisionKind.CHANGE: Words("内容の変更", "Change"),
    DecisionKind.DOWNGRADE: Words("下位のレベルへの変更", "Lower level"),
    DecisionKind.SUSPEND: Words("一時停止", "Suspension"),
    DecisionKind.CONFIRM_SUSPENSION: Words("緊急停止の追認", "Confirmation of the urgent suspension"),
    DecisionKind.REINSTATE: Words("一時停止の解除", "End of suspension"),
    DecisionKind.WITHDRAW: Words("取消し", "Withdrawal"),
    DecisionKind.CEASE: Words("終了", "Cessation"),
    DecisionKind.REJECT: Words("認定しない決定", "Rejection"),
}
DECISION_STATUSES: Final[Titles] = {
    DecisionStatus.PROPOSED: Words("承認待ち", "Awaiting approval"),
    DecisionStatus.RETURNED: Words("差し戻し", "Returned"),
    DecisionStatus.APPROVED: Words("承認済み", "Approved"),
    DecisionStatus.URGENT: Words("緊急停止（追認待ち）", "Urgent, awaiting confirmation"),
    DecisionStatus.DROPPED: Words("取りやめ", "Dropped"),
}
DECISION_CHIPS: Final[Chips] = {
    DecisionStatus.PROPOSED: ("info", "users"),
    DecisionStatus.RETURNED: ("warn", "pen"),
    DecisionStatus.APPROVED: ("ok", "check-circle"),
    DecisionStatus.URGENT: ("warn", "pause"),
    DecisionStatus.DROPPED: ("idle", "dash"),
}
SERVICE_STATUSES: Final[Titles] = {
    ServiceStatus.NONE: Words("まだ認定されていません", "Not certified yet"),
    ServiceStatus.SPECIFIED: Words("有効（特定）", "Valid (specified)"),
    ServiceStatus.QUALIFIED: Words("有効（クオリファイド）", "Valid (qualified)"),
    ServiceStatus.SUSPENDED_SPECIFIED: Words("一時停止（特定）", "Suspended (specified)"),
    ServiceStatus.SUSPENDED_QUALIFIED: Words("一時停止（クオリファイド）", "Suspended (qualified)"),
    ServiceStatus.WITHDRAWN: Words("取消し", "Withdrawn"),
    ServiceStatus.EXPIRED: Words("期限満了", "Expired"),
    ServiceStatus.CEASED: Words("終了", "Ceased"),
}

REQUIRED_LEVELS: Final[Titles] = {
    RequiredLevel.QUALIFIED: LEVELS["qualified"],
    RequiredLevel.SPECIFIED: LEVELS["specified"],
    RequiredLevel.OTHER: LEVELS["other"],
    RequiredLevel.NOT_APPLICABLE: Words("対象外", "Not covered"),
}
REQUIRED_ELEMENTS: Final[Titles] = {
    Element.ESIGN: Words("電子署名", "Electronic signature"),
    Element.ESEAL: Words("eシール", "E-seal"),
    Element.TIMESTAMP: Words("タイムスタンプ", "Time-stamp"),
}

TASKS: Final[Titles] = {
    Task.COMPLETE: Words("申請を仕上げて提出する", "Complete and submit the application"),
    Task.MEND: Words("差し戻された申請を直す", "Mend the returned application"),
    Task.PLAN: Words("是正計画を出す", "Submit a corrective plan"),
    Task.CORRECT: Words("是正を報告する", "Report the correction"),
    Task.REVIEW: Words("申請の受付", "Take in the application"),
    Task.OPEN: Words("適合性評価を始める", "Open the assessment"),
    Task.ASSESS: Words("基準の判定", "Assess the criteria"),
    Task.CHECK_PLAN: Words("是正計画の確認", "Check the corrective plan"),
    Task.VERIFY: Words("是正の確認", "Verification of correction"),
    Task.CONCLUDE: Words("報告書の決定", "Decide on the report"),
    Task.TAKE_OVER: Words("報告書を案件に引き継ぐ", "Take the report over into the case"),
    Task.FORWARD: Words("認定機関に送る", "Hand over to the accreditation body"),
    Task.PROPOSE: Words("決定の提案", "Propose the decision"),
    Task.MEND_PROPOSAL: Words("差し戻された提案を直す", "Mend the returned proposal"),
    Task.APPROVE: Words("決定の承認", "Approve the decision"),
    Task.RATIFY: Words("緊急停止を追認するか、解除する", "Confirm or lift the urgent suspension"),
    Task.NOTHING: Words("終わりました", "Ended"),
}
