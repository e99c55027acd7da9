"""What happened when, about one signature, seal or time-stamp: newest first, as the page and the PDF tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from signing.surroundings import ServiceState
from signing.titles import ORIGINS, REVOCATION_REASONS, REVOCATION_STATES, SOURCES, proves, stamp_title, title
from signing.verdict import signer_name
from trustreg.base.templatetags.ui import LEVEL, STATUS
from trustreg.base.words import named, say

Part = Mapping[str, Any]

_NAME: Final = re.compile(r"(?:^|(?<!\\),)(?:CN|O)=((?:\\.|[^,\\])+)")
_ESCAPED: Final = re.compile(r"\\(.)")
_ICONS: Final = {"ok": "check", "warn": "pause", "bad": "x", "recognised": "globe"}


@dataclass(frozen=True, slots=True)
class Event:
    """`when` as in the report; `tone` and `icon` as in ui.md 4; `order` puts what has the same time in sequence."""

    when: str
    order: int
    tone: str
    icon: str
    what: str
    note: str


def events(part: Part, states: Sequence[ServiceState], checked: str) -> list[Event]:
    """Newest first; the check itself (`checked`) is added by who shows them. `states` are those of its service."""
    found = [*_stamped(part), *_revocation(part)]
    if "kind" in part:
        found += _signed(part)
    begin = min((event.when for event in found if event.when), default=checked)
    found += _service(part, states, begin, checked)
    return sorted((event for event in found if event.when), key=lambda one: (_time(one.when), one.order), reverse=True)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _signed(part: Part) -> Iterator[Event]:
    seal = part["kind"] == "seal"
    what = say("Sealed (claimed by the issuer)") if seal else say("Signed (claimed by signer)")
    yield Event(part["signing_time"] or "", 2, "", "stamp" if seal else "pen", what, signer_name(part))
    service = named((part.get("service") or {}).get("name") or {})
    what = (
        say("Validity of the certificate of the seal began")
        if seal
        else say("Validity of the signer certificate began")
    )
    yield Event((part.get("signer") or {}).get("not_before") or "", 1, "info", "key", what, service)


def _stamped(part: Part) -> Iterator[Event]:
    kind = part.get("kind", "")
    for stamp in part["timestamps"] if kind else [part]:
        service = named((stamp.get("service") or {}).get("name") or {}) or signer_name(stamp)
        use = proves(stamp, kind) if stamp["proof"] else say("not used as proof of time")
        tone, icon = ("ok", "clock") if stamp["proof"] else ("warn", "question")
        note = say(": ").join(text for text in (service, use) if text)
        yield Event(stamp["time"] or "", 3, tone, icon, stamp_title(stamp, kind), note)


def _revocation(part: Part) -> Iterator[Event]:
    """When the revocation data that was used was made, and which certificate of the path was revoked when."""
    for number, used in enumerate(part.get("revocation", ())):
        about, where = _about(part, used), _where(used)
        if used["revoked_at"]:
            reason = title(REVOCATION_REASONS, used["reason"])
            note = say(", ").join(text for text in (about, reason, where) if text)
            yield Event(used["revoked_at"], 4, "bad", "x", say("Certificate revoked"), note)
        elif used["state"] == "good":
            what = say("An issuer's certificate not revoked") if number else say("Not revoked, according to the issuer")
            yield Event(used["this_update"], 4, "ok", "check-circle", what, say(", ").join((about, where)))


def _about(part: Part, used: Part) -> str:
    """The name by which people know the certificate: the first common name or organisation of its subject."""
    digest = used["certificate_sha256"]
    subject = next((one["subject"] for one in part["path"] if one["certificate_sha256"] == digest), "")
    found = _NAME.search(subject)
    return _ESCAPED.sub(r"\1", found[1]) if found else subject


def _where(used: Part) -> str:
    source, origin = title(SOURCES, used["source"]), title(ORIGINS, used["origin"])
    return say("{source} ({origin})", source=source, origin=origin)


def _service(part: Part, states: Sequence[ServiceState], begin: str, checked: str) -> Iterator[Event]:
    """How the status of the issuing service changed between the first event and the check."""
    name = named((part.get("service") or {}).get("name") or {})
    for state in states:
        if _time(begin) < state.start <= _time(checked):
            tone, word = standing(state.status)
            icon, tone = _ICONS.get(tone, "dash"), "ok" if tone == "recognised" else tone
            issuing = "kind" in part
            what = say("Issuing service: {status}", status=word) if issuing else say("Service: {status}", status=word)
            yield Event(state.start.isoformat(), 0, tone, icon, what, name)


def standing(status: str | None) -> tuple[str, str]:
    """Tone and word of a status of a service: `("ok", "クオリファイド")`."""
    if status in LEVEL:
        return "ok", str(LEVEL[status][1])
    tone, _, word = STATUS.get(status or "unknown", STATUS["unknown"])
    return tone, str(word)


def revocation_rows(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Revocation data that was used about a signature and its time-stamps, each piece about each certificate once."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for part in parts:
        for used in part.get("revocation", ()):
            state = used["state"]
            rows[used["sha256"], used["certificate_sha256"]] = {
                "about": _about(part, used),
                "tone": {"good": "ok", "revoked": "bad"}.get(state, "warn"),
                "icon": {"good": "check-circle", "revoked": "x"}.get(state, "question"),
                "state": title(REVOCATION_STATES, state),
                "where": _where(used),
                **{name: used[name] for name in ("this_update", "next_update", "revoked_at", "sha256")},
            }
    return list(rows.values())
