"""Encrypted PDF: read under the empty password, named where a password is needed, its integrity untouched by either."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils.crypt import StandardSecurityHandler, StandardSecuritySettingsRevision
from pyhanko.pdf_utils.crypt.permissions import StandardPermissions
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from signing.domain.pdf.document import Document
from signing.domain.pdf.syntax import Reference
from signing.domain.report import ValidationReport
from tests.signing.signing_world import blank_pdf, network, pyhanko_signer, trust, validate, world
from trustreg.pki.indications import Indication

REASON = "承認 (approved)"


def _legacy(revision: int, octets: int, *, aes: bool) -> Any:
    def encrypt(writer: PdfFileWriter, password: str) -> None:
        handler = StandardSecurityHandler.build_from_pw_legacy(
            StandardSecuritySettingsRevision(revision),
            id1=writer.document_id[0],
            desired_owner_pass="owner",
            desired_user_pass=password,
            keylen_bytes=octets,
            use_aes128=aes,
            perms=StandardPermissions.allow_everything(),
        )
        writer._assign_security_handler(handler)

    return encrypt


def _aes_256(writer: PdfFileWriter, password: str) -> None:
    writer.encrypt(owner_pass="owner", user_pass=password)


METHODS = {
    "RC4-40": _legacy(2, 5, aes=False),
    "RC4-128": _legacy(3, 16, aes=False),
    "AES-128": _legacy(4, 16, aes=True),
    "AES-256": _aes_256,
}


def encrypted(method: str, *, password: str = "", packed: bool = False) -> bytes:
    """A blank PDF, encrypted, then signed; `packed` puts objects into object streams."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(blank_pdf(stream_xrefs=packed))), writer_kwargs={})
    writer.stream_xrefs = packed
    METHODS[method](writer, password)
    out = BytesIO()
    writer.write(out)
    update = IncrementalPdfFileWriter(BytesIO(out.getvalue()))
    update.encrypt(password)
    meta = signers.PdfSignatureMetadata(field_name="Sig1", reason=REASON, subfilter=SigSeedSubFilter.PADES)
    signer = signers.PdfSigner(meta, signer=pyhanko_signer(world().signer, [world().ca]))
    signed: bytes = signer.sign_pdf(update).getvalue()
    return signed


def check(data: bytes) -> ValidationReport:
    return validate(data, trust=trust(), fetcher=network())


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("method", METHODS)
def test_what_anybody_may_open_is_read_in_words(method: str, packed: bool):
    report = check(encrypted(method, packed=packed))
    (signature,) = report.signatures
    assert (report.indication, signature.intact, signature.coverage) == (Indication.TOTAL_PASSED, True, "whole")
    assert signature.reason == REASON
    assert signature.signing_time is not None
    assert not report.warnings


@pytest.mark.parametrize("method", METHODS)
def test_where_a_password_is_needed_nothing_is_said_in_words(method: str):
    report = check(encrypted(method, password="secret"))
    (signature,) = report.signatures
    assert (signature.intact, signature.reason) == (True, None)
    assert [warning.code for warning in report.warnings] == ["ENCRYPTED"]


def test_objects_behind_a_password_are_not_guessed():
    assert Document(encrypted("AES-128", password="secret")).locked
    assert not Document(encrypted("AES-128")).locked
    assert not Document(blank_pdf()).locked


@pytest.mark.parametrize("method", METHODS)
def test_an_altered_octet_breaks_it_all_the_same(method: str):
    data = encrypted(method)
    place = data.index(b"stream\n") + 20 if b"stream\n" in data else 200
    altered = data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
    report = check(altered)
    assert report.indication is not Indication.TOTAL_PASSED
    assert not any(signature.intact for signature in report.signatures)


@pytest.mark.parametrize("method", ["RC4-40", "RC4-128", "AES-128"])
def test_a_later_revision_continues_the_encryption(method: str):
    """Readers take it from the newest trailer: without it there they show the octets as they stand."""
    data = encrypted(method)
    trailer = Document(data).sections[0].trailer
    root, encryption = trailer["Root"], trailer["Encrypt"]
    assert isinstance(root, Reference)
    assert isinstance(encryption, Reference)
    previous = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    identifier = re.findall(rb"/ID\s*(\[.*?\])", data, re.DOTALL)[-1]
    keys = b"/Size %d /Root %d 0 R /Prev %d /ID %s" % (trailer["Size"], root.number, previous, identifier)
    for entry, modifications in ((b" /Encrypt %d 0 R" % encryption.number, "lta"), (b"", "other")):
        start = len(data) + 1
        table = b"\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< %s >>\n" % (keys + entry)
        (signature,) = check(data + table + b"startxref\n%d\n%%%%EOF\n" % start).signatures
        assert signature.modifications == modifications
