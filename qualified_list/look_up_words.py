"""What the list says of a certificate, as one sentence for people, and what is to be made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from qualified_list.domain import effect as effects
from qualified_list.domain.effect import Effect
from trustreg.base.words import Words, named, say

_WHOSE: Final = {
    "identity": Words("サービス「{name}」の証明書です。", "This is the certificate of the service “{name}”."),
    "issuer": Words("サービス「{name}」が発行した証明書です。", "This certificate was issued by the service “{name}”."),
}
_NOW: Final = {
    effects.VALID: Words("サービスは、いま有効です。", "The service is valid now."),
    effects.RECOGNISED: Words("サービスは、いま相互承認されています。", "The service is recognised now."),
    effects.SUSPENDED: Words("サービスは、いま一時停止しています。", "The service is suspended now."),
    effects.WITHDRAWN: Words("サービスの認定は取り消されています。", "The certification of the service was withdrawn."),
    effects.CEASED: Words("サービスは終了しています。", "The service has ceased."),
    effects.EXPIRED: Words("サービスの認定は期限が満了しています。", "The certification of the service has expired."),
    effects.UNKNOWN: Words("いまの状態を確かめられません。", "Its status now cannot be confirmed."),
    effects.UNLISTED: Words(
        "サービスは、いま公開リストに載っていません。", "The service is not on the trusted list now."
    ),
}
_THEN: Final = {
    effects.VALID: Words("その時点で、サービスは有効でした。", "The service was valid at that time."),
    effects.RECOGNISED: Words(
        "その時点で、サービスは相互承認されていました。", "The service was recognised at that time."
    ),
    effects.SUSPENDED: Words("その時点で、サービスは一時停止していました。", "The service was suspended at that time."),
    effects.WITHDRAWN: Words(
        "その時点で、サービスの認定は取り消されていました。",
        "The certification of the service had been withdrawn at that time.",
    ),
    effects.CEASED: Words("その時点で、サービスは終了していました。", "The service had ceased at that time."),
    effects.EXPIRED: Words(
        "その時点で、サービスの認定は期限が満了していました。",
        "The certification of the service had expired at that time.",
    ),
    effects.UNKNOWN: Words("その時点の状態を確かめられません。", "Its status at that time cannot be confirmed."),
    effects.UNLISTED: Words(
        "その時点では、サービスは公開リストに載っていませんでした。",
        "The service was not on the trusted list at that time.",
    ),
}
_OUT_OF_SCOPE: Final = Words(
    "この種類の証明書は、認定の対象ではありません。", "Certificates of this kind are not covered by its certification."
)
_NOBODY: Final = Words(
    "この証明書は、公開リストに載っているサービスのものではありません。",
    "This certificate does not come from a service on the trusted list.",
)
_NOBODY_FINGERPRINT: Final = Words(
    "この SHA-256 の証明書は、公開リストに載っていません。", "No certificate with this SHA-256 is on the trusted list."
)
_CANNOT_TELL: Final = Words(
    "公開リストが期限を過ぎているか、まだないため、確かめられません。",
    "The trusted list is overdue or not there yet, so this cannot be confirmed.",
)

TONES: Final = {
    effects.VALID: "ok",
    effects.RECOGNISED: "ok",
    effects.SUSPENDED: "warn",
    effects.WITHDRAWN: "bad",
    effects.UNKNOWN: "warn",
}
"""State -> tone of the verdict; the others are neither good nor bad news."""

ICONS: Final = {
    effects.VALID: "check",
    effects.RECOGNISED: "globe",
    effects.SUSPENDED: "pause",
    effects.WITHDRAWN: "x",
    effects.UNKNOWN: "question",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence with its look. `notes` say what follows from it and what it does not say."""

    sentence: str
    tone: str
    icon: str
    notes: tuple[str, ...]


def verdict(answer: Mapping[str, Any], effect: Effect, *, then: bool, whole: bool) -> Verdict:
    """Of an answer to a status query. `then`: about a chosen time; `whole`: about a certificate, not its hash alone."""
    tone, icon = TONES.get(effect.state, ""), ICONS.get(effect.state, "dash")
    code = answer["reasons"][0]["code"] if answer["reasons"] else ""
    if answer["service"] is None:
        if effect.state == effects.UNKNOWN:
            return Verdict(str(_CANNOT_TELL), tone, icon, ())
        return Verdict(str(_NOBODY if whole else _NOBODY_FINGERPRINT), tone, icon, tuple(_about_nobody(whole)))
    whose = str(_WHOSE[answer["matched_by"] or "identity"]).format(name=named(answer["service"]["name"]))
    if code == "OUT_OF_SCOPE":
        return Verdict(say("{a} {b}", a=whose, b=_OUT_OF_SCOPE), "warn", "dash", ())
    states = _THEN if then else _NOW
    sentence = say("{a} {b}", a=whose, b=states[effect.state])
    return Verdict(sentence, tone, icon, tuple(_about(answer)))


def _about(answer: Mapping[str, Any]) -> list[str]:
    if answer["matched_by"] != "issuer":
        return []
    return [
        say(
            "We verified the issuer's signature on it. Whether the certificate itself was revoked is not looked up "
            "here: checking the signed document does that.",
        )
    ]


def _about_nobody(whole: bool) -> list[str]:
    notes = [
        say(
            "That does not make it a forgery. "
            "It means that nobody can say that it comes from a service certified here.",
        )
    ]
    if not whole:
        notes.append(
            say(
                "A SHA-256 finds the services' own certificates only. "
                "For the certificate of a person or an organisation that signed, paste it or choose its file.",
            )
        )
    return notes
