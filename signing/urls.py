"""Addresses of validation under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from signing import api

urlpatterns = [
    path("validations", api.ValidationsEndpoint.as_view(), name="validations"),
    path("validations/<str:report_id>", api.ValidationEndpoint.as_view(), name="validation"),
]
