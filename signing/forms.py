"""Forms of the page that checks documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from signing.domain.policies import load_policy, policy_names
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
        label=lazy_say("Drop a file here, or choose one"),
        allow_empty_file=True,
        error_messages={"required": ""},
    )
    document_type = forms.ChoiceField(
        label=lazy_say("Kind of document"),
        required=False,
        help_text=lazy_say(
            "We then also say whether the level that it needs is met. The table is an illustration, not law or advice.",
        ),
    )
    level = forms.ChoiceField(
        label=lazy_say("Level needed", sense="forms"),
        required=False,
        help_text=lazy_say(
            "Takes the place of the level that goes with the kind of document.",
        ),
    )
    at = forms.CharField(
        label=lazy_say("Time to check for (JST)"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "datetime-local", "step": "1", "data-width": "m"}),
        help_text=lazy_say(
            "Usually left empty. A result for a past time is hypothetical and is not kept.",
        ),
    )
    policy = forms.ChoiceField(
        label=lazy_say("Policy", sense="forms"),
        required=False,
        help_text=lazy_say("“Qualified only” passes nothing but qualified signatures, seals and time-stamps."),
    )
    detached = FilesField(
        label=lazy_say("The original, if the signature is a file of its own"),
        required=False,
        allow_empty_file=True,
        help_text=lazy_say(
            "Choose the signature or time-stamp above, and the document that it belongs to here.",
        ),
    )

    evidence = FilesField(
        label=lazy_say("Files with certificates and revocation information"),
        required=False,
        allow_empty_file=True,
        help_text=lazy_say(
            "CRLs, OCSP responses and certificates that the document does not hold (DER or PEM). "
            "They are checked like those inside it.",
        ),
    )

    def __init__(self, *args: Any, types: Sequence[DocumentType] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["document"].error_messages["required"] = say("Choose the file of the document to check.")
        fields["document_type"].choices = [("", say("None", sense="forms")), *_grouped(types)]
        fields["level"].choices = [
            ("", say("As the kind of document says")),
            ("qualified", say("Qualified")),
            ("specified", say("Specified or higher")),
        ]
        # A policy that demands a level asks what the field above asks.
        policies = [one for one in map(load_policy, policy_names()) if one.document_level is None]
        fields["policy"].choices = [(one.name, named(one.title)) for one in policies]


def _grouped(types: Sequence[DocumentType]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for level, words in _GROUPS:
        rows = [(row.code, named(row.names)) for row in types if row.level == level]
        if rows:
            yield str(words), rows


class DigestForm(PageForm):
    """A time-stamp, and the digest of the document that it belongs to."""

    prefix = "digest"

    token = forms.FileField(
        label=lazy_say("The time-stamp or signature"),
        help_text=lazy_say("Not the document: a file such as .tst or .tsr."),
        allow_empty_file=True,
    )
    value = forms.CharField(
        label=lazy_say("Digest of the document"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": "3", "spellcheck": "false", "autocomplete": "off"}),
        help_text=lazy_say(
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
                        "This is no digest ({got} characters). Expected 64, 96 or 128 hexadecimal digits.",
                        got=len(text),
                    )
                )
            found[name] = text
        return tuple(found.items())
