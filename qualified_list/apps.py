"""The trusted list: compiled from decisions, checked, signed, published, and asked."""

from __future__ import annotations

from django.apps import AppConfig


class QualifiedListConfig(AppConfig):
    name = "qualified_list"
    default_auto_field = "django.db.models.BigAutoField"
