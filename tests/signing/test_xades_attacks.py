"""XML made to be taken for what it is not: signature wrapping, hostile structures, forbidden algorithms.

Every shape starts from a signature that passes in this world, so that nothing but the shape can fail it.
"""

from __future__ import annotations

import base64
import copy
import re
import time
from collections.abc import Callable

import pytest
from lxml import etree

from signing.domain.report import SignatureReport
from tests.signing.signing_world import world
from tests.signing.xml_world import (
    DOCUMENT,
    SIGNED_AT,
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
from trustreg.demo.pki.xml_signer import (
    COUNTERSIGNED,
    DS,
    ENVELOPED,
    EXC_C14N,
    SignedData,
    XmlSigner,
    canonical,
    detached,
    enveloping,
)
from trustreg.pki.indications import Indication

EVIL = b'<order xmlns="urn:test:order" Id="order"><item n="1000000">gold</item></order>'


def refused(data: bytes, *, intact: bool | str | None = "any") -> SignatureReport:
    """The first signature, after making sure that neither it nor the document passed or counts as whole."""
    report = check(data)
    assert report.indication is not Indication.TOTAL_PASSED
    first = report.signatures[0]
    assert first.indication is not Indication.TOTAL_PASSED
    if intact != "any":
        assert first.intact is intact, first.errors
    return first


def by_identifier(xml: bytes = DOCUMENT) -> bytes:
    """Enveloped, with the root named by its Id instead of the empty URI."""
    root = etree.fromstring(xml)
    octets = canonical(root)
    data = SignedData(f"#{root.get('Id')}", octets, "text/xml", (ENVELOPED, EXC_C14N))
    root.append(signer().sign([data], signing_time=SIGNED_AT))
    return etree.tostring(root)


def enveloping_xml(*, manifest: bool = False) -> bytes:
    """A signature whose Object (or a Manifest in an Object, over it) is signed."""
    holder = etree.Element(ds("Object"), Id="data", nsmap={"ds": DS})
    holder.append(etree.fromstring(b'<pay xmlns="urn:p" amount="1"/>'))
    data = SignedData("#data", canonical(holder), "text/xml", (EXC_C14N,), f"{DS}Object")
    objects = [holder]
    if manifest:
        import hashlib

        wrap = etree.Element(ds("Object"), nsmap={"ds": DS})
        inner = etree.SubElement(wrap, ds("Manifest"), Id="manifest")
        reference = etree.SubElement(inner, ds("Reference"), URI="#data")
        transforms = etree.SubElement(reference, ds("Transforms"))
        etree.SubElement(transforms, ds("Transform"), Algorithm=EXC_C14N)
        etree.SubElement(reference, ds("DigestMethod"), Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
        digest = hashlib.sha256(canonical(holder)).digest()
        etree.SubElement(reference, ds("DigestValue")).text = base64.b64encode(digest).decode()
        data = SignedData("#manifest", canonical(inner), "text/xml", (EXC_C14N,), f"{DS}Manifest")
        objects.append(wrap)
    return etree.tostring(signer().sign([data], objects=objects, signing_time=SIGNED_AT))


def test_the_shapes_start_from_signatures_that_pass() -> None:
    for data in (signed(), by_identifier(), enveloping_xml(), enveloping_xml(manifest=True)):
        report = only(check(data))
        assert (report.indication, report.coverage, report.intact) == (Indication.TOTAL_PASSED, "whole", True), report


# --- the shapes of EU DSS's own tests, made anew -------------------------------------------------------------------


def fake_content(root: Root) -> Root:
    """FakeContent: a new root; the signed one lies in an Object of the signature."""
    signature = find(root, "Signature")
    root.remove(signature)
    evil = etree.fromstring(EVIL)
    evil.set("Id", "evil")
    etree.SubElement(signature, ds("Object")).append(root)
    evil.append(signature)
    return evil


def fake_content_misplaced(root: Root) -> Root:
    """FakeContentMisplaced: the signed root lies deep in an unsigned one, the signature where it was."""
    evil = etree.fromstring(EVIL)
    evil.set("Id", "evil")
    deep = etree.SubElement(etree.SubElement(evil, "{urn:test:order}meta"), "{urn:test:order}other")
    deep.append(root)
    return evil


def fake_content_same_id(root: Root) -> Root:
    """TwoSameId: the new root carries the Id of the signed one, which is hidden."""
    signature = find(root, "Signature")
    root.remove(signature)
    evil = etree.fromstring(EVIL)
    etree.SubElement(signature, ds("Object")).append(root)
    evil.append(signature)
    return evil


def fake_content_sibling_same_id(root: Root) -> Root:
    """The hidden original stands before the new content, in a wrapper that looks harmless."""
    evil = fake_content_same_id(root)
    hidden = find(evil, "Object")
    for one in evil.iter(ds("Object")):
        if len(one) and one[0].tag.endswith("}order"):
            hidden = one
    evil.insert(0, hidden[0])
    return evil


def fake_signed_properties(root: Root) -> None:
    """FakeSignedProperties: new ones where they belong, the signed ones in an Object of their own."""
    real = find(root, "SignedProperties")
    fake = copy.deepcopy(real)
    fake.set("Id", "fake")
    find(fake, "SigningTime").text = "2218-01-01T00:00:00Z"
    parent = real.getparent()
    assert parent is not None
    parent.replace(real, fake)
    etree.SubElement(find(root, "Signature"), ds("Object")).append(real)


def fake_signed_properties_same_id(root: Root) -> None:
    """The same with one Id."""
    fake_signed_properties(root)
    one = next(p for p in root.iter(xades("SignedProperties")) if p.get("Id") == "fake")
    other = next(p for p in root.iter(xades("SignedProperties")) if p is not one)
    one.set("Id", other.get("Id") or "")


def second_qualifying_properties(root: Root) -> None:
    """Two QualifyingProperties, the signed one second."""
    signature = find(root, "Signature")
    real = find(root, "QualifyingProperties").getparent()
    assert real is not None
    fake = copy.deepcopy(real)
    find(fake, "SignedProperties").set("Id", "fake")
    find(fake, "SigningTime").text = "2218-01-01T00:00:00Z"
    signature.insert(signature.index(real), fake)


def fake_object(root: Root) -> None:
    """FakeObject: an evil Object; the signed one lies inside another."""
    real = find(root, "Object")
    evil = etree.Element(ds("Object"), Id="evil")
    etree.SubElement(evil, "{urn:p}pay", amount="1000000")
    root.insert(root.index(real), evil)
    etree.SubElement(root, ds("Object")).append(real)


def fake_object_beside(root: Root) -> None:
    """One more Object, which nothing signs."""
    evil = etree.Element(ds("Object"), Id="evil")
    etree.SubElement(evil, "{urn:p}pay", amount="1000000")
    root.insert(3, evil)


def fake_manifest(root: Root) -> None:
    """FakeManifest: an evil Manifest where one belongs, the signed one deeper."""
    real = find(root, "Manifest")
    parent = real.getparent()
    assert parent is not None
    evil = copy.deepcopy(real)
    evil.set("Id", "evil")
    parent.replace(real, evil)
    etree.SubElement(etree.SubElement(root, ds("Object")), ds("Object")).append(real)


def reference_removed(root: Root) -> None:
    """SignedDataRemoved: the reference to the data is gone."""
    info = find(root, "SignedInfo")
    info.remove(info.findall(ds("Reference"))[0])


def properties_reference_removed(root: Root) -> None:
    """SignedPropertiesRemoved: the reference to them is gone."""
    info = find(root, "SignedInfo")
    info.remove(info.findall(ds("Reference"))[1])


def properties_removed(root: Root) -> None:
    """The signed properties themselves are gone."""
    one = find(root, "SignedProperties")
    parent = one.getparent()
    assert parent is not None
    parent.remove(one)


SHAPES: list[tuple[str, Callable[[], bytes], Callable[[Root], Root | None], str]] = [
    ("fake content, empty URI", signed, fake_content, "HASH_FAILURE"),
    ("fake content, by Id", by_identifier, fake_content, "SIG_CONSTRAINTS_FAILURE"),
    ("fake content, misplaced, empty URI", signed, fake_content_misplaced, "HASH_FAILURE"),
    ("fake content, misplaced, by Id", by_identifier, fake_content_misplaced, "SIG_CONSTRAINTS_FAILURE"),
    ("two of one Id", by_identifier, fake_content_same_id, "FORMAT_FAILURE"),
    ("two of one Id, original first", by_identifier, fake_content_sibling_same_id, "FORMAT_FAILURE"),
    ("fake SignedProperties", signed, fake_signed_properties, "SIGNED_DATA_NOT_FOUND"),
    ("fake SignedProperties of one Id", signed, fake_signed_properties_same_id, "FORMAT_FAILURE"),
    ("second QualifyingProperties", signed, second_qualifying_properties, "FORMAT_FAILURE"),
    ("fake Object", enveloping_xml, fake_object, "SIGNED_DATA_NOT_FOUND"),
    ("unsigned Object", enveloping_xml, fake_object_beside, "SIG_CONSTRAINTS_FAILURE"),
    ("fake Manifest", lambda: enveloping_xml(manifest=True), fake_manifest, "SIGNED_DATA_NOT_FOUND"),
    ("reference to the data removed", signed, reference_removed, "SIG_CRYPTO_FAILURE"),
    ("reference to the properties removed", signed, properties_reference_removed, "SIG_CRYPTO_FAILURE"),
    ("properties removed", signed, properties_removed, "SIGNED_DATA_NOT_FOUND"),
]


@pytest.mark.parametrize(
    ("make", "wrap", "sub_indication"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES]
)
def test_wrapping_never_passes_and_is_never_whole(
    make: Callable[[], bytes], wrap: Callable[[Root], Root | None], sub_indication: str
) -> None:
    report = refused(changed(make(), wrap))
    assert report.coverage in ("partial", "none")
    assert report.sub_indication == sub_indication, [(one.code, one.message.en) for one in report.errors]
    assert report.signing_time is None or report.signing_time.year < 2100


def test_a_signature_over_a_part_says_partial() -> None:
    root = etree.fromstring(b'<letter xmlns="urn:l"><part Id="p">signed</part><part>not signed</part></letter>')
    part = root[0]
    root.append(signer().sign([SignedData("#p", canonical(part), "text/xml", (EXC_C14N,))], signing_time=SIGNED_AT))
    report = refused(etree.tostring(root), intact=True)
    assert (report.coverage, report.sub_indication) == ("partial", "SIG_CONSTRAINTS_FAILURE")


def test_an_unsigned_signature_element_beside_a_signed_document_is_judged_too() -> None:
    def add(root: Root) -> None:
        fake = etree.SubElement(root, ds("Signature"))
        etree.SubElement(etree.SubElement(fake, ds("Object")), "{urn:p}pay", amount="1000000")

    with_filter = signed()  # its transform leaves out its own signature only: the second breaks the digest
    assert refused(changed(with_filter, add)).intact is False


# --- what is signed is what is read --------------------------------------------------------------------------------


def test_every_text_of_the_document_counts() -> None:
    assert refused(signed().replace(b'n="1"', b'n="9"'), intact=False).sub_indication == "HASH_FAILURE"


def test_comments_inside_values_neither_hide_nor_add_anything() -> None:
    def split(root: Root) -> None:
        time_element = find(root, "SigningTime")
        text = time_element.text or ""
        time_element.text = text[:4]
        comment = etree.Comment("x")
        comment.tail = text[4:]
        time_element.insert(0, comment)

    report = only(check(changed(signed(), split)))
    assert report.intact is True
    assert report.signing_time == SIGNED_AT


def test_an_element_inside_a_value_is_refused() -> None:
    def nest(root: Root) -> None:
        value = find(root, "DigestValue")
        etree.SubElement(value, "x").tail = value.text
        value.text = ""

    assert refused(changed(signed(), nest)).sub_indication == "FORMAT_FAILURE"


def test_a_processing_instruction_inside_the_signature_is_refused() -> None:
    report = refused(
        changed(signed(), lambda root: find(root, "SignedInfo").insert(0, etree.ProcessingInstruction("a")))
    )
    assert report.sub_indication == "FORMAT_FAILURE"


def test_the_type_of_the_reference_to_the_signed_properties_is_demanded() -> None:
    class Untyped(XmlSigner):
        pass

    made = _signed_with(lambda reference: reference.attrib.pop("Type", None))
    report = refused(made, intact=None)
    assert report.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert report.signing_time is None


def _signed_with(change: Callable[[Root], object], number: int = 1) -> bytes:
    """A signature whose SignedInfo was changed at one reference before its value was made."""
    by = signer()
    root = etree.fromstring(DOCUMENT)
    octets = etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    signature = by.sign([SignedData("", octets, "text/xml", (ENVELOPED, EXC_C14N))], signing_time=SIGNED_AT)
    root.append(signature)
    change(signature.findall(f"{ds('SignedInfo')}/{ds('Reference')}")[number])
    root = etree.fromstring(etree.tostring(root))
    value = by.plain_value(canonical(find(root, "SignedInfo")))
    find(root, "SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root)


def _with_transform(algorithm: str, content: bytes | None = None) -> Callable[[Root], None]:
    def change(reference: Root) -> None:
        one = find(reference, "Transforms")[0]
        one.set("Algorithm", algorithm)
        if content is not None:
            one.append(etree.fromstring(content))

    return change


XSLT = (
    b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/">'
    b"<xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>"
)
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"


@pytest.mark.parametrize(
    ("algorithm", "content"),
    [
        ("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT),
        (XPATH, f'<XPath xmlns="{DS}">not(ancestor-or-self::item)</XPath>'.encode()),
        (XPATH, f'<XPath xmlns="{DS}" xmlns:ds="urn:other">not(ancestor-or-self::ds:Signature)</XPath>'.encode()),
        (XPATH, f'<XPath xmlns="{DS}" xmlns:ds="{DS}">not(ancestor-or-self::ds:Signature) or 1=1</XPath>'.encode()),
        (FILTER2, f'<XPath xmlns="{FILTER2}" xmlns:ds="{DS}" Filter="intersect">//ds:Signature</XPath>'.encode()),
        (FILTER2, f'<XPath xmlns="{FILTER2}" Filter="subtract">//*</XPath>'.encode()),
        ("http://www.w3.org/2001/04/decrypt#XML", None),
        ("urn:nobody:knows", None),
        ("", None),
        (ENVELOPED, b"<x/>"),
    ],
)
def test_transforms_that_are_not_on_the_list_are_refused(algorithm: str, content: bytes | None) -> None:
    report = refused(_signed_with(_with_transform(algorithm, content), 0), intact=None)
    assert report.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert report.coverage == "none"


@pytest.mark.parametrize(
    ("algorithm", "expression"),
    [
        (XPATH, " not( ancestor-or-self::ds:Signature ) "),
        (
            XPATH,
            "count(ancestor-or-self::ds:Signature|here()/ancestor::ds:Signature[1])>count(ancestor-or-self::ds:Signature)",
        ),
        (FILTER2, "/descendant::ds:Signature"),
        (FILTER2, "//ds:Signature"),
        (FILTER2, "here()/ancestor::ds:Signature[1]"),
    ],
)
def test_the_forms_of_the_enveloped_transform_in_xpath_pass(algorithm: str, expression: str) -> None:
    space, filtering = (DS, "") if algorithm == XPATH else (FILTER2, ' Filter="subtract"')
    escaped = expression.replace(">", "&gt;")
    content = f'<XPath xmlns="{space}" xmlns:ds="{DS}"{filtering}>{escaped}</XPath>'.encode()
    report = only(check(_signed_with(_with_transform(algorithm, content), 0)))
    assert (report.indication, report.coverage) == (Indication.TOTAL_PASSED, "whole"), report.errors


@pytest.mark.parametrize(
    ("uri", "sub_indication"),
    [
        ("#nowhere", "SIGNED_DATA_NOT_FOUND"),
        ("http://127.0.0.1:9/order.xml", "SIGNED_DATA_NOT_FOUND"),
        ("file:///etc/hostname", "SIGNED_DATA_NOT_FOUND"),
        ("../../etc/passwd", "SIGNED_DATA_NOT_FOUND"),
        ("#xpointer(//*)", "SIG_CONSTRAINTS_FAILURE"),
        ("#xpointer(id('order')/item)", "SIG_CONSTRAINTS_FAILURE"),
        ("#xmlns(a=b)xpointer(/)", "SIG_CONSTRAINTS_FAILURE"),
        ("#", "SIGNED_DATA_NOT_FOUND"),
    ],
)
def test_references_that_lead_nowhere_or_outside(uri: str, sub_indication: str) -> None:
    report = refused(_signed_with(lambda reference: reference.set("URI", uri), 0), intact=None)
    assert report.sub_indication == sub_indication


def test_a_signature_over_nothing_but_its_own_properties() -> None:
    signature = signer().sign([], signing_time=SIGNED_AT)
    root = etree.fromstring(DOCUMENT)
    root.append(signature)
    report = refused(etree.tostring(root), intact=None)
    assert (report.coverage, report.sub_indication) == ("none", "SIGNED_DATA_NOT_FOUND")


def test_an_unknown_signed_property_is_not_passed_over() -> None:
    class Critical(XmlSigner):
        def _properties(self, *arguments: object) -> Root:  # type: ignore[override] # adds one property
            made = XmlSigner._properties(self, *arguments)  # type: ignore[arg-type]
            etree.SubElement(made[0], "{urn:new}OnlyValidOnSundays")
            return made

    here = signer()
    by = Critical(here.certificate, here.key, here.chain)
    report = refused(signed(by=by))
    assert report.sub_indication == "SIG_CONSTRAINTS_FAILURE"


# --- algorithms ----------------------------------------------------------------------------------------------------


def _with_method(uri: str) -> bytes:
    return changed(signed(), lambda root: find(root, "SignatureMethod").set("Algorithm", uri))


@pytest.mark.parametrize("uri", [f"{DS}hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"])
def test_a_message_authentication_code_is_no_signature(uri: str) -> None:
    assert refused(_with_method(uri), intact=None).sub_indication == "SIG_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize("uri", ["none", "", "urn:x"])
def test_unknown_signature_algorithms_never_pass(uri: str) -> None:
    assert refused(_with_method(uri), intact=None).sub_indication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_an_output_length_is_refused() -> None:
    def truncate(root: Root) -> None:
        etree.SubElement(find(root, "SignatureMethod"), ds("HMACOutputLength")).text = "8"

    assert refused(changed(signed(), truncate)).sub_indication == "FORMAT_FAILURE"


def test_a_short_digest_value_never_matches() -> None:
    report = refused(_signed_with(lambda reference: _cut(find(reference, "DigestValue")), 0), intact=False)
    assert report.sub_indication == "HASH_FAILURE"


def _cut(element: Root) -> None:
    element.text = base64.b64encode(base64.b64decode(element.text or "")[:8]).decode()


@pytest.mark.parametrize("value", ["", "AAAA", "!!!", base64.b64encode(bytes(256)).decode()])
def test_values_that_are_no_signature(value: str) -> None:
    def put(root: Root) -> None:
        find(root, "SignatureValue").text = value

    refused(changed(signed(), put), intact=False)


@pytest.mark.parametrize("shape", ["zero", "der", "short", "long", "order"])
def test_ecdsa_values_have_exactly_the_length_and_range_of_the_curve(shape: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    from tests.pki.factories import make_leaf

    leaf = make_leaf(world().ca, "EC Signer", kind="ec256", qc=["esign"])
    data = signed(by=signer(leaf))
    assert only(check(data)).intact is True

    def put(root: Root) -> None:
        value = find(root, "SignatureValue")
        octets = base64.b64decode(value.text or "")
        r, s = octets[:32], octets[32:]
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        other = {
            "zero": bytes(64),
            "der": encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")),
            "short": (r.lstrip(b"\0") + s)[:63],
            "long": b"\0" + r + b"\0" + s,
            "order": r + ((int.from_bytes(s, "big") + order) % (1 << 256)).to_bytes(32, "big"),
        }[shape]
        value.text = base64.b64encode(other).decode()

    refused(changed(data, put), intact=False)


def test_another_certificate_with_another_key_is_not_the_signer() -> None:
    def put(root: Root) -> None:
        find(root, "X509Certificate").text = base64.b64encode(world().tsa.der).decode()

    report = refused(changed(signed(), put))
    assert report.intact is not True
    assert report.sub_indication in ("NO_SIGNING_CERTIFICATE_FOUND", "SIG_CRYPTO_FAILURE")


def test_another_certificate_for_the_same_key_is_not_the_signer() -> None:
    """Certificate substitution: the same key, certified by somebody else."""
    from tests.pki.factories import issue, key_usage, name

    here = world()
    other = issue(name("Somebody Else"), here.signer.private_key, here.ca, [(key_usage("content_commitment"), True)])

    def put(root: Root) -> None:
        find(root, "X509Certificate").text = base64.b64encode(other.der).decode()

    assert refused(changed(signed(), put)).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"


# --- identifiers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
@pytest.mark.parametrize("part", ["Signature", "SignatureValue", "SignedProperties"])
def test_identifiers_of_the_signature_occur_once(part: str, attribute: str) -> None:
    def double(root: Root) -> None:
        identifier = find(root, part).get("Id") or ""
        unsigned = etree.SubElement(find(root, "Signature"), ds("Object"))
        unsigned.set(attribute, identifier)

    assert refused(changed(signed(), double)).sub_indication == "FORMAT_FAILURE"


def test_attributes_of_other_namespaces_are_no_identifiers() -> None:
    root = etree.fromstring(b'<a xmlns:o="urn:o" xmlns="urn:a"><b o:Id="order">evil</b></a>')
    octets = canonical(root)
    data = SignedData("#order", octets, "text/xml", (ENVELOPED, EXC_C14N))
    root.append(signer().sign([data], signing_time=SIGNED_AT))
    assert refused(etree.tostring(root), intact=None).sub_indication == "SIGNED_DATA_NOT_FOUND"


# --- the parser ----------------------------------------------------------------------------------------------------

BOMB = (
    '<!DOCTYPE b [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {chr(98 + n)} "{"&" + chr(97 + n) + ";" * 1}{("&" + chr(97 + n) + ";") * 9}">' for n in range(9)
    )
    + "]><b>&j;</b>"
)
QUADRATIC = f'<!DOCTYPE b [<!ENTITY a "{"x" * 50_000}">]><b>{"&a;" * 50_000}</b>'

HOSTILE: dict[str, bytes] = {
    "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external subset": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><a/>',
    "billion laughs": BOMB.encode(),
    "quadratic blow-up": QUADRATIC.encode(),
    "default attributes": b'<!DOCTYPE a [<!ATTLIST a Id ID "order">]><a/>',
    "document type after a comment": b"<!-- c --><?p i?>\n<!DOCTYPE a><a/>",
    "document type in UTF-16": "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"),
    "encoding that hides": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
    "wrong encoding": '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"),
    "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
    "unclosed": b"<a>" * 5000,
    "huge attribute": b'<a b="' + b"x" * 12_000_000 + b'"/>',
    "huge text": b"<a>" + b"x" * 12_000_000 + b"</a>",
    "elements": b"<a>" + b"<b/>" * 3_000_000 + b"</a>",
    "attributes": b"<a>" + b"<b c='d' e='f' g='h' i='j'/>" * 400_000 + b"</a>",
    "namespaces": b"<a "
    + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(2000))
    + b">"
    + b"<b/>" * 2000
    + b"</a>",
    "two roots": b"<a/><b/>",
    "XML 1.1": b'<?xml version="1.1"?><a/>',
    "nothing": b"<",
    "undeclared prefix": b"<a:b/>",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_xml_is_refused_in_time(name: str) -> None:
    started = time.process_time()
    report = check(HOSTILE[name])
    assert time.process_time() - started < 5
    assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, "FORMAT_FAILURE")
    assert not any(notice.code == "PARSER_FAILED" for notice in report.errors)
    assert not report.signatures
    assert b"root:" not in str(report).encode()


def test_a_document_type_added_to_a_signed_document_is_refused() -> None:
    data = signed().replace(b"\n<order", b"\n<!DOCTYPE order><order", 1)
    assert check(data).sub_indication == "FORMAT_FAILURE"


def test_a_document_type_as_text_is_text() -> None:
    data = signed(b"<a><![CDATA[<!DOCTYPE html>]]><!-- <!DOCTYPE html> --></a>")
    assert only(check(data)).indication is Indication.TOTAL_PASSED


def test_many_references_to_one_large_document_end_in_time() -> None:
    inner = b"".join(b'<c%d Id="i%d">' % (n, n) for n in range(200))
    large = b"<a>" + inner + b"<b>text</b>" * 200_000
    large += b"".join(b"</c%d>" % n for n in reversed(range(200))) + b"</a>"
    data = signed(large)
    reference = re.search(rb"<ds:Reference Id=.*?</ds:Reference>", data)
    assert reference
    other = [reference[0].replace(b'URI=""', b'URI="#i%d"' % n) for n in range(200)]
    many = data.replace(reference[0], reference[0] * 200 + b"".join(other), 1)
    started = time.process_time()
    assert refused(many).coverage == "none"
    assert time.process_time() - started < 5


def test_signatures_and_counter_signatures_without_end_are_refused() -> None:
    one = b'<ds:Signature xmlns:ds="%s"/>' % DS.encode()
    assert check(b"<a>" + one * 1000 + b"</a>").sub_indication == "FORMAT_FAILURE"


def test_an_empty_signature_element_is_reported() -> None:
    report = refused(b'<a><ds:Signature xmlns:ds="%s"/></a>' % DS.encode(), intact=None)
    assert report.sub_indication == "FORMAT_FAILURE"


# --- documents beside the signature --------------------------------------------------------------------------------


def test_a_document_beside_that_nothing_signs_keeps_the_signature_from_passing() -> None:
    from signing.domain.formats import DetachedDocument

    files = {"a.txt": b"one", "b.txt": b"two"}
    data = detached(files, signer(), signing_time=SIGNED_AT)
    beside = [DetachedDocument(name, octets) for name, octets in files.items()]
    report = check(data, detached=beside)
    assert (report.indication, only(report).coverage) == (Indication.TOTAL_PASSED, "whole")
    more = check(data, detached=[*beside, DetachedDocument("c.txt", b"three")])
    assert more.indication is Indication.INDETERMINATE
    assert only(more).coverage == "partial"
    less = check(data, detached=beside[:1])
    assert less.indication is Indication.INDETERMINATE
    assert (only(less).intact, only(less).sub_indication) == (None, "SIGNED_DATA_NOT_FOUND")
    swapped = check(data, detached=[DetachedDocument("a.txt", b"two"), DetachedDocument("b.txt", b"one")])
    assert only(swapped).intact is False


def test_the_octets_inside_an_enveloping_signature_are_signed() -> None:
    data = enveloping(b"hello", signer(), signing_time=SIGNED_AT)
    assert only(check(data)).indication is Indication.TOTAL_PASSED
    assert refused(data.replace(base64.b64encode(b"hello"), base64.b64encode(b"hallo")), intact=False)


# --- what looks covered and is not ---------------------------------------------------------------------------------


def test_markup_around_a_decoded_text_is_not_covered() -> None:
    """The base64 transform signs the text of an Object, not the elements that somebody puts around it."""
    base64_transform = f"{DS}base64"
    holder = etree.Element(ds("Object"), Id="data", nsmap={"ds": DS})
    holder.text = base64.b64encode(b"pay 1").decode()
    data = SignedData("#data", b"pay 1", "text/plain", (base64_transform,))
    signature = signer().sign([data], objects=[holder], signing_time=SIGNED_AT)
    assert only(check(etree.tostring(signature))).coverage == "whole"

    def wrap(root: Root) -> None:
        one = find(root, "Object")
        inner = etree.SubElement(one, "{urn:p}pay", amount="1000000")
        inner.text, one.text = one.text, None

    report = refused(changed(etree.tostring(signature), wrap), intact=True)
    assert report.coverage == "partial"


def test_an_instruction_outside_a_root_that_is_named_by_its_id_is_not_covered() -> None:
    styled = b'<?xml-stylesheet href="evil.xsl" type="text/xsl"?>' + by_identifier()
    assert refused(styled, intact=True).coverage == "partial"
    assert refused(signed().replace(b"\n<order", b"\n<?xml-stylesheet href='evil.xsl'?><order", 1), intact=False)


def test_a_signature_over_its_own_properties_as_an_object_covers_nothing() -> None:
    by = signer()
    signature = by.sign([], signing_time=SIGNED_AT)
    holder = find(signature, "Object")
    holder.set("Id", "q")
    info = find(signature, "SignedInfo")
    reference = etree.SubElement(info, ds("Reference"), URI="#q", Type=f"{DS}Object")
    transforms = etree.SubElement(reference, ds("Transforms"))
    etree.SubElement(transforms, ds("Transform"), Algorithm=EXC_C14N)
    by._digest(reference, canonical(holder))
    find(signature, "SignatureValue").text = base64.b64encode(by.plain_value(canonical(info))).decode()
    assert refused(etree.tostring(signature), intact=None).coverage == "none"


def test_an_untyped_reference_to_a_manifest_still_demands_its_entries() -> None:
    def untype(root: Root) -> None:
        find(root, "Reference").attrib.pop("Type")
        value = signer().plain_value(canonical(find(root, "SignedInfo")))
        find(root, "SignatureValue").text = base64.b64encode(value).decode()

    data = changed(enveloping_xml(manifest=True), untype)
    assert only(check(data)).coverage == "whole"
    altered = changed(data, lambda root: find(root, "pay").set("amount", "1000000"))
    assert refused(altered, intact=False).sub_indication == "HASH_FAILURE"


def test_an_object_that_nothing_signs_is_pointed_out() -> None:
    def add(root: Root) -> None:
        etree.SubElement(etree.SubElement(find(root, "Signature"), ds("Object")), "{urn:p}pay", amount="1")

    report = only(check(changed(signed(), add)))
    assert "UNSIGNED_OBJECT" in {one.code for one in report.warnings}
    assert "UNSIGNED_OBJECT" not in {one.code for one in only(check(signed())).warnings}


def test_a_counter_signature_out_of_place_is_a_signature_like_any_other() -> None:
    def add(root: Root) -> None:
        holder = etree.SubElement(find(root, "Signature"), ds("Object"))
        etree.SubElement(etree.SubElement(holder, xades("CounterSignature")), ds("Signature"))

    report = check(changed(signed(), add))
    assert len(report.signatures) == 2
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    "inside",
    [
        b"<i>" + b'<i Id="same"/>' * 90_000 + b"</i>",
        b"<i>" + b"".join(b'<i Id="i%d"/>' % n for n in range(300_000)) + b"</i>",
        b'<p:i xmlns:p="urn:p">' + b'<p:i xmlns:q="urn:q" q:c="1"/>' * 400_000 + b"</p:i>",
        b'<xades:EncapsulatedX509Certificate xmlns:xades="http://uri.etsi.org/01903/v1.3.2#">AA'
        b"</xades:EncapsulatedX509Certificate>" * 20_000,
        b'<xades:SignatureTimeStamp xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/>' * 50_000,
        b'<xades:CounterSignature xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/>' * 50_000,
    ],
    ids=["one identifier", "identifiers", "namespaces", "certificates", "time-stamps", "counter-signatures"],
)
def test_floods_of_properties_end_in_time(inside: bytes) -> None:
    data = signed(level="T")
    end = b"</xades:UnsignedSignatureProperties>"
    assert end in data
    started = time.process_time()
    check(data.replace(end, inside + end, 1))
    assert time.process_time() - started < 5


def test_a_part_is_no_more_signed_for_a_counter_signature_beside_it() -> None:
    """A signature of a part that also signs another signature's value does not borrow that one's coverage."""
    root = etree.fromstring(signed(b'<a xmlns="urn:a"><b Id="part">x</b></a>'))
    value = find(root, "SignatureValue")
    part = find(root, "b")
    data = [
        SignedData("#part", canonical(part), "text/xml", (EXC_C14N,)),
        SignedData(f"#{value.get('Id')}", canonical(value), "", (EXC_C14N,), COUNTERSIGNED),
    ]
    first = find(root, "Signature")
    holder = etree.SubElement(first, ds("Object"))
    holder.append(signer().sign(data, signing_time=SIGNED_AT))
    report = check(etree.tostring(root))
    assert [one.coverage for one in report.signatures] == ["whole", "partial"]
    assert report.signatures[1].countersigns is None
    assert report.indication is not Indication.TOTAL_PASSED
    alone = etree.fromstring(signed(b'<a xmlns="urn:a"><b Id="part">x</b></a>'))
    value = find(alone, "SignatureValue")
    only_value = SignedData(f"#{value.get('Id')}", canonical(value), "", (EXC_C14N,), COUNTERSIGNED)
    holder = etree.SubElement(find(alone, "Signature"), ds("Object"))
    holder.append(signer().sign([only_value], signing_time=SIGNED_AT))
    report = check(etree.tostring(alone))
    assert report.signatures[1].countersigns == report.signatures[0].id
    assert report.indication is Indication.TOTAL_PASSED


def test_a_signature_of_something_else_in_the_place_of_a_counter_signature() -> None:
    root = etree.fromstring(signed(b'<a xmlns="urn:a"><b Id="part">x</b></a>', level="T"))
    data = SignedData("#part", canonical(find(root, "b")), "text/xml", (EXC_C14N,))
    place = etree.SubElement(find(root, "UnsignedSignatureProperties"), xades("CounterSignature"))
    place.append(signer().sign([data], signing_time=SIGNED_AT))
    report = check(etree.tostring(root))
    assert report.indication is not Indication.TOTAL_PASSED
    assert (report.signatures[1].intact, report.signatures[1].sub_indication) == (True, "FORMAT_FAILURE")
    assert report.signatures[1].coverage != "whole"
