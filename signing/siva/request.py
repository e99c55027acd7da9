"""Reading requests of SiVa V3: the same fields, the same rules, the same words for what is wrong with them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_SIGNATURE_FILES: Final = 50
MAX_DATAFILES: Final = 1_000

POLICIES: Final = ("POLv3", "POLv4")
REPORT_TYPES: Final = ("Simple", "Detailed", "Diagnostic")
HASH_ALGORITHMS: Final = {
    **{f"SHA{size}": f"sha{size}" for size in (1, 224, 256, 384, 512)},
    **{f"SHA3-{size}": f"sha3_{size}" for size in (224, 256, 384, 512)},
    "RIPEMD160": "ripemd160",
}
"""SiVa's names -> hashlib's. Whether an algorithm is still good is the engine's to say."""

_FILENAME: Final = re.compile(r"[^*&%/\"\\:?\x00-\x1f\x7f]+")
_POLICY: Final = re.compile(r"[A-Za-z0-9_ -]*")

BAD_BASE64 = "Document is not encoded in a valid base64 string"
BAD_SIGNATURE_BASE64 = "Signature file is not valid base64 encoded string"
BAD_FILENAME = "Invalid filename"
BAD_HASH_ALGORITHM = "Invalid hash algorithm"
BAD_POLICY = "Invalid signature policy"
BAD_REPORT_TYPE = "Invalid report type"
BAD_DATAFILES = "Invalid dataFiles list"
BLANK, EMPTY, NULL = "must not be blank", "must not be empty", "must not be null"
UNREADABLE_BODY = ("requestBodyNotReadable", "Request body is malformed and cannot be read")


class RequestErrors(Exception):
    """What is wrong with a request: (key, message) pairs, as SiVa names them."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """`POST /validate`."""

    document: bytes
    filename: str
    policy: str
    report_type: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file that stayed with the caller. `algorithm` is SiVa's name, `value` the digest."""

    filename: str
    algorithm: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A detached XAdES signature. `datafiles` None: the caller compares digests itself."""

    signature: bytes
    datafiles: tuple[DataFile, ...] | None


@dataclass(frozen=True, slots=True)
class HashcodeRequest:
    """`POST /validateHashcode`."""

    files: tuple[SignatureFile, ...]
    policy: str
    report_type: str


def read_document(body: Any) -> DocumentRequest:
    """The request of `/validate`. Unknown members are ignored, as SiVa does. Raises `RequestErrors`."""
    found = _object(body)
    errors: list[tuple[str, str]] = []
    document = _octets(found.get("document"), "document", BAD_BASE64, errors)
    filename = _filename(found.get("filename"), "filename", errors)
    policy, report_type = _common(found, errors)
    if errors:
        raise RequestErrors(*errors)
    return DocumentRequest(document, filename, policy, report_type)


def read_hashcode(body: Any) -> HashcodeRequest:
    """The request of `/validateHashcode`. Raises `RequestErrors`."""
    found = _object(body)
    errors: list[tuple[str, str]] = []
    files = list(_signature_files(found.get("signatureFiles"), errors))
    policy, report_type = _common(found, errors)
    if errors:
        raise RequestErrors(*errors)
    return HashcodeRequest(tuple(files), policy, report_type)


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise RequestErrors(UNREADABLE_BODY)
    return body


def _common(found: Mapping[str, Any], errors: list[tuple[str, str]]) -> tuple[str, str]:
    """Policy (POLv4 when none is named) and report type (Simple)."""
    policy = found.get("signaturePolicy")
    policy = "POLv4" if policy is None else policy
    if not isinstance(policy, str) or not _POLICY.fullmatch(policy):
        errors.append(("signaturePolicy", BAD_POLICY))
    elif not 1 <= len(policy) <= 100:
        errors.append(("signaturePolicy", _size(100)))
    elif policy not in POLICIES:
        known = ", ".join(POLICIES)
        errors.append(("signaturePolicy", f"Invalid signature policy: {policy}; Available abstractPolicies: [{known}]"))
    asked = found.get("reportType")
    asked = "Simple" if asked is None else asked
    kinds = {kind.lower(): kind for kind in REPORT_TYPES}
    if not isinstance(asked, str) or asked.lower() not in kinds:
        errors.append(("reportType", BAD_REPORT_TYPE))
        asked = "Simple"
    return str(policy), kinds[asked.lower()]


def _signature_files(value: Any, errors: list[tuple[str, str]]) -> Iterator[SignatureFile]:
    if value is None:
        errors.append(("signatureFiles", NULL))
        return
    if not isinstance(value, list):
        raise RequestErrors(UNREADABLE_BODY)
    if not value:
        errors.append(("signatureFiles", EMPTY))
    if len(value) > MAX_SIGNATURE_FILES:
        raise RequestErrors(("signatureFiles", _size(MAX_SIGNATURE_FILES)))
    for number, one in enumerate(value):
        place, members = f"signatureFiles[{number}]", _object(one)
        signature = _octets(members.get("signature"), f"{place}.signature", BAD_SIGNATURE_BASE64, errors)
        yield SignatureFile(signature, _datafiles(members.get("datafiles"), f"{place}.datafiles", errors))


def _datafiles(value: Any, place: str, errors: list[tuple[str, str]]) -> tuple[DataFile, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise RequestErrors(UNREADABLE_BODY)
    if not 0 < len(value) <= MAX_DATAFILES:
        errors.append((place, BAD_DATAFILES))
        return None
    found = [_datafile(one, f"{place}[{number}]", errors) for number, one in enumerate(value)]
    if len({one.filename for one in found}) != len(found):
        errors.append((place, BAD_DATAFILES))  # one name, two digests: nobody can tell which is meant
    return tuple(found)


def _datafile(one: Any, place: str, errors: list[tuple[str, str]]) -> DataFile:
    members = _object(one)
    filename = _filename(members.get("filename"), f"{place}.filename", errors)
    algorithm = members.get("hashAlgo")
    name = algorithm.upper().replace("SHA-", "SHA") if isinstance(algorithm, str) else ""
    if name not in HASH_ALGORITHMS:
        errors.append((f"{place}.hashAlgo", BAD_HASH_ALGORITHM))
    text = members.get("hash")
    if isinstance(text, str) and len(text) > 1000:
        errors.append((f"{place}.hash", _size(1000)))
        text = None
    else:
        text = _octets(text, f"{place}.hash", BAD_BASE64, errors)
    return DataFile(filename, name, text or b"")


def _octets(value: Any, place: str, message: str, errors: list[tuple[str, str]]) -> bytes:
    """Base64 (RFC 4648 section 4); line breaks between the characters are allowed, as in MIME."""
    if value is None or (isinstance(value, str) and not value.strip()):
        errors.append((place, BLANK))
        return b""
    try:
        return base64.b64decode(value.translate(_BREAKS).encode("ascii"), validate=True)
    except (AttributeError, UnicodeEncodeError, binascii.Error):
        errors.append((place, message))
        return b""


_BREAKS: Final = {ord(character): None for character in "\r\n"}


def _filename(value: Any, place: str, errors: list[tuple[str, str]]) -> str:
    if value is None or value == "":
        errors.append((place, EMPTY))
        return ""
    if not isinstance(value, str) or not value.strip() or not _FILENAME.fullmatch(value):
        errors.append((place, BAD_FILENAME))
        return ""
    if len(value) > 260:
        errors.append((place, _size(260)))
        return ""
    return value


def _size(most: int) -> str:
    return f"size must be between 1 and {most}"
