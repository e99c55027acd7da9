"""Making the key and certificate of a list signer (ETSI TS 119 612 5.7.1)."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.keys.file import FileKey

TSL_SIGNING = x509.ObjectIdentifier("0.4.0.2231.3.0")
"""The extended key usage id-tsl-kp-tslSigning; our readers demand it."""

KeyType = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def list_signer_certificate(
    key: KeyType, *, territory: str, operator_name: str, common_name: str, not_before: datetime, not_after: datetime
) -> bytes:
    """A self-signed DER certificate for signing lists.

    C is the scheme territory and O the operator name, as 5.7.1 asks; key usage digitalSignature and nonRepudiation
    only, no CA, a subject key identifier, EKU tslSigning.
    """
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, territory),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator_name),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    public_key = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([TSL_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    return builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)


def create_list_signer(
    path: Path | None,
    *,
    territory: str,
    operator_name: str,
    at: datetime,
    key_type: str = "rsa",
    common_name: str = "Trusted list signer",
    days: int = 3 * 365,
) -> FileKey:
    """A new list-signer key with its certificate, valid from one hour before `at`.

    `key_type` is `rsa` (3072 bits), `p256` or `p384`. With `path` both are written as one PEM file that only the
    owner may read; an existing file is never overwritten (FileExistsError).
    """
    key: KeyType
    if key_type == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    else:
        key = ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}[key_type])
    certificate = list_signer_certificate(
        key,
        territory=territory,
        operator_name=operator_name,
        common_name=common_name,
        not_before=at - timedelta(hours=1),
        not_after=at + timedelta(days=days),
    )
    if path is not None:
        pem = key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pem += x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    return FileKey(key, certificate)
