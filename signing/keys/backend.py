"""What a signing key can do, wherever it is kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MINIMUM_RSA_BITS = 3072
"""What we sign with (ETSI TS 119 312: legacy 2048 bits is for verifying only)."""


class SignatureAlgorithm(StrEnum):
    """How data is hashed and signed. RSA is PKCS#1 v1.5, because every reader of trusted lists knows it."""

    RSA_SHA256 = "rsa-sha256"
    RSA_SHA384 = "rsa-sha384"
    RSA_SHA512 = "rsa-sha512"
    ECDSA_SHA256 = "ecdsa-sha256"
    ECDSA_SHA384 = "ecdsa-sha384"
    ECDSA_SHA512 = "ecdsa-sha512"
    ED25519 = "ed25519"

    @property
    def digest_name(self) -> str:
        """The hashlib name of its digest; for Ed25519 the one that accompanies it (SHA-512)."""
        return "sha512" if self is SignatureAlgorithm.ED25519 else self.value.rpartition("-")[2]

    @property
    def hash(self) -> hashes.HashAlgorithm:
        """Its digest for `cryptography`."""
        return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[self.digest_name]


@runtime_checkable
class KeyBackend(Protocol):
    """A private key with its certificate. It signs and gives nothing of itself away."""

    @property
    def certificate(self) -> bytes:
        """The DER certificate of the key."""
        ...

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The algorithm that this key is used with unless the caller asks for another that fits."""
        ...

    def sign(self, data: bytes, algorithm: SignatureAlgorithm | None = None) -> bytes:
        """The signature over `data` (hashed here). ECDSA gives DER `Ecdsa-Sig-Value`; see `ecdsa_raw`.

        Raises `KeyUnsuitable` when the algorithm does not fit the key, `trustreg.base.errors.Unavailable` when a
        token can't be reached.
        """
        ...


class KeyUnsuitable(ValueError):
    """The key is too weak, of another type, or does not belong to its certificate."""


def default_algorithm(key: PublicKeyTypes) -> SignatureAlgorithm:
    """The algorithm for a public key: RSA from 3072 bits with SHA-512, P-256, P-384 or P-521 with the hash of its size.

    Raises `KeyUnsuitable` for every other key.
    """
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MINIMUM_RSA_BITS:
        return SignatureAlgorithm.RSA_SHA512
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PublicKey):
        return SignatureAlgorithm.ED25519
    size = f" of {key.key_size} bits" if isinstance(key, rsa.RSAPublicKey) else ""
    raise KeyUnsuitable(
        f"{type(key).__name__}{size}; expected RSA of at least {MINIMUM_RSA_BITS} bits, P-256, P-384, P-521 or Ed25519"
    )


_CURVES = {
    "secp256r1": SignatureAlgorithm.ECDSA_SHA256,
    "secp384r1": SignatureAlgorithm.ECDSA_SHA384,
    "secp521r1": SignatureAlgorithm.ECDSA_SHA512,
}


def require_fit(key: PublicKeyTypes, algorithm: SignatureAlgorithm) -> None:
    """Raise `KeyUnsuitable` unless `algorithm` can be used with `key`."""
    family = default_algorithm(key).value.partition("-")[0]
    if algorithm.value.partition("-")[0] != family:
        raise KeyUnsuitable(f"algorithm {algorithm.value} with a key for {family}")


def ecdsa_raw(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """DER `Ecdsa-Sig-Value` as `r || s` of the curve's size each (XML signatures, JWS)."""
    size = (key.curve.key_size + 7) // 8
    r, s = utils.decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
