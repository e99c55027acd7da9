"""What somebody typed, pasted or chose: which kind of identifier it is. Nothing is looked up here.

Forms are read generously (full width, colons, spaces, what tools print before a value), because people paste. What
must not be handed in (private keys, My Numbers) is recognised first and is never part of the result.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trustreg.base import corporate_number
from trustreg.parties.domain import my_number
from trustreg.parties.domain.oid import is_oid
from trustreg.pki import asn1
from trustreg.pki.certificates import MAX_CERTIFICATE_SIZE, load_certificate
from trustreg.pki.errors import MalformedASN1, PkiError

LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 2 * MAX_CERTIFICATE_SIZE
MAX_CERTIFICATES: Final = 20


class Kind(StrEnum):
    """What it was."""

    EMPTY = "empty"
    CERTIFICATE = "certificate"
    FINGERPRINT = "fingerprint"
    CORPORATE_NUMBER = "corporate_number"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    RECORD = "record"  # a UUID: service, organisation, decision, accreditation
    DECISION_NUMBER = "decision_number"
    ISSUE = "issue"
    REPORT = "report"  # of a check; also the form of a UUID without hyphens
    OID = "oid"
    NAME = "name"
    PRIVATE_KEY = "private_key"
    MY_NUMBER = "my_number"
    BROKEN_CERTIFICATE = "broken_certificate"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identifier:
    """`value` in its canonical form, empty for what is not shown again. `certificates` are DER, the one asked about
    first, then those that came with it.
    """

    kind: Kind
    value: str = ""
    certificates: tuple[bytes, ...] = ()


_KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY( BLOCK)?-----")
_PEM = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----", re.S
)
_BEGIN = re.compile(r"-----BEGIN ")
_BASE64 = re.compile(r"M[A-P][A-Za-z0-9+/=\s]{60,}")  # the first octet of any certificate or key is 30
_NAMED_HASH = re.compile(r"(sha-?256)?\s*(fingerprint|フィンガープリント|指紋)?\s*[=:：]?\s*", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+")
_CORPORATE = re.compile(r"(?:NTRJP-|T|法人番号[:：]?\s*)?([0-9][0-9 \-]{11,20}[0-9])", re.IGNORECASE)
_DECISION = re.compile(r"D-([0-9]{4})-([0-9]{4,9})", re.IGNORECASE)
_ISSUE = re.compile(
    r"(?:第\s*([0-9]{1,9})\s*号?|([0-9]{1,9})\s*号|(?:issue|list|no\.?|#)\s*([0-9]{1,9}))", re.IGNORECASE
)
_NAMED_OID = re.compile(r"(?:urn:oid:|oid[:\s]\s*)?([0-9.]+)", re.IGNORECASE)
_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_NUMBERS_ONLY = re.compile(r"[0-9 .:\-]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


def recognise(typed: str) -> Identifier:
    """What a typed or pasted text is."""
    if len(typed) > LONGEST_TEXT or _CONTROL.search(typed):
        return Identifier(Kind.UNKNOWN)
    text = unicodedata.normalize("NFKC", typed).translate(_DASHES).strip()
    if not text:
        return Identifier(Kind.EMPTY)
    encoded = text.encode("utf-8", "replace")
    if _KEY.search(encoded):
        return Identifier(Kind.PRIVATE_KEY)
    if _BEGIN.search(text) or _BASE64.fullmatch(text):
        return _pasted(text, encoded)
    exact = _exact(text)
    if exact is not None:
        return exact
    if my_number.found_in(text):
        return Identifier(Kind.MY_NUMBER)
    vague = _NUMBERS_ONLY.fullmatch(text) or (len(text) >= 20 and _HEX.fullmatch(text.lower()))
    if vague or len(text) > LONGEST_NAME or not any(letter.isalnum() for letter in text):
        return Identifier(Kind.UNKNOWN)
    return Identifier(Kind.NAME, typed.strip())  # as typed: a name may be written in full width


def recognise_file(data: bytes) -> Identifier:
    """What a file is: a certificate, a private key, or something else (`UNKNOWN`: perhaps a document)."""
    head = data[:LONGEST_TEXT]
    if _KEY.search(head):
        return Identifier(Kind.PRIVATE_KEY)
    if _PEM.search(head):
        found = _certificates(head)
        return Identifier(Kind.CERTIFICATE, certificates=found) if found else Identifier(Kind.BROKEN_CERTIFICATE)
    if head[:1] == b"\x30":
        return _encoded(head)
    text = head.strip()
    if len(data) <= LONGEST_TEXT and text[:1] == b"M" and _BASE64.fullmatch(text.decode("ascii", "replace")):
        return _encoded(_decoded(text))
    return Identifier(Kind.UNKNOWN)


def _pasted(text: str, encoded: bytes) -> Identifier:
    found = _certificates(encoded)
    if found:
        return Identifier(Kind.CERTIFICATE, certificates=found)
    if not _BEGIN.search(text) and _is_private_key(_decoded(encoded)):
        return Identifier(Kind.PRIVATE_KEY)
    return Identifier(Kind.BROKEN_CERTIFICATE)


def _encoded(der: bytes) -> Identifier:
    if _is_private_key(der):
        return Identifier(Kind.PRIVATE_KEY)
    try:
        return Identifier(Kind.CERTIFICATE, certificates=(load_certificate(der).der,))
    except PkiError:
        return Identifier(Kind.UNKNOWN)


def _certificates(encoded: bytes) -> tuple[bytes, ...]:
    """Every certificate in PEM, with or without its line breaks, or the one in base64; nothing when one is broken."""
    blocks = [match[0] for match in _PEM.finditer(encoded)][:MAX_CERTIFICATES] or [encoded]
    try:
        return tuple(load_certificate(block).der for block in blocks)
    except PkiError:
        return ()


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_private_key(der: bytes) -> bool:
    """Whether DER begins as PKCS #1, #8 or #12, SEC 1 or an encrypted PKCS #8 key does.

    All but the last are a SEQUENCE that starts with a version; certificates, tokens and responses are not. The last
    is an algorithm (PBES) and one OCTET STRING.
    """
    try:
        parts = asn1.sequence(der)
    except MalformedASN1:
        return False
    if len(parts) < 2:
        return False
    first, second = parts[0], parts[1]
    if first.tag == asn1.INTEGER:
        return second.tag in (asn1.INTEGER, asn1.SEQUENCE, asn1.OCTET_STRING)
    return len(parts) == 2 and first.tag == asn1.SEQUENCE and second.tag == asn1.OCTET_STRING


def _fingerprint(text: str) -> str | None:
    for candidate in (text, _NAMED_HASH.sub("", text, count=1)):
        digits = re.sub(r"[\s:\-]", "", candidate).lower()
        if len(digits) == 64 and _HEX.fullmatch(digits):
            return digits
    return None


def _exact(text: str) -> Identifier | None:
    """What has a form of its own; None for names, and for numbers that are none of these."""
    if (digest := _fingerprint(text)) is not None:
        return Identifier(Kind.FINGERPRINT, digest)
    if match := _CORPORATE.fullmatch(text):
        number = re.sub(r"[ \-]", "", match[1])
        if corporate_number.has_form(number):
            valid = corporate_number.is_valid(number)
            return Identifier(Kind.CORPORATE_NUMBER if valid else Kind.WRONG_CHECK_DIGIT, number)
    if match := _DECISION.fullmatch(text):
        return Identifier(Kind.DECISION_NUMBER, f"D-{match[1]}-{match[2]}")
    if match := _ISSUE.fullmatch(text):
        return Identifier(Kind.ISSUE, str(int(match[1] or match[2] or match[3])))
    lower = text.lower()
    if len(lower) == 32 and _HEX.fullmatch(lower):
        return Identifier(Kind.REPORT, lower)
    if match := _UUID.fullmatch(lower):
        return Identifier(Kind.RECORD, match[1])
    if (match := _NAMED_OID.fullmatch(text)) and match[1].count(".") >= 2 and is_oid(match[1]):
        return Identifier(Kind.OID, match[1])
    return None


__all__ = ["LONGEST_NAME", "Identifier", "Kind", "recognise", "recognise_file"]
