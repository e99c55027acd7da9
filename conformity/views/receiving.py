"""Taking files out of a form: each by itself, and for one that is not taken what arrived and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.template.defaultfilters import filesizeformat

from trustreg.base.errors import NotPermitted, TrustregError
from trustreg.base.words import either, say


def receive(form: Form, field: str, store: Callable[[Any, str], None]) -> int:
    """Hand every file of a valid form to `store(content, name)`; what it refuses is said at the field.

    Returns how many were taken. Whoever may not hand in at all gets NotPermitted.
    """
    taken = 0
    for file in form.cleaned_data.get(field) or ():
        try:
            store(file, file.name or "")
        except NotPermitted:
            raise
        except TrustregError as error:
            form.add_error(field, _refusal(file, error))
        else:
            taken += 1
    return taken


def _refusal(file: UploadedFile[bytes], error: TrustregError) -> str:
    return say(
        "“{name}” ({size} arrived) was not taken. {why}",
        name=file.name,
        size=filesizeformat(file.size or 0).replace("\xa0", " "),
        why=either(error.ja, error.en),
    )
