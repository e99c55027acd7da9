"""What a piece of evidence may be called, and what it is by its content."""

from __future__ import annotations

import codecs
import re
import unicodedata

MAX_FILENAME_BYTES = 255
# Characters that make a name look like another one: bidirectional overrides, zero-width characters, the byte-order
# mark.
_DECEPTIVE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_OCTETS = "application/octet-stream"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"-----BEGIN CERTIFICATE-----", "application/x-pem-file"),
    (b"<?xml", "application/xml"),
    (b"\xef\xbb\xbf<?xml", "application/xml"),
)
_BY_EXTENSION = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
    "docx": "application/zip",
    "xlsx": "application/zip",
    "pptx": "application/zip",
    "asice": "application/zip",
    "asics": "application/zip",
}


def clean_filename(name: str) -> str:
    """The name in NFC.

    Raises ValueError (an English sentence) for a name that is empty, a path, deceptive or too long.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or name.startswith(".") or name.endswith("."):
        raise ValueError("expected a name that neither starts nor ends with a full stop")
    if _RESERVED.search(name):
        raise ValueError("expected a plain file name without path separators or control characters")
    if _DECEPTIVE.search(name):
        raise ValueError("expected a name without invisible or direction-changing characters")
    if len(name.encode()) > MAX_FILENAME_BYTES:
        raise ValueError(f"expected at most {MAX_FILENAME_BYTES} bytes in UTF-8")
    return name


def media_type(head: bytes) -> str:
    """The media type by content, from the first kilobyte or so; `application/octet-stream` when it is not known."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    try:
        # Not final: the head may end within a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        return _OCTETS
    if not text or any(ord(char) < 32 and char not in "\t\r\n\f" for char in text):
        return _OCTETS
    return "application/json" if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else "text/plain"


def contradicts(filename: str, found: str) -> bool:
    """Whether a name promises a format (`.pdf`, `.png`, …) that the content is not."""
    promised = _BY_EXTENSION.get(filename.rpartition(".")[2].lower())
    return promised is not None and promised != found
