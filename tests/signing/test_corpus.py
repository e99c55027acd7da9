"""Documents of other projects (EU DSS, pyHanko, rfc3161-client) with their known verdicts."""

from __future__ import annotations

import sys
import time
from collections import Counter

import pytest

from tests.signing.corpus import MUST_NOT_PASS, SECONDS, Row, check_known, own_roots, rows_of, validate
from trustreg.pki.indications import Indication

pytestmark = pytest.mark.corpus

FORMATS = ("PAdES", "PDF", "RFC3161", "CAdES", "JAdES", "ASiC")


@pytest.fixture(scope="module")
def rows() -> list[tuple[Row, bytes]]:
    return rows_of(FORMATS)


def test_every_document_gets_a_report_in_time(rows: list[tuple[Row, bytes]]) -> None:
    slow = []
    for row, data in rows:
        started = time.monotonic()
        report = validate(data, row["file"])
        took = time.monotonic() - started
        assert report.indication in Indication
        assert report.to_json()["document"]["size"] == len(data)
        if took > SECONDS:
            slow.append((row["file"], took))
    assert not slow


EXPLAINED = {
    "7e5a7d6f-cades-ats-v3-rev-val-crl.p7s": "its content is not in the corpus",
    "12b9e38d-cades-bes-signeddata-detached.p7s": "its content is not in the corpus",
    "a3e28994-testtimestamp.asics": "a time-stamp alone: there is no signature to be intact",
    "17b3fc13-detached-counter-signature.asice": "a counter-signature in a file of its own is not resolved",
}


def test_intact_agrees_with_the_known_verdicts(
    rows: list[tuple[Row, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    disagreements = []
    for row, data in rows:
        if row["verdict"] not in ("intact", "broken"):
            continue
        values = {signature.intact for signature in validate(data, row["file"]).signatures}
        agrees = values == {True} if row["verdict"] == "intact" else bool(values) and True not in values
        counts[f"{row['verdict']}: {'agree' if agrees else 'disagree'}"] += 1
        if not agrees:
            disagreements.append((row["file"], row["verdict"], values))
        if row["verdict"] == "broken":
            assert True not in values, row["file"]
    with capsys.disabled():
        sys.stdout.write(f"\ncorpus, intact: {dict(sorted(counts.items()))}\n")
    assert {file for file, _, _ in disagreements} <= set(EXPLAINED), disagreements


@pytest.mark.parametrize("with_own_roots", [False, True], ids=["no trust", "own roots trusted"])
def test_what_must_not_pass_does_not(
    rows: list[tuple[Row, bytes]], with_own_roots: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    for row, data in rows:
        report = validate(data, row["file"], own_roots(data) if with_own_roots else None)
        counts[f"{row['verdict']}: {report.indication.value}/{report.sub_indication or ''}"] += 1
        if row["verdict"] in MUST_NOT_PASS:
            assert report.indication is not Indication.TOTAL_PASSED, row["file"]
    with capsys.disabled():
        sys.stdout.write(f"\ncorpus, {'own roots' if with_own_roots else 'no trust'}:\n")
        for name, count in sorted(counts.items()):
            sys.stdout.write(f"  {count:3} {name}\n")


KNOWN = {
    # file: (signature index, member, value) as the tests of the projects that made the files say
    "14b7f31c-pades-spoofing-replaced-reason.pdf": [(0, "modifications", "other")],
    "19a1582c-replace.pdf": [(0, "modifications", "other")],
    "467573be-pdf-signed-added-page.pdf": [(0, "sub_indication", "FORMAT_FAILURE")],
    "a3983e74-pdf-removed-pages.pdf": [(0, "sub_indication", "FORMAT_FAILURE")],
    "20561be3-tail-uncovered.pdf": [(0, "intact", True), (0, "coverage", "partial")],
    "9aad3553-minimal-two-fields-signed-twice.pdf": [(0, "intact", True), (1, "intact", True)],
    "e495f948-minimal-signed-twice-second-created.pdf": [(0, "modifications", "signing"), (1, "coverage", "whole")],
    "1c0810f8-minimal-signed-twice-no-sig-type.pdf": [(0, "modifications", "signing")],
    "269be0cc-pades-lt-extended-abde.pdf": [(0, "modifications", "signing"), (0, "level", "BASELINE-LT")],
    "98872a2f-pades-lt-extended-dss.pdf": [(1, "level", "BASELINE-LT")],
    "77c4e2fd-pdf-spoofing-attack.pdf": [(0, "intact", True), (0, "sub_indication", "FORMAT_FAILURE")],
    "78b8f68a-ed448-disallowed-hash.pdf": [(0, "sub_indication", "CRYPTO_CONSTRAINTS_FAILURE")],
}


@pytest.mark.parametrize("file", sorted(KNOWN))
def test_known_details(rows: list[tuple[Row, bytes]], file: str) -> None:
    check_known(rows, file, KNOWN[file])


def test_a_token_with_injected_certificates_is_that_of_its_own_signer(rows: list[tuple[Row, bytes]]) -> None:
    data = next(data for row, data in rows if row["file"] == "171ca428-response-injected-certs.tsr")
    report = validate(data, "x.tsr")
    assert report.timestamps[0].signer is not None
    assert report.indication is not Indication.TOTAL_PASSED


def test_a_token_whose_signature_is_wrong(rows: list[tuple[Row, bytes]]) -> None:
    data = next(data for row, data in rows if row["file"] == "5a0cab3f-response-invalid-signature.tsr")
    assert validate(data, "x.tsr").timestamps[0].intact is False
