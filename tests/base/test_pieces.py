"""The tags of `{% load ui %}` that hold markup: they escape what is given, and say in words what colour says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from trustreg.base.forms import PageForm
from trustreg.base.lanes import Band, lane

HOSTILE = '"><script>'


def drawn(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context({"x": HOSTILE, **values}))


@pytest.mark.parametrize(
    "source",
    [
        '{% notice "warn" x role=x %}{{ x }}{% endnotice %}',
        "{% more x note=x anchor=x %}{{ x }}{% endmore %}",
        "{% fold x icon_name=x %}{{ x }}{% endfold %}",
        "{% empty x x %}{{ x }}{% endempty %}",
        "{% fact x %}{{ x }}{% endfact %}",
        '{% event "ok" x x %}{{ x }}{% endevent %}',
        "{% link_of_chain x x x %}{{ x }}{% endlink_of_chain %}",
        '{% change "mod" %}{{ x }}{% endchange %}',
        '{% check "bad" x word=x %}{{ x }}{% endcheck %}',
        "{% task x x x %}{{ x }}{% endtask %}",
        "{% steps steps 2 x %}",
        "{% progress 1 2 x left=x right=x %}",
        "{% tile x x unit=x note=x %}",
        "{% code x x %}",
        "{% tabs tabs x %}",
    ],
)
def test_what_is_given_to_a_tag_is_text(source):
    shown = drawn(source, steps=[HOSTILE] * 3, tabs=[{"url": HOSTILE, "label": HOSTILE, "current": True}])
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_the_steps_tell_what_is_done_and_where_the_case_stands():
    shown = drawn("{% steps names 2 'x' %}", names=["a", "b", "c"])
    assert shown.count('data-state="done"') == 1
    assert shown.count('aria-current="step"') == 1
    assert "Done" in shown or "完了" in shown


def test_the_lane_says_in_a_sentence_what_it_draws():
    bands = [
        Band(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC), "ok", "Valid"),
        Band(datetime(2026, 6, 1, tzinfo=UTC), None, "warn", "Suspended"),
    ]
    with translation.override("en"):
        shown = lane(bands, bands[0].starts, datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    assert "Valid from 2026-04-01 to 2026-06-01, Suspended from 2026-06-01. The chosen time is 2026-07-01." in shown
    assert 'x="50.0%" y="26" width="50.0%" height="22"' in shown
    assert shown.count("tr-svg-hatch") == 1


def test_a_lane_of_no_length_and_a_time_outside_of_it_are_drawn_too():
    moment = datetime(2026, 4, 1, tzinfo=UTC)
    shown = lane([Band(moment, None, "bad", "x")], moment, moment, datetime(2025, 1, 1, tzinfo=UTC))
    assert "tr-svg-bad" in shown
    assert "tr-svg-now" not in shown


class Choices(PageForm):
    one = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure")
    since = forms.CharField(max_length=40, required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    paper = forms.FileField(widget=forms.FileInput, help_text="help")


def test_choices_are_labelled_boxes_and_the_summary_leads_to_the_first_of_them():
    form = Choices({})
    shown = drawn("{% error_summary form %}{{ form.one.as_field_group }}{{ form.sure.as_field_group }}", form=form)
    assert 'href="#id_one_0"' in shown
    assert '<label class="tr-choice" data-boxed for="id_one_0"><input type="radio"' in shown
    assert shown.count("aria-required") == 1  # radio buttons know no such attribute
    assert '<label class="tr-choice" data-boxed for="id_sure"><input type="checkbox"' in shown


def test_the_drop_is_a_file_input_with_its_help_and_error():
    shown = drawn("{% drop form.paper 'T' %}more{% enddrop %}", form=Choices({}))
    assert 'type="file"' in shown
    assert 'for="id_paper"' in shown
    assert 'aria-describedby="id_paper_helptext id_paper_error"' in shown
    assert shown.count('id="id_paper_helptext"') == shown.count('id="id_paper_error"') == 1


def test_only_an_input_that_is_typed_into_has_a_longest_text():
    assert "maxlength" not in drawn("{{ form.since }}", form=Choices())
