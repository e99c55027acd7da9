"""Cases of an assessment body: criteria, evidence, results, findings, conclusion."""

from __future__ import annotations

from typing import Final

from django.urls import path

from certification.views.cases.criterion import case_criterion
from certification.views.cases.findings import case_findings
from certification.views.cases.listing import cases
from certification.views.cases.overview import case, case_act
from certification.views.cases.report import case_report
from certification.views.cases.team import case_member, case_team
from conformity.views import viewer

_CASE: Final = "cases/<uuid:assessment_id>"

patterns = [
    path("cases", cases, name="cases"),
    path(_CASE, case, name="case"),
    path(f"{_CASE}/acts/<slug:name>", case_act, name="case-act"),
    path(f"{_CASE}/team", case_team, name="case-team"),
    path(f"{_CASE}/team/<uuid:person_id>", case_member, name="case-member"),
    path(f"{_CASE}/findings", case_findings, name="case-findings"),
    path(f"{_CASE}/report", case_report, name="case-report"),
    # Last: the codes of criteria are written in capitals, the words above are not.
    path(f"{_CASE}/<slug:code>", case_criterion, name="case-criterion"),
    *viewer.patterns,
]
