"""The issues of the list."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from qualified_list.selectors import issues


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Every issue of the list, newest first."""
    before = request.GET.get("before", "")
    if before and not re.fullmatch("[0-9]{1,9}", before):
        raise Http404
    found, following = issues(before=int(before) if before else None)
    shown: dict[str, Any] = {"issues": found}
    if following:
        shown["next_url"] = f"{request.path}?before={following}"
    return render(request, "qualified_list/lists.html", shown)


patterns = [path("lists", lists, name="lists")]
