"""Accounts and API keys."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation

from trustreg.base import events
from trustreg.base.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, NotPermitted
from trustreg.parties import selectors
from trustreg.parties.domain import api_keys
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import MANAGE_ACCOUNTS, OrganisationKind, Role
from trustreg.parties.domain.tags import Tag
from trustreg.parties.models import Account, ApiKey, Appointment, Person
from trustreg.parties.services.register import _organisation_create, _person_create, refuse_my_number

_LAST_USED_STEP = timedelta(minutes=1)  # a busy key does not write a row for every request
_ABSENT_DIGEST = "0" * 64


@transaction.atomic
def account_create(
    *, person_id: UUID, email: str, password: str | None, language: str = "ja", actor: Actor, at: datetime
) -> Account:
    """Give a person the one account they may have. `password` None: none works until one is set.

    Raises InvalidInput, Conflict (the person or the address has an account), NotFound, NotPermitted.
    """
    selectors.authorise(actor, MANAGE_ACCOUNTS, at)
    return _account_create(selectors.person_get(person_id), email, password, language, actor=actor, at=at)


def _account_create(
    person: Person, email: str, password: str | None, language: str, *, actor: Actor | None, at: datetime
) -> Account:
    address = email.strip().lower()
    refuse_my_number({"email": address})
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(
            "The e-mail address cannot be accepted.",
            "メールアドレスを受け付けられません。",
            fields={
                "email": {
                    "en": f"Got {email!r}, expected an e-mail address.",
                    "ja": "メールアドレスの形ではありません。",
                }
            },
        ) from None
    account = Account(person=person, email=address, language=language)
    if password is None:
        account.set_unusable_password()
    else:
        _set_password(account, password)
    if Account.objects.filter(person=person).exists() or Account.objects.filter(email=address).exists():
        raise Conflict(
            "This person or this address has an account already.",
            "この人またはこのアドレスにはすでにアカウントがあります。",
        )
    account.save(force_insert=True)
    events.record(
        Tag.ACCOUNT_CREATED, actor=actor, at=at, subject=("account", account.pk), data={"person": str(person.pk)}
    )
    return account


def _set_password(account: Account, password: str) -> None:
    sentences = {}
    for language in ("en", "ja"):
        with translation.override(language):
            try:
                validate_password(password, account)
            except ValidationError as error:
                sentences[language] = " ".join(error.messages)
    if sentences:
        raise InvalidInput("The password is too weak.", "パスワードが弱すぎます。", fields={"password": sentences})
    account.set_password(password)


@transaction.atomic
def account_password_set(*, account_id: UUID, password: str, actor: Actor, at: datetime) -> Account:
    """Set a password: one's own in a session, or any as an account manager.

    Raises InvalidInput, NotFound, NotPermitted.
    """
    if not (actor.via == "session" and actor.account_id == account_id):
        selectors.authorise(actor, MANAGE_ACCOUNTS, at)
    account = _locked(account_id)
    _set_password(account, password)
    account.save(update_fields=["password"])
    events.record(Tag.ACCOUNT_PASSWORD_SET, actor=actor, at=at, subject=("account", account.pk))
    return account


def _locked(account_id: UUID) -> Account:
    account = Account.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotFound(f"There is no account {account_id}.", f"アカウント {account_id} はありません。")
    return account


@transaction.atomic
def account_deactivate(*, account_id: UUID, actor: Actor, at: datetime) -> Account:
    """Close an account and revoke its keys. Raises NotFound, NotPermitted."""
    selectors.authorise(actor, MANAGE_ACCOUNTS, at)
    account = _locked(account_id)
    account.is_active = False
    account.save(update_fields=["is_active"])
    ApiKey.objects.filter(account=account, revoked_at=None).update(revoked_at=at)
    events.record(Tag.ACCOUNT_DEACTIVATED, actor=actor, at=at, subject=("account", account.pk))
    return account


@transaction.atomic
def first_administrator_create(
    *, organisation_ja: str, organisation_en: str, name_ja: str, name_en: str, email: str, password: str, at: datetime
) -> Account:
    """The first administrator of an empty register, in the authority that runs the scheme.

    Raises Conflict once anybody is appointed.
    """
    if Appointment.objects.exists():
        raise Conflict("The register has its first administrator already.", "最初の管理者はすでに登録されています。")
    texts = dict.fromkeys(("name_kana", "foreign_registration_id", "source"), "") | {
        "name_ja": organisation_ja,
        "name_en": organisation_en,
    }
    organisation = _organisation_create(
        texts,
        kind=OrganisationKind.AUTHORITY,
        number=None,
        emails=[],
        web_uris=[],
        parent_id=None,
        verified_on=None,
        actor=None,
        at=at,
    )
    person = _person_create(name_ja=name_ja, name_en=name_en, name_kana="", note="", actor=None, at=at)
    appointment = Appointment.objects.create(
        person=person, organisation=organisation, role=Role.SYSTEM_ADMIN, starts_at=at
    )
    events.record(Tag.APPOINTMENT_STARTED, actor=None, at=at, subject=("appointment", appointment.pk))
    return _account_create(person, email, password, "ja", actor=None, at=at)


@transaction.atomic
def api_key_issue(
    *, name: str, scopes: Collection[str], expires_at: datetime, actor: Actor, at: datetime
) -> tuple[ApiKey, str]:
    """A new key of the actor's own account, and its text, which is shown this once. `scopes` are names of acts.

    A key never issues keys. Raises InvalidInput, NotPermitted.
    """
    if actor.via != "session":
        raise NotPermitted("Keys are issued by a signed-in person.", "APIキーの発行にはサインインが必要です。")
    faults = {}
    if not name.strip() or len(name) > 100:
        faults["name"] = {"en": "Expected 1 to 100 characters.", "ja": "1〜100文字で入力してください。"}
    if expires_at <= at:
        faults["expires_at"] = {"en": "Expected a moment in the future.", "ja": "未来の日時を入力してください。"}
    if faults:
        raise InvalidInput("Some values cannot be accepted.", "受け付けられない値があります。", fields=faults)
    key = api_keys.generate()
    row = ApiKey.objects.create(
        account_id=actor.account_id,
        name=name.strip(),
        prefix=key.prefix,
        secret_sha256=key.sha256,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    events.record(
        Tag.API_KEY_ISSUED,
        actor=actor,
        at=at,
        subject=("api_key", row.pk),
        data={"prefix": row.prefix, "scopes": row.scopes},
    )
    return row, key.text


@transaction.atomic
def api_key_revoke(*, api_key_id: UUID, actor: Actor, at: datetime) -> ApiKey:
    """Revoke a key of one's own, or any as an account manager; a second time changes nothing.

    Raises NotFound, NotPermitted.
    """
    row = ApiKey.objects.select_for_update().filter(pk=api_key_id).first()
    if row is None:
        raise NotFound(f"There is no API key {api_key_id}.", f"APIキー {api_key_id} はありません。")
    if row.account_id != actor.account_id:
        selectors.authorise(actor, MANAGE_ACCOUNTS, at)
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        events.record(Tag.API_KEY_REVOKED, actor=actor, at=at, subject=("api_key", row.pk), data={"prefix": row.prefix})
    return row


def api_key_authenticate(text: str, *, at: datetime) -> tuple[Account, Actor]:
    """The account and actor of a key. Raises NotAuthenticated, with one sentence for every reason.

    The comparison takes the same time whether the prefix exists or not.
    """
    parsed = api_keys.parse(text)
    row = None
    if parsed is not None:
        row = ApiKey.objects.select_related("account__person").filter(prefix=parsed[0]).first()
    given = parsed[1] if parsed else _ABSENT_DIGEST
    matches = hmac.compare_digest(given, row.secret_sha256 if row else "f" * 64)
    if row is None or not matches or row.revoked_at is not None or row.expires_at <= at or not row.account.is_active:
        raise NotAuthenticated(
            "The API key is unknown, expired or revoked.", "APIキーが無効です（不明・期限切れ・失効のいずれか）。"
        )
    if row.last_used_at is None or at - row.last_used_at >= _LAST_USED_STEP:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=at)
    actor = Actor(row.account.person_id, row.account_id, row.account.person.name_ja, frozenset(row.scopes), "api_key")
    return row.account, actor
