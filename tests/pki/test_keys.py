"""Any key that OpenSSL verifies may sign and issue; a signature means what its own parameters say, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.pki.factories import T1, algorithm, issue, key, make_ca, make_leaf, name
from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedASN1
from trustreg.pki.paths import AnchorSet, check_path, validate_path
from trustreg.pki.signatures import signature_algorithm, verify

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


def private_key(kind: str) -> Any:
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    return {"Ed25519": ed25519.Ed25519PrivateKey, "Ed448": ed448.Ed448PrivateKey}[kind].generate()


HASHES = {"P-384": hashes.SHA384(), "P-521": hashes.SHA512(), "brainpoolP512r1": hashes.SHA3_512()}


@pytest.mark.parametrize("kind", [*CURVES, "Ed25519", "Ed448", "RSA"])
def test_a_whole_chain_of_one_kind_of_key(kind: str) -> None:
    authority = [(x509.BasicConstraints(ca=True, path_length=None), True)]
    chosen = {} if kind.startswith("Ed") else {"hash_algorithm": HASHES.get(kind, hashes.SHA256())}
    root = issue(name("Root"), private_key(kind), None, authority, **chosen)
    middle = issue(name("Middle"), private_key(kind), root, authority, **chosen)
    leaf = issue(name("Leaf"), private_key(kind), middle, [], **chosen)
    found = validate_path(
        leaf.certificate, candidates=[middle.certificate], anchors=AnchorSet([root.certificate]), at=T1
    )
    assert found.valid
    other = issue(name("Middle"), private_key(kind), root, authority, **chosen)
    assert check_path((leaf.certificate, other.certificate, root.certificate), at=T1).finding is not None


def pss(hash_name: str, mgf: str, salt: int, trailer: int | None = None) -> asn1.Element:
    oids = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
    parts = [
        asn1.encode(0xA0, algorithm(oids[hash_name])),
        asn1.encode(0xA1, algorithm("1.2.840.113549.1.1.8", algorithm(oids[mgf]))),
        asn1.encode(0xA2, asn1.encode_integer(salt)),
    ]
    if trailer is not None:
        parts.append(asn1.encode(0xA3, asn1.encode_integer(trailer)))
    return asn1.read(algorithm("1.2.840.113549.1.1.10", asn1.encode(asn1.SEQUENCE, *parts)))


def sign_pss(hash_algorithm: Any, mgf: Any, salt: int) -> bytes:
    return key("rsa3072").sign(b"data", padding.PSS(padding.MGF1(mgf), salt), hash_algorithm)


@pytest.mark.parametrize(
    ("stated", "signed", "verdict"),
    [
        (("sha256", "sha256", 32), (hashes.SHA256(), hashes.SHA256(), 32), True),
        (("sha256", "sha512", 20), (hashes.SHA256(), hashes.SHA512(), 20), True),
        (("sha256", "sha256", 0), (hashes.SHA256(), hashes.SHA256(), 0), True),
        (("sha256", "sha256", 20), (hashes.SHA256(), hashes.SHA256(), 32), False),
        (("sha256", "sha1", 32), (hashes.SHA256(), hashes.SHA256(), 32), False),
        (("sha512", "sha256", 32), (hashes.SHA256(), hashes.SHA256(), 32), False),
        (("sha256", "sha256", 32, 1), (hashes.SHA256(), hashes.SHA256(), 32), True),
    ],
)
def test_pss_parameters_are_taken_as_stated(stated: tuple[Any, ...], signed: tuple[Any, ...], verdict: bool) -> None:
    public = key("rsa3072").public_key()
    assert verify(public, signature_algorithm(pss(*stated)), sign_pss(*signed), b"data") is verdict


@pytest.mark.parametrize("bad", [("sha256", "sha256", -1), ("sha256", "sha256", 5000), ("sha256", "sha256", 32, 2)])
def test_pss_parameters_that_mean_nothing(bad: tuple[Any, ...]) -> None:
    with pytest.raises(MalformedASN1):
        signature_algorithm(pss(*bad))


def _with_key(spki_algorithm: bytes) -> Certificate:
    """A certificate whose key names this algorithm."""
    made = issue(name("PSS key"), key("rsa3072"), None, [(x509.BasicConstraints(True, None), True)])
    old = asn1.sequence(made.certificate.spki)[0].raw
    bits = asn1.sequence(made.certificate.spki)[1].raw
    grown = asn1.encode(asn1.SEQUENCE, spki_algorithm, bits)
    tbs = asn1.sequence(made.der)[0]
    parts = [grown if part.raw == made.certificate.spki else part.raw for part in tbs.children()]
    assert old in made.certificate.spki
    _, signature_algorithm_, signature = asn1.sequence(made.der)
    return parse_certificate(
        asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, *parts), signature_algorithm_.raw, signature.raw)
    )


def test_a_key_for_pss_makes_nothing_else() -> None:
    bound = _with_key(pss("sha256", "sha256", 32).raw)
    good = sign_pss(hashes.SHA256(), hashes.SHA256(), 32)
    plain = key("rsa3072").sign(b"data", padding.PKCS1v15(), hashes.SHA256())
    assert bound.verifies(signature_algorithm(pss("sha256", "sha256", 32)), good, b"data") is True
    assert bound.verifies(signature_algorithm(asn1.read(algorithm("1.2.840.113549.1.1.11"))), plain, b"data") is False
    short = sign_pss(hashes.SHA256(), hashes.SHA256(), 20)
    assert bound.verifies(signature_algorithm(pss("sha256", "sha256", 20)), short, b"data") is False
    other = sign_pss(hashes.SHA512(), hashes.SHA512(), 32)
    assert bound.verifies(signature_algorithm(pss("sha512", "sha512", 32)), other, b"data") is False


ECDSA = signature_algorithm(asn1.read(algorithm("1.2.840.10045.4.3.2")))
PLAIN = signature_algorithm(asn1.read(algorithm("0.4.0.127.0.7.1.1.4.1.3")))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("r", [0, 1, ORDER, ORDER + 1, -1])
@pytest.mark.parametrize("s", [0, 1, ORDER, -1])
def test_r_and_s_that_fit_every_message_fit_none(r: int, s: int) -> None:
    public = key("ec256").public_key()
    if r < 0 or s < 0:
        der = asn1.encode(asn1.SEQUENCE, asn1.encode_integer(r), asn1.encode_integer(s))
    else:
        der = encode_dss_signature(r, s)
        plain = (r % 2**256).to_bytes(32, "big") + (s % 2**256).to_bytes(32, "big")
        assert verify(public, PLAIN, plain, b"data") is False
    assert verify(public, ECDSA, der, b"data") is False


@pytest.mark.parametrize(
    "value", [b"", b"\x30\x00", b"\x30\x80", b"\x02\x01\x00", b"\x00" * 64, b"\xff" * 64, b"\x30\x84\xff\xff\xff\xff"]
)
@pytest.mark.parametrize("kind", ["ec256", "rsa3072", "ed25519", "ed448"])
def test_octets_that_are_no_signature(kind: str, value: bytes) -> None:
    oids = {
        "ec256": "1.2.840.10045.4.3.2",
        "rsa3072": "1.2.840.113549.1.1.11",
        "ed25519": "1.3.101.112",
        "ed448": "1.3.101.113",
    }
    stated = signature_algorithm(asn1.read(algorithm(oids[kind])))
    assert verify(key(kind).public_key(), stated, value, b"data") is False


def test_a_key_of_another_kind_verifies_nothing() -> None:
    kinds = ("ec256", "rsa3072", "ed25519", "ed448")
    oids = ("1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11", "1.3.101.112", "1.3.101.113")
    for kind in kinds:
        for other, oid in zip(kinds, oids, strict=True):
            if other != kind:
                stated = signature_algorithm(asn1.read(algorithm(oid)))
                assert verify(key(kind).public_key(), stated, b"\x00" * 64, b"data") is False


def test_a_signature_algorithm_that_nobody_knows_is_not_verified_and_not_refuted() -> None:
    stated = signature_algorithm(asn1.read(algorithm("1.2.3.4.5")))
    assert verify(key("ec256").public_key(), stated, b"", b"data") is None


def test_two_statements_of_the_algorithm_that_differ_are_no_signature() -> None:
    """RFC 5280 4.1.1.2: what is inside the signature decides, so both must agree."""
    ca = make_ca("Agreeing")
    leaf = make_leaf(ca, "Disagreeing")
    tbs, _, signature = asn1.sequence(leaf.der)
    forged = parse_certificate(asn1.encode(asn1.SEQUENCE, tbs.raw, algorithm("1.2.840.10045.4.3.3"), signature.raw))
    assert not validate_path(forged, anchors=AnchorSet([ca.certificate]), at=T1).valid
