"""Acts of certification: one function for one act."""

from certification.services.applications import (
    application_accept,
    application_add_evidence,
    application_conclude,
    application_edit,
    application_forward,
    application_refuse,
    application_return,
    application_start,
    application_submit,
    application_withdraw,
    assessment_open,
)
from certification.services.decisions import (
    decision_approve,
    decision_drop,
    decision_edit,
    decision_propose,
    decision_return,
    service_expire,
    service_suspend_urgently,
)
from certification.services.registration import identity_add, incident_report, service_register, service_update
from certification.services.scheme import document_level_adopt, scheme_amend

__all__ = [
    "application_accept",
    "application_add_evidence",
    "application_conclude",
    "application_edit",
    "application_forward",
    "application_refuse",
    "application_return",
    "application_start",
    "application_submit",
    "application_withdraw",
    "assessment_open",
    "decision_approve",
    "decision_drop",
    "decision_edit",
    "decision_propose",
    "decision_return",
    "document_level_adopt",
    "identity_add",
    "incident_report",
    "scheme_amend",
    "service_expire",
    "service_register",
    "service_suspend_urgently",
    "service_update",
]
