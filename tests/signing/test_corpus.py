"""All documents of other projects (EU DSS, pyHanko, rfc3161-client, national lists) with their known verdicts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from signing.pool import Snapshot
from tests.signing.corpus import (
    EXPLAINED,
    LEVELS_EXPLAINED,
    ROWS,
    SECONDS,
    Row,
    read_rows,
    tally,
    validate,
)
from trustreg import wiring
from trustreg.conf import settings as conf
from trustreg.pki.indications import Indication

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    found = {row.file: row for row in read_rows()}
    assert len(found) == ROWS, "the corpus is not whole"
    return found


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Callable[[set[bytes]], None]]:
    """`trusting({der, …})`: these are the operator's own roots until the test ends, in the children too."""

    def trust(folder: Path | None) -> None:
        object.__setattr__(conf, "extra_anchors", folder)
        wiring._extra_anchors.cache_clear()
        wiring._snapshots._trust = None
        wiring.pool().set_trust(Snapshot("none", b"", ()))  # not the one in force: it is made anew

    def chosen(ders: set[bytes]) -> None:
        for number, der in enumerate(sorted(ders)):
            (tmp_path / f"{number}.cer").write_bytes(der)
        trust(tmp_path)

    before = conf.extra_anchors
    yield chosen
    trust(before)


def post(client: APIClient, row: Row) -> dict[str, Any]:
    """The report over HTTP; it must come, and in time."""
    sent: dict[str, Any] = {"document": SimpleUploadedFile(row.file, row.data)}
    if row.beside:
        sent["detached"] = [SimpleUploadedFile(one.name, one.data) for one in row.beside]
    started = time.monotonic()
    response = client.post("/api/v1/validations", sent, format="multipart")
    took = time.monotonic() - started
    assert response.status_code == 200, (row.file, response.content)
    assert took < SECONDS, (row.file, took)
    report: dict[str, Any] = response.json()
    assert report["document"]["size"] == len(row.data), row.file
    assert not {one["code"] for one in report["errors"]} & {"PARSER_FAILED", "INTERNAL_ERROR", "RESOURCE_LIMIT"}, (
        row.file
    )
    return report


@pytest.mark.django_db
@pytest.mark.parametrize("own_roots", [False, True], ids=["nothing trusted", "own roots trusted"])
def test_all_documents_over_http(
    rows: dict[str, Row],
    own_roots: bool,
    trusting: Callable[[set[bytes]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At least 97 % as their makers say, each difference explained, and none passed that must not."""
    trusting({root.der for row in rows.values() for root in row.own_roots} if own_roots else set())
    client = APIClient(headers={"accept-language": "en"})
    # The first document waits for its child to start.
    client.post("/api/v1/validations", {"document": SimpleUploadedFile("a", b"a")}, format="multipart")
    found = tally(list(rows.values()), lambda row: post(client, row))
    with capsys.disabled():
        sys.stdout.writelines(f"\n  {line}" for line in found.lines())
    assert found.compared == 109
    assert found.share >= 0.97
    assert set(found.differing) == set(EXPLAINED)
    assert not found.wrong, "broken or wrapped, and passed or called whole"
    assert not found.without_reason, "nothing but a missing chain keeps it from passing"
    if own_roots:
        passed = sum(count for verdict, count in found.verdicts.items() if "TOTAL-PASSED" in verdict)
        assert passed >= 4, "with their roots trusted, those do pass that are still valid today"


def test_levels_are_those_that_the_makers_name(rows: dict[str, Row]) -> None:
    named = {file: row.level for file, row in rows.items() if row.level}
    assert len(named) == 22
    differing = {file for file, level in named.items() if validate(rows[file]).signatures[0].level != level}
    assert differing == set(LEVELS_EXPLAINED)


def test_whole_documents_are_called_whole(rows: dict[str, Row]) -> None:
    for row in rows.values():
        if "scope FULL" in row.expected or (row.format.startswith("TL") and row.verdict == "intact"):
            assert validate(row).signatures[0].coverage == "whole", row.file


KNOWN = {
    # file: (signature index, member, value) as the tests of the projects that made the files say
    "08a33cdb-BadEncodedCMS.pdf": [(0, "sub_indication", "FORMAT_FAILURE")],
    "14b7f31c-pades-spoofing-replaced-reason.pdf": [(0, "modifications", "other")],
    "19a1582c-replace.pdf": [(0, "modifications", "other")],
    "467573be-pdf-signed-added-page.pdf": [(0, "sub_indication", "FORMAT_FAILURE")],
    "a3983e74-pdf-removed-pages.pdf": [(0, "sub_indication", "FORMAT_FAILURE")],
    "20561be3-tail-uncovered.pdf": [(0, "intact", True), (0, "coverage", "partial")],
    "9aad3553-minimal-two-fields-signed-twice.pdf": [(0, "intact", True), (1, "intact", True)],
    "e495f948-minimal-signed-twice-second-created.pdf": [(0, "modifications", "signing"), (1, "coverage", "whole")],
    "1c0810f8-minimal-signed-twice-no-sig-type.pdf": [(0, "modifications", "signing")],
    "269be0cc-pades-lt-extended-abde.pdf": [(0, "modifications", "signing"), (1, "level", "BASELINE-T")],
    "98872a2f-pades-lt-extended-dss.pdf": [(1, "level", "BASELINE-LT")],
    "77c4e2fd-pdf-spoofing-attack.pdf": [(0, "intact", True), (0, "sub_indication", "FORMAT_FAILURE")],
    "78b8f68a-ed448-disallowed-hash.pdf": [(0, "sub_indication", "CRYPTO_CONSTRAINTS_FAILURE")],
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
def test_known_details(rows: dict[str, Row], file: str) -> None:
    report = validate(rows[file])
    for index, member, value in KNOWN[file]:
        assert getattr(report.signatures[index], member) == value, (index, member, value)


def test_a_token_with_injected_certificates_is_that_of_its_own_signer(rows: dict[str, Row]) -> None:
    report = validate(rows["171ca428-response-injected-certs.tsr"])
    assert report.timestamps[0].signer is not None
    assert report.indication is not Indication.TOTAL_PASSED


def test_a_token_whose_signature_is_wrong(rows: dict[str, Row]) -> None:
    assert validate(rows["5a0cab3f-response-invalid-signature.tsr"]).timestamps[0].intact is False
