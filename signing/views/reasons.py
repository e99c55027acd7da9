"""Why a verdict is what it is: what fails or is doubtful, then what holds; only what the report says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from signing.titles import MODIFICATIONS, QUALIFICATIONS, RESULTS, THINGS, algorithm, title
from signing.verdict import signer_name
from signing.verdict_words import REASONS
from trustreg.base.moments import JST
from trustreg.base.words import either, named, say

Part = Mapping[str, Any]

_INSTANT: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def _reason(result: str, what: str, why: str = "") -> dict[str, Any]:
    tone, icon, word = RESULTS[result]
    return {"tone": tone, "icon": icon, "word": word, "what": what, "why": why}


def _told(part: Part, notice: Part) -> tuple[str, str]:
    """An error or a warning as people say it, and what it is about."""
    code = notice["code"]
    if code in REASONS:
        words = REASONS[code]
        return either(words.ja, words.en, held=title(QUALIFICATIONS, part["qualification"])), ""
    text = message(notice["message"])
    if code == "ALGORITHMS" and ": " in text:
        what, _, names = text.partition(": ")
        return what, say(", ").join(_algorithms(names.rstrip(".").split(", ")))
    return text, ""


def _local(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(JST).strftime("%Y-%m-%d %H:%M:%S JST")


def message(texts: Part) -> str:
    """In the active language, with times as everywhere on the page."""
    return _INSTANT.sub(lambda found: _local(found[0]), named(texts))


def _troubles(part: Part) -> Iterator[dict[str, Any]]:
    failing = "fail" if part["indication"] == "TOTAL-FAILED" else "unknown"
    for error in part["errors"]:
        yield _reason(failing, *_told(part, error))
    said = {error["code"] for error in part["errors"]}
    for warning in part["warnings"]:
        if warning["code"] not in said:
            yield _reason("warn", *_told(part, warning))


def _has(part: Part, name: str) -> bool:
    return any(check["name"] == name and check["result"] == "pass" for check in part["checks"])


def of_signature(part: Part) -> Iterator[dict[str, Any]]:
    """Failing and doubtful ones, then what holds; only what the report itself says."""
    yield from _troubles(part)
    if part["intact"] and part.get("countersigns"):
        yield _reason("pass", say("The signature that it confirms has not changed"))
    elif part["intact"] and part["coverage"] in ("whole", "revision") and part["modifications"] != "other":
        whole = part["coverage"] == "whole"
        yield _reason(
            "pass",
            say("What was signed has not changed")
            if part["modifications"] == "form-filling"
            else say("The document has not changed"),
            say(
                "The {thing} covers the whole file and its digest matches.",
                thing=THINGS[part["kind"]],
            )
            if whole
            else title(MODIFICATIONS, part["modifications"]),
        )
    if _has(part, "revocation") and not part["errors"]:
        yield _reason(
            "pass",
            say("The certificate of the seal was valid")
            if part["kind"] == "seal"
            else say("The signer certificate was valid"),
            say("It was within its validity and not revoked."),
        )
    if part["trust"] == "list" and (part.get("service") or {}).get("status_at_best_time"):
        yield from _of_service(part["service"])
    yield from _of_time(part)
    if _has(part, "algorithms"):
        yield _reason(
            "pass",
            say("The cryptography is strong enough"),
            say(", ").join(_algorithms(part["algorithms"])),
        )


def _algorithms(names: Sequence[str]) -> list[str]:
    """As people write them, without digests that the name of the signature algorithm says already."""
    first, rest = [algorithm(name) for name in names[:1]], [algorithm(name) for name in names[1:]]
    return [*first, *(name for name in dict.fromkeys(rest) if not first or name not in first[0].split())]


def _of_service(service: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    status, name = service["status_at_best_time"], named(service["name"])
    if status == "qualified":
        what = say("The issuing service was certified")
        why = say("{name}: qualified and valid at that time.", name=name)
    elif status == "specified":
        what = say("The issuing service was a specified one")
        why = say("{name}: not qualified.", name=name)
    elif status == "recognised":
        what = say("The issuing service was recognised")
        why = name
    else:
        return
    yield _reason("pass", what, why)


def _of_time(part: Part) -> Iterator[dict[str, Any]]:
    seal = part["kind"] == "seal"
    proof = next((stamp for stamp in part["timestamps"] if stamp["proof"]), None)
    if proof is not None:
        service = named((proof.get("service") or {}).get("name") or {}) or signer_name(proof)
        yield _reason(
            "pass",
            say("The time of the seal is proven") if seal else say("The signing time is proven"),
            say(
                "{name} ({level})",
                name=service,
                level=title(QUALIFICATIONS, proof["qualification"]),
            ),
        )
    else:
        yield _reason(
            "warn",
            say("No time-stamp proves the time of the seal") if seal else say("No time-stamp proves the signing time"),
            say("The time is only claimed by the issuer. The present time was used.")
            if seal
            else say("The time is only claimed by the signer. The present time was used."),
        )


def of_stamp(part: Part) -> Iterator[dict[str, Any]]:
    yield from _troubles(part)
    if part["intact"]:
        yield _reason(
            "pass",
            say("The time-stamp is intact and fits what it is about"),
            title(MODIFICATIONS, part["modifications"]) if part.get("modifications") in MODIFICATIONS else "",
        )
    if part["proof"]:
        yield _reason(
            "pass",
            say("The service could prove times then"),
            named((part.get("service") or {}).get("name") or {}),
        )


def of_nothing(report: Mapping[str, Any], tone: str) -> list[dict[str, Any]]:
    result = "fail" if tone == "bad" else "info" if tone == "idle" else "unknown"
    return [_reason(result, message(error["message"])) for error in report["errors"]]
