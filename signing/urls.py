"""Addresses of validation under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from signing import api
from signing.views import check

urlpatterns = [
    path("validations", api.ValidationsEndpoint.as_view(), name="validations"),
    path("validations/<str:report_id>", api.ValidationEndpoint.as_view(), name="validation"),
]

page_patterns = [
    *check.patterns,
]
