"""A report in one sentence for people at a terminal, in either language. Nothing here decides."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from signing.client.report import FAILED, INDETERMINATE, PASSED, Report, Signature, Timestamp

if TYPE_CHECKING:  # asking a service needs the standard library alone
    from trustreg.pki.trust import ListReference

Texts = Mapping[str, str]

SYMBOLS: Final = {PASSED: "✓", FAILED: "✗", INDETERMINATE: "?"}
VERDICTS: Final[Mapping[str, Texts]] = {
    PASSED: {"en": "passed", "ja": "合格"},
    FAILED: {"en": "failed", "ja": "不合格"},
    INDETERMINATE: {"en": "not known", "ja": "判定できません"},
}
_QUALIFICATIONS: Final[Mapping[str, Texts]] = {
    "QESIG": {"en": "qualified electronic signature", "ja": "クオリファイドの電子署名"},
    "QESEAL": {"en": "qualified e-seal", "ja": "クオリファイドのeシール"},
    "ADESIG_QC": {
        "en": "electronic signature with a qualified certificate",
        "ja": "クオリファイドの証明書による電子署名",
    },
    "ADESEAL_QC": {"en": "e-seal with a qualified certificate", "ja": "クオリファイドの証明書によるeシール"},
    "ADESIG": {"en": "electronic signature (not qualified)", "ja": "クオリファイドではない電子署名"},
    "ADESEAL": {"en": "e-seal (not qualified)", "ja": "クオリファイドではないeシール"},
    "QTSA": {"en": "qualified time-stamp", "ja": "クオリファイドのタイムスタンプ"},
    "TSA": {"en": "time-stamp (not qualified)", "ja": "クオリファイドではないタイムスタンプ"},
}
_THINGS: Final[Mapping[str, Texts]] = {
    "signature": {"en": "electronic signature", "ja": "電子署名"},
    "seal": {"en": "e-seal", "ja": "eシール"},
    "timestamp": {"en": "time-stamp", "ja": "タイムスタンプ"},
}
_UNCERTAIN: Final[Texts] = {"en": "(qualification not known)", "ja": "（クオリファイドか不明）"}
_STOP: Final[Texts] = {"en": ". ", "ja": "。"}
_MOST_REASONS: Final = 3


def printable(text: str) -> str:
    """Without characters that a terminal obeys instead of showing them, and that turn text around."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in text)


def lines(name: str, report: Report, language: str) -> Iterator[str]:
    """One sentence about the file; where it holds several signatures or time-stamps, one about each below it."""
    parts: tuple[Signature | Timestamp, ...] = report.signatures or report.timestamps
    head = f"{_verdict(report.indication, report.sub_indication, language, before=printable(name))}"
    if report.hypothetical:
        head += {"en": " (at the time asked about)", "ja": "（指定した時点での仮の結果）"}[language]
    if len(parts) == 1:
        yield head + _STOP[language] + _part(parts[0], language)
        return
    if parts:
        passed = sum(part.indication == PASSED for part in parts)
        total = {
            "en": f"{passed} of {len(parts)} signatures or time-stamps passed.",
            "ja": f"署名・タイムスタンプ {len(parts)} 件のうち {passed} 件が合格です。",
        }
        yield head + _STOP[language] + total[language]
    else:
        yield head + _STOP[language] + _reasons(report.reasons, language)
    for part in parts:
        yield f"    {_verdict(part.indication, part.sub_indication, language)}{_STOP[language]}{_part(part, language)}"


def list_used(used: ListReference, now: datetime, language: str) -> str:
    """Which issue answers, and whether it still does at `now`."""
    stale = used.next_update is not None and used.next_update <= now
    issued = _moment(used.issued_at)
    return {
        "en": f"List {used.sequence} of {used.territory}, issued {issued}, signature verified"
        + (": it is past its next update, so it answers for nothing that is new." if stale else "."),
        "ja": f"リスト: {used.territory} 第 {used.sequence} 号（{issued} 発行）、署名を検証しました。"
        + ("次回更新の期限を過ぎているため、新しいことには答えません。" if stale else ""),
    }[language]


def _verdict(indication: str, sub_indication: str | None, language: str, *, before: str = "") -> str:
    word = VERDICTS[indication][language]
    named = f"{before}: {word}" if before else word
    return f"{SYMBOLS[indication]} {named}" + (f" ({printable(sub_indication)})" if sub_indication else "")


def _part(part: Signature | Timestamp, language: str) -> str:
    text = _signature(part, language) if isinstance(part, Signature) else _stamp(part, language)
    reasons = _reasons(part.reasons, language)
    return f"{text} {reasons}" if reasons and language == "en" else text + reasons


def _signature(part: Signature, language: str) -> str:
    """What, whose and when. Whose and when are the signature's own words where it did not pass, and called so."""
    what = _what(part.qualification, part.kind, part.indication, language)
    who = printable(part.signer.name) if part.signer else {"en": "nobody", "ja": "（署名者不明）"}[language]
    when = part.proven_at or part.signing_time
    at = _moment(when) if when else {"en": "an unknown time", "ja": "時刻不明"}[language]
    if not part.passed:
        return {
            "en": f"{_sentence(what)} that names {who} as its signer, of {at}.",
            "ja": f"{who} を署名者とする{what}（{at}）。",
        }[language]
    if part.proven_at:
        return {
            "en": f"{_sentence(what)} of {who}, proved to exist at {at}.",
            "ja": f"{who} の{what}（{at} に存在したことを証明）。",
        }[language]
    return {
        "en": f"{_sentence(what)} of {who}, who says to have signed at {at}.",
        "ja": f"{who} の{what}（署名者の申告では {at}）。",
    }[language]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _stamp(part: Timestamp, language: str) -> str:
    what = _what(part.qualification, "timestamp", part.indication, language)
    if part.time is None:
        return {"en": f"{_sentence(what)}.", "ja": f"{what}。"}[language]
    when = _moment(part.time)
    proof = {"en": "", "ja": ""} if part.proof else {"en": ", which proves nothing", "ja": "（証明になりません）"}
    return {"en": f"{_sentence(what)} of {when}{proof['en']}.", "ja": f"{when} の{what}{proof['ja']}。"}[language]


def _what(qualification: str | None, kind: str, indication: str, language: str) -> str:
    """What it is worth; only of what passed, a qualification is said without reserve."""
    known = _QUALIFICATIONS.get(qualification or "")
    if known and indication == PASSED:
        return known[language]
    thing = _THINGS[kind if kind in _THINGS else "signature"][language]
    if indication == PASSED:
        return f"{thing} {_UNCERTAIN['en']}" if language == "en" else f"{thing}{_UNCERTAIN['ja']}"
    return thing


def _reasons(reasons: tuple[Mapping[str, str], ...], language: str) -> str:
    texts = list(dict.fromkeys(printable(reason[language]) for reason in reasons))
    more = " …" if len(texts) > _MOST_REASONS else ""
    return (" " if language == "en" else "").join(texts[:_MOST_REASONS]) + more


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
