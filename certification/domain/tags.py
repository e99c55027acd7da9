"""Tags of the events that acts of certification leave in the audit trail."""

from __future__ import annotations

from enum import StrEnum


class Tag(StrEnum):
    """`source:subject:action`."""

    SERVICE_REGISTERED = "certification:service:registered"
    SERVICE_UPDATED = "certification:service:updated"
    IDENTITY_ADDED = "certification:identity:added"
    INCIDENT_REPORTED = "certification:incident:reported"
    APPLICATION_STARTED = "certification:application:started"
    APPLICATION_EDITED = "certification:application:edited"
    APPLICATION_MOVED = "certification:application:moved"
    EVIDENCE_ADDED = "certification:application:evidence_added"
    DECISION_PROPOSED = "certification:decision:proposed"
    DECISION_EDITED = "certification:decision:edited"
    DECISION_RETURNED = "certification:decision:returned"
    DECISION_DROPPED = "certification:decision:dropped"
    DECISION_APPROVED = "certification:decision:approved"
    SUSPENDED_URGENTLY = "certification:service:suspended_urgently"
    STATUS_EXPIRED = "certification:service:expired"
    SCHEME_AMENDED = "certification:scheme:amended"
    DOCUMENT_LEVEL_ADOPTED = "certification:document_level:adopted"
