"""Forms of the page that checks documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from signing.domain.policies import policy_names
from signing.surroundings import DocumentType
from trustreg.base.forms import PageForm
from trustreg.base.words import Words, lazy_say, named, say

_DIGESTS: Final = {64: "sha256", 96: "sha384", 128: "sha512"}
_GROUPS: Final = (
    ("qualified", Words("クオリファイドが必要", "Qualified needed")),
    ("specified", Words("特定以上が必要", "Specified or higher needed")),
    ("other", Words("決まったレベルなし", "No particular level")),
    ("not_applicable", Words("レベルの表の対象外", "Outside the table of levels")),
)


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; an empty one is a file too."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """The files, in the order in which they came."""
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(FilesField, self).clean(file, initial) for file in files]


class CheckForm(PageForm):
    """A document, and what is asked about it."""

    document = forms.FileField(
        label=lazy_say("ここにファイルを置くか、選んでください", "Drop a file here, or choose one"),
        allow_empty_file=True,
        error_messages={"required": ""},
    )
    document_type = forms.ChoiceField(
        label=lazy_say("文書の種類", "Kind of document"),
        required=False,
        help_text=lazy_say(
            "選ぶと、必要なレベルを満たすかも判定します。表は例示で、法令や助言ではありません。",
            "We then also say whether the level that it needs is met. The table is an illustration, not law or advice.",
        ),
    )
    level = forms.ChoiceField(
        label=lazy_say("必要なレベル", "Level needed"),
        required=False,
        help_text=lazy_say(
            "文書の種類で決まるレベルの代わりに、ここで指定できます。",
            "Takes the place of the level that goes with the kind of document.",
        ),
    )
    at = forms.CharField(
        label=lazy_say("判定する時点（日本時間）", "Time to check for (JST)"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "datetime-local", "step": "1", "data-width": "m"}),
        help_text=lazy_say(
            "ふつうは空のままにします。過去を指定した結果は仮のもので、保存されません。",
            "Usually left empty. A result for a past time is hypothetical and is not kept.",
        ),
    )
    policy = forms.ChoiceField(label=lazy_say("判定の規則", "Policy"), required=False)
    detached = FilesField(
        label=lazy_say("署名が別ファイルの場合の元の文書", "The original, if the signature is a file of its own"),
        required=False,
        allow_empty_file=True,
        help_text=lazy_say(
            "署名やタイムスタンプだけのファイルを上で選び、対象の文書をここで選びます。",
            "Choose the signature or time-stamp above, and the document that it belongs to here.",
        ),
    )

    def __init__(self, *args: Any, types: Sequence[DocumentType] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["document"].error_messages["required"] = say(
            "判定する文書のファイルを選んでください。", "Choose the file of the document to check."
        )
        fields["document_type"].choices = [("", say("選ばない", "None")), *_grouped(types)]
        fields["level"].choices = [
            ("", say("文書の種類のとおり", "As the kind of document says")),
            ("qualified", say("クオリファイド", "Qualified")),
            ("specified", say("特定以上", "Specified or higher")),
        ]
        names = policy_names()
        fields["policy"].choices = [(name, name) for name in names]
        if len(names) == 1:
            del self.fields["policy"]  # nothing to choose


def _grouped(types: Sequence[DocumentType]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for level, words in _GROUPS:
        rows = [(row.code, named(row.names)) for row in types if row.level == level]
        if rows:
            yield str(words), rows


class DigestForm(PageForm):
    """A time-stamp, and the digest of the document that it belongs to."""

    prefix = "digest"

    token = forms.FileField(
        label=lazy_say("タイムスタンプや署名のファイル", "The time-stamp or signature"),
        help_text=lazy_say(
            "文書そのものではなく、.tst や .tsr などのファイルです。", "Not the document: a file such as .tst or .tsr."
        ),
        allow_empty_file=True,
    )
    value = forms.CharField(
        label=lazy_say("文書のハッシュ値", "Digest of the document"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": "3", "spellcheck": "false", "autocomplete": "off"}),
        help_text=lazy_say(
            "SHA-256、SHA-384、SHA-512 のどれかを 16 進数で入れてください。改行で区切れば、いくつでも入れられます。",
            "SHA-256, SHA-384 or SHA-512 in hexadecimal; several of them, each on a line of its own.",
        ),
    )

    def clean_value(self) -> tuple[tuple[str, str], ...]:
        """(hashlib name, hexadecimal) of each digest, told apart by length."""
        found = {}
        for text in re.split(r"[\s,]+", str(self.cleaned_data["value"]).strip().lower()):
            name = _DIGESTS.get(len(text))
            if name is None or not re.fullmatch("[0-9a-f]+", text):
                raise forms.ValidationError(
                    say(
                        "ハッシュ値として読み取れません（{got} 文字）。16 進数で 64、96、128 文字のどれかです。",
                        "This is no digest ({got} characters). Expected 64, 96 or 128 hexadecimal digits.",
                        got=len(text),
                    )
                )
            found[name] = text
        return tuple(found.items())
