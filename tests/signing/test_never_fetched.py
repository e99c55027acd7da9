"""What a document merely names is never asked for: a listener stays unheard, though it could be reached (design 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lxml import etree

from signing.domain.validation import validate_document
from tests.pki.factories import Identity, attribute, make_leaf
from tests.pki.upstreams import Server, ok, serving
from tests.signing import jades_parts as jades
from tests.signing import xml_world
from tests.signing.cades_parts import cades
from tests.signing.signing_world import NOW, trust, world
from trustreg.pki import asn1
from trustreg.pki.egress import EgressClient


@pytest.fixture(scope="module")
def canary() -> Iterator[Server]:
    with serving(ok()) as server:
        yield server


def heard(canary: Server, document: bytes, name: str) -> list[bytes]:
    """The requests that validating the document causes at the listener."""
    before = len(canary.hits)
    client = EgressClient(allow=[canary.authority])
    validate_document(document, filename=name, trust=trust(), now=NOW, fetcher=client.fetcher())
    return canary.hits[before:]


def naming(**urls: Any) -> Identity:
    """A signer whose certificate names these addresses."""
    return make_leaf(world().ca, "Names addresses", kind="rsa2048", qc=["esign"], **urls)


def test_the_listener_can_be_reached(canary: Server) -> None:
    signer = naming(crl_urls=[canary.url])
    document = cades(signer=signer, certificates=[signer.der, world().ca.der])
    assert len(heard(canary, document, "a.p7m")) == 1


@pytest.mark.parametrize("scheme", ["ldap", "ldaps", "ftp", "file", "gopher", "HTTP+UNIX"])
def test_other_schemes_in_certificates(canary: Server, scheme: str) -> None:
    url = f"{scheme}://{canary.authority}/cn=CA?certificateRevocationList"
    signer = naming(crl_urls=[url], ocsp_urls=[url], ca_issuers=[url])
    for certificates in ([signer.der, world().ca.der], [signer.der]):
        assert heard(canary, cades(signer=signer, certificates=certificates), "a.p7m") == []


def json_headers(url: str) -> dict[str, dict[str, Any]]:
    by_address = "http://uri.etsi.org/19182/ObjectIdByURI"
    by_hash = "http://uri.etsi.org/19182/ObjectIdByURIHash"
    headers = "http://uri.etsi.org/19182/HttpHeaders"
    policy = {"id": {"id": "urn:oid:1.2.3"}, "hashAlgo": "S256", "hashVal": "AA", "sigPQuals": [{"spURI": url}]}
    return {
        "x5u": jades.header(x5u=url),
        "x5u alone": jades.header(x5u=url, x5c=None),
        "jku": jades.header(jku=url, kid="1", x5c=None),
        "sigD": jades.header(sigD={"mId": by_address, "pars": [url]}, crit=["sigD"]),
        "sigD with digests": jades.header(
            sigD={"mId": by_hash, "pars": [url], "hashM": "S256", "hashV": ["AA"]}, crit=["sigD"]
        ),
        "sigD of headers": jades.header(sigD={"mId": headers, "pars": [url]}, crit=["sigD"]),
        "signature policy": jades.header(sigPId=policy),
    }


@pytest.mark.parametrize("what", json_headers(""))
def test_addresses_in_json_signatures(canary: Server, what: str) -> None:
    head = json_headers(canary.url)[what]
    jws = jades.signed(None, head, signing=b"") if "sigD" in head else jades.signed(jades.CONTENT, head)
    for document in (jades.octets(jws), jades.compact(jws)):
        assert heard(canary, document, "a.json") == []


def _reference(root: Any, url: str) -> None:
    xml_world.find(root, "Reference").set("URI", url)


def _retrieval(root: Any, url: str) -> None:
    info = xml_world.find(root, "KeyInfo")
    info.clear()
    etree.SubElement(info, f"{{{xml_world.DS}}}RetrievalMethod", URI=url)


def _policy(root: Any, url: str) -> None:
    signed = xml_world.find(root, "SignedSignatureProperties")
    element = etree.SubElement(signed, f"{{{xml_world.XADES}}}SignaturePolicyIdentifier")
    inner = etree.SubElement(element, f"{{{xml_world.XADES}}}SignaturePolicyId")
    qualifiers = etree.SubElement(inner, f"{{{xml_world.XADES}}}SigPolicyQualifiers")
    qualifier = etree.SubElement(qualifiers, f"{{{xml_world.XADES}}}SigPolicyQualifier")
    etree.SubElement(qualifier, f"{{{xml_world.XADES}}}SPURI").text = url


def _stylesheet(root: Any, url: str) -> None:
    transforms = xml_world.find(root, "Transforms")
    transform = etree.SubElement(
        transforms, f"{{{xml_world.DS}}}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"
    )
    xsl = "http://www.w3.org/1999/XSL/Transform"
    sheet = etree.SubElement(transform, f"{{{xsl}}}stylesheet", version="1.0")
    template = etree.SubElement(sheet, f"{{{xsl}}}template", match="/")
    etree.SubElement(template, f"{{{xsl}}}copy-of", select=f"document('{url}')")


def _inclusion(root: Any, url: str) -> None:
    etree.SubElement(root, "{http://www.w3.org/2001/XInclude}include", href=url)


def _schema(root: Any, url: str) -> None:
    root.set("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", f"urn:test:order {url}")


@pytest.mark.parametrize("change", [_reference, _retrieval, _policy, _stylesheet, _inclusion, _schema])
def test_addresses_in_xml_signatures(canary: Server, change: Callable[[Any, str], None]) -> None:
    def changed(root: Any) -> None:
        change(root, canary.url)

    assert heard(canary, xml_world.changed(xml_world.signed(), changed), "a.xml") == []


@pytest.mark.parametrize("kind", ["SYSTEM", 'PUBLIC "-//X//DTD"'])
def test_addresses_in_document_types(canary: Server, kind: str) -> None:
    plain = xml_world.signed().decode()
    body = plain[plain.index("<order") :]
    for subset in (
        f'<!DOCTYPE order {kind} "{canary.url}">',
        f'<!DOCTYPE order [<!ENTITY % e {kind} "{canary.url}"> %e;]>',
    ):
        assert heard(canary, f"{subset}{body}".encode(), "a.xml") == []


def test_the_address_of_a_signature_policy_in_cms(canary: Server) -> None:
    qualifier = asn1.encode(
        asn1.SEQUENCE, asn1.encode_oid("1.2.840.113549.1.9.16.5.1"), asn1.encode(0x16, canary.url.encode())
    )
    digest = asn1.encode(
        asn1.SEQUENCE,
        asn1.encode(asn1.SEQUENCE, asn1.encode_oid("2.16.840.1.101.3.4.2.1")),
        asn1.encode(asn1.OCTET_STRING, bytes(32)),
    )
    policy = asn1.encode(asn1.SEQUENCE, asn1.encode_oid("1.2.3"), digest, asn1.encode(asn1.SEQUENCE, qualifier))
    document = cades(extra_signed=[attribute("1.2.840.113549.1.9.16.2.15", policy)])
    assert heard(canary, document, "a.p7m") == []
