"""The scheme information of the list: what its operator says of themselves and of the list."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from qualified_list.compilation import scheme_as_json
from qualified_list.domain.model import Scheme
from qualified_list.models import MAX_NEXT_UPDATE_DAYS, SchemeVersion
from qualified_list.selectors.snapshot import current_sequence
from trustreg.base import events, outbox
from trustreg.base.errors import Conflict, InvalidInput
from trustreg.parties import selectors as parties
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import Role, act_rule

_LOCK = 0x736368656D65  # the advisory lock of the scheme

UPDATE_SCHEME = act_rule(
    "list_scheme:update",
    Role.LIST_OPERATOR,
    ja="リストのスキーム情報を更新する",
    en="update the scheme information of the list",
)
PUBLISH_LIST = act_rule(
    "list:publish", Role.LIST_OPERATOR, ja="リストの再発行を求める", en="ask for a re-issue of the list"
)


@transaction.atomic
def list_scheme_update(*, scheme: Scheme, seen_version: int | None = None, actor: Actor, at: datetime) -> SchemeVersion:
    """Store a new version of the scheme; the next list carries it. An unchanged scheme makes no new version.

    With `seen_version` only while that is the last version (0: none). Raises NotPermitted, InvalidInput (texts that
    are missing in a language, a next update beyond six months), Conflict.
    """
    parties.authorise(actor, UPDATE_SCHEME, at)
    _check(scheme)
    content = scheme_as_json(scheme)
    with connection.cursor() as cursor:  # one version after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = SchemeVersion.objects.order_by("-version").first()
    if seen_version is not None and seen_version != (last.version if last else 0):
        raise Conflict(
            "Somebody has saved another version of the scheme information. Compare, then save again.",
            "ほかの人が制度の情報を先に保存しました。違いを確かめて、もう一度保存してください。",
            extra={"version": last.version if last else 0},
        )
    if last is not None and (last.content, last.next_update_days) == (content, scheme.next_update_days):
        return last
    version = SchemeVersion.objects.create(
        version=last.version + 1 if last else 1,
        content=content,
        next_update_days=scheme.next_update_days,
        person_id=actor.person_id,
    )
    events.record("qualified_list:scheme:updated", actor=actor, at=at, subject=("list_scheme", version.version))
    outbox.emit("qualified_list.scheme_updated", {"version": version.version})
    return version


@transaction.atomic
def list_reissue_request(*, actor: Actor, at: datetime) -> None:
    """Ask for a new issue after the list in force, unchanged or not; asked twice, there is one. Raises NotPermitted.

    It needs no decision: nothing is in a list that was not decided.
    """
    parties.authorise(actor, PUBLISH_LIST, at)
    events.record("qualified_list:reissue:requested", actor=actor, at=at, subject=("list", "next"))
    outbox.emit("qualified_list.reissue_requested", {"after": current_sequence() or 0})


def _check(scheme: Scheme) -> None:
    fields = {}
    for name in ("operator_name", "name", "information_uri"):
        languages = {text.lang for text in getattr(scheme, name) if text.value.strip()}
        missing = [language for language in scheme.languages if language not in languages]
        if missing:
            fields[name] = {
                "en": f"Missing language(s): {', '.join(missing)}.",
                "ja": f"次の言語がありません: {', '.join(missing)}。",
            }
    prefix = f"{scheme.territory}:"
    if any(not text.value.startswith(prefix) for text in scheme.name):
        fields["name"] = {
            "en": f"Each name starts with '{prefix}' (TS 119 612 5.3.6).",
            "ja": f"名称は「{prefix}」で始めてください（TS 119 612 5.3.6）。",
        }
    if not 1 <= scheme.next_update_days <= MAX_NEXT_UPDATE_DAYS:
        fields["next_update_days"] = {
            "en": f"Got {scheme.next_update_days}, expected 1 to {MAX_NEXT_UPDATE_DAYS} days.",
            "ja": f"1日から{MAX_NEXT_UPDATE_DAYS}日の間で指定してください。",
        }
    if not scheme.operator_address.postal or not scheme.operator_address.electronic:
        fields["operator_address"] = {
            "en": "A postal and an electronic address are needed.",
            "ja": "住所と電子的な連絡先が必要です。",
        }
    if fields:
        raise InvalidInput("The scheme information is incomplete.", "スキーム情報が不足しています。", fields=fields)
