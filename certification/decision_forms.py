"""Forms of decisions: the proposal of each kind, the approval of a hash, the return, the urgent suspension."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django import forms

from certification.domain.decisions import DecisionContent, ServiceState
from certification.models import Incident
from certification.titles import GRADES, SEVERITIES, USAGES
from conformity.models import Finding
from trustreg.base.widgets import BoxedChecks, BoxedRadios, area
from trustreg.base.words import lazy_say, say
from trustreg.parties.forms import TextForm

LONGEST: Final = 4000  # as the API
_JST: Final = ZoneInfo("Asia/Tokyo")
_SHOWN: Final = 80


def end_of_day(moment: datetime) -> str:
    """The last day of a half-open period that ends at this time, as the field of a date holds it."""
    return (moment.astimezone(_JST) - timedelta(seconds=1)).date().isoformat()


def until_words(moment: datetime) -> str:
    """Until when a grant holds: the last day where it ends with the day, else the exact time."""
    local = moment.astimezone(_JST)
    if local.time() == time():
        return say("to the end of {day}", day=end_of_day(moment))
    return say("until {at} JST", at=local.strftime("%Y-%m-%d %H:%M"))


class ReasonsForm(TextForm):
    """Why something is decided, in both languages: it becomes public."""

    reasons_ja = forms.CharField(
        label=lazy_say("Reasons in Japanese"),
        help_text=lazy_say("Published as it is."),
        max_length=LONGEST,
        widget=area(5, lang="ja"),
    )
    reasons_en = forms.CharField(
        label=lazy_say("Reasons in English"),
        help_text=lazy_say("Published as it is."),
        max_length=LONGEST,
        widget=area(5, lang="en"),
    )

    @property
    def reasons(self) -> dict[str, str]:
        """What was typed, whether it is complete or not."""
        return {name: str(self[f"reasons_{name}"].value() or "").strip() for name in ("ja", "en")}


class CaseForm(ReasonsForm):
    """A decision on an application: what it asks for, or a rejection."""

    outcome = forms.ChoiceField(label=lazy_say("What to decide"), widget=BoxedRadios)
    valid_until = forms.DateField(
        label=lazy_say("Last day of the grant"),
        help_text=lazy_say("Valid until the end of this day, Japanese time."),
        required=False,
        widget=forms.DateInput({"type": "date", "data-width": "s"}, format="%Y-%m-%d"),
    )
    field_order = ("outcome", "valid_until")

    def __init__(self, *args: Any, outcomes: list[tuple[str, str]], dated: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["outcome"])
        field.choices = outcomes
        if len(outcomes) == 1:
            field.required, field.widget, field.initial = False, forms.HiddenInput(), outcomes[0][0]
        if not dated:
            del self.fields["valid_until"]

    @property
    def end(self) -> datetime | None:
        """The end of the grant, as a half-open period has it; None while no day is there to read."""
        if "valid_until" not in self.fields:
            return None
        if self.is_bound:
            day = self.cleaned_data.get("valid_until")
        else:
            text = str(self["valid_until"].value() or "")
            day = date.fromisoformat(text) if text else None
        return datetime.combine(day + timedelta(days=1), time(), _JST) if day else None


def finding_label(row: Finding) -> str:
    """`F2 重大：…` in the active language."""
    text = row.statement if len(row.statement) <= _SHOWN else f"{row.statement[:_SHOWN]}…"
    return say("F{n} {grade}: {text}", n=row.number, grade=GRADES[row.grade], text=text)


def incident_label(row: Incident) -> str:
    """`2026-11-20 重い：…` in the active language."""
    text = row.summary if len(row.summary) <= _SHOWN else f"{row.summary[:_SHOWN]}…"
    return say(
        "{day} {severity}: {text}",
        day=row.reported_at.astimezone(_JST).date().isoformat(),
        severity=SEVERITIES[row.severity],
        text=text,
    )


class StepForm(ReasonsForm):
    """A decision without an application that changes the status alone; it may cite findings and incidents."""

    findings = forms.MultipleChoiceField(label=lazy_say("Findings it rests on"), required=False, widget=BoxedChecks)
    incidents = forms.MultipleChoiceField(
        label=lazy_say("Incident reports it rests on"), required=False, widget=BoxedChecks
    )

    def __init__(self, *args: Any, findings: Iterable[Finding], incidents: Iterable[Incident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("findings", [(str(row.pk), finding_label(row)) for row in findings]),
            ("incidents", [(str(row.pk), incident_label(row)) for row in incidents]),
        ):
            cast("forms.MultipleChoiceField", self.fields[name]).choices = choices
            if not choices:
                del self.fields[name]


class UrgentForm(StepForm):
    """A suspension at once, on one signature."""

    sure = forms.BooleanField(label=lazy_say("I am sure: suspend at once and publish the suspension"))


class ChangeForm(ReasonsForm):
    """A change of what stands without an application: names, addresses, a narrower scope, fewer keys."""

    name_ja = forms.CharField(label=lazy_say("Service name in Japanese"), max_length=200)
    name_en = forms.CharField(
        label=lazy_say("Service name in English"),
        max_length=200,
        widget=forms.TextInput({"lang": "en"}),
    )
    usages = forms.MultipleChoiceField(
        label=lazy_say("Usages"),
        help_text=lazy_say(
            "You can only remove. More needs an assessed application.",
        ),
        widget=BoxedChecks,
    )
    certificates = forms.MultipleChoiceField(
        label=lazy_say("Keys that stay"),
        help_text=lazy_say("A key that you leave out is withdrawn on the trusted list."),
        widget=BoxedChecks,
    )
    supply_points = forms.CharField(
        label=lazy_say("Addresses where it is supplied"),
        help_text=lazy_say("One on each line, 20 at most"),
        required=False,
        max_length=LONGEST,
        widget=area(3),
    )
    definition_ja = forms.URLField(
        label=lazy_say("Page that explains it, in Japanese"),
        required=False,
        max_length=200,
        assume_scheme="https",
    )
    definition_en = forms.URLField(
        label=lazy_say("Page that explains it, in English"),
        required=False,
        max_length=200,
        assume_scheme="https",
    )
    field_order = (
        "name_ja", "name_en", "usages", "certificates", "supply_points", "definition_ja", "definition_en",
    )  # fmt: skip

    def __init__(self, *args: Any, before: ServiceState, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("usages", [(str(usage), str(USAGES[usage])) for usage in before.usages]),
            (
                "certificates",
                [
                    (key.certificate_sha256, f"{key.subject}  {key.certificate_sha256[:8]}…")
                    for key in before.identities
                ],
            ),
        ):
            cast("forms.MultipleChoiceField", self.fields[name]).choices = choices
            if not choices:
                del self.fields[name]

    def parts(self) -> dict[str, Any]:
        """The arguments of `draft_change`, from what was typed so far."""
        typed = getattr(self, "cleaned_data", {})
        parts: dict[str, Any] = {}
        if typed.get("name_ja") and typed.get("name_en"):
            parts["names"] = {"ja": typed["name_ja"], "en": typed["name_en"]}
        for name in ("usages", "certificates"):
            if typed.get(name):
                parts[name] = typed[name]
        if "supply_points" in typed:
            parts["supply_points"] = [line.strip() for line in typed["supply_points"].splitlines() if line.strip()][:20]
        if {"definition_ja", "definition_en"} <= typed.keys():
            pages = {"ja": typed["definition_ja"], "en": typed["definition_en"]}
            parts["definition_uri"] = {lang: uri for lang, uri in pages.items() if uri}
        return parts


def state_as_typed(state: ServiceState) -> dict[str, Any]:
    """What the form of a change shows of a state."""
    pages = state.definition_uri or {}
    return {
        "name_ja": state.names.get("ja", ""),
        "name_en": state.names.get("en", ""),
        "usages": [str(usage) for usage in state.usages],
        "certificates": [key.certificate_sha256 for key in state.identities],
        "supply_points": "\n".join(state.supply_points),
        "definition_ja": pages.get("ja", ""),
        "definition_en": pages.get("en", ""),
    }


def content_as_typed(content: DecisionContent) -> dict[str, Any]:
    """What the form of a proposal shows of a draft that is edited."""
    typed: dict[str, Any] = {f"reasons_{lang}": content.reasons.get(lang, "") for lang in ("ja", "en")}
    typed |= {"findings": list(content.cites.findings), "incidents": list(content.cites.incidents)}
    if content.state is not None:
        typed |= state_as_typed(content.state)
        if content.state.valid_until is not None:
            typed["valid_until"] = end_of_day(content.state.valid_until)
    return typed


class ApproveForm(TextForm):
    """The second person's yes to the hash that they were shown."""

    content_sha256 = forms.RegexField("^[0-9a-f]{64}$", widget=forms.HiddenInput)
    read = forms.BooleanField(label=lazy_say("I have checked what is published and why"))
    free = forms.BooleanField(label=lazy_say("I have no conflict of interest with this applicant"))


class ReturnForm(TextForm):
    """Back to its proposer."""

    reasons = forms.CharField(label=lazy_say("Why you return it"), max_length=LONGEST, widget=area(3))


class DropForm(TextForm):
    """Giving a proposal up."""

    sure = forms.BooleanField(label=lazy_say("I give this proposal up"))
