"""Forms into which people type texts: a My Number in one is cut out before anything else sees it (domain rule 10)."""

from __future__ import annotations

from typing import Any

from django import forms

from trustreg.base.forms import PageForm
from trustreg.base.words import say
from trustreg.parties.domain import my_number

_CHOSEN = (forms.ChoiceField, forms.UUIDField)


class TextForm(PageForm):
    """A form whose texts hold no My Number: it is cut out, never shown again, and its writer told at the field."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        self._cut: list[str] = []
        super().__init__(data, *args, **kwargs)
        if data is None:
            return
        clean = data.copy()
        for name, field in self.fields.items():
            key = self.add_prefix(name)
            typed = clean.get(key)
            if not isinstance(field, forms.CharField) or isinstance(field, _CHOSEN) or not isinstance(typed, str):
                continue
            rest = my_number.without(typed)
            if rest != typed:
                clean[key] = rest.strip()
                self._cut.append(name)
        self.data = clean

    def clean(self) -> dict[str, Any]:
        """Tell at each field from which something was cut."""
        values = super().clean() or self.cleaned_data
        for name in self._cut:
            self.errors.pop(name, None)  # what was cut explains better than that nothing is left
            self.add_error(name, cut_sentence())
        return values


def cut_sentence() -> str:
    """What is said where a My Number was."""
    return say(
        "We removed a 12-digit number that looks like My Number. Check what is left.",
    )
