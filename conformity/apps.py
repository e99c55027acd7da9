"""Criteria, accreditation of conformity assessment bodies, assessments and their evidence."""

from __future__ import annotations

from django.apps import AppConfig


class ConformityConfig(AppConfig):
    name = "conformity"
    default_auto_field = "django.db.models.BigAutoField"
