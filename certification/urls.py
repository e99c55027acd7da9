"""Addresses of certification under `/api/v1/`; `services` themselves are addressed by the app that lists them."""

from __future__ import annotations

from django.urls import path

from certification.api import applications, decisions, others, services
from certification.views import applications as applications_
from certification.views import cases, inbox
from certification.views import decisions as decisions_

_APPLICATION = "applications/<uuid:application_id>"
_DECISION = "decisions/<uuid:decision_id>"
_SERVICE = "services/<uuid:service_id>"

urlpatterns = [
    path(f"{_SERVICE}/identities", services.IdentitiesEndpoint.as_view(), name="service-identities"),
    path(f"{_SERVICE}/suspend-urgently", services.UrgentSuspensionEndpoint.as_view(), name="service-suspend-urgently"),
    path("applications", applications.ApplicationsEndpoint.as_view(), name="applications"),
    path(_APPLICATION, applications.ApplicationEndpoint.as_view(), name="application"),
    path(f"{_APPLICATION}/evidence", applications.ApplicationEvidenceEndpoint.as_view(), name="application-evidence"),
    path(f"{_APPLICATION}/submit", applications.Submit.as_view(), name="application-submit"),
    path(f"{_APPLICATION}/return", applications.Return.as_view(), name="application-return"),
    path(f"{_APPLICATION}/accept", applications.Accept.as_view(), name="application-accept"),
    path(f"{_APPLICATION}/refuse", applications.Refuse.as_view(), name="application-refuse"),
    path(f"{_APPLICATION}/withdraw", applications.Withdraw.as_view(), name="application-withdraw"),
    path(f"{_APPLICATION}/assessment", applications.OpenAssessment.as_view(), name="application-assessment"),
    path(f"{_APPLICATION}/conclude", applications.Conclude.as_view(), name="application-conclude"),
    path(f"{_APPLICATION}/forward", applications.Forward.as_view(), name="application-forward"),
    path("decisions", decisions.DecisionsEndpoint.as_view(), name="decisions"),
    path("decisions/mine", decisions.OpenDecisionsEndpoint.as_view(), name="decisions-mine"),
    path(_DECISION, decisions.DecisionEndpoint.as_view(), name="decision"),
    path(f"{_DECISION}/edit", decisions.EditDecisionEndpoint.as_view(), name="decision-edit"),
    path(f"{_DECISION}/approve", decisions.Approve.as_view(), name="decision-approve"),
    path(f"{_DECISION}/return", decisions.Return.as_view(), name="decision-return"),
    path(f"{_DECISION}/drop", decisions.Drop.as_view(), name="decision-drop"),
    path("reports/<slug:sha256>", decisions.PublicReportEndpoint.as_view(), name="report"),
    path("incidents", others.IncidentsEndpoint.as_view(), name="incidents"),
    path("document-levels", others.DocumentLevelsEndpoint.as_view(), name="document-levels"),
    path("document-levels/<slug:code>", others.DocumentLevelEndpoint.as_view(), name="document-level"),
]

page_patterns = [
    *inbox.patterns,
    *decisions_.patterns,  # before the sections of an application, which take any word
    *applications_.patterns,
    *cases.patterns,
]
