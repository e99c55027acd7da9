"""SiVa V3's addresses over HTTP, through real children of the pool."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile

import pytest
from rest_framework.exceptions import Throttled

from signing.models import ValidationReport
from signing.siva import api
from tests.signing.signing_world import blank_pdf, sign
from tests.signing.xml_world import SIGNED_AT, STAMPED_AT, signer
from trustreg.base.errors import Unavailable
from trustreg.demo.pki.xml_signer import detached

pytestmark = pytest.mark.django_db

FILES = {"leping.pdf": b"one", "leping2.pdf": b"two"}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def send(client, content: bytes = b"", name: str = "sample.pdf", **more):
    return client.post("/validate", {"document": b64(content), "filename": name, **more}, format="json")


def refused(response, *errors: tuple[str, str], status: int = 400) -> None:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"requestErrors": [{"key": key, "message": message} for key, message in errors]}


def test_a_signed_document(stranger):
    response = send(stranger, sign(blank_pdf(), stamped_at=STAMPED_AT), "sample.pdf", reportType="Detailed")
    assert response.status_code == 200, response.content
    found = response.json()["validationReport"]["validationConclusion"]
    assert (found["signaturesCount"], found["validSignaturesCount"]) == (1, 0)
    assert found["signatures"][0]["indication"] == "INDETERMINATE"  # no list names its authority
    assert found["signatures"][0]["subIndication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    assert found["validatedDocument"]["filename"] == "sample.pdf"
    assert not ValidationReport.objects.exists()


def test_a_document_without_signatures(stranger):
    found = send(stranger, blank_pdf()).json()["validationReport"]["validationConclusion"]
    assert (found["signaturesCount"], found["validSignaturesCount"]) == (0, 0)
    assert "signatures" not in found


def test_what_is_no_document(stranger):
    for content in (b"x", b"%PDF-1.7\nnot really\n%%EOF", b"PK\x03\x04" + bytes(100)):
        refused(send(stranger, content), api.MALFORMED)
    refused(send(stranger, b""), ("document", "must not be blank"))
    refused(
        send(stranger, b"x", signaturePolicy="POLv1"),
        ("signaturePolicy", "Invalid signature policy: POLv1; Available abstractPolicies: [POLv3, POLv4]"),
    )


def hashcode(client, **changes):
    datafiles = [
        {"filename": name, "hashAlgo": "SHA256", "hash": b64(hashlib.sha256(data).digest())}
        for name, data in FILES.items()
    ]
    signature = detached(FILES, signer(), level="B", signing_time=SIGNED_AT)
    file = {"signature": b64(signature), "datafiles": datafiles, **changes}
    files = [{name: value for name, value in file.items() if value is not None}] * 2
    return client.post("/validateHashcode", {"signatureFiles": files}, format="json")


def test_digests_of_data_files(stranger):
    response = hashcode(stranger)
    assert response.status_code == 200, response.content
    found = response.json()["validationReport"]["validationConclusion"]
    assert found["signaturesCount"] == 2
    assert "validatedDocument" not in found
    assert [one["name"] for one in found["signatures"][0]["signatureScopes"]] == list(FILES)
    alone = hashcode(stranger, datafiles=None).json()["validationReport"]["validationConclusion"]
    assert alone["signatures"][0]["signatureScopes"] == found["signatures"][0]["signatureScopes"]
    assert any("compared with nothing" in one["content"] for one in alone["signatures"][0]["warnings"])
    other = [{"filename": name, "hashAlgo": "SHA256", "hash": b64(bytes(32))} for name in FILES]
    changed = hashcode(stranger, datafiles=other).json()["validationReport"]["validationConclusion"]
    assert changed["signatures"][0]["subIndication"] == "HASH_FAILURE"


def test_what_is_no_signature_file(stranger):
    for content in (b"x", b"<a/>", blank_pdf(), b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        refused(hashcode(stranger, signature=b64(content)), api.BAD_SIGNATURE_FILE)


def test_what_is_no_request(stranger):
    unreadable = ("requestBodyNotReadable", "Request body is malformed and cannot be read")
    for address in ("/validate", "/validateHashcode"):
        for body in ("{", "[1]", '{"a": 1, "a": 2}', "\ud800"):
            raw = body.encode("utf-8", "surrogatepass")
            refused(stranger.post(address, raw, content_type="application/json"), unreadable)
        refused(
            stranger.post(address, "<a/>", content_type="application/xml"),
            ("contentTypeNotSupported", "Only the following content types are supported: application/json"),
            status=415,
        )
        response = stranger.get(address)
        refused(
            response,
            ("methodNotAllowed", "Only the following request methods are supported: POST"),
            status=405,
        )
        assert "POST" in response["Allow"]


def test_a_body_that_is_too_large_is_refused_by_its_length(stranger, monkeypatch):
    monkeypatch.setattr(api.ValidateEndpoint, "max_body", 100)
    response = send(stranger, bytes(1000))
    assert response.status_code == 400
    assert response.json()["requestErrors"][0]["key"] == "request"


def test_a_document_that_is_too_large_is_refused(stranger, monkeypatch):
    monkeypatch.setattr(api, "LIMIT", 10)
    assert send(stranger, bytes(11)).json()["requestErrors"][0]["key"] == "request"


def test_more_than_may_be_done_in_one_request_is_refused(stranger, monkeypatch):
    ticks = iter((0.0, 1.0, 1e6))
    monkeypatch.setattr(api.time, "monotonic", lambda: next(ticks, 1e6))
    refused(hashcode(stranger), api.TOO_LONG)


def test_every_error_has_the_shape_of_siva():
    busy = api.error_response(Throttled(wait=7), {})
    assert (busy.status_code, busy["Retry-After"]) == (429, "7")
    missing = api.error_response(Unavailable("Not now.", "いまは使えません。"), {})
    assert (missing.status_code, missing.data["requestErrors"][0]["message"]) == (503, "Not now.")
    broken = api.error_response(RuntimeError("secret"), {})
    assert broken.status_code == 500
    assert broken.data == {"requestErrors": [{"key": "unexpectedError", "message": "An unexpected error has occurred"}]}


DIGEST = {"filename": "leping.pdf", "hashAlgo": "SHA256", "hash": b64(bytes(32))}
ODD: tuple[object, ...] = (None, 1, 1.5, True, [], {}, ["QQ=="], "", " ", "*", "QQ", "é", "a\u0000b", "x" * 100_000)
ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as _bomb:
    _bomb.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
    _bomb.writestr("a", bytes(30 << 20))
ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "entity bomb": f'<!DOCTYPE a [<!ENTITY a0 "aaaaaaaaaa">{ENTITIES}]><a>&a9;</a>'.encode(),
    "external entity": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "deep XML": b"<a>" * 100_000,
    "deep ASN.1": b"\x30\x80" * 50_000,
    "long ASN.1": b"\x30\x84\xff\xff\xff\xff",
    "deep JSON": b"[" * 50_000,
    "JWS without signature": b"eyJhbGciOiJub25lIn0.e30.",
    "zip bomb": ZIP.getvalue(),
    "zeros": bytes(1 << 20),
}


def answered(response) -> None:
    """A conclusion or errors, in SiVa's shape."""
    assert response.status_code in (200, 400), response.content[:300]
    body = response.json()
    if response.status_code == 200:
        assert body["validationReport"]["validationConclusion"].get("validSignaturesCount") == 0
    else:
        assert body.keys() == {"requestErrors"}
        assert all(error.keys() == {"key", "message"} for error in body["requestErrors"])


@pytest.mark.parametrize("member", ["document", "filename", "signaturePolicy", "reportType"])
def test_odd_values_of_a_document_are_answered(stranger, member):
    for value in ODD:
        body = {"document": b64(b"x"), "filename": "a.pdf", member: value}
        answered(stranger.post("/validate", body, format="json"))


@pytest.mark.parametrize("member", ["signature", "datafiles", "filename", "hashAlgo", "hash"])
def test_odd_values_of_a_signature_file_are_answered(stranger, member):
    for value in (*ODD, [DIGEST, DIGEST], [DIGEST] * 5000, b64(bytes(31)), b64(bytes(64)), "MD5", "shake_128"):
        datafile, file = {**DIGEST}, {"signature": b64(b"<a/>")}
        (datafile if member in DIGEST else file)[member] = value
        body = {"signatureFiles": [{"datafiles": [datafile], **file}]}
        answered(stranger.post("/validateHashcode", body, format="json"))
    for files in (*ODD, [None], [[]], [{}] * 51, [{}] * 5000):
        answered(stranger.post("/validateHashcode", {"signatureFiles": files}, format="json"))


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents_are_answered(stranger, content):
    answered(send(stranger, content))
    answered(hashcode(stranger, signature=b64(content)))
    answered(hashcode(stranger, signature=b64(content), datafiles=None))


@pytest.mark.parametrize("address", ["/validate", "/validateHashcode"])
def test_odd_bodies_are_answered(stranger, address):
    for raw in (
        b"", b"\0", b"null", b'"x"', b"[" * 100_000, b'{"a":' * 50_000, b'{"a":NaN}', b'{"a":1e999}',
        b'{"a":' + b"9" * 10_000 + b"}", b"\xef\xbb\xbf{}", b'{"filename":"\xe9"}', b'{"filename":"\\ud800"}',
        b'{"filename":"\\u0000"}', "{}".encode("utf-16"), b"{" + b",".join(b'"%d":1' % n for n in range(50_000)) + b"}",
    ):  # fmt: skip
        answered(stranger.post(address, raw, content_type="application/json"))
