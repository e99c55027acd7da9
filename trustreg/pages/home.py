"""Home: what this is, the one box, and the list in force; and what the site says of itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qualified_list.selectors import trust_source
from trustreg.base import clock
from trustreg.conf import settings as conf


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the list in force, and where the machine-readable things are."""
    reference = trust_source().list_reference
    shown = {
        "base_url": conf.base_url,
        "list": reference,
        "overdue": reference is not None and (reference.next_update is None or reference.next_update <= clock.now()),
    }
    return render(request, "home.html", shown)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How certification works, in words for everybody."""
    return render(request, "about.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "accessibility.html")
