"""What waits for the visitor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from trustreg.parties.visitors import for_roles


@for_roles()
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """My turn, by deadline."""
    return render(request, "certification/inbox.html")


patterns = [path("inbox", inbox, name="inbox")]
