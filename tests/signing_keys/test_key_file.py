"""Key files: they sign what their certificate says, refuse what is weak, and say loudly what they are."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from signing.keys.backend import KeyBackend, KeyUnsuitable, SignatureAlgorithm, default_algorithm, ecdsa_raw
from signing.keys.file import FileKey, FileKeyWarning
from trustreg.pki import signatures
from trustreg.pki.certificates import parse_certificate

AT = datetime(2026, 4, 1, tzinfo=UTC)
KEYS: dict[SignatureAlgorithm, CertificateIssuerPrivateKeyTypes] = {
    SignatureAlgorithm.RSA_SHA512: rsa.generate_private_key(65537, 3072),
    SignatureAlgorithm.ECDSA_SHA256: ec.generate_private_key(ec.SECP256R1()),
    SignatureAlgorithm.ECDSA_SHA384: ec.generate_private_key(ec.SECP384R1()),
    SignatureAlgorithm.ECDSA_SHA512: ec.generate_private_key(ec.SECP521R1()),
    SignatureAlgorithm.ED25519: ed25519.Ed25519PrivateKey.generate(),
}


def certificate_of(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(AT).not_valid_after(AT + timedelta(days=1))
    from cryptography.hazmat.primitives import hashes

    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.DER)


def pem(key: CertificateIssuerPrivateKeyTypes, password: bytes | None = None) -> bytes:
    protection = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


def certificate_pem(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    return x509.load_der_x509_certificate(certificate_of(key)).public_bytes(Encoding.PEM)


@pytest.mark.parametrize("algorithm", KEYS, ids=str)
def test_a_key_signs_with_the_algorithm_that_fits_it(algorithm: SignatureAlgorithm) -> None:
    backend: KeyBackend = FileKey(KEYS[algorithm], certificate_of(KEYS[algorithm]))  # type: ignore[arg-type]
    assert backend.algorithm is algorithm
    signature = backend.sign(b"data")
    scheme = algorithm.value.partition("-")[0]
    digest = None if scheme == "ed25519" else algorithm.digest_name
    described = signatures.SignatureAlgorithm("", None, scheme, digest)
    key = parse_certificate(backend.certificate).public_key
    assert signatures.verify(key, described, signature, b"data") is True
    assert signatures.verify(key, described, signature, b"other") is False


def test_another_digest_may_be_asked_for_but_not_another_kind_of_key() -> None:
    key = KEYS[SignatureAlgorithm.RSA_SHA512]
    backend = FileKey(key, certificate_of(key))  # type: ignore[arg-type]
    described = signatures.SignatureAlgorithm("", None, "rsa", "sha256")
    signature = backend.sign(b"data", SignatureAlgorithm.RSA_SHA256)
    assert signatures.verify(key.public_key(), described, signature, b"data") is True
    with pytest.raises(KeyUnsuitable):
        backend.sign(b"data", SignatureAlgorithm.ECDSA_SHA256)


@pytest.mark.parametrize("algorithm", [SignatureAlgorithm.ECDSA_SHA256, SignatureAlgorithm.ECDSA_SHA512])
def test_raw_ecdsa_signatures_have_the_size_of_the_curve(algorithm: SignatureAlgorithm) -> None:
    key = KEYS[algorithm]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    small = utils.encode_dss_signature(1, 2)
    size = {SignatureAlgorithm.ECDSA_SHA256: 32, SignatureAlgorithm.ECDSA_SHA512: 66}[algorithm]
    assert ecdsa_raw(small, key.public_key()) == (1).to_bytes(size, "big") + (2).to_bytes(size, "big")


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256K1()), dsa.generate_private_key(2048)],
    ids=["rsa-2048", "secp256k1", "dsa"],
)
def test_weak_and_foreign_keys_are_refused(key: CertificateIssuerPrivateKeyTypes) -> None:
    with pytest.raises(KeyUnsuitable):
        default_algorithm(key.public_key())
    with pytest.raises(KeyUnsuitable):
        FileKey(key, certificate_of(key))  # type: ignore[arg-type]


def test_a_certificate_of_another_key_is_refused() -> None:
    one, other = KEYS[SignatureAlgorithm.ECDSA_SHA256], ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyUnsuitable, match="another public key"):
        FileKey(one, certificate_of(other))  # type: ignore[arg-type]


def test_a_file_holds_key_and_certificate_and_warns(tmp_path: Path) -> None:
    key = KEYS[SignatureAlgorithm.ECDSA_SHA256]
    path = tmp_path / "signer.pem"
    path.write_bytes(pem(key) + certificate_pem(key))
    with pytest.warns(FileKeyWarning, match=r"signer\.pem"):
        backend = FileKey.open(path)
    assert backend.algorithm is SignatureAlgorithm.ECDSA_SHA256


def test_key_and_certificate_may_lie_in_two_files_and_under_a_password(tmp_path: Path) -> None:
    key = KEYS[SignatureAlgorithm.ECDSA_SHA384]
    (tmp_path / "key.pem").write_bytes(pem(key, b"secret"))
    (tmp_path / "certificate.pem").write_bytes(certificate_pem(key))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileKeyWarning)
        backend = FileKey.open(tmp_path / "key.pem", tmp_path / "certificate.pem", password=b"secret")
        assert backend.algorithm is SignatureAlgorithm.ECDSA_SHA384
        with pytest.raises(ValueError, match="password"):
            FileKey.open(tmp_path / "key.pem", tmp_path / "certificate.pem", password=b"wrong")
        with pytest.raises(FileNotFoundError):
            FileKey.open(tmp_path / "missing.pem")


def test_other_kinds_of_keys_in_files_are_refused(tmp_path: Path) -> None:
    key = dsa.generate_private_key(2048)
    path = tmp_path / "dsa.pem"
    path.write_bytes(pem(key) + certificate_pem(key))
    with pytest.warns(FileKeyWarning), pytest.raises(KeyUnsuitable):
        FileKey.open(path)


def test_a_key_does_not_show_itself() -> None:
    key = KEYS[SignatureAlgorithm.ECDSA_SHA256]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    backend = FileKey(key, certificate_of(key))
    secret = str(key.private_numbers().private_value)
    assert secret not in repr(backend)
    assert {name for name in dir(backend) if not name.startswith("_")} == {"algorithm", "certificate", "open", "sign"}
