"""Check a document: the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """The page."""
    return render(request, "signing/check.html")


patterns = [path("check", check, name="check")]
