"""Organisations, people and OID arcs enter the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import IntegrityError, transaction

from trustreg.base import corporate_number, events
from trustreg.base.errors import Conflict, InvalidInput
from trustreg.parties import selectors
from trustreg.parties.domain import my_number, oid
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import REGISTER_ARC, REGISTER_ORGANISATION, REGISTER_PERSON, OrganisationKind
from trustreg.parties.domain.tags import Tag
from trustreg.parties.models import OidArc, Organisation, Person

Sentences = dict[str, dict[str, str]]

_REQUIRED = {"en": "A value is needed.", "ja": "入力してください。"}
_MY_NUMBER = {
    "en": "This holds a 12-digit value with the check digit of a My Number, which is never stored here; remove it.",
    "ja": "マイナンバーの検査数字に合う12桁の値が含まれています。マイナンバーは保存しません。削除してください。",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in both languages; `country` is ISO 3166-1 alpha-2."""

    country: str = "JP"
    postal_code: str = ""
    region_ja: str = ""
    region_en: str = ""
    locality_ja: str = ""
    locality_en: str = ""
    street_ja: str = ""
    street_en: str = ""


def refuse_my_number(values: Mapping[str, str]) -> None:
    """Raise InvalidInput that names each field with a My Number in it."""
    found = {name: _MY_NUMBER for name, value in values.items() if my_number.found_in(value)}
    if found:
        raise InvalidInput(
            "A My Number was found and not stored.", "マイナンバーが含まれていたため保存しませんでした。", fields=found
        )


def _refuse(faults: Sentences) -> None:
    if faults:
        raise InvalidInput("Some values cannot be accepted.", "受け付けられない値があります。", fields=faults)


def _text_faults(
    model: type[Organisation] | type[Person], values: Mapping[str, str], required: tuple[str, ...]
) -> Sentences:
    faults: Sentences = {name: _REQUIRED for name in required if not values[name]}
    for name, value in values.items():
        column = model._meta.get_field(name)  # noqa: SLF001 - Django documents _meta as public
        limit = getattr(column, "max_length", None)
        if limit is not None and len(value) > limit:
            faults[name] = {
                "en": f"Got {len(value)} characters, expected at most {limit}.",
                "ja": f"{limit}文字以内で入力してください。",
            }
        elif any(ord(char) < 32 or ord(char) == 127 for char in value):
            faults[name] = {"en": "Control characters are not accepted.", "ja": "制御文字は使えません。"}
    return faults


def _number_faults(number: str | None) -> Sentences:
    if number is None or corporate_number.is_valid(number):
        return {}
    if not corporate_number.has_form(number):
        en, ja = "A corporate number has 13 digits, without spaces.", "法人番号は、空白を入れない 13 桁の数字です。"
    else:
        right = corporate_number.check_digit(number[1:])
        en = f"The check digit does not match: you entered {number[0]}, it should be {right}. Check the number."
        ja = (
            f"法人番号の検査数字が合いません。入力した 1 桁目は {number[0]} ですが、計算すると {right} になります。"
            "数字を確かめてください。"
        )
    return {"corporate_number": {"en": en, "ja": ja}}


def _contact_faults(emails: list[str], web_uris: list[str]) -> Sentences:
    faults: Sentences = {}
    is_uri = URLValidator(schemes=["https", "http"])
    for email in emails:
        try:
            validate_email(email)
        except ValidationError:
            faults["emails"] = {
                "en": f"{email!r} is not an e-mail address.",
                "ja": f"「{email}」はメールアドレスではありません。",
            }
    for uri in web_uris:
        try:
            is_uri(uri)
        except ValidationError:
            faults["web_uris"] = {
                "en": f"{uri!r} is not an http(s) URI.",
                "ja": f"「{uri}」はhttp(s)のURIではありません。",
            }
    return faults


@transaction.atomic
def organisation_register(
    *,
    kind: OrganisationKind,
    name_ja: str,
    name_en: str,
    name_kana: str = "",
    corporate_number: str | None = None,
    foreign_registration_id: str = "",
    address: Address | None = None,
    emails: list[str] | None = None,
    web_uris: list[str] | None = None,
    parent_id: UUID | None = None,
    verified_on: date | None = None,
    source: str = "",
    actor: Actor,
    at: datetime,
) -> Organisation:
    """Enter an organisation.

    Raises InvalidInput (each field at fault named), Conflict when the number is taken, NotPermitted.
    """
    selectors.authorise(actor, REGISTER_ORGANISATION, at)
    return _organisation_create(
        {
            "name_ja": name_ja,
            "name_en": name_en,
            "name_kana": name_kana,
            "foreign_registration_id": foreign_registration_id,
            "source": source,
            **asdict(address or Address()),
        },
        kind=kind,
        number=corporate_number or None,
        emails=emails or [],
        web_uris=web_uris or [],
        parent_id=parent_id,
        verified_on=verified_on,
        actor=actor,
        at=at,
    )


def _organisation_create(
    texts: dict[str, str],
    *,
    kind: OrganisationKind,
    number: str | None,
    emails: list[str],
    web_uris: list[str],
    parent_id: UUID | None,
    verified_on: date | None,
    actor: Actor | None,
    at: datetime,
) -> Organisation:
    texts = {name: value.strip() for name, value in texts.items()}
    faults = (
        _text_faults(Organisation, texts, ("name_ja", "name_en"))
        | _number_faults(number)
        | _contact_faults(emails, web_uris)
    )
    if kind is OrganisationKind.PROVIDER and number is None and not texts["foreign_registration_id"]:
        faults["corporate_number"] = {
            "en": "A provider needs a corporate number, or its registration number abroad.",
            "ja": "事業者には法人番号、または外国での登録番号が必要です。",
        }
    if parent_id is not None and not Organisation.objects.filter(pk=parent_id).exists():
        faults["parent_id"] = {"en": "There is no such organisation.", "ja": "その組織はありません。"}
    _refuse(faults)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(
                kind=kind,
                corporate_number=number,
                emails=emails,
                web_uris=web_uris,
                parent_id=parent_id,
                verified_on=verified_on,
                **texts,
            )
    except IntegrityError as error:
        raise _taken(error, number) from error
    events.record(
        Tag.ORGANISATION_REGISTERED,
        actor=actor,
        at=at,
        subject=("organisation", organisation.pk),
        data={"kind": kind.value, "corporate_number": number},
    )
    return organisation


def _taken(error: IntegrityError, number: str | None) -> Conflict | InvalidInput:
    if "corporate_number" in str(error) or "foreign_registration" in str(error):
        return Conflict(
            "An organisation with this registration number exists already.",
            "この番号の組織はすでに登録されています。",
            extra={"corporate_number": number},
        )
    return InvalidInput("The register's rules refuse these values.", "登録の規則により受け付けられません。")


_UPDATABLE = frozenset({"name_ja", "name_en", "name_kana", "source", *(field.name for field in fields(Address))})


@transaction.atomic
def organisation_update(
    *,
    organisation_id: UUID,
    texts: Mapping[str, str] | None = None,
    corporate_number: str | None = None,
    emails: list[str] | None = None,
    web_uris: list[str] | None = None,
    parent_id: UUID | None = None,
    verified_on: date | None = None,
    actor: Actor,
    at: datetime,
) -> Organisation:
    """Correct facts of an organisation; what is None stays. `texts`: names, source and parts of the address.

    The kind never changes, a corporate number once given stays. The event keeps the names of what changed and the
    public values before. Raises InvalidInput, Conflict, NotFound, NotPermitted.
    """
    selectors.authorise(actor, REGISTER_ORGANISATION, at)
    found = Organisation.objects.select_for_update(of=("self",)).filter(pk=organisation_id).first()
    organisation = found or selectors.organisation_get(organisation_id)
    changed: dict[str, object] = {name: value.strip() for name, value in (texts or {}).items()}
    faults: Sentences = {
        name: {"en": "This cannot be changed.", "ja": "この項目は変更できません。"}
        for name in changed
        if name not in _UPDATABLE
    }
    _refuse(faults)
    faults = _text_faults(Organisation, {name: str(value) for name, value in changed.items()}, ())
    faults |= {name: _REQUIRED for name in ("name_ja", "name_en") if changed.get(name) == ""}
    faults |= _number_faults(corporate_number) | _contact_faults(emails or [], web_uris or [])
    if corporate_number and organisation.corporate_number not in (None, corporate_number):
        faults["corporate_number"] = {
            "en": "A corporate number once given stays.",
            "ja": "登録済みの法人番号は変更できません。",
        }
    if parent_id is not None and (
        parent_id == organisation.pk or not Organisation.objects.filter(pk=parent_id).exists()
    ):
        faults["parent_id"] = {"en": "There is no such other organisation.", "ja": "その組織は親組織にできません。"}
    _refuse(faults)
    optional = {
        "corporate_number": corporate_number,
        "emails": emails,
        "web_uris": web_uris,
        "parent_id": parent_id,
        "verified_on": verified_on,
    }
    changed |= {name: value for name, value in optional.items() if value is not None}
    before = {name: getattr(organisation, name) for name in changed}
    for name, value in changed.items():
        setattr(organisation, name, value)
    try:
        with transaction.atomic():
            organisation.save(update_fields=[name.removesuffix("_id") for name in changed])
    except IntegrityError as error:
        raise _taken(error, corporate_number) from error
    events.record(
        Tag.ORGANISATION_UPDATED,
        actor=actor,
        at=at,
        subject=("organisation", organisation.pk),
        data={
            "before": {name: value if isinstance(value, list) else str(value or "") for name, value in before.items()}
        },
    )
    return organisation


@transaction.atomic
def person_register(
    *, name_ja: str, name_en: str, name_kana: str = "", note: str = "", actor: Actor, at: datetime
) -> Person:
    """Enter a person. Raises InvalidInput (a My Number in any field is refused by name), NotPermitted."""
    selectors.authorise(actor, REGISTER_PERSON, at)
    return _person_create(name_ja=name_ja, name_en=name_en, name_kana=name_kana, note=note, actor=actor, at=at)


def _person_create(
    *, name_ja: str, name_en: str, name_kana: str, note: str, actor: Actor | None, at: datetime
) -> Person:
    texts = {"name_ja": name_ja, "name_en": name_en, "name_kana": name_kana, "note": note}
    texts = {name: value.strip() for name, value in texts.items()}
    refuse_my_number(texts)
    _refuse(_text_faults(Person, texts, ("name_ja", "name_en")))
    person = Person.objects.create(**texts)
    events.record(Tag.PERSON_REGISTERED, actor=actor, at=at, subject=("person", person.pk))
    return person


@transaction.atomic
def oid_arc_register(*, arc: str, organisation_id: UUID, actor: Actor, at: datetime) -> OidArc:
    """Register an OID arc under which an organisation names its devices.

    Raises InvalidInput, Conflict, NotFound, NotPermitted.
    """
    selectors.authorise(actor, REGISTER_ARC, at)
    if not oid.is_oid(arc):
        _refuse(
            {
                "arc": {
                    "en": f"Got {arc!r}, expected a dotted OID such as 1.2.392.200.1.",
                    "ja": "1.2.392.200.1 のような形のOIDを入力してください。",
                }
            }
        )
    organisation = selectors.organisation_get(organisation_id)
    if OidArc.objects.filter(arc=arc).exists():
        raise Conflict(f"The arc {arc} is registered already.", f"アーク {arc} はすでに登録されています。")
    row = OidArc.objects.create(arc=arc, organisation=organisation)
    events.record(Tag.OID_ARC_REGISTERED, actor=actor, at=at, subject=("oid_arc", row.pk), data={"arc": arc})
    return row
