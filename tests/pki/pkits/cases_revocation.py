"""PKITS 4.4, 4.14 and 4.15: CRLs, their distribution points, delta CRLs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.pki.pkits.authority import (
    AT,
    VALID,
    Case,
    Crl,
    Part,
    Revocation,
    ca,
    case,
    directory,
    dn,
    ee,
    generalized,
    moment,
    named,
    rdn,
    utc,
)
from trustreg.pki import asn1

REVOKED, UNKNOWN = "revoked", "revocation"
_UNKNOWN_EXTENSION = ("2.16.840.1.101.2.1.12.2", True, b"\x05\x00")
_OLD = moment(AT - timedelta(hours=1))
_LONG = int.from_bytes(bytes(range(0x7F, 0x7F + 20)), "big")


def listing(*crls: Crl, **fields: Any) -> Part:
    """An authority with exactly these lists."""
    return ca("CA", crls=crls, **fields)


BASIC = (
    case("4.4.1", "Missing CRL", UNKNOWN, listing(), ee()),
    case("4.4.2", "Invalid Revoked CA", REVOKED, ca(revoked=True), ca(), ee()),
    case("4.4.3", "Invalid Revoked EE", REVOKED, ca(), ee(revoked=True)),
    case("4.4.4", "Invalid Bad CRL Signature", "crl_signature", listing(Crl(bad_signature=True)), ee()),
    case("4.4.5", "Invalid Bad CRL Issuer Name", UNKNOWN, listing(Crl(name=named(("CN", "Wrong")))), ee()),
    case(
        "4.4.6",
        "Invalid Wrong CRL",
        UNKNOWN,
        listing(Crl(name=named(("CN", "Trust Anchor")), key="Trust Anchor")),
        ee(),
    ),
    case("4.4.7", "Valid Two CRLs", VALID, listing(Crl(), Crl(name=named(("CN", "Wrong")))), ee()),
    case(
        "4.4.8",
        "Invalid Unknown CRL Entry Extension",
        "crl_extensions",
        listing(Crl((Revocation(99, unknown_critical=True),))),
        ee(),
    ),
    case(
        "4.4.9", "Invalid Unknown CRL Extension", "crl_extensions", listing(Crl(extensions=(_UNKNOWN_EXTENSION,))), ee()
    ),
    case(
        "4.4.10",
        "Invalid Unknown CRL Extension (and listed)",
        "crl_extensions",
        listing(Crl(("EE",), extensions=(_UNKNOWN_EXTENSION,))),
        ee(),
    ),
    case("4.4.11", "Invalid Old CRL nextUpdate", "stale", listing(Crl(next_update=_OLD)), ee()),
    case("4.4.12", "Invalid pre2000 CRL nextUpdate", "stale", listing(Crl(next_update=utc("990101000000Z"))), ee()),
    case(
        "4.4.13",
        "Valid GeneralizedTime CRL nextUpdate",
        VALID,
        listing(Crl(next_update=generalized("20500101000000Z"))),
        ee(),
    ),
    case("4.4.14", "Valid Negative Serial Number", VALID, listing(Crl((Revocation(255),))), ee(serial=-1)),
    case("4.4.15", "Invalid Negative Serial Number", REVOKED, listing(Crl((Revocation(-1),))), ee(serial=-1)),
    case("4.4.16", "Valid Long Serial Number", VALID, listing(Crl((Revocation(_LONG + 1),))), ee(serial=_LONG)),
    case(
        "4.4.17",
        "Valid Long Serial Number (a part is listed)",
        VALID,
        listing(Crl((Revocation(_LONG >> 8),))),
        ee(serial=_LONG),
    ),
    case("4.4.18", "Invalid Long Serial Number", REVOKED, listing(Crl(("EE",))), ee(serial=_LONG)),
    *(
        case(
            f"4.4.{number}",
            name,
            why,
            ca("CA", usage=("key_cert_sign",), crls=(Crl(("EE",) if number == 20 else (), key="crl key"),)),
            ca(
                "CRL key",
                key="crl key",
                issuer="Trust Anchor",
                same_as="CA",
                usage=("crl_sign",),
                basic_critical=None,
                crls=(),
                revoked=number == 21,
            ),
            ee(issuer="CA"),
            aside=("CRL key",),
        )
        for number, name, why in (
            (19, "Valid Separate Certificate and CRL Keys", VALID),
            (20, "Invalid Separate Certificate and CRL Keys", REVOKED),
            (21, "Invalid Separate Certificate and CRL Keys (the CRL key is revoked)", "crl_signer_revocation"),
        )
    ),
)

_SEQUENCE = asn1.SEQUENCE
_CA_NAME = named(("CN", "CA"))


def _full(*names: bytes) -> bytes:
    return asn1.encode(0xA0, *(directory(name) for name in names))


def _below_ca(cn: str) -> bytes:
    return dn(("C", "US"), ("O", "Test Certificates"), ("CN", "CA"), ("CN", cn))


def _relative(cn: str) -> bytes:
    return asn1.encode(0xA1, asn1.read(rdn("CN", cn)).content)


def point(name: bytes | None = None, *, reasons: bytes | None = None, crl_issuer: bytes | None = None) -> bytes:
    """DistributionPoint."""
    return asn1.encode(
        _SEQUENCE,
        asn1.encode(0xA0, name) if name else b"",
        asn1.encode(0x81, reasons) if reasons else b"",
        asn1.encode(0xA2, directory(crl_issuer)) if crl_issuer else b"",
    )


_TRUE = b"\xff"


def scope(name: bytes | None = None, **flags: bytes) -> tuple[str, bool, bytes]:
    """issuingDistributionPoint."""
    tags = {"users": 0x81, "authorities": 0x82, "reasons": 0x83, "indirect": 0x84, "attributes": 0x85}
    return (
        "2.5.29.28",
        True,
        asn1.encode(
            _SEQUENCE,
            asn1.encode(0xA0, name) if name else b"",
            *(asn1.encode(tags[flag], flags[flag]) for flag in tags if flag in flags),
        ),
    )


_POINT_1 = scope(_full(_below_ca("point")))
_POINT_2 = scope(_relative("point"))
_OTHER = _full(_below_ca("another"))
# ReasonFlags: 1 keyCompromise, 2 cACompromise, 3 affiliationChanged, 4 superseded, 5 cessationOfOperation, 6 hold.
_COMPROMISE, _OTHERS, _CHANGED, _CEASED = b"\x05\x60", b"\x07\x9f\x80", b"\x03\x18", b"\x01\x06"


def by_reason(compromised: Crl, other: Crl) -> Part:
    """An authority that divides its list by reasons."""
    return listing(compromised, other)


def _compromise(*revoked: str, name: bytes | None = None, reason: int = 1) -> Crl:
    return Crl(revoked, reason, extensions=(scope(name, reasons=_COMPROMISE),))


def _others(*revoked: str, name: bytes | None = None, reason: int = 3) -> Crl:
    return Crl(revoked, reason, extensions=(scope(name, reasons=_OTHERS),))


_P1, _P2 = _full(_below_ca("one")), _full(_below_ca("two"))
_TWO_POINTS = ee(points=(point(_P1, reasons=_COMPROMISE), point(_P2, reasons=_OTHERS)))

_CRL_ISSUER = named(("CN", "CRL issuer"))
_INDIRECT = scope(indirect=_TRUE)
_ELSEWHERE = (point(_full(_CRL_ISSUER), crl_issuer=_CRL_ISSUER),)


def indirect(
    number: int,
    name: str,
    *,
    valid: bool,
    listed: tuple[Revocation, ...] = (),
    scoped: bool = True,
    point_name: bytes | None = None,
) -> Case:
    """The certificate names another CRL issuer, who has (`scoped`) an indirect list. The serial number is 12."""
    issuer = ca(
        "CRL issuer",
        issuer="Trust Anchor",
        usage=("crl_sign",),
        crls=(Crl(listed, extensions=(_INDIRECT,) if scoped else ()),),
    )
    return case(
        f"4.14.{number}",
        name,
        "crl_scope",
        listing(),
        issuer,
        ee(issuer="CA", points=(point(point_name or _full(_CRL_ISSUER), crl_issuer=_CRL_ISSUER),)),
        refused=valid,
        aside=("CRL issuer",),
    )


DISTRIBUTION_POINTS = (
    case(
        "4.14.1",
        "Valid distributionPoint",
        VALID,
        listing(Crl(extensions=(_POINT_1,))),
        ee(points=(point(_full(_below_ca("point"))),)),
    ),
    case(
        "4.14.2",
        "Invalid distributionPoint (revoked)",
        REVOKED,
        listing(Crl(("EE",), extensions=(_POINT_1,))),
        ee(points=(point(_full(_below_ca("point"))),)),
    ),
    case(
        "4.14.3",
        "Invalid distributionPoint",
        "crl_scope",
        listing(Crl(extensions=(_POINT_1,))),
        ee(points=(point(_OTHER),)),
    ),
    case(
        "4.14.4",
        "Valid distributionPoint (relative, full)",
        VALID,
        listing(Crl(extensions=(_POINT_1,))),
        ee(points=(point(_relative("point")),)),
    ),
    case(
        "4.14.5",
        "Valid distributionPoint (relative, relative)",
        VALID,
        listing(Crl(extensions=(_POINT_2,))),
        ee(points=(point(_relative("point")),)),
    ),
    case(
        "4.14.6",
        "Invalid distributionPoint (relative, relative, revoked)",
        REVOKED,
        listing(Crl(("EE",), extensions=(_POINT_2,))),
        ee(points=(point(_relative("point")),)),
    ),
    case(
        "4.14.7",
        "Valid distributionPoint (full, relative)",
        VALID,
        listing(Crl(extensions=(_POINT_2,))),
        ee(points=(point(_full(_below_ca("point"))),)),
    ),
    case(
        "4.14.8",
        "Invalid distributionPoint (full, relative)",
        "crl_scope",
        listing(Crl(extensions=(_POINT_2,))),
        ee(points=(point(_OTHER),)),
    ),
    case(
        "4.14.9",
        "Invalid distributionPoint (none in the certificate)",
        "crl_scope",
        listing(Crl(extensions=(_POINT_2,))),
        ee(),
    ),
    case("4.14.10", "Valid No issuingDistributionPoint", VALID, listing(Crl()), ee(points=(point(_OTHER),))),
    case(
        "4.14.11",
        "Invalid onlyContainsUserCerts CRL",
        "crl_scope",
        listing(Crl(extensions=(scope(users=_TRUE),))),
        ca("EE"),
    ),
    case(
        "4.14.12",
        "Invalid onlyContainsCACerts CRL",
        "crl_scope",
        listing(Crl(extensions=(scope(authorities=_TRUE),))),
        ee(),
    ),
    case(
        "4.14.13",
        "Valid onlyContainsCACerts CRL",
        VALID,
        listing(Crl(extensions=(scope(authorities=_TRUE),))),
        ca("EE"),
    ),
    case(
        "4.14.14",
        "Invalid onlyContainsAttributeCerts",
        "crl_scope",
        listing(Crl(extensions=(scope(attributes=_TRUE),))),
        ee(),
    ),
    case("4.14.15", "Invalid onlySomeReasons (compromised)", REVOKED, by_reason(_compromise("EE"), _others()), ee()),
    case(
        "4.14.16", "Invalid onlySomeReasons (on hold)", REVOKED, by_reason(_compromise(), _others("EE", reason=6)), ee()
    ),
    case(
        "4.14.17",
        "Invalid onlySomeReasons (not all reasons covered)",
        "crl_scope",
        listing(Crl(extensions=(scope(reasons=_CHANGED),)), Crl(extensions=(scope(reasons=_CEASED),))),
        ee(),
    ),
    case(
        "4.14.18",
        "Valid onlySomeReasons (one point)",
        "crl_scope",
        by_reason(_compromise(name=_P1), _others(name=_P1)),
        ee(points=(point(_P1),)),
        refused=True,
    ),
    case(
        "4.14.19",
        "Valid onlySomeReasons (two points)",
        "crl_scope",
        by_reason(_compromise(name=_P1), _others(name=_P2)),
        _TWO_POINTS,
        refused=True,
    ),
    case(
        "4.14.20",
        "Invalid onlySomeReasons (two points, compromised)",
        REVOKED,
        by_reason(_compromise("EE", name=_P1), _others(name=_P2)),
        _TWO_POINTS,
    ),
    case(
        "4.14.21",
        "Invalid onlySomeReasons (two points, affiliation changed)",
        REVOKED,
        by_reason(_compromise(name=_P1), _others("EE", name=_P2)),
        _TWO_POINTS,
    ),
    case(
        "4.14.22", "Valid IDP with indirectCRL", "crl_scope", listing(Crl(extensions=(_INDIRECT,))), ee(), refused=True
    ),
    case(
        "4.14.23",
        "Invalid IDP with indirectCRL (revoked)",
        "crl_scope",
        listing(Crl(("EE",), extensions=(_INDIRECT,))),
        ee(),
    ),
    indirect(24, "Valid IDP with indirectCRL", valid=True),
    indirect(25, "Valid IDP with indirectCRL (listed for another issuer)", valid=True, listed=(Revocation(12),)),
    case(
        "4.14.26",
        "Invalid IDP with indirectCRL (no such issuer)",
        "crl_scope",
        listing(),
        ee(points=_ELSEWHERE),
    ),
    indirect(27, "Invalid cRLIssuer (its list is not indirect)", valid=False, scoped=False),
    indirect(28, "Valid cRLIssuer", valid=True),
    indirect(29, "Valid cRLIssuer (relative point)", valid=True, point_name=_relative("point")),
    indirect(30, "Valid cRLIssuer (covers itself)", valid=True),
    indirect(31, "Invalid cRLIssuer (revoked)", valid=False, listed=(Revocation(12, issuer=_CA_NAME),)),
    indirect(
        32,
        "Invalid cRLIssuer (revoked, its issuer named by the entry before)",
        valid=False,
        listed=(Revocation(99, issuer=_CA_NAME), Revocation(12)),
    ),
    indirect(
        33,
        "Valid cRLIssuer (listed for another issuer)",
        valid=True,
        listed=(Revocation(99, issuer=_CA_NAME), Revocation(98, issuer=_CRL_ISSUER), Revocation(12)),
    ),
    case(
        "4.14.34",
        "Invalid cRLIssuer (the issuer's own indirect list)",
        "crl_scope",
        listing(Crl(("EE",), extensions=(_INDIRECT,))),
        ee(),
    ),
    case(
        "4.14.35",
        "Invalid cRLIssuer (a list of the issuer for the point of another)",
        "crl_scope",
        listing(Crl(extensions=(scope(_full(_CRL_ISSUER)),))),
        ee(points=_ELSEWHERE),
    ),
)


def delta(*revoked: str, reason: int = 1, base: int = 5) -> Crl:
    """A delta CRL."""
    return Crl(revoked, reason, extensions=(("2.5.29.27", True, asn1.encode_integer(base)),))


_HOLD, _REMOVE = 6, 8

DELTA = (
    case("4.15.1", "Invalid deltaCRLIndicator No Base", "crl_scope", listing(delta()), ee()),
    case("4.15.2", "Valid delta-CRL", VALID, listing(Crl(), delta()), ee()),
    case("4.15.3", "Invalid delta-CRL (revoked in the base)", REVOKED, listing(Crl(("EE",)), delta()), ee()),
    case("4.15.4", "Invalid delta-CRL (revoked in the delta)", REVOKED, listing(Crl(), delta("EE")), ee()),
    case(
        "4.15.5",
        "Valid delta-CRL (hold removed)",
        REVOKED,
        listing(Crl(("EE",), _HOLD), delta("EE", reason=_REMOVE)),
        ee(),
        refused=True,
    ),
    case("4.15.6", "Invalid delta-CRL (hold made final)", REVOKED, listing(Crl(("EE",), _HOLD), delta("EE")), ee()),
    case(
        "4.15.7", "Valid delta-CRL (removed, not in the base)", VALID, listing(Crl(), delta("EE", reason=_REMOVE)), ee()
    ),
    case("4.15.8", "Valid delta-CRL (of an earlier base)", VALID, listing(Crl(), delta(base=4)), ee()),
    case(
        "4.15.9",
        "Invalid delta-CRL (of an earlier base, revoked)",
        REVOKED,
        listing(Crl(("EE",)), delta("EE", base=4)),
        ee(),
    ),
    case(
        "4.15.10", "Invalid delta-CRL (of a later base)", "stale", listing(Crl(next_update=_OLD), delta(base=6)), ee()
    ),
)

CASES = (*BASIC, *DISTRIBUTION_POINTS, *DELTA)
