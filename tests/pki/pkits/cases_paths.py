"""PKITS 4.1 to 4.3, 4.5 to 4.7 and 4.16: signatures, validity, names, self-issued certificates, what a key may do."""

from __future__ import annotations

from tests.pki.pkits.authority import (
    UTF8,
    VALID,
    Crl,
    again,
    ca,
    case,
    dn,
    ee,
    generalized,
    named,
    uri,
    utc,
)
from trustreg.pki import asn1

SIGNATURE, VALIDITY, NAME = "certificate_signature", "validity", "certificate_signature"
BASIC, LENGTH, USAGE = "basic_constraints", "path_length", "key_usage"

SIGNATURES = (
    case("4.1.1", "Valid Signatures", VALID, ca(), ee()),
    case("4.1.2", "Invalid CA Signature", SIGNATURE, ca(bad_signature=True), ee()),
    case("4.1.3", "Invalid EE Signature", SIGNATURE, ca(), ee(bad_signature=True)),
    case("4.1.4", "Valid DSA Signatures", VALID, ca(key="dsa CA"), ee()),
    case(
        "4.1.5",
        "Valid DSA Parameter Inheritance",
        SIGNATURE,
        ca(key="dsa CA"),
        ca(key="dsa heir", inherits_parameters=True),
        ee(),
        refused=True,
    ),
    case("4.1.6", "Invalid DSA Signature", SIGNATURE, ca(key="dsa CA"), ee(bad_signature=True)),
)

VALIDITIES = (
    case("4.2.1", "Invalid CA notBefore Date", VALIDITY, ca(not_before=utc("470101000000Z")), ee()),
    case("4.2.2", "Invalid EE notBefore Date", VALIDITY, ca(), ee(not_before=utc("470101000000Z"))),
    case("4.2.3", "Valid pre2000 UTC notBefore Date", VALID, ca(), ee(not_before=utc("500101000000Z"))),
    case("4.2.4", "Valid GeneralizedTime notBefore Date", VALID, ca(), ee(not_before=generalized("20020101000000Z"))),
    case("4.2.5", "Invalid CA notAfter Date", VALIDITY, ca(not_after=utc("260531235959Z")), ee()),
    case("4.2.6", "Invalid EE notAfter Date", VALIDITY, ca(), ee(not_after=utc("260531235959Z"))),
    case("4.2.7", "Invalid pre2000 UTC EE notAfter Date", VALIDITY, ca(), ee(not_after=utc("990101000000Z"))),
    case("4.2.8", "Valid GeneralizedTime notAfter Date", VALID, ca(), ee(not_after=generalized("20500101000000Z"))),
)

_SPACED = named(("CN", "Name Chaining CA"))
_UIDS = ca(unique_ids=True)
_REQUIRED = dn(
    ("DC", "gov"),
    ("DC", "testcertificates"),
    ("C", "US"),
    ("ST", "Maryland"),
    ("O", "Test Certificates"),
    ("serialNumber", "345"),
    ("dnQualifier", "CA"),
)
_OPTIONAL = named(
    ("L", "Gaithersburg"),
    ("GN", "John"),
    ("initials", "Q"),
    ("pseudonym", "Fictitious"),
    ("SN", "CA"),
    ("generationQualifier", "III"),
    ("title", "M.D."),
)

NAMES = (
    case("4.3.1", "Invalid Name Chaining EE", NAME, ca(), ee(issuer_name=named(("CN", "Another CA")))),
    case(
        "4.3.2",
        "Invalid Name Chaining Order",
        NAME,
        ca(subject=named(("OU", "One"), ("OU", "Two"))),
        ee(issuer_name=named(("OU", "Two"), ("OU", "One"))),
    ),
    case(
        "4.3.3",
        "Valid Name Chaining Whitespace (inside)",
        VALID,
        ca(subject=_SPACED),
        ee(issuer_name=named(("CN", "Name   Chaining    CA"))),
    ),
    case(
        "4.3.4",
        "Valid Name Chaining Whitespace (at the ends)",
        VALID,
        ca(subject=_SPACED),
        ee(issuer_name=named(("CN", "   Name Chaining CA   "))),
    ),
    case(
        "4.3.5",
        "Valid Name Chaining Capitalization",
        VALID,
        ca(subject=_SPACED),
        ee(issuer_name=named(("CN", "NAME CHAINING ca"))),
    ),
    case("4.3.6", "Valid Name Chaining UIDs", VALID, _UIDS, ee()),
    case("4.3.7", "Valid RFC3280 Mandatory Attribute Types", VALID, ca(subject=_REQUIRED), ee()),
    case("4.3.8", "Valid RFC3280 Optional Attribute Types", VALID, ca(subject=_OPTIONAL), ee()),
    case(
        "4.3.9",
        "Valid UTF8String Encoded Names",
        VALID,
        ca(subject=named(("CN", "認証局"), string=UTF8)),
        ee(subject=named(("CN", "署名者"), string=UTF8)),
    ),
    case(
        "4.3.10",
        "Valid Rollover from PrintableString to UTF8String",
        VALID,
        ca(subject=_SPACED),
        ee(issuer_name=named(("CN", "Name Chaining CA"), string=UTF8)),
    ),
    case(
        "4.3.11",
        "Valid UTF8String Case Insensitive Match",
        VALID,
        ca(subject=named(("CN", "Prüfstelle  Ä"), string=UTF8)),
        ee(issuer_name=named(("CN", "  PRÜFSTELLE ä"), string=UTF8)),
    ),
)

_POINT = uri("http://crl.example/self-issued.crl")
_POINTS = (asn1.encode(asn1.SEQUENCE, asn1.encode(0xA0, asn1.encode(0xA0, _POINT))),)
_SCOPE = ("2.5.29.28", True, asn1.encode(asn1.SEQUENCE, asn1.encode(0xA0, asn1.encode(0xA0, _POINT))))
_CRL_KEY_CA = ca("CA", crls=(Crl(("EE",), key="crl key"), Crl(extensions=(_SCOPE,))))
_CRL_KEY = again("CA", issuer="CA", key="crl key", usage=("crl_sign",), basic_critical=None, points=_POINTS, crls=())

SELF_ISSUED = (
    case(
        "4.5.1",
        "Valid Basic Self-Issued Old With New",
        VALID,
        ca("CA", key="new"),
        again("CA", key="old", crls=()),
        ee(),
    ),
    case(
        "4.5.2",
        "Invalid Basic Self-Issued Old With New",
        "revoked",
        ca("CA", key="new", crls=(Crl(("EE",)),)),
        again("CA", key="old", crls=()),
        ee(),
    ),
    case(
        "4.5.3",
        "Valid Basic Self-Issued New With Old",
        VALID,
        ca("CA", key="old"),
        again("CA", key="new", crls=()),
        ee(),
    ),
    case(
        "4.5.4",
        "Valid Basic Self-Issued New With Old (signed with the old key)",
        VALID,
        ca("CA", key="old", crls=(Crl(key="new"), Crl(extensions=(_SCOPE,)))),
        again("CA", key="new", issuer="CA", points=_POINTS, crls=()),
        ee(issuer="CA"),
        aside=("CA2",),
    ),
    case(
        "4.5.5",
        "Invalid Basic Self-Issued New With Old",
        "revoked",
        ca("CA", key="old", crls=(Crl(("EE",), key="new"), Crl(extensions=(_SCOPE,)))),
        again("CA", key="new", issuer="CA", points=_POINTS, crls=()),
        ee(issuer="CA"),
        aside=("CA2",),
    ),
    case(
        "4.5.6",
        "Valid Basic Self-Issued CRL Signing Key",
        VALID,
        ca("CA", crls=(Crl(key="crl key"), Crl(extensions=(_SCOPE,)))),
        _CRL_KEY,
        ee(issuer="CA"),
        aside=("CA2",),
    ),
    case(
        "4.5.7",
        "Invalid Basic Self-Issued CRL Signing Key",
        "revoked",
        _CRL_KEY_CA,
        _CRL_KEY,
        ee(issuer="CA"),
        aside=("CA2",),
    ),
    case(
        "4.5.8", "Invalid Basic Self-Issued CRL Signing Key (signs a certificate)", USAGE, _CRL_KEY_CA, _CRL_KEY, ee()
    ),
)


def _limited(length: int | None, **fields: object):
    return ca(basic=(True, length), **fields)


_LAST_CA = ca("EE")

BASIC_CONSTRAINTS = (
    case("4.6.1", "Invalid Missing basicConstraints", BASIC, ca(basic_critical=None), ee()),
    case("4.6.2", "Invalid cA False (critical)", BASIC, ca(basic=(False, None)), ee()),
    case("4.6.3", "Invalid cA False (not critical)", BASIC, ca(basic=(False, None), basic_critical=False), ee()),
    case("4.6.4", "Valid basicConstraints Not Critical", VALID, ca(basic_critical=False), ee()),
    case("4.6.5", "Invalid pathLenConstraint", LENGTH, _limited(0), ca(), ee()),
    case("4.6.6", "Invalid pathLenConstraint (the last is a CA)", LENGTH, _limited(0), ca(), _LAST_CA),
    case("4.6.7", "Valid pathLenConstraint", VALID, _limited(0), ee()),
    case("4.6.8", "Valid pathLenConstraint (the last is a CA)", VALID, _limited(0), _LAST_CA),
    case("4.6.9", "Invalid pathLenConstraint", LENGTH, _limited(6), _limited(0), ca(), ee()),
    case("4.6.10", "Invalid pathLenConstraint (the last is a CA)", LENGTH, _limited(6), _limited(0), ca(), _LAST_CA),
    case("4.6.11", "Invalid pathLenConstraint", LENGTH, _limited(6), _limited(1), _limited(1), ca(), ee()),
    case(
        "4.6.12",
        "Invalid pathLenConstraint (the last is a CA)",
        LENGTH,
        _limited(6),
        _limited(1),
        _limited(1),
        ca(),
        _LAST_CA,
    ),
    case("4.6.13", "Valid pathLenConstraint", VALID, _limited(6), _limited(4), _limited(1), ca(), ee()),
    case(
        "4.6.14",
        "Valid pathLenConstraint (the last is a CA)",
        VALID,
        _limited(6),
        _limited(4),
        _limited(1),
        ca(),
        _LAST_CA,
    ),
    case("4.6.15", "Valid Self-Issued pathLenConstraint", VALID, _limited(0, label="CA"), again("CA"), ee()),
    case("4.6.16", "Invalid Self-Issued pathLenConstraint", LENGTH, _limited(0, label="CA"), again("CA"), ca(), ee()),
    case(
        "4.6.17",
        "Valid Self-Issued pathLenConstraint (twice)",
        VALID,
        _limited(1, label="CA"),
        again("CA"),
        ca("below"),
        again("below"),
        ee(),
    ),
)

KEY_USAGES = (
    case("4.7.1", "Invalid keyUsage Critical keyCertSign False", USAGE, ca(usage=("crl_sign",)), ee()),
    case(
        "4.7.2",
        "Invalid keyUsage Not Critical keyCertSign False",
        USAGE,
        ca(usage=("crl_sign",), usage_critical=False),
        ee(),
    ),
    case("4.7.3", "Valid keyUsage Not Critical", VALID, ca(usage_critical=False), ee()),
    case("4.7.4", "Invalid keyUsage Critical cRLSign False", "crl_key_usage", ca(usage=("key_cert_sign",)), ee()),
    case(
        "4.7.5",
        "Invalid keyUsage Not Critical cRLSign False",
        "crl_key_usage",
        ca(usage=("key_cert_sign",), usage_critical=False),
        ee(),
    ),
)

_PRIVATE = "2.16.840.1.101.2.1.12.2"

PRIVATE_EXTENSIONS = (
    case(
        "4.16.1",
        "Valid Unknown Not Critical Certificate Extension",
        VALID,
        ee(extensions=((_PRIVATE, False, b"\x05\x00"),)),
    ),
    case(
        "4.16.2",
        "Invalid Unknown Critical Certificate Extension",
        "critical_extensions",
        ee(extensions=((_PRIVATE, True, b"\x05\x00"),)),
    ),
)

CASES = (*SIGNATURES, *VALIDITIES, *NAMES, *SELF_ISSUED, *BASIC_CONSTRAINTS, *KEY_USAGES, *PRIVATE_EXTENSIONS)
