"""The pieces that pages are made of (the markup is that of `static/css/components.css`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_JST = ZoneInfo("Asia/Tokyo")


@register.simple_tag(takes_context=True)
def words(context: Context, ja: str, en: str) -> str:
    """The one of two texts that is in the language of the page."""
    return ja if context.get("lang", "ja") == "ja" else en


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite; the text beside it says what it means."""
    return format_html(
        '<svg class="tr-icon" viewBox="0 0 24 24" aria-hidden="true"><use href="#i-{}"/></svg>',
        name,
    )


@register.filter
def moment(value: datetime) -> SafeString:
    """A time with its zone: `2026-11-20 15:00 JST`, with the offset for programs."""
    local = value.astimezone(_JST)
    return format_html(
        '<time datetime="{}">{}</time> JST', local.isoformat(timespec="minutes"), local.strftime("%Y-%m-%d %H:%M")
    )


@register.filter
def hash_groups(value: Any) -> SafeString:
    """A hash in groups of eight that are copied without spaces."""
    text = str(value)
    groups = ((text[start : start + 8],) for start in range(0, len(text), 8))
    return format_html_join(SafeString("<wbr>"), "<span>{}</span>", groups)
