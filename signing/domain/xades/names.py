"""Namespaces and identifiers of XMLDSig (W3C xmldsig-core1, RFC 9231) and XAdES (EN 319 132-1, TS 101 903)."""

from __future__ import annotations

DS = "http://www.w3.org/2000/09/xmldsig#"
XML = "http://www.w3.org/XML/1998/namespace"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SAML2 = "urn:oasis:names:tc:SAML:2.0:assertion"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
PSS = "http://www.w3.org/2007/05/xmldsig-more#"

XADES_111 = "http://uri.etsi.org/01903/v1.1.1#"
XADES_122 = "http://uri.etsi.org/01903/v1.2.2#"
XADES_132 = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
ERS = "http://uri.etsi.org/19132/v1.1.1#"

SIGNED_PROPERTIES_TYPE = {
    XADES_132: "http://uri.etsi.org/01903#SignedProperties",
    XADES_122: f"{XADES_122}SignedProperties",
    XADES_111: f"{XADES_111}SignedProperties",
}
"""Namespace of the QualifyingProperties -> the Type of the reference to its SignedProperties."""

SIGNED_PROPERTIES_TYPES = frozenset(SIGNED_PROPERTIES_TYPE.values())
COUNTERSIGNED = "http://uri.etsi.org/01903#CountersignedSignature"
OBJECT_TYPE = f"{DS}Object"
MANIFEST_TYPE = f"{DS}Manifest"
SIGNATURE_PROPERTIES_TYPE = f"{DS}SignatureProperties"

BASE64 = f"{DS}base64"
ENVELOPED = f"{DS}enveloped-signature"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

POLICY_DIGEST_AS_SPECIFIED = "http://uri.etsi.org/01903/v1.3.2/SignaturePolicy/SPDocDigestAsInSpecification"


def ds(name: str) -> str:
    """The tag of an XMLDSig element."""
    return f"{{{DS}}}{name}"


SIGNATURE = ds("Signature")
SIGNATURE_VALUE = ds("SignatureValue")
