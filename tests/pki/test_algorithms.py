"""End dates are data; what is not in the catalogue is never acceptable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.pki.factories import make_ca, make_leaf
from trustreg.pki.algorithms import acceptable_at, default_catalogue
from trustreg.pki.signatures import DIGEST_SIZES, SignatureAlgorithm


@pytest.mark.parametrize(
    ("algorithm", "size", "curve", "last_good"),
    [
        ("md5", None, None, "2004-08-01"),
        ("sha1", None, None, "2012-08-01"),
        ("ripemd160", None, None, "2014-08-01"),
        ("sha224", None, None, "2029-01-01"),
        ("rsa", 1024, None, "2019-10-01"),
        ("rsa", 1536, None, "2019-10-01"),
        ("rsa", 2048, None, "2029-01-01"),
        ("ec", 224, "secp224r1", "2021-10-01"),
        ("ec", 192, "secp192r1", "2012-08-01"),
    ],
)
def test_an_algorithm_ends_at_its_date(algorithm, size, curve, last_good):
    end = datetime.fromisoformat(last_good).replace(tzinfo=UTC)
    assert acceptable_at(algorithm, size, end, curve=curve)
    assert not acceptable_at(algorithm, size, end.replace(second=1), curve=curve)


@pytest.mark.parametrize(
    ("algorithm", "size", "curve"),
    [
        ("sha256", None, None),
        ("sha3_512", None, None),
        ("rsa", 3072, None),
        ("rsa", 4096, None),
        ("ec", 256, "secp256r1"),
        ("ec", 521, "secp521r1"),
        ("ec", 256, "brainpoolP256r1"),
        ("ed25519", 256, None),
        ("ed448", 448, None),
    ],
)
def test_an_algorithm_without_an_end(algorithm, size, curve):
    assert acceptable_at(algorithm, size, datetime(2040, 1, 1, tzinfo=UTC), curve=curve)


@pytest.mark.parametrize(
    ("algorithm", "size", "curve"),
    [("md2", None, None), ("", None, None), ("rsa", 512, None), ("ec", 256, "unheard-of"), ("elgamal", 4096, None)],
)
def test_what_is_not_listed_is_never_acceptable(algorithm, size, curve):
    assert not acceptable_at(algorithm, size, datetime(2000, 1, 1, tzinfo=UTC), curve=curve)


def test_a_signature_ends_with_the_earliest_of_its_parts():
    catalogue = default_catalogue()
    weak_hash = SignatureAlgorithm("1.2.840.10045.4.1", None, "ecdsa", "sha1")
    key = make_leaf(make_ca(), "Ends").certificate
    assert catalogue.signature_end(weak_hash, key) == datetime(2012, 8, 1, tzinfo=UTC)
    assert catalogue.signature_end(SignatureAlgorithm("1.1", None, None, None), key) is None


def test_every_digest_of_the_catalogue_can_be_computed():
    assert set(default_catalogue().digests) <= set(DIGEST_SIZES)
