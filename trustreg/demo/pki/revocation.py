"""Revocation data of the demo: OCSP responses (RFC 6960) and CRLs (RFC 5280), made for each request."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from trustreg.demo.pki import certificates
from trustreg.demo.pki.authority import Authority, DemoPki

OCSP_LIFETIME = timedelta(hours=1)
CRL_LIFETIME = timedelta(days=1)


def ocsp_response(pki: DemoPki, service: str, request: bytes) -> bytes:
    """The DER answer to a DER request about one certificate, with the request's nonce.

    A serial number that the CA never issued is `unknown`, not `good`: a certificate that was made with a stolen key is
    not vouched for. Several certificates in one request, or another CA's, are refused with an OCSP error.
    """
    try:
        asked = ocsp.load_der_ocsp_request(request)
        algorithm = asked.hash_algorithm
        issuer = (asked.issuer_name_hash, asked.issuer_key_hash)
        extensions = list(asked.extensions)
    # NotImplementedError is cryptography's for a request about several certificates.
    except (ValueError, NotImplementedError, x509.UnsupportedGeneralNameType):
        return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    authority = pki.authority(service)
    if issuer != _issuer_hashes(authority, algorithm):
        return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    present = certificates.now()
    revocation = pki.revocation(service, asked.serial_number)
    status = ocsp.OCSPCertStatus.GOOD if pki.is_issued(service, asked.serial_number) else ocsp.OCSPCertStatus.UNKNOWN
    if revocation is not None:
        status = ocsp.OCSPCertStatus.REVOKED
    responder = authority.ocsp
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            *issuer,
            asked.serial_number,
            algorithm,
            status,
            present,
            present + OCSP_LIFETIME,
            revocation.revoked_at if revocation is not None else None,
            revocation.reason if revocation is not None else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    for extension in extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            builder = builder.add_extension(extension.value, critical=False)
    response = builder.sign(responder.key, certificates.signature_hash(responder.key))
    return response.public_bytes(serialization.Encoding.DER)


def revocation_list(pki: DemoPki, service: str) -> bytes:
    """The CRL of a service in DER, complete and of this moment."""
    ca = pki.authority(service).ca
    present = certificates.now()
    identifier = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(present)
        .next_update(present + CRL_LIFETIME)
        .add_extension(x509.CRLNumber(int(present.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    for revocation in pki.revocations(service):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(revocation.serial_number)
            .revocation_date(revocation.revoked_at)
            .add_extension(x509.CRLReason(revocation.reason), critical=False)
            .build()
        )
    return builder.sign(ca.key, certificates.signature_hash(ca.key)).public_bytes(serialization.Encoding.DER)


def _issuer_hashes(authority: Authority, algorithm: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """The hashes by which RFC 6960 4.1.1 names an issuer: of its name, and of the bits of its public key."""
    certificate = authority.ca.certificate
    probe = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, algorithm).build()
    return probe.issuer_name_hash, probe.issuer_key_hash


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)
