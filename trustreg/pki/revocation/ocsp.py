"""OCSP (RFC 6960): requests, responses, and who may sign them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm

from trustreg.base.effort import spend, spend_octets
from trustreg.pki import asn1, names
from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.cache import BoundedCache
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedASN1, MalformedCertificate, MalformedRevocationData
from trustreg.pki.extensions import EKU_OCSP_SIGNING
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths import issued_by
from trustreg.pki.revocation.model import REASONS, UNKNOWN_REASON, RevocationState, RevocationStatus, refused
from trustreg.pki.signatures import DIGEST_OIDS, SignatureAlgorithm, digest, digest_name, signature_algorithm

_BASIC = "1.3.6.1.5.5.7.48.1.1"
_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6"
_CERT_HASH = "1.3.36.8.3.13"
_NONCE = "1.3.6.1.5.5.7.48.1.2"
_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9"
_KNOWN_CRITICAL = frozenset({_ARCHIVE_CUTOFF, _CERT_HASH, _NONCE, _EXTENDED_REVOKE})


@dataclass(frozen=True, slots=True)
class SingleResponse:
    """What the response says of one certificate; `algorithm` None: a digest unknown here."""

    algorithm: str | None
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    state: RevocationState
    revoked_at: datetime | None
    reason: str | None
    this_update: datetime
    next_update: datetime | None
    archive_cutoff: datetime | None
    cert_hash: tuple[str | None, bytes] | None
    unknown_critical: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class OcspResponse:
    """A BasicOCSPResponse. `responder_name` or `responder_key` (SHA-1 of the key bits) identifies the signer.

    `nonce` is the value of the extension as received, None without one.
    """

    der: bytes
    sha256: bytes
    tbs: bytes
    responder_name: bytes | None
    responder_key: bytes | None
    produced_at: datetime
    responses: tuple[SingleResponse, ...]
    signature_algorithm: SignatureAlgorithm
    signature: bytes
    certificates: tuple[Certificate, ...]
    nonce: bytes | None
    unknown_critical: tuple[str, ...]

    def answers(self, nonce: bytes) -> bool:
        """Whether it may answer a request with this nonce: not when it holds another (RFC 9654 2.1).

        Responders that answer with what they made in advance leave it out; then its freshness decides.
        """
        return self.nonce is None or self.nonce in (nonce, asn1.encode(asn1.OCTET_STRING, nonce))


_parsed: BoundedCache[bytes, OcspResponse] = BoundedCache(2048)
_MAX_CACHED_SIZE = 32_768
_EACH = 10
"""Units of effort that looking at a response takes, however small it is."""
_verified: BoundedCache[tuple[bytes, bytes], tuple[bool | None]] = BoundedCache(4096)


def parse_ocsp(der: bytes) -> OcspResponse:
    """Read an OCSPResponse (successful) or a bare BasicOCSPResponse. Raises `MalformedRevocationData`."""
    spend(_EACH)
    spend_octets(len(der))
    sha256 = hashlib.sha256(der).digest()
    found = _parsed.get(sha256)
    if found is None:
        try:
            found = _read(bytes(der), sha256)
        except MalformedRevocationData:
            raise
        except (ValueError, IndexError) as error:
            raise MalformedRevocationData(f"not an OCSP response: {error}") from error
        if len(der) <= _MAX_CACHED_SIZE:
            _parsed.put(sha256, found)
    return found


def _read(der: bytes, sha256: bytes) -> OcspResponse:
    parts = asn1.sequence(der)
    if parts[0].tag == asn1.ENUMERATED:
        if asn1.integer(parts[0]) != 0:
            raise MalformedRevocationData(f"the responder answered with error {asn1.integer(parts[0])}")
        kind, octets = parts[1].expect(asn1.context(0)).children()[0].expect(asn1.SEQUENCE).children()
        if asn1.oid(kind) != _BASIC:
            raise MalformedRevocationData("an unknown type of OCSP response")
        parts = asn1.sequence(asn1.octets(octets))
    data, algorithm, signature, *rest = parts
    fields = data.expect(asn1.SEQUENCE).children()
    if fields[0].tag == asn1.context(0):
        fields.pop(0)
    responder, produced_at, responses, *rest_of_data = fields
    extensions = _extensions(rest_of_data[0].children()[0]) if rest_of_data else {}
    by_name = responder.tag == asn1.context(1)
    if not by_name and responder.tag != asn1.context(2):
        raise MalformedRevocationData("an unknown responder identifier")
    inner = responder.children()[0]
    certificates = []
    for part in rest[0].children()[0].expect(asn1.SEQUENCE).children() if rest else ():
        try:
            certificates.append(parse_certificate(part.raw))
        except MalformedCertificate:
            continue
    return OcspResponse(
        der=der,
        sha256=sha256,
        tbs=data.raw,
        responder_name=inner.expect(asn1.SEQUENCE).raw if by_name else None,
        responder_key=None if by_name else asn1.octets(inner),
        produced_at=asn1.time(produced_at),
        responses=tuple(_single(part) for part in responses.expect(asn1.SEQUENCE).children()),
        signature_algorithm=signature_algorithm(algorithm),
        signature=asn1.bits(signature),
        certificates=tuple(certificates),
        nonce=extensions[_NONCE][1] if _NONCE in extensions else None,
        unknown_critical=_unknown(extensions),
    )


def _extensions(element: asn1.Element) -> dict[str, tuple[bool, bytes]]:
    """OID -> (critical, value)."""
    found: dict[str, tuple[bool, bytes]] = {}
    for part in element.expect(asn1.SEQUENCE).children():
        fields = part.expect(asn1.SEQUENCE).children()
        if not 2 <= len(fields) <= 3:
            raise MalformedASN1("bad extension")
        critical = len(fields) == 3 and asn1.boolean(fields[1])
        found[asn1.oid(fields[0])] = (critical, asn1.octets(fields[-1]))
    return found


def _unknown(extensions: Mapping[str, tuple[bool, bytes]]) -> tuple[str, ...]:
    return tuple(oid for oid, (critical, _) in extensions.items() if critical and oid not in _KNOWN_CRITICAL)


def _single(element: asn1.Element) -> SingleResponse:
    identifier, status, this_update, *rest = element.expect(asn1.SEQUENCE).children()
    algorithm, name_hash, key_hash, serial = identifier.expect(asn1.SEQUENCE).children()
    state, revoked_at, reason = RevocationState.UNKNOWN, None, None
    if status.tag == asn1.context(0, constructed=False):
        state = RevocationState.GOOD
    elif status.tag == asn1.context(1):
        state, reason = RevocationState.REVOKED, UNKNOWN_REASON
        when, *more = status.children()
        revoked_at = asn1.time(when)
        if more:
            reason = REASONS.get(asn1.integer(more[0].children()[0]), UNKNOWN_REASON)
    next_update = cutoff = cert_hash = None
    extensions: dict[str, tuple[bool, bytes]] = {}
    for part in rest:
        if part.tag == asn1.context(0):
            next_update = asn1.time(part.children()[0])
        elif part.tag == asn1.context(1):
            extensions = _extensions(part.children()[0])
    if _ARCHIVE_CUTOFF in extensions:
        cutoff = _archive_cutoff(extensions[_ARCHIVE_CUTOFF][1])
    if _CERT_HASH in extensions:
        hash_algorithm, hash_value = asn1.sequence(extensions[_CERT_HASH][1])
        cert_hash = (digest_name(hash_algorithm)[0], asn1.octets(hash_value))
    return SingleResponse(
        algorithm=digest_name(algorithm)[0],
        issuer_name_hash=asn1.octets(name_hash),
        issuer_key_hash=asn1.octets(key_hash),
        serial=asn1.integer(serial),
        state=state,
        revoked_at=revoked_at,
        reason=reason,
        this_update=asn1.time(this_update),
        next_update=next_update,
        archive_cutoff=cutoff,
        cert_hash=cert_hash,
        unknown_critical=_unknown(extensions),
    )


def _archive_cutoff(value: bytes) -> datetime | None:
    try:
        return asn1.time(asn1.read(value))
    except MalformedASN1:
        # A cutoff that cannot be read extends nothing.
        return None


def build_ocsp_request(certificate: Certificate, issuer: Certificate, nonce: bytes | None = None) -> bytes:
    """OCSPRequest for one certificate. SHA-1 names the issuer, for every responder knows it and nothing rests on it."""
    identifier = asn1.encode(
        asn1.SEQUENCE,
        asn1.encode(asn1.SEQUENCE, asn1.encode_oid(DIGEST_OIDS["sha1"]), asn1.encode(asn1.NULL)),
        asn1.encode(asn1.OCTET_STRING, digest("sha1", certificate.issuer)),
        asn1.encode(asn1.OCTET_STRING, digest("sha1", issuer.public_key_bits)),
        asn1.encode_integer(certificate.serial),
    )
    request_list = asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, identifier))
    extensions = b""
    if nonce is not None:
        value = asn1.encode(asn1.OCTET_STRING, asn1.encode(asn1.OCTET_STRING, nonce))
        extension = asn1.encode(asn1.SEQUENCE, asn1.encode_oid(_NONCE), value)
        extensions = asn1.encode(asn1.context(2), asn1.encode(asn1.SEQUENCE, extension))
    return asn1.encode(asn1.SEQUENCE, asn1.encode(asn1.SEQUENCE, request_list, extensions))


def _is_about(single: SingleResponse, certificate: Certificate, issuer: Certificate) -> bool:
    if single.serial != certificate.serial or single.algorithm is None:
        return False
    try:
        key_hash = digest(single.algorithm, issuer.public_key_bits)
        name_hashes = {digest(single.algorithm, name) for name in (certificate.issuer, issuer.subject)}
    except UnsupportedAlgorithm:
        return False
    return single.issuer_key_hash == key_hash and single.issuer_name_hash in name_hashes


def evaluate_ocsp(
    response: OcspResponse,
    certificate: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    catalogue: AlgorithmCatalogue,
    certificates: Iterable[Certificate] = (),
    origin: str = "embedded",
) -> RevocationStatus | Finding:
    """What the response says of a certificate of `issuer`, or why it says nothing. Raises nothing.

    The signer is the issuer itself or a responder that it certified directly with id-kp-OCSPSigning (RFC 6960
    4.2.2.2); its certificate stands in the response or among `certificates`. Its revocation is the caller's to check.
    Algorithms are judged at `at`, since when the response is known to exist.
    """
    spend(len(response.responses))
    about = [single for single in response.responses if _is_about(single, certificate, issuer)]
    if not about:
        return refused(
            "ocsp_subject", "The OCSP response is about another certificate.", "OCSP 応答が別の証明書に関するものです。"
        )
    # A response that contradicts itself counts for its worst.
    single = max(about, key=lambda one: (one.state is RevocationState.REVOKED, one.this_update))
    responder = _responder(response, issuer, (*response.certificates, *certificates))
    if responder is None:
        return refused(
            "ocsp_responder",
            "The OCSP response is not signed by the issuer or by a responder that it authorised.",
            "OCSP 応答が、発行者または発行者の認めたレスポンダにより署名されていません。",
        )
    if not responder.valid_at(response.produced_at):
        return refused(
            "ocsp_responder_validity",
            "The responder's certificate was not valid when the response was made.",
            "OCSP 応答の作成時に、レスポンダの証明書が有効期間外です。",
        )
    ends = [catalogue.signature_end(response.signature_algorithm, responder)]
    if responder != issuer:
        ends.append(catalogue.signature_end(responder.signature_algorithm, issuer))
    if any(end is None or at > end for end in ends):
        return refused(
            "ocsp_algorithms",
            "The OCSP response is signed with a weak algorithm.",
            "OCSP 応答の署名アルゴリズムが脆弱です。",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        )
    return _status(response, single, certificate, responder, origin)


def _status(
    response: OcspResponse, single: SingleResponse, certificate: Certificate, responder: Certificate, origin: str
) -> RevocationStatus | Finding:
    hashed = False
    if single.cert_hash is not None:
        name, value = single.cert_hash
        try:
            hashed = name is not None and digest(name, certificate.der) == value
        except UnsupportedAlgorithm:
            hashed = False
        if not hashed:
            return refused(
                "ocsp_cert_hash",
                "The OCSP response holds the digest of another certificate.",
                "OCSP 応答の証明書ダイジェストが一致しません。",
            )
    unknown = (*response.unknown_critical, *single.unknown_critical)
    if unknown:
        return refused(
            "ocsp_extensions",
            f"The OCSP response holds unknown critical extensions: {', '.join(unknown)}.",
            f"OCSP 応答に未知の必須拡張があります: {', '.join(unknown)}",
        )
    if single.this_update < certificate.not_before:
        return refused(
            "ocsp_time", "The OCSP response is older than the certificate.", "OCSP 応答が証明書より前のものです。"
        )
    if single.next_update is not None and single.next_update < single.this_update:
        return refused("ocsp_time", "The OCSP response ends before it begins.", "OCSP 応答の期間が逆転しています。")
    known_until = min(single.this_update, single.archive_cutoff or single.this_update)
    if single.state is RevocationState.GOOD and not hashed and certificate.not_after < known_until:
        return refused(
            "ocsp_expired_certificates",
            "The OCSP response was made after the certificate expired, and the responder need not know expired ones.",
            "OCSP 応答は証明書の有効期限後のもので、期限切れの証明書の状態を保証しません。",
        )
    return RevocationStatus(
        state=single.state,
        revoked_at=single.revoked_at,
        reason=single.reason,
        this_update=single.this_update,
        next_update=single.next_update,
        produced_at=response.produced_at,
        source="ocsp",
        origin=origin,
        der=response.der,
        der_sha256=response.sha256,
        responder=responder,
    )


def _responder(response: OcspResponse, issuer: Certificate, candidates: Iterable[Certificate]) -> Certificate | None:
    if _identified(response, issuer) and _signed_by(response, issuer):
        return issuer
    for candidate in candidates:
        spend(2)
        if _identified(response, candidate) and _delegated(candidate, issuer) and _signed_by(response, candidate):
            return candidate
    return None


def _identified(response: OcspResponse, candidate: Certificate) -> bool:
    if response.responder_name is not None:
        return names.same(response.responder_name, candidate.subject)
    return response.responder_key == digest("sha1", candidate.public_key_bits)


def _delegated(candidate: Certificate, issuer: Certificate) -> bool:
    usage = candidate.key_usage
    return (
        EKU_OCSP_SIGNING in (candidate.extended_key_usage or ())
        and (usage is None or bool(usage & {"digitalSignature", "nonRepudiation"}))
        and not candidate.unknown_critical_extensions
        and not candidate.malformed_extensions
        and names.same(candidate.issuer, issuer.subject)
        and issued_by(candidate, issuer) is True
    )


def _signed_by(response: OcspResponse, signer: Certificate) -> bool | None:
    key = (response.sha256, signer.sha256)
    known = _verified.get(key)
    if known is None:
        known = (signer.verifies(response.signature_algorithm, response.signature, response.tbs),)
        _verified.put(key, known)
    return known[0]
