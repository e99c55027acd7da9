"""Decisions: proposing, approving on the hash, returning."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
