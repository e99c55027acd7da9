"""Signing files together in ASiC-S and ASiC-E containers (ETSI EN 319 162-1), or stamping them without a signature."""

from __future__ import annotations

import base64
import hashlib
import io
import mimetypes
import zipfile
from collections.abc import Mapping
from typing import Final, Literal

from asn1crypto import algos, cms, core
from lxml import etree

from trustreg.demo.pki.cms_signer import SEQUENCE, sign_cms, tlv
from trustreg.demo.pki.party import Party
from trustreg.demo.pki.signer import Level
from trustreg.demo.pki.xml_signer import DS, SignedData, XmlSigner

Inner = Literal["xades", "cades"]
ASIC: Final = "http://uri.etsi.org/02918/v1.2.1#"
_MANIFEST: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_SIMPLE, _EXTENDED = "application/vnd.etsi.asic-s+zip", "application/vnd.etsi.asic-e+zip"
_TIME = (2026, 1, 1, 0, 0, 0)


def simple(name: str, data: bytes, signer: XmlSigner, *, inner: Inner = "xades", level: Level = "B") -> bytes:
    """An ASiC-S: one file with its signature."""
    if inner == "cades":
        signature = {"META-INF/signature.p7s": sign_cms(data, signer, level=level, detached=True)}
    else:
        signature = {"META-INF/signatures.xml": _xades({name: data}, signer, level)}
    return container({name: data, **signature}, kind=_SIMPLE)


def extended(files: Mapping[str, bytes], signer: XmlSigner, *, inner: Inner = "xades", level: Level = "B") -> bytes:
    """An ASiC-E: several files with one signature over all of them."""
    if inner == "xades":
        added = {"META-INF/manifest.xml": _listing(files), "META-INF/signatures001.xml": _xades(files, signer, level)}
    else:
        manifest = _digests(files, "META-INF/signature001.p7s")
        signature = sign_cms(manifest, signer, level=level, detached=True)
        added = {"META-INF/ASiCManifest001.xml": manifest, "META-INF/signature001.p7s": signature}
    return container({**files, **added}, kind=_EXTENDED)


def stamped(name: str, data: bytes, party: Party) -> bytes:
    """An ASiC-S with a time-stamp and no signature."""
    return container({name: data, "META-INF/timestamp.tst": _stamp(party, data)}, kind=_SIMPLE)


def recorded(name: str, data: bytes, party: Party) -> bytes:
    """An ASiC-S with an evidence record (RFC 4998) of one time-stamp and no signature."""
    token = cms.ContentInfo.load(_stamp(party, data)).dump()
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    chain = tlv(
        SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, token))
    )  # ArchiveTimeStampSequence of one chain of one ArchiveTimeStamp
    record = tlv(SEQUENCE, core.Integer(1).dump(), tlv(SEQUENCE, sha256), chain)
    return container({name: data, "META-INF/evidencerecord.ers": record}, kind=_SIMPLE)


def container(files: Mapping[str, bytes], *, kind: str) -> bytes:
    """The ZIP: its media type comes first and uncompressed (EN 319 162-1, A.1)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(zipfile.ZipInfo("mimetype", _TIME), kind)
        for name, data in files.items():
            target.writestr(zipfile.ZipInfo(name, _TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def with_another_file(asic: bytes, name: str, data: bytes) -> bytes:
    """The container with one more file, which nobody signed."""
    out = io.BytesIO(asic)
    with zipfile.ZipFile(out, "a") as target:
        target.writestr(zipfile.ZipInfo(name, _TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _stamp(party: Party, data: bytes) -> bytes:
    if party.stamp is None:
        raise ValueError("a time-stamping service is needed")
    return party.stamp(data)


def _xades(files: Mapping[str, bytes], signer: XmlSigner, level: Level) -> bytes:
    root = etree.Element(f"{{{ASIC}}}XAdESSignatures", nsmap={"asic": ASIC})
    data = [SignedData(name, octets, _media_type(name)) for name, octets in files.items()]
    root.append(signer.sign(data, level=level))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _digests(files: Mapping[str, bytes], target: str) -> bytes:
    """An ASiCManifest (EN 319 162-1, A.4)."""
    root = etree.Element(f"{{{ASIC}}}ASiCManifest", nsmap={"asic": ASIC, "ds": DS})
    etree.SubElement(root, f"{{{ASIC}}}SigReference", URI=target, MimeType="application/pkcs7-signature")
    for name, data in files.items():
        row = etree.SubElement(root, f"{{{ASIC}}}DataObjectReference", URI=name, MimeType=_media_type(name))
        etree.SubElement(row, f"{{{DS}}}DigestMethod", Algorithm=_SHA256)
        value = etree.SubElement(row, f"{{{DS}}}DigestValue")
        value.text = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _listing(files: Mapping[str, bytes]) -> bytes:
    """The OpenDocument manifest that XAdES in ASiC-E has (EN 319 162-1, 4.4.3)."""
    root = etree.Element(f"{{{_MANIFEST}}}manifest", nsmap={"manifest": _MANIFEST})
    root.set(f"{{{_MANIFEST}}}version", "1.2")
    for name, kind in {"/": _EXTENDED, **{name: _media_type(name) for name in files}}.items():
        row = etree.SubElement(root, f"{{{_MANIFEST}}}file-entry")
        row.set(f"{{{_MANIFEST}}}full-path", name)
        row.set(f"{{{_MANIFEST}}}media-type", kind)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _media_type(name: str) -> str:
    return mimetypes.types_map.get(f".{name.rpartition('.')[2]}", "application/octet-stream")
