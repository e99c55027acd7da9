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
from trustreg.base.widgets import BoxedChecks, BoxedRadios
from trustreg.base.words import Words, lazy_say, name_of, say
from trustreg.conf import settings as conf
from trustreg.parties.forms import TextForm
from trustreg.pki.trust import Usage

LONGEST: Final = 4000  # as the API
MAX_CERTIFICATE: Final = 100_000


def choices(values: Iterable[str], titles: Any) -> list[tuple[str, Any]]:
    """The choices of these values, named when they are shown."""
    return [(str(value), lazy_say(titles[value].ja, titles[value].en)) for value in values]


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


# Service

_NAME_JA = lazy_say("サービス名（日本語）", "Service name in Japanese")
_NAME_EN = lazy_say("サービス名（英語）", "Service name in English")
_LISTED = lazy_say(
    "署名つきリストに載ります。例：Hokuto Time-Stamping Service",
    "It appears on the signed list, for example: Hokuto Time-Stamping Service",
)


class ServiceForm(TextForm):
    """What the provider declares of a service."""

    name_ja = forms.CharField(label=_NAME_JA, max_length=200)
    name_en = forms.CharField(label=_NAME_EN, help_text=_LISTED, max_length=200, widget=forms.TextInput({"lang": "en"}))
    definition_ja = forms.CharField(
        label=lazy_say("説明のページ（日本語）", "Page that explains it, in Japanese"),
        help_text=lazy_say("https:// で始まるアドレス", "An address that begins with https://"),
        required=False,
        max_length=200,
        widget=forms.URLInput,
    )
    definition_en = forms.CharField(
        label=lazy_say("説明のページ（英語）", "Page that explains it, in English"),
        required=False,
        max_length=200,
        widget=forms.URLInput,
    )
    supply_points = forms.CharField(
        label=lazy_say("提供先のアドレス", "Addresses where it is supplied"),
        help_text=lazy_say("1 行に 1 つ、20 個まで", "One on each line, 20 at most"),
        required=False,
        max_length=LONGEST,
        widget=_area(3),
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
        label=lazy_say("サービスの種別", "Kind of service"),
        help_text=lazy_say("あとから変えられません。", "It cannot be changed later."),
        choices=choices(ServiceKind, SERVICE_KIND_TITLES),
        widget=BoxedRadios,
    )
    legal_basis = forms.ChoiceField(
        label=lazy_say("根拠となる制度", "Legal basis"),
        choices=choices(LegalBasis, LEGAL_BASES),
        initial=LegalBasis.SCHEME,
    )
    field_order = ("kind", "name_ja", "name_en", "legal_basis")


class ServiceChoiceForm(PageForm):
    """Which of one's services an application is for."""

    service = forms.ChoiceField(label=lazy_say("申請するサービス", "Service"), widget=BoxedRadios)

    def __init__(self, *args: Any, services: Sequence[tuple[Service, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["service"]
        field.choices = [(str(row.pk), name_of(row)) for row, _ in services]  # type: ignore[attr-defined] # a ChoiceField
        field.widget.helps = {str(row.pk): help_ for row, help_ in services}


# Level and body


class LevelForm(PageForm):
    """The level applied for, the use, and the body that assesses; only bodies accredited for it today."""

    target_level = forms.ChoiceField(label=lazy_say("求めるレベル", "Level applied for"), widget=BoxedRadios)
    usages = forms.MultipleChoiceField(
        label=lazy_say("証明書の用途", "What its certificates are for"), widget=BoxedChecks, required=False
    )
    cab = forms.ChoiceField(label=lazy_say("審査を頼む機関", "Body that assesses"))

    def __init__(self, *args: Any, service: Service, bodies: Sequence[Body], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = {str(body.organisation.pk): body for body in bodies}
        levels = [level for level in SERVICE_KINDS[ServiceKind(service.kind)].levels if level is not Level.OTHER]
        counts = criteria_counts(service.kind)
        level, usages, cab = (self.fields[name] for name in ("target_level", "usages", "cab"))
        level.choices = choices(levels, LEVELS)  # type: ignore[attr-defined] # a ChoiceField
        level.widget.helps = {
            str(each): say("{about}。{n} 基準", "{about}. {n} criteria", about=_ABOUT[each], n=counts.get(each, 0))
            for each in levels
        }
        if own_usages(service.kind):
            usages.choices = choices(Usage, USAGES)  # type: ignore[attr-defined] # a ChoiceField
            usages.required = True
        else:
            del self.fields["usages"]
        cab.choices = [("", say("選んでください", "Choose"))] + [  # type: ignore[attr-defined] # a ChoiceField
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
                    "{body}は、{level}の審査について認定されていません。別の機関かレベルを選んでください。",
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
    levels = say("・", ", ").join(str(LEVELS[level]) for level in body.levels)
    return say("{body}（{levels}）", "{body} ({levels})", body=name_of(body.organisation), levels=levels)


def level_facts(application: Application) -> dict[str, Any]:
    """What the form of level and body shows of an application now."""
    return {
        "target_level": application.target_level,
        "usages": list(application.usages),
        "cab": str(application.cab_id),
    }


class StartForm(LevelForm):
    """The beginning of an application."""

    kind = forms.ChoiceField(label=lazy_say("申請の種別", "Kind of application"), widget=BoxedRadios)
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
        label=lazy_say("証明書のファイル", "Certificate file"),
        help_text=lazy_say("PEM または DER、100 KB まで", "PEM or DER, 100 KB at most"),
        required=False,
        allow_empty_file=True,
    )
    text = forms.CharField(
        label=lazy_say("証明書（PEM の文字）", "Certificate as PEM text"),
        help_text=lazy_say("ファイルの代わりに貼り付けられます。", "Paste it instead of a file."),
        required=False,
        max_length=MAX_CERTIFICATE,
        widget=_area(5),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, of a size that a certificate has."""
        values = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = values.get("file")
        if file is not None and not file.size:
            self.add_error(
                "file", say("届いたファイルは空でした（0 バイト）。", "The file that arrived is empty (0 bytes).")
            )
        elif file is not None and file.size and file.size > MAX_CERTIFICATE:
            self.add_error(
                "file",
                say(
                    "届いたファイルは {size} です。証明書は 100 KB までです。",
                    "The file that arrived has {size}. A certificate has 100 KB at most.",
                    size=filesizeformat(file.size),
                ),
            )
        elif file is None and not values.get("text", "").strip():
            self.add_error(
                "file",
                say(
                    "証明書のファイルを選ぶか、PEM を貼り付けてください。",
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
        label=lazy_say("文書の種類", "Kind of document"),
        choices=[("", lazy_say("選んでください", "Choose")), *choices(DocumentKind, DOCUMENT_KINDS)],
    )
    title = forms.CharField(
        label=lazy_say("文書の題名", "Title of the document"),
        help_text=lazy_say(
            "空のままなら、ファイル名が題名になります。同じ種類と題名の文書は、新しい版になります。",
            "Without one, the file name is the title. The same kind and title again is a new version.",
        ),
        required=False,
        max_length=200,
    )
    uploads = FilesField(label=lazy_say("ファイル", "Files"), required=False)
    stored = forms.ChoiceField(
        label=lazy_say("証拠の保管庫から選ぶ", "From the evidence store"),
        help_text=lazy_say(
            "前に提出したファイルを、もう一度送らずに使えます。",
            "Use a file handed in before, without sending it again.",
        ),
        required=False,
    )

    def __init__(self, *args: Any, stored: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = ("", say("選ばない", "None"))
        self.fields["stored"].choices = [none, *stored]  # type: ignore[attr-defined] # a ChoiceField
        if not stored:
            del self.fields["stored"]

    def clean(self) -> dict[str, Any]:
        """At least one file, or one that is there already; a title for one of them at most."""
        values = super().clean() or self.cleaned_data
        files = values.get("uploads") or []
        if "uploads" not in self.errors and not files and not values.get("stored"):
            self.add_error("uploads", say("ファイルを選んでください。", "Choose a file."))
        if values.get("title") and len(files) > 1:
            self.add_error(
                "title",
                say(
                    "題名は、ファイルが 1 つのときだけ付けられます。空にするか、1 つずつ送ってください。",
                    "One title suits one file. Leave it empty, or send the files one by one.",
                ),
            )
        return values


def document_words(row: ApplicationEvidence) -> str:
    """A document with its version."""
    return say("{title} 第 {n} 版", "{title}, version {n}", title=row.title, n=row.version)


# Acts


class ReasonsForm(TextForm):
    """An act that says why."""

    reasons = forms.CharField(
        label=lazy_say("理由", "Reasons"),
        help_text=lazy_say(
            "事業者に見えます。何を直せばよいかを書いてください。", "The provider reads them. Say what to mend."
        ),
        max_length=LONGEST,
        widget=_area(6),
    )


class WithdrawForm(TextForm):
    """Giving up, which cannot be undone."""

    reasons = forms.CharField(label=lazy_say("理由", "Reasons"), required=False, max_length=LONGEST, widget=_area(4))
    sure = forms.BooleanField(
        label=lazy_say("取り下げは元に戻せないことを確かめました", "I know that this cannot be undone")
    )


class DeclarationForm(PageForm):
    """What an officer declares with the submission."""

    declares = forms.BooleanField(
        label=lazy_say(
            "欠格事由に当たらないこと、申請の内容が事実であることを宣言します",
            "I declare that no ground for disqualification exists and that what is stated is true",
        )
    )


# Findings


class PlanForm(TextForm):
    """How and by when a finding is corrected."""

    text = forms.CharField(
        label=lazy_say("是正計画", "Corrective plan"),
        help_text=lazy_say(
            "原因、直し方、いつまでに直すかを書いてください。", "Say the cause, how it will be mended, and by when."
        ),
        max_length=LONGEST,
        widget=_area(6),
    )


class CorrectionForm(TextForm):
    """What was corrected, with evidence."""

    text = forms.CharField(
        label=lazy_say("是正の内容", "What was corrected"),
        help_text=lazy_say(
            "何をどう直したかと、証拠のどこを見ればよいかを書いてください。",
            "Say what was mended, and where the evidence shows it.",
        ),
        max_length=LONGEST,
        widget=_area(6),
    )
    evidence = forms.MultipleChoiceField(
        label=lazy_say("この申請の証拠から選ぶ", "From the evidence of this application"),
        required=False,
        widget=BoxedChecks,
    )
    uploads = FilesField(label=lazy_say("新しいファイル", "New files"), required=False)

    def __init__(self, *args: Any, documents: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = list(documents)  # type: ignore[attr-defined] # a ChoiceField
        if not documents:
            del self.fields["evidence"]


def max_file() -> str:
    """The largest file in words: `50 MB`."""
    return f"{conf.max_evidence_bytes // 1_000_000} MB"
