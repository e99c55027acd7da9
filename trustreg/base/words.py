"""Texts of pages, in the language that is active; both languages stand side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.functional import lazy
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe


def language() -> str:
    """`ja` or `en`: the language that is active."""
    return "en" if (translation.get_language() or "ja").startswith("en") else "ja"


def say(ja: str, en: str, **values: object) -> str:
    """The text in the active language; `{name}` stands for `values["name"]`."""
    text = ja if language() == "ja" else en
    return text.format(**values) if values else text


def say_html(ja: str, en: str, **values: object) -> SafeString:
    """The same for a page: everything is escaped that is not safe already."""
    text = mark_safe(conditional_escape(say(ja, en)))  # noqa: S308 - escaped here; format_html escapes the values
    return format_html(text, **values) if values else text


lazy_say = lazy(say, str)  # for labels of forms, whose language is known only when they are shown


class Words:
    """A text in both languages, as data; `str()` gives the one that is active."""

    def __init__(self, ja: str, en: str) -> None:
        self.ja, self.en = ja, en

    def __str__(self) -> str:
        return say(self.ja, self.en)


def named(names: Mapping[str, Any]) -> str:
    """The one of `{"ja": …, "en": …}` in the active language; another one where it is missing."""
    return str(names.get(language()) or next((text for text in names.values() if text), ""))


def name_of(record: Any) -> str:
    """The name of a record that has `name_ja` and `name_en`, in the active language."""
    return str(getattr(record, f"name_{language()}") or record.name_ja)
