"""The time of a signature as a drawing: validity of the certificate and events on one scale (ui.md 4, `tr-lanes`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from signing.surroundings import ServiceState
from signing.views.timeline import standing
from trustreg.base.lanes import Band, drawn
from trustreg.base.moments import JST
from trustreg.base.words import say

_NEAREST: Final = 34.0  # per cent of the width; events that lie closer share a label, so that no two overlap
_FIRST, _LAST = 2.0, 98.0


def _bands(states: Sequence[ServiceState], start: datetime, now: datetime) -> Iterator[Band]:
    """What lies between the first event and the check; neighbours that read the same are one."""
    held: Band | None = None
    for state in states:
        begin, end = max(state.start, start), min(state.end or now, now)
        if begin >= end:
            continue
        tone, word = standing(state.status)
        if held is not None and held.title == word:
            held = Band(held.starts, end, tone, word)
            continue
        if held is not None:
            yield held
        held = Band(begin, end, tone, word)
    if held is not None:
        yield held


def lanes(part: Mapping[str, Any], checked: str, states: Sequence[ServiceState] = ()) -> dict[str, Any] | None:
    """Percentages and labels; None for what has no certificate or no extent in time.

    `states` are those of the issuing service, in order.
    """
    signer = part.get("signer") or {}
    if not signer.get("not_before") or not signer.get("not_after"):
        return None
    begin, end, now = (datetime.fromisoformat(text) for text in (signer["not_before"], signer["not_after"], checked))
    events = [(begin, say("Certificate"), "info")]
    if part.get("signing_time"):
        word = say("Seal") if part["kind"] == "seal" else say("Signature")
        events.append((datetime.fromisoformat(part["signing_time"]), word, "info"))
    events += [
        (datetime.fromisoformat(stamp["time"]), say("Time-stamp"), "ok")
        for stamp in part["timestamps"]
        if stamp["time"] and stamp["proof"]
    ][:1]
    events.append((now, say("Check", sense="lanes"), "ok"))
    events.sort(key=lambda event: event[0])
    start, extent = events[0][0], (events[-1][0] - events[0][0]).total_seconds()
    if extent <= 0:
        return None

    def place(moment: datetime) -> float:
        share = (moment - start).total_seconds() / extent
        return round(_FIRST + (_LAST - _FIRST) * min(max(share, 0.0), 1.0), 1)

    labels: list[dict[str, Any]] = []
    for moment, word, _ in events:
        at = place(moment)
        if labels and at - labels[-1]["at"] < _NEAREST:
            labels[-1]["words"].append(word)
        else:
            labels.append({"at": at, "words": [word], "when": moment})
    short = (now - start).days < 1
    bands = list(_bands(states, start, now))
    return {
        "service": drawn(bands, place, 1) if bands else "",
        "statuses": say(", ").join(band.title for band in bands),
        "certificate": {"at": place(begin), "width": round(place(min(end, now)) - place(begin), 1)},
        "dots": [{"at": place(moment), "tone": tone} for moment, _, tone in events],
        "labels": [
            {
                "at": label["at"] if label["at"] < 85 else 100,
                "anchor": "start" if label["at"] < 15 else "end" if label["at"] >= 85 else "middle",
                "text": say(", ", sense="case criterion").join(dict.fromkeys(label["words"])),
                "when": label["when"].astimezone(JST).strftime("%H:%M" if short else "%Y-%m-%d"),
            }
            for label in labels
        ],
        "sentence": say(", ").join(dict.fromkeys(word for _, word, _ in events)),
    }
