"""Texts of pages, in the language that is active.

A text stands in English in the code and in Japanese in `locale/ja` (gettext); `make words` keeps the two in step and
`make check` refuses a text without the other language. Terms that the API, too, says in both languages at once stand as
pairs (`Words`).
"""

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


def say(text: str, /, *, sense: str = "", **values: object) -> str:
    """The English text in the active language; `{name}` stands for `values["name"]`.

    `sense` tells apart what is one word in English and two in Japanese.
    """
    found = translation.pgettext(sense, text) if sense else translation.gettext(text)
    return found.format(**values) if values else found


def say_html(text: str, /, *, sense: str = "", **values: object) -> SafeString:
    """The same for a page: everything is escaped that is not safe already."""
    return _html(say(text, sense=sense), values)


lazy_say = lazy(say, str)  # for labels of forms, whose language is known only when they are shown


def either(ja: str, en: str, /, **values: object) -> str:
    """The one of two texts that is in the active language: of records and errors, which have both."""
    text = ja if language() == "ja" else en
    return text.format(**values) if values else text


def either_html(ja: str, en: str, /, **values: object) -> SafeString:
    """The same for a page."""
    return _html(either(ja, en), values)


lazy_either = lazy(either, str)


def _html(text: str, values: Mapping[str, object]) -> SafeString:
    safe = mark_safe(conditional_escape(text))  # noqa: S308 - escaped here; format_html escapes the values
    return format_html(safe, **values) if values else safe


class Words:
    """A term in both languages, as data; `str()` gives the one that is active."""

    def __init__(self, ja: str, en: str) -> None:
        self.ja, self.en = ja, en

    def __str__(self) -> str:
        return either(self.ja, self.en)


def named(names: Mapping[str, Any]) -> str:
    """The one of `{"ja": …, "en": …}` in the active language; another one where it is missing."""
    return str(names.get(language()) or next((text for text in names.values() if text), ""))


def name_of(record: Any) -> str:
    """The name of a record that has `name_ja` and `name_en`, in the active language."""
    return str(getattr(record, f"name_{language()}") or record.name_ja)
