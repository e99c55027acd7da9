"""How an issue is made, live."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
