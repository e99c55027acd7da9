"""The certificate profiles of the demo: what stands in each kind of certificate (RFC 5280, ETSI EN 319 412)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from trustreg.demo.pki.qcstatements import QC_TYPE_ESEAL, QC_TYPE_ESIGN, qc_statements
from trustreg.demo.pki.specs import KeyAlgorithm

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
NCP = x509.ObjectIdentifier("0.4.0.2042.1.1")  # ETSI EN 319 411-1
NCP_PLUS = x509.ObjectIdentifier("0.4.0.2042.1.2")  # with a secure device
DEVICE_ARC = "2.25.287452093146035183042386103174915247601"
"""The arc of the demo's devices: 2.25 and a UUID as a number (ITU-T X.667), so that nobody else can hold it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an end-entity certificate names. `organization_identifier` as in ETSI EN 319 412-1 5.1.4 (`NTRJP-…`).

    `device_oid` is the dotted OID of a device: it stands in the subject's serialNumber and as registeredID among the
    alternative names.
    """

    common_name: str
    organization: str | None = None
    organization_identifier: str | None = None
    given_name: str | None = None
    surname: str | None = None
    serial_number: str | None = None
    device_oid: str | None = None
    country: str = "JP"


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where a certificate says that its issuer answers."""

    ocsp: str
    crl: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate and its key, as the signer of other certificates."""

    certificate: x509.Certificate
    key: PrivateKey


def now() -> datetime:
    """The present second: certificates and revocation data count in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def new_key(algorithm: KeyAlgorithm) -> PrivateKey:
    """A fresh private key."""
    if algorithm is KeyAlgorithm.RSA_3072:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP384R1() if algorithm is KeyAlgorithm.P_384 else ec.SECP256R1())


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """The hash that fits the strength of the key."""
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256 else hashes.SHA256()


def organisation_name(*, country: str, organization: str, identifier: str, common_name: str) -> x509.Name:
    """The name of a certificate that belongs to a provider (ETSI EN 319 412-3 4.2.1)."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, identifier),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def ca_certificate(name: x509.Name, key: PrivateKey, *, not_before: datetime, years: int = 15) -> x509.Certificate:
    """A self-signed CA certificate: the identity that a trusted list names."""
    builder = (
        _builder(name, name, key, not_before=not_before, not_after=not_before + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    return builder.sign(key, signature_hash(key))


def ocsp_responder_certificate(
    name: x509.Name, key: PrivateKey, issuer: Issuer, *, not_before: datetime, pointers: Pointers
) -> x509.Certificate:
    """A delegated responder (RFC 6960 4.2.2.2), itself never checked for revocation (4.2.2.2.1)."""
    builder = (
        _issued(name, key, issuer, not_before=not_before, not_after=not_before + timedelta(days=365 * 5))
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(_access(x509.UniformResourceIdentifier(pointers.issuer)), critical=False)
    )
    return builder.sign(issuer.key, signature_hash(issuer.key))


def timestamping_certificate(
    name: x509.Name, key: PrivateKey, issuer: Issuer, *, not_before: datetime, pointers: Pointers
) -> x509.Certificate:
    """A time-stamping unit (RFC 3161 2.3: the one extended key usage, critical; ETSI EN 319 422 6)."""
    builder = (
        _issued(name, key, issuer, not_before=not_before, not_after=not_before + timedelta(days=365 * 10))
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return _with_pointers(builder, pointers).sign(issuer.key, signature_hash(issuer.key))


def signing_certificate(
    subject: Subject,
    key: PrivateKey,
    issuer: Issuer,
    *,
    seal: bool,
    qualified: bool,
    qscd: bool,
    legislation: str,
    not_before: datetime,
    not_after: datetime,
    pointers: Pointers,
) -> x509.Certificate:
    """An end-entity certificate for signatures (ETSI EN 319 412-2) or seals (412-3)."""
    builder = (
        _issued(_subject_name(subject), key, issuer, not_before=not_before, not_after=not_after)
        .add_extension(_key_usage(digital_signature=seal, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(NCP_PLUS if qscd else NCP, None)]), critical=False
        )
        .add_extension(
            qc_statements(
                qc_type=QC_TYPE_ESEAL if seal else QC_TYPE_ESIGN,
                qualified=qualified,
                qscd=qscd,
                legislation=legislation,
            ),
            critical=False,
        )
    )
    if subject.device_oid is not None:
        device = x509.RegisteredID(x509.ObjectIdentifier(subject.device_oid))
        builder = builder.add_extension(x509.SubjectAlternativeName([device]), critical=False)
    return _with_pointers(builder, pointers).sign(issuer.key, signature_hash(issuer.key))


def _subject_name(subject: Subject) -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.ORGANIZATION_NAME, subject.organization),
        (NameOID.ORGANIZATION_IDENTIFIER, subject.organization_identifier),
        (NameOID.GIVEN_NAME, subject.given_name),
        (NameOID.SURNAME, subject.surname),
        (NameOID.SERIAL_NUMBER, subject.device_oid or subject.serial_number),
        (NameOID.COMMON_NAME, subject.common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value is not None])


def _builder(
    name: x509.Name, issuer: x509.Name, key: PrivateKey, *, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _issued(
    name: x509.Name, key: PrivateKey, issuer: Issuer, *, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return _builder(name, issuer.certificate.subject, key, not_before=not_before, not_after=not_after).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )


def _with_pointers(builder: x509.CertificateBuilder, pointers: Pointers) -> x509.CertificateBuilder:
    crl = x509.UniformResourceIdentifier(pointers.crl)
    return builder.add_extension(
        _access(x509.UniformResourceIdentifier(pointers.issuer), x509.UniformResourceIdentifier(pointers.ocsp)),
        critical=False,
    ).add_extension(
        x509.CRLDistributionPoints(
            [x509.DistributionPoint(full_name=[crl], relative_name=None, reasons=None, crl_issuer=None)]
        ),
        critical=False,
    )


def _access(
    issuer: x509.UniformResourceIdentifier, ocsp: x509.UniformResourceIdentifier | None = None
) -> x509.AuthorityInformationAccess:
    entries = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, issuer)]
    if ocsp is not None:
        entries.insert(0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp))
    return x509.AuthorityInformationAccess(entries)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
