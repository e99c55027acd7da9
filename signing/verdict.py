"""The one sentence that a validation report comes to (ui.md 3, "Verdict sentences"), and what to do next.

Pure functions of the report's JSON. Nothing here decides: indication, coverage and qualification are the engine's; a
sentence says "valid" only of what passed, and "has not changed" only where nothing but validation data or further
signatures came after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from signing.titles import ELEMENTS, LEVELS, THINGS, WANTED, title
from signing.verdict_words import (
    ANOTHER_POLICY,
    ANOTHER_TOKEN,
    ASSUMED,
    BAD,
    BELOW,
    BY_CODE,
    BY_SUB_INDICATION,
    CHANGED,
    CONFIRMS,
    DOING,
    DONE,
    ELSEWHERE,
    NEITHER,
    NOT_CERTIFIED,
    NOT_QUALIFIED_ENOUGH,
    OK,
    PART,
    UNCHANGED_TRY_LATER,
    UNKNOWN,
    UNREAD,
    UNREADABLE,
    VALID,
    VALID_NOT_QUALIFIED,
    WHICH_DEVICE,
    WHO_SEALED,
    WHO_SIGNED,
    WHOM,
    WHOSE,
)
from trustreg.base.moments import JST
from trustreg.base.words import Words, either

PASSED, FAILED = "TOTAL-PASSED", "TOTAL-FAILED"
_UNCHANGED: Final = frozenset({"none", "lta", "signing"})
_QUALIFIED: Final = frozenset({"QESIG", "QESEAL"})
_CERTIFIED: Final = frozenset({"qualified", "specified", "recognised"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text in both languages with its values; `str()` gives it in the active one."""

    words: Words
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return either(self.words.ja, self.words.en, **self.values)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`tone` and `icon` as in ui.md 5; `word` is the short verdict, `sentence` the answer, `advice` what to do."""

    key: str
    tone: str
    icon: str
    word: Words
    sentence: Sentence
    advice: Sentence | None = None


def signer_name(part: Mapping[str, Any]) -> str:
    """The name in the certificate of a signature or seal; empty when there is none."""
    signer = part.get("signer") or {}
    order = ("organization", "common_name") if is_organisation(part) else ("common_name", "organization")
    return str(next((signer[name] for name in order if signer.get(name)), "") or signer.get("subject") or "")


def is_organisation(part: Mapping[str, Any]) -> bool:
    """A seal of an organisation (not of one of its devices)."""
    return part.get("kind") == "seal" and not (part.get("signer") or {}).get("device_oid")


def verdict_of(report: Mapping[str, Any]) -> Verdict:
    """The verdict on the whole document: the worst of its parts decides."""
    signatures, stamps = report["signatures"], report["timestamps"]
    if not signatures and not stamps:
        return _nothing_read(report)
    deciding = deciding_part(report)
    if report.get("hypothetical"):
        return _assumed(report, deciding)
    demanded = any(error["code"] == "LEVEL_NOT_REACHED" for error in report["errors"])
    if report["indication"] != PASSED and not demanded:
        found = part_verdict(deciding)
        return found if len(signatures) < 2 else _one_of_many(found, signatures)
    below = _below(report)
    if below is not None:
        return below
    if not signatures:
        return part_verdict(deciding)
    return _all_passed(signatures) if len(signatures) > 1 else part_verdict(signatures[0])


def deciding_part(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first of the parts that conclude as the whole does."""
    parts: Sequence[Mapping[str, Any]] = report["signatures"] or report["timestamps"]
    return next((part for part in parts if _conclusion(part) == _conclusion(report)), parts[0])


def part_verdict(part: Mapping[str, Any]) -> Verdict:
    """The verdict on one signature, seal or time-stamp."""
    if part["indication"] != PASSED:
        return _not_passed(part)
    if "kind" not in part:
        return _stamp_passed(part)
    return _signature_passed(part)


def _conclusion(part: Mapping[str, Any]) -> tuple[Any, Any]:
    return part["indication"], part["sub_indication"]


def _thing(part: Mapping[str, Any]) -> str:
    return str(part.get("kind") or ("evidence-record" if part.get("evidence_record") else "timestamp"))


def _sentence(words: Words, part: Mapping[str, Any], **values: object) -> Sentence:
    thing = _thing(part)
    known = {"thing": THINGS, "done": DONE, "doing": DOING, "whose": WHOSE, "whom": WHOM}
    return Sentence(
        words, {**{name: table[thing] for name, table in known.items()}, "name": signer_name(part), **values}
    )


def _nothing_read(report: Mapping[str, Any]) -> Verdict:
    code = next((str(error["code"]) for error in report["errors"]), "")
    if code == "NO_SIGNATURE_FOUND" and any(warning["code"] == "ENCRYPTED" for warning in report["warnings"]):
        code = "ENCRYPTED"  # what cannot be read may hold one
    if code in UNREAD:
        look, words, advice = UNREAD[code]
        return Verdict(code, *look, Sentence(words, {"format": report["document"]["format"]}), Sentence(advice))
    look = BAD if report["indication"] == FAILED else UNKNOWN
    return Verdict(
        "FORMAT_FAILURE",
        *look,
        Sentence(UNREADABLE),
        Sentence(Words("送った人に、ファイルをもう一度受け取ってください。", "Ask the sender for the file again.")),
    )


def _not_passed(part: Mapping[str, Any]) -> Verdict:
    look = BAD if part["indication"] == FAILED else UNKNOWN
    sub = str(part["sub_indication"] or "")
    if sub == "SIG_CONSTRAINTS_FAILURE" and {str(error["code"]) for error in part["errors"]} == {"QUALIFICATION"}:
        return Verdict("not_qualified", *BELOW, _sentence(NOT_QUALIFIED_ENOUGH, part), _sentence(ANOTHER_POLICY, part))
    key = sub or "UNKNOWN"
    words, advice = BY_SUB_INDICATION.get(
        sub, (Words("この{thing}は判定できません。", "The {thing} cannot be judged."), NEITHER)
    )
    if sub in ("FORMAT_FAILURE", "SIG_CONSTRAINTS_FAILURE") and part.get("coverage") == "partial":
        words = PART
    elif sub == "FORMAT_FAILURE" and part.get("coverage") == "revision" and part.get("modifications") == "other":
        words = CHANGED
    elif sub == "NO_CERTIFICATE_CHAIN_FOUND":
        codes = [str(error["code"]) for error in part["errors"]]
        words, key = next(((BY_CODE[code], sub) for code in codes if code in BY_CODE), (words, "NOT_LISTED"))
    elif sub == "TRY_LATER" and part.get("intact") is True and part.get("modifications") in (None, *_UNCHANGED):
        words = UNCHANGED_TRY_LATER
    elif sub == "HASH_FAILURE" and part.get("type") == "standalone":
        words = ANOTHER_TOKEN
    return Verdict(key, *look, _sentence(words, part), _sentence(advice, part))


def _signature_passed(part: Mapping[str, Any]) -> Verdict:
    if part["coverage"] not in ("whole", "revision"):
        words = PART if part["coverage"] == "partial" else ELSEWHERE
        return Verdict("not_covered", *UNKNOWN, _sentence(words, part), _sentence(NEITHER, part))
    changed = part["modifications"] not in _UNCHANGED
    qualification = part["qualification"]
    if qualification in _QUALIFIED and not changed:
        return _qualified(part)
    status = (part.get("service") or {}).get("status_at_best_time")
    if qualification in _QUALIFIED:
        advice = Words(
            "クオリファイドサービスの証明書による{thing}です。", "Its certificate is from a qualified service."
        )
        look, key = OK, "form_filled"
    elif qualification == "INDETERMINATE":
        return Verdict(
            "qualification_unknown",
            *UNKNOWN,
            _sentence(
                Words(
                    "{thing}は有効ですが、認定されたサービスによるものかどうかを確かめられません。",
                    "The {thing} is valid, but we cannot confirm that it is from a certified service.",
                ),
                part,
            ),
        )
    elif part.get("trust") == "list" and status in _CERTIFIED:
        advice = (
            Words(
                "特定サービスの証明書による{thing}です。クオリファイドではありません。",
                "Its certificate is from a specified service; it is not qualified.",
            )
            if status == "specified"
            else Words(
                "クオリファイドサービスが発行した証明書ですが、{thing}の鍵の装置まではクオリファイドと確かめられません。",
                "Its certificate is from a qualified service, but the {thing} itself is not qualified.",
            )
        )
        look, key = OK, "certified_not_qualified"
        if not changed:
            return Verdict(key, *look, _who(part, qualified=False), _sentence(advice, part))
    else:
        return Verdict(
            "not_certified",
            *NOT_CERTIFIED,
            _sentence(
                Words(
                    "{thing}は有効ですが、認定されたサービスによるものではありません。",
                    "The {thing} is valid, but not from a certified service.",
                ),
                part,
            ),
        )
    sentence = Words(
        "{thing}は有効ですが、そのあと、文書が許している欄への記入があります。",
        "The {thing} is valid, but form fields were filled in after it, as the document permits.",
    )
    return Verdict(key, *look, _sentence(sentence, part), _sentence(advice, part))


def _who(part: Mapping[str, Any], *, qualified: bool) -> Sentence:
    """Who signed, and that nothing has changed: only for what passed and was not changed."""
    if part.get("countersigns"):
        return _sentence(CONFIRMS, part)
    if part["kind"] == "signature":
        words = WHO_SIGNED
    else:
        words = WHO_SEALED if is_organisation(part) else WHICH_DEVICE
    validity = VALID if qualified else VALID_NOT_QUALIFIED
    joined = Words(f"{validity.ja}{words.ja}", f"{validity.en} {words.en}")
    return _sentence(joined, part)


def _qualified(part: Mapping[str, Any]) -> Verdict:
    advice = Words("クオリファイドサービスの証明書による{thing}です。", "Its certificate is from a qualified service.")
    if (part.get("service") or {}).get("status_at_best_time") == "recognised":
        advice = Words(
            "相互承認した国外のサービスの証明書による{thing}です。",
            "Its certificate is from a service abroad that is recognised.",
        )
    key = "qualified" if part["kind"] == "signature" else "seal"
    return Verdict(key, *OK, _who(part, qualified=True), _sentence(advice, part))


def _stamp_passed(part: Mapping[str, Any]) -> Verdict:
    if not part.get("proof"):
        return Verdict(
            "timestamp_not_certified",
            *NOT_CERTIFIED,
            _sentence(
                Words(
                    "{thing}は壊れていませんが、認定されたサービスによるものではないため、時刻の証明になりません。",
                    "The {thing} is intact, but not from a certified service, so it proves no time.",
                ),
                part,
            ),
        )
    if part.get("modifications") in (None, *_UNCHANGED):
        words = Words(
            "この{thing}は有効です。文書は {time} には存在し、そのあと変更されていません。",
            "The {thing} is valid. The document existed at {time}, and it has not changed since.",
        )
    else:
        words = Words(
            "{thing}は有効ですが、そのあと、文書が許している欄への記入があります。",
            "The {thing} is valid, but form fields were filled in after it, as the document permits.",
        )
    advice = (
        Words(
            "クオリファイドサービスのタイムスタンプです。署名やeシールではないため、だれの文書かは分かりません。",
            "It is from a qualified service. It is no signature or seal, so it does not say whose document this is.",
        )
        if part.get("qualification") == "QTSA"
        else Words(
            "クオリファイドではないサービスのタイムスタンプです。だれの文書かは分かりません。",
            "It is from a service that is not qualified. It does not say whose document this is.",
        )
    )
    at = datetime.fromisoformat(str(part["time"])).astimezone(JST)
    sentence = _sentence(words, part, time=at.strftime("%Y-%m-%d %H:%M:%S JST"))
    return Verdict("timestamp", *OK, sentence, _sentence(advice, part))


def _all_passed(signatures: Sequence[Mapping[str, Any]]) -> Verdict:
    verdicts = [part_verdict(part) for part in signatures]
    total = len(signatures)
    weakest = next((one for one in verdicts if one.tone != "ok"), None)
    if weakest is not None and weakest.key == "not_covered":
        return Verdict(weakest.key, weakest.tone, weakest.icon, weakest.word, weakest.sentence, weakest.advice)
    if weakest is not None:
        words = Words(
            "{n} 件の署名・eシールは有効ですが、認定されたサービスによると確かめられないものがあります。",
            "All {n} signatures and seals are valid, but not all are confirmed to be from certified services.",
        )
        return Verdict(weakest.key, weakest.tone, weakest.icon, weakest.word, Sentence(words, {"n": total}))
    if any(part["modifications"] not in _UNCHANGED for part in signatures):
        words = Words(
            "{n} 件の署名・eシールは有効ですが、そのあと、文書が許している欄への記入があります。",
            "All {n} signatures and seals are valid, but form fields were filled in afterwards, as permitted.",
        )
    else:
        words = Words(
            "{n} 件の署名・eシールは、すべて有効です。そのあと、文書は変更されていません。",
            "All {n} signatures and seals are valid, and the document has not changed since.",
        )
    qualified = sum(part["qualification"] in _QUALIFIED for part in signatures)
    advice = (
        Words("すべて、クオリファイドです。", "All of them are qualified.")
        if qualified == total
        else Words("クオリファイドは、{n} 件のうち {k} 件です。", "{k} of the {n} are qualified.")
    )
    return Verdict("several", *OK, Sentence(words, {"n": total}), Sentence(advice, {"n": total, "k": qualified}))


def _one_of_many(found: Verdict, signatures: Sequence[Mapping[str, Any]]) -> Verdict:
    passed = sum(part["indication"] == PASSED for part in signatures)
    words = Words(
        "署名・eシールは {n} 件あり、合格は {k} 件です。1 件でも合格でなければ、文書の全体は合格になりません。",
        "There are {n} signatures and seals; {k} passed. The document passes only when all of them do.",
    )
    advice = Sentence(words, {"n": len(signatures), "k": passed})
    return Verdict(found.key, found.tone, found.icon, found.word, found.sentence, advice)


def _assumed(report: Mapping[str, Any], deciding: Mapping[str, Any]) -> Verdict:
    advice = Sentence(
        Words(
            "指定した時点での仮の結果です。証明にはならず、保存されません。",
            "This is what would hold at the time you chose. It proves nothing and is not kept.",
        )
    )
    if report["indication"] != PASSED:
        return Verdict("hypothetical", *ASSUMED, part_verdict(deciding).sentence, advice)
    words = Words("指定した時点で判定すると、{thing}は合格です。", "At the time you chose, the {thing} passes.")
    return Verdict("hypothetical", *ASSUMED, _sentence(words, deciding), advice)


def _below(report: Mapping[str, Any]) -> Verdict | None:
    """What passed, and is not enough for the document that was named."""
    requirement = report.get("requirement")
    if requirement is None or requirement["met"] is True or requirement["level"] == "not_applicable":
        return None
    thing = THINGS["timestamp"] if not report["signatures"] else _all_things(report["signatures"])
    values: dict[str, object] = {"thing": thing, "level": LEVELS[requirement["level"]]}
    if requirement["met"] is None:
        words = Words(
            "{thing}は有効ですが、この文書に求めるレベル（{level}）を満たすかどうかを確かめられません。",
            "The {thing} is valid, but we cannot confirm that it meets the level this document needs ({level}).",
        )
        return Verdict("requirement_unknown", *UNKNOWN, Sentence(words, values))
    absent = [element for element in requirement["missing"] if element not in _elements(report)]
    if absent:
        words = Words(
            "{thing}は有効ですが、この文書に求めるもの（{absent}）がありません。",
            "The {thing} is valid, but this document also needs {absent}.",
        )
        values["absent"] = element_names(absent)
    else:
        words = Words(
            "{thing}は有効ですが、この文書に求めるレベル（{level}）を満たしません。",
            "The {thing} is valid, but below the level this document needs ({level}).",
        )
    advice = Words(
        "この文書に使うには足りません。必要なものを、送った人に求めてください。",
        "It is not enough for this document. Ask the sender for what it needs.",
    )
    return Verdict("requirement_not_met", *BELOW, Sentence(words, values), Sentence(advice))


class _Joined(Words):
    """Words of several elements, joined as a list."""

    def __init__(self, elements: Sequence[str]) -> None:
        known = [ELEMENTS.get(one, Words(one, one)) for one in elements]
        super().__init__("と".join(one.ja for one in known), " and ".join(one.en for one in known))


def element_names(elements: Sequence[str]) -> Words:
    """`電子署名とタイムスタンプ`, `an electronic signature and a time-stamp`."""
    return _Joined(elements)


def _all_things(signatures: Sequence[Mapping[str, Any]]) -> Words:
    kinds = {_thing(part) for part in signatures}
    return THINGS[kinds.pop()] if len(kinds) == 1 else Words("署名とeシール", "signature with the seal")


def _elements(report: Mapping[str, Any]) -> set[str]:
    found = {"eseal" if part["kind"] == "seal" else "esign" for part in report["signatures"]}
    if report["timestamps"] or any(part["timestamps"] for part in report["signatures"]):
        found.add("timestamp")
    return found


def requirement_words(requirement: Mapping[str, Any]) -> Sentence:
    """Whether the requirement is met, as a sentence."""
    values = {"level": title(WANTED, requirement["level"])}
    if requirement["level"] == "not_applicable":
        return Sentence(
            Words(
                "この種類の文書は、レベルの表の対象外です。",
                "The table of levels does not apply to this kind.",
            )
        )
    if requirement["level"] == "other":
        return Sentence(
            Words("この種類の文書に、決まったレベルはありません。", "This kind of document needs no particular level.")
        )
    if requirement["met"] is None:
        return Sentence(Words("満たすかどうかを確かめられません。", "Whether it is met cannot be confirmed."))
    if requirement["met"]:
        return Sentence(Words("「{level}」を満たします。", "It is met ({level})."), values)
    return Sentence(Words("「{level}」を満たしません。", "It is not met ({level})."), values)


__all__ = [
    "Sentence",
    "Verdict",
    "deciding_part",
    "element_names",
    "is_organisation",
    "part_verdict",
    "requirement_words",
    "signer_name",
    "verdict_of",
]
