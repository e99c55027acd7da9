"""How roles and kinds of organisations are called on pages (docs/glossary.md)."""

from __future__ import annotations

from typing import Final

from trustreg.base.words import Words
from trustreg.parties.domain.roles import OrganisationKind, Role
from trustreg.parties.domain.separation import Tie

ROLES: Final = {
    Role.AB_CLERK: Words("受付担当", "Clerk (accreditation body)"),
    Role.AB_PROPOSER: Words("提案者", "Proposer"),
    Role.AB_APPROVER: Words("承認者", "Approver"),
    Role.LIST_OPERATOR: Words("リスト運用者", "List operator"),
    Role.CAB_CLERK: Words("受付担当（評価機関）", "Clerk (assessment body)"),
    Role.CAB_LEAD: Words("主任審査員", "Lead assessor"),
    Role.CAB_ASSESSOR: Words("審査員", "Assessor"),
    Role.CAB_DECIDER: Words("評価機関の決定者", "Decider (assessment body)"),
    Role.PROVIDER_OFFICER: Words("申請責任者", "Officer in charge (provider)"),
    Role.PROVIDER_STAFF: Words("申請担当", "Staff (provider)"),
    Role.SCHEME_EDITOR: Words("制度の編集者", "Scheme editor"),
    Role.SCHEME_APPROVER: Words("制度の承認者", "Scheme approver"),
    Role.SYSTEM_ADMIN: Words("システム管理者", "System administrator"),
}

KINDS: Final = {
    OrganisationKind.PROVIDER: Words("事業者", "Provider"),
    OrganisationKind.CAB: Words("適合性評価機関", "Conformity assessment body"),
    OrganisationKind.AB: Words("認定機関", "Accreditation body"),
    OrganisationKind.AUTHORITY: Words("国の機関", "Authority"),
    OrganisationKind.GOVERNMENT_ISSUER: Words("行政機関が関わる証明書発行機関", "Government issuer"),
    OrganisationKind.FOREIGN: Words("外国の機関", "Foreign organisation"),
}

TIES: Final = {
    Tie.APPOINTMENT: Words("任命", "an appointment"),
    Tie.EMPLOYMENT: Words("雇用", "employment"),
    Tie.CONSULTING: Words("助言・受託", "advice or contract work"),
    Tie.OWNERSHIP: Words("株式・持分", "a share in it"),
    Tie.FAMILY: Words("家族の関係", "a member of the family"),
    Tie.OTHER: Words("そのほかの関係", "another tie"),
    Tie.NONE: Words("関係なし", "no tie"),
}


def role_words(role: Role) -> Words:
    """The role in words."""
    return ROLES[role]
