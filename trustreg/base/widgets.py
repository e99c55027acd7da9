"""Choices in boxes (`tr-choice`, ui.md 4), each with a help of its own; fields for several lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms


def area(rows: int, **attrs: str) -> forms.Textarea:
    """A field for several lines."""
    return forms.Textarea(attrs={"rows": rows, **attrs})


class _Boxed(forms.widgets.ChoiceWidget):
    """`helps`: value -> the line under its label; may be filled in later, by the form."""

    template_name = "components/choices.html"
    option_inherits_attrs = False

    def __init__(self, *args: Any, helps: Mapping[str, object] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helps: dict[str, object] = dict(helps or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option of the widget, with its help."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        return option | {"help": self.helps.get(str(value), "")}


class BoxedRadios(_Boxed, forms.RadioSelect):
    """One of several."""


class BoxedChecks(_Boxed, forms.CheckboxSelectMultiple):
    """Any of several."""
