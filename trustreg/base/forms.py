"""Forms of pages: one markup, one wording of errors, and the errors of services at the field they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.datastructures import MultiValueDict

from trustreg.base.errors import TrustregError
from trustreg.base.words import language, say


class Renderer(TemplatesSetting):
    """`templates/django/forms/field.html` is the one place that knows the markup of a field (ui.md 4, `tr-field`)."""

    field_template_name = "django/forms/field.html"


class PageForm(forms.Form):
    """A form of a page. Labels and helps are `lazy_say`; `error_summary` feeds `components/errors.html`."""

    use_required_attribute = False  # the server explains in both languages; the browser would in its own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _required(field)
            if getattr(field.widget, "input_type", "text") not in _TYPED:
                field.widget.attrs.pop("maxlength", None)
            look = _look(field.widget)
            if look:
                field.widget.attrs.setdefault("class", look)
            if field.required and (look or isinstance(field.widget, forms.CheckboxInput)):  # no attribute of groups
                field.widget.attrs.setdefault("aria-required", "true")

    def full_clean(self) -> None:
        """Of two answers to one question nobody can tell which was meant; Django would take the last."""
        super().full_clean()
        if not self.is_bound:
            return
        sent = [part for part in (self.data, self.files) if isinstance(part, MultiValueDict)]
        for name, field in self.fields.items():
            place = self.add_prefix(name)
            several = any(len(part.getlist(place)) > 1 for part in sent)
            if several and not getattr(field.widget, "allow_multiple_selected", False):
                self.add_error(name, say("This came more than once. Give one answer."))

    def refuse(self, error: TrustregError) -> None:
        """Show what a service refused: at the fields that the error names, else above the form."""
        lang = language()
        whole = error.ja if lang == "ja" else error.en
        placed = False
        for place, texts in error.fields.items():
            name = place.partition(".")[0]  # `evidence.2`: one of the files of a field
            if name in self.fields:
                self.add_error(name, texts.get(lang) or whole)
                placed = True
        if not placed:
            self.add_error(None, whole)

    def error_summary(self) -> Iterator[tuple[str, str]]:
        """(id of the control or "", sentence) of each fault, in the order of the form."""
        for sentence in self.non_field_errors():
            yield "", str(sentence)
        for bound in self:
            first = f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label
            for sentence in bound.errors:
                yield first, str(sentence)


_TYPED = ("text", "search", "email", "url", "tel", "password")  # inputs that may have a `maxlength`


def _look(widget: forms.Widget) -> str:
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxInput, forms.CheckboxSelectMultiple)):
        return ""
    return "tr-file" if isinstance(widget, forms.FileInput) else "tr-input"


def _required(field: forms.Field) -> str:
    label = str(field.label or "")
    if language() == "en":
        label = label[:1].lower() + label[1:]
    if isinstance(field, forms.FileField):
        return say("Choose a file: {label}.", label=label)
    if isinstance(field, (forms.ChoiceField, forms.BooleanField)):
        return say("Choose: {label}.", label=label)
    return say("Enter: {label}.", label=label)


def required_word(field: forms.Field) -> str:
    """The mark beside a label."""
    return say("required") if field.required else say("optional")
