"""Namespaces, identifiers and vocabularies of TS 119 612 XML."""

from __future__ import annotations

from trustreg.pki import extensions
from trustreg.pki.trust import Usage

TSL = "http://uri.etsi.org/02231/v2#"
TSLX = "http://uri.etsi.org/02231/v2/additionaltypes#"
SIE = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
DS = "http://www.w3.org/2000/09/xmldsig#"
MRA = "http://ec.europa.eu/tools/lotl/mra/schema/v2#"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

REGISTRY = "urn:uuid:27dd58e2-9194-45a8-8172-9ad2e614ea8f"
"""Namespace of our own non-critical extensions: identifiers, end of the grant, base of the status URIs.

Readers of the standard skip them; with them the list alone answers everything that the registry answers.
"""

MIME_TYPE = "application/vnd.etsi.tsl+xml"

_SERVICE_INFORMATION = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"

USAGE_URIS: dict[Usage, str] = {
    Usage.ESIGN: f"{_SERVICE_INFORMATION}ForeSignatures",
    Usage.ESEAL: f"{_SERVICE_INFORMATION}ForeSeals",
    Usage.WEB: f"{_SERVICE_INFORMATION}ForWebSiteAuthentication",
}
URI_USAGES: dict[str, Usage] = {uri: usage for usage, uri in USAGE_URIS.items()}
"""AdditionalServiceInformation URIs (5.5.9.4)."""

MRA_ENACTED = "http://ec.europa.eu/tools/lotl/mra/enacted"
MRA_REPEALED = "http://ec.europa.eu/tools/lotl/mra/repealed"

KEY_USAGE_BITS = frozenset("crlSign" if bit == "cRLSign" else bit for bit in extensions.KEY_USAGE_BITS)
"""Names in KeyUsage criteria (5.5.9.2.2.1)."""

QUALIFIER_BASE = _SERVICE_INFORMATION
QUALIFIERS = frozenset(
    {
        "QCStatement",
        "NotQualified",
        "QCWithSSCD",
        "QCNoSSCD",
        "QCSSCDStatusAsInCert",
        "QCWithQSCD",
        "QCNoQSCD",
        "QCQSCDStatusAsInCert",
        "QCQSCDManagedOnBehalf",
        "QCForLegalPerson",
        "QCForESig",
        "QCForESeal",
        "QCForWSA",
    }
)
"""Qualifiers of 5.5.9.2.3 by local name."""
