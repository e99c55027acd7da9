"""End dates are data; what is not in the catalogue is never acceptable."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.pki.factories import algorithm, make_ca, make_leaf
from trustreg.pki import asn1
from trustreg.pki.algorithms import acceptable_at, default_catalogue, load_catalogue
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.indications import SubIndication
from trustreg.pki.paths import AnchorSet, validate_path
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


def test_the_catalogue_is_a_file_of_dates():
    """Nothing of it stands in code: another file is another catalogue."""
    strict = load_catalogue(
        {"name": "strict", "digests": {"sha512": None}, "keys": {"rsa": {"4096": None}}, "curves": {}}
    )
    assert strict.digest_end("sha256") is None
    assert strict.key_end("rsa", 3072) is None
    assert strict.key_end("rsa", 4096) is not None
    assert strict.key_end("ec", 256, "secp256r1") is None
    assert default_catalogue().name.startswith("ETSI TS 119 312")


@pytest.mark.parametrize(
    ("kind", "size", "curve", "last_good"),
    [
        ("rsa", 1023, None, None),
        ("rsa", 1024, None, "2019-10-01"),
        ("rsa", 1899, None, "2019-10-01"),
        ("rsa", 1900, None, "2029-01-01"),
        ("rsa", 2048, None, "2029-01-01"),
        ("rsa", 2999, None, "2029-01-01"),
        ("rsa", 3000, None, "for ever"),
        ("dsa", 1023, None, None),
        ("dsa", 1024, None, "2015-12-01"),
        ("dsa", 2048, None, "2029-01-01"),
        ("ec", 256, "secp256k1", None),
        ("ec", 256, "sect283r1", None),
        ("ec", 320, "brainpoolP320r1", None),
        ("ec", 160, "secp160r1", None),
        ("ec", 256, None, None),
        ("unknown", 0, None, None),
    ],
)
def test_the_edges_of_key_sizes(kind, size, curve, last_good):
    end = default_catalogue().key_end(kind, size, curve)
    if last_good is None:
        assert end is None
    elif last_good == "for ever":
        assert end is not None
        assert end.year == 9999
    else:
        assert end == datetime.fromisoformat(last_good).replace(tzinfo=UTC)


def _end(scheme, digest, mgf=None):
    stated = SignatureAlgorithm("1.2", None, scheme, digest, mgf)
    return default_catalogue().signature_end(stated, make_ca("RSA", kind="rsa3072").certificate)


@pytest.mark.parametrize(
    ("scheme", "digest", "mgf", "year"),
    [
        ("rsa", "md5", None, 2004),
        ("rsa", "sha1", None, 2012),
        ("rsa", "sha224", None, 2029),
        ("rsa", "sha256", None, 9999),
        ("rsa", "sha3_256", None, 9999),
        ("rsa-pss", "sha256", "sha1", 2012),
        ("rsa-pss", "sha256", "sha256", 9999),
        ("rsa", None, None, None),
        ("rsa", "sha512_224", None, None),
        (None, "sha256", None, None),
    ],
)
def test_the_end_of_a_signature(scheme, digest, mgf, year):
    end = _end(scheme, digest, mgf)
    assert (end and end.year) == year


def _signed_with_sha1(made, issuer):
    """The certificate signed again with sha1WithRSAEncryption, which no builder offers any more."""
    stated = algorithm("1.2.840.113549.1.1.5", asn1.encode(asn1.NULL))
    tbs, before, _ = asn1.sequence(made.der)
    parts = [stated if part.raw == before.raw else part.raw for part in tbs.children()]
    body = asn1.encode(asn1.SEQUENCE, *parts)
    signature = issuer.private_key.sign(body, padding.PKCS1v15(), hashes.SHA1())
    return parse_certificate(asn1.encode(asn1.SEQUENCE, body, stated, asn1.encode(asn1.BIT_STRING, b"\0" + signature)))


def test_what_a_weak_algorithm_signed_counts_until_its_date_and_a_root_signs_itself_as_it_likes():
    old = {"not_before": datetime(2008, 1, 1, tzinfo=UTC), "not_after": datetime(2030, 1, 1, tzinfo=UTC)}
    root = make_ca("SHA-1 root", kind="rsa3072", **old)
    middle = make_ca("SHA-1 middle", issuer=root, **old)
    weak_root, weak_middle = _signed_with_sha1(root, root), _signed_with_sha1(middle, root)
    leaf, direct = (make_leaf(one, "Below", **old).certificate for one in (middle, root))

    def found(one, when):
        return validate_path(one, candidates=[weak_middle], anchors=AnchorSet([weak_root]), at=when)

    assert found(leaf, datetime(2012, 8, 1, tzinfo=UTC)).valid
    late = found(leaf, datetime(2012, 8, 1, 0, 0, 1, tzinfo=UTC))
    assert late.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert late.failing == weak_middle
    assert found(direct, datetime(2026, 6, 1, tzinfo=UTC)).valid, "nobody relies on a root's own signature"
