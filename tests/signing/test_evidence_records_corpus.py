"""Evidence records of another project (EU DSS): its broken ones are broken here, and what is sound in them is found."""

from __future__ import annotations

import io
import zipfile

import pytest

from signing.domain.evidence_records.reader import read
from tests.signing.corpus import read_rows, validate

pytestmark = pytest.mark.corpus

BROKEN = [
    "3600148c-er-asn1-full-renewal-with-invalid-manifest.asice",
    "4c9ccead-er-asn1-incorrect-hash.asice",
    "66eca9dc-C-E-ERS-detached-original-not-covered.p7s",
    "7f2afd73-er-asn1-no-hashtree-wrong-digest.sce",
    "834db2aa-X-E-ERS-DETACHED-LT-sig-invalid-digest.xml",
]


@pytest.fixture(scope="module")
def rows():
    return {row.file: row for row in read_rows()}


@pytest.mark.parametrize("file", BROKEN)
def test_what_the_makers_call_broken_is(rows, file):
    assert "HASH_FAILURE" in rows[file].expected
    for own_roots in (False, True):
        (record,) = validate(rows[file], own_roots=own_roots).evidence_records
        assert (record.indication, record.sub_indication, record.proof) == ("TOTAL-FAILED", "HASH_FAILURE", False)


def inside(row, name):
    with zipfile.ZipFile(io.BytesIO(row.data)) as archive:
        return archive.read(name)


def test_a_record_with_both_renewals_is_sound_once_its_wrong_manifest_is_gone(rows):
    row = rows[BROKEN[0]]
    document = inside(row, "test.txt")
    material = read(inside(row, "META-INF/evidencerecord.ers"), detached=[("test.txt", document)])
    assert [token.renewal for token in material.tokens] == [None, "timestamp", "hash-tree"]
    assert [token.verification.intact for token in material.tokens] == [True, True, True]
    assert not any(token.format_findings for token in material.tokens)
    altered = read(inside(row, "META-INF/evidencerecord.ers"), detached=[("test.txt", document + b"!")])
    assert [bool(token.format_findings) for token in altered.tokens] == [True, False, True]


def test_a_record_without_a_tree_is_over_the_file_that_it_was_made_for(rows):
    row = rows[BROKEN[3]]
    record = inside(row, "META-INF/evidencerecord002.ers")
    for name, intact in (("test-doc.xml", True), ("TEST-DOC.txt", False), ("TEST-DOC.pdf", False)):
        (token,) = read(record, detached=[(name, inside(row, name))]).tokens
        assert token.verification.intact is intact


def test_the_digest_of_a_cms_is_the_one_that_others_compute(rows):
    (record,) = validate(rows[BROKEN[2]]).evidence_records
    (found,) = validate(rows[BROKEN[2]]).signatures
    errors = [error.message.en for stamp in found.timestamps for error in stamp.errors if stamp.evidence_record]
    assert record.objects == ("signature", "content")
    assert any("'content'" in error for error in errors)
    assert not any("'signature'" in error for error in errors)
