"""XML documents of other projects (EU DSS, national trusted lists, pyHanko) with their known verdicts."""

from __future__ import annotations

import sys
import time
from collections import Counter

import pytest

from signing.domain.report import ValidationReport
from tests.signing.corpus import MUST_NOT_PASS, SECONDS, Row, check_known, own_roots, rows_of, validate
from trustreg.pki.indications import Indication

pytestmark = pytest.mark.corpus

FORMATS = ("XAdES", "TL (XAdES", "XML ")
WRAPPED = ("XSW-", "disable-checks")


@pytest.fixture(scope="module")
def rows() -> list[tuple[Row, bytes]]:
    return rows_of(FORMATS)


def test_every_document_gets_a_report_in_time(rows: list[tuple[Row, bytes]]) -> None:
    slow = []
    for row, data in rows:
        started = time.process_time()
        report = validate(data, row["file"])
        took = time.process_time() - started
        assert report.indication in Indication
        assert report.to_json()["document"]["size"] == len(data)
        assert not any(notice.code in ("PARSER_FAILED", "INTERNAL_ERROR") for notice in report.errors), row["file"]
        if took > SECONDS:
            slow.append((row["file"], took))
    assert not slow


def agrees(verdict: str, report: ValidationReport) -> bool | None:
    """Whether a report says what the makers of the file say; None where they say nothing that can be compared."""
    values = {signature.intact for signature in report.signatures}
    passed = report.indication is Indication.TOTAL_PASSED
    return {
        "intact": values == {True},
        "broken": bool(values) and True not in values and not passed,
        "format_error": report.sub_indication == "FORMAT_FAILURE",
        "no_signature": not values and not passed,
        "not_passed": not passed,
    }.get(verdict)


def test_the_known_verdicts(rows: list[tuple[Row, bytes]], capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    disagreements = []
    for row, data in rows:
        report = validate(data, row["file"], own_roots(data))
        same = agrees(row["verdict"], report)
        if same is None:
            continue
        counts[f"{row['verdict']}: {'agree' if same else 'disagree'}"] += 1
        if not same:
            disagreements.append((row["file"], row["verdict"], report.indication, report.sub_indication))
        if row["verdict"] == "broken":
            assert True not in {signature.intact for signature in report.signatures}, row["file"]
    with capsys.disabled():
        sys.stdout.write(f"\ncorpus, XML: {dict(sorted(counts.items()))}\n")
    assert len(disagreements) <= sum(counts.values()) * 0.03, disagreements


@pytest.mark.parametrize("with_own_roots", [False, True], ids=["no trust", "own roots trusted"])
def test_what_must_not_pass_does_not(
    rows: list[tuple[Row, bytes]], with_own_roots: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    for row, data in rows:
        report = validate(data, row["file"], own_roots(data) if with_own_roots else None)
        counts[f"{row['verdict']}: {report.indication.value}/{report.sub_indication or ''}"] += 1
        passed = report.indication is Indication.TOTAL_PASSED
        if row["verdict"] in MUST_NOT_PASS:
            assert not passed, row["file"]
            assert not any(one.coverage == "whole" for one in report.signatures if one.intact is not True), row["file"]
        if any(mark in row["file"] for mark in WRAPPED):
            assert not passed, row["file"]
            assert not any(one.coverage == "whole" for one in report.signatures), row["file"]
    with capsys.disabled():
        sys.stdout.write(f"\ncorpus, XML, {'own roots' if with_own_roots else 'no trust'}:\n")
        for name, count in sorted(counts.items()):
            sys.stdout.write(f"  {count:3} {name}\n")


def test_levels_are_those_that_the_makers_name(rows: list[tuple[Row, bytes]]) -> None:
    named = 0
    for row, data in rows:
        if "(level XAdES_" not in row["expected"]:
            continue
        named += 1
        level = row["expected"].partition("(level XAdES_")[2].partition(")")[0]
        assert validate(data, row["file"]).signatures[0].level == level, row["file"]
    assert named >= 4


def test_whole_documents_are_called_whole(rows: list[tuple[Row, bytes]]) -> None:
    for row, data in rows:
        if "scope FULL" in row["expected"] or (row["format"].startswith("TL") and row["verdict"] == "intact"):
            assert validate(data, row["file"]).signatures[0].coverage == "whole", row["file"]


KNOWN = {
    # file: (signature index, member, value) as the tests of the projects that made the files say
    "bd15eed0-XSW-enveloped-fake-content.xml": [(0, "intact", True), (0, "coverage", "partial")],
    "ad7d4619-XSW-enveloped-fake-signedProperties.xml": [
        (0, "sub_indication", "SIGNED_DATA_NOT_FOUND"),
        (0, "signing_time", None),
    ],
    "34a13993-XSW-enveloping-fake-object.xml": [(0, "sub_indication", "SIGNED_DATA_NOT_FOUND")],
    "7541de39-disable-checks.xml": [(0, "intact", None), (0, "coverage", "none")],
    "7f71d467-CZ_broken-sig.xml": [(0, "intact", False), (0, "sub_indication", "HASH_FAILURE")],
    "076f8862-xades-counter-signature-with-type-invalid.xml": [(0, "intact", True), (1, "intact", None)],
    "291f6eff-xades-ocsp-before-cert-validity.xml": [(0, "level", "BASELINE-LTA")],
}


@pytest.mark.parametrize("file", sorted(KNOWN))
def test_known_details(rows: list[tuple[Row, bytes]], file: str) -> None:
    check_known(rows, file, KNOWN[file])
