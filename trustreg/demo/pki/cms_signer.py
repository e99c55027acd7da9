"""Signing with CAdES baseline B, T, LT and LTA (ETSI EN 319 122-1), attached or detached.

The signature is pyHanko's; what the levels above B add is put together here. Nothing is shared with the reader that
validates.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from asn1crypto import algos, cms, core, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from trustreg.demo.pki.party import Party, der
from trustreg.demo.pki.signer import Level

_SIGNED_DATA: Final = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
_SIGNATURE_TIME_STAMP: Final = core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump()
_ARCHIVE_TIME_STAMP_V3: Final = core.ObjectIdentifier("0.4.0.1733.2.4").dump()
_HASH_INDEX_V3: Final = core.ObjectIdentifier("0.4.0.19122.1.5").dump()
_OCSP_RESPONSE: Final = core.ObjectIdentifier("1.3.6.1.5.5.7.16.2").dump()  # RFC 5940
_SHA256: Final = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
_INTEGER, _OCTETS, SEQUENCE, _SET = 0x02, 0x04, 0x30, 0x31


def sign_cms(data: bytes, party: Party, *, level: Level = "B", detached: bool = False) -> bytes:
    """A CMS SignedData over `data`. Raises ValueError where `stamp` is missing for `level`, OSError from services."""
    if level != "B" and party.stamp is None:
        raise ValueError(f"level {level} needs a time-stamping service")
    made = _Cms.read(_baseline(data, party, detached=detached))
    if level == "B" or party.stamp is None:
        return made.octets()
    token = party.stamp(made.signature)
    made = made.with_unsigned(_SIGNATURE_TIME_STAMP, token)
    if level in ("LT", "LTA"):
        found = party.evidence([token])
        other = [tlv(0xA1, _OCSP_RESPONSE, ocsp) for ocsp in found.ocsps]
        made = replace(
            made,
            certificates=tuple(dict.fromkeys((*made.certificates, *found.certificates))),
            revocation=(*found.crls, *other),
        )
    if level == "LTA":
        made = made.archived(data, party)
    return made.octets()


def _baseline(data: bytes, party: Party, *, detached: bool) -> bytes:
    private = party.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore.from_certs(  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
        [asn1_x509.Certificate.load(der(one)) for one in party.chain]
    )
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(der(party.certificate)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )
    signing = signer.async_sign_general_data(
        data,
        party.digest,
        detached=detached,
        use_cades=True,
        signed_attr_settings=PdfCMSSignedAttributes(signing_time=datetime.now(UTC).replace(microsecond=0)),
    )
    return bytes(asyncio.run(signing).dump())


@dataclass(frozen=True, slots=True)
class _Cms:
    """A SignedData with one signer in its parts (DER). `fixed` is the signer without its unsigned attributes."""

    digests: bytes
    content: bytes
    certificates: tuple[bytes, ...]
    fixed: tuple[bytes, ...]
    signature: bytes
    revocation: tuple[bytes, ...] = ()
    unsigned: tuple[tuple[bytes, bytes], ...] = ()
    """(OID, value), both encoded."""

    @classmethod
    def read(cls, data: bytes) -> _Cms:
        """What pyHanko made, without unsigned attributes of its own."""
        signed = cms.ContentInfo.load(data)["content"]
        (signer,) = signed["signer_infos"]
        names = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
        return cls(
            signed["digest_algorithms"].dump(),
            signed["encap_content_info"].dump(),
            tuple(choice.dump() for choice in signed["certificates"]),
            tuple(signer[name].dump() for name in names),
            signer["signature"].native,
        )

    def with_unsigned(self, oid: bytes, value: bytes) -> _Cms:
        """With one more unsigned attribute."""
        return replace(self, unsigned=(*self.unsigned, (oid, value)))

    def archived(self, data: bytes, party: Party) -> _Cms:
        """With an archive-time-stamp-v3 over all that is there (EN 319 122-1, 5.5.3)."""
        if party.stamp is None:
            raise ValueError("an archive time-stamp needs a time-stamping service")
        index = tlv(
            SEQUENCE,
            _SHA256,
            _digests(self.certificates),
            _digests(self.revocation),
            _digests([oid + value for oid, value in self.unsigned]),
        )
        kind = cms.EncapsulatedContentInfo.load(self.content)["content_type"].dump()
        token = party.stamp(b"".join((kind, hashlib.sha256(data).digest(), *self.fixed, index)))
        return self.with_unsigned(_ARCHIVE_TIME_STAMP_V3, _Cms._with_index(token, index))

    @staticmethod
    def _with_index(token: bytes, index: bytes) -> bytes:
        own = _Cms.read(token)
        return own.with_unsigned(_HASH_INDEX_V3, index).octets(version=3)

    def octets(self, version: int | None = None) -> bytes:
        """The ContentInfo. The version follows from what is inside (RFC 5652 5.1): 5 with OCSP responses."""
        attributes = sorted(tlv(SEQUENCE, oid, tlv(_SET, value)) for oid, value in self.unsigned)
        signer = tlv(SEQUENCE, *self.fixed, *([tlv(0xA1, *attributes)] if attributes else ()))
        number = version or (5 if any(one[0] == 0xA1 for one in self.revocation) else 1)
        body = tlv(
            SEQUENCE,
            tlv(_INTEGER, bytes([number])),
            self.digests,
            self.content,
            tlv(0xA0, *self.certificates),
            *([tlv(0xA1, *self.revocation)] if self.revocation else ()),
            tlv(_SET, signer),
        )
        return tlv(SEQUENCE, _SIGNED_DATA, tlv(0xA0, body))


def _digests(values: Sequence[bytes]) -> bytes:
    return tlv(SEQUENCE, *(tlv(_OCTETS, hashlib.sha256(value).digest()) for value in values))


def tlv(tag: int, *parts: bytes) -> bytes:
    """DER of a tag with definite length."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
