"""Ways around name constraints that have been tried elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pki.pkits.authority import (
    AT,
    PRINTABLE,
    UTF8,
    Part,
    World,
    ca,
    directory,
    dn,
    dns,
    ee,
    email,
    named,
    rdn,
    uri,
)
from trustreg.pki import asn1
from trustreg.pki.certificates import parse_certificate
from trustreg.pki.names import same
from trustreg.pki.paths import check_path

BMP, TELETEX = 0x1E, 0x14


def allowed(authority: Part, leaf: Part) -> bool:
    """Whether the path over that authority is valid."""
    world = World([authority, leaf])
    path = [parse_certificate(world.certificates[label]) for label in (leaf.label, authority.label)]
    found = check_path((*path, parse_certificate(world.anchor)), at=AT)
    assert all(finding.check in ("name_constraints", "critical_extensions") for finding in found.findings)
    return found.valid


def only(*bases: bytes) -> Part:
    return ca("CA", permitted=bases)


def without(*bases: bytes) -> Part:
    return ca("CA", excluded=bases)


EVIL = directory(named(("OU", "Evil")))


def organisation(text: str, string: int = UTF8) -> Part:
    """Somebody in OU=<text>."""
    encodings = {UTF8: "utf-8", PRINTABLE: "ascii", BMP: "utf-16-be", TELETEX: "latin-1"}
    pair = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("2.5.4.11"), asn1.encode(string, text.encode(encodings[string])))
    inner = asn1.read(named()).content
    return ee(subject=asn1.encode(asn1.SEQUENCE, inner, asn1.encode(asn1.SET, pair)))


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("Evil", UTF8),
        ("Evil", PRINTABLE),
        ("Evil", BMP),
        ("Evil", TELETEX),
        ("EVIL", UTF8),
        ("eViL", BMP),
        ("  Evil  ", UTF8),
        ("Ｅｖｉｌ", UTF8),
        ("E\u200bvil", UTF8),
        ("Ev\u00adil", UTF8),
        ("Evil\ufeff", UTF8),
        ("Ev\u2060il", UTF8),
        ("Evil\ufe0f", UTF8),
        ("E\x00vil", UTF8),
    ],
)
def test_another_spelling_of_an_excluded_name_is_excluded(text: str, string: int) -> None:
    assert not allowed(without(EVIL), organisation(text, string))
    assert allowed(without(EVIL), organisation("Good", string))


def test_octets_that_are_no_text_are_inside_every_excluded_subtree() -> None:
    broken = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("2.5.4.11"), asn1.encode(UTF8, b"Ev\xffil"))
    subject = asn1.encode(asn1.SEQUENCE, asn1.read(named()).content, asn1.encode(asn1.SET, broken))
    assert not allowed(without(EVIL), ee(subject=subject))
    assert not allowed(only(EVIL), ee(subject=subject))


def test_spaces_between_words_count_once_and_words_do_not_run_together() -> None:
    base = directory(named(("OU", "Evil Corp")))
    assert not allowed(without(base), organisation("evil \t corp"))
    assert allowed(without(base), organisation("evilcorp"))


def test_a_permitted_organisation_is_a_whole_component() -> None:
    permitted = only(directory(named(("OU", "Good"))))
    assert allowed(permitted, organisation("good"))
    for text in ("Goodness", "Not Good", "Goo"):
        assert not allowed(permitted, organisation(text))
    reordered = dn(("OU", "Good"), ("C", "US"), ("O", "Test Certificates"))
    assert not allowed(permitted, ee(subject=reordered))


def test_an_empty_subject_hides_nothing() -> None:
    empty: dict[str, Any] = {"subject": dn()}
    assert not allowed(without(EVIL), ee(names=(directory(named(("OU", "Evil"))),), **empty))
    assert not allowed(only(dns("good.example")), ee(names=(dns("evil.example"),), **empty))
    assert allowed(only(dns("good.example")), ee(names=(dns("a.good.example"),), **empty))


def test_a_directory_name_that_cannot_be_read_is_neither_in_nor_out() -> None:
    odd = ee(names=(directory(asn1.encode(asn1.SEQUENCE, b"\x01\x01\x00")),))
    for authority in (only(EVIL), without(EVIL)):
        assert not allowed(authority, odd)
    assert allowed(only(dns("good.example")), odd)


def test_an_authority_without_a_name_is_none() -> None:
    world = World([ca("CA", subject=dn()), ee()])
    path = tuple(parse_certificate(one) for one in (world.certificates["EE"], world.certificates["CA"], world.anchor))
    assert "issuer_name" in {finding.check for finding in check_path(path, at=AT).findings}


@pytest.mark.parametrize(
    "leaf",
    [
        ee(subject=named(("email", "a@evil.example"))),
        ee(subject=named(("email", "a@evil.example")), names=(email("a@good.example"),)),
        ee(names=(email("a@good.example"), email("a@evil.example"))),
        ee(names=(email("a@EVIL.example"),)),
        ee(names=(email("a@evil.example."),)),
        ee(names=(email("a@good.example\x00@evil.example"),)),
        ee(names=(email('"a@good.example"@evil.example'),)),
        ee(names=(email("evil.example"),)),
        ee(names=(email("@evil.example"),)),
        ee(
            names=(
                asn1.encode(
                    0xA0,
                    asn1.encode_oid("1.3.6.1.5.5.7.8.9"),
                    asn1.encode(0xA0, asn1.encode(UTF8, "悪@evil.example".encode())),
                ),
            )
        ),
    ],
)
def test_mail_addresses_wherever_they_stand(leaf: Part) -> None:
    assert not allowed(only(email("good.example")), leaf)
    assert not allowed(without(email("evil.example")), leaf)


def test_the_local_part_of_a_mail_address_has_case() -> None:
    permitted = only(email("Root@good.example"))
    assert allowed(permitted, ee(names=(email("Root@GOOD.example"),)))
    assert not allowed(permitted, ee(names=(email("root@good.example"),)))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "EVIL.example",
        "evil.example.",
        "a.evil.example",
        "*.evil.example",
        "*.example",
        "evil.example\x00.good.example",
        "ｅvil.example",
        "evil。example",
        "",
        ".",
        ".evil.example",
        "evil..example",
        "e vil.example",
        "*.*.example",
    ],
)
def test_host_names_that_may_mean_an_excluded_one(host: str) -> None:
    assert not allowed(without(dns("evil.example")), ee(names=(asn1.encode(0x82, host.encode()),)))


@pytest.mark.parametrize(
    "host", ["evil.example", "*.example", "good.example.evil", "badgood.example", "good.example\x00", "*", "", "xn--a"]
)
def test_host_names_that_are_not_permitted(host: str) -> None:
    assert not allowed(only(dns("good.example")), ee(names=(asn1.encode(0x82, host.encode()),)))


@pytest.mark.parametrize("host", ["good.example", "GOOD.example.", "*.good.example", "a.b.good.example"])
def test_host_names_that_are_permitted(host: str) -> None:
    assert allowed(only(dns("good.example")), ee(names=(dns(host),)))


def test_a_leading_dot_leaves_the_domain_itself_out_of_both() -> None:
    assert allowed(only(dns(".good.example")), ee(names=(dns("a.good.example"),)))
    assert not allowed(only(dns(".good.example")), ee(names=(dns("good.example"),)))
    assert not allowed(without(dns(".evil.example")), ee(names=(dns("evil.example"),)))


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/",
        "http://EVIL.example/",
        "http://evil.example./",
        "http://good.example@evil.example/",
        "http://evil.example\\@good.example/",
        "http://evil.example\t/",
        "http://192.0.2.1/",
        "http://[2001:db8::1]/",
        "http://2130706433/",
        "mailto:a@evil.example",
        "urn:evil",
        "//evil.example",
        "",
    ],
)
def test_addresses_that_may_mean_an_excluded_host(address: str) -> None:
    assert not allowed(without(uri("evil.example")), ee(names=(uri(address),)))
    assert not allowed(only(uri("good.example")), ee(names=(uri(address),)))


@pytest.mark.parametrize(
    ("address", "network", "inside"),
    [
        ("c0000201", "c0000200ffffff00", True),
        ("c6336401", "c0000200ffffff00", False),
        ("c0000201ff", "c0000200ffffff00", False),
        ("c0000201", "c0000200ffffff", False),
        ("20010db8" + "0" * 24, "c0000200ffffff00", False),
    ],
)
def test_addresses_of_networks(address: str, network: str, inside: bool) -> None:
    permitted = only(asn1.encode(0x87, bytes.fromhex(network)))
    assert allowed(permitted, ee(names=(asn1.encode(0x87, bytes.fromhex(address)),))) is inside


@pytest.mark.parametrize(("address", "network"), [("c0000201ff", "c0000200ffffff00"), ("c0000201", "c0000200ffffff")])
def test_addresses_that_cannot_be_compared_are_excluded(address: str, network: str) -> None:
    excluded = without(asn1.encode(0x87, bytes.fromhex(network)))
    assert not allowed(excluded, ee(names=(asn1.encode(0x87, bytes.fromhex(address)),)))


def test_a_form_of_name_that_is_not_understood_is_forbidden_once_it_is_constrained() -> None:
    other = asn1.encode(0xA0, asn1.encode_oid("1.2.3.4"), asn1.encode(0xA0, asn1.encode(UTF8, b"x")))
    assert allowed(ca("CA", permitted=(dns("good.example"),)), ee(names=(other,)))
    assert not allowed(only(other), ee(names=(other,)))
    assert not allowed(without(other), ee(names=(other,)))


@pytest.mark.parametrize(
    "value",
    [
        asn1.encode(asn1.SEQUENCE, asn1.encode(0xA0, asn1.encode(asn1.SEQUENCE, dns("a"), asn1.encode(0x80, b"\x01")))),
        asn1.encode(asn1.SEQUENCE, asn1.encode(0xA0, asn1.encode(asn1.SEQUENCE, dns("a"), asn1.encode(0x81, b"\x02")))),
        b"\x04\x00",
        b"",
    ],
)
def test_constraints_that_cannot_be_read_forbid_everything(value: bytes) -> None:
    """RFC 5280 4.2.1.10: minimum is 0 and maximum absent."""
    broken = ca("CA", extensions=(("2.5.29.30", True, value),))
    assert not allowed(broken, ee())


def test_constraints_of_the_anchor_hold_too() -> None:
    leaf = ee(names=(dns("evil.example"),))
    for root, valid in ((ca("Root"), True), (ca("Root", permitted=(dns("good.example"),)), False)):
        world = World([leaf], root=root)
        path = (parse_certificate(world.certificates["EE"]), parse_certificate(world.anchor))
        assert check_path(path, at=AT).valid is valid


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("Straße", "STRASSE", True),
        ("ﬁrm", "firm", True),
        ("é", "e\u0301", True),
        ("a b", "a\u00a0b", True),
        ("ab", "a b", False),
        ("é", "e", False),
    ],
)
def test_names_that_are_equal(left: str, right: str, equal: bool) -> None:
    """RFC 4518: mapping, normalisation, case, spaces."""
    names = [asn1.encode(asn1.SEQUENCE, rdn("CN", text, UTF8)) for text in (left, right)]
    assert same(*names) is equal
