"""The one box: what people paste is recognised in every form it comes in, and secrets are never handed on."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from qualified_list.domain.identifiers import Identifier, Kind, recognise, recognise_file

DIGEST = "6d70ef97e65042b5977a222f9601d5506dcf4e861228c9eaa6b0588aa217131f"
COLONS = ":".join(DIGEST[at : at + 2] for at in range(0, 64, 2)).upper()
KEY = ec.generate_private_key(ec.SECP256R1())


def _certificate(name: str = "Test CA") -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, KEY.public_key(), 7, start, start + timedelta(days=9))
    return builder.sign(KEY, hashes.SHA256())


CERTIFICATE = _certificate()
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", Kind.EMPTY, ""),
        ("   ", Kind.EMPTY, ""),
        (DIGEST, Kind.FINGERPRINT, DIGEST),
        (COLONS, Kind.FINGERPRINT, DIGEST),
        (f"sha256 Fingerprint={COLONS}", Kind.FINGERPRINT, DIGEST),
        (f"SHA-256: {DIGEST[:32]} {DIGEST[32:]}", Kind.FINGERPRINT, DIGEST),
        ("7010401999005", Kind.CORPORATE_NUMBER, "7010401999005"),
        ("７０１０４０１９９９００５", Kind.CORPORATE_NUMBER, "7010401999005"),
        ("7-0104-0199-9005", Kind.CORPORATE_NUMBER, "7010401999005"),
        ("T7010401999005", Kind.CORPORATE_NUMBER, "7010401999005"),
        ("NTRJP-7010401999005", Kind.CORPORATE_NUMBER, "7010401999005"),
        ("8010401999005", Kind.WRONG_CHECK_DIGIT, "8010401999005"),
        ("D-2026-0031", Kind.DECISION_NUMBER, "D-2026-0031"),
        ("d-2026-0031", Kind.DECISION_NUMBER, "D-2026-0031"),
        ("第 7 号", Kind.ISSUE, "7"),
        ("第７号", Kind.ISSUE, "7"),
        ("issue 7", Kind.ISSUE, "7"),
        ("Issue 007", Kind.ISSUE, "7"),
        ("0123456789abcdef0123456789ABCDEF", Kind.REPORT, "0123456789abcdef0123456789abcdef"),
        ("C3F6BE75-009B-4C8E-B906-B1E3DBF05B0C", Kind.RECORD, "c3f6be75-009b-4c8e-b906-b1e3dbf05b0c"),
        ("urn:uuid:c3f6be75-009b-4c8e-b906-b1e3dbf05b0c", Kind.RECORD, "c3f6be75-009b-4c8e-b906-b1e3dbf05b0c"),
        ("1.2.392.200091.100", Kind.OID, "1.2.392.200091.100"),
        ("urn:oid:1.2.392.200091.100", Kind.OID, "1.2.392.200091.100"),
        ("あさひ電子認証", Kind.NAME, "あさひ電子認証"),
        ("ｅシール", Kind.NAME, "ｅシール"),
        ("Hokuto & Co.", Kind.NAME, "Hokuto & Co."),
        ("12345", Kind.UNKNOWN, ""),
        ("123456789012345", Kind.UNKNOWN, ""),
        (DIGEST[:40], Kind.UNKNOWN, ""),
        ("!?", Kind.UNKNOWN, ""),
        ("あ" * 201, Kind.UNKNOWN, ""),
        ("a" * 3_000_000, Kind.UNKNOWN, ""),
        ("3.1.2", Kind.UNKNOWN, ""),
        ("a\x00b", Kind.UNKNOWN, ""),
        ("a\ud800", Kind.UNKNOWN, ""),
    ],
)
def test_each_form_is_read(text, kind, value):
    assert recognise(text) == Identifier(kind, value)


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        PEM.replace("\n", ""),
        PEM.replace("\n", " "),
        "Bag Attributes\n friendlyName: x\n" + PEM,
        base64.b64encode(DER).decode(),
    ],
)
def test_a_certificate_is_read_whatever_became_of_its_line_breaks(text):
    assert recognise(text) == Identifier(Kind.CERTIFICATE, certificates=(DER,))


def test_the_first_of_several_certificates_is_the_one_that_is_asked_about():
    other = _certificate("Other").public_bytes(Encoding.PEM).decode()
    found = recognise(PEM + other)
    assert found.kind is Kind.CERTIFICATE
    assert found.certificates[0] == DER
    assert len(found.certificates) == 2
    assert recognise_file((PEM + other).encode()) == found


def test_a_certificate_that_lost_a_part_is_called_broken():
    lost = PEM.replace(PEM.splitlines()[2], "")
    assert recognise(lost).kind is Kind.BROKEN_CERTIFICATE
    assert recognise(PEM[:200]).kind is Kind.BROKEN_CERTIFICATE
    assert recognise_file(lost.encode()).kind is Kind.BROKEN_CERTIFICATE


RSA = rsa.generate_private_key(65537, 2048)
_KEYS = [
    (KEY, PrivateFormat.PKCS8, NoEncryption()),
    (KEY, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    (RSA, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    (KEY, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
]


@pytest.mark.parametrize(("key", "form", "encryption"), _KEYS)
def test_a_private_key_is_recognised_and_not_kept(key, form, encryption):
    pem = key.private_bytes(Encoding.PEM, form, encryption)
    for found in (recognise(pem.decode()), recognise(pem.decode().replace("\n", "")), recognise_file(pem)):
        assert found == Identifier(Kind.PRIVATE_KEY)
    der = key.private_bytes(Encoding.DER, form, encryption)
    assert recognise_file(der) == Identifier(Kind.PRIVATE_KEY)
    assert recognise(base64.b64encode(der).decode()) == Identifier(Kind.PRIVATE_KEY)
    # A bundle that holds the key beside its certificate is no certificate.
    assert recognise(PEM + pem.decode()) == Identifier(Kind.PRIVATE_KEY)


def test_a_pkcs12_file_is_a_private_key():
    bundle = pkcs12.serialize_key_and_certificates(b"x", KEY, CERTIFICATE, None, BestAvailableEncryption(b"secret"))
    assert recognise_file(bundle) == Identifier(Kind.PRIVATE_KEY)


@pytest.mark.parametrize("text", ["123456789018", "1234 5678 9018", "マイナンバーは１２３４-５６７８-９０１８です"])
def test_a_my_number_is_recognised_and_not_kept(text):
    assert recognise(text) == Identifier(Kind.MY_NUMBER)


@pytest.mark.parametrize("text", ["c3f6be75-1234-5678-9018-b1e3dbf05b0c", "123456789018" + "a" * 52])
def test_digits_inside_another_identifier_are_no_my_number(text):
    assert recognise(text).kind in (Kind.RECORD, Kind.FINGERPRINT)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04", b"\x30\x82", b"0" * 100, b"<xml/>", b"MII"])
def test_another_file_may_be_a_document(data):
    assert recognise_file(data) == Identifier(Kind.UNKNOWN)


def test_certificate_files_in_der_and_base64():
    assert recognise_file(DER) == Identifier(Kind.CERTIFICATE, certificates=(DER,))
    assert recognise_file(base64.encodebytes(DER)) == Identifier(Kind.CERTIFICATE, certificates=(DER,))
