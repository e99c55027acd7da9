"""Addresses of validation under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from signing import api, policies_api
from signing.reports import api as reports
from signing.siva import api as siva
from signing.views import check

urlpatterns = [
    path("validation-policies", policies_api.ValidationPoliciesEndpoint.as_view(), name="validation-policies"),
    path("validations", api.ValidationsEndpoint.as_view(), name="validations"),
    path("validations/limits", api.LimitsEndpoint.as_view(), name="validation-limits"),
    path("validations/batch", api.BatchesEndpoint.as_view(), name="validation-batches"),
    path("validations/batch/<str:batch_id>", api.BatchEndpoint.as_view(), name="validation-batch"),
    path("validations/batch/<str:batch_id>/cancel", api.BatchCancelEndpoint.as_view(), name="validation-batch-cancel"),
    path("validations/<str:report_id>/cancel", api.CancelEndpoint.as_view(), name="validation-cancel"),
    path("validations/<str:report_id>", api.ValidationEndpoint.as_view(), name="validation"),
    path("validations/<str:report_id>/report.xml", reports.XmlReportEndpoint.as_view(), name="validation-xml"),
    path("validations/<str:report_id>/report.pdf", reports.PdfReportEndpoint.as_view(), name="validation-pdf"),
]

siva_patterns = [
    path("validate", siva.ValidateEndpoint.as_view(), name="siva-validate"),
    path("validateHashcode", siva.ValidateHashcodeEndpoint.as_view(), name="siva-validate-hashcode"),
]

page_patterns = [
    *check.patterns,
]
