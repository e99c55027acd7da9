"""The certificate of a list signer says what TS 119 612 5.7.1 asks of it."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.keys.backend import SignatureAlgorithm
from signing.keys.file import FileKey, FileKeyWarning
from signing.keys.list_signer import TSL_SIGNING, create_list_signer
from trustreg.pki import signatures
from trustreg.pki.certificates import parse_certificate

AT = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key_type", "algorithm"),
    [
        ("rsa", SignatureAlgorithm.RSA_SHA512),
        ("p256", SignatureAlgorithm.ECDSA_SHA256),
        ("p384", SignatureAlgorithm.ECDSA_SHA384),
    ],
)
def test_the_certificate_of_a_list_signer(key_type: str, algorithm: SignatureAlgorithm) -> None:
    key = create_list_signer(None, territory="JP", operator_name="例示認定機関", at=AT, key_type=key_type, days=10)
    certificate = parse_certificate(key.certificate)
    assert key.algorithm is algorithm
    assert (certificate.country, certificate.organization) == ("JP", "例示認定機関")
    assert certificate.key_usage == {"digitalSignature", "nonRepudiation"}
    assert certificate.extended_key_usage == (TSL_SIGNING.dotted_string,)
    assert not certificate.is_ca
    assert certificate.ski
    assert certificate.not_before <= AT <= certificate.not_after <= AT + timedelta(days=10)
    assert certificate.self_issued
    own = signatures.verify(
        certificate.public_key, certificate.signature_algorithm, certificate.signature, certificate.tbs
    )
    assert own is True


def test_the_file_is_the_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "list-signer.pem"
    made = create_list_signer(path, territory="JP", operator_name="Body", at=AT, key_type="p256")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.warns(FileKeyWarning):
        assert FileKey.open(path).certificate == made.certificate
    with pytest.raises(FileExistsError):
        create_list_signer(path, territory="JP", operator_name="Body", at=AT, key_type="p256")


def test_only_known_kinds_of_keys_are_made() -> None:
    with pytest.raises(KeyError):
        create_list_signer(None, territory="JP", operator_name="Body", at=AT, key_type="dsa")
