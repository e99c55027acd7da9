"""Cases of an assessment body: criteria, evidence, results, findings, conclusion."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
