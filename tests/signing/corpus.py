"""The documents of other projects with their known verdicts, and how far a report agrees with them.

`python -m tests.signing.corpus` prints the figures that `docs/validation-differences.md` names.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, Final

import pytest

from signing.domain.formats import DetachedDocument, Submission, detect
from signing.domain.policies import load_policy
from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.conftest import SHARED
from tests.signing.signing_world import Schedule
from trustreg.pki.certificates import Certificate

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROWS: Final = 137
SECONDS: Final = 5.0
COMPARED: Final = {"intact", "broken", "format_error", "no_signature", "not_passed"}
MUST_NOT_PASS: Final = COMPARED - {"intact"}
WRAPPED: Final = ("XSW-", "disable-checks")

BESIDE: Final = {"12b9e38d-cades-bes-signeddata-detached.p7s": b"Hello World"}
"""What the makers hand in beside a detached signature, where it is no file of the corpus."""

EXPLAINED: Final = {
    "7e5a7d6f-cades-ats-v3-rev-val-crl.p7s": "its content, a picture, is not in the corpus (RFC 5652 5.2)",
    "08a33cdb-BadEncodedCMS.pdf": "found, and refused for its encoding, instead of not found (X.690 8.3.2)",
}
"""Every row whose verdict is not the known one, and the clause that decides it."""

LEVELS_EXPLAINED: Final = {
    "7e5a7d6f-cades-ats-v3-rev-val-crl.p7s": "where the path of a relying party ends is not the level's (EN 319 122-2)",
}


@dataclass(frozen=True)
class Row:
    """One line of the manifest with its document."""

    file: str
    format: str
    verdict: str
    expected: str
    data: bytes

    @property
    def beside(self) -> tuple[DetachedDocument, ...]:
        """What is handed in with it."""
        return (DetachedDocument("document", BESIDE[self.file]),) if self.file in BESIDE else ()

    @property
    def wrapped(self) -> bool:
        """Whether what a reader sees is not what was signed (signature wrapping)."""
        return any(mark in self.file for mark in WRAPPED)

    @property
    def level(self) -> str | None:
        """The level that its makers name, in our words."""
        named = re.search(r"\(level (?:[CJPX]AdES_|JSON_)?(\w+)\)", self.expected)
        return named[1].replace("BASELINE_", "BASELINE-").replace("PKCS7_", "PKCS7-") if named else None

    @cached_property
    def own_roots(self) -> list[Certificate]:
        """Every certificate in the document that issued itself, or else every authority, or else every certificate."""
        kind = detect(self.data)
        if kind is None or kind.read is None:
            return []
        try:
            material = kind.read(Submission(self.data, "", (), load_policy("default-2026")))
        except ValueError:
            return []
        found = {certificate.sha256: certificate for certificate in material.evidence.certificates}
        roots = [one for one in found.values() if one.self_issued]
        return roots or [one for one in found.values() if one.is_ca] or list(found.values())


def read_rows() -> list[Row]:
    """Every line of the manifest; skips where the corpus is not there."""
    folder = SHARED / "corpus" / "documents"
    if not folder.is_dir():
        pytest.skip(f"the corpus of other projects' documents is not at {folder} (set TRUSTREG_SHARED)")
    with (folder / "manifest.tsv").open(newline="") as manifest:
        lines = list(csv.DictReader(manifest, delimiter="\t"))
    return [
        Row(line["file"], line["format"], line["verdict"], line["expected"], (folder / line["file"]).read_bytes())
        for line in lines
    ]


def validate(row: Row, *, own_roots: bool = False) -> ValidationReport:
    """A report with no list and no network; with `own_roots` those of the document are trusted as the operator's."""
    return validate_document(
        row.data,
        filename=row.file,
        detached=row.beside,
        trust=Schedule(version="empty"),
        extra_anchors=row.own_roots if own_roots else [],
        now=NOW,
        fetcher=None,
    )


Report = Mapping[str, Any]


def agrees(row: Row, report: Report) -> bool:
    """Whether a report (JSON) says what the makers of the file say: a document without signatures by its tokens."""
    signatures, passed = report["signatures"], report["indication"] == "TOTAL-PASSED"
    values = {one["intact"] for one in signatures or report["timestamps"]}
    return {
        "intact": values == {True},
        "broken": bool(values) and True not in values and not passed,
        "format_error": report["sub_indication"] == "FORMAT_FAILURE",
        "no_signature": not signatures and not passed,
        "not_passed": not passed,
    }[row.verdict]


def reasons(row: Row, report: Report) -> set[str]:
    """Why a document does not pass, besides that no path leads to anybody who is trusted."""
    parts = [*report["signatures"], *report["timestamps"]]
    found = {str(one["sub_indication"]) for one in (report, *parts) if one["indication"] != "TOTAL-PASSED"}
    found |= {f"coverage {one['coverage']}" for one in parts if one["coverage"] in ("partial", "none")}
    found |= {"modifications" for one in parts if one["modifications"] == "other"}
    found |= {"not intact" for one in parts if one["intact"] is False}
    return found - ({"NO_CERTIFICATE_CHAIN_FOUND"} - {row.expected.partition("/")[2]})


@dataclass
class Tally:
    """What a whole run said. `wrong` are broken or wrapped documents that passed or were called whole."""

    agreed: int
    compared: int
    differing: dict[str, str]
    without_reason: set[str]
    wrong: set[str]
    verdicts: Counter[str]

    @property
    def share(self) -> float:
        return self.agreed / self.compared

    def lines(self) -> Iterable[str]:
        yield f"{self.agreed} of {self.compared} agree ({self.share:.1%}); {len(self.wrong)} broken or wrapped passed"
        yield from (f"  differs: {file} ({said})" for file, said in sorted(self.differing.items()))
        yield from (f"  {count:3} {verdict}" for verdict, count in sorted(self.verdicts.items()))


def tally(rows: Sequence[Row], report_of: Callable[[Row], Report]) -> Tally:
    """The agreement over all rows."""
    found = Tally(0, 0, {}, set(), set(), Counter())
    for row in rows:
        report = report_of(row)
        passed = report["indication"] == "TOTAL-PASSED"
        said = f"{report['indication']}/{report['sub_indication'] or ''}"
        found.verdicts[f"{row.verdict}: {said}"] += 1
        if row.verdict == "broken" or row.wrapped:
            whole = any(one["coverage"] == "whole" for one in report["signatures"])
            found.wrong |= {row.file} if passed or whole else set()
        if row.verdict not in COMPARED:
            continue
        found.compared += 1
        if row.verdict in MUST_NOT_PASS and not reasons(row, report):
            found.without_reason.add(row.file)
        if agrees(row, report):
            found.agreed += 1
        else:
            found.differing[row.file] = said
    return found


def _report(row: Row, *, own_roots: bool) -> Report:
    return validate(row, own_roots=own_roots).to_json()


def main() -> None:
    """Print both runs: with nothing trusted, and with each document's own roots trusted."""
    rows = read_rows()
    for own_roots in (False, True):
        found = tally(rows, partial(_report, own_roots=own_roots))
        sys.stdout.write("own roots trusted\n" if own_roots else "nothing trusted\n")
        sys.stdout.writelines(f"  {line}\n" for line in found.lines())
    for row in rows:
        levels = [one.level for one in validate(row).signatures]
        if row.level and levels[0] != row.level:
            sys.stdout.write(f"level {row.level}, here {levels[0]}: {row.file}\n")


if __name__ == "__main__":
    main()
