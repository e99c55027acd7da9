"""Time-stamp tokens (RFC 3161, RFC 5816, ETSI EN 319 422): reading and verifying them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from cryptography.exceptions import UnsupportedAlgorithm

from trustreg.pki import asn1, names
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import SignedData, SignerVerification, parse_signed_data, verify_signer
from trustreg.pki.cms.model import SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2, TST_INFO
from trustreg.pki.errors import MalformedTimeStamp
from trustreg.pki.extensions import EKU_TIME_STAMPING
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.names import GeneralName
from trustreg.pki.signatures import DIGEST_SIZES, digest, digest_name

GRANTED, GRANTED_WITH_MODS = 0, 1


@dataclass(frozen=True, slots=True)
class TimeStampToken:
    """A token as received. `der` is the ContentInfo, `imprint_algorithm` a hashlib name (None when unknown).

    The true time lies in `gen_time` ± `accuracy`.
    """

    der: bytes
    sha256: bytes
    signed_data: SignedData
    version: int
    policy: str
    imprint_algorithm: str | None
    imprint_algorithm_oid: str
    imprint: bytes
    serial: int
    gen_time: datetime
    accuracy: timedelta
    ordering: bool
    nonce: int | None
    tsa: GeneralName | None
    unknown_critical_extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeStampResponse:
    """TimeStampResp. `status` 0 granted, 1 grantedWithMods, else a refusal without token; `failure` are bit numbers."""

    status: int
    texts: tuple[str, ...]
    failure: frozenset[int]
    token: TimeStampToken | None


@dataclass(frozen=True, slots=True)
class TokenVerification:
    """What the token alone proves, whoever may have made it.

    `intact`: signature and, when there was something to compare with, imprint; None when it cannot be computed.
    `imprint_matches` None: nothing to compare with was given. `findings` with a sub-indication are failures.
    """

    intact: bool | None
    imprint_matches: bool | None
    signer: SignerVerification | None
    tsa_certificate: Certificate | None
    findings: tuple[Finding, ...]

    @property
    def sub_indication(self) -> SubIndication | None:
        """Of the first failure, what is wrong for ever before what is not known; None when all passed."""
        found = [finding.sub_indication for finding in self.findings if finding.sub_indication is not None]
        return min(found, key=lambda sub: sub.indication.value != "TOTAL-FAILED", default=None)


def parse_token(data: bytes) -> TimeStampToken:
    """Read a bare TimeStampToken (a ContentInfo); zeros after it are tolerated. Raises `MalformedTimeStamp`."""
    try:
        signed_data = parse_signed_data(data)
        if signed_data.content_type != TST_INFO or signed_data.content is None:
            raise MalformedTimeStamp("the signed content is not a TSTInfo")
        if len(signed_data.signers) != 1:
            raise MalformedTimeStamp(f"a token has one signer, not {len(signed_data.signers)}")
        return _token(signed_data, signed_data.content)
    except MalformedTimeStamp:
        raise
    except (ValueError, IndexError, OverflowError) as error:
        raise MalformedTimeStamp(f"not a time-stamp token: {error}") from error


def _token(signed_data: SignedData, content: bytes) -> TimeStampToken:
    version, policy, imprint, serial, gen_time, *rest = asn1.sequence(content)
    if asn1.integer(version) != 1:
        raise MalformedTimeStamp("an unknown version of TSTInfo")
    algorithm, value = imprint.expect(asn1.SEQUENCE).children()
    name, oid = digest_name(algorithm)
    accuracy, ordering, nonce, tsa, unknown = timedelta(), False, None, None, []
    for part in rest:
        if part.tag == asn1.SEQUENCE:
            accuracy = _accuracy(part)
        elif part.tag == asn1.BOOLEAN:
            ordering = asn1.boolean(part)
        elif part.tag == asn1.INTEGER:
            nonce = asn1.integer(part)
        elif part.tag == asn1.context(0):
            tsa = names.general_name(part.children()[0])
        elif part.tag == asn1.context(1):
            for extension in part.children():
                fields = extension.expect(asn1.SEQUENCE).children()
                if len(fields) == 3 and asn1.boolean(fields[1]):
                    unknown.append(asn1.oid(fields[0]))
    return TimeStampToken(
        der=signed_data.raw,
        sha256=hashlib.sha256(signed_data.raw).digest(),
        signed_data=signed_data,
        version=1,
        policy=asn1.oid(policy),
        imprint_algorithm=name,
        imprint_algorithm_oid=oid,
        imprint=asn1.octets(value),
        serial=asn1.integer(serial),
        gen_time=asn1.time(gen_time.expect(asn1.GENERALIZED_TIME)),
        accuracy=accuracy,
        ordering=ordering,
        nonce=nonce,
        tsa=tsa,
        unknown_critical_extensions=tuple(unknown),
    )


def _accuracy(element: asn1.Element) -> timedelta:
    # RFC 3161 2.4.2: seconds, [0] millis, [1] micros; what is missing is zero.
    seconds = millis = micros = 0
    for part in element.children():
        value = int.from_bytes(part.content, "big")
        if part.tag == asn1.INTEGER:
            seconds = value
        elif part.tag == asn1.context(0, constructed=False):
            millis = value
        elif part.tag == asn1.context(1, constructed=False):
            micros = value
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def parse_response(data: bytes) -> TimeStampResponse:
    """Read a TimeStampResp (RFC 3161 2.4.2). Raises `MalformedTimeStamp`."""
    try:
        parts = asn1.sequence(data)
        status, *more = parts[0].expect(asn1.SEQUENCE).children()
        texts: tuple[str, ...] = ()
        failure: frozenset[int] = frozenset()
        for part in more:
            if part.tag == asn1.SEQUENCE:
                texts = tuple(text for text in map(names.text, part.children()) if text is not None)
            elif part.tag == asn1.BIT_STRING:
                failure = asn1.bit_numbers(part)
        code = asn1.integer(status)
    except (ValueError, IndexError) as error:
        raise MalformedTimeStamp(f"not a time-stamp response: {error}") from error
    granted = code in (GRANTED, GRANTED_WITH_MODS)
    if granted != (len(parts) == 2):
        raise MalformedTimeStamp("a response holds a token if and only if it grants one")
    return TimeStampResponse(code, texts, failure, parse_token(parts[1].raw) if granted else None)


def parse_any(data: bytes) -> TimeStampToken:
    """The token of a bare token or of a response that grants one. Raises `MalformedTimeStamp`."""
    try:
        first = asn1.read(data, exact=False).expect(asn1.SEQUENCE).children()[0]
    except (ValueError, IndexError) as error:
        raise MalformedTimeStamp(f"neither a token nor a response: {error}") from error
    if first.tag != asn1.SEQUENCE:
        return parse_token(data)
    response = parse_response(data)
    if response.token is None:
        raise MalformedTimeStamp(f"the response refuses a token (status {response.status})")
    return response.token


def verify_token(
    token: TimeStampToken,
    *,
    data: bytes | None = None,
    digests: Mapping[str, bytes] | None = None,
    extra_certificates: Iterable[Certificate] = (),
) -> TokenVerification:
    """Verify a token by itself: signature, ESS, imprint, TSA certificate (EKU critical and alone, valid at genTime).

    What was stamped is given as octets (`data`) or as digests by name; with neither, the imprint is not judged. The
    certificate is chosen by the signer identifier alone, never by its place in the bag. Raises nothing.
    """
    findings: list[Finding] = []
    imprint_matches = _imprint(token, data, digests, findings)
    signer_info = token.signed_data.signers[0]
    signer = verify_signer(token.signed_data, signer_info, extra_certificates=extra_certificates)
    findings.extend(signer.findings)
    certificate = signer.signing_certificate
    if not (signer_info.signed(SIGNING_CERTIFICATE) or signer_info.signed(SIGNING_CERTIFICATE_V2)):
        findings.append(
            Finding(
                "timestamp_signing_certificate_reference",
                SubIndication.SIG_CONSTRAINTS_FAILURE,
                "The token does not say in a signed attribute which certificate signed it (RFC 3161 2.4.2, RFC 5816).",
                "トークンの署名属性に署名者の証明書の参照がありません(RFC 3161 2.4.2、RFC 5816)。",
            )
        )
    if token.unknown_critical_extensions:
        findings.append(
            Finding(
                "timestamp_extensions",
                SubIndication.FORMAT_FAILURE,
                f"The token holds unknown critical extensions: {', '.join(token.unknown_critical_extensions)}.",
                f"トークンに未知の必須拡張があります: {', '.join(token.unknown_critical_extensions)}",
            )
        )
    if certificate is not None:
        _certificate(token, certificate, findings)
    parts = (signer.intact, *(() if imprint_matches is None else (imprint_matches,)))
    intact = False if False in parts else (None if None in parts or _unjudged(findings) else True)
    return TokenVerification(intact, imprint_matches, signer, certificate, tuple(findings))


def _unjudged(findings: list[Finding]) -> bool:
    return any(finding.check == "imprint_algorithm" for finding in findings)


def _imprint(
    token: TimeStampToken, data: bytes | None, digests: Mapping[str, bytes] | None, findings: list[Finding]
) -> bool | None:
    if data is None and digests is None:
        return None
    name = token.imprint_algorithm
    computed = None
    if name is not None:
        try:
            computed = digest(name, data) if data is not None else (digests or {}).get(name)
        except UnsupportedAlgorithm:
            computed = None
    if name is None or computed is None:
        missing = name is not None and data is None
        shown = name or token.imprint_algorithm_oid
        findings.append(
            Finding(
                "imprint_algorithm",
                SubIndication.SIGNED_DATA_NOT_FOUND if missing else SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
                f"The imprint ({shown}) cannot be computed.",
                f"タイムスタンプ対象のハッシュ({shown})を計算できません。",
            )
        )
        return None
    matches = len(token.imprint) == DIGEST_SIZES[name] and compare_digest(computed, token.imprint)
    if not matches:
        findings.append(
            Finding(
                "imprint",
                SubIndication.HASH_FAILURE,
                "The time-stamp was made for other data: the imprint differs.",
                "タイムスタンプの対象が異なります(ハッシュ不一致)。",
            )
        )
    return matches


def _certificate(token: TimeStampToken, certificate: Certificate, findings: list[Finding]) -> None:
    # RFC 3161 2.3: exactly one purpose, time-stamping, and critical.
    if certificate.extended_key_usage != (EKU_TIME_STAMPING,) or not certificate.extended_key_usage_critical:
        findings.append(
            Finding(
                "timestamp_key_usage",
                SubIndication.CHAIN_CONSTRAINTS_FAILURE,
                "The certificate is not one for time-stamping alone (RFC 3161 2.3).",
                "証明書がタイムスタンプ専用のものではありません(RFC 3161 2.3)。",
            )
        )
    if not certificate.valid_at(token.gen_time):
        findings.append(
            Finding(
                "timestamp_certificate_validity",
                SubIndication.CHAIN_CONSTRAINTS_FAILURE,
                "The certificate was not valid at the time that the token states.",
                "トークンの時刻に、証明書が有効期間外です。",
            )
        )
    if token.tsa is not None and not _names_tsa(token.tsa, certificate):
        findings.append(
            Finding(
                "timestamp_tsa_name",
                None,
                "The TSA name in the token is not a name of the certificate.",
                "トークンの TSA 名が証明書の名前と一致しません。",
            )
        )


def _names_tsa(tsa: GeneralName, certificate: Certificate) -> bool:
    if tsa.kind == "directory":
        return names.same(bytes.fromhex(tsa.value), certificate.subject)
    return any((name.kind, name.value) == (tsa.kind, tsa.value) for name in certificate.subject_alternative_names)
