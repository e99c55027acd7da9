"""What is said of XML signatures that are as they should be, or nearly: levels, algorithms, time-stamps, properties."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from lxml import etree

from signing.domain.formats import DetachedDocument
from tests.pki.factories import make_leaf, make_token
from tests.signing.signing_world import CA_TYPE, NOW, T0, listed, network, world
from tests.signing.xml_world import (
    DOCUMENT,
    SIGNED_AT,
    STAMPED_AT,
    Root,
    changed,
    check,
    ds,
    find,
    only,
    signed,
    signer,
    xades,
)
from trustreg.demo.pki.xml_signer import EXC_C14N, SignedData, XmlSigner, canonical, detached, enveloping
from trustreg.pki.indications import Indication


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_each_level_passes_and_is_named(level: str) -> None:
    report = only(check(signed(level=level)))
    assert (report.indication, report.level, report.coverage) == (
        Indication.TOTAL_PASSED,
        f"BASELINE-{level}",
        "whole",
    )
    assert report.signing_time == SIGNED_AT
    assert report.best_signature_time == (NOW if level == "B" else STAMPED_AT)
    kinds = {"B": [], "T": ["signature"], "LT": ["signature"], "LTA": ["signature", "archive"]}[level]
    assert [stamp.type for stamp in report.timestamps] == kinds
    assert all(stamp.proof and stamp.intact for stamp in report.timestamps)
    assert not report.errors
    assert not report.warnings


@pytest.mark.parametrize(
    ("kind", "digest", "pss"),
    [
        ("rsa2048", "sha256", False),
        ("rsa2048", "sha512", False),
        ("rsa2048", "sha256", True),
        ("rsa2048", "sha512", True),
        ("ec256", "sha256", False),
        ("ec256", "sha512", False),
        ("ec384", "sha384", False),
        ("ec521", "sha512", False),
        ("brainpool256", "sha256", False),
        ("ed25519", "sha256", False),
        ("ed448", "sha512", False),
    ],
)
def test_algorithms(kind: str, digest: str, pss: bool) -> None:
    leaf = make_leaf(world().ca, f"Signer {kind}", kind=kind, qc=["esign"], crl_urls=["http://crl.test/ca.crl"])
    data = signed(by=signer(leaf, digest=digest, pss=pss))
    report = only(check(data))
    assert (report.indication, report.intact) == (Indication.TOTAL_PASSED, True), report.errors
    broken = only(check(changed(data, lambda root: find(root, "item").set("n", "7"))))
    assert broken.intact is False


def test_parametrised_pss_reads_its_parameters() -> None:
    from cryptography.hazmat.primitives.asymmetric import padding

    from signing.domain.xades.algorithms import RSA_PSS

    root = etree.fromstring(signed())
    method = find(root, "SignatureMethod")
    method.set("Algorithm", RSA_PSS)
    space = "http://www.w3.org/2007/05/xmldsig-more#"
    parameters = etree.SubElement(method, f"{{{space}}}RSAPSSParams", nsmap={"pss": space})
    etree.SubElement(parameters, ds("DigestMethod"), Algorithm="http://www.w3.org/2001/04/xmlenc#sha512")
    mask = etree.SubElement(parameters, f"{{{space}}}MaskGenerationFunction", Algorithm=f"{space}MGF1")
    etree.SubElement(mask, ds("DigestMethod"), Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(parameters, f"{{{space}}}SaltLength").text = "20"
    root = etree.fromstring(etree.tostring(root))
    value = world().signer.private_key.sign(
        canonical(find(root, "SignedInfo")), padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA512()
    )
    find(root, "SignatureValue").text = base64.b64encode(value).decode()
    assert only(check(etree.tostring(root))).intact is True
    find(root, "SaltLength").text = "21"
    assert only(check(etree.tostring(root))).intact is False


def test_an_algorithm_that_is_no_longer_reliable_does_not_pass() -> None:
    root = etree.fromstring(signed())
    tree = etree.fromstring(DOCUMENT).getroottree()
    octets = etree.tostring(tree, method="c14n", exclusive=True, with_comments=False)
    reference = find(root, "Reference")
    find(reference, "DigestMethod").set("Algorithm", f"{ds('')[1:-1]}sha1")
    find(reference, "DigestValue").text = base64.b64encode(hashlib.sha1(octets).digest()).decode()
    value = signer().plain_value(canonical(find(root, "SignedInfo")))
    find(root, "SignatureValue").text = base64.b64encode(value).decode()
    report = only(check(etree.tostring(root)))
    assert (report.intact, report.indication) == (True, Indication.INDETERMINATE)
    assert report.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


# --- time-stamps ---------------------------------------------------------------------------------------------------


def _token_of(root: Root, container: str) -> Root:
    return find(find(root, container), "EncapsulatedTimeStamp")


def test_a_time_stamp_over_something_else_proves_nothing() -> None:
    def swap(root: Root) -> None:
        other = make_token(world().tsa, b"something else", gen_time=STAMPED_AT)
        _token_of(root, "SignatureTimeStamp").text = base64.b64encode(other).decode()

    report = only(check(changed(signed(level="T"), swap)))
    assert [(one.intact, one.proof) for one in report.timestamps] == [(False, False)]
    assert report.best_signature_time == NOW
    assert report.timestamps[0].sub_indication == "HASH_FAILURE"


@pytest.mark.parametrize(
    "change",
    ["CertificateValues", "SignatureTimeStamp", "KeyInfo"],
)
def test_an_archive_time_stamp_covers_what_was_there_before_it(change: str) -> None:
    """EN 319 132-1, 5.5.2: what is changed or taken away breaks its imprint."""

    def remove(root: Root) -> None:
        one = find(root, change)
        if change == "KeyInfo":
            etree.SubElement(one, ds("KeyName")).text = "x"
            return
        parent = one.getparent()
        assert parent is not None
        parent.remove(one)

    report = only(check(changed(signed(level="LTA"), remove)))
    archive = [one for one in report.timestamps if one.type == "archive"]
    assert [(one.intact, one.proof) for one in archive] == [(False, False)]


def test_what_is_added_after_an_archive_time_stamp_leaves_it_intact() -> None:
    def add(root: Root) -> None:
        etree.SubElement(find(root, "UnsignedSignatureProperties"), xades("CertificateValues"))

    report = only(check(changed(signed(level="LTA"), add)))
    assert [one.intact for one in report.timestamps] == [True, True]


def test_the_order_of_properties_counts_for_an_archive_time_stamp() -> None:
    def turn(root: Root) -> None:
        properties = find(root, "UnsignedSignatureProperties")
        first, second = properties[1], properties[2]
        properties.remove(second)
        properties.insert(properties.index(first), second)

    report = only(check(changed(signed(level="LTA"), turn)))
    assert [one.intact for one in report.timestamps] == [True, False]


def test_the_distributed_case_is_not_guessed() -> None:
    def include(root: Root) -> None:
        stamp = find(root, "ArchiveTimeStamp")
        one = etree.Element(xades("Include"), URI="#x")
        stamp.insert(0, one)

    report = only(check(changed(signed(level="LTA"), include)))
    assert [(one.type, one.intact) for one in report.timestamps] == [("signature", True)]


def test_an_archive_time_stamp_older_than_what_it_covers_is_pointed_out() -> None:
    by = signer()
    times = iter([STAMPED_AT, STAMPED_AT - timedelta(minutes=30)])
    backwards = XmlSigner(
        by.certificate,
        by.key,
        by.chain,
        stamp=lambda octets: make_token(world().tsa, octets, gen_time=next(times)),
        values=by.values,
    )
    report = only(check(signed(level="LTA", by=backwards)))
    assert (report.indication.value, report.sub_indication) == ("INDETERMINATE", "TIMESTAMP_ORDER_FAILURE")
    assert only(check(signed(level="LTA"))).sub_indication is None


def test_an_unreadable_time_stamp_is_shown_and_proves_nothing() -> None:
    data = changed(signed(level="T"), lambda root: setattr(_token_of(root, "SignatureTimeStamp"), "text", "AAAA"))
    report = check(data)
    assert only(report).best_signature_time == NOW
    assert report.timestamps[0].sub_indication == "FORMAT_FAILURE"
    assert only(report).level == "BES" or only(report).level.startswith("BASELINE-B")


def test_a_signature_outlives_its_certificate_with_an_archive_time_stamp_only_while_the_stamp_proves() -> None:
    later = NOW + timedelta(days=500)
    unstamped = only(check(signed(), now=later, fetcher=network(at=later)))
    assert unstamped.indication is Indication.INDETERMINATE
    stamped = only(check(signed(level="LT"), now=later, fetcher=network(at=later)))
    assert stamped.indication is Indication.TOTAL_PASSED, stamped.errors


# --- counter-signatures --------------------------------------------------------------------------------------------


def countersigned(level: str = "B") -> bytes:
    root = etree.fromstring(signed(level=level))
    signer().countersign(find(root, "Signature"), level="T")
    return etree.tostring(root)


def test_a_counter_signature_confirms_its_parent() -> None:
    report = check(countersigned())
    parent, counter = report.signatures
    assert report.indication is Indication.TOTAL_PASSED, counter.errors
    assert (parent.countersigns, counter.countersigns) == (None, parent.id)
    assert (counter.intact, counter.coverage, counter.level) == (True, "whole", "BASELINE-T")


def test_a_counter_signature_of_another_signature_is_found_out() -> None:
    foreign = etree.fromstring(countersigned())
    counter = find(foreign, "CounterSignature")
    root = etree.fromstring(signed(level="T"))
    find(root, "UnsignedSignatureProperties").append(counter)
    report = check(etree.tostring(root))
    assert report.indication is not Indication.TOTAL_PASSED
    assert report.signatures[1].indication is not Indication.TOTAL_PASSED
    assert report.signatures[1].coverage == "none"


def test_a_counter_signature_over_a_changed_value_is_broken() -> None:
    def change(root: Root) -> None:
        value = find(root, "SignatureValue")
        octets = bytearray(base64.b64decode(value.text or ""))
        octets[5] ^= 1
        value.text = base64.b64encode(bytes(octets)).decode()

    report = check(changed(countersigned(), change))
    assert [one.intact for one in report.signatures] == [False, False]
    assert [one.coverage for one in report.signatures] == ["none", "none"]


def test_two_signatures_side_by_side() -> None:
    """The second covers the first; the first left out all signatures."""
    root = etree.fromstring(DOCUMENT)
    by = signer()
    octets = etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    transforms = ("http://www.w3.org/TR/1999/REC-xpath-19991116", EXC_C14N)
    for _ in range(2):
        signature = by.sign([SignedData("", octets, "text/xml", transforms)], signing_time=SIGNED_AT)
        root.append(signature)
        root = etree.fromstring(etree.tostring(root))
        last = root.findall(ds("Signature"))[-1]
        transform = find(last, "Transform")
        expression = etree.SubElement(transform, ds("XPath"))
        expression.text = "not(ancestor-or-self::ds:Signature)"
        value = by.plain_value(canonical(find(last, "SignedInfo")))
        find(last, "SignatureValue").text = base64.b64encode(value).decode()
    report = check(etree.tostring(root))
    assert report.indication is Indication.TOTAL_PASSED, [one.errors for one in report.signatures]
    assert [one.coverage for one in report.signatures] == ["whole", "whole"]


# --- properties ----------------------------------------------------------------------------------------------------


def test_a_plain_xml_signature_says_that_nothing_binds_its_certificate() -> None:
    from tests.signing.test_xades_canonical import _by_xmlsec, _template

    root = etree.fromstring(DOCUMENT)
    data = _by_xmlsec(root, _template(root, "", [f"{ds('')[1:-1]}enveloped-signature", EXC_C14N], EXC_C14N))
    report = only(check(data))
    assert (report.indication, report.level) == (Indication.TOTAL_PASSED, "NOT_ETSI")
    assert "SIGNING_CERTIFICATE_REFERENCE" in {one.code for one in report.warnings}


def test_place_and_time_are_read_from_what_is_signed() -> None:
    from trustreg.demo.pki.xml_signer import enveloped

    report = only(check(enveloped(DOCUMENT, signer(), signing_time=SIGNED_AT, place="東京")))
    assert (report.location, report.signing_time) == ("東京", SIGNED_AT)


def test_a_missing_format_keeps_from_the_baseline_and_no_more() -> None:
    by = signer()
    root = etree.fromstring(DOCUMENT)
    octets = etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    data = SignedData("", octets, "text/xml", (f"{ds('')[1:-1]}enveloped-signature", EXC_C14N))
    root.append(by.sign([data], signing_time=SIGNED_AT))
    find(find(root, "SignedInfo"), "Reference").set("Id", "other")
    find(root, "SignatureValue").text = base64.b64encode(by.plain_value(canonical(find(root, "SignedInfo")))).decode()
    report = only(check(etree.tostring(root)))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.level == "NOT_ETSI"
    assert "BASELINE_LEVEL" in {one.code for one in report.warnings}


def test_a_certificate_outside_key_info_is_found_by_the_signed_reference_only() -> None:
    def move(root: Root) -> None:
        data = find(root, "X509Data")
        data.remove(data[0])

    report = only(check(changed(signed(), move)))
    assert report.intact is not True
    assert report.sub_indication in ("NO_SIGNING_CERTIFICATE_FOUND", "SIG_CRYPTO_FAILURE")


def test_a_withdrawn_service_is_no_anchor() -> None:
    gone = listed((world().ca, CA_TYPE, ((T0, "qualified"), (NOW - timedelta(days=1), "withdrawn"))))
    report = only(check(signed(), trust=gone))
    assert (report.intact, report.sub_indication) == (True, "NO_CERTIFICATE_CHAIN_FOUND")


# --- documents beside, encodings -----------------------------------------------------------------------------------


def test_a_detached_document_under_another_name_is_said_to_be() -> None:
    data = detached({"a%20b.txt": b"one"}, signer(), signing_time=SIGNED_AT)
    right = only(check(data, detached=[DetachedDocument("a b.txt", b"one")]))
    assert (right.indication, right.warnings) == (Indication.TOTAL_PASSED, ())
    renamed = only(check(data, detached=[DetachedDocument("c.txt", b"one")]))
    assert renamed.indication is Indication.TOTAL_PASSED
    assert [one.code for one in renamed.warnings] == ["DETACHED_NAME"]


def test_a_digest_stands_for_a_detached_document() -> None:
    data = detached({"a.txt": b"one"}, signer(), signing_time=SIGNED_AT)
    good = only(check(data, digests={"sha256": hashlib.sha256(b"one").digest()}))
    assert (good.indication, good.coverage) == (Indication.TOTAL_PASSED, "whole")
    assert only(check(data, digests={"sha256": hashlib.sha256(b"two").digest()})).intact is False
    assert only(check(data, digests={"sha512": hashlib.sha512(b"one").digest()})).intact is None


def test_an_enveloping_signature_is_the_whole_document() -> None:
    report = only(check(enveloping("茶".encode(), signer(), level="T", signing_time=SIGNED_AT)))
    assert (report.indication, report.coverage, report.level) == (Indication.TOTAL_PASSED, "whole", "BASELINE-T")


@pytest.mark.parametrize("encoding", ["UTF-16", "Shift_JIS", "EUC-JP", "UTF-8"])
def test_other_encodings_are_the_same_document(encoding: str) -> None:
    data = etree.fromstring(signed())
    text = '<?xml version="1.0" encoding="' + encoding + '"?>' + etree.tostring(data, encoding="unicode")
    report = only(check(text.encode(encoding)))
    assert (report.indication, report.coverage) == (Indication.TOTAL_PASSED, "whole")


def test_xml_without_a_signature_is_not_signed() -> None:
    report = check(b"<a><b/></a>")
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "NO_SIGNATURE_FOUND")


def test_the_report_is_the_same_each_time() -> None:
    data = countersigned("LTA")
    assert check(data).to_json() == check(data).to_json()


def test_unused_certificates_beside_do_no_harm() -> None:
    def add(root: Root) -> None:
        data = find(root, "X509Data")
        for octets in (b"no certificate", world().tsa.der):
            etree.SubElement(data, ds("X509Certificate")).text = base64.b64encode(octets).decode()

    report = only(check(changed(signed(), add)))
    assert (report.indication, report.signer and report.signer.common_name) == (
        Indication.TOTAL_PASSED,
        "World Signer",
    )


def test_what_signxml_signs_is_intact_and_whole() -> None:
    from cryptography.hazmat.primitives import serialization
    from signxml import CanonicalizationMethod
    from signxml.xades import XAdESSigner

    here = world().signer
    key = here.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = here.x509.public_bytes(serialization.Encoding.PEM)
    for method in (CanonicalizationMethod.CANONICAL_XML_1_1, CanonicalizationMethod.CANONICAL_XML_1_0):
        root = XAdESSigner(c14n_algorithm=method).sign(
            etree.fromstring(b"<p:a xmlns:p='urn:a'><b/></p:a>"), key=key, cert=pem
        )
        report = only(check(etree.tostring(root)))
        assert (report.intact, report.coverage) == (True, "whole"), [one.message.en for one in report.errors]
