"""What the engine of a child is told to load by dotted path, in tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from signing.domain.enrich import Enrichment, SignatureFacts
from signing.domain.report import ValidationReport
from tests.signing.signing_world import Schedule


def load_trust(data: bytes) -> Schedule:
    """A schedule from JSON: hex of key -> [hex of certificate, type, [[time, status], …]]."""
    entries = {
        bytes.fromhex(key): (
            bytes.fromhex(der),
            kind,
            tuple((datetime.fromisoformat(start).astimezone(UTC), status) for start, status in states),
        )
        for key, (der, kind, states) in json.loads(data).items()
    }
    return Schedule(entries, version=hashlib.sha256(data).hexdigest())


def dump_trust(schedule: Schedule) -> bytes:
    """The inverse."""
    return json.dumps(
        {
            key.hex(): [der.hex(), kind, [[start.isoformat(), status] for start, status in states]]
            for key, (der, kind, states) in schedule.entries.items()
        }
    ).encode()


def enricher(trust: Schedule, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    def enrich(facts: SignatureFacts) -> Enrichment:
        return Enrichment(qualification=settings["word"])

    return enrich


def requirement(trust: Schedule, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    def check(report: ValidationReport) -> dict[str, Any]:
        return {"document_type": options.get("document_type"), "met": report.indication.value == "TOTAL-PASSED"}

    return check
