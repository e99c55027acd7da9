"""Properties: whatever the octets, there is a report in time; and nothing that was changed is called intact."""

from __future__ import annotations

import base64
import re
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.domain.report import ValidationReport
from signing.domain.xades.hardened import MAX_ATTRIBUTES, XmlError, parse
from tests.signing.signing_world import NOW, network, trust
from tests.signing.xml_world import check, ds, find, signed, signer, xades
from trustreg.demo.pki.xml_signer import DS, enveloping
from trustreg.pki.indications import Indication

ENVELOPED = signed(level="LTA")
ENVELOPING = enveloping(b"the content", signer(), level="T", signing_time=NOW - timedelta(hours=3))
TRUST, NETWORK = trust(), network()

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def report_of(data: bytes) -> ValidationReport:
    report = check(data, trust=TRUST, fetcher=NETWORK)
    report.to_json()
    assert not any(notice.code in ("PARSER_FAILED", "INTERNAL_ERROR") for notice in report.errors)
    return report


_PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"/>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<!DOCTYPE a>",
        b"<?x y?>",
        b"&amp;",
        b"&#0;",
        b"&x;",
        b' Id="order"',
        b' xml:id="order"',
        b' xmlns="urn:evil"',
        f'<ds:Signature xmlns:ds="{DS}"/>'.encode(),
        f'<ds:Object xmlns:ds="{DS}"/>'.encode(),
        b"\x00",
        b"\xff\xfe",
        b"\xe8\x8c\xb6",
    ]
)


@QUIET
@given(st.lists(_PIECES | st.binary(max_size=20), max_size=30))
def test_any_octets_get_a_report(pieces: list[bytes]) -> None:
    assert report_of(b"<a>" + b"".join(pieces)).indication is not Indication.TOTAL_PASSED


@QUIET
@given(st.binary(max_size=200))
def test_the_parser_raises_its_own_error_alone(data: bytes) -> None:
    try:
        parse(b"<" + data)
    except XmlError:
        return


def _protected(data: bytes) -> set[int]:
    """Positions whose change must break the signature: what its references and SignedInfo hold, and its value."""
    positions: set[int] = set()
    for pattern in (rb'n="1">\xe8\x8c\xb6', rb"<ds:SignedInfo>.*</ds:SignedInfo>", rb"<xades:SigningTime>[^<]*"):
        match = re.search(pattern, data, re.DOTALL)
        if match:
            positions |= set(range(match.start(), match.end()))
    return positions


PROTECTED = sorted(_protected(ENVELOPED))


@QUIET
@given(st.sampled_from(PROTECTED), st.integers(1, 255))
def test_no_changed_octet_of_what_is_signed_is_called_intact(position: int, change: int) -> None:
    data = ENVELOPED[:position] + bytes((ENVELOPED[position] ^ change,)) + ENVELOPED[position + 1 :]
    report = report_of(data)
    if any(signature.intact for signature in report.signatures):
        # White space inside a base64 text or a tag has no meaning: then the canonical form is what it was.
        assert _same_meaning(data)
    else:
        assert report.indication is not Indication.TOTAL_PASSED


def _same_meaning(data: bytes) -> bool:
    def values(xml: bytes) -> list[object]:
        root = etree.fromstring(xml)
        info = etree.tostring(find(root, "SignedInfo"), method="c14n", exclusive=True)
        rest = etree.tostring(find(root, "item"), method="c14n", exclusive=True)
        return [info, rest, find(root, "SigningTime").text]

    return values(data) == values(ENVELOPED)


@QUIET
@given(st.integers(40, len(ENVELOPED) - 1), st.integers(0, 80), _PIECES | st.binary(max_size=40))
def test_cutting_and_inserting_never_passes_as_more_than_it_is(position: int, cut: int, put: bytes) -> None:
    report = report_of(ENVELOPED[:position] + put + ENVELOPED[position + cut :])
    for signature in report.signatures:
        if signature.indication is Indication.TOTAL_PASSED:
            assert signature.intact is True
            assert signature.coverage == "whole"


NAMES = sorted({str(one.tag) for one in etree.fromstring(ENVELOPED).iter("*")})


@settings(QUIET, max_examples=400)
@given(
    st.sampled_from([ENVELOPED, ENVELOPING]),
    st.integers(0, 60),
    st.integers(0, 60),
    st.sampled_from(["move", "copy", "drop", "swap"]),
)
def test_moved_copied_and_dropped_elements(data: bytes, first: int, second: int, how: str) -> None:
    """Generated wrapping: any element anywhere. What passes is what was signed, and is read from there."""
    root = etree.fromstring(data)
    every = list(root.iter("*"))
    one, other = every[first % len(every)], every[second % len(every)]
    if one is root or other in one.iter() or one.getparent() is None:
        return
    parent = one.getparent()
    if how == "copy":
        other.append(etree.fromstring(etree.tostring(one)))
    elif how == "move":
        other.append(one)
    elif how == "drop" and parent is not None:
        parent.remove(one)
    elif other.getparent() is not None and one not in other.iter() and parent is not None:
        place = etree.Element("place")
        other.getparent().replace(other, place)  # type: ignore[union-attr] # it has one
        parent.replace(one, other)
        place.getparent().replace(place, one)  # type: ignore[union-attr] # it has one
    report = report_of(etree.tostring(root))
    for signature in report.signatures:
        if signature.coverage == "whole":
            assert signature.intact is True
            assert _data(etree.tostring(root)) == _data(data)
            if signature.signing_time is not None:
                assert signature.signing_time == NOW - timedelta(hours=3)


def _data(data: bytes) -> bytes:
    """What a reader of the document takes for its content: all but the signature, or the Objects with data."""
    root = etree.fromstring(data)
    if root.tag == ds("Signature"):
        objects = [one for one in root.findall(ds("Object")) if one.find(xades("QualifyingProperties")) is None]
        return b"".join(base64.b64decode("".join(one.itertext())) for one in objects)
    for one in list(root.iter(ds("Signature"))):  # an enveloped one may stand anywhere
        parent = one.getparent()
        assert parent is not None
        assert not (one.tail or "").strip()
        parent.remove(one)
    return etree.tostring(root, method="c14n", exclusive=True, with_comments=False)


def test_declarations_on_one_element_are_counted_before_they_are_parsed() -> None:
    """The parser compares each with all the others: 200,000 would take it ten seconds."""
    many = b" ".join(b"xmlns:n%d='u'" % number for number in range(200_000))
    begun = time.process_time()
    for octets in (b"<a " + many + b"/>", b"<a b='>' c=\">\" " + many + b"/>"):
        with pytest.raises(XmlError, match="more namespaces"):
            parse(octets)
    assert time.process_time() - begun < 3
    text = b" xmlns:n='u'" * 300
    for octets in (b"<a>" + text + b"</a>", b"<a><!--" + text + b"--></a>", b"<a><![CDATA[" + text + b"]]></a>"):
        assert parse(octets).root.tag == "a"


@pytest.mark.parametrize("quote", [b'"', b"'"])
def test_an_element_has_as_many_attributes_as_are_read(quote: bytes) -> None:
    """The library sorts those of one element in a time that grows with the square of their number."""
    attributes = b" ".join(b"a%d=%s=>%s" % (number, quote, quote) for number in range(MAX_ATTRIBUTES))
    element = b"<r><b %s>" + b"a=" * 2_000 + b"</b></r>"
    assert len(parse(element % attributes).root[0].attrib) == MAX_ATTRIBUTES
    with pytest.raises(XmlError, match=f"more than the {MAX_ATTRIBUTES} attributes"):
        parse(element % (attributes + b" z='1'"))
