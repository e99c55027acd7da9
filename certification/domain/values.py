"""Words of certification (kinds of application and document, legal bases) and arithmetic of its periods."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class ApplicationKind(StrEnum):
    """What the provider asks for."""

    NEW = "new"
    UPGRADE = "upgrade"
    RENEWAL = "renewal"
    CHANGE = "change"


class DocumentKind(StrEnum):
    """What a piece of application evidence is (電子署名法施行規則 3条 names the first three)."""

    REGISTRY_CERTIFICATE = "registry_certificate"
    NO_DISQUALIFICATION = "no_disqualification"
    CONFORMITY_STATEMENT = "conformity_statement"
    PRACTICE_STATEMENT = "practice_statement"
    POLICY = "policy"
    TERMINATION_PLAN = "termination_plan"
    INSURANCE = "insurance"
    AUDIT_RECORD = "audit_record"
    OTHER = "other"


class LegalBasis(StrEnum):
    """Under which rules a service is assessed; its periods hang on it."""

    SCHEME = "scheme"  # this scheme alone
    ESIGN_ACT = "esign_act"  # 電子署名及び認証業務に関する法律
    TIMESTAMP_NOTICE = "timestamp_notice_146"  # 令和3年総務省告示第146号
    ESEAL_RULES = "eseal_rules"  # eシールに係る認証業務の認定に関する規程


EXPECTED_DOCUMENTS: Final = {
    LegalBasis.ESIGN_ACT: (
        DocumentKind.REGISTRY_CERTIFICATE,
        DocumentKind.NO_DISQUALIFICATION,
        DocumentKind.CONFORMITY_STATEMENT,
    ),
}
"""The documents that a legal basis names (電子署名法施行規則 3条); a submission without them is possible."""


class IncidentSeverity(StrEnum):
    MINOR = "minor"
    SIGNIFICANT = "significant"
    CRITICAL = "critical"  # keys, time sources or issuance can no longer be relied on


def add_months(moment: datetime, months: int) -> datetime:
    """The same day `months` later (or earlier), clipped to the end of the month, as PostgreSQL adds intervals."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def add_working_days(moment: datetime, days: int) -> datetime:
    """The same time of day, `days` days later, not counting Saturdays and Sundays (in UTC)."""
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < 5:
            days -= 1
    return moment
