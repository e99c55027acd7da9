"""Particulars: what was signed and what the signer says, from every format, and only from what can be read."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from signing.domain.particulars import Particulars
from signing.domain.xades.properties import read_signed
from signing.siva.response import conclusion
from tests.signing import cades_parts, jades_parts
from tests.signing.signing_world import blank_pdf, sign, validate, world
from tests.signing.test_asic import ASIC_S, FILES, MANIFEST, archive, asic_e
from tests.signing.xml_world import STAMPED_AT, XADES, signed, signer
from trustreg.demo.pki.xml_signer import detached
from trustreg.pki import asn1

PLACE = {"city": "東京", "country": "JP"}


def particulars(data: bytes, **options: Any) -> Particulars:
    [part] = validate(data, particulars=True, **options).signatures
    assert part.particulars is not None
    return part.particulars


def scopes(data: bytes, **options: Any) -> list[tuple[str, str]]:
    return [(scope.name, scope.kind) for scope in particulars(data, **options).scopes]


def location(*parts: bytes) -> bytes:
    """A signer-location attribute (EN 319 122-1 5.2.5)."""
    value = asn1.encode(asn1.SEQUENCE, *parts)
    oid = asn1.encode_oid("1.2.840.113549.1.9.16.2.17")
    return asn1.encode(asn1.SEQUENCE, oid, asn1.encode(asn1.SET, value))


def utf8(tag: int, text: str) -> bytes:
    return asn1.encode(tag, asn1.encode(0x0C, text.encode()))


def test_the_path_and_the_algorithm() -> None:
    found = particulars(sign(blank_pdf(), stamped_at=STAMPED_AT))
    assert [one.der for one in found.chain] == [world().signer.der, world().ca.der]
    assert found.method == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert found.revocation is None  # a CRL has no responder
    assert particulars(signed()).method == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert particulars(jades_parts.octets(jades_parts.signed())).method is not None


def test_what_was_signed() -> None:
    assert scopes(sign(blank_pdf())) == [("Full PDF", "document")]
    assert scopes(signed()) == [("Full XML File", "document")]
    assert scopes(cades_parts.cades()) == [("Full document", "document")]
    assert scopes(archive(asic_e())) == [
        (MANIFEST, "manifest"),
        *((name, "document") for name in sorted(FILES)),
    ]
    one = {"contract.txt": cades_parts.CONTENT, "META-INF/signature.p7s": cades_parts.cades(detached=True)}
    assert scopes(archive(one, kind=ASIC_S)) == [("contract.txt", "document")]
    xml = {**FILES, "META-INF/signatures.xml": detached(FILES, signer())}
    assert scopes(archive(xml)) == [(name, "document") for name in FILES]


def test_a_container_is_called_by_its_form() -> None:
    report = validate(archive(asic_e()), particulars=True).to_json()
    found = conclusion([report], policy="POLv3", time="2026-06-01T12:00:00Z")["validationReport"][
        "validationConclusion"
    ]
    assert found["signatureForm"] == "ASiC-E"
    assert [one["content"] for one in found["signatures"][0]["signatureScopes"]] == ["Manifest document"] + [
        "Full document"
    ] * len(FILES)


def test_what_does_not_verify_covers_nothing() -> None:
    at = (data := sign(blank_pdf())).index(b"Page")
    assert scopes(data[:at] + b"Bage" + data[at + 4 :]) == []


def test_where_a_cms_signer_says_to_be() -> None:
    attribute = location(utf8(0xA0, "JP"), utf8(0xA1, "東京"))
    assert particulars(cades_parts.cades(extra_signed=[attribute])).claims.place == PLACE


@pytest.mark.parametrize(
    "attribute",
    [location(), location(asn1.encode(0xA0)), location(asn1.encode(0xA1, b"\x02\x01\x05")), location(b"\xa0\x7f")],
    ids=["nothing", "empty", "a number", "cut off"],
)
def test_a_place_that_cannot_be_read_is_none(attribute: bytes) -> None:
    found = validate(cades_parts.cades(extra_signed=[attribute]), particulars=True)
    assert all(part.particulars is None or not part.particulars.claims.place for part in found.signatures)


def test_what_a_json_signer_says() -> None:
    head = jades_parts.header() | {
        "sigPl": {"addressLocality": "東京", "addressCountry": "JP"},
        "srAts": [{"claimed": [{"mediaType": "text/plain", "encoding": "utf-8", "qVals": ["director", "approver"]}]}],
    }
    claims = particulars(jades_parts.octets(jades_parts.signed(protected=head))).claims
    assert (claims.place, claims.roles) == (PLACE, ("director", "approver"))


@pytest.mark.parametrize(
    "odd",
    [
        {"sigPl": [], "srAts": {}},
        {"sigPl": {"addressCountry": 1}, "srAts": [1, {"claimed": [2, {"qVals": 3}, {"qVals": [4]}]}]},
    ],
)
def test_odd_claims_of_a_json_signer_are_none(odd: dict[str, Any]) -> None:
    claims = particulars(jades_parts.octets(jades_parts.signed(protected=jades_parts.header() | odd))).claims
    assert not claims.place
    assert not claims.roles


def test_what_an_xml_signer_says() -> None:
    xml = f"""<SignedProperties xmlns="{XADES}"><SignedSignatureProperties>
      <SignatureProductionPlaceV2><City> 東京 </City><StreetAddress>1-1</StreetAddress><CountryName>JP</CountryName>
      </SignatureProductionPlaceV2>
      <SignerRoleV2><ClaimedRoles><ClaimedRole>director</ClaimedRole><ClaimedRole/></ClaimedRoles></SignerRoleV2>
      </SignedSignatureProperties></SignedProperties>"""
    claims = read_signed(etree.fromstring(xml), XADES).claims
    assert (claims.place, claims.roles) == (PLACE, ("director",))
