"""The demo as an app: it only adds commands, and is installed only where TRUSTREG_DEMO is set."""

from __future__ import annotations

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "trustreg.demo"
    label = "demo"
