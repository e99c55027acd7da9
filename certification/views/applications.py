"""Applications, as those who write, receive and follow them see them."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
