"""A validation report as the page shows it: verdict, why, who, when, details, in this order (ui.md 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst

from signing.next_steps import next_steps
from signing.surroundings import ServiceState, Surroundings
from signing.titles import (
    IDENTITIES,
    QUALIFICATIONS,
    RESULTS,
    SYNTAXES,
    THINGS,
    stamp_title,
    title,
)
from signing.verdict import (
    FAILED,
    PASSED,
    element_names,
    part_verdict,
    requirement_words,
    signer_name,
    verdict_of,
)
from signing.verdict_words import BAD, OK, UNKNOWN
from signing.views.lanes import lanes
from signing.views.reasons import message, of_nothing, of_signature, of_stamp
from signing.views.timeline import events, revocation_rows
from trustreg.base.words import language, named, say

Part = Mapping[str, Any]

_MOST_DECISIONS: Final = 3  # each takes queries; a document with more services links to the services alone
_MOST_HISTORIES: Final = 3
_BADNESS: Final = {"bad": 0, "warn": 1, "idle": 3, "info": 4, "ok": 5}


def shown(report: Mapping[str, Any], house: Surroundings, *, at: datetime | None = None) -> dict[str, Any]:
    """The context of the page of a report; `at` is the time that was assumed, when one was."""
    verdict = verdict_of(report)
    records = _Records(report, house)
    signatures = [_signature(part, number, records) for number, part in enumerate(report["signatures"], 1)]
    stamps = [_stamp(part, number, records) for number, part in enumerate(report["timestamps"], 1)]
    return {
        "report": report,
        "verdict": verdict,
        "document": _document(report["document"]),
        "codes": _codes(report),
        "many": len(signatures) + len(stamps) > 1,
        "parts": [*signatures, *stamps],
        "reasons": [] if signatures or stamps else of_nothing(report, verdict.tone),
        "records": [_evidence_record(record, report) for record in report.get("evidence_records", ())],
        "requirement": _requirement(report, house),
        "list_url": records.list_url,
        "assumed_at": at,
        "steps": next_steps(report),
        "again": report["indication"] == "INDETERMINATE" and verdict.tone == "warn" and not report.get("hypothetical"),
    }


def _evidence_record(record: Part, report: Mapping[str, Any]) -> dict[str, Any]:
    """An evidence record: what it is about, since when that is proven, and how often the proof was renewed."""
    stamps = [*report["timestamps"], *(stamp for part in report["signatures"] for stamp in part["timestamps"])]
    own = {stamp["sha256"]: stamp for stamp in stamps if (stamp.get("evidence_record") or {}).get("id") == record["id"]}
    numbers = [number for number, part in enumerate(report["signatures"], 1) if part["id"] in record["signatures"]]
    return {
        "facts": record,
        "look": {PASSED: OK, FAILED: BAD}.get(record["indication"], UNKNOWN),
        "syntax": title(SYNTAXES, record["syntax"]) if record["syntax"] else "",
        "renewals": sum(bool(stamp["evidence_record"]["renewal"]) for stamp in own.values()),
        "signatures": say(", ").join(map(str, numbers)),
    }


def _document(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": facts["filename"],
        "format": facts["format"],
        "size": size_words(facts["size"]),
        "bytes": _bytes(facts["size"]),
    }


def _bytes(size: int) -> str:
    return say("{n} bytes", n=f"{size:,}")


def size_words(size: int) -> str:
    """`482 KB`, `50 MB`: as files are named on pages."""
    if size < 1000:
        return _bytes(size)
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB".replace(".0 MB", " MB")


def link(name: str, *arguments: object) -> str:
    """The address of another page; empty where this installation has none."""
    try:
        return reverse(f"pages:{name}", args=arguments)
    except NoReverseMatch:
        return ""


def _codes(report: Mapping[str, Any]) -> list[str]:
    parts = report["signatures"] or report["timestamps"]
    found = [report["indication"], report["sub_indication"]]
    if len(parts) == 1:
        part = parts[0]
        found.append(part["qualification"])
        if "kind" in part:
            found.append(f"{part['format']} {part['level']}".strip())
    return [str(code) for code in found if code]


class _Records:
    """Links from a report to the records that it rests on: services, issue of the list, decisions."""

    def __init__(self, report: Mapping[str, Any], house: Surroundings) -> None:
        self._house = house
        self._left = _MOST_DECISIONS
        self.checked = str(report["validation_time"])
        self._known: dict[tuple[str, str], str] = {}
        self._histories: dict[str, Sequence[ServiceState]] = {}
        self.sequence: int | None = report["list"]["sequence"] if report.get("list") else None
        self.list_url = link("list", self.sequence) if self.sequence else ""

    def service_url(self, service: Mapping[str, Any]) -> str:
        """The page of a service; empty for one of a foreign list."""
        try:
            return link("service", UUID(str(service["id"])))
        except ValueError:
            return ""

    def decision_url(self, service: Mapping[str, Any], at: str | None) -> str:
        """The decision behind the status of a service at a time; empty when it is not known."""
        if at is None or self.sequence is None:
            return ""
        key = (str(service["id"]), at)
        if key not in self._known and self._left:
            self._left -= 1
            found = self._house.decision(*_asked(key), self.sequence)
            self._known[key] = link("decision", found) if found else ""
        return self._known.get(key, "")

    def states(self, part: Part) -> Sequence[ServiceState]:
        """The states of the service behind a signature or time-stamp, as the list that was used has them."""
        service = part.get("service")
        if not service or self.sequence is None:
            return ()
        identifier = str(service["id"])
        if identifier not in self._histories:
            if len(self._histories) == _MOST_HISTORIES:
                return ()
            until = datetime.fromisoformat(self.checked)
            self._histories[identifier] = self._house.states(identifier, until, self.sequence)
        return self._histories[identifier]


def _asked(key: tuple[str, str]) -> tuple[str, datetime]:
    return key[0], datetime.fromisoformat(key[1])


def _signature(part: Part, number: int, records: _Records) -> dict[str, Any]:
    stamps = [_stamp(stamp, order, records, part["kind"]) for order, stamp in enumerate(part["timestamps"], 1)]
    states = records.states(part)
    return {
        "anchor": f"s{number}",
        "number": number,
        "signature": True,
        "kind": _kind(part),
        "name": signer_name(part),
        "verdict": part_verdict(part),
        "facts": part,
        "qualification": title(QUALIFICATIONS, part["qualification"]),
        "assuming": title(QUALIFICATIONS, part["assuming"]) if part.get("assuming") else "",
        "level": _level(part, "status_at_best_time"),
        "identity": _identity(part),
        "service": _service(part, records, part["best_signature_time"], ("status_at_issuance", "status_at_best_time")),
        "proof": next((stamp for stamp in part["timestamps"] if stamp["proof"]), None),
        "reasons": sorted(of_signature(part), key=lambda reason: _BADNESS[reason["tone"]]),
        "events": events(part, states, records.checked),
        "lanes": lanes(part, records.checked, states),
        "revocation": revocation_rows([part, *part["timestamps"]]),
        "checks": _checks(part["checks"]),
        "notices": _notices(part),
        "stamps": stamps,
    }


def _kind(part: Part) -> str:
    kind = _capital(str(THINGS[part["kind"]]))
    return say("{kind} (counter-signature)", kind=kind) if part.get("countersigns") else kind


def _capital(word: str) -> str:
    """The word as a heading begins with it; `eシール` has no capital."""
    return word if language() == "ja" else capfirst(word)


def _stamp(part: Part, number: int, records: _Records, kind: str = "") -> dict[str, Any]:
    return {
        "anchor": f"t{number}",
        "number": number,
        "signature": False,
        "kind": stamp_title(part, kind),
        "name": named((part.get("service") or {}).get("name") or {}) or signer_name(part),
        "verdict": part_verdict(part),
        "facts": part,
        "qualification": title(QUALIFICATIONS, part["qualification"]),
        "level": _level(part, "status_at_generation"),
        "service": _service(part, records, part["time"], ("status_at_generation", "status_at_proof")),
        "reasons": sorted(of_stamp(part), key=lambda reason: _BADNESS[reason["tone"]]),
        "events": [] if kind else events(part, records.states(part), records.checked),
        "revocation": [] if kind else revocation_rows([part]),
        "checks": _checks(part["checks"]),
        "notices": _notices(part),
        "certificate_url": _certificate_url(part),
    }


def _certificate_url(part: Part) -> str:
    """What the list says of the certificate; services are listed with theirs, signers never are."""
    return link("certificate", part["signer"]["certificate_sha256"]) if part.get("signer") else ""


def _level(part: Part, status: str) -> str:
    """The badge: a level only of what passed now; empty where none may be shown as granted."""
    if part["indication"] != PASSED or part["qualification"] in ("INDETERMINATE", "NOT_ADES", None):
        return ""
    if part["qualification"] in ("QESIG", "QESEAL", "QTSA"):
        return "qualified"
    counts = part.get("proof") if "kind" not in part else part.get("trust") == "list"
    held = (part.get("service") or {}).get(status)
    return "specified" if counts and held in ("qualified", "specified") else "other"


def _identity(part: Part) -> dict[str, Any] | None:
    known = (part.get("signer") or {}).get("identity")
    if part["kind"] != "seal" or known is None:
        return None
    organisation = known.get("organisation") or {}
    arc = known["state"] in ("under_arc", "unknown_arc")
    return {
        "number": known["corporate_number"],
        "device": known["device_oid"],
        "registered": named(organisation["name"]) if organisation.get("name") else "",
        "state": "" if arc else title(IDENTITIES, known["state"]),
        "arc": title(IDENTITIES, "under_arc" if known.get("arc") else "unknown_arc") if known["device_oid"] else "",
    }


def _service(part: Part, records: _Records, at: str | None, states: tuple[str, str]) -> dict[str, Any] | None:
    service = part.get("service")
    if not service:
        return None
    provider = service.get("provider") or {}
    first, second = (service.get(state) for state in states)
    return {
        "name": named(service["name"]) or service["id"],
        "url": records.service_url(service),
        "provider": named(provider.get("name") or {}),
        "first": _status(first),
        "second": _status(second),
        "decision_url": records.decision_url(service, at),
        "known_at": (states[0] in service, states[1] in service),
    }


def _status(status: str | None) -> dict[str, str]:
    """`level` for the badge of what was in force, else `chip` of ui.md 5."""
    if status in ("qualified", "specified"):
        return {"level": status, "chip": ""}
    return {"level": "", "chip": status if status in ("suspended", "withdrawn", "recognised") else "unknown"}


def _checks(checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [
        {
            "look": RESULTS.get(check["result"], RESULTS["info"]),
            "text": message(check["detail"]) if check["detail"] else check["name"],
            "name": check["name"],
        }
        for check in checks
    ]
    failed = sum(check["result"] == "fail" for check in checks)
    return {"rows": rows, "failed": failed, "total": len(rows)}


def _notices(part: Part) -> list[Part]:
    """Errors and warnings, each code once."""
    return list({notice["code"]: notice for notice in (*part["errors"], *part["warnings"])}.values())


def _requirement(report: Mapping[str, Any], house: Surroundings) -> dict[str, Any] | None:
    requirement = report.get("requirement")
    if requirement is None:
        return None
    code = requirement["document_type"]
    kind = next((row for row in house.document_types() if row.code == code), None) if code else None
    met = requirement["met"]
    applies = requirement["level"] in ("qualified", "specified")
    return {
        "kind": named(kind.names) if kind else code,
        "level": requirement["level"] if applies else "",
        "sentence": requirement_words(requirement),
        "missing": element_names(requirement["missing"]) if requirement["missing"] else "",
        "look": RESULTS["skip" if not applies else "pass" if met else "unknown" if met is None else "fail"],
    }
