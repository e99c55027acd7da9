"""The protected header (RFC 7515 4, RFC 7797, TS 119 182-1 5): algorithm, certificates, what must be understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm

from signing.domain.cms_evidence import parse_certificates
from signing.domain.jades.serialization import Jws, JwsError, decode, decode_base64
from signing.domain.particulars import MAX_ROLES, Claims
from signing.domain.procedure.material import format_failure
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import EssReference
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.signatures import DIGEST_SIZES, SignatureAlgorithm, digest

DIGESTS: Final = {
    "S224": "sha224",
    "S256": "sha256",
    "S384": "sha384",
    "S512": "sha512",
    "S3-256": "sha3_256",
    "S3-384": "sha3_384",
    "S3-512": "sha3_512",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_ALGORITHMS: Final = {
    **{f"RS{bits}": ("rsa", f"sha{bits}") for bits in (256, 384, 512)},
    **{f"PS{bits}": ("rsa-pss", f"sha{bits}") for bits in (256, 384, 512)},
    **{f"ES{bits}": ("ecdsa-plain", f"sha{bits}") for bits in (256, 384, 512)},
}
_CURVE_BITS: Final = {"ES256": 256, "ES384": 384, "ES512": 521}
UNDERSTOOD: Final = frozenset(
    {"sigT", "x5t#o", "sigX5ts", "srCms", "sigPl", "srAts", "adoTst", "sigPId", "sigD", "iat", "exp", "b64", "etsiU"}
)
_STANDARD: Final = frozenset(
    {"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "epk", "apu", "apv"}
)
_PROTECTED_ALONE: Final = ("alg", "crit", "b64", "x5c", "x5t#S256", "x5t#o", "sigX5ts", "sigD", "iat", "sigT")


def algorithm_of(jws: Jws) -> SignatureAlgorithm:
    """The algorithm as this product names it; `scheme` None for `none`, for HMAC, and for what is unknown."""
    name = jws.protected.get("alg")
    text = name if isinstance(name, str) else ""
    if text == "EdDSA":
        return SignatureAlgorithm(text, None, "ed25519", None)
    scheme, hash_name = _ALGORITHMS.get(text, (None, None))
    pss = hash_name if scheme == "rsa-pss" else None
    return SignatureAlgorithm(text[:40], None, scheme, hash_name, pss, DIGEST_SIZES[pss] if pss else None)


def verify(certificate: Certificate, jws: Jws, data: bytes) -> bool | None:
    """Whether the value verifies; False for an algorithm that does not go with the key, None when it cannot be told."""
    algorithm = algorithm_of(jws)
    kind, size, _ = certificate.key_type
    if algorithm.scheme == "ed25519":
        if kind not in ("ed25519", "ed448"):
            return False
        algorithm = SignatureAlgorithm("EdDSA", None, kind, None)
    elif algorithm.scheme == "ecdsa-plain":
        # RFC 7518 3.4: each algorithm has its curve, and r and s have exactly its length.
        if kind != "ec" or size != _CURVE_BITS[algorithm.oid] or len(jws.signature) != 2 * ((size + 7) // 8):
            return False
    elif algorithm.scheme is None:
        return False if algorithm.oid == "none" or algorithm.oid.startswith("HS") else None
    return certificate.verifies(algorithm, jws.signature, data)


def unencoded(jws: Jws) -> bool:
    """Whether the payload is signed as it is (RFC 7797 `b64` false)."""
    return jws.protected.get("b64", True) is False


def form_findings(jws: Jws) -> Iterator[Finding]:
    """What RFC 7515 4.1.11 and RFC 7797 refuse: critical things that are not understood, or not signed."""
    outside = [name for name in _PROTECTED_ALONE if name in jws.unprotected]
    if outside:
        yield format_failure(
            "protected_header",
            f"Header parameters that must be signed are not: {', '.join(outside)}.",
            f"署名の対象であるべきヘッダーが、対象外に置かれています：{', '.join(outside)}",
        )
    if not isinstance(jws.protected.get("alg"), str):
        yield format_failure(
            "algorithm_named", "The header names no algorithm.", "ヘッダーにアルゴリズムの指定がありません。"
        )
    if not isinstance(jws.protected.get("b64", True), bool):
        yield format_failure("b64", "b64 is neither true nor false.", "b64 が true でも false でもありません。")
    problem = _critical(jws)
    if problem:
        yield Finding(
            "critical_header",
            SubIndication.SIG_CONSTRAINTS_FAILURE,
            f"The list of critical header parameters is not acceptable: {problem} (RFC 7515 4.1.11).",
            f"必須ヘッダー(crit)の指定を受け入れられません：{problem}(RFC 7515 4.1.11)。",
        )


def _critical(jws: Jws) -> str | None:
    crit = jws.protected.get("crit")
    if crit is None:
        needed = [name for name in ("b64",) if name in jws.protected]
        return f"{needed[0]} must be listed" if needed else None
    if not isinstance(crit, list) or not crit or not all(isinstance(name, str) for name in crit):
        return "not a list of names"
    if len(set(crit)) != len(crit):
        return "a name is listed twice"
    for name in crit:
        if name in _STANDARD:
            return f"{name} may not be listed"
        if name not in UNDERSTOOD:
            return f"{name[:40]!r} is not understood"
        if name not in jws.protected and name not in jws.unprotected:
            return f"{name} is not there"
    return "b64 must be listed" if "b64" in jws.protected and "b64" not in crit else None


def certificates_of(jws: Jws) -> tuple[Certificate, ...]:
    """`x5c`: base64 DER, the signer's first."""
    values = jws.protected.get("x5c")
    rows = values if isinstance(values, list) else []
    return parse_certificates(der for der in map(decode_base64, rows[:64]) if der is not None)


def references_of(jws: Jws) -> tuple[EssReference, ...]:
    """The digests by which the header names the signer's certificate; the first one designates it."""
    header = jws.protected
    if isinstance(header.get("x5t#S256"), str):
        return (EssReference(2, "sha256", _digest_value(header["x5t#S256"]), None, None),)
    rows = header.get("sigX5ts")
    if not isinstance(rows, list):
        rows = [header["x5t#o"]] if "x5t#o" in header else []
    return tuple(
        EssReference(2, DIGESTS.get(str(row.get("digAlg"))), _digest_value(row.get("digVal")), None, None)
        for row in rows
        if isinstance(row, Mapping)
    )


_PLACE: Final = {
    "addressLocality": "city",
    "addressRegion": "region",
    "postalCode": "postal_code",
    "addressCountry": "country",
}


def claims(jws: Jws) -> Claims:
    """`srAts` and `sigPl` of the protected header (TS 119 182-1 5.2.4, 5.2.5): texts that the signer states."""
    place, attributes = jws.protected.get("sigPl"), jws.protected.get("srAts")
    kinds = [kind for one in _members(attributes) for kind in _members(one.get("claimed"))]
    texts = [text for kind in kinds if isinstance(kind.get("qVals"), list) for text in kind["qVals"]]
    said = {known: place.get(name) for name, known in _PLACE.items()} if isinstance(place, Mapping) else {}
    return Claims(
        roles=tuple(text[:300] for text in texts if isinstance(text, str) and text)[:MAX_ROLES],
        place={name: text[:300] for name, text in said.items() if isinstance(text, str) and text},
    )


def _members(value: Any) -> list[Mapping[str, Any]]:
    """The objects in an array; none in anything else."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def signature_policy(jws: Jws) -> str | None:
    """The identifier in `sigPId` (TS 119 182-1 5.2.7), empty for one that cannot be read; None without any."""
    named = jws.protected.get("sigPId")
    if named is None:
        return None
    identifier = named.get("id") if isinstance(named, Mapping) else None
    if isinstance(identifier, Mapping):
        identifier = identifier.get("id")
    return identifier if isinstance(identifier, str) else ""


def _digest_value(value: Any) -> bytes:
    try:
        return decode(value, "a digest") if isinstance(value, str) else b""
    except JwsError:
        return b""


def fits(reference: EssReference, certificate: Certificate) -> bool:
    """Whether the reference names the certificate."""
    if reference.algorithm is None:
        return False
    try:
        return compare_digest(digest(reference.algorithm, certificate.der), reference.digest)
    except UnsupportedAlgorithm:
        return False


_SIG_T: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def signing_time(jws: Jws) -> datetime | None:
    """`iat` or `sigT`; None with both, with neither, and with what cannot be read."""
    claims = jws.protected
    if ("iat" in claims) == ("sigT" in claims):
        return None
    try:
        if "iat" in claims:
            seconds = claims["iat"]
            usable = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
            return datetime.fromtimestamp(seconds, UTC) if usable else None
        text = claims["sigT"]
        if isinstance(text, str) and _SIG_T.fullmatch(text):
            return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return None
