"""Making the enveloped XAdES baseline B signature of a list: exclusive canonicalization everywhere."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from qualified_list.domain.model import utc_text
from qualified_list.domain.signature.profile import (
    DIGEST_URIS,
    ENVELOPED,
    EXC_C14N,
    MORE,
    SIGNED_PROPERTIES_TYPE,
    canonical,
)
from qualified_list.domain.xml import names
from qualified_list.domain.xml.hardened import parse_xml
from qualified_list.domain.xml.render import END
from signing.keys.backend import KeyBackend, SignatureAlgorithm, ecdsa_raw
from trustreg.pki.certificates import parse_certificate

_SIGNATURE = f"{{{names.DS}}}Signature"


def sign_list(unsigned: bytes, *, key: KeyBackend, at: datetime) -> bytes:
    """`unsigned` (from `render_list`) with its signature as the last child of the root.

    The bytes before the signature stay as they are. `at` becomes the SigningTime (UTC, whole seconds).
    Raises ValueError when there is already a signature or the key cannot sign lists (Ed25519 has no place in the
    profile), `ListUnreadable` when it is no XML.
    """
    root = parse_xml(unsigned)
    body, found, tail = unsigned.rpartition(END.encode())
    if not found or root.find(f".//{_SIGNATURE}") is not None:
        raise ValueError("only an unsigned list that render_list made can be signed")
    algorithm = key.algorithm
    if algorithm is SignatureAlgorithm.ED25519:
        raise ValueError("a list is signed with RSA or ECDSA")
    digest_name = algorithm.digest_name
    document_digest = hashlib.new(digest_name, canonical(root)).digest()
    mark = document_digest.hex()[:16]
    properties = _signed_properties(key.certificate, digest_name, at, mark)
    properties_digest = hashlib.new(digest_name, canonical(parse_xml(properties.encode()))).digest()
    signed_info = _signed_info(algorithm, document_digest, properties_digest, mark)
    value = key.sign(canonical(parse_xml(signed_info.encode())), algorithm)
    if algorithm.value.startswith("ecdsa"):
        public_key = parse_certificate(key.certificate).public_key
        if not isinstance(public_key, ec.EllipticCurvePublicKey):
            raise ValueError("an ECDSA key without an ECDSA certificate")
        value = ecdsa_raw(value, public_key)
    signature = (
        f'<ds:Signature xmlns:ds="{names.DS}" Id="signature-{mark}">{signed_info}'
        f"<ds:SignatureValue>{_b64(value)}</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{_b64(key.certificate)}</ds:X509Certificate></ds:X509Data>"
        f'</ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="{names.XADES}" Target="#signature-{mark}">'
        f"{properties}</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    # The white space between the last child and the end tag stays before the signature: both digests saw it there.
    return body + signature.encode() + found + tail


def _signed_properties(certificate: bytes, digest_name: str, at: datetime, mark: str) -> str:
    digest = _b64(hashlib.new(digest_name, certificate).digest())
    return (
        f'<xades:SignedProperties xmlns:xades="{names.XADES}" xmlns:ds="{names.DS}" Id="properties-{mark}">'
        "<xades:SignedSignatureProperties>"
        f"<xades:SigningTime>{utc_text(at)}</xades:SigningTime>"
        "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f'<ds:DigestMethod Algorithm="{DIGEST_URIS[digest_name]}"/><ds:DigestValue>{digest}</ds:DigestValue>'
        "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
        "</xades:SignedSignatureProperties>"
        "<xades:SignedDataObjectProperties>"
        f'<xades:DataObjectFormat ObjectReference="#reference-{mark}">'
        f"<xades:MimeType>{names.MIME_TYPE}</xades:MimeType></xades:DataObjectFormat>"
        "</xades:SignedDataObjectProperties></xades:SignedProperties>"
    )


def _signed_info(algorithm: SignatureAlgorithm, document: bytes, properties: bytes, mark: str) -> str:
    method = DIGEST_URIS[algorithm.digest_name]

    def reference(attributes: str, transforms: tuple[str, ...], digest: bytes) -> str:
        listed = "".join(f'<ds:Transform Algorithm="{transform}"/>' for transform in transforms)
        return (
            f"<ds:Reference {attributes}><ds:Transforms>{listed}</ds:Transforms>"
            f'<ds:DigestMethod Algorithm="{method}"/><ds:DigestValue>{_b64(digest)}</ds:DigestValue></ds:Reference>'
        )

    bound = f'Type="{SIGNED_PROPERTIES_TYPE}" URI="#properties-{mark}"'
    return (
        f'<ds:SignedInfo xmlns:ds="{names.DS}"><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/>'
        f'<ds:SignatureMethod Algorithm="{MORE}{algorithm.value}"/>'
        + reference(f'Id="reference-{mark}" URI=""', (ENVELOPED, EXC_C14N), document)
        + reference(bound, (EXC_C14N,), properties)
        + "</ds:SignedInfo>"
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
