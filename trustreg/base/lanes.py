"""The band of states over time (`tr-lanes`): percentages, so that the text in it stays readable at every width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from trustreg.base.markup import joined
from trustreg.base.words import say

_JST = ZoneInfo("Asia/Tokyo")
_NARROWEST: Final = 280  # pixels of a lane on the smallest phone
_TOP, _HEIGHT = 26, 22
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Band:
    """One state from `starts` until before `ends` (None: it lasts); `tone` as for chips."""

    starts: datetime
    ends: datetime | None
    tone: str
    title: str


def lane(bands: Sequence[Band], first: datetime, last: datetime, chosen: datetime | None = None) -> SafeString:
    """The band between two times, with a mark at the chosen one; a sentence says the same."""
    whole = max((last - first) / timedelta(seconds=1), 1.0)

    def at(moment: datetime) -> float:
        return round(100 * min(max((moment - first) / timedelta(seconds=1) / whole, 0.0), 1.0), 2)

    return format_html(
        '<div class="tr-lanes"><svg class="tr-lanes__svg" width="100%" height="74" role="img" aria-label="{}">{}{}'
        '<text class="tr-svg-text" x="0" y="66">{}</text>'
        '<text class="tr-svg-text" x="100%" y="66" text-anchor="end">{}</text></svg></div>',
        _sentence(bands, chosen),
        drawn(bands, at, _TOP),
        _mark(chosen, at(chosen)) if chosen and first <= chosen <= last else "",
        _day(first),
        _day(last),
    )


def drawn(bands: Sequence[Band], at: Callable[[datetime], float], top: int) -> SafeString:
    """The bands alone, for a drawing of 22 pixels below `top`; `at` places a time, in per cent of the width.

    A band that lasts ends where `at` places the end of time.
    """
    return joined(_band(band, at(band.starts), at(band.ends or _NEVER), top) for band in bands)


def _band(band: Band, start: float, end: float, top: int) -> SafeString:
    shape = format_html('x="{}%" y="{}" width="{}%" height="{}"', start, top, round(end - start, 2), _HEIGHT)
    tone = "soft" if band.tone in ("info", "recognised") else band.tone
    rect = format_html('<rect class="tr-svg-{}" {}/>', tone, shape)
    if band.tone == "warn":
        rect += format_html('<rect class="tr-svg-hatch" {}/>', shape)
    if _wide(band.title) > (end - start) / 100 * _NARROWEST:
        return rect
    look = SafeString("data-strong" if tone in ("soft", "idle") else "data-on")
    # The words of a hatched band stand on its plain colour.
    plain = format_html('<rect class="tr-svg-warn" x="4" y="2" width="{}" height="18"/>', _wide(band.title) - 12)
    return rect + format_html(
        '<svg x="{}%" y="{}" overflow="visible">{}<text class="tr-svg-text" {} x="8" y="16">{}</text></svg>',
        start,
        top,
        plain if band.tone == "warn" else "",
        look,
        band.title,
    )


def _mark(moment: datetime, x: float) -> SafeString:
    anchor = "start" if x < 15 else "end" if x > 85 else "middle"
    return format_html(
        '<line class="tr-svg-now" x1="{}%" x2="{}%" y1="18" y2="54"/>'
        '<text class="tr-svg-text" data-strong x="{}%" y="13" text-anchor="{}">{}</text>',
        x,
        x,
        x,
        anchor,
        moment.astimezone(_JST).strftime("%m-%d %H:%M"),
    )


def _wide(text: str) -> int:
    return 20 + sum(14 if ord(letter) > 0x2E80 else 8 for letter in text)


def _day(moment: datetime) -> str:
    return moment.astimezone(_JST).strftime("%Y-%m-%d")


def _sentence(bands: Sequence[Band], chosen: datetime | None) -> str:
    def spoken(band: Band) -> str:
        if band.ends is None:
            return say("{title} from {since}", since=_day(band.starts), title=band.title)
        return say(
            "{title} from {since} to {until}",
            since=_day(band.starts),
            until=_day(band.ends),
            title=band.title,
        )

    periods = say(", ").join(spoken(band) for band in bands)
    if chosen is None:
        return say("Band of states: {periods}.", periods=periods)
    return say(
        "Band of states: {periods}. The chosen time is {day}.",
        periods=periods,
        day=_day(chosen),
    )
