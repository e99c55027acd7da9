"""Small pieces of markup that tags and widgets share."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# A notice, a check, a dot of a timeline: the icon that says the same as the colour (ui.md 5).
TONE_ICONS = {"ok": "check-circle", "info": "info", "warn": "alert", "bad": "x", "idle": "dash"}


def icon(name: str, *, extra: str = "") -> SafeString:
    """A decorative icon of the sprite; the text beside it says what it means."""
    return format_html(
        '<svg class="tr-icon{}" viewBox="0 0 24 24" aria-hidden="true"><use href="#i-{}"/></svg>',
        f" {extra}" if extra else "",
        name,
    )


def attribute(name: str, value: object) -> SafeString:
    """` name="value"`; ` name` for True; nothing for what is empty."""
    if value is True:
        return format_html(" {}", name)
    return format_html(' {}="{}"', name, value) if value not in ("", None, False) else SafeString("")


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Pieces of markup one after another."""
    return format_html_join("", "{}", ((part,) for part in parts))
