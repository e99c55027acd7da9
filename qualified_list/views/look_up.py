"""What somebody has in hand (an identifier, a certificate) and what the registry knows of it."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
