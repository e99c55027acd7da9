"""A signing key in a PEM file: for demonstration and tests. Whoever can read the file can sign."""

from __future__ import annotations

import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.keys.backend import KeyUnsuitable, SignatureAlgorithm, default_algorithm, require_fit

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class FileKeyWarning(UserWarning):
    """A signing key lies in a file. A production system keeps it in a token (PKCS#11)."""


class FileKey:
    """A `KeyBackend` over one PEM file that holds a private key and its certificate (or two files)."""

    def __init__(self, private_key: SigningKey, certificate: bytes) -> None:
        """Take an opened key. Raises `KeyUnsuitable` for weak keys or a certificate of another key."""
        public_key = private_key.public_key()
        self._algorithm = default_algorithm(public_key)
        certified = x509.load_der_x509_certificate(certificate).public_key()
        spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if certified.public_bytes(*spki) != public_key.public_bytes(*spki):
            raise KeyUnsuitable("the certificate holds another public key than the key file")
        self._key = private_key
        self._certificate = certificate

    @classmethod
    def open(cls, key_path: Path, certificate_path: Path | None = None, *, password: bytes | None = None) -> FileKey:
        """Read the key (and the certificate, from the same file unless another is named). Warns with `FileKeyWarning`.

        Raises OSError for unreadable files, ValueError for what is no PEM, `KeyUnsuitable` for other keys.
        """
        warnings.warn(
            f"the signing key {key_path.name} is a file; who reads it can sign. Use a PKCS#11 token in production",
            FileKeyWarning,
            stacklevel=2,
        )
        pem = key_path.read_bytes()
        key = serialization.load_pem_private_key(pem, password)
        if not isinstance(key, SigningKey):
            raise KeyUnsuitable(f"{type(key).__name__}; expected an RSA, ECDSA or Ed25519 key")
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes() if certificate_path else pem)
        return cls(key, certificate.public_bytes(Encoding.DER))

    @property
    def certificate(self) -> bytes:
        """The DER certificate."""
        return self._certificate

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The default algorithm of the key."""
        return self._algorithm

    def sign(self, data: bytes, algorithm: SignatureAlgorithm | None = None) -> bytes:
        """The signature over `data`; see `KeyBackend.sign`."""
        algorithm = algorithm or self._algorithm
        require_fit(self._key.public_key(), algorithm)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), algorithm.hash)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(algorithm.hash))
        return self._key.sign(data)
