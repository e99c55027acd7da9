"""Names of X.501 and RFC 5280: reading, showing (RFC 4514) and comparing them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1

COMMON_NAME = "2.5.4.3"
SERIAL_NUMBER = "2.5.4.5"
COUNTRY = "2.5.4.6"
ORGANIZATION = "2.5.4.10"
ORGANIZATION_IDENTIFIER = "2.5.4.97"

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}

_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


def text(element: asn1.Element) -> str | None:
    """The text of a string element, None when it is no string; bad octets are replaced, never raised."""
    encoding = _ENCODINGS.get(element.tag)
    return None if encoding is None else element.content.decode(encoding, "replace")


_Rdns = tuple[tuple[tuple[str, bytes, str | None], ...], ...]
_Comparable = tuple[frozenset[tuple[str, str | bytes]], ...]

_MAX_CACHED_SIZE = 2048


def attributes(name: bytes) -> _Rdns:
    """RDNs of a DER Name, in order: (type, value TLV, text or None) for each part."""
    return _cached_attributes(name) if len(name) <= _MAX_CACHED_SIZE else _attributes(name)


def _attributes(name: bytes) -> _Rdns:
    rdns = []
    for rdn in asn1.sequence(name):
        parts = []
        for part in rdn.expect(asn1.SET).children():
            pair = part.expect(asn1.SEQUENCE).children()
            if len(pair) != 2:
                raise MalformedASN1("a name attribute is a type and a value")
            parts.append((asn1.oid(pair[0]), pair[1].raw, text(pair[1])))
        rdns.append(tuple(parts))
    return tuple(rdns)


def first(name: bytes, attribute_type: str) -> str | None:
    """Text of the first attribute of that type."""
    for rdn in attributes(name):
        for kind, _, value in rdn:
            if kind == attribute_type:
                return value
    return None


def _escape(value: str) -> str:
    escaped = "".join(f"\\{char}" if char in ',+"\\<>;' else ("\\00" if char == "\0" else char) for char in value)
    if escaped[:1] in ("#", " "):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and len(value) > 1:
        escaped = escaped[:-1] + "\\ "
    return escaped


def rfc4514(name: bytes) -> str:
    """The readable form, most specific RDN first."""
    return ",".join(
        "+".join(
            f"{_SHORT.get(kind, kind)}={_escape(value) if value is not None else '#' + raw.hex()}"
            for kind, raw, value in rdn
        )
        for rdn in reversed(attributes(name))
    )


def comparable(name: bytes) -> _Comparable:
    """A Name in a form that compares equal for names equal under RFC 5280 7.1 (case, spaces and string type)."""
    return _cached_comparable(name) if len(name) <= _MAX_CACHED_SIZE else _comparable(name)


def _comparable(name: bytes) -> _Comparable:
    return tuple(
        frozenset((kind, _prepared(value) if value is not None else raw) for kind, raw, value in rdn)
        for rdn in attributes(name)
    )


_cached_attributes = lru_cache(maxsize=8192)(_attributes)
_cached_comparable = lru_cache(maxsize=8192)(_comparable)


_NOTHING = re.compile(
    # RFC 4518 2.2, what maps to nothing: controls that are no spaces, and characters that only shape their neighbours.
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u06dd\u070f\u1806\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2063\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def _prepared(value: str) -> str:
    # The steps of RFC 4518 that matter to names in certificates: mapping, NFKC, case folding, insignificant spaces.
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFKC", _NOTHING.sub("", value))
    return " ".join(value.casefold().split())


def same(left: bytes, right: bytes) -> bool:
    """Whether two DER Names are equal: octets first, then RFC 5280 7.1; unreadable names are never equal."""
    if left == right:
        return True
    try:
        return comparable(left) == comparable(right)
    except MalformedASN1:
        return False


@dataclass(frozen=True, slots=True)
class GeneralName:
    """GeneralName (RFC 5280 4.2.1.6).

    `kind` is `other`, `email`, `dns`, `directory`, `uri`, `ip`, `rid` or `unsupported`; `value` the text, the
    dotted OID (`rid`, and the type of `other`), or for `directory` and `ip` the hexadecimal octets; `raw` the element.
    """

    kind: str
    value: str
    raw: bytes


_KINDS = {0: "other", 1: "email", 2: "dns", 4: "directory", 6: "uri", 7: "ip", 8: "rid"}


def general_name(element: asn1.Element) -> GeneralName:
    """Read one GeneralName."""
    kind = _KINDS.get(element.tag & 0x1F, "unsupported") if element.tag & 0xC0 == 0x80 else "unsupported"
    if kind in ("email", "dns", "uri"):
        value = element.content.decode("ascii", "replace")
    elif kind == "rid":
        value = asn1.oid_from_content(element.content)
    elif kind == "other":
        value = asn1.oid(element.children()[0]) if element.children() else ""
    elif kind == "directory":
        inner = element.children()
        if len(inner) != 1:
            raise MalformedASN1("a directory name holds one Name")
        value = inner[0].raw.hex()
    else:
        value = element.content.hex()
    return GeneralName(kind, value, element.raw)


def general_names(element: asn1.Element) -> tuple[GeneralName, ...]:
    """Read GeneralNames (the tag of the outer element is not looked at, for it is often implicit)."""
    return tuple(general_name(part) for part in element.children())
