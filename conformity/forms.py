"""Forms of evidence: files of an organisation, one or many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from trustreg.base.forms import PageForm
from trustreg.base.words import lazy_either, lazy_say, say
from trustreg.conf import settings as conf
from trustreg.parties.domain import my_number


class _Files(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files. What is wrong with a content is for the service to say; a name may hold no My Number."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", lazy_either(*_limits()))
        super().__init__(
            widget=_Files(attrs={"multiple": True, "data-largest": conf.max_evidence_bytes}),
            allow_empty_file=True,
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """The files that arrived."""
        files = data if isinstance(data, list) else [data] if data else []
        if not files and self.required:
            super().clean(None, initial)
        for file in files:
            super().clean(file, initial)
            if my_number.found_in(file.name or ""):
                raise forms.ValidationError(
                    say(
                        "A file was not taken: its name holds a number that looks like My Number.",
                    )
                )
        return files


def _limits() -> tuple[str, str]:
    largest = f"{conf.max_evidence_bytes // 1_000_000} MB"
    return (
        f"合わせて {largest} まで。個人番号（マイナンバー）を含むファイルは受け取れません。",
        f"{largest} at most in all. Files that hold My Number are not accepted.",
    )


class UploadForm(PageForm):
    """Evidence for the store: new files, or the next version of one that is there."""

    uploads = FilesField(label=lazy_say("Files"))
    previous = forms.ChoiceField(
        label=lazy_say("Earlier version"),
        help_text=lazy_say(
            "If you choose one, the file becomes its next version. Choose a single file then.",
        ),
        required=False,
    )

    def __init__(self, *args: Any, earlier: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = ("", say("None: a new document"))
        self.fields["previous"].choices = [none, *earlier]  # type: ignore[attr-defined] # a ChoiceField
        if not earlier:
            del self.fields["previous"]

    def clean(self) -> dict[str, Any]:
        """A next version is one file."""
        values = super().clean() or self.cleaned_data
        if values.get("previous") and len(values.get("uploads") or []) > 1:
            self.add_error(
                "uploads",
                say(
                    "Choose a single file for the next version.",
                ),
            )
        return values
