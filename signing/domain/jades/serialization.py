"""The three serializations of a JWS (RFC 7515 7), read strictly: what is said twice or in two ways is refused."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trustreg.pki.errors import PkiError

MAX_SIGNATURES: Final = 200
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_COMPACT: Final = re.compile(rb"([A-Za-z0-9_-]+)\.([\x20-\x2d\x2f-\x7e]*)\.([A-Za-z0-9_-]*)[\r\n]*")
_LONGEST_NUMBER: Final = 20


class JwsError(PkiError):
    """Octets that are not read as a JWS; the message says why."""


@dataclass(frozen=True, slots=True)
class Jws:
    """One signature. Texts are as received, for they are what is signed.

    `payload` None: the member is not there (detached). `unprotected` is the member `header`.
    """

    protected_text: str
    protected: Mapping[str, Any]
    payload: str | None
    signature_text: str
    signature: bytes
    unprotected: Mapping[str, Any]


def recognise(data: bytes) -> bool:
    """Whether the bytes look like a JWS: JSON with the members of one, or three parts with dots between."""
    head = data[:4096]
    if head[:1] == b"{":
        return b'"signature' in data or b'"protected"' in data or b'"payload"' in data
    return re.match(rb"eyJ[A-Za-z0-9_-]{4,}\.|eyJ[A-Za-z0-9_-]+$", head) is not None and data.count(b".") >= 1


def parse(data: bytes) -> tuple[Jws, ...]:
    """Every signature of a JWS in any serialization. Raises `JwsError`."""
    if data[:1] != b"{":
        return (_compact(data),)
    document = load_object(data)
    if "signatures" not in document:
        return (_entry(document, document.get("payload")),)
    if "signature" in document or "protected" in document or "header" in document:
        raise JwsError("it is of two serializations at once")
    rows = document["signatures"]
    if not isinstance(rows, list) or not rows or len(rows) > MAX_SIGNATURES:
        raise JwsError(f"its signatures are not a list of 1 to {MAX_SIGNATURES}")
    return tuple(_entry(row, document.get("payload")) for row in rows)


def _compact(data: bytes) -> Jws:
    match = _COMPACT.fullmatch(data)
    if match is None:
        raise JwsError("it is not three parts with dots between them")
    header, payload, signature = (part.decode("ascii") for part in match.groups())
    return _jws(header, payload or None, signature, {})


def _entry(row: Any, payload: Any) -> Jws:
    if not isinstance(row, dict):
        raise JwsError("a signature is not an object")
    protected, signature, unprotected = row.get("protected"), row.get("signature"), row.get("header", {})
    if not isinstance(protected, str) or not isinstance(signature, str) or not isinstance(unprotected, dict):
        raise JwsError("a signature lacks its protected header or its value, or they are of the wrong type")
    if payload is not None and not isinstance(payload, str):
        raise JwsError("the payload is not a text")
    return _jws(protected, payload or None, signature, unprotected)


def _jws(protected: str, payload: str | None, signature: str, unprotected: Mapping[str, Any]) -> Jws:
    header = load_object(decode(protected, "the protected header"))
    if set(header) & set(unprotected):
        raise JwsError("a header parameter stands in both headers (RFC 7515 4)")
    return Jws(protected, header, payload, signature, decode(signature, "the signature"), unprotected)


def decode(text: str, what: str) -> bytes:
    """base64url without padding (RFC 7515 2). Raises `JwsError`."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise JwsError(f"{what} is not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def decode_base64(value: Any) -> bytes | None:
    """Plain base64 of a JSON member; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def encode(data: bytes) -> bytes:
    """base64url without padding, as ASCII."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def load_object(data: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8 in which no name is said twice (RFC 7515 4, 5.2). Raises `JwsError`."""
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise JwsError(f"it is not JSON: {str(error)[:120]}") from error
    if not isinstance(found, dict):
        raise JwsError("it is not a JSON object")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JwsError("a name is said twice in one JSON object")
    return found


def _refuse(text: str) -> Any:
    raise JwsError(f"{text} is no JSON")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise JwsError("a number is too long")
    return int(text)
