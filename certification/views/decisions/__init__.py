"""Decisions: proposing, approving on the hash, returning."""

from __future__ import annotations

from typing import Final

from django.urls import path

from certification.views.decisions.approve import decision_approve, decision_drop, service_suspend_urgently
from certification.views.decisions.listing import decisions
from certification.views.decisions.propose import application_propose, decision_propose, service_propose

_DECISION: Final = "decisions/<uuid:decision_id>"
_SERVICE: Final = "services/<uuid:service_id>"

patterns = [
    path("decisions", decisions, name="decisions"),
    path("applications/<uuid:application_id>/propose", application_propose, name="application-propose"),
    path(f"{_SERVICE}/propose", service_propose, name="service-propose"),
    path(f"{_SERVICE}/suspend-urgently", service_suspend_urgently, name="service-suspend-urgently"),
    path(f"{_DECISION}/propose", decision_propose, name="decision-propose"),
    path(f"{_DECISION}/approve", decision_approve, name="decision-approve"),
    path(f"{_DECISION}/drop", decision_drop, name="decision-drop"),
]
