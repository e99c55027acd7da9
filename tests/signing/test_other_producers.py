"""Documents that other implementations sign here and now: OpenSSL, xmlsec, signxml, jwcrypto and pyHanko."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwcrypto import jwk, jws
from lxml import etree
from signxml import SignatureConstructionMethod
from signxml.xades import XAdESDataObjectFormat, XAdESSigner

from signing.domain.formats import DetachedDocument
from tests.pki.factories import T0, Identity, make_ca, make_crl, make_leaf
from tests.signing.signing_world import CA_TYPE, CRL_URL, NOW, TSA_TYPE, listed, validate, world
from trustreg.pki.errors import EgressFailed

DATA = b"The parties agree on 1,000,000 yen.\n"
XML = b'<contract xmlns="urn:x" Id="c"><price>1,000,000</price><!-- in yen --></contract>'

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys and certificates of the world as files, and the data."""
    here = world()
    for name, identity in (("signer", here.signer), ("tsa", here.tsa), ("ca", here.ca), ("tsa-ca", here.tsa_ca)):
        (tmp_path / f"{name}.pem").write_bytes(_pem(identity.der))
        (tmp_path / f"{name}.key").write_bytes(private(identity))
    (tmp_path / "data.txt").write_bytes(DATA)
    return tmp_path


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def private(identity: Identity) -> bytes:
    return bytes(identity.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def openssl(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments, "-out", "out"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return (folder / "out").read_bytes()


def check(
    data: bytes, *beside: bytes, level: str, broken: Callable[[bytes], bytes] | None = None, **options: Any
) -> None:
    """It passes as it is, and does not once it or what it is over was changed."""
    report = validate(data, detached=[DetachedDocument("data.txt", one) for one in beside], **options)
    (signature,) = report.signatures
    assert (report.indication, report.sub_indication) == ("TOTAL-PASSED", None), [
        e.message.en for e in signature.errors
    ]
    assert (signature.intact, signature.coverage, signature.level) == (True, "whole", level)
    wrong = [DetachedDocument("data.txt", one.replace(b"1", b"9")) for one in beside]
    changed = validate(broken(data) if broken else data, detached=wrong, **options)
    assert changed.indication == "TOTAL-FAILED"
    assert {one.intact for one in changed.signatures} == {False}


def priced(data: bytes) -> bytes:
    return data.replace(b"1,000,000", b"9,000,000")


CMS = ("cms", "-sign", "-binary", "-in", "data.txt", "-signer", "signer.pem", "-inkey", "signer.key", "-outform", "DER")


@needs_openssl
@pytest.mark.parametrize(
    ("options", "level"),
    [
        (["-nodetach", "-cades"], "BASELINE-B"),
        (["-nodetach", "-cades", "-stream"], "BASELINE-B"),  # BER with indefinite lengths
        (["-nodetach", "-cades", "-keyid"], "BASELINE-B"),
        (["-nodetach", "-cades", "-md", "sha512"], "BASELINE-B"),
        (["-nodetach", "-cades", "-keyopt", "rsa_padding_mode:pss"], "BASELINE-B"),
        (["-nodetach", "-cades", "-certfile", "ca.pem"], "BASELINE-B"),
        (["-nodetach"], "NOT_ETSI"),
    ],
    ids=" ".join,
)
def test_openssl_cms_with_its_content(folder: Path, options: list[str], level: str) -> None:
    check(openssl(folder, *CMS, *options), level=level, broken=priced)


@needs_openssl
@pytest.mark.parametrize(("options", "level"), [(["-cades"], "BASELINE-B"), ([], "NOT_ETSI")], ids=["cades", "plain"])
def test_openssl_cms_beside_its_content(folder: Path, options: list[str], level: str) -> None:
    check(openssl(folder, *CMS, *options), DATA, level=level)


@needs_openssl
def test_openssl_cms_without_signed_attributes(folder: Path) -> None:
    check(openssl(folder, *CMS, "-nodetach", "-noattr"), level="NOT_ETSI", broken=priced)


@needs_openssl
def test_openssl_smime_pkcs7(folder: Path) -> None:
    arguments = ["smime", "-sign", "-binary", "-nodetach", *CMS[3:]]
    check(openssl(folder, *arguments), level="NOT_ETSI", broken=priced)


@needs_openssl
@pytest.mark.parametrize("kind", ["ec256", "ec384"])
def test_openssl_cms_with_other_keys(folder: Path, kind: str) -> None:
    ca = make_ca("Producers CA", kind=kind)
    leaf = make_leaf(ca, "Producer", kind=kind, crl_urls=[CRL_URL])
    (folder / "signer.pem").write_bytes(_pem(leaf.der))
    (folder / "signer.key").write_bytes(private(leaf))

    def fetch(url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
        if url != CRL_URL:
            raise EgressFailed("nothing there")
        return make_crl(ca, this_update=NOW)

    own = {"trust": listed((ca, CA_TYPE, ((T0, "qualified"),))), "fetcher": fetch}
    check(openssl(folder, *CMS, "-nodetach", "-cades"), level="BASELINE-B", broken=priced, **own)


TSA_CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = tsa-ca.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
"""


@needs_openssl
def test_openssl_time_stamps(folder: Path) -> None:
    """OpenSSL stamps with the clock of this machine, so that it is also the time of validation."""
    (folder / "tsa.cnf").write_text(TSA_CONFIGURATION)
    query = openssl(folder, "ts", "-query", "-data", "data.txt", "-sha256", "-cert")
    (folder / "query").write_bytes(query)
    reply = openssl(folder, "ts", "-reply", "-queryfile", "query", "-config", "tsa.cnf")
    trust = listed((world().tsa_ca, TSA_TYPE, ((T0, "qualified"),)))
    for data in (DATA, DATA + b"x"):
        report = validate(reply, detached=[DetachedDocument("data.txt", data)], trust=trust)
        (stamp,) = report.timestamps
        assert stamp.type == "standalone"
        assert stamp.intact is (data == DATA)
        assert (report.sub_indication == "HASH_FAILURE") is (data != DATA)


METHODS = {
    "inclusive": xmlsec.constants.TransformInclC14N,
    "exclusive": xmlsec.constants.TransformExclC14N,
    "with comments": xmlsec.constants.TransformExclC14NWithComments,
}


@pytest.mark.parametrize("method", METHODS)
def test_xmlsec_enveloped(method: str) -> None:
    """Comments are no part of what the empty URI signs (XMLDSig 4.4.3.2), whatever canonicalization follows."""
    root = etree.fromstring(XML)
    template = xmlsec.template.create(root, METHODS[method], xmlsec.constants.TransformRsaSha256)
    root.append(template)
    reference = xmlsec.template.add_reference(template, xmlsec.constants.TransformSha256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(private(world().signer), xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(_pem(world().signer.der), xmlsec.constants.KeyDataFormatPem)
    context.sign(template)
    check(etree.tostring(root), level="NOT_ETSI", broken=priced)


@pytest.mark.parametrize("method", [SignatureConstructionMethod.enveloped, SignatureConstructionMethod.enveloping])
def test_signxml_xades(method: SignatureConstructionMethod) -> None:
    signer = XAdESSigner(
        method=method,
        c14n_algorithm="http://www.w3.org/2006/12/xml-c14n11",  # its exclusive signing has a known fault
        data_object_format=XAdESDataObjectFormat(Description="A contract", MimeType="text/xml"),
    )
    made = signer.sign(etree.fromstring(XML), key=private(world().signer), cert=_pem(world().signer.der).decode())
    check(etree.tostring(made), level="BASELINE-B", broken=priced)


def test_jwcrypto_in_every_serialization() -> None:
    here = world()
    chain = [base64.b64encode(one.der).decode() for one in (here.signer, here.ca)]
    token = jws.JWS(DATA)
    key = jwk.JWK.from_pem(private(here.signer))
    token.add_signature(key, protected=json.dumps({"alg": "PS256", "x5c": chain}))
    flattened = json.loads(token.serialize())
    general = {
        "payload": flattened["payload"],
        "signatures": [{name: flattened[name] for name in ("protected", "signature")}],
    }

    def other(data: bytes) -> bytes:
        return data.replace(flattened["payload"].encode(), base64.urlsafe_b64encode(DATA[1:]).rstrip(b"="))

    for data in (token.serialize(compact=True), json.dumps(flattened), json.dumps(general)):
        report = validate(data.encode())
        (signature,) = report.signatures
        assert (signature.intact, signature.coverage, signature.level) == (True, "whole", "NOT_ETSI")
        assert validate(other(data.encode())).signatures[0].intact is False
