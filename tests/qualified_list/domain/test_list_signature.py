"""The signature of lists: made so that others accept it, and believed only when it covers everything."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import signxml
import trusted_list_factory as factory
import xmlsec
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.qualified import eutl_parse
from signxml.verifier import SignatureConfiguration
from signxml.xades import XAdESVerifier

from qualified_list.domain import errors
from qualified_list.domain.signature import EXC_C14N, sign_list, verify_list
from qualified_list.domain.xml import parse_list, render_list
from signing.keys.backend import SignatureAlgorithm
from signing.keys.file import FileKey
from signing.keys.list_signer import list_signer_certificate
from trustreg.pki.certificates import parse_certificate

KEY_TYPES = ["p256", "p384", "rsa"]
ISSUE = factory.issue(factory.service(history=(factory.state("specified", factory.ISSUED - timedelta(days=1)),)))


@functools.cache
def signed(key_type: str = "p256") -> bytes:
    return sign_list(render_list(ISSUE), key=factory.signer(key_type), at=factory.ISSUED)


def own(key_type: str = "p256") -> list[bytes]:
    return [factory.signer(key_type).certificate]


# Made so that others accept it.


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_a_signed_list_verifies_and_is_the_same_list(key_type: str) -> None:
    xml = signed(key_type)
    verified = verify_list(xml, signer_keys=own(key_type), demand_tsl_signing=True)
    assert parse_list(verified.root).list == ISSUE
    assert verified.sha256 == hashlib.sha256(xml).hexdigest()
    assert verified.signer == factory.signer(key_type).certificate
    assert verified.signing_time == factory.ISSUED
    assert verified.signing_certificate_v2
    assert verified.root.find(".//{http://www.w3.org/2000/09/xmldsig#}Signature") is None


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_signxml_accepts_it(key_type: str) -> None:
    certificate = factory.signer(key_type)
    pem = (
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate.certificate) + b"-----END CERTIFICATE-----\n"
    )
    results = XAdESVerifier().verify(
        signed(key_type),
        x509_cert=pem.decode(),
        expect_references=2,
        expect_config=SignatureConfiguration(
            location="./",
            expect_references=2,
            signature_methods=frozenset(signxml.SignatureMethod),
            digest_algorithms=frozenset(signxml.DigestAlgorithm),
        ),
    )
    assert len(results) == 2


@pytest.mark.parametrize("key_type", KEY_TYPES)
def test_xmlsec_accepts_it(key_type: str) -> None:
    root = etree.fromstring(signed(key_type))
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        factory.signer(key_type).certificate, xmlsec.constants.KeyDataFormatCertDer, None
    )
    context.verify(root.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))


def test_pyhanko_reads_it() -> None:
    """With the signature verified by its signxml, and its typed reading of every element."""
    signer = asn1_x509.Certificate.load(factory.signer("rsa").certificate)
    _, problems = eutl_parse.trust_list_to_registry(signed("rsa").decode(), [signer])
    assert problems == []
    with pytest.raises(SignatureValidationError):
        eutl_parse.trust_list_to_registry(signed("p256").decode(), [signer])


def test_the_bytes_before_the_signature_stay() -> None:
    unsigned = render_list(ISSUE)
    assert signed().startswith(unsigned[: unsigned.rindex(b"</TrustServiceStatusList>")])


def test_a_list_is_signed_once_and_not_with_any_key() -> None:
    with pytest.raises(ValueError, match="unsigned"):
        sign_list(signed(), key=factory.signer(), at=factory.ISSUED)
    edwards = ed25519.Ed25519PrivateKey.generate()
    certificate = _certificate_of(edwards)
    with pytest.raises(ValueError, match="RSA or ECDSA"):
        sign_list(render_list(ISSUE), key=FileKey(edwards, certificate), at=factory.ISSUED)


def _certificate_of(key: ed25519.Ed25519PrivateKey) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(factory.ISSUED).not_valid_after(factory.NEXT)
    return builder.sign(key, None).public_bytes(Encoding.DER)


# Real lists.


# Believed only when it covers everything.


def test_pins_are_certificates_or_key_digests() -> None:
    digest = parse_certificate(own()[0]).spki_sha256
    verify_list(signed(), signer_keys=[digest])
    with pytest.raises(errors.ListSignerUnknown):
        verify_list(signed(), signer_keys=[hashlib.sha256(own()[0]).digest()])


def test_a_signer_without_tsl_signing_is_refused_where_it_is_demanded() -> None:
    key = factory.key("no eku")
    certificate = factory.ca_certificate("no eku")
    xml = sign_list(render_list(ISSUE), key=FileKey(key, certificate), at=factory.ISSUED)
    verify_list(xml, signer_keys=[certificate])
    with pytest.raises(errors.ListSignerUnknown, match="tslSigning"):
        verify_list(xml, signer_keys=[certificate], demand_tsl_signing=True)


@pytest.mark.parametrize("position", range(0, len(signed()), 397))
def test_no_byte_can_change(position: int) -> None:
    """Wherever a byte of the list or its signature changes, the list is refused or the verified content is the same."""
    xml = signed()
    changed = xml[:position] + bytes([xml[position] ^ 1]) + xml[position + 1 :]
    try:
        verified = verify_list(changed, signer_keys=own())
    except (errors.ListUnreadable, errors.ListSignatureError):
        return
    assert parse_list(verified.root).list == ISSUE


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 60), st.binary(max_size=20))
def test_damage_is_refused_in_our_own_words_or_changes_nothing(position: int, length: int, junk: bytes) -> None:
    xml = signed()
    position %= len(xml)
    damaged = xml[:position] + junk + xml[position + length :]
    try:
        verified = verify_list(damaged, signer_keys=own())
    except (errors.ListUnreadable, errors.ListSignatureError):
        return
    assert parse_list(verified.root).list == ISSUE


def test_a_list_without_a_canonical_form_is_refused() -> None:
    relative = _replace("http://uri.etsi.org/02231/v2#", "uri.etsi.org/02231/v2#", -1)(signed())
    own_namespace = _replace("<ds:SignedInfo", '<ds:SignedInfo xmlns:x="relative"')(signed())
    for xml in (relative, own_namespace):
        with pytest.raises((errors.ListUnreadable, errors.ListSignatureError)):
            verify_list(xml, signer_keys=own())


def _replace(old: str, new: str, count: int = 1) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        assert old.encode() in xml
        return xml.replace(old.encode(), new.encode(), count)

    return change


def _second_signature(xml: bytes) -> bytes:
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", xml, re.DOTALL)
    assert signature
    return xml.replace(b"</TrustServiceStatusList>", signature.group(0) + b"</TrustServiceStatusList>")


def _hidden_in_provider(xml: bytes) -> bytes:
    """The signature moved to where a reader of the root alone does not look."""
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", xml, re.DOTALL)
    assert signature
    moved = xml.replace(signature.group(0), b"")
    return moved.replace(b"</TSPServices>", signature.group(0) + b"</TSPServices>")


def _wrapped(xml: bytes) -> bytes:
    """Signature wrapping: the signed list as an object in the signature of a forged one."""
    body = xml[xml.index(b"<TrustServiceStatusList") :]
    forged = body.replace(b"Svcstatus/qualified", b"Svcstatus/specified")
    inner = re.sub(rb"<ds:Signature .*</ds:Signature>", b"", body, flags=re.DOTALL)
    return forged.replace(b"</ds:Signature>", b"<ds:Object>" + inner + b"</ds:Object></ds:Signature>")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_second_signature, errors.ListSignatureAmbiguous),
        (_hidden_in_provider, errors.ListSignatureAmbiguous),
        (_wrapped, errors.ListSignatureAmbiguous),
        (_replace("Svcstatus/qualified", "Svcstatus/specified"), errors.ListSignatureBroken),
        (_replace('URI=""', 'URI="#list-1"'), errors.ListSignatureBroken),
        (_replace('URI=""', 'URI="https://example.jp/tl.xml"'), errors.ListSignatureBroken),
        (_replace("enveloped-signature", "base64"), errors.ListSignatureBroken),
        (_replace(EXC_C14N, "http://www.w3.org/TR/1999/REC-xslt-19991116", 9), errors.ListSignatureUnsupported),
        (_replace("ecdsa-sha256", "ecdsa-sha1"), errors.ListSignatureUnsupported),
        (_replace("ecdsa-sha256", "hmac-sha256"), errors.ListSignatureUnsupported),
        (_replace("<xades:SigningTime>2026", "<xades:SigningTime>2025"), errors.ListSignatureBroken),
        (_replace(' Id="properties-', ' Id="list-1" x="'), errors.ListSignatureAmbiguous),
        (_replace("<ds:KeyInfo>", "<ds:KeyInfo/><ds:KeyInfo hidden='1'>"), None),
        (_replace("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"), errors.ListSignatureBroken),
        (_replace("<ds:SignatureValue>", "<ds:SignatureValue>!"), errors.ListSignatureUnsupported),
    ],
)
def test_attacks(change: Callable[[bytes], bytes], reason: type[Exception] | None) -> None:
    changed = change(signed())
    if reason is None:
        assert parse_list(verify_list(changed, signer_keys=own()).root).list == ISSUE
        return
    with pytest.raises(reason):
        verify_list(changed, signer_keys=own())


def test_a_list_signed_by_another_with_our_certificate_in_key_info_is_broken() -> None:
    key = factory.key("forger")
    certificate = list_signer_certificate(
        key,
        territory="JP",
        operator_name=factory.OPERATOR,
        common_name="Trusted list signer",
        not_before=factory.ISSUED - timedelta(days=1),
        not_after=factory.NEXT,
    )
    forged = sign_list(render_list(ISSUE), key=FileKey(key, certificate), at=factory.ISSUED)
    with pytest.raises(errors.ListSignerUnknown):
        verify_list(forged, signer_keys=own())
    swapped = forged.replace(base64.b64encode(certificate), base64.b64encode(own()[0]))
    with pytest.raises(errors.ListSignatureBroken):
        verify_list(swapped, signer_keys=own())


def test_comments_are_not_part_of_what_was_verified() -> None:
    xml = signed().replace(b"<TSLSequenceNumber>1", b"<!-- evil --><TSLSequenceNumber>1<!-- 2 -->")
    verified = verify_list(xml, signer_keys=own())
    assert not [node for node in verified.root.iter() if not isinstance(node.tag, str)]
    assert parse_list(verified.root).list == ISSUE


def test_the_digest_follows_the_key() -> None:
    assert factory.signer("rsa").algorithm is SignatureAlgorithm.RSA_SHA512
    verified = verify_list(signed("rsa"), signer_keys=own("rsa"))
    assert verified.method.endswith("#rsa-sha512")
    assert verified.digest.endswith("#sha512")
