"""Signature algorithms: reading AlgorithmIdentifiers exactly, and verifying with any key that OpenSSL has.

Digest names are those of hashlib (`sha256`, `sha3_384`, `shake256`, …).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils

from trustreg.base.effort import spend, spend_octets
from trustreg.pki import asn1
from trustreg.pki.errors import MalformedASN1

DIGESTS: dict[str, str] = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    "2.16.840.1.101.3.4.2.11": "shake128",
    "2.16.840.1.101.3.4.2.12": "shake256",
    "2.16.840.1.101.3.4.2.18": "shake256",  # shake256-len: only its length of 512 bits is used with Ed448
}
"""OID -> digest name."""

DIGEST_OIDS = {name: oid for oid, name in reversed(DIGESTS.items())}
DIGEST_SIZES = {
    "md5": 16,
    "sha1": 20,
    "ripemd160": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha512_224": 28,
    "sha512_256": 32,
    "sha3_224": 28,
    "sha3_256": 32,
    "sha3_384": 48,
    "sha3_512": 64,
    "shake128": 32,
    "shake256": 64,
}
"""Octets of output; SHAKE as RFC 8702 fixes it."""


def digest(name: str, data: bytes) -> bytes:
    """Hash `data`. Raises `UnsupportedAlgorithm` (of cryptography) for a name unknown here or to OpenSSL."""
    if name not in DIGEST_SIZES:
        raise UnsupportedAlgorithm(f"digest {name!r} is unknown")
    spend_octets(len(data))
    try:
        state = hashlib.new(name, data, usedforsecurity=False)
    except ValueError as error:
        raise UnsupportedAlgorithm(f"digest {name!r} is not available") from error
    return state.digest(DIGEST_SIZES[name]) if name.startswith("shake") else state.digest()  # type: ignore[call-arg]  # SHAKE takes a length


_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha512_224": hashes.SHA512_224,
    "sha512_256": hashes.SHA512_256,
    "sha3_224": hashes.SHA3_224,
    "sha3_256": hashes.SHA3_256,
    "sha3_384": hashes.SHA3_384,
    "sha3_512": hashes.SHA3_512,
}


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature AlgorithmIdentifier.

    `scheme` is `rsa` (PKCS#1 v1.5), `rsa-pss`, `ecdsa`, `ecdsa-plain` (raw r‖s, BSI TR-03111), `dsa`, `ed25519`,
    `ed448` or None when unknown. `digest` is the hash that the algorithm itself names, None when it names none
    (rsaEncryption and the like: the digest algorithm beside it decides). PSS parameters are exact.
    """

    oid: str
    parameters: bytes | None
    scheme: str | None
    digest: str | None
    mgf_digest: str | None = None
    salt_length: int | None = None

    def with_digest(self, name: str) -> SignatureAlgorithm:
        """The same with its hash filled in when it names none."""
        if self.digest is not None or self.scheme in (None, "ed25519", "ed448"):
            return self
        return SignatureAlgorithm(self.oid, self.parameters, self.scheme, name, self.mgf_digest, self.salt_length)


RSA_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"

_SCHEMES: dict[str, tuple[str, str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.4": ("rsa", "md5"),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.3.14.3.2.29": ("rsa", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.113549.1.1.15": ("rsa", "sha512_224"),
    "1.2.840.113549.1.1.16": ("rsa", "sha512_256"),
    "2.16.840.1.101.3.4.3.13": ("rsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.14": ("rsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.15": ("rsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.16": ("rsa", "sha3_512"),
    "1.2.840.10045.2.1": ("ecdsa", None),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "2.16.840.1.101.3.4.3.9": ("ecdsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3_512"),
    "0.4.0.127.0.7.1.1.4.1.1": ("ecdsa-plain", "sha1"),
    "0.4.0.127.0.7.1.1.4.1.2": ("ecdsa-plain", "sha224"),
    "0.4.0.127.0.7.1.1.4.1.3": ("ecdsa-plain", "sha256"),
    "0.4.0.127.0.7.1.1.4.1.4": ("ecdsa-plain", "sha384"),
    "0.4.0.127.0.7.1.1.4.1.5": ("ecdsa-plain", "sha512"),
    "1.2.840.10040.4.1": ("dsa", None),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": ("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": ("dsa", "sha256"),
    "1.3.101.112": ("ed25519", None),
    "1.3.101.113": ("ed448", None),
}


def names_signature(oid: str) -> bool:
    """Whether an OID names a signature algorithm."""
    return oid in _SCHEMES or oid == RSA_PSS


def digest_name(element: asn1.Element) -> tuple[str | None, str]:
    """A digest AlgorithmIdentifier: its name (None when unknown) and OID."""
    oid, _ = asn1.algorithm_identifier(element)
    return DIGESTS.get(oid), oid


def signature_algorithm(element: asn1.Element) -> SignatureAlgorithm:
    """Read a signature AlgorithmIdentifier; an unknown OID has `scheme` None, bad parameters raise `MalformedASN1`."""
    oid, parameters = asn1.algorithm_identifier(element)
    if oid == RSA_PSS:
        return _pss(oid, parameters)
    scheme, hash_name = _SCHEMES.get(oid, (None, None))
    return SignatureAlgorithm(oid, parameters, scheme, hash_name)


def _pss(oid: str, parameters: bytes | None) -> SignatureAlgorithm:
    # RFC 4055 3.1: absent fields mean SHA-1, MGF1 with SHA-1, 20, 1.
    hash_name: str | None = "sha1"
    mgf_digest: str | None = "sha1"
    salt = 20
    if parameters is not None and parameters[0] != asn1.NULL:
        for part in asn1.sequence(parameters):
            inner = part.children()
            if len(inner) != 1:
                raise MalformedASN1("bad RSASSA-PSS parameters")
            if part.tag == asn1.context(0):
                hash_name, _ = digest_name(inner[0])
            elif part.tag == asn1.context(1):
                mgf, mgf_parameters = asn1.algorithm_identifier(inner[0])
                if mgf != _MGF1 or mgf_parameters is None:
                    raise MalformedASN1("RSASSA-PSS is used with MGF1 only")
                mgf_digest, _ = digest_name(asn1.read(mgf_parameters))
            elif part.tag == asn1.context(2):
                salt = asn1.integer(inner[0])
            elif part.tag == asn1.context(3):
                if asn1.integer(inner[0]) != 1:
                    raise MalformedASN1("bad RSASSA-PSS trailer")
            else:
                raise MalformedASN1("bad RSASSA-PSS parameters")
    if not 0 <= salt <= 1024:
        raise MalformedASN1("bad RSASSA-PSS salt length")
    known = hash_name is not None and mgf_digest is not None
    return SignatureAlgorithm(oid, parameters, "rsa-pss" if known else None, hash_name, mgf_digest, salt)


def verify(
    public_key: Any, algorithm: SignatureAlgorithm, signature: bytes, data: bytes, *, prehashed: bool = False
) -> bool | None:
    """Whether `signature` over `data` verifies; None when this algorithm cannot be computed with this key.

    `prehashed`: `data` is the digest already (not possible with EdDSA: None). `algorithm.digest` must be set except for
    EdDSA. A key of another kind than the algorithm's is False, for no such signature exists.
    """
    kind = algorithm.scheme
    spend(_cost(public_key))
    spend_octets(len(data))
    try:
        if kind in ("ed25519", "ed448"):
            wanted = ed25519.Ed25519PublicKey if kind == "ed25519" else ed448.Ed448PublicKey
            if not isinstance(public_key, wanted):
                return False
            if prehashed:
                return None
            public_key.verify(signature, data)
            return True
        make_hash = _HASHES.get(algorithm.digest or "")
        if kind is None or make_hash is None:
            return None
        chosen: Any = utils.Prehashed(make_hash()) if prehashed else make_hash()
        if kind == "rsa":
            if not isinstance(public_key, rsa.RSAPublicKey):
                return False
            public_key.verify(signature, data, padding.PKCS1v15(), chosen)
        elif kind == "rsa-pss":
            if not isinstance(public_key, rsa.RSAPublicKey):
                return False
            mgf_hash = _HASHES.get(algorithm.mgf_digest or "")
            if mgf_hash is None or algorithm.salt_length is None:
                return None
            pss = padding.PSS(mgf=padding.MGF1(mgf_hash()), salt_length=algorithm.salt_length)
            public_key.verify(signature, data, pss, chosen)
        elif kind in ("ecdsa", "ecdsa-plain"):
            if not isinstance(public_key, ec.EllipticCurvePublicKey):
                return False
            if kind == "ecdsa-plain":
                half, odd = divmod(len(signature), 2)
                if odd or not half or half > 80:
                    return False
                signature = utils.encode_dss_signature(
                    int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
                )
            public_key.verify(signature, data, ec.ECDSA(chosen))
        else:
            if not isinstance(public_key, dsa.DSAPublicKey):
                return False
            public_key.verify(signature, data, chosen)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return None
    except ValueError:
        # OpenSSL refuses the combination: a salt longer than the key allows, a digest of another length.
        return False
    return True


def _cost(public_key: Any) -> int:
    """Units of effort that one verification takes: keys of the greatest sizes, and exponents as long as the modulus,
    take a hundred times as long as those that authorities use."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return public_key.key_size**2 * public_key.public_numbers().e.bit_length() // 4_500_000
    if isinstance(public_key, dsa.DSAPublicKey):
        return public_key.key_size**2 * 512 // 4_500_000
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return public_key.key_size**2 // 240
    return 100
