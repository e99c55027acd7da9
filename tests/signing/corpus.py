"""The documents of other projects with their known verdicts: reading them, and validating them as they lie there."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest

from signing.domain.formats import Submission, detect
from signing.domain.policies import load_policy
from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.conftest import SHARED
from tests.signing.signing_world import Schedule
from trustreg.pki.certificates import Certificate

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECONDS = 5.0
MUST_NOT_PASS = {"not_passed", "format_error", "no_signature", "broken"}

Row = dict[str, str]


def rows_of(formats: tuple[str, ...]) -> list[tuple[Row, bytes]]:
    """(line of the manifest, octets) of the documents of these formats; skips where the corpus is not there."""
    folder = SHARED / "corpus" / "documents"
    if not folder.is_dir():
        pytest.skip(f"the corpus of other projects' documents is not at {folder} (set TRUSTREG_SHARED)")
    with (folder / "manifest.tsv").open(newline="") as manifest:
        found = [row for row in csv.DictReader(manifest, delimiter="\t") if row["format"].startswith(formats)]
    assert len(found) > 30, "the corpus is not whole"
    return [(row, (folder / row["file"]).read_bytes()) for row in found]


def validate(data: bytes, name: str, anchors: list[Certificate] | None = None) -> ValidationReport:
    """A report with no list and no network; `anchors` are trusted as the operator's own."""
    return validate_document(
        data, filename=name, trust=Schedule(version="empty"), extra_anchors=anchors or [], now=NOW, fetcher=None
    )


def own_roots(data: bytes) -> list[Certificate]:
    """Every certificate in the document that issued itself, or else every authority, or else every certificate."""
    kind = detect(data)
    if kind is None or kind.read is None:
        return []
    try:
        material = kind.read(Submission(data, "", (), load_policy("default-2026")))
    except ValueError:
        return []
    found = {certificate.sha256: certificate for certificate in material.evidence.certificates}
    roots = [one for one in found.values() if one.self_issued]
    return roots or [one for one in found.values() if one.is_ca] or list(found.values())


def check_known(rows: list[tuple[Row, bytes]], file: str, details: list[tuple[int, str, object]]) -> None:
    """(index of the signature, member, value) as the makers of the file say."""
    data = next(data for row, data in rows if row["file"] == file)
    report = validate(data, file)
    for index, member, value in details:
        assert getattr(report.signatures[index], member) == value, (file, index, member)
