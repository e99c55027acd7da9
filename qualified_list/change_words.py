"""What a change on the list means, as a sentence for people."""

from __future__ import annotations

from typing import Final

from django.utils.safestring import SafeString

from qualified_list.domain.model import LEVELS, Status
from qualified_list.selectors import ListedChange
from trustreg.base.words import Words, either_html

_BECAME: Final = {
    Status.QUALIFIED: Words("{name} がクオリファイドサービスになりました。", "{name} became a qualified service."),
    Status.SPECIFIED: Words("{name} が特定サービスになりました。", "{name} became a specified service."),
}
_RESUMED: Final = Words("{name} の認定を再開しました。", "The certification of {name} was resumed.")
_UPDATED: Final = Words("{name} の載せる内容が変わりました。", "The entry of {name} changed.")
_ENDED: Final = {
    "suspended": Words(
        "{name} の認定を一時停止しました。これより前の署名の判定は変わりません。",
        "The certification of {name} was suspended. Signatures made before that are judged as before.",
    ),
    "withdrawn": Words("{name} の認定を取り消しました。", "The certification of {name} was withdrawn."),
    "ceased": Words("{name} はサービスを終了しました。", "{name} ceased."),
    "expired": Words("{name} の認定の期限が満了しました。", "The certification of {name} expired."),
}


def sentence(change: ListedChange, name: SafeString | str) -> SafeString:
    """What happened to the service; `name` is its name or a link to it."""
    words = _words(change)
    return either_html(words.ja, words.en, name=name)


def _words(change: ListedChange) -> Words:
    if change.before == change.status:
        return _UPDATED
    if change.status not in LEVELS:
        return _ENDED[change.state]
    if change.before == Status.SUSPENDED:
        return _RESUMED
    return _BECAME[Status(change.status)]
