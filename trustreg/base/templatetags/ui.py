"""The pieces that pages are made of (the markup is that of `static/css/components.css`; ui.md 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from trustreg.base.forms import PageForm, required_word
from trustreg.base.markup import icon
from trustreg.base.templatetags import blocks
from trustreg.base.words import Words, name_of, named, say

register = template.Library()
register.tags.update(blocks.register.tags)
register.simple_tag(icon)

_JST = ZoneInfo("Asia/Tokyo")

# ui.md 5: value -> (tone, icon, words). No other tones and no other words for these.
STATUS: Final = {
    "valid": ("ok", "check-circle", Words("有効", "Valid")),
    "suspended": ("warn", "pause", Words("一時停止", "Suspended")),
    "withdrawn": ("bad", "x", Words("取消し", "Withdrawn")),
    "ceased": ("idle", "dash", Words("終了", "Ceased")),
    "expired": ("idle", "dash", Words("期限満了", "Expired")),
    "recognised": ("recognised", "globe", Words("相互承認", "Recognised")),
    "other": ("idle", "dash", Words("審査なし", "Not assessed")),
    "unknown": ("idle", "dash", Words("確かめられません", "Cannot be confirmed")),
    "none": ("idle", "dash", Words("載っていません", "Not listed")),
    "draft": ("info", "pen", Words("下書き", "Draft")),
    "assessing": ("info", "scale", Words("審査中", "In assessment")),
    "deciding": ("info", "users", Words("決定待ち", "Awaiting decision")),
    "done": ("ok", "check", Words("完了", "Done")),
    "progress": ("warn", "clock", Words("作業中", "In progress")),
    "fix": ("bad", "alert", Words("要修正", "Fix")),
    "todo": ("idle", "dash", Words("未着手", "Not started")),
    "blocked": ("idle", "lock", Words("まだできません", "Cannot start yet")),
    "passed": ("ok", "check-circle", Words("合格", "Passed")),
    "failed": ("bad", "x", Words("不合格", "Failed")),
    "indeterminate": ("warn", "question", Words("判定できません", "Indeterminate")),
}
LEVEL: Final = {
    "qualified": ("seal", Words("クオリファイド", "Qualified")),
    "specified": ("check", Words("特定", "Specified")),
    "other": ("dash", Words("その他", "Other")),
}


@register.filter
def named_in(names: Any) -> str:
    """The one of `{"ja": …, "en": …}`, or of a record's `name_ja` and `name_en`, in the language of the page."""
    return named(names) if isinstance(names, dict) else name_of(names)


@register.simple_tag
def chip(tone: str, icon_name: str, text: object, *, size: str = "") -> SafeString:
    """A state in icon, words and colour. For the states of ui.md 5 use `status_chip`."""
    return format_html(
        '<span class="tr-chip" data-tone="{}"{}>{}{}</span>',
        tone,
        format_html(' data-size="{}"', size) if size else "",
        icon(icon_name),
        text,
    )


@register.simple_tag
def status_chip(state: str, *, size: str = "") -> SafeString:
    """The chip of a state of ui.md 5 (`valid`, `suspended`, `withdrawn`, …); an unknown one cannot be confirmed."""
    return chip(*STATUS.get(state, STATUS["unknown"]), size=size)


@register.simple_tag
def level_badge(level: str, *, lapsed: bool = False, target: bool = False, size: str = "") -> SafeString:
    """The badge of a level: solid only while in effect, outlined for what is applied for (`target`)."""
    if level not in LEVEL:
        return SafeString("")
    name, text = LEVEL[level]
    state = SafeString(" data-lapsed") if lapsed else SafeString(" data-target") if target else SafeString("")
    hidden = format_html('<span class="tr-sr">{}</span>', say(" (not in effect now)")) if lapsed else ""
    return format_html(
        '<span class="tr-level" data-level="{}"{}{}>{}{}{}</span>',
        level,
        state,
        format_html(' data-size="{}"', size) if size else "",
        icon("dash" if lapsed else name),
        text,
        hidden,
    )


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A time with its zone: `2026-11-20 15:00 JST`, with the offset for programs."""
    if value is None:
        return SafeString("")
    local = value.astimezone(_JST)
    return format_html(
        '<time datetime="{}">{}</time> JST', local.isoformat(timespec="minutes"), local.strftime("%Y-%m-%d %H:%M")
    )


@register.filter
def moment_exact(value: datetime | str | None) -> SafeString:
    """A time to the second, also as a document of the API holds it: `2026-11-20 15:00:07 JST`."""
    if not value:
        return SafeString("")
    local = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(_JST)
    return format_html(
        '<time datetime="{}">{}</time> JST', local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M:%S")
    )


@register.filter
def day(value: datetime | None) -> SafeString:
    """The date of a time in Japan: `2026-11-20`."""
    if value is None:
        return SafeString("")
    local = value.astimezone(_JST)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), local.strftime("%Y-%m-%d"))


@register.filter
def instant(text: str | None) -> datetime | None:
    """The time that a document of the API holds as text (`2026-11-20T06:00:00Z`)."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def hash_groups(value: Any) -> SafeString:
    """A hash in groups of eight that are copied without spaces."""
    text = str(value)
    groups = ((text[start : start + 8],) for start in range(0, len(text), 8))
    return format_html_join(SafeString("<wbr>"), "<span>{}</span>", groups)


@register.filter
def issue_number(sequence: int) -> str:
    """`第 7 号`, `issue 7`."""
    return say("issue {n}", n=sequence)


@register.simple_tag
def need(field: BoundField) -> SafeString:
    """`必須` or `任意` beside a label."""
    optional = "" if field.field.required else SafeString(" data-optional")
    return format_html('<span class="tr-field__need"{}>{}</span>', optional, required_word(field.field))


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts: Any) -> dict[str, Any]:
    """`{% crumbs "Label" url "Label" url "Last" %}`: the trail from home; the last item is text."""
    home: list[tuple[Any, str]] = [(say("Home"), reverse("pages:home"))]
    pairs = [(parts[at], parts[at + 1] if at + 1 < len(parts) else "") for at in range(0, len(parts), 2)]
    return {"trail": home + pairs}


@register.inclusion_tag("components/errors.html")
def error_summary(*forms: PageForm) -> dict[str, Any]:
    """What is to be mended in these forms, first in `main`, each with a link to its control (`tr-errors`)."""
    return {"faults": list(_faults(forms))}


def _faults(forms: tuple[PageForm, ...]) -> Iterator[tuple[str, str]]:
    for form in forms:
        if form.is_bound:
            yield from form.error_summary()


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, previous_url: str = "", next_url: str = "") -> dict[str, Any]:
    """Links to the previous and the next page; nothing when there is only one."""
    return {"previous_url": previous_url, "next_url": next_url}
