"""What the list says of its scheme."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
