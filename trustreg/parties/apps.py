"""App configuration."""

from __future__ import annotations

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "trustreg.parties"
    label = "parties"
