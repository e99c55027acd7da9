"""Roles, and which of them may do what: the role matrix as data (R24).

Each app declares its own acts with `ActRule`; the rules together are the published matrix. No role is above the rules:
there is no superuser, and a system administrator decides nothing about services (domain.md 4.3 rule 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class OrganisationKind(StrEnum):
    """What an organisation is in the scheme (domain.md 1, roles)."""

    PROVIDER = "provider"  # トラストサービス事業者
    CAB = "cab"  # 適合性評価機関
    AB = "ab"  # 認定機関
    AUTHORITY = "authority"  # 国
    GOVERNMENT_ISSUER = "government_issuer"  # 行政機関が関与する電子証明書発行機関
    FOREIGN = "foreign"  # a scheme operator or provider abroad


class Role(StrEnum):
    """What a person is appointed to do for one organisation."""

    AB_CLERK = "ab_clerk"
    AB_PROPOSER = "ab_proposer"
    AB_APPROVER = "ab_approver"
    LIST_OPERATOR = "list_operator"
    CAB_CLERK = "cab_clerk"
    CAB_LEAD = "cab_lead"
    CAB_ASSESSOR = "cab_assessor"
    CAB_DECIDER = "cab_decider"
    PROVIDER_OFFICER = "provider_officer"
    PROVIDER_STAFF = "provider_staff"
    SCHEME_EDITOR = "scheme_editor"
    SCHEME_APPROVER = "scheme_approver"
    SYSTEM_ADMIN = "system_admin"


_AB: Final = frozenset({OrganisationKind.AB})
_CAB: Final = frozenset({OrganisationKind.CAB})
_PROVIDER: Final = frozenset({OrganisationKind.PROVIDER, OrganisationKind.GOVERNMENT_ISSUER, OrganisationKind.FOREIGN})
_OPERATOR: Final = frozenset({OrganisationKind.AB, OrganisationKind.AUTHORITY})

ROLE_KINDS: Final[dict[Role, frozenset[OrganisationKind]]] = {
    Role.AB_CLERK: _AB,
    Role.AB_PROPOSER: _AB,
    Role.AB_APPROVER: _AB,
    Role.LIST_OPERATOR: _OPERATOR,
    Role.CAB_CLERK: _CAB,
    Role.CAB_LEAD: _CAB,
    Role.CAB_ASSESSOR: _CAB,
    Role.CAB_DECIDER: _CAB,
    Role.PROVIDER_OFFICER: _PROVIDER,
    Role.PROVIDER_STAFF: _PROVIDER,
    Role.SCHEME_EDITOR: _OPERATOR,
    Role.SCHEME_APPROVER: _OPERATOR,
    Role.SYSTEM_ADMIN: _OPERATOR,
}

AB_ROLES: Final = frozenset({Role.AB_CLERK, Role.AB_PROPOSER, Role.AB_APPROVER})
CAB_ROLES: Final = frozenset({Role.CAB_CLERK, Role.CAB_LEAD, Role.CAB_ASSESSOR, Role.CAB_DECIDER})
PROVIDER_ROLES: Final = frozenset({Role.PROVIDER_OFFICER, Role.PROVIDER_STAFF})


@dataclass(frozen=True, slots=True)
class ActRule:
    """One act and the roles that may do it. `act` is also the name of the API-key scope that allows it."""

    act: str
    roles: frozenset[Role]
    ja: str
    en: str


def act_rule(act: str, *roles: Role, ja: str, en: str) -> ActRule:
    """A row of the role matrix."""
    return ActRule(act, frozenset(roles), ja, en)


REGISTER_ORGANISATION: Final = act_rule(
    "organisation:register",
    Role.SYSTEM_ADMIN,
    Role.AB_CLERK,
    ja="組織を登録・更新する",
    en="register or correct an organisation",
)
REGISTER_PERSON: Final = act_rule(
    "person:register", Role.SYSTEM_ADMIN, Role.AB_CLERK, ja="人を登録する", en="register a person"
)
APPOINT: Final = act_rule(
    "appointment:manage", Role.SYSTEM_ADMIN, ja="任命を始める・終える", en="start or end an appointment"
)
MANAGE_ACCOUNTS: Final = act_rule("account:manage", Role.SYSTEM_ADMIN, ja="アカウントを管理する", en="manage accounts")
REGISTER_ARC: Final = act_rule(
    "oid_arc:register", Role.SYSTEM_ADMIN, Role.AB_CLERK, ja="OIDアークを登録する", en="register an OID arc"
)

MATRIX: Final = (REGISTER_ORGANISATION, REGISTER_PERSON, APPOINT, MANAGE_ACCOUNTS, REGISTER_ARC)
