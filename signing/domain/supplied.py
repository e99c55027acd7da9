"""Revocation data and certificates that the caller hands in beside a document (design 5: supplied evidence).

They are judged as those in the document: nothing proves since when they exist, and they vouch for nobody. What was
handed in is asked for by name, so a file that is none of them is refused instead of passed over.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from trustreg.base.errors import InvalidInput
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.revocation import parse_crl, parse_ocsp

from .procedure.material import Evidence

MAX_OBJECTS: Final = 200
"""In all files together: a PEM file may hold several."""

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----")
_READERS: Final[dict[str, Callable[[bytes], Any]]] = {
    "certificate": parse_certificate,
    "crl": parse_crl,
    "ocsp": parse_ocsp,
}
_LABELS: Final = {
    b"CERTIFICATE": "certificate",
    b"X509 CERTIFICATE": "certificate",
    b"X509 CRL": "crl",
    b"OCSP RESPONSE": "ocsp",
}


def read_supplied(files: Iterable[bytes]) -> Evidence:
    """The evidence in these files: each a certificate, a CRL or an OCSP response in DER, or any of them in PEM.

    All of it is named in `supplied`. Raises `InvalidInput` (field `evidence.<position>`) for a file that is none, and
    for more than `MAX_OBJECTS`.
    """
    certificates: dict[bytes, Certificate] = {}
    found: dict[str, dict[bytes, None]] = {"crl": {}, "ocsp": {}}
    for position, data in enumerate(files):
        for kind, der in _objects(data, position):
            if kind == "certificate":
                certificates[der] = parse_certificate(der)
            else:
                found[kind][der] = None
            if len(certificates) + sum(map(len, found.values())) > MAX_OBJECTS:
                raise refused(
                    position,
                    f"More than {MAX_OBJECTS} certificates, CRLs and OCSP responses were handed in.",
                    f"証明書・CRL・OCSP 応答が合わせて {MAX_OBJECTS} 件を超えています。",
                )
    evidence = Evidence(tuple(certificates.values()), tuple(found["crl"]), tuple(found["ocsp"]))
    return replace(evidence, supplied=evidence.ids)


def beside(embedded: Evidence, supplied: Evidence) -> Evidence:
    """What the document holds, then what was handed in besides; what is in both counts as the document's."""
    return Evidence(
        certificates=tuple(dict.fromkeys((*embedded.certificates, *supplied.certificates))),
        crls=tuple(dict.fromkeys((*embedded.crls, *supplied.crls))),
        ocsps=tuple(dict.fromkeys((*embedded.ocsps, *supplied.ocsps))),
        supplied=supplied.supplied - embedded.ids,
    )


def refused(position: int, en: str, ja: str) -> InvalidInput:
    """A file that is no evidence, by its position."""
    return InvalidInput(en, ja, fields={f"evidence.{position}": {"en": en, "ja": ja}})


def _objects(data: bytes, position: int) -> Iterator[tuple[str, bytes]]:
    """(kind, DER) of everything in one file."""
    kinds = [kind for kind, read in _READERS.items() if _reads(read, data)]
    blocks = [] if kinds else list(_PEM.finditer(data))
    if len(kinds) == 1:
        yield kinds[0], data
    elif not blocks or len(blocks) != data.count(b"-----BEGIN "):
        raise _none_of_them(position)
    for block in blocks:
        yield _of_kind(_LABELS.get(block[1]), _decoded(block[2]), position)


def _of_kind(kind: str | None, der: bytes | None, position: int) -> tuple[str, bytes]:
    if kind is None or der is None or not _reads(_READERS[kind], der):
        raise _none_of_them(position)
    return kind, der


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return None


def _reads(read: Callable[[bytes], Any], der: bytes) -> bool:
    try:
        read(der)
    except MemoryError:
        raise
    except Exception:  # what none of our readers can read is no evidence, whatever they fell over
        return False
    return True


def _none_of_them(position: int) -> InvalidInput:
    return refused(
        position,
        f"File {position + 1} of the evidence is no certificate, CRL or (successful) OCSP response, in DER or PEM.",
        f"失効情報などの {position + 1} 番目のファイルは、証明書・CRL・(成功の)OCSP 応答のいずれでもありません"
        "（DER または PEM）。",
    )
