"""What the signature of a trusted list may use: algorithms, canonicalizations, identifiers (TS 119 612 annex B)."""

from __future__ import annotations

from lxml import etree

from qualified_list.domain.errors import ListSignatureUnsupported

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
TSL_SIGNING = "0.4.0.2231.3.0"


MORE = "http://www.w3.org/2001/04/xmldsig-more#"
INCLUSIVE_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

DIGEST_URIS = {
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": f"{MORE}sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
DIGESTS = {uri: name for name, uri in DIGEST_URIS.items()}

METHODS: dict[str, tuple[str, str]] = {f"{MORE}rsa-{name}": ("rsa", name) for name in DIGEST_URIS}
METHODS |= {f"{MORE}ecdsa-{name}": ("ecdsa-plain", name) for name in DIGEST_URIS}
METHODS |= {f"http://www.w3.org/2007/05/xmldsig-more#{name}-rsa-MGF1": ("rsa-pss", name) for name in DIGEST_URIS}

CANONICALIZATIONS = {
    EXC_C14N: (True, False),
    f"{EXC_C14N}WithComments": (True, True),
    INCLUSIVE_C14N: (False, False),
    f"{INCLUSIVE_C14N}#WithComments": (False, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
}
"""Algorithm -> (exclusive, with comments). 1.1 differs from 1.0 in xml:id and xml:base only."""


def canonical(node: etree._Element, algorithm: str = EXC_C14N, prefixes: tuple[str, ...] = ()) -> bytes:
    """Canonical octets. Raises `ListSignatureUnsupported` where no canonical form is defined (relative namespaces)."""
    exclusive, comments = CANONICALIZATIONS[algorithm]
    inclusive = list(prefixes) if exclusive and prefixes else None
    try:
        return etree.tostring(
            node, method="c14n", exclusive=exclusive, with_comments=comments, inclusive_ns_prefixes=inclusive
        )
    except etree.C14NError as error:
        raise ListSignatureUnsupported(
            "The list has no canonical form, so that no signature over it can be verified.",
            "リストを正規化できないため、署名を検証できません。",
        ) from error
