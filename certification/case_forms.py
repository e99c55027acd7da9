"""Forms of the cases of an assessment body: results, findings, team, conclusion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django import forms

from certification.titles import CONCLUSIONS, GRADES, MEMBERS, OUTCOMES, Titles
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.findings import Grade
from conformity.models import MemberRole
from trustreg.base.forms import PageForm
from trustreg.base.widgets import area
from trustreg.base.words import Words, lazy_either, lazy_say
from trustreg.parties.domain.separation import Tie

LONGEST: Final = 4000  # as the API

TIES: Final[Titles] = {
    Tie.NONE: Words("利害関係はありません", "I have no tie to this provider"),
    Tie.EMPLOYMENT: Words("雇われている、または雇われていた", "I am or was employed there"),
    Tie.CONSULTING: Words("助言・受託をしている、またはしていた", "I advise or advised it, or worked for it"),
    Tie.OWNERSHIP: Words("株式や持分を持っている、または持っていた", "I own or owned a share of it"),
    Tie.FAMILY: Words("家族が関係している", "A member of my family is tied to it"),
    Tie.OTHER: Words("そのほかの関係がある", "Another tie"),
}


def _choices(values: Iterable[str], titles: Titles) -> list[tuple[str, Any]]:
    return [(str(value), lazy_either(titles[value].ja, titles[value].en)) for value in values]


def _text(rows: int, **attrs: str) -> forms.Textarea:
    return area(rows, **{"data-size": "s", "class": "tr-input", **attrs})


class ResultForm(PageForm):
    """What was found about one criterion and, if something is wanting, the finding. `seen`: version that was shown."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
    outcome = forms.ChoiceField(label=lazy_say("Result"), choices=_choices(Outcome, OUTCOMES), widget=forms.RadioSelect)
    evidence = forms.MultipleChoiceField(
        label=lazy_say("Evidence cited"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=lazy_say("Reasons"),
        help_text=lazy_say(
            "Needed unless it conforms. The report shows them.",
        ),
        required=False,
        max_length=LONGEST,
        widget=_text(3),
    )
    notes = forms.CharField(
        label=lazy_say("Notes of the team"),
        help_text=lazy_say("Only your body can read them."),
        required=False,
        max_length=LONGEST,
        widget=_text(2),
    )
    grade = forms.ChoiceField(
        label=lazy_say("Grade"),
        required=False,
        choices=[("", lazy_say("Choose")), *_choices(Grade, GRADES)],
        widget=forms.Select(attrs={"data-size": "s", "class": "tr-input"}),
    )
    statement = forms.CharField(
        label=lazy_say("Statement"),
        help_text=lazy_say("Write the fact, what the criterion asks, and the evidence."),
        required=False,
        max_length=LONGEST,
        widget=_text(4),
    )

    def __init__(self, *args: Any, evidence: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["evidence"]
        assert isinstance(choice, forms.MultipleChoiceField)  # noqa: S101 - declared above
        choice.choices = evidence
        choice.error_messages["invalid_choice"] = lazy_say("This evidence cannot be cited.")

    def clean(self) -> dict[str, Any]:
        """A finding has a grade and a statement, or neither."""
        values = super().clean() or {}
        if values.get("statement") and not values.get("grade"):
            self.add_error("grade", lazy_say("Choose: grade."))
        if values.get("grade") and not values.get("statement"):
            self.add_error("statement", lazy_say("Enter: statement."))
        return values


class AnswerForm(PageForm):
    """What the team says to a plan or a correction."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    text = forms.CharField(label=lazy_say("Answer of the team"), required=False, max_length=LONGEST, widget=_text(3))
    sure = forms.BooleanField(
        label=lazy_say(
            "I have verified the correction myself. Verifying closes the finding for good.",
        ),
        required=False,
    )


class RegradeForm(PageForm):
    """Another grade, by a second person, with a reason."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    grade = forms.ChoiceField(
        label=lazy_say("New grade"),
        choices=_choices(Grade, GRADES),
        widget=forms.Select(attrs={"data-size": "s", "class": "tr-input"}),
    )
    reason = forms.CharField(label=lazy_say("Reason"), max_length=LONGEST, widget=_text(2))


class MemberForm(PageForm):
    """One more member of the team."""

    person = forms.ChoiceField(label=lazy_say("Person of the body"))
    role = forms.ChoiceField(label=lazy_say("Part in the team"), choices=_choices(MemberRole, MEMBERS))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["person"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [("", lazy_say("Choose")), *people]


class DeclarationForm(PageForm):
    """One's own tie to the provider, or that there is none."""

    kind = forms.ChoiceField(
        label=lazy_say("Your tie to the provider"),
        choices=_choices(TIES, TIES),
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=lazy_say("Explanation"),
        help_text=lazy_say("If there is a tie."),
        required=False,
        max_length=LONGEST,
        widget=_text(3),
    )


class ConcludeForm(PageForm):
    """The conclusion of the decider."""

    conclusion = forms.ChoiceField(
        label=lazy_say("Conclusion"), choices=_choices(Conclusion, CONCLUSIONS), widget=forms.RadioSelect
    )
    summary = forms.CharField(
        label=lazy_say("Summary", sense="case forms"),
        help_text=lazy_say("It goes with the report. No names of persons."),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ReturnForm(PageForm):
    """Back to the team, with reasons."""

    reasons = forms.CharField(
        label=lazy_say("Reasons for returning"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
