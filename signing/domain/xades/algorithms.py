"""Algorithm identifiers of XMLDSig (W3C xmldsig-core1, RFC 9231) as the algorithms of `trustreg.pki`."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from trustreg.pki.certificates import Certificate
from trustreg.pki.signatures import DIGEST_SIZES, SignatureAlgorithm

from .hardened import XmlError, is_element
from .names import DS, PSS, ds

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_07 = "http://www.w3.org/2007/05/xmldsig-more#"
_MORE_21 = "http://www.w3.org/2021/04/xmldsig-more#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_DSIG_11 = "http://www.w3.org/2009/xmldsig11#"

DIGESTS: dict[str, str] = {
    f"{DS}sha1": "sha1",
    f"{_ENC}sha256": "sha256",
    f"{_ENC}sha512": "sha512",
    f"{_ENC}ripemd160": "ripemd160",
    **{f"{_MORE}{name}": name for name in ("md5", "sha224", "sha384")},
    **{f"{_MORE_07}sha3-{size}": f"sha3_{size}" for size in (224, 256, 384, 512)},
}
"""URI -> digest name."""

_SHA2 = ("sha224", "sha256", "sha384", "sha512")
_SHA3 = (224, 256, 384, 512)

SIGNATURES: dict[str, tuple[str, str | None]] = {
    f"{DS}rsa-sha1": ("rsa", "sha1"),
    f"{DS}dsa-sha1": ("dsa", "sha1"),
    f"{_DSIG_11}dsa-sha256": ("dsa", "sha256"),
    f"{_MORE}rsa-md5": ("rsa", "md5"),
    f"{_MORE}rsa-ripemd160": ("rsa", "ripemd160"),
    f"{_MORE}ecdsa-sha1": ("ecdsa-plain", "sha1"),
    f"{_MORE_07}ecdsa-ripemd160": ("ecdsa-plain", "ripemd160"),
    f"{_MORE_07}sha1-rsa-MGF1": ("rsa-pss", "sha1"),
    **{f"{_MORE}rsa-{name}": ("rsa", name) for name in _SHA2},
    **{f"{_MORE}ecdsa-{name}": ("ecdsa-plain", name) for name in _SHA2},
    **{f"{_MORE_07}{name}-rsa-MGF1": ("rsa-pss", name) for name in _SHA2},
    **{f"{_MORE_07}sha3-{size}-rsa-MGF1": ("rsa-pss", f"sha3_{size}") for size in _SHA3},
    **{f"{_MORE_21}ecdsa-sha3-{size}": ("ecdsa-plain", f"sha3_{size}") for size in _SHA3},
    f"{_MORE_21}eddsa-ed25519": ("ed25519", None),
    f"{_MORE_21}eddsa-ed448": ("ed448", None),
}
"""SignatureMethod URI -> (scheme, digest). HMAC is not there: a shared secret names no signer."""

RSA_PSS = f"{_MORE_07}rsa-pss"
_MGF1 = f"{_MORE_07}MGF1"
_DSA_HALF = {"sha1": 20, "sha256": 32}


def digest_of(method: etree._Element) -> str | None:
    """The name of a ds:DigestMethod, None when it is unknown. Parameters are refused: no digest here has any."""
    if any(map(is_element, method)):
        raise XmlError("a DigestMethod holds parameters")
    return DIGESTS.get(method.get("Algorithm") or "")


def signature_of(method: etree._Element) -> SignatureAlgorithm:
    """A ds:SignatureMethod; `scheme` is None for one that is unknown (HMAC is never known). Raises `XmlError`."""
    uri = method.get("Algorithm") or ""
    children = list(filter(is_element, method))
    if uri == RSA_PSS:
        return _pss(uri, children)
    scheme, digest = SIGNATURES.get(uri, (None, None))
    if scheme is not None and children:
        raise XmlError("the SignatureMethod holds parameters that its algorithm does not have")
    salt = DIGEST_SIZES[digest] if scheme == "rsa-pss" and digest else None
    return SignatureAlgorithm(uri, None, scheme, digest, digest if scheme == "rsa-pss" else None, salt)


def _pss(uri: str, children: list[etree._Element]) -> SignatureAlgorithm:
    """RFC 9231, 2.3.9: absent parameters mean SHA-256, MGF1 with SHA-256, a salt as long as the digest, trailer 1."""
    digest = mask = "sha256"
    salt: int | None = None
    if len(children) > 1 or (children and children[0].tag != f"{{{PSS}}}RSAPSSParams"):
        raise XmlError("bad RSASSA-PSS parameters")
    for part in children[0] if children else ():
        if not is_element(part):
            continue
        if part.tag == ds("DigestMethod"):
            digest = digest_of(part) or ""
        elif part.tag == f"{{{PSS}}}MaskGenerationFunction" and part.get("Algorithm", _MGF1) == _MGF1:
            inner = part.find(ds("DigestMethod"))
            mask = (digest_of(inner) or "") if inner is not None else "sha256"
        elif part.tag == f"{{{PSS}}}SaltLength" and (part.text or "").strip().isdecimal():
            salt = int((part.text or "").strip()[:5])
        elif not (part.tag == f"{{{PSS}}}TrailerField" and (part.text or "").strip() == "1"):
            raise XmlError("bad RSASSA-PSS parameters")
    known = bool(digest and mask)
    if salt is None:
        salt = DIGEST_SIZES.get(digest, 0)
    if salt > 1024:
        raise XmlError("bad RSASSA-PSS salt length")
    return SignatureAlgorithm(uri, None, "rsa-pss" if known else None, digest or None, mask or None, salt)


_URIS = {(scheme, digest): uri for uri, (scheme, digest) in reversed(SIGNATURES.items())}


def method_uri(algorithm: SignatureAlgorithm) -> str | None:
    """The SignatureMethod URI of an algorithm however it was named (XMLDSig, an OID, JWA); None when there is none."""
    if algorithm.oid.startswith("http"):
        return algorithm.oid
    if algorithm.scheme is None:
        return None
    scheme = "ecdsa-plain" if algorithm.scheme == "ecdsa" else algorithm.scheme
    return _URIS.get((scheme, algorithm.digest))


def verify(certificate: Certificate, algorithm: SignatureAlgorithm, value: bytes, data: bytes) -> bool | None:
    """Whether a SignatureValue verifies; None when it cannot be computed. Halves of r‖s have their exact length."""
    if algorithm.scheme == "ecdsa-plain":
        kind, size, _ = certificate.key_type
        # RFC 9231 2.3.6: each of r and s has the octets of the order of the base point.
        if kind == "ec" and len(value) != 2 * ((size + 7) // 8):
            return False
    elif algorithm.scheme == "dsa":
        half = _DSA_HALF.get(algorithm.digest or "", 0)
        if len(value) != 2 * half:
            return False
        value = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    return certificate.verifies(algorithm, value, data)
