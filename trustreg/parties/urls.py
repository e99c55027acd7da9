"""Addresses of parties under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from trustreg.parties import api
from trustreg.parties.views import session

urlpatterns = [
    path("session", api.SessionEndpoint.as_view(), name="session"),
    path("api-keys/<uuid:api_key_id>", api.ApiKeyEndpoint.as_view(), name="api-key"),
    path("organisations", api.OrganisationsEndpoint.as_view(), name="organisations"),
    path("organisations/<uuid:organisation_id>", api.OrganisationEndpoint.as_view(), name="organisation"),
    path("persons", api.PersonsEndpoint.as_view(), name="persons"),
    path("appointments", api.AppointmentsEndpoint.as_view(), name="appointments"),
    path("appointments/<uuid:appointment_id>/end", api.AppointmentEndEndpoint.as_view(), name="appointment-end"),
    path("conflict-declarations", api.ConflictDeclarationsEndpoint.as_view(), name="conflict-declarations"),
    path("accounts", api.AccountsEndpoint.as_view(), name="accounts"),
    path("accounts/<uuid:account_id>/deactivate", api.AccountDeactivateEndpoint.as_view(), name="account-deactivate"),
    path("oid-arcs", api.OidArcsEndpoint.as_view(), name="oid-arcs"),
]

page_patterns = [
    *session.patterns,
]
