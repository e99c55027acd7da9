"""Criteria: the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "conformity/criteria.html")


patterns = [path("criteria", criteria, name="criteria")]
