"""Tags of the events that acts on parties leave in the audit trail."""

from __future__ import annotations

from enum import StrEnum


class Tag(StrEnum):
    """`source:subject:action`."""

    ORGANISATION_REGISTERED = "parties:organisation:registered"
    ORGANISATION_UPDATED = "parties:organisation:updated"
    PERSON_REGISTERED = "parties:person:registered"
    APPOINTMENT_STARTED = "parties:appointment:started"
    APPOINTMENT_ENDED = "parties:appointment:ended"
    CONFLICT_DECLARED = "parties:conflict:declared"
    ACCOUNT_CREATED = "parties:account:created"
    ACCOUNT_DEACTIVATED = "parties:account:deactivated"
    ACCOUNT_PASSWORD_SET = "parties:account:password_set"  # noqa: S105 - the name of an event
    API_KEY_ISSUED = "parties:api_key:issued"
    API_KEY_REVOKED = "parties:api_key:revoked"
    OID_ARC_REGISTERED = "parties:oid_arc:registered"
