"""Requests of SiVa V3: those of its documentation are read, and what is wrong is said in its words."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.siva.request import RequestErrors, read_document, read_hashcode

DOCUMENT = base64.b64encode(b"%PDF").decode()
HASH = base64.b64encode(bytes(32)).decode()
# The shapes of the documentation (docs/siva3/interfaces.md), with values that are base64.
SMALLEST = {"filename": "sample.bdoc", "document": DOCUMENT}
WHOLE = {"filename": "sample.asice", "document": DOCUMENT, "signaturePolicy": "POLv3", "reportType": "Detailed"}
FILES = [
    {"filename": "leping.pdf", "hashAlgo": "SHA256", "hash": HASH},
    {"filename": "leping2.pdf", "hashAlgo": "SHA256", "hash": HASH},
]
HASHCODE = {
    "signatureFiles": [{"signature": DOCUMENT, "datafiles": FILES}, {"signature": DOCUMENT, "datafiles": FILES}],
    "reportType": "Simple",
    "signaturePolicy": "POLv4",
}


def errors(read, body) -> dict[str, str]:
    with pytest.raises(RequestErrors) as raised:
        read(body)
    return dict(raised.value.errors)


def test_the_requests_of_the_documentation_are_read():
    smallest = read_document(SMALLEST)
    assert (smallest.document, smallest.filename) == (b"%PDF", "sample.bdoc")
    assert (smallest.policy, smallest.report_type) == ("POLv4", "Simple")
    whole = read_document({**WHOLE, "reportType": "detailed"})
    assert (whole.policy, whole.report_type) == ("POLv3", "Detailed")
    found = read_hashcode(HASHCODE)
    assert [[one.filename for one in file.datafiles or ()] for file in found.files] == [
        ["leping.pdf", "leping2.pdf"]
    ] * 2
    assert found.files[0].datafiles[0].value == bytes(32)
    assert read_hashcode({"signatureFiles": [{"signature": DOCUMENT}]}).files[0].datafiles is None


def test_what_siva_ignores_is_ignored():
    lines = "\r\n".join((DOCUMENT[:4], DOCUMENT[4:]))
    assert read_document({**SMALLEST, "document": lines, "documentType": "BDOC"}).document == b"%PDF"


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"document": None}, "document", "must not be blank"),
        ({"document": " "}, "document", "must not be blank"),
        ({"document": "***"}, "document", "Document is not encoded in a valid base64 string"),
        ({"document": "QQ"}, "document", "Document is not encoded in a valid base64 string"),
        ({"document": 1}, "document", "Document is not encoded in a valid base64 string"),
        ({"filename": None}, "filename", "must not be empty"),
        ({"filename": ""}, "filename", "must not be empty"),
        ({"filename": "a/b.pdf"}, "filename", "Invalid filename"),
        ({"filename": "a\x07.pdf"}, "filename", "Invalid filename"),
        ({"filename": ["a"]}, "filename", "Invalid filename"),
        ({"filename": "a" * 261}, "filename", "size must be between 1 and 260"),
        ({"signaturePolicy": "POLv4!"}, "signaturePolicy", "Invalid signature policy"),
        ({"signaturePolicy": 4}, "signaturePolicy", "Invalid signature policy"),
        ({"signaturePolicy": ""}, "signaturePolicy", "size must be between 1 and 100"),
        (
            {"signaturePolicy": "POLv9"},
            "signaturePolicy",
            "Invalid signature policy: POLv9; Available abstractPolicies: [POLv3, POLv4]",
        ),
        ({"reportType": "Long"}, "reportType", "Invalid report type"),
    ],
)
def test_what_is_wrong_with_a_document_request(change, key, message):
    assert errors(read_document, {**SMALLEST, **change}) == {key: message}


def test_all_that_is_wrong_is_said_at_once():
    assert set(errors(read_document, {})) == {"document", "filename"}


@pytest.mark.parametrize(
    ("file", "key", "message"),
    [
        ({"signature": "***"}, "signature", "Signature file is not valid base64 encoded string"),
        ({"signature": ""}, "signature", "must not be blank"),
        ({"datafiles": []}, "datafiles", "Invalid dataFiles list"),
        ({"datafiles": [FILES[0], FILES[0]]}, "datafiles", "Invalid dataFiles list"),
        ({"datafiles": [{**FILES[0], "hashAlgo": "SHA257"}]}, "datafiles[0].hashAlgo", "Invalid hash algorithm"),
        ({"datafiles": [{**FILES[0], "hashAlgo": None}]}, "datafiles[0].hashAlgo", "Invalid hash algorithm"),
        ({"datafiles": [{**FILES[0], "filename": ""}]}, "datafiles[0].filename", "must not be empty"),
        (
            {"datafiles": [{**FILES[0], "hash": "!"}]},
            "datafiles[0].hash",
            "Document is not encoded in a valid base64 string",
        ),
        ({"datafiles": [{**FILES[0], "hash": "A" * 1001}]}, "datafiles[0].hash", "size must be between 1 and 1000"),
    ],
)
def test_what_is_wrong_with_a_signature_file(file, key, message):
    body = {"signatureFiles": [{"signature": DOCUMENT, **file}]}
    assert errors(read_hashcode, body) == {f"signatureFiles[0].{key}": message}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "signatureFiles"),
        ({"signatureFiles": []}, "signatureFiles"),
        ({"signatureFiles": [{"signature": DOCUMENT}] * 51}, "signatureFiles"),
        ({"signatureFiles": {}}, "requestBodyNotReadable"),
        ({"signatureFiles": ["a"]}, "requestBodyNotReadable"),
        ({"signatureFiles": [{"signature": DOCUMENT, "datafiles": 1}]}, "requestBodyNotReadable"),
        ([1], "requestBodyNotReadable"),
    ],
)
def test_what_is_no_hashcode_request_at_all(body, key):
    assert set(errors(read_hashcode, body)) == {key}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from([DOCUMENT, HASH, "SHA256"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["document", "filename", "signaturePolicy", "reportType", "signatureFiles", "signature", "datafiles",
                 "hashAlgo", "hash"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_any_json_is_a_request_or_refused(body):
    for read in (read_document, read_hashcode):
        try:
            found = read(body)
        except RequestErrors:
            continue
        assert found.policy in ("POLv3", "POLv4")
