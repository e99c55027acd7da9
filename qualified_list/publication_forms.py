"""The form of a reissue."""

from __future__ import annotations

from django import forms

from trustreg.base.forms import PageForm
from trustreg.base.words import lazy_say


class ReissueForm(PageForm):
    """An issue is public for ever: whoever asks for one says so."""

    sure = forms.BooleanField(label=lazy_say("I am sure: publish a new issue"))
