"""How the records of conformity assessment are called on pages (docs/glossary.md); no value appears as its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformity.domain.criteria import Conclusion, Outcome, Tier
from conformity.domain.findings import AnswerKind, Grade
from conformity.domain.lifecycle import AccreditationStatus, AssessmentStatus, CriteriaSetStatus, FindingStatus
from conformity.domain.service_kinds import SERVICE_KINDS, Level, TrustElement
from conformity.models import AccreditationDecisionKind, MemberRole
from trustreg.base.words import Words

Titles = Mapping[str, Words]
"""Value -> words. Values are strings, as they lie in the database."""

Chips = Mapping[str, tuple[str, str]]
"""Value -> (tone, icon) of its chip (ui.md 5)."""

LEVELS: Final[Titles] = {
    Level.QUALIFIED: Words("クオリファイド", "Qualified"),
    Level.SPECIFIED: Words("特定", "Specified"),
    Level.OTHER: Words("その他", "Other"),
}
ELEMENTS: Final[Titles] = {
    TrustElement.INTENT: Words("意思表示の証明", "Proof of intent"),
    TrustElement.ORIGIN: Words("発行元証明", "Proof of origin"),
    TrustElement.EXISTENCE: Words("存在証明", "Proof of existence"),
}
SERVICE_KIND_TITLES: Final[Titles] = {kind: Words(facts.ja, facts.en) for kind, facts in SERVICE_KINDS.items()}

TIERS: Final[Titles] = {
    Tier.COMMON: Words("共通", "Common"),
    Tier.SERVICE: Words("サービスごと", "By service"),
    Tier.QUALIFIED: Words("クオリファイドの追加", "Further for qualified"),
    Tier.CAB_DESIGNATION: Words("評価機関", "Assessment bodies"),
}
FAMILIES: Final[Titles] = {
    "organisation": Words("組織と方針", "Organisation and policies"),
    "facility": Words("設備", "Facilities"),
    "technical": Words("技術", "Technology"),
    "operational": Words("運用", "Operations"),
    "trust_anchor": Words("信頼の起点", "Trust anchors"),
    "structural": Words("評価機関の組織", "Structure of the assessment body"),
    "resource": Words("評価機関の人と資源", "People and resources of the assessment body"),
    "process": Words("評価の進め方", "Process of assessment"),
}
OUTCOMES: Final[Titles] = {
    Outcome.CONFORM: Words("適合", "Conforms"),
    Outcome.NONCONFORM: Words("不適合", "Does not conform"),
    Outcome.NOT_APPLICABLE: Words("適用外", "Not applicable"),
}
OUTCOME_CHIPS: Final[Chips] = {
    Outcome.CONFORM: ("ok", "check"),
    Outcome.NONCONFORM: ("bad", "x"),
    Outcome.NOT_APPLICABLE: ("idle", "dash"),
}
CONCLUSIONS: Final[Titles] = {
    Conclusion.CONFORM: Words("適合", "Conforms"),
    Conclusion.NONCONFORM: Words("不適合", "Does not conform"),
}
CONCLUSION_CHIPS: Final[Chips] = {
    Conclusion.CONFORM: ("ok", "check-circle"),
    Conclusion.NONCONFORM: ("bad", "x"),
}

GRADES: Final[Titles] = {
    Grade.MAJOR: Words("重大", "Major"),
    Grade.MINOR: Words("軽微", "Minor"),
    Grade.OBSERVATION: Words("改善の提案", "Observation"),
}
GRADE_CHIPS: Final[Chips] = {
    Grade.MAJOR: ("bad", "alert"),
    Grade.MINOR: ("warn", "flag"),
    Grade.OBSERVATION: ("idle", "info"),
}
FINDING_STATUSES: Final[Titles] = {
    FindingStatus.OPEN: Words("是正計画を待っています", "Waiting for the corrective plan"),
    FindingStatus.PLAN_SUBMITTED: Words("是正計画を確認しています", "Corrective plan under review"),
    FindingStatus.PLAN_ACCEPTED: Words("是正を待っています", "Waiting for the correction"),
    FindingStatus.CORRECTED: Words("是正を確認しています", "Correction under verification"),
    FindingStatus.VERIFIED_CLOSED: Words("解決しました", "Closed"),
    FindingStatus.OVERDUE: Words("期限を過ぎています", "Overdue"),
    FindingStatus.ESCALATED: Words("認定機関に報告されました", "Reported to the accreditation body"),
}
FINDING_CHIPS: Final[Chips] = {
    FindingStatus.OPEN: ("warn", "clock"),
    FindingStatus.PLAN_SUBMITTED: ("info", "scale"),
    FindingStatus.PLAN_ACCEPTED: ("warn", "clock"),
    FindingStatus.CORRECTED: ("info", "scale"),
    FindingStatus.VERIFIED_CLOSED: ("ok", "check"),
    FindingStatus.OVERDUE: ("bad", "alert"),
    FindingStatus.ESCALATED: ("bad", "alert"),
}
ANSWERS: Final[Titles] = {
    AnswerKind.PLAN: Words("是正計画", "Corrective plan"),
    AnswerKind.PLAN_ACCEPTED: Words("是正計画の了承", "Corrective plan accepted"),
    AnswerKind.PLAN_RETURNED: Words("是正計画の差し戻し", "Corrective plan returned"),
    AnswerKind.CORRECTION: Words("是正の報告", "Correction reported"),
    AnswerKind.REOPENED: Words("是正のやり直し", "Correction not sufficient"),
    AnswerKind.VERIFICATION: Words("是正の確認", "Verification of correction"),
    AnswerKind.REGRADED: Words("重さの変更", "Grade changed"),
}

ASSESSMENT_STATUSES: Final[Titles] = {
    AssessmentStatus.OPENED: Words("準備中", "In preparation"),
    AssessmentStatus.DOCUMENTS: Words("文書審査", "Examination of documents"),
    AssessmentStatus.ON_SITE: Words("現地審査", "On-site assessment"),
    AssessmentStatus.REVIEW: Words("報告書の決定待ち", "Awaiting the decision on the report"),
    AssessmentStatus.CONCLUDED: Words("結論済み", "Concluded"),
    AssessmentStatus.CANCELLED: Words("中止", "Cancelled"),
}
ASSESSMENT_CHIPS: Final[Chips] = {
    AssessmentStatus.OPENED: ("info", "pen"),
    AssessmentStatus.DOCUMENTS: ("info", "scale"),
    AssessmentStatus.ON_SITE: ("info", "scale"),
    AssessmentStatus.REVIEW: ("info", "users"),
    AssessmentStatus.CONCLUDED: ("ok", "check"),
    AssessmentStatus.CANCELLED: ("idle", "dash"),
}
MEMBERS: Final[Titles] = {
    MemberRole.LEAD: Words("主任審査員", "Lead assessor"),
    MemberRole.ASSESSOR: Words("審査員", "Assessor"),
    MemberRole.EXPERT: Words("専門家", "Technical expert"),
}

ACCREDITATION_STATUSES: Final[Titles] = {
    AccreditationStatus.APPLIED: Words("受付済み", "Applied for"),
    AccreditationStatus.DOCUMENT_REVIEW: Words("文書審査", "Document review"),
    AccreditationStatus.ASSESSMENT: Words("事務所審査", "Office assessment"),
    AccreditationStatus.WITNESSING: Words("立会審査", "Witnessing"),
    AccreditationStatus.DECISION: Words("決定待ち", "Awaiting decision"),
    AccreditationStatus.ACCREDITED: Words("有効", "Valid"),
    AccreditationStatus.SUSPENDED: Words("一時停止", "Suspended"),
    AccreditationStatus.WITHDRAWN: Words("取消し", "Withdrawn"),
    AccreditationStatus.REFUSED: Words("拒否", "Refused"),
    AccreditationStatus.EXPIRED: Words("期限満了", "Expired"),
}
ACCREDITATION_CHIPS: Final[Chips] = {
    AccreditationStatus.APPLIED: ("info", "pen"),
    AccreditationStatus.DOCUMENT_REVIEW: ("info", "scale"),
    AccreditationStatus.ASSESSMENT: ("info", "scale"),
    AccreditationStatus.WITNESSING: ("info", "scale"),
    AccreditationStatus.DECISION: ("info", "users"),
    AccreditationStatus.ACCREDITED: ("ok", "check-circle"),
    AccreditationStatus.SUSPENDED: ("warn", "pause"),
    AccreditationStatus.WITHDRAWN: ("bad", "x"),
    AccreditationStatus.REFUSED: ("bad", "x"),
    AccreditationStatus.EXPIRED: ("idle", "dash"),
}
ACCREDITATION_DECISIONS: Final[Titles] = {
    AccreditationDecisionKind.GRANT: Words("認定", "Accreditation"),
    AccreditationDecisionKind.SCOPE: Words("範囲の変更", "Change of scope"),
    AccreditationDecisionKind.SUSPEND: Words("一時停止", "Suspension"),
    AccreditationDecisionKind.LIFT: Words("一時停止の解除", "End of suspension"),
    AccreditationDecisionKind.WITHDRAW: Words("取消し", "Withdrawal"),
}

CRITERIA_SET_STATUSES: Final[Titles] = {
    CriteriaSetStatus.DRAFT: Words("下書き", "Draft"),
    CriteriaSetStatus.PUBLIC_COMMENT: Words("意見募集中", "Open for comment"),
    CriteriaSetStatus.APPROVED: Words("承認済み（施行前）", "Approved, not yet in force"),
    CriteriaSetStatus.IN_FORCE: Words("施行中", "In force"),
    CriteriaSetStatus.SUPERSEDED: Words("旧版（移行期間）", "Superseded (transition)"),
    CriteriaSetStatus.RETIRED: Words("廃止", "Retired"),
}
CRITERIA_SET_CHIPS: Final[Chips] = {
    CriteriaSetStatus.DRAFT: ("info", "pen"),
    CriteriaSetStatus.PUBLIC_COMMENT: ("info", "users"),
    CriteriaSetStatus.APPROVED: ("info", "clock"),
    CriteriaSetStatus.IN_FORCE: ("ok", "check-circle"),
    CriteriaSetStatus.SUPERSEDED: ("idle", "dash"),
    CriteriaSetStatus.RETIRED: ("idle", "dash"),
}

CLASSIFICATIONS: Final[Titles] = {
    "confidential": Words("秘密", "Confidential"),
    "restricted": Words("限定公開", "Restricted"),
    "public": Words("公開", "Public"),
}
CUSTODY: Final[Titles] = {
    "stored": Words("受け取りました", "Received"),
    "read": Words("開きました", "Opened"),
    "cited": Words("判定に使いました", "Cited in a result"),
    "receipt": Words("受領の証明を付けました", "Receipt added"),
}
MEDIA: Final[Titles] = {
    "application/pdf": Words("PDF", "PDF"),
    "application/zip": Words("ZIP または Office 文書", "ZIP or Office document"),
    "image/png": Words("画像（PNG）", "Image (PNG)"),
    "image/jpeg": Words("画像（JPEG）", "Image (JPEG)"),
    "application/x-pem-file": Words("証明書（PEM）", "Certificate (PEM)"),
    "application/xml": Words("XML", "XML"),
    "application/json": Words("JSON", "JSON"),
    "text/plain": Words("テキスト", "Text"),
    "application/octet-stream": Words("そのほかの形式", "Another format"),
}
