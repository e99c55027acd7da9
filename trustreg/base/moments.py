"""Reading the time that somebody chose on a page."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from trustreg.base.errors import InvalidInput
from trustreg.base.parsing import read_utc

JST: Final = ZoneInfo("Asia/Tokyo")
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


def read_moment(text: str, now: datetime) -> datetime | None:
    """The time asked for: `2026-06-05T10:00` in Japan, as the field sends it, or `2026-06-05T01:00:00Z` as the API.

    None when nothing was asked. Raises InvalidInput for another form, and for a time in the future.
    """
    text = text.strip()
    if not text:
        return None
    try:
        if text.endswith("Z"):
            at = read_utc(text)
        elif _LOCAL.fullmatch(text):
            at = datetime.fromisoformat(text).replace(tzinfo=JST)
        else:
            raise ValueError(text)
        if at.year < 1900:
            raise ValueError(text)
    except ValueError:
        raise _at(
            "The date and time could not be read. Enter it like 2026-06-05T10:00.",
            "日時を読み取れませんでした。2026-06-05T10:00 の形で入力してください。",
        ) from None
    if at > now:
        raise _at(
            "The time lies in the future; nobody knows the status then. Choose now or earlier.",
            "将来の時刻の状態は、だれにも分かりません。現在以前を選んでください。",
        )
    return at


def local_text(moment: datetime) -> str:
    """A time as the value of a `datetime-local` field: in Japan, to the minute or, where there are any, seconds."""
    local = moment.astimezone(JST)
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")


def _at(en: str, ja: str) -> InvalidInput:
    return InvalidInput(en, ja, fields={"at": {"en": en, "ja": ja}})
