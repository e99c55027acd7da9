"""Who signs in the demo, in any format: a certificate with its key, and where time-stamps and evidence come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pyhanko.sign.timestamps import TimeStamper

from trustreg.demo.pki.authority import Credential
from trustreg.demo.pki.certificates import signature_hash
from trustreg.demo.pki.client import fetch_crl, fetch_ocsp, time_stamper, timestamp, token_certificates

_HASHES: dict[str, Any] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


@dataclass(frozen=True, slots=True)
class ValidationData:
    """What is kept with a signature for later (DER)."""

    certificates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()
    ocsps: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """`stamp` makes the token (DER) over octets; `values` is asked after the signature time-stamp, with its tokens."""

    certificate: x509.Certificate
    key: Any = field(repr=False)
    chain: Sequence[x509.Certificate] = ()
    stamp: Callable[[bytes], bytes] | None = None
    values: Callable[[Sequence[bytes]], ValidationData] | None = None
    digest: str = "sha256"
    pss: bool = False

    @classmethod
    def of(cls, credential: Credential, tsa: str | TimeStamper | None) -> Self:
        """A demo credential with a time-stamping service; revocation data comes from the demo's services over HTTP."""

        def values(tokens: Sequence[bytes]) -> ValidationData:
            stamping = [certificate for token in tokens for certificate in token_certificates(token)]
            return ValidationData(
                certificates=[der(one) for one in (credential.certificate, *credential.chain, *stamping)],
                ocsps=[fetch_ocsp(credential.certificate, credential.chain[0])],
                crls=[fetch_crl(one) for one in stamping if one.issuer != one.subject],
            )

        stamper = time_stamper(tsa) if tsa is not None else None
        return cls(
            credential.certificate,
            credential.key,
            credential.chain,
            stamp=(lambda octets: timestamp(octets, stamper)) if stamper is not None else None,
            values=values,
            digest=signature_hash(credential.key).name,
        )

    @property
    def certificates(self) -> list[bytes]:
        """The signing certificate and its issuers (DER)."""
        return [der(one) for one in (self.certificate, *self.chain)]

    def plain_value(self, octets: bytes) -> bytes:
        """The signature over octets as XML and JSON have it: an ECDSA value is r and s side by side (RFC 7518 3.4)."""
        chosen = _HASHES[self.digest]()
        if isinstance(self.key, rsa.RSAPrivateKey):
            if self.pss:
                return self.key.sign(octets, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
            return self.key.sign(octets, padding.PKCS1v15(), chosen)
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self.key.sign(octets, ec.ECDSA(chosen)))
            half = (self.key.curve.key_size + 7) // 8
            return r.to_bytes(half, "big") + s.to_bytes(half, "big")
        if not isinstance(self.key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
            raise ValueError("signatures are made with RSA, EC and Edwards keys here")
        return self.key.sign(octets)

    def evidence(self, tokens: Sequence[bytes]) -> ValidationData:
        """What LT keeps, for a signature with these time-stamps."""
        return self.values(tokens) if self.values else ValidationData()


def der(certificate: x509.Certificate) -> bytes:
    """The encoding of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)
