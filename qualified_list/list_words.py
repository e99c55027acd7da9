"""What changed between two issues, by meaning: one item for each service, with what was and what is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from certification.models import Decision
from qualified_list.domain.model import LEVELS, Status
from qualified_list.selectors import ListedChange
from trustreg.base.words import Words, either, named, say

_ENDED: Final = {"withdrawn", "ceased", "expired"}
_SCOPES: Final = {
    "esign": Words("電子署名", "electronic signatures"),
    "eseal": Words("eシール", "e-seals"),
    "web": Words("ウェブサイト認証", "website authentication"),
}
_STATES: Final = {
    Status.QUALIFIED: Words("クオリファイド・有効", "qualified, valid"),
    Status.SPECIFIED: Words("特定・有効", "specified, valid"),
    Status.SUSPENDED: Words("一時停止", "suspended"),
    Status.WITHDRAWN: Words("取消し", "withdrawn"),
}
_ENDINGS: Final = {
    "ceased": Words("終了", "ceased"),
    "expired": Words("期限満了", "expired"),
}


@dataclass(slots=True)
class Line:
    """One thing that is other than before. Moments are times, all else is text; empty means: there was none."""

    label: str
    before: str | datetime | None = None
    after: str | datetime | None = None
    moment: bool = False


@dataclass(slots=True)
class ChangedService:
    """A service with everything that changed on it. `op` is `add`, `del` (it ended) or `mod`."""

    service_id: str
    name: str
    provider: str
    op: str
    state: str
    level: str
    lines: list[Line] = field(default_factory=list)
    decisions: tuple[str, ...] = ()
    bases: list[Decision] = field(default_factory=list)

    @property
    def lapsed(self) -> bool:
        """Whether the level is shown as one that is not in effect."""
        return self.state != "valid"


def changed_services(changes: Iterable[dict[str, Any]], states: Iterable[ListedChange]) -> list[ChangedService]:
    """The services that differ, in list order. `states` are what the issues in between brought, oldest first."""
    last = {str(state.service_id): state for state in states}
    told: dict[str, ChangedService] = {}
    for change in changes:
        identifier = change["service"]
        state = last.get(identifier or "")
        if identifier is None:
            continue
        if identifier not in told:
            told[identifier] = _service(identifier, change, state)
        service = told[identifier]
        service.lines += _lines(change, service.state)
    return list(told.values())


def other_changes(changes: Iterable[dict[str, Any]]) -> list[str]:
    """The sentences of what changed beside services: providers and the scheme."""
    return [named(change["message"]) for change in changes if change["service"] is None]


def _service(identifier: str, change: dict[str, Any], state: ListedChange | None) -> ChangedService:
    shape = change["after"] or change["before"] or {}
    status = shape.get("status", "")
    shown = state.state if state else "valid" if status in LEVELS else status or "unknown"
    op = "add" if change["kind"] == "service_added" else "mod"
    if change["kind"] == "service_removed" or (change["kind"] == "status_changed" and shown in _ENDED):
        op = "del"
    provider = state.provider if state else None
    return ChangedService(
        service_id=identifier,
        name=named(state.names) if state else named(shape.get("names") or {}) or identifier,
        provider=either(provider.name_ja, provider.name_en or provider.name_ja) if provider else "",
        op=op,
        state=shown,
        level=state.level if state else status if status in LEVELS else "",
        decisions=state.decisions if state else (),
    )


def _lines(change: dict[str, Any], state: str) -> Iterable[Line]:
    before, after = change["before"], change["after"]
    if change["kind"] == "status_changed":
        yield Line(say("Status"), _status(before), str(_ENDINGS.get(state, "")) or _status(after))
    elif change["kind"] == "service_updated":
        yield Line(
            say("Identity"),
            None,
            say("certificates or addresses changed"),
        )
    elif change["kind"] == "service_removed":
        yield Line(say("Listing"), say("listed"), say("not listed"))
    granted = (
        change["kind"] != "service_removed" and before and before["status"] in LEVELS and after["status"] in LEVELS
    )
    for part in change["parts"]:
        if part == "names":
            yield Line(say("Name", sense="list words"), named(before["names"]), named(after["names"]))
        elif part == "scope":
            yield Line(say("Use", sense="list words"), _scope(before), _scope(after))
        elif part == "valid_until" and not granted:
            continue  # what is not granted has no end: the status says it all
        elif part == "valid_until":
            yield Line(say("End of the grant"), _time(before), _time(after), moment=True)
        else:
            yield Line(
                say("Qualifiers"),
                None,
                say("qualifiers of certificates changed"),
            )


def _status(shape: dict[str, Any]) -> str:
    status = shape["status"]
    return str(_STATES[Status(status)]) if status in set(Status) else str(status)


def _scope(shape: dict[str, Any]) -> str:
    return say(", ").join(str(_SCOPES.get(usage, usage)) for usage in shape["scope"])


def _time(shape: dict[str, Any]) -> datetime | None:
    text = shape["valid_until"]
    return datetime.fromisoformat(text) if isinstance(text, str) else text
