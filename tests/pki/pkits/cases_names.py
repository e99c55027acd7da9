"""PKITS 4.13: name constraints on directory names, mail addresses, host names and URIs."""

from __future__ import annotations

from typing import Any

from tests.pki.pkits.authority import VALID, Part, again, ca, case, directory, dn, dns, ee, email, named, uri

OUTSIDE = "name_constraints"
_EMPTY = dn()


def tree(number: int, kind: str = "permitted", *more: tuple[str, str]) -> bytes:
    """C=US, O=Test Certificates, OU=…Subtree<number>: what PKITS permits and excludes."""
    return named(("OU", f"{kind}Subtree{number}"), *more)


def subtree(number: int, kind: str = "permitted", *more: tuple[str, str]) -> bytes:
    """The same as a base of a constraint."""
    return directory(tree(number, kind, *more))


def who(number: int, kind: str = "permitted", **fields: Any) -> Part:
    """An end entity in that subtree."""
    return ee(subject=tree(number, kind, ("CN", "EE")), **fields)


def dn1(**fields: Any) -> Part:
    """nameConstraints DN1 CA."""
    return ca("DN1", permitted=(subtree(1),), **fields)


def sub(number: int, kind: str = "permitted", **fields: Any) -> Part:
    """An authority in a subtree."""
    return ca(subject=tree(number, kind, ("CN", "subCA")), **fields)


_INNER = (("OU", "inner"),)
_DN3 = ca("DN3", excluded=(subtree(1, "excluded"),))
_DN4 = ca("DN4", excluded=(subtree(1, "excluded"), subtree(2, "excluded")))
_DN5 = ca("DN5", permitted=(subtree(1),), excluded=(subtree(1, "permitted", *_INNER),))
_WHOLE = directory(named())

DIRECTORY_NAMES = (
    case("4.13.1", "Valid DN nameConstraints", VALID, dn1(), who(1)),
    case("4.13.2", "Invalid DN nameConstraints", OUTSIDE, dn1(), who(1, "excluded")),
    case("4.13.3", "Invalid DN nameConstraints (SAN)", OUTSIDE, dn1(), who(1, names=(directory(tree(2)),))),
    case(
        "4.13.4",
        "Valid DN nameConstraints (mail in SAN)",
        VALID,
        dn1(),
        who(1, names=(email("a@testcertificates.gov"),)),
    ),
    case(
        "4.13.5",
        "Valid DN nameConstraints (two subtrees)",
        VALID,
        ca(permitted=(subtree(1), subtree(2))),
        who(1, names=(directory(tree(2, "permitted", ("CN", "EE"))),)),
    ),
    case("4.13.6", "Valid DN nameConstraints (excluded)", VALID, _DN3, who(1)),
    case("4.13.7", "Invalid DN nameConstraints (excluded)", OUTSIDE, _DN3, who(1, "excluded")),
    case("4.13.8", "Invalid DN nameConstraints (first of two excluded)", OUTSIDE, _DN4, who(1, "excluded")),
    case("4.13.9", "Invalid DN nameConstraints (second of two excluded)", OUTSIDE, _DN4, who(2, "excluded")),
    case(
        "4.13.10",
        "Invalid DN nameConstraints (permitted and excluded)",
        OUTSIDE,
        _DN5,
        ee(subject=tree(1, "permitted", *_INNER, ("CN", "EE"))),
    ),
    case("4.13.11", "Valid DN nameConstraints (permitted, not excluded)", VALID, _DN5, who(1)),
    case(
        "4.13.12",
        "Invalid DN nameConstraints (narrowed)",
        OUTSIDE,
        dn1(),
        sub(1, permitted=(subtree(1, "permitted", *_INNER),)),
        who(1),
    ),
    case("4.13.13", "Invalid DN nameConstraints (disjoint)", OUTSIDE, dn1(), sub(1, permitted=(subtree(2),)), who(1)),
    case(
        "4.13.14",
        "Valid DN nameConstraints (disjoint, empty subject)",
        VALID,
        dn1(),
        sub(1, permitted=(subtree(2),)),
        ee(subject=_EMPTY, names=(email("a@testcertificates.gov"),)),
    ),
    case(
        "4.13.15",
        "Invalid DN nameConstraints (excluded above)",
        OUTSIDE,
        _DN3,
        sub(1, excluded=(subtree(2, "excluded"),)),
        who(1, "excluded"),
    ),
    case(
        "4.13.16",
        "Invalid DN nameConstraints (excluded below)",
        OUTSIDE,
        _DN3,
        sub(1, excluded=(subtree(2, "excluded"),)),
        who(2, "excluded"),
    ),
    case(
        "4.13.17",
        "Invalid DN nameConstraints (superset below)",
        OUTSIDE,
        _DN3,
        sub(1, permitted=(_WHOLE,)),
        who(1, "excluded"),
    ),
    case("4.13.18", "Valid DN nameConstraints (superset below)", VALID, _DN3, sub(1, permitted=(_WHOLE,)), who(1)),
    case("4.13.19", "Valid Self-Issued DN nameConstraints", VALID, dn1(), again("DN1"), who(1)),
    case("4.13.20", "Invalid Self-Issued DN nameConstraints (the last)", OUTSIDE, dn1(), ee(same_as="DN1")),
)


def mailing(address: str) -> Part:
    """An end entity with a mail address."""
    return ee(names=(email(address),))


_RFC822_1 = ca(permitted=(email(".testcertificates.gov"),))
_RFC822_2 = ca(permitted=(email("testcertificates.gov"),))
_RFC822_3 = ca(excluded=(email("testcertificates.gov"),))
_DN1_MAIL = (dn1(), sub(1, permitted=(email("testcertificates.gov"),)))

MAIL_ADDRESSES = (
    case("4.13.21", "Valid RFC822 nameConstraints", VALID, _RFC822_1, mailing("a@mailserver.testcertificates.gov")),
    case("4.13.22", "Invalid RFC822 nameConstraints", OUTSIDE, _RFC822_1, mailing("a@testcertificates.gov")),
    case("4.13.23", "Valid RFC822 nameConstraints", VALID, _RFC822_2, mailing("a@testcertificates.gov")),
    case("4.13.24", "Invalid RFC822 nameConstraints", OUTSIDE, _RFC822_2, mailing("a@mailserver.testcertificates.gov")),
    case("4.13.25", "Valid RFC822 nameConstraints", VALID, _RFC822_3, mailing("a@mailserver.testcertificates.gov")),
    case("4.13.26", "Invalid RFC822 nameConstraints", OUTSIDE, _RFC822_3, mailing("a@testcertificates.gov")),
    case(
        "4.13.27",
        "Valid DN and RFC822 nameConstraints",
        VALID,
        *_DN1_MAIL,
        who(1, names=(email("a@testcertificates.gov"),)),
    ),
    case(
        "4.13.28", "Invalid DN and RFC822 nameConstraints", OUTSIDE, *_DN1_MAIL, who(1, names=(email("a@other.gov"),))
    ),
    case(
        "4.13.29",
        "Invalid DN and RFC822 nameConstraints (emailAddress)",
        OUTSIDE,
        *_DN1_MAIL,
        ee(subject=tree(1, "permitted", ("email", "a@other.gov"))),
    ),
)


def hosting(name: str) -> Part:
    """An end entity with a host name."""
    return ee(names=(dns(name),))


def at(address: str) -> Part:
    """An end entity with a URI."""
    return ee(names=(uri(address),))


_DNS1, _DNS2 = ca(permitted=(dns("testcertificates.gov"),)), ca(excluded=(dns("invalidcertificates.gov"),))
_URI1, _URI2 = ca(permitted=(uri(".testcertificates.gov"),)), ca(excluded=(uri("invalidcertificates.gov"),))

HOSTS = (
    case("4.13.30", "Valid DNS nameConstraints", VALID, _DNS1, hosting("testserver.testcertificates.gov")),
    case("4.13.31", "Invalid DNS nameConstraints", OUTSIDE, _DNS1, hosting("testserver.invalidcertificates.gov")),
    case("4.13.32", "Valid DNS nameConstraints", VALID, _DNS2, hosting("testserver.testcertificates.gov")),
    case("4.13.33", "Invalid DNS nameConstraints", OUTSIDE, _DNS2, hosting("testserver.invalidcertificates.gov")),
    case("4.13.34", "Valid URI nameConstraints", VALID, _URI1, at("http://testserver.testcertificates.gov/index.html")),
    case("4.13.35", "Invalid URI nameConstraints", OUTSIDE, _URI1, at("http://testcertificates.gov/invalid.html")),
    case("4.13.36", "Valid URI nameConstraints", VALID, _URI2, at("ftp://testserver.invalidcertificates.gov:21/a")),
    case("4.13.37", "Invalid URI nameConstraints", OUTSIDE, _URI2, at("ftp://invalidcertificates.gov:21/test37/")),
    case("4.13.38", "Invalid DNS nameConstraints", OUTSIDE, _DNS1, hosting("mytestcertificates.gov")),
)

CASES = (*DIRECTORY_NAMES, *MAIL_ADDRESSES, *HOSTS)
