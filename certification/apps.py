"""Certification: services, applications, decisions and status history."""

from __future__ import annotations

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    name = "certification"
    label = "certification"
    default_auto_field = "django.db.models.BigAutoField"
