"""A stored report as its PDF shows it: the content of the page of the result, as plain texts in one language."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from signing.surroundings import Surroundings
from signing.titles import FORMATS, title
from signing.views.result import shown
from signing.views.timeline import Event
from trustreg.base.moments import JST
from trustreg.base.templatetags.ui import LEVEL, STATUS
from trustreg.base.words import language, named, say
from trustreg.conf import ROOT

Part = Mapping[str, Any]
Row = dict[str, Any]

MOST: Final = 20
"""Signatures and time-stamps told in full: an A4 page or two each. Of further signatures the PDF has the verdicts; the
JSON inside it has everything. So a report takes less than a second, whatever was in the document."""
_LONGEST: Final = 2000  # characters of one text; the rest stands in the JSON
_MARKS: Final = (
    8  # combining marks on one character, as no script needs; the time that a font takes grows with their square
)
_CHARACTERS: Final = ROOT / "signing" / "reports" / "fonts" / "characters.txt"
_MISSING: Final = "〓"
_EMPTY_LINES: Final = re.compile(r"\n[ \t\r\n]*\n")
_SYMBOL: Final = re.compile(r'<symbol id="i-([a-z-]+)" viewBox="0 0 24 24">(.*?)</symbol>')


def paper(
    report: Mapping[str, Any], house: Surroundings, *, report_id: str, address: str, expires_at: datetime
) -> dict[str, Any]:
    """What the template of the PDF is given, in the active language. `report` is the stored body without its id."""
    page = shown(report, house)
    verdict = page["verdict"]
    told = list(_told(page["parts"]))
    content = {
        "lang": language(),
        "site": say("Trust Service Registry"),
        "title": say("Validation report"),
        "id": report_id,
        "checked": _moment(report["validation_time"]),
        "verdict": {
            "tone": verdict.tone,
            "icon": verdict.icon,
            "word": str(verdict.word),
            "sentence": str(verdict.sentence),
            "more": [*([str(verdict.advice)] if verdict.advice else []), *_requirement(page["requirement"])],
        },
        "codes": page["codes"],
        "document": _document(report, page),
        "conditions": list(_conditions(report, report_id, address, expires_at)),
        "reasons": _reasons(page["reasons"]),
        "parts": [_part(part, report) for part in told],
        "more": [{**_line(part), "anchor": None} for part in page["parts"][len(told) :]],
        "words": {
            **_words(bool(report["signatures"])),
            "most": say("The first {n} are told in full below.", n=len(told)),
        },
        "notes": [named(warning["message"]) for warning in report["warnings"]],
    }
    printable = _printable(content)
    if _MISSING in json.dumps(printable, ensure_ascii=False) and printable != content:
        printable["notes"].append(say("〓 stands for a character that cannot be printed here."))
    checked = datetime.fromisoformat(report["validation_time"])
    moment = {name: getattr(checked, name) for name in ("year", "month", "day", "hour", "minute", "second")}
    body = json.dumps({"id": report_id, **report}, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode()
    return {**printable, "date": moment, "json": body, "icons": icons()}


@functools.cache
def icons() -> dict[str, str]:
    """The drawings of the pages' icons, by name: what stands inside a 24 by 24 SVG."""
    return dict(_SYMBOL.findall((ROOT / "templates" / "components" / "sprite.html").read_text("utf-8")))


@functools.cache
def _characters() -> frozenset[str]:
    return frozenset(_CHARACTERS.read_text("utf-8")) | {"\n"}


def _printable(value: Any) -> Any:
    """The same with `〓` for every character that the fonts lack: also those that change the direction of a text.

    And for marks that are piled up on one character, and without lines that hold nothing between two others.
    """
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
        return "".join(_glyphs(_EMPTY_LINES.sub("\n\n", text)))
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value


def _glyphs(text: str) -> Iterator[str]:
    marks = 0
    for one in text:
        marks = marks + 1 if unicodedata.combining(one) else 0
        yield one if one in _characters() and marks <= _MARKS else _MISSING


def _words(signed: bool) -> dict[str, str]:
    return {
        "id": say("Report ID"),
        "checked": say("Checked at"),
        "document": say("The file"),
        "conditions": say("How it was checked"),
        "why": say("Why"),
        "parts": say("Each signature and seal") if signed else say("Each time-stamp"),
        "part": say("Signature, seal or time-stamp"),
        "result": say("Result", sense="check result 2"),
        "events": say("What happened when"),
        "checks": say("All checks"),
        "check": say("Check", sense="report"),
        "name": say("Code"),
        "order": say("In the order of ETSI EN 319 102-1."),
        "codes": say("Codes: "),
        "comma": say(", "),
        "notes": say("Notes"),
        "attached": say("This report as JSON"),
    }


def _moment(value: str | datetime | None) -> str:
    """`2026-11-20 15:00:07 JST`."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S JST")


def _row(label: str, value: Any, kind: str = "text", note: str = "", **more: Any) -> Row:
    return {"label": label, "value": str(value), "kind": kind, "note": note, **more}


def _document(report: Part, page: Part) -> dict[str, Any]:
    facts = report["document"]
    name = facts["filename"]
    rows = [
        _row(say("Name", sense="check result"), name, "strong"),
        _row(say("Format"), title(FORMATS, facts["format"]) or say("Not known")),
        _row(say("Size"), page["document"]["bytes"]),
        _row("SHA-256", facts["sha256"], "hash"),
    ]
    for record in page["records"]:
        facts_of, word = record["facts"], str(record["look"][2])
        since = say("Existence is proven since") + say(": ") + _moment(facts_of["time"]) if facts_of["proof"] else word
        rows.append(_row(say("Evidence record"), facts_of["name"] or facts_of["id"], note=since))
    if facts.get("by_digest"):
        rows.append(
            _row(say("Documents", sense="report"), say("Given by their digests alone; they stayed where they are."))
        )
    kind = say(", ").join(one for one in (facts["format"], page["document"]["size"]) if one)
    return {"name": name, "short": name if len(name) < 60 else f"{name[:40]}…{name[-18:]}", "kind": kind, "facts": rows}


def _conditions(report: Part, report_id: str, address: str, expires_at: datetime) -> Iterator[Row]:
    yield _row(say("Checked at"), _moment(report["validation_time"]))
    yield _row(say("Policy"), report["policy"], "code")
    used = report["list"]
    if used:
        issue = say("issue {n}", n=used["sequence"])
        yield _row(say("List used"), f"{used['territory']} {issue}" if used.get("territory") else issue)
        yield _row(say("SHA-256 of the list used"), used["sha256"], "hash")
    else:
        yield _row(say("List used"), say("None"))
    yield _row(say("Report ID"), report_id, "hash")
    kept = say("Kept until: ") + _moment(expires_at)
    yield _row(say("Link to this result"), address, "link", note=kept)


def _requirement(requirement: Part | None) -> list[str]:
    if requirement is None:
        return []
    if requirement["kind"]:
        return [say("Level needed for {kind}: {answer}", kind=requirement["kind"], answer=str(requirement["sentence"]))]
    return [say("Level needed: {answer}", answer=str(requirement["sentence"]))]


def _reasons(reasons: Iterable[Part]) -> list[Row]:
    return [
        {"tone": one["tone"], "icon": one["icon"], "word": str(one["word"]), "what": one["what"], "why": one["why"]}
        for one in reasons
    ]


def _heading(part: Part) -> str:
    return f"{part['kind']}{say(': ')}{part['name'] or say('Not known')}"


def _line(part: Part) -> Row:
    verdict = part["verdict"]
    return {
        "number": part["number"],
        "anchor": part["anchor"],
        "title": _heading(part),
        "tone": verdict.tone,
        "icon": verdict.icon,
        "word": str(verdict.word),
        "sentence": str(verdict.sentence),
    }


def _told(parts: Iterable[Part]) -> Iterator[Row]:
    """The parts for which there is room, each with those of its time-stamps for which there is."""
    room = MOST
    for part in parts:
        if not room:
            return
        stamps = part.get("stamps", [])[: room - 1]
        room -= 1 + len(stamps)
        yield {**part, "told": stamps}


def _part(part: Part, report: Part) -> Row:
    facts = part["facts"]
    signature = part["signature"]
    return {
        **_line(part),
        "whose": say("Who, and through which service") if signature else say("Which service"),
        "reasons": _reasons(part["reasons"]),
        "facts": [*_who(part), *_when(part), *_service(part), *_cryptography(facts)],
        "events": [_checked(report), *(_event(event) for event in part["events"])],
        "checks": _checks(part["checks"]["rows"]),
        "codes": [notice["code"] for notice in part["notices"]],
        "certificate-title": _whose_certificate(facts),
        "certificate": list(_certificate(facts)),
        "stamps": [_stamp(stamp) for stamp in part["told"]],
    }


def _whose_certificate(facts: Part) -> str:
    if facts.get("kind") == "seal":
        return say("Certificate of the seal")
    return say("Signer certificate") if "kind" in facts else say("Certificate of the time-stamp")


def _stamp(stamp: Part) -> Row:
    return {
        **_line(stamp),
        "facts": [
            _row(say("Time"), _moment(stamp["facts"]["time"]), note=_use(stamp["facts"])),
            *_level(stamp),
            *_service(stamp),
            *_certificate(stamp["facts"]),
        ],
        "checks": _checks(stamp["checks"]["rows"]),
        "codes": [notice["code"] for notice in stamp["notices"]],
    }


def _use(stamp: Part) -> str:
    return say("Used as proof of time.") if stamp["proof"] else say("Not used as proof of time.")


def _who(part: Part) -> Iterator[Row]:
    facts = part["facts"]
    if not part["signature"]:
        yield from _level(part)
        return
    label = say("Issued by") if facts["kind"] == "seal" else say("Signed by")
    claimed = facts["signer"] and facts["indication"] != "TOTAL-PASSED"
    note = say("(as its certificate says)") if claimed else ""
    yield _row(label, part["name"] or say("Not known"), "strong", note)
    identity = part["identity"]
    if identity and identity["number"]:
        note = say(", ").join(one for one in (identity["registered"], identity["state"]) if one)
        yield _row(say("Corporate number"), identity["number"], note=note)
    if identity and identity["device"]:
        yield _row(say("Device"), identity["device"], "code", identity["arc"])
    if facts["kind"] == "signature" and facts["signer"] and facts["signer"]["organization"]:
        yield _row(say("Organisation"), facts["signer"]["organization"])
    yield from _level(part)


def _level(part: Part) -> Iterator[Row]:
    """The badge says a level only of what passed now, as on the page."""
    verdict = part["verdict"]
    if part["level"]:
        name, word = LEVEL[part["level"]]
        chip = ["idle" if part["level"] == "other" else "info", name, str(word)]
    else:
        chip = [verdict.tone, verdict.icon, str(verdict.word)]
    yield _row(say("Level"), part["qualification"], "level", chip=chip)


def _when(part: Part) -> Iterator[Row]:
    facts = part["facts"]
    if not part["signature"]:
        yield _row(say("Time"), _moment(facts["time"]), note=_use(facts))
        return
    claimed = _moment(facts["signing_time"])
    label = say("Time of the seal") if facts["kind"] == "seal" else say("Signing time")
    yield _row(label, claimed or say("Not stated"), note=say("(claimed)") if claimed else "")
    proven = say("At the latest ") + _moment(facts["best_signature_time"])
    yield _row(say("Proof of time"), proven if part["proof"] else say("None", sense="part"))
    stamps, told = len(part["stamps"]), len(part["told"])
    if stamps > told:
        yield _row(say("Time-stamps"), say("{n}, of which {k} are told below", n=stamps, k=told))


def _service(part: Part) -> Iterator[Row]:
    service, signature = part["service"], part["signature"]
    label = say("Issuing service") if signature else say("Service")
    if not service:
        issuer = (part["facts"].get("signer") or {}).get("issuer", "")
        yield _row(label, str(STATUS["none"][2]), note=issuer)
        return
    yield _row(label, service["name"], note=service["provider"])
    texts = (
        (say("Status at issuance"), say("Status at the time that counts"))
        if signature
        else (say("Status at that time"), say("Status when it is relied on"))
    )
    for text, known, status in zip(texts, service["known_at"], (service["first"], service["second"]), strict=True):
        if known:
            yield _row(text, str(LEVEL[status["level"]][1] if status["level"] else STATUS[status["chip"]][2]))


def _cryptography(facts: Part) -> Iterator[Row]:
    if "kind" in facts:
        yield _row(say("Format"), f"{facts['format']} {facts['level']}", "code")
    codes = " / ".join(str(one) for one in (facts["indication"], facts["sub_indication"]) if one)
    yield _row(say("Indication"), codes, "code")
    covered = " / ".join(str(one) for one in (facts.get("coverage"), facts.get("modifications")) if one)
    if covered:
        yield _row(say("Coverage"), covered, "code")
    if facts.get("algorithms"):
        yield _row(say("Cryptography"), ", ".join(facts["algorithms"]), "code")
    if facts.get("reason"):
        yield _row(say("Reason (claimed)"), facts["reason"])
    if facts.get("location"):
        yield _row(say("Place (claimed)"), facts["location"])


def _checked(report: Part) -> Row:
    used = report["list"]
    note = say("Against list {issue}", issue=say("issue {n}", n=used["sequence"])) if used else ""
    return {
        "when": _moment(report["validation_time"]),
        "tone": "info",
        "icon": "search",
        "what": say("Checked"),
        "note": note,
    }


def _event(event: Event) -> Row:
    return {
        "when": _moment(event.when),
        "tone": event.tone or "idle",
        "icon": event.icon,
        "what": event.what,
        "note": event.note,
    }


def _checks(rows: Iterable[Part]) -> list[Row]:
    return [
        {
            "tone": row["look"][0],
            "icon": row["look"][1],
            "word": str(row["look"][2]).rstrip(":： "),
            "text": row["text"],
            "name": row["name"],
        }
        for row in rows
    ]


def _certificate(facts: Part) -> Iterator[Row]:
    signer = facts.get("signer")
    if not signer:
        return
    yield _row(say("Subject"), signer["subject"])
    if signer["issuer"]:
        yield _row(say("Issuer"), signer["issuer"])
    if signer["not_before"]:
        start, end = _moment(signer["not_before"]), _moment(signer["not_after"])
        yield _row(say("Validity"), say("{start} to {end}", start=start, end=end))
    if signer["serial"]:
        yield _row(say("Serial number"), signer["serial"], "hash")
    yield _row("SHA-256", signer["certificate_sha256"], "hash")
