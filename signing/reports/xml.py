"""Writing XML reports: names, identifiers and texts that any stored report may be put into."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Final

from lxml import etree

VR: Final = "http://uri.etsi.org/19102/v1.4.1#"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
TSL: Final = "http://uri.etsi.org/02231/v2#"
OWN: Final = "urn:trustreg:validation-report:1"
NAMESPACES: Final = {"vr": VR, "ds": DS, "xades": XADES, "tsl": TSL, "tr": OWN}

_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DIGESTS: Final = {
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    "sha3_224": "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
    "sha3_256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "sha3_384": "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
    "sha3_512": "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
}
"""hashlib name -> URI (RFC 9231); a digest of another algorithm has no place in the XML."""


def plain(text: str) -> str:
    """The text with U+FFFD for what XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A child; `name` is `ds:DigestValue` or, in the namespace of the report, `POETime`."""
    prefix, _, local = name.rpartition(":")
    element = etree.SubElement(parent, f"{{{NAMESPACES[prefix or 'vr']}}}{local}", attributes)
    if text is not None:
        element.text = plain(text)
    return element


def add_words(parent: etree._Element, name: str, words: dict[str, str]) -> None:
    """A text in each of its languages."""
    for language, text in sorted(words.items()):
        add(parent, name, text).set(_LANGUAGE, language)


def add_digest(parent: etree._Element, algorithm: str, value: bytes) -> bool:
    """`DigestAlgAndValue`; False, and nothing, for an algorithm that has no URI."""
    uri = _DIGESTS.get(algorithm)
    if uri is None:
        return False
    holder = add(parent, "DigestAlgAndValue")
    add(holder, "ds:DigestMethod", Algorithm=uri)
    add(holder, "ds:DigestValue", b64encode(value).decode())
    return True
