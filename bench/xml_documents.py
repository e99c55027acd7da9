"""XML documents: our full verdict (chain, revocation, list, stamps) beside signxml and xmlsec (signature alone)."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import xmlsec
from cryptography import x509
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration
from signxml.xades import XAdESVerifier

from bench.documents import IN_A_ROUND, ROUNDS, ours
from bench.race import SHARED, VAR, Outcome, race, say
from bench.world import CA, Signed, World
from signing.domain import xades
from trustreg.demo.pki.signer import Level
from trustreg.demo.pki.xml_signer import XmlSigner, enveloped

DS = "{http://www.w3.org/2000/09/xmldsig#}"
LARGE = "efd9d765-IT.xml"


def single(world: World, level: Level, seconds: float) -> Outcome:
    """Documents with one enveloped signature, each with a certificate of its own that nobody has seen before."""
    documents = signed(world, level, IN_A_ROUND * ROUNDS + 3)
    return race(
        f"XAdES-{level}, one signature, {IN_A_ROUND} different documents in turn",
        [
            ("trustreg: full verdict", ours(world)),
            ("signxml, XAdESVerifier: signature alone", by_signxml),
            ("xmlsec: signature alone", by_xmlsec),
        ],
        [documents[3 + start : 3 + start + IN_A_ROUND] for start in range(0, IN_A_ROUND * ROUNDS, IN_A_ROUND)],
        warm_up=documents[:3],
        seconds=seconds,
    )


def large(seconds: float) -> Outcome | None:
    """A trusted list of 2 MB as an XML document like any other. None when it is not there."""
    path = SHARED / "corpus" / "documents" / LARGE
    if not path.exists():
        return None
    document = Signed(path.read_bytes(), b"", b"")
    return race(
        f"XML document of {len(document.data) // 1000} KB, enveloped signature: read and verify alone",
        [("trustreg", alone), ("signxml, XAdESVerifier", by_signxml), ("xmlsec", by_xmlsec)],
        [[document]] * 7,
        warm_up=[document],
        seconds=seconds,
    )


def signed(world: World, level: Level, count: int) -> list[Signed]:
    """Enveloped XAdES signatures, signed once and kept."""
    folder = VAR / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    say(f"documents at level {level}, signed once …")
    return [_document(world, level, number, folder / f"{level}-{number}.xml") for number in range(count)]


def _document(world: World, level: Level, number: int, path: Path) -> Signed:
    credential = world.pki.issue(CA, f"XML signer {level} {number}", label=f"xml-{level.lower()}-{number}")
    if not path.exists():
        rows = "".join(f"<row n='{row}'>契約 {number}</row>" for row in range(50))
        xml = f"<contract xmlns='urn:bench' number='{number}'>{rows}</contract>".encode()
        path.write_bytes(enveloped(xml, XmlSigner.of(credential, world.tsa), level=level))
    return world.with_evidence(path.read_bytes(), credential.certificate)


def alone(document: Signed) -> bool:
    """Our reading and verifying, without trust."""
    (signature,) = xades.read(document.data).signatures
    return signature.cryptography.intact is True and signature.coverage == "whole"


def by_signxml(document: Signed) -> bool:
    """signxml with the certificate in KeyInfo; its verifier reads the XAdES properties."""
    root = etree.fromstring(document.data)
    text = "".join((next(root.iter(f"{DS}X509Certificate")).text or "").split())
    certificate = x509.load_der_x509_certificate(b64decode(text))
    configuration = SignatureConfiguration(
        location="./",
        expect_references=2,
        signature_methods=frozenset(SignatureMethod),
        digest_algorithms=frozenset(DigestAlgorithm),
        verification_time=certificate.not_valid_before_utc + timedelta(days=1),
    )
    XAdESVerifier().verify(root, x509_cert=certificate, expect_config=configuration)
    return True


def by_xmlsec(document: Signed) -> bool:
    """xmlsec with the certificate in KeyInfo."""
    root = etree.fromstring(document.data)
    node = next(root.iter(f"{DS}Signature"))
    context = xmlsec.SignatureContext()
    certificate = "".join((next(node.iter(f"{DS}X509Certificate")).text or "").split())
    pem = f"-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.CERT_PEM)
    for element in node.iter("*"):
        if element.get("Id"):
            context.register_id(element, "Id")
    context.verify(node)
    return True
