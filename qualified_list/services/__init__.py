"""Acts on the list: describe the scheme, publish, sign, release."""

from qualified_list.services.freeze import Frozen, ListRefused, freeze, scheme_in_force
from qualified_list.services.intent import intent_begin, intent_check, intent_stamp
from qualified_list.services.publication import publish, reissue_when_due, sweep, unpublished_changes
from qualified_list.services.release import (
    current_files_restore,
    issue_release,
    issue_verify,
    log_append,
    signature_accept,
    signer_certificates,
)
from qualified_list.services.scheme import list_reissue_request, list_scheme_update
from qualified_list.services.signer import issue_findings, sign_waiting

__all__ = [
    "Frozen",
    "ListRefused",
    "current_files_restore",
    "freeze",
    "intent_begin",
    "intent_check",
    "intent_stamp",
    "issue_findings",
    "issue_release",
    "issue_verify",
    "list_reissue_request",
    "list_scheme_update",
    "log_append",
    "publish",
    "reissue_when_due",
    "scheme_in_force",
    "sign_waiting",
    "signature_accept",
    "signer_certificates",
    "sweep",
    "unpublished_changes",
]
