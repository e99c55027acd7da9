"""All pieces of pages in all their states, for who builds pages and for tests; only in the demo."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trustreg.base.forms import PageForm
from trustreg.base.lanes import Band
from trustreg.base.templatetags.ui import LEVEL, STATUS
from trustreg.base.words import either, lazy_say, say

HASH: Final = "c908547038895047fa7cf5c0232378b18936fa0bf42444ba8aaa48259dc5ac5f"


class Sample(PageForm):
    """A field of each kind."""

    name = forms.CharField(label=lazy_say("Service name in English"))
    number = forms.CharField(
        label=lazy_say("Corporate number"),
        help_text=lazy_say("13 digits, without hyphens."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "data-width": "m"}),
    )
    kind = forms.ChoiceField(
        label=lazy_say("Type"),
        choices=[("1", lazy_say("Electronic signature")), ("2", lazy_say("Time-stamp"))],
    )
    level = forms.ChoiceField(
        label=lazy_say("Level applied for"),
        widget=forms.RadioSelect,
        choices=[("q", lazy_say("Qualified")), ("s", lazy_say("Specified"))],
    )
    uses = forms.MultipleChoiceField(
        label=lazy_say("Uses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("a", lazy_say("Contracts")), ("b", lazy_say("Receipts"))],
    )
    reason = forms.CharField(label=lazy_say("Reasons"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    sure = forms.BooleanField(label=lazy_say("I have checked what I entered"))
    document = forms.FileField(
        label=lazy_say("Document"), required=False, widget=forms.FileInput(attrs={"data-size": "s"})
    )


def _moment(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 6, tzinfo=UTC)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """The pieces one after another; the forms once as they come and once with faults."""
    valid, suspended = str(STATUS["valid"][2]), str(STATUS["suspended"][2])
    shown = {
        "form": Sample(),
        "faulty": Sample({"number": "8430001087652"}, prefix="faulty"),
        "states": list(STATUS),
        "levels": list(LEVEL),
        "hash": HASH,
        "command": "curl -sS https://tl.example.jp/api/v1/status-queries -d '{}'",
        "steps": [
            either(*names)
            for names in (
                ("準備", "Prepare"),
                ("受付", "Received"),
                ("審査", "Assessment"),
                ("決定", "Decision"),
                ("公表", "Publication"),
            )
        ],
        "tabs": [
            {"url": "#tabs", "label": label, "current": label == "XML"} for label in (say("Words"), "XML", "JSON")
        ],
        "bands": [
            Band(_moment(4, 1), _moment(5, 29), "ok", valid),
            Band(_moment(5, 29), _moment(7, 12), "warn", suspended),
            Band(_moment(7, 12), _moment(11, 1), "ok", valid),
            Band(_moment(11, 1), None, "bad", str(STATUS["withdrawn"][2])),
        ],
        "first": _moment(4, 1),
        "last": _moment(11, 23),
        "chosen": _moment(6, 5),
    }
    return render(request, "components_page.html", shown)
