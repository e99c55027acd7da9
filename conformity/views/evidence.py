"""The evidence store of an organisation, and the viewer."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
