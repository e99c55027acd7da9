"""What a SignedData holds, as received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trustreg.pki.certificates import Certificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import SignatureAlgorithm

__all__ = ["Attribute", "EssReference", "SignatureAlgorithm", "SignedData", "SignerInfo", "SignerVerification"]

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. `raw` is the whole SEQUENCE as received, `values` each value's whole TLV."""

    oid: str
    values: tuple[bytes, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class EssReference:
    """ESSCertID / ESSCertIDv2. `algorithm` is a digest name, None when it is unknown. `version` is 1 or 2."""

    version: int
    algorithm: str | None
    digest: bytes
    issuer: bytes | None
    """DER Name of issuerSerial."""
    serial: int | None


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """One signer (RFC 5652 5.3). `digest_algorithm` is a hashlib name, None when it is unknown."""

    raw: bytes
    version: int
    issuer: bytes | None
    serial: int | None
    subject_key_identifier: bytes | None
    digest_algorithm: str | None
    digest_algorithm_oid: str
    signature_algorithm: SignatureAlgorithm
    signed_attributes_raw: bytes | None
    """The [0] element as received; None without signed attributes."""
    signed_attributes: tuple[Attribute, ...]
    unsigned_attributes: tuple[Attribute, ...]
    signature: bytes
    content_type: str | None
    message_digest: bytes | None
    signing_time: datetime | None
    ess_references: tuple[EssReference, ...]
    """Of the attribute that counts: v2 before v1. Empty without one, or when it cannot be read."""
    duplicated_attributes: tuple[str, ...]
    """OIDs of signed attributes that occur twice or hold other than one value where one is due."""

    def signed(self, oid: str) -> tuple[bytes, ...]:
        """All values (whole TLVs) of a signed attribute."""
        return tuple(
            value for attribute in self.signed_attributes if attribute.oid == oid for value in attribute.values
        )

    def unsigned(self, oid: str) -> tuple[bytes, ...]:
        """All values (whole TLVs) of an unsigned attribute."""
        return tuple(
            value for attribute in self.unsigned_attributes if attribute.oid == oid for value in attribute.values
        )

    @property
    def content_digest(self) -> tuple[str, bytes] | None:
        """hashlib name and value of the message-digest attribute; None without one or for an unknown algorithm."""
        if self.digest_algorithm is None or self.message_digest is None:
            return None
        return self.digest_algorithm, self.message_digest

    @property
    def signature_time_stamps(self) -> tuple[bytes, ...]:
        """Tokens (ContentInfo) of signature-time-stamp: their imprint is over `signature`."""
        return self.unsigned(SIGNATURE_TIME_STAMP)


@dataclass(frozen=True, slots=True)
class SignedData:
    """A SignedData as received. `content` None means that it is detached.

    `certificates`, `crls`, `ocsp_responses` are raw encodings in order of occurrence (OCSP: OCSPResponse or
    BasicOCSPResponse). `raw` is the ContentInfo without anything that follows it, `trailing` the number of octets
    that do and are not zero.
    """

    raw: bytes
    version: int
    digest_algorithms: tuple[str, ...]
    content_type: str
    content: bytes | None
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsp_responses: tuple[bytes, ...]
    signers: tuple[SignerInfo, ...]
    encapsulated_raw: bytes
    """encapContentInfo, the whole SEQUENCE."""
    certificates_raw: bytes | None
    """The [0] element."""
    crls_raw: bytes | None
    """The [1] element."""
    trailing: int


@dataclass(frozen=True, slots=True)
class SignerVerification:
    """What cryptography says of one signer.

    `intact` is True when digest and signature verify with the designated certificate, False when one of them does
    not, None when it cannot be computed (the findings say why). `ess_ok` None means that no ESS attribute is there.
    `signed_attributes_der` is False when they were not sent in DER (what is verified is DER all the same).
    """

    intact: bool | None
    digest_matches: bool | None
    signature_verifies: bool | None
    signing_certificate: Certificate | None
    ess_ok: bool | None
    signed_attributes_der: bool
    findings: tuple[Finding, ...]

    @property
    def sub_indication(self) -> SubIndication | None:
        """The sub-indication of the first failed check in the order of EN 319 102-1 5.3; None when all passed."""
        order = (
            SubIndication.FORMAT_FAILURE,
            SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
            SubIndication.SIGNED_DATA_NOT_FOUND,
            SubIndication.HASH_FAILURE,
            SubIndication.SIG_CRYPTO_FAILURE,
        )
        found = [finding.sub_indication for finding in self.findings if finding.sub_indication is not None]
        return min(found, key=lambda sub: order.index(sub) if sub in order else len(order), default=None)
