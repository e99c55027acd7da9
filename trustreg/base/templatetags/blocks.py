"""The pieces that hold other markup, and those with several parts; `{% load ui %}` brings them (see /components)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from trustreg.base.lanes import Band, lane
from trustreg.base.markup import TONE_ICONS, attribute, icon, joined
from trustreg.base.words import say

register = template.Library()


@register.simple_block_tag
def notice(content: str, tone: str, title: object, *, icon_name: str = "", role: str = "") -> SafeString:
    """`{% notice "warn" title %}…{% endnotice %}`: the title is a whole sentence; the body may be empty."""
    return format_html(
        '<div class="tr-notice" data-tone="{}"{}>{}<div><p class="tr-notice__title">{}</p>{}</div></div>',
        tone,
        attribute("role", role),
        icon(icon_name or TONE_ICONS[tone]),
        title,
        SafeString(content.strip()),
    )


@register.simple_block_tag
def more(content: str, title: object, *, note: object = "", opened: bool = False, anchor: str = "") -> SafeString:
    """`{% more title note="…" %}…{% endmore %}`: folded, because most need not read it."""
    return format_html(
        '<details class="tr-more"{}{}><summary class="tr-more__title">{}{}</summary>'
        '<div class="tr-more__body">{}</div></details>',
        attribute("id", anchor),
        attribute("open", opened),
        title,
        format_html('<span class="tr-more__note">{}</span>', note) if note else "",
        SafeString(content),
    )


@register.simple_block_tag
def fold(content: str, title: object, *, opened: bool = False, icon_name: str = "list") -> SafeString:
    """`{% fold title opened=… %}<form class="tr-filters">…{% endfold %}`: always open on wide screens."""
    return format_html(
        '<details class="tr-fold"{}><summary class="tr-fold__title">{}{}</summary>{}</details>',
        attribute("open", opened),
        icon(icon_name),
        title,
        SafeString(content),
    )


@register.simple_block_tag
def empty(content: str, icon_name: str, title: object) -> SafeString:
    """`{% empty "search" title %}why, and one way out{% endempty %}`."""
    return format_html(
        '<div class="tr-empty">{}<p class="tr-mt-s"><strong>{}</strong></p>{}</div>',
        icon(icon_name),
        title,
        SafeString(content.strip()),
    )


@register.simple_block_tag
def fact(content: str, label: object, *, hash: bool = False) -> SafeString:  # noqa: A002 - reads well in templates
    """`<dl class="tr-kv">{% fact label %}value{% endfact %}</dl>`; `hash=True` for grouped hashes."""
    return format_html(
        '<div class="tr-kv__row"><dt>{}</dt><dd{}>{}</dd></div>',
        label,
        attribute("class", "tr-hash" if hash else ""),
        SafeString(content.strip()),
    )


@register.simple_block_tag
def event(
    content: str, tone: str, when: object, what: object, *, icon_name: str = "", spin: bool = False
) -> SafeString:
    """A step in `<ol class="tr-timeline">`: newest first for history, in order for what runs."""
    name = icon_name or ("spin" if spin else "check" if tone == "ok" else TONE_ICONS[tone])
    dot = icon(name, extra="tr-spin" if spin else "")
    return format_html(
        '<li class="tr-timeline__item"><span class="tr-timeline__dot"{}>{}</span>'
        '<span class="tr-timeline__when">{}</span><p class="tr-timeline__what">{}</p>{}</li>',
        attribute("data-tone", "" if tone == "idle" else tone),
        dot,
        when,
        what,
        SafeString(content.strip()),
    )


@register.simple_block_tag
def link_of_chain(content: str, icon_name: str, what: object, who: object) -> SafeString:
    """A link in `<ol class="tr-chain">`; the body is the proof. Accreditation, assessment, decision, list, document."""
    return format_html(
        '<li class="tr-chain__link"><span class="tr-chain__node">{}</span><span class="tr-chain__what">{}</span>'
        '<span class="tr-chain__who">{}</span><span class="tr-chain__proof">{}</span></li>',
        icon(icon_name),
        what,
        who,
        SafeString(content.strip()),
    )


@register.simple_block_tag
def change(content: str, op: str) -> SafeString:
    """One item in `<div class="tr-diff">`: `add`, `del` or `mod`; what changed in words, with `ins` and `del`."""
    sign, label = {
        "add": ("+", say("Added")),
        "del": ("−", say("Removed")),
        "mod": ("±", say("Changed")),
    }[op]
    return format_html(
        '<div class="tr-diff__item" data-op="{}"><span class="tr-diff__sign" role="img" aria-label="{}">{}</span>'
        '<div class="tr-diff__body">{}</div></div>',
        op,
        label,
        sign,
        SafeString(content.strip()),
    )


@register.simple_block_tag
def check(content: str, tone: str, what: object, *, word: object = "", icon_name: str = "") -> SafeString:
    """One item in `<ul class="tr-checks">`, failing ones first; `word` says the tone for who cannot see it."""
    return format_html(
        '<li class="tr-checks__item"{}>{}<div><p class="tr-checks__what">{}{}</p>{}</div></li>',
        attribute("data-tone", "" if tone == "idle" else tone),
        icon(icon_name or TONE_ICONS[tone]),
        format_html('<span class="tr-sr">{}{}</span>', word, say(": ")) if word else "",
        what,
        format_html('<div class="tr-checks__why">{}</div>', SafeString(content.strip())) if content.strip() else "",
    )


@register.simple_block_tag
def task(content: str, label: object, url: str, state: object) -> SafeString:
    """A row in `<ol class="tr-tasks">`: `state` is a chip, the body says who and when; no URL: not yet."""
    title = format_html("<strong>{}</strong>", label)
    return format_html(
        '<li class="tr-tasks__item"><div>{}{}</div>{}</li>',
        format_html('<a href="{}">{}</a>', url, title) if url else title,
        format_html('<p class="tr-tasks__help">{}</p>', SafeString(content.strip())) if content.strip() else "",
        state,
    )


@register.simple_block_tag
def drop(content: str, field: BoundField, title: object = "", *, size: str = "") -> SafeString:
    """`{% drop form.document title %}limits, what happens to the file, the button{% enddrop %}`: a real file input.

    Help and error of the field stand in it already.
    """
    small = attribute("data-size", size)
    texts = []
    if field.help_text:
        texts.append(
            format_html('<p class="tr-small tr-muted" id="{}_helptext">{}</p>', field.auto_id, field.help_text)
        )
    if field.errors:
        texts.append(
            format_html(
                '<p class="tr-field__error" id="{}_error">{}<span>{}</span></p>',
                field.auto_id,
                icon("alert"),
                " ".join(str(error) for error in field.errors),
            )
        )
    return format_html(
        '<div class="tr-drop"{} data-drop>{}<label class="tr-drop__title" for="{}">{}</label>{}{}{}</div>',
        small,
        icon("upload", extra="tr-drop__icon"),
        field.id_for_label,
        title or field.label or "",
        field,
        joined(texts),
        SafeString(content.strip()),
    )


@register.simple_tag
def steps(names: Sequence[object], current: int, label: object) -> SafeString:
    """Where a case stands: the names of its steps (6 at most) and the number, from 1, of the one it is in.

    A number beyond the last says that all is done.
    """
    items = [_step(number, name, current) for number, name in enumerate(names, 1)]
    return format_html(
        '<ol class="tr-steps" role="list" aria-label="{}">{}</ol>',
        label,
        joined(items),
    )


def _step(number: int, name: object, current: int) -> SafeString:
    if number < current:
        dot = format_html('{}<span class="tr-sr">{}</span>', icon("check"), say("Done"))
        return format_html(
            '<li class="tr-steps__item" data-state="done"><span class="tr-steps__dot">{}</span>{}</li>', dot, name
        )
    return format_html(
        '<li class="tr-steps__item"{}><span class="tr-steps__dot">{}</span>{}</li>',
        attribute("aria-current", "step" if number == current else ""),
        number,
        name,
    )


@register.simple_tag
def progress(value: int, most: int, label: object, *, left: object = "", right: object = "") -> SafeString:
    """A native `progress` with numbers in words: `left` and `right` above the bar; `label` for who cannot see it."""
    share = 100 * value // most if most else 0
    return format_html(
        '<div class="tr-progress"><div class="tr-progress__top"><span>{}</span><span>{}</span></div>'
        '<progress class="tr-progress__bar" max="{}" value="{}" aria-label="{}">{}%</progress></div>',
        left or label,
        right or f"{value:,} / {most:,}",
        most or 1,
        value,
        label,
        share,
    )


@register.simple_tag
def tile(label: object, value: object, *, unit: object = "", note: object = "") -> SafeString:
    """One figure in `<div class="tr-tiles">`: label, value, unit, note (a target, or since when)."""
    return format_html(
        '<div class="tr-tile"><span class="tr-tile__label">{}</span><span class="tr-tile__value">{}{}</span>{}</div>',
        label,
        value,
        format_html('<span class="tr-tile__unit">{}</span>', unit) if unit else "",
        format_html('<span class="tr-tile__note">{}</span>', note) if note else "",
    )


@register.simple_tag
def code(label: object, text: object, *, wrap: bool = False) -> SafeString:
    """Text for a machine, to be selected whole: a command, an answer. Its end of line is the reader's."""
    return format_html(
        '<div class="tr-code"{}><div class="tr-code__head"><span>{}</span><span>{}</span></div>'
        '<pre tabindex="0" role="region" aria-label="{}"><code>{}</code></pre></div>',
        attribute("data-wrap", wrap),
        label,
        say("Select to copy"),
        label,
        text,
    )


@register.simple_tag
def state_lane(bands: Sequence[Band], first: datetime, last: datetime, *, chosen: datetime | None = None) -> SafeString:
    """The band of states between two times (`trustreg.base.lanes.Band`), with a mark at the chosen one."""
    return lane(bands, first, last, chosen)


@register.simple_tag
def tabs(items: Iterable[dict[str, Any]], label: object) -> SafeString:
    """Tabs are links with their own addresses: `[{"url", "label", "current"}]`."""
    links = format_html_join(
        "",
        '<a class="tr-tabs__link" href="{}"{}>{}</a>',
        ((item["url"], attribute("aria-current", "page" if item["current"] else ""), item["label"]) for item in items),
    )
    return format_html('<nav class="tr-tabs" aria-label="{}">{}</nav>', label, links)
