"""The form of the scheme information, section by section, in both languages (TS 119 612 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from django import forms

from qualified_list.domain.model import Address, PostalAddress, Scheme, Text, Texts, by_language, texts
from qualified_list.models import MAX_NEXT_UPDATE_DAYS
from trustreg.base.errors import TrustregError
from trustreg.base.words import Words, lazy_either, say
from trustreg.parties.forms import TextForm

MOST_LINES: Final = 10
LANGUAGES: Final = {"ja": Words("日本語", "Japanese"), "en": Words("英語", "English")}
_BOTH: Final = ("operator_name", "name", "information_uri", "legal_notice")
_POSTAL: Final = ("postal_code", "region", "locality", "street", "country")
_ELECTRONIC: Final = re.compile(r"(mailto:|https?://)\S+")
_WEB: Final = re.compile(r"https?://\S+")

_LABELS: Final = {
    "operator_name": Words("運営者の名称", "Name of the operator"),
    "name": Words("リストの名称", "Name of the list"),
    "information_uri": Words("制度を説明するページ", "Page that explains the scheme"),
    "legal_notice": Words("法的なお知らせ", "Legal notice"),
    "postal_code": Words("郵便番号", "Postal code"),
    "region": Words("都道府県", "Region"),
    "locality": Words("市区町村", "Locality"),
    "street": Words("町名・番地", "Street"),
    "country": Words("国（2 文字）", "Country (two letters)"),
    "territory": Words("地域（2 文字）", "Territory (two letters)"),
    "electronic_addresses": Words("電子的な連絡先", "Electronic addresses"),
    "status_base": Words("状態の URI の前の部分", "First part of the status URIs"),
    "distribution_points": Words("リストを置くアドレス", "Where the list is found"),
    "next_update_days": Words("次回の発行期限までの日数", "Days until the next update is due"),
}
SECTIONS: Final[tuple[tuple[Words, tuple[str, ...]], ...]] = (
    (Words("運営者", "Operator"), ("operator_name",)),
    (Words("住所", "Postal address"), _POSTAL),
    (Words("連絡先", "Contact"), ("electronic_addresses",)),
    (Words("リスト", "List"), ("territory", "name", "information_uri", "legal_notice")),
    (Words("発行", "Issues"), ("status_base", "distribution_points", "next_update_days")),
)
"""(heading, names of the parts): those that exist in two languages stand side by side."""

_HELPS: Final = {
    "name": Words("「JP:」のように、地域とコロンで始めます。", "Begin with the territory and a colon, such as “JP:”."),
    "electronic_addresses": Words(
        "1 行に 1 つ。mailto: のメールアドレスと https:// のアドレス",
        "One on each line: a mailto: address and an https:// address",
    ),
    "distribution_points": Words("1 行に 1 つ", "One on each line"),
    "next_update_days": Words(f"1 から {MAX_NEXT_UPDATE_DAYS} まで", f"From 1 to {MAX_NEXT_UPDATE_DAYS}"),
    "status_base": Words(
        "この後ろに /Svcstatus/qualified などが付きます。", "Followed by /Svcstatus/qualified and the like."
    ),
}


def in_two(part: str) -> bool:
    """Whether a part exists in each language."""
    return part in _BOTH or part in _POSTAL


def _label(part: str, lang: str = "") -> Any:
    words = _LABELS[part]
    if not lang:
        return lazy_either(words.ja, words.en)
    return lazy_either(f"{words.ja}（{LANGUAGES[lang].ja}）", f"{words.en} in {LANGUAGES[lang].en}")


def _help(part: str) -> Any:
    words = _HELPS.get(part)
    return lazy_either(words.ja, words.en) if words else ""


def _field(part: str, lang: str = "") -> forms.Field:
    facts: dict[str, Any] = {"label": _label(part, lang), "help_text": _help(part)}
    attrs = {"lang": lang} if lang else {}
    if part == "next_update_days":
        number = forms.NumberInput({"data-width": "s", "inputmode": "numeric"})
        return forms.IntegerField(min_value=1, max_value=MAX_NEXT_UPDATE_DAYS, widget=number, **facts)
    if part == "legal_notice":
        return forms.CharField(max_length=4000, widget=forms.Textarea({"rows": 5, **attrs}), **facts)
    if part in ("electronic_addresses", "distribution_points"):
        area = forms.Textarea({"rows": 3})
        return forms.CharField(max_length=2200, required=part == "electronic_addresses", widget=area, **facts)
    if part in ("territory", "country"):
        return forms.RegexField("^[A-Z]{2}$", widget=forms.TextInput({"data-width": "s", **attrs}), **facts)
    if part in ("information_uri", "status_base"):
        return forms.CharField(max_length=200, widget=forms.URLInput(attrs), **facts)
    optional = part in ("postal_code", "region")
    return forms.CharField(max_length=200, required=not optional, widget=forms.TextInput(attrs), **facts)


def _names() -> Iterator[tuple[str, str, str]]:
    for _, parts in SECTIONS:
        for part in parts:
            if in_two(part):
                yield from ((f"{part}_{lang}", part, lang) for lang in LANGUAGES)
            else:
                yield part, part, ""


class SchemeForm(TextForm):
    """What the list says of its scheme; `scheme_as_typed` gives its values."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields = {name: _field(part, lang) for name, part, lang in _names()}
        self.base_fields = fields  # type: ignore[misc] # what Django copies; here it follows from the sections
        super().__init__(*args, **kwargs)

    def sections(self) -> list[tuple[str, list[list[forms.BoundField]]]]:
        """(heading, rows of one or two fields)."""
        return [
            (
                str(title),
                [[self[f"{part}_{lang}"] for lang in LANGUAGES] if in_two(part) else [self[part]] for part in parts],
            )
            for title, parts in SECTIONS
        ]

    def clean_electronic_addresses(self) -> list[str]:
        return _lines(self.cleaned_data["electronic_addresses"], _ELECTRONIC)

    def clean_distribution_points(self) -> list[str]:
        return _lines(self.cleaned_data["distribution_points"], _WEB)

    def scheme(self, before: Scheme | None) -> Scheme:
        """The scheme that was typed; what the form does not hold (policy, community rules) stays as it was."""
        typed = self.cleaned_data
        postal = tuple(
            PostalAddress(
                lang,
                typed[f"street_{lang}"],
                typed[f"locality_{lang}"],
                typed[f"country_{lang}"],
                typed[f"region_{lang}"] or None,
                typed[f"postal_code_{lang}"] or None,
            )
            for lang in LANGUAGES
        )
        others = tuple(row for row in before.operator_address.postal if row.lang not in LANGUAGES) if before else ()
        read = Scheme(
            territory=typed["territory"],
            operator_address=Address(
                postal=(*postal, *others), electronic=tuple(Text("en", uri) for uri in typed["electronic_addresses"])
            ),
            status_base=typed["status_base"],
            distribution_points=tuple(typed["distribution_points"]),
            next_update_days=typed["next_update_days"],
            operator_name=self._texts("operator_name", before),
            name=self._texts("name", before),
            information_uri=self._texts("information_uri", before),
            legal_notice=self._texts("legal_notice", before),
        )
        if before is None or before.territory != read.territory:
            return read
        return replace(read, community_rules=before.community_rules, policy=before.policy)

    def _texts(self, part: str, before: Scheme | None) -> Texts:
        held: Texts = getattr(before, part) if before else ()
        own = texts({lang: self.cleaned_data[f"{part}_{lang}"] for lang in LANGUAGES})
        return (*own, *(text for text in held if text.lang not in LANGUAGES))

    def refuse(self, error: TrustregError) -> None:
        """Faults of a part that exists in two languages are shown at its first field."""
        for name in list(error.fields):
            if name in _BOTH:
                error.fields[f"{name}_ja"] = error.fields.pop(name)
            elif name == "operator_address":
                error.fields["street_ja"] = error.fields.pop(name)
        super().refuse(error)


def _lines(text: str, form: re.Pattern[str]) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = next((line for line in lines if not form.fullmatch(line) or len(line) > 200), None)
    if wrong is not None:
        raise forms.ValidationError(
            say(
                "“{line}” is no address. Begin with https:// or mailto:.",
                line=wrong[:80],
            )
        )
    if len(lines) > MOST_LINES:
        raise forms.ValidationError(say("Enter {n} at most.", n=MOST_LINES))
    return lines


def scheme_as_typed(scheme: Scheme) -> dict[str, Any]:
    """The values of the form for a scheme."""
    typed: dict[str, Any] = {
        "territory": scheme.territory,
        "status_base": scheme.status_base,
        "next_update_days": scheme.next_update_days,
        "electronic_addresses": "\n".join(text.value for text in scheme.operator_address.electronic),
        "distribution_points": "\n".join(scheme.distribution_points),
    }
    for part in _BOTH:
        held = by_language(getattr(scheme, part))
        typed |= {f"{part}_{lang}": held.get(lang, "") for lang in LANGUAGES}
    for lang in LANGUAGES:
        row = next((each for each in scheme.operator_address.postal if each.lang == lang), None)
        typed |= {f"{part}_{lang}": (getattr(row, part) or "") if row else "" for part in _POSTAL}
    return typed


def read_sections(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same for reading: heading, and rows of a label with its values by language."""
    return [
        {
            "title": str(title),
            "rows": [
                {
                    "label": str(_LABELS[part]),
                    "values": _values(typed, part),
                }
                for part in parts
            ],
        }
        for title, parts in SECTIONS
    ]


def _values(typed: Mapping[str, Any], part: str) -> list[tuple[str, str]]:
    """(language, value), once where it is the same in each."""
    if not in_two(part):
        return [("", str(typed.get(part, "")))]
    values = [(lang, str(typed.get(f"{part}_{lang}", ""))) for lang in LANGUAGES]
    return values if len({value for _, value in values}) > 1 else [("", values[0][1])]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs between two schemes as typed: `{"op", "label", "before", "after"}`."""
    found = []
    for name, part, lang in _names():
        old, new = str(before.get(name, "")), str(after.get(name, ""))
        if old != new:
            op = "mod" if old and new else "add" if new else "del"
            found.append({"op": op, "label": str(_label(part, lang)), "before": old, "after": new})
    return found
