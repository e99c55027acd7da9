"""Real keys, certificates, CRLs, OCSP responses, signatures and tokens, made on the spot. Reusable by every test."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trustreg.pki import asn1
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.signatures import DIGEST_OIDS, digest

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = timedelta(days=365)

SEQUENCE, SET, OCTETS = asn1.SEQUENCE, asn1.SET, asn1.OCTET_STRING


@cache
def key(kind: str = "ec256", number: int = 0) -> Any:
    """A private key: `rsa2048`, `ec256`, `ec384`, `ec521`, `brainpool256`, `ed25519`, `ed448`; `number` tells apart."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    curves = {"ec256": ec.SECP256R1, "ec384": ec.SECP384R1, "ec521": ec.SECP521R1, "brainpool256": ec.BrainpoolP256R1}
    return ec.generate_private_key(curves[kind]())


@dataclass(frozen=True)
class Identity:
    """A certificate with its private key."""

    x509: x509.Certificate
    private_key: Any = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(serialization.Encoding.DER)

    @property
    def certificate(self) -> Certificate:
        return parse_certificate(self.der)

    @property
    def spki_sha256(self) -> bytes:
        return self.certificate.spki_sha256


def name(common_name: str, **attributes: str) -> x509.Name:
    """A Name: C=JP, O, CN and further attributes (`organization_identifier`, `serial_number`)."""
    oids = {
        "organization": NameOID.ORGANIZATION_NAME,
        "organization_identifier": x509.ObjectIdentifier("2.5.4.97"),
        "serial_number": NameOID.SERIAL_NUMBER,
        "country": NameOID.COUNTRY_NAME,
    }
    attributes = {"country": "JP", "organization": "Test", **attributes}
    return x509.Name(
        [x509.NameAttribute(oids[kind], value) for kind, value in attributes.items()]
        + [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )


def _hash_for(private_key: Any) -> Any:
    if isinstance(private_key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
        return None
    return hashes.SHA256()


_serials = iter(range(1000, 10_000_000))


def issue(
    subject: x509.Name,
    private_key: Any,
    issuer: Identity | None,
    extensions: Iterable[tuple[x509.ExtensionType, bool]],
    *,
    not_before: datetime = T0,
    not_after: datetime | None = None,
    serial: int | None = None,
    rsa_padding: Any = None,
    hash_algorithm: Any = None,
) -> Identity:
    """Sign a certificate; self-signed without `issuer`."""
    signer = issuer.private_key if issuer else private_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.x509.subject if issuer else subject)
        .public_key(private_key.public_key())
        .serial_number(serial or next(_serials))
        .not_valid_before(not_before)
        .not_valid_after(not_after or not_before + 5 * YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Identity(builder.sign(signer, hash_algorithm or _hash_for(signer), rsa_padding=rsa_padding), private_key)


def key_usage(*names: str) -> x509.KeyUsage:
    """KeyUsage with these attribute names of cryptography set."""
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{one: one in names for one in every})


def make_ca(
    common_name: str = "Test CA",
    *,
    issuer: Identity | None = None,
    kind: str = "ec256",
    number: int = 0,
    path_length: int | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    usage: Sequence[str] = ("key_cert_sign", "crl_sign"),
    ca: bool = True,
    **options: Any,
) -> Identity:
    """A certification authority, self-signed without `issuer`. `number` picks another key of the kind."""
    own = [
        (x509.BasicConstraints(ca=ca, path_length=path_length), True),
        (key_usage(*usage), True),
        *extensions,
    ]
    return issue(name(common_name), key(kind, number or abs(hash(common_name))), issuer, own, **options)


def qc_statements(*, types: Sequence[str] = ("esign",), legislation: Sequence[str] = (), qscd: bool = False) -> bytes:
    """The extension value of EN 319 412-5."""
    oid = asn1.encode_oid
    type_oids = {"esign": "0.4.0.1862.1.6.1", "eseal": "0.4.0.1862.1.6.2", "web": "0.4.0.1862.1.6.3"}
    statements = [asn1.encode(SEQUENCE, oid("0.4.0.1862.1.1"))]
    if types:
        statements.append(
            asn1.encode(SEQUENCE, oid("0.4.0.1862.1.6"), asn1.encode(SEQUENCE, *(oid(type_oids[one]) for one in types)))
        )
    if legislation:
        countries = asn1.encode(SEQUENCE, *(asn1.encode(0x13, one.encode()) for one in legislation))
        statements.append(asn1.encode(SEQUENCE, oid("0.4.0.1862.1.7"), countries))
    if qscd:
        statements.append(asn1.encode(SEQUENCE, oid("0.4.0.1862.1.4")))
    return asn1.encode(SEQUENCE, *statements)


def make_leaf(
    issuer: Identity,
    common_name: str = "Test Signer",
    *,
    kind: str = "ec256",
    number: int = 0,
    usage: Sequence[str] = ("content_commitment",),
    qc: Sequence[str] | None = None,
    legislation: Sequence[str] = ("JP",),
    qscd: bool = False,
    subject: dict[str, str] | None = None,
    ocsp_urls: Sequence[str] = (),
    crl_urls: Sequence[str] = (),
    ca_issuers: Sequence[str] = (),
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    **options: Any,
) -> Identity:
    """An end-entity certificate. `qc` are QcTypes (`esign`, `eseal`, `web`), None for no QCStatements."""
    own: list[tuple[x509.ExtensionType, bool]] = [(key_usage(*usage), True), *extensions]
    if qc is not None:
        value = qc_statements(types=qc, legislation=legislation, qscd=qscd)
        own.append((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), value), False))
    own.extend(pointers(ocsp_urls, crl_urls, ca_issuers))
    return issue(
        name(common_name, **(subject or {})), key(kind, number or abs(hash(common_name))), issuer, own, **options
    )


def pointers(
    ocsp_urls: Sequence[str], crl_urls: Sequence[str], ca_issuers: Sequence[str]
) -> list[tuple[x509.ExtensionType, bool]]:
    """authorityInfoAccess and cRLDistributionPoints with these addresses."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    access = [(x509.AuthorityInformationAccessOID.OCSP, url) for url in ocsp_urls]
    access += [(x509.AuthorityInformationAccessOID.CA_ISSUERS, url) for url in ca_issuers]
    if access:
        descriptions = [x509.AccessDescription(oid, x509.UniformResourceIdentifier(url)) for oid, url in access]
        found.append((x509.AuthorityInformationAccess(descriptions), False))
    if crl_urls:
        points = [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in crl_urls]
        found.append((x509.CRLDistributionPoints(points), False))
    return found


def make_tsa(
    issuer: Identity | None,
    common_name: str = "Test TSA",
    *,
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    kind: str = "ec256",
    number: int = 0,
    **options: Any,
) -> Identity:
    """A time-stamping certificate (RFC 3161 2.3)."""
    own = [(key_usage("digital_signature"), True), (x509.ExtendedKeyUsage(purposes), critical)]
    own += options.pop("extensions", [])
    return issue(name(common_name), key(kind, number or abs(hash(common_name))), issuer, own, **options)


def make_responder(
    issuer: Identity, common_name: str = "Test OCSP", *, nocheck: bool = True, **options: Any
) -> Identity:
    """A delegated OCSP responder."""
    own: list[tuple[x509.ExtensionType, bool]] = [
        (key_usage("digital_signature"), True),
        (x509.ExtendedKeyUsage(options.pop("purposes", [ExtendedKeyUsageOID.OCSP_SIGNING])), False),
    ]
    if nocheck:
        own.append((x509.OCSPNoCheck(), False))
    return issue(name(common_name), key("ec256", abs(hash(common_name))), issuer, own, **options)


def make_crl(
    issuer: Identity,
    revoked: dict[int, tuple[datetime, str | None]] | None = None,
    *,
    this_update: datetime = T1,
    next_update: datetime | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: Identity | None = None,
) -> bytes:
    """A CRL. `revoked`: serial -> (time, reason name or None)."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.x509.subject)
        .last_update(this_update)
        .next_update(next_update or this_update + timedelta(days=7))
    )
    for serial, (when, reason) in (revoked or {}).items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
        if reason:
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    private_key = (signer or issuer).private_key
    return builder.sign(private_key, _hash_for(private_key)).public_bytes(serialization.Encoding.DER)


def make_ocsp(
    subject: Identity,
    issuer: Identity,
    *,
    revoked_at: datetime | None = None,
    reason: str | None = None,
    unknown: bool = False,
    responder: Identity | None = None,
    this_update: datetime = T1,
    next_update: datetime | None = None,
    without_next_update: bool = False,
    hash_algorithm: Any = None,
    embed: bool = True,
) -> bytes:
    """An OCSPResponse, signed by the issuer or by `responder`."""
    state = ocsp.OCSPCertStatus.GOOD
    if unknown:
        state = ocsp.OCSPCertStatus.UNKNOWN
    elif revoked_at is not None:
        state = ocsp.OCSPCertStatus.REVOKED
    signer = responder or issuer
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=subject.x509,
        issuer=issuer.x509,
        algorithm=hash_algorithm or hashes.SHA1(),  # what responders use to name the issuer
        cert_status=state,
        this_update=this_update,
        next_update=None if without_next_update else next_update or this_update + timedelta(days=1),
        revocation_time=revoked_at,
        revocation_reason=x509.ReasonFlags(reason) if reason else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.x509)
    if responder is not None and embed:
        builder = builder.certificates([responder.x509])
    return builder.sign(signer.private_key, _hash_for(signer.private_key)).public_bytes(serialization.Encoding.DER)


def algorithm(oid: str, *parameters: bytes) -> bytes:
    """AlgorithmIdentifier."""
    return asn1.encode(SEQUENCE, asn1.encode_oid(oid), *parameters)


def attribute(oid: str, *values: bytes) -> bytes:
    """Attribute."""
    return asn1.encode(SEQUENCE, asn1.encode_oid(oid), asn1.encode_set(values))


def signing_certificate_v2(certificate: bytes, hash_name: str = "sha256") -> bytes:
    """The ESS attribute of RFC 5035."""
    reference = asn1.encode(
        SEQUENCE,
        b"" if hash_name == "sha256" else algorithm(DIGEST_OIDS[hash_name]),
        asn1.encode(OCTETS, digest(hash_name, certificate)),
    )
    return attribute("1.2.840.113549.1.9.16.2.47", asn1.encode(SEQUENCE, asn1.encode(SEQUENCE, reference)))


def signing_certificate_v1(certificate: bytes) -> bytes:
    """The ESS attribute of RFC 2634."""
    reference = asn1.encode(SEQUENCE, asn1.encode(OCTETS, digest("sha1", certificate)))
    return attribute("1.2.840.113549.1.9.16.2.12", asn1.encode(SEQUENCE, asn1.encode(SEQUENCE, reference)))


def utc_time(when: datetime) -> bytes:
    """UTCTime."""
    return asn1.encode(asn1.UTC_TIME, when.strftime("%y%m%d%H%M%SZ").encode())


def sign_octets(private_key: Any, data: bytes, hash_name: str = "sha256", *, pss: bool = False) -> tuple[bytes, bytes]:
    """(signature AlgorithmIdentifier, signature)."""
    chosen = getattr(hashes, hash_name.upper().replace("SHA3_", "SHA3_"))() if hash_name != "shake256" else None
    if isinstance(private_key, rsa.RSAPrivateKey) and pss:
        size = chosen.digest_size
        inner = algorithm(DIGEST_OIDS[hash_name])
        parameters = asn1.encode(
            SEQUENCE,
            asn1.encode(0xA0, inner),
            asn1.encode(0xA1, algorithm("1.2.840.113549.1.1.8", inner)),
            asn1.encode(0xA2, asn1.encode_integer(size)),
        )
        signature = private_key.sign(data, padding.PSS(padding.MGF1(chosen), size), chosen)
        return algorithm("1.2.840.113549.1.1.10", parameters), signature
    if isinstance(private_key, rsa.RSAPrivateKey):
        return algorithm("1.2.840.113549.1.1.1", asn1.encode(0x05)), private_key.sign(data, padding.PKCS1v15(), chosen)
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        return algorithm("1.3.101.112"), private_key.sign(data)
    if isinstance(private_key, ed448.Ed448PrivateKey):
        return algorithm("1.3.101.113"), private_key.sign(data)
    oids = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
    return algorithm(oids.get(hash_name, "1.2.840.10045.2.1")), private_key.sign(data, ec.ECDSA(chosen))


def sign_cms(
    identity: Identity,
    content: bytes,
    *,
    detached: bool = True,
    hash_name: str = "sha256",
    content_type: str = "1.2.840.113549.1.7.1",
    signing_time: datetime | None = T1,
    ess: str | None = "v2",
    certificates: Sequence[bytes] | None = None,
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
    unsigned: Sequence[bytes] = (),
    extra_signed: Sequence[bytes] = (),
    signed_attributes: bool = True,
    signed_content_type: str | None = None,
    message_digest: bytes | None = None,
    digest_oid: str | None = None,
    pss: bool = False,
    sort: bool = True,
    by_key_identifier: bool = False,
) -> bytes:
    """A ContentInfo with one signer. Every oddity that a test needs is an option; the defaults are CAdES-B."""
    attributes = [
        attribute("1.2.840.113549.1.9.3", asn1.encode_oid(signed_content_type or content_type)),
        attribute("1.2.840.113549.1.9.4", asn1.encode(OCTETS, message_digest or digest(hash_name, content))),
    ]
    if signing_time is not None:
        attributes.append(attribute("1.2.840.113549.1.9.5", utc_time(signing_time)))
    if ess == "v2":
        attributes.append(signing_certificate_v2(identity.der))
    elif ess == "v1":
        attributes.append(signing_certificate_v1(identity.der))
    attributes.extend(extra_signed)
    body = b"".join(sorted(attributes) if sort else attributes)
    signed_octets = asn1.encode(SET, body) if signed_attributes else content
    signature_algorithm, signature = sign_octets(identity.private_key, signed_octets, hash_name, pss=pss)
    certificate = identity.certificate
    identifier = (
        asn1.encode(0x80, certificate.ski or b"")
        if by_key_identifier
        else asn1.encode(SEQUENCE, certificate.issuer, asn1.encode_integer(certificate.serial))
    )
    digest_algorithm = algorithm(digest_oid or DIGEST_OIDS[hash_name])
    signer_info = asn1.encode(
        SEQUENCE,
        asn1.encode_integer(3 if by_key_identifier else 1),
        identifier,
        digest_algorithm,
        asn1.encode(0xA0, body) if signed_attributes else b"",
        signature_algorithm,
        asn1.encode(OCTETS, signature),
        asn1.encode(0xA1, *unsigned) if unsigned else b"",
    )
    return signed_data(
        [signer_info],
        content=None if detached else content,
        content_type=content_type,
        digest_algorithms=[digest_algorithm],
        certificates=[identity.der] if certificates is None else certificates,
        crls=crls,
        ocsps=ocsps,
    )


def signed_data(
    signers: Sequence[bytes],
    *,
    content: bytes | None,
    content_type: str,
    digest_algorithms: Sequence[bytes],
    certificates: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
    ocsps: Sequence[bytes] = (),
) -> bytes:
    """A ContentInfo around SignerInfos."""
    revocation = [*crls]
    revocation += [asn1.encode(0xA1, asn1.encode_oid("1.3.6.1.5.5.7.16.2"), one) for one in ocsps]
    body = asn1.encode(
        SEQUENCE,
        asn1.encode_integer(1 if content_type.endswith(".7.1") else 3),
        asn1.encode(SET, *digest_algorithms),
        asn1.encode(
            SEQUENCE,
            asn1.encode_oid(content_type),
            b"" if content is None else asn1.encode(0xA0, asn1.encode(OCTETS, content)),
        ),
        asn1.encode(0xA0, *certificates) if certificates else b"",
        asn1.encode(0xA1, *revocation) if revocation else b"",
        asn1.encode(SET, *signers),
    )
    return asn1.encode(SEQUENCE, asn1.encode_oid("1.2.840.113549.1.7.2"), asn1.encode(0xA0, body))


TST_INFO = "1.2.840.113549.1.9.16.1.4"


def tst_info(
    imprint: bytes,
    gen_time: datetime,
    *,
    hash_name: str = "sha256",
    policy: str = "1.2.3.4",
    serial: int = 7,
    nonce: int | None = None,
    accuracy: bytes = b"",
) -> bytes:
    """TSTInfo."""
    return asn1.encode(
        SEQUENCE,
        asn1.encode_integer(1),
        asn1.encode_oid(policy),
        asn1.encode(SEQUENCE, algorithm(DIGEST_OIDS[hash_name], asn1.encode(0x05)), asn1.encode(OCTETS, imprint)),
        asn1.encode_integer(serial),
        asn1.encode(asn1.GENERALIZED_TIME, gen_time.strftime("%Y%m%d%H%M%SZ").encode()),
        accuracy,
        b"" if nonce is None else asn1.encode_integer(nonce),
    )


def make_token(
    tsa: Identity,
    data: bytes | None = None,
    *,
    imprint: bytes | None = None,
    gen_time: datetime = T1,
    hash_name: str = "sha256",
    nonce: int | None = None,
    policy: str = "1.2.3.4",
    accuracy: bytes = b"",
    **options: Any,
) -> bytes:
    """A TimeStampToken over `data` (or a ready imprint). `options` go to `sign_cms` (`certificates`, `ess`, …)."""
    value = imprint if imprint is not None else digest(hash_name, data or b"")
    info = tst_info(value, gen_time, hash_name=hash_name, nonce=nonce, policy=policy, accuracy=accuracy)
    options.setdefault("detached", False)
    options.setdefault("signing_time", gen_time)
    return sign_cms(tsa, info, content_type=options.pop("content_type", TST_INFO), **options)


def make_response(token: bytes | None, status: int = 0) -> bytes:
    """TimeStampResp."""
    return asn1.encode(SEQUENCE, asn1.encode(SEQUENCE, asn1.encode_integer(status)), token or b"")


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()
