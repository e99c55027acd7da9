"""Forms of applications: service, identity, level and body, evidence, declaration, and the acts of receivers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from certification.domain.service_types import own_usages
from certification.domain.values import DocumentKind, LegalBasis
from certification.models import Application, ApplicationEvidence, Service
from certification.selectors import Body, criteria_counts
from certification.titles import APPLICATION_KINDS, DOCUMENT_KINDS, LEGAL_BASES, LEVELS, SERVICE_KIND_TITLES, USAGES
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind
from conformity.forms import FilesField
from trustreg.base.forms import PageForm
from trustreg.base.widgets import BoxedChecks, BoxedRadios, area
from trustreg.base.words import Words, lazy_either, lazy_say, name_of, say
from trustreg.conf import settings as conf
from trustreg.parties.forms import TextForm
from trustreg.pki.trust import Usage

LONGEST: Final = 4000  # as the API
MAX_CERTIFICATE: Final = 100_000


def choices(values: Iterable[str], titles: Any) -> list[tuple[str, Any]]:
    """The choices of these values, named when they are shown."""
    return [(str(value), lazy_either(titles[value].ja, titles[value].en)) for value in values]


# Service

_NAME_JA = lazy_say("Service name in Japanese")
_NAME_EN = lazy_say("Service name in English")
_LISTED = lazy_say(
    "It appears on the signed list, for example: Hokuto Time-Stamping Service",
)


class ServiceForm(TextForm):
    """What the provider declares of a service."""

    name_ja = forms.CharField(label=_NAME_JA, max_length=200)
    name_en = forms.CharField(label=_NAME_EN, help_text=_LISTED, max_length=200, widget=forms.TextInput({"lang": "en"}))
    definition_ja = forms.CharField(
        label=lazy_say("Page that explains it, in Japanese"),
        help_text=lazy_say("An address that begins with https://"),
        required=False,
        max_length=200,
        widget=forms.URLInput,
    )
    definition_en = forms.CharField(
        label=lazy_say("Page that explains it, in English"),
        required=False,
        max_length=200,
        widget=forms.URLInput,
    )
    supply_points = forms.CharField(
        label=lazy_say("Addresses where it is supplied"),
        help_text=lazy_say("One on each line, 20 at most"),
        required=False,
        max_length=LONGEST,
        widget=area(3),
    )

    def values(self) -> dict[str, Any]:
        """The arguments of `service_register` and `service_update`."""
        typed = self.cleaned_data
        return {
            "name_ja": typed["name_ja"],
            "name_en": typed["name_en"],
            "definition_uri": {"ja": typed["definition_ja"], "en": typed["definition_en"]},
            "supply_points": typed["supply_points"].splitlines()[:20],
        }


def service_facts(service: Service) -> dict[str, str]:
    """What the form of a service shows of it now."""
    return {
        "name_ja": service.name_ja,
        "name_en": service.name_en,
        "definition_ja": service.definition_uri_ja,
        "definition_en": service.definition_uri_en,
        "supply_points": "\n".join(service.supply_points),
    }


class NewServiceForm(ServiceForm):
    """A service that is registered for the first time; its kind never changes."""

    kind = forms.ChoiceField(
        label=lazy_say("Kind of service", sense="forms"),
        help_text=lazy_say("It cannot be changed later."),
        choices=choices(ServiceKind, SERVICE_KIND_TITLES),
        widget=BoxedRadios,
    )
    legal_basis = forms.ChoiceField(
        label=lazy_say("Legal basis"),
        choices=choices(LegalBasis, LEGAL_BASES),
        initial=LegalBasis.SCHEME,
    )
    field_order = ("kind", "name_ja", "name_en", "legal_basis")


class ServiceChoiceForm(PageForm):
    """Which of one's services an application is for."""

    service = forms.ChoiceField(label=lazy_say("Service", sense="forms"), widget=BoxedRadios)

    def __init__(self, *args: Any, services: Sequence[tuple[Service, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        field.choices = [(str(row.pk), name_of(row)) for row, _ in services]  # type: ignore[attr-defined] # a ChoiceField
        field.widget.helps = {str(row.pk): help_ for row, help_ in services}


# Level and body


class LevelForm(PageForm):
    """The level applied for, the use, and the body that assesses; only bodies accredited for it today."""

    target_level = forms.ChoiceField(label=lazy_say("Level applied for"), widget=BoxedRadios)
    usages = forms.MultipleChoiceField(
        label=lazy_say("What its certificates are for"), widget=BoxedChecks, required=False
    )
    cab = forms.ChoiceField(label=lazy_say("Body that assesses", sense="forms"))

    def __init__(self, *args: Any, service: Service, bodies: Sequence[Body], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = {str(body.organisation.pk): body for body in bodies}
        levels = [level for level in SERVICE_KINDS[ServiceKind(service.kind)].levels if level is not Level.OTHER]
        counts = criteria_counts(service.kind)
        level, usages, cab = (self.fields[name] for name in ("target_level", "usages", "cab"))
        level.choices = choices(levels, LEVELS)  # type: ignore[attr-defined] # a ChoiceField
        level.widget.helps = {
            str(each): say("{about}. {n} criteria", about=_ABOUT[each], n=counts.get(each, 0)) for each in levels
        }
        if own_usages(service.kind):
            usages.choices = choices(Usage, USAGES)  # type: ignore[attr-defined] # a ChoiceField
            usages.required = True
        else:
            del self.fields["usages"]
        cab.choices = [("", say("Choose"))] + [  # type: ignore[attr-defined] # a ChoiceField
            (key, _body_words(body)) for key, body in self.bodies.items()
        ]

    def clean(self) -> dict[str, Any]:
        """The body must be accredited for the level."""
        values = super().clean() or self.cleaned_data
        body, level = self.bodies.get(values.get("cab", "")), values.get("target_level")
        if body and level and level not in body.levels:
            self.add_error(
                "cab",
                say(
                    "{body} is not accredited to assess the level {level}. Choose another body or level.",
                    body=name_of(body.organisation),
                    level=LEVELS[level],
                ),
            )
        return values


_ABOUT: Final = {
    Level.QUALIFIED: Words("書面でもっとも確かな方法と同等", "Equal to the surest way on paper"),
    Level.SPECIFIED: Words("定めた技術要件を満たす", "Meets the technical requirements"),
}


def _body_words(body: Body) -> str:
    levels = say(", ", sense="case criterion").join(str(LEVELS[level]) for level in body.levels)
    return say("{body} ({levels})", body=name_of(body.organisation), levels=levels)


def level_facts(application: Application) -> dict[str, Any]:
    """What the form of level and body shows of an application now."""
    return {
        "target_level": application.target_level,
        "usages": list(application.usages),
        "cab": str(application.cab_id),
    }


class StartForm(LevelForm):
    """The beginning of an application."""

    kind = forms.ChoiceField(label=lazy_say("Kind of application"), widget=BoxedRadios)
    field_order = ("kind",)

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        field.choices = choices(kinds, APPLICATION_KINDS)  # type: ignore[attr-defined] # a ChoiceField
        if len(kinds) == 1:
            field.initial = kinds[0]


# Identity


class IdentityForm(PageForm):
    """A certificate of a key of the service, as a file or as text."""

    file = forms.FileField(
        label=lazy_say("Certificate file"),
        help_text=lazy_say("PEM or DER, 100 KB at most"),
        required=False,
        allow_empty_file=True,
    )
    text = forms.CharField(
        label=lazy_say("Certificate as PEM text"),
        help_text=lazy_say("Paste it instead of a file."),
        required=False,
        max_length=MAX_CERTIFICATE,
        widget=area(5),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, of a size that a certificate has."""
        values = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = values.get("file")
        if file is not None and not file.size:
            self.add_error("file", say("The file that arrived is empty (0 bytes)."))
        elif file is not None and file.size and file.size > MAX_CERTIFICATE:
            self.add_error(
                "file",
                say(
                    "The file that arrived has {size}. A certificate has 100 KB at most.",
                    size=filesizeformat(file.size),
                ),
            )
        elif file is None and not values.get("text", "").strip():
            self.add_error(
                "file",
                say(
                    "Choose a certificate file, or paste its PEM.",
                ),
            )
        return values

    def certificate(self) -> bytes | str:
        """What was handed in."""
        file: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        return file.read() if file is not None else str(self.cleaned_data["text"])


# Evidence


class DocumentForm(TextForm):
    """Files for an application; each becomes a document, or the next version of the one with its kind and title."""

    kind = forms.ChoiceField(
        label=lazy_say("Kind of document"),
        choices=[("", lazy_say("Choose")), *choices(DocumentKind, DOCUMENT_KINDS)],
    )
    title = forms.CharField(
        label=lazy_say("Title of the document"),
        help_text=lazy_say(
            "Without one, the file name is the title. The same kind and title again is a new version.",
        ),
        required=False,
        max_length=200,
    )
    uploads = FilesField(label=lazy_say("Files"), required=False)
    stored = forms.ChoiceField(
        label=lazy_say("From the evidence store"),
        help_text=lazy_say(
            "Use a file handed in before, without sending it again.",
        ),
        required=False,
    )

    def __init__(self, *args: Any, stored: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = ("", say("None", sense="forms"))
        self.fields["stored"].choices = [none, *stored]  # type: ignore[attr-defined] # a ChoiceField
        if not stored:
            del self.fields["stored"]

    def clean(self) -> dict[str, Any]:
        """At least one file, or one that is there already; a title for one of them at most."""
        values = super().clean() or self.cleaned_data
        files = values.get("uploads") or []
        if "uploads" not in self.errors and not files and not values.get("stored"):
            self.add_error("uploads", say("Choose a file."))
        if values.get("title") and len(files) > 1:
            self.add_error(
                "title",
                say(
                    "One title suits one file. Leave it empty, or send the files one by one.",
                ),
            )
        return values


def document_words(row: ApplicationEvidence) -> str:
    """A document with its version."""
    return say("{title}, version {n}", title=row.title, n=row.version)


# Acts


class ReasonsForm(TextForm):
    """An act that says why."""

    reasons = forms.CharField(
        label=lazy_say("Reasons"),
        help_text=lazy_say("The provider reads them. Say what to mend."),
        max_length=LONGEST,
        widget=area(6),
    )


class WithdrawForm(TextForm):
    """Giving up, which cannot be undone."""

    reasons = forms.CharField(label=lazy_say("Reasons"), required=False, max_length=LONGEST, widget=area(4))
    sure = forms.BooleanField(label=lazy_say("I know that this cannot be undone"))


class DeclarationForm(PageForm):
    """What an officer declares with the submission."""

    declares = forms.BooleanField(
        label=lazy_say(
            "I declare that no ground for disqualification exists and that what is stated is true",
        )
    )


# Findings


class PlanForm(TextForm):
    """How and by when a finding is corrected."""

    text = forms.CharField(
        label=lazy_say("Corrective plan"),
        help_text=lazy_say("Say the cause, how it will be mended, and by when."),
        max_length=LONGEST,
        widget=area(6),
    )


class CorrectionForm(TextForm):
    """What was corrected, with evidence."""

    text = forms.CharField(
        label=lazy_say("What was corrected"),
        help_text=lazy_say(
            "Say what was mended, and where the evidence shows it.",
        ),
        max_length=LONGEST,
        widget=area(6),
    )
    evidence = forms.MultipleChoiceField(
        label=lazy_say("From the evidence of this application"),
        required=False,
        widget=BoxedChecks,
    )
    uploads = FilesField(label=lazy_say("New files"), required=False)

    def __init__(self, *args: Any, documents: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = list(documents)  # type: ignore[attr-defined] # a ChoiceField
        if not documents:
            del self.fields["evidence"]


def max_file() -> str:
    """The largest file in words: `50 MB`."""
    return f"{conf.max_evidence_bytes // 1_000_000} MB"
