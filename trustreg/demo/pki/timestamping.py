"""The demo's time-stamping authority: RFC 3161 responses with the real current time."""

from __future__ import annotations

import hashlib
import secrets

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from trustreg.demo.pki import certificates
from trustreg.demo.pki.authority import Authority, DemoPki
from trustreg.demo.pki.certificates import Issuer

POLICY = "0.4.0.2023.1.1"
"""The best-practices time-stamp policy of ETSI EN 319 421."""

IMPRINTS = {"sha256": 32, "sha384": 48, "sha512": 64}
"""Digest algorithms of a message imprint with their lengths in octets. SHA-1 is refused."""


class TimeStampResponse(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    """RFC 3161 2.4.2. asn1crypto's own class demands a token, which a refusal has not."""

    _fields = [  # the form that asn1crypto demands
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def timestamp_response(pki: DemoPki, service: str, request: bytes) -> bytes:
    """The DER TimeStampResp to a DER TimeStampReq; what can't be stamped is a rejection that says why (RFC 3161 2.4.2).

    Raises KeyError when the service is no time-stamping service.
    """
    authority = pki.authority(service)
    if authority.unit is None:
        raise KeyError(service)
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        length = len(imprint["hashed_message"].native)
        policy = asked["req_policy"].native
        extensions = asked["extensions"].native
        with_certificates = bool(asked["cert_req"].native)
        version = asked["version"].native
    except (ValueError, TypeError, KeyError):
        return _rejection("bad_data_format")
    if version != "v1":
        return _rejection("bad_request")
    if algorithm not in IMPRINTS:
        return _rejection("bad_alg")
    if length != IMPRINTS[algorithm]:
        return _rejection("bad_data_format")
    if policy is not None and asked["req_policy"].dotted != POLICY:
        return _rejection("unaccepted_policy")
    if extensions:
        return _rejection("unaccepted_extensions")
    content: dict[str, object] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": imprint,
        "serial_number": secrets.randbits(127) + 1,
        "gen_time": certificates.now(),
        "accuracy": tsp.Accuracy({"seconds": 1}),
    }
    if not isinstance(asked["nonce"], core.Void):
        content["nonce"] = asked["nonce"]
    token = _token(authority, authority.unit, tsp.TSTInfo(content).dump(), with_certificates=with_certificates)
    response = TimeStampResponse({"status": {"status": "granted"}, "time_stamp_token": token})
    return bytes(response.dump())


def _token(authority: Authority, unit: Issuer, content: bytes, *, with_certificates: bool) -> cms.ContentInfo:
    """The TSTInfo signed as CMS (RFC 3161 2.4.2), the unit named by ESSCertIDv2 (RFC 5816)."""
    certificate = _asn1(unit)
    digest = certificates.signature_hash(unit.key).name
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.new(digest, content).digest()]},
            {
                "type": "signing_certificate_v2",
                "values": [
                    {
                        "certs": [
                            {
                                "cert_hash": hashlib.sha256(certificate.dump()).digest(),
                                "issuer_serial": {
                                    "issuer": [asn1_x509.GeneralName("directory_name", certificate.issuer)],
                                    "serial_number": certificate.serial_number,
                                },
                            }
                        ]
                    }
                ],
            },
        ]
    )
    key_type = "rsa" if isinstance(unit.key, rsa.RSAPrivateKey) else "ecdsa"
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": digest_algorithm,
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": f"{digest}_{key_type}"}),
            "signature": _sign(unit, attributes.dump()),
        }
    )
    signed: dict[str, object] = {
        "version": "v3",
        "digest_algorithms": [digest_algorithm],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
        "signer_infos": [signer],
    }
    if with_certificates:
        signed["certificates"] = [certificate, _asn1(authority.ca)]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _sign(unit: Issuer, data: bytes) -> bytes:
    algorithm = certificates.signature_hash(unit.key)
    if isinstance(unit.key, rsa.RSAPrivateKey):
        return unit.key.sign(data, padding.PKCS1v15(), algorithm)
    return unit.key.sign(data, ec.ECDSA(algorithm))


def _asn1(issuer: Issuer) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(issuer.certificate.public_bytes(serialization.Encoding.DER))


def _rejection(failure: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": tsp.PKIFailureInfo({failure})})
    return bytes(TimeStampResponse({"status": status}).dump())
