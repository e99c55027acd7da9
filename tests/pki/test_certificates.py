"""Certificates are read completely, one malformed extension takes nothing from the others, and nothing else escapes."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.pki.factories import T0, YEAR, issue, key, key_usage, make_ca, make_leaf, make_tsa, name, qc_statements
from trustreg.pki import asn1
from trustreg.pki.certificates import load_certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate


def test_the_members_of_a_qualified_seal_certificate():
    ca = make_ca("Members CA")
    leaf = make_leaf(
        ca,
        "Seal of Example",
        qc=["eseal"],
        legislation=["JP", "de"],
        qscd=True,
        subject={"organization": "Example K.K.", "organization_identifier": "NTRJP-1234567890123"},
        ocsp_urls=["http://ocsp.example/"],
        crl_urls=["http://crl.example/a.crl"],
        ca_issuers=["http://ca.example/ca.cer"],
        extensions=[
            (x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)]), False),
            (x509.SubjectAlternativeName([x509.RegisteredID(x509.ObjectIdentifier("1.2.392.200000.1.7"))]), False),
        ],
    ).certificate
    assert leaf.common_name == "Seal of Example"
    assert leaf.organization == "Example K.K."
    assert leaf.organization_identifier == "NTRJP-1234567890123"
    assert leaf.country == "JP"
    assert leaf.device_oid == "1.2.392.200000.1.7"
    assert leaf.qc.compliance
    assert leaf.qc.qscd
    assert leaf.qc.types == {"eseal"}
    assert leaf.qc.legislation == {"JP", "DE"}
    assert leaf.key_usage == {"nonRepudiation"}
    assert leaf.extended_key_usage is None
    assert leaf.policies == ("1.2.3.4",)
    assert leaf.ocsp_urls == ("http://ocsp.example/",)
    assert leaf.crl_urls == ("http://crl.example/a.crl",)
    assert leaf.ca_issuers_urls == ("http://ca.example/ca.cer",)
    assert leaf.not_before == T0
    assert leaf.not_after == T0 + 5 * YEAR
    assert (leaf.is_ca, leaf.path_length) == (False, None)
    assert leaf.aki == ca.certificate.ski
    assert leaf.issuer == ca.certificate.subject
    assert leaf.subject_name == ca.certificate.subject_name.replace("Members CA", "Seal of Example").replace(
        "O=Test", "organizationIdentifier=NTRJP-1234567890123,O=Example K.K."
    )
    assert leaf.key_type == ("ec", 256, "secp256r1")
    assert leaf.unknown_critical_extensions == ()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rsa2048", ("rsa", 2048, None)),
        ("ec521", ("ec", 521, "secp521r1")),
        ("brainpool256", ("ec", 256, "brainpoolP256r1")),
        ("ed25519", ("ed25519", 256, None)),
        ("ed448", ("ed448", 448, None)),
    ],
)
def test_every_kind_of_key(kind, expected):
    assert make_ca(f"CA {kind}", kind=kind).certificate.key_type == expected


def test_a_device_is_found_in_the_serial_number_of_the_subject():
    ca = make_ca()
    assert make_leaf(ca, "Meter", subject={"serial_number": "1.2.392.1.2"}).certificate.device_oid == "1.2.392.1.2"
    assert make_leaf(ca, "Person", subject={"serial_number": "PNOJP-1234"}).certificate.device_oid is None


def test_a_time_stamping_certificate():
    tsa = make_tsa(make_ca()).certificate
    assert tsa.extended_key_usage == ("1.3.6.1.5.5.7.3.8",)
    assert tsa.extended_key_usage_critical


def test_a_malformed_extension_is_named_and_the_others_are_read():
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), b"\x30\x03\x02\x01")
    leaf = make_leaf(make_ca(), "Broken", extensions=[(broken, False)]).certificate
    assert leaf.malformed_extensions == ("1.3.6.1.5.5.7.1.3",)
    assert not leaf.qc.compliance
    assert leaf.key_usage == {"nonRepudiation"}


def test_an_unknown_critical_extension_is_named():
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    assert make_leaf(make_ca(), "Odd", extensions=[(unknown, True)]).certificate.unknown_critical_extensions == (
        "1.2.3.4.5",
    )


def test_the_same_bytes_are_read_once():
    der = make_ca("Once").der
    assert parse_certificate(der) is parse_certificate(bytes(der))


@pytest.mark.parametrize("form", ["der", "pem", "base64", "lines", "text"])
def test_loading_from_every_usual_form(form):
    identity = make_ca("Forms")
    pem = identity.x509.public_bytes(serialization.Encoding.PEM)
    given_as = {
        "der": identity.der,
        "pem": b"subject=...\n" + pem,
        "base64": base64.b64encode(identity.der),
        "lines": base64.encodebytes(identity.der),
        "text": pem.decode(),
    }[form]
    assert load_certificate(given_as) == identity.certificate


@pytest.mark.parametrize(
    "data", [b"", b"0", "", "hello", b"\x30\x03\x02\x01\x01", b"-----BEGIN CERTIFICATE-----\n!!", "é"]
)
def test_what_is_no_certificate_is_refused(data):
    with pytest.raises(MalformedCertificate):
        load_certificate(data)


def test_oversized_input_is_refused_unread():
    with pytest.raises(MalformedCertificate):
        parse_certificate(b"\x30" * 1_000_001)


@settings(max_examples=300, deadline=1000)
@given(st.binary(max_size=300))
def test_any_bytes_raise_only_the_own_error(data):
    for read in (parse_certificate, load_certificate):
        with contextlib.suppress(MalformedCertificate):
            read(data)


@settings(max_examples=400, deadline=1000)
@given(st.data())
def test_a_damaged_certificate_raises_only_the_own_error(data):
    der = bytearray(_SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = parse_certificate(bytes(der))
    except MalformedCertificate:
        return
    # Whatever could be read can also be shown and judged.
    assert isinstance(found.subject_name, str)
    assert found.key_type[1] >= 0
    assert found.device_oid is None or found.device_oid
    assert found.verifies(found.signature_algorithm, found.signature, found.tbs) in (True, False, None)


_SAMPLE = make_leaf(
    make_ca("Sample CA"),
    "Sample",
    qc=["esign"],
    crl_urls=["http://crl.example/"],
    extensions=[
        (x509.NameConstraints([x509.DNSName("example")], None), True),
        (x509.SubjectAlternativeName([x509.DNSName("a.example"), x509.DirectoryName(name("Alt"))]), False),
    ],
).der


def test_a_key_that_demands_pss_verifies_nothing_else():
    own = issue(name("PSS"), key("rsa2048"), None, [(key_usage("key_cert_sign"), True)])
    spki = own.certificate.spki
    plain = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.840.113549.1.1.1"), asn1.encode(asn1.NULL))
    pss = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.840.113549.1.1.10"))
    # The lengths differ by the NULL, so the whole certificate is rebuilt around the changed key.
    changed = asn1.encode(
        asn1.SEQUENCE, pss, spki[len(asn1.read(spki).raw) - len(asn1.read(spki).content) + len(plain) :]
    )
    parts = asn1.sequence(own.der)
    tbs = asn1.encode(asn1.SEQUENCE, *(changed if one.raw == spki else one.raw for one in parts[0].children()))
    certificate = parse_certificate(asn1.encode(asn1.SEQUENCE, tbs, parts[1].raw, parts[2].raw))
    assert certificate.key_type[0] == "rsa"
    assert own.certificate.verifies(own.certificate.signature_algorithm, own.certificate.signature, own.certificate.tbs)
    assert (
        certificate.verifies(own.certificate.signature_algorithm, own.certificate.signature, own.certificate.tbs)
        is False
    )


def _listed_certificates() -> set[bytes]:
    found: set[bytes] = set()
    for path in sorted(Path(SHARED, "corpus/lists/eu-2023").rglob("*.xml")):
        for match in re.finditer(rb"<[\w:]*X509Certificate>([^<]*)<", path.read_bytes()):
            found.add(base64.b64decode(match[1]))
    return found


@pytest.mark.corpus
def test_every_certificate_of_the_national_lists_agrees_with_the_other_reader():
    if not Path(SHARED, "corpus/lists/eu-2023").is_dir():
        pytest.skip("shared/corpus/lists is absent")
    compared = refused = 0
    for der in _listed_certificates():
        try:
            own = parse_certificate(der)
        except MalformedCertificate:
            with pytest.raises(ValueError):
                x509.load_der_x509_certificate(der)
            continue
        assert own.public_key is not None
        try:
            other = x509.load_der_x509_certificate(der)
            assert own.serial == other.serial_number
            assert (own.not_before, own.not_after) == (other.not_valid_before_utc, other.not_valid_after_utc)
            extensions = other.extensions
        except ValueError:
            refused += 1
            continue
        compared += 1
        for extension in extensions:
            _same(own, extension.value)
    assert compared > 2000
    assert refused > 10, "the strict reader fails where this one must not"


def _same(own, value):
    match value:
        case x509.BasicConstraints():
            assert (own.is_ca, own.path_length) == (value.ca, value.path_length)
        case x509.KeyUsage():
            assert ("keyCertSign" in own.key_usage) == value.key_cert_sign
            assert ("nonRepudiation" in own.key_usage) == value.content_commitment
            assert ("digitalSignature" in own.key_usage) == value.digital_signature
        case x509.SubjectKeyIdentifier():
            assert own.ski == value.digest
        case x509.AuthorityKeyIdentifier():
            assert own.aki == value.key_identifier
        case x509.ExtendedKeyUsage():
            assert own.extended_key_usage == tuple(one.dotted_string for one in value)
        case x509.CertificatePolicies():
            assert own.policies == tuple(one.policy_identifier.dotted_string for one in value)
        case x509.CRLDistributionPoints():
            names = [one for point in value for one in point.full_name or []]
            assert own.crl_urls == tuple(one.value for one in names if isinstance(one, x509.UniformResourceIdentifier))


def test_qc_statements_of_the_factory_are_those_of_the_standard():
    assert b"\x06\x06\x04\x00\x8e\x46\x01\x01" in qc_statements()


@pytest.mark.parametrize(
    ("octets", "well"), [(b"\x05", True), (b"\x00\x85", True), (b"\x00\x05", False), (b"\xff\x85", False)]
)
def test_a_serial_number_with_needless_octets_is_told(octets: bytes, well: bool) -> None:
    """X.690 8.3.2: OpenSSL and Bouncy Castle refuse the whole certificate."""
    tbs, *rest = asn1.sequence(make_ca("Serial CA").der)
    version, _, *more = tbs.children()
    changed = asn1.encode(asn1.SEQUENCE, version.raw, asn1.encode(asn1.INTEGER, octets), *(part.raw for part in more))
    der = asn1.encode(asn1.SEQUENCE, changed, *(part.raw for part in rest))
    assert parse_certificate(der).serial_well_encoded is well


def _rebuilt(der: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """The certificate with its TBS parts changed; the signature is left as it is."""
    tbs, stated, signature = asn1.sequence(der)
    parts = change([part.raw for part in tbs.children()])
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, *parts), stated.raw, signature.raw)


def _lengths_in_long_form(parts: list[bytes]) -> list[bytes]:
    return [*parts[:3], b"\x30\x81" + parts[3][1:], *parts[4:]]


def _time_with_an_offset(parts: list[bytes]) -> list[bytes]:
    offset = asn1.encode(asn1.UTC_TIME, b"260101090000+0900")
    return [*parts[:4], asn1.encode(asn1.SEQUENCE, offset, asn1.sequence(parts[4])[1].raw), *parts[5:]]


@pytest.mark.parametrize("change", [_lengths_in_long_form, _time_with_an_offset])
def test_what_the_strict_reader_refuses_is_read_as_asn1crypto_reads_it(change):
    """Real authorities write BER. One reader that takes it is enough, and asn1crypto is its oracle."""
    odd = _rebuilt(make_leaf(make_ca("Odd CA"), "Odd leaf").der, change)
    with pytest.raises(ValueError, match="pars"):
        x509.load_der_x509_certificate(odd).not_valid_before_utc  # noqa: B018  # parts are read when asked for
    ours, theirs = parse_certificate(odd), asn1_x509.Certificate.load(odd)
    assert ours.serial == theirs.serial_number
    assert ours.subject == theirs.subject.dump()
    assert ours.not_before == theirs.not_valid_before
    assert ours.public_key.public_numbers().x == key_numbers(theirs)


def key_numbers(certificate: asn1_x509.Certificate) -> int:
    """The x of an EC key."""
    return int(certificate.public_key["public_key"].to_coords()[0])
