"""Acts on parties: one function for one act."""

from trustreg.parties.services.accounts import (
    account_create,
    account_deactivate,
    account_password_set,
    api_key_authenticate,
    api_key_issue,
    api_key_revoke,
    first_administrator_create,
)
from trustreg.parties.services.appointments import appointment_end, appointment_start, conflict_declare
from trustreg.parties.services.register import (
    oid_arc_register,
    organisation_register,
    organisation_update,
    person_register,
)

__all__ = [
    "account_create",
    "account_deactivate",
    "account_password_set",
    "api_key_authenticate",
    "api_key_issue",
    "api_key_revoke",
    "appointment_end",
    "appointment_start",
    "conflict_declare",
    "first_administrator_create",
    "oid_arc_register",
    "organisation_register",
    "organisation_update",
    "person_register",
]
