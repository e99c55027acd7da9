"""Tables of certification: facts and invariants; what may happen to them is in `services`.

Rows of history (`StatusChange`, `ApplicationEvent`, `DecisionProposal`, `DecisionApproval`, …) are append-only, and
triggers of the migrations repeat the separation of powers for whoever connects as the web process.
"""

from certification.models.applications import Application, ApplicationEvent, ApplicationEvidence, CaseAssessment
from certification.models.decisions import Decision, DecisionApproval, DecisionProposal, DecisionReturn, StatusChange
from certification.models.scheme import DocumentLevelVersion, Scheme
from certification.models.services import Incident, Service, ServiceIdentity

__all__ = [
    "Application",
    "ApplicationEvent",
    "ApplicationEvidence",
    "CaseAssessment",
    "Decision",
    "DecisionApproval",
    "DecisionProposal",
    "DecisionReturn",
    "DocumentLevelVersion",
    "Incident",
    "Scheme",
    "Service",
    "ServiceIdentity",
    "StatusChange",
]
