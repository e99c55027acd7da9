"""Counter-signatures in a file of their own in a container: over the value of a signature in another file."""

from __future__ import annotations

from dataclasses import fields

import pytest
from lxml import etree

from tests.signing.test_asic import ASIC_E, archive
from tests.signing.xml_world import SIGNED_AT, check, ds, find, signer
from trustreg.demo.pki.xml_signer import COUNTERSIGNED, EXC_C14N, SignedData, XmlSigner, canonical
from trustreg.pki.indications import Indication

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FIRST, SECOND = "META-INF/signatures0.xml", "META-INF/signatures1.xml"
FILES = {"contract.txt": b"The parties agree.\n"}


def selecting(expression):
    """A signer of the world whose XPath transforms hold this expression."""

    class Selecting(XmlSigner):
        def _info(self, *arguments):
            info = XmlSigner._info(self, *arguments)
            for transform in info.iter(ds("Transform")):
                if transform.get("Algorithm") == XPATH:
                    etree.SubElement(transform, ds("XPath")).text = expression
            return info

    plain = signer()
    return Selecting(**{one.name: getattr(plain, one.name) for one in fields(XmlSigner)})


def signature(*data, by=None):
    return (by or signer()).sign(data, signing_time=SIGNED_AT)


def original(files=FILES):
    return signature(*(SignedData(name, octets) for name, octets in files.items()))


def over(first, *, expression=None, octets=None, kind=COUNTERSIGNED, name=FIRST, more=()):
    """A signature over the value of `first`, in a file of its own."""
    value = find(first, "SignatureValue")
    chosen = expression or f"ancestor-or-self::ds:SignatureValue[@Id='{value.get('Id')}']"
    reference = SignedData(name, octets or canonical(value), "text/xml", (XPATH, EXC_C14N), kind)
    return signature(reference, *more, by=selecting(chosen))


def report_on(first, second, files=FILES):
    inside = {**files, FIRST: etree.tostring(first), SECOND: etree.tostring(second)}
    return check(archive(inside, kind=ASIC_E))


def test_it_is_bound_to_the_signature_in_the_other_file():
    first = original()
    report = report_on(first, over(first))
    assert report.indication is Indication.TOTAL_PASSED
    document, counter = report.signatures
    assert (document.countersigns, counter.countersigns) == (None, document.id)
    assert (counter.intact, counter.coverage, counter.level) == (True, "whole", "BASELINE-B")


def test_it_covers_no_more_than_the_signature_that_it_is_over():
    first = original()
    report = report_on(first, over(first), {**FILES, "annex.txt": b"not signed"})
    assert report.indication is not Indication.TOTAL_PASSED
    assert report.signatures[1].coverage == "partial"


def test_with_data_of_its_own_it_is_a_signature_of_that_data():
    files = {**FILES, "annex.txt": b"annex"}
    first = original(files)
    every = [SignedData(name, octets) for name, octets in files.items()]
    counter = report_on(first, over(first, more=every), files).signatures[1]
    assert (counter.intact, counter.coverage, counter.countersigns) == (True, "whole", None)
    assert counter.indication is Indication.TOTAL_PASSED


def test_over_a_value_that_was_exchanged():
    first, other = original(), original()
    report = report_on(other, over(first))
    assert (report.signatures[1].intact, report.signatures[1].coverage) == (None, "none")
    find(other, "SignatureValue").set("Id", find(first, "SignatureValue").get("Id"))
    report = report_on(other, over(first))
    assert (report.signatures[1].intact, report.indication) == (False, Indication.TOTAL_FAILED)


def test_of_a_broken_signature_it_covers_nothing():
    first = original()
    counter = over(first)
    find(first, "DigestValue").text = "AAAA"
    report = report_on(first, counter)
    assert (report.indication, report.signatures[1].coverage) == (Indication.TOTAL_FAILED, "none")


def test_an_identifier_that_stands_twice():
    first = original()
    counter = over(first)
    extra = etree.SubElement(first, ds("Object"))
    extra.set("Id", find(first, "SignatureValue").get("Id"))
    report = report_on(first, counter)
    assert report.signatures[1].intact is not True


def test_a_value_outside_of_any_signature_binds_nothing():
    """A decoy beside the signature: the counter-signature verifies, and says nothing of any document."""
    first = original()
    decoy = etree.fromstring(etree.tostring(find(first, "SignatureValue")))
    decoy.set("Id", "decoy")
    decoy.text = "AAAA"
    wrapper = etree.Element("{http://uri.etsi.org/02918/v1.2.1#}XAdESSignatures")
    wrapper.extend([first, decoy])
    counter = over(wrapper, expression="ancestor-or-self::ds:SignatureValue[@Id='decoy']", octets=canonical(decoy))
    report = report_on(wrapper, counter)
    assert (report.signatures[1].coverage, report.signatures[1].countersigns) == ("none", None)
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    "expression",
    [
        "ancestor-or-self::ds:SignatureValue",
        "ancestor-or-self::ds:SignatureValue[@Id='{}' or 1=1]",
        "ancestor-or-self::xades:SignatureValue[@Id='{}']",
        "ancestor-or-self::ds:Signature[@Id='{}']",
        "not(ancestor-or-self::ds:SignatureValue[@Id='{}'])",
    ],
)
def test_an_xpath_that_says_more_is_refused(expression):
    first = original()
    chosen = expression.format(find(first, "SignatureValue").get("Id"))
    report = report_on(first, over(first, expression=chosen))
    assert (report.signatures[1].intact, report.signatures[1].coverage) == (None, "none")
    assert report.indication is not Indication.TOTAL_PASSED


def test_a_type_that_says_otherwise_is_no_way_around():
    first = original()
    counter = report_on(first, over(first, kind="http://www.w3.org/2000/09/xmldsig#Manifest")).signatures[1]
    assert counter.intact is not True


def test_two_that_confirm_each_other_confirm_nothing():
    """One counter-signature of another counter-signature in a third file reaches no document through it."""
    first = original()
    second = over(first)
    third = over(second, name=SECOND)
    inside = {**FILES, FIRST: first, SECOND: second, "META-INF/signatures2.xml": third}
    octets = {name: one if isinstance(one, bytes) else etree.tostring(one) for name, one in inside.items()}
    report = check(archive(octets, kind=ASIC_E))
    assert [one.countersigns is not None for one in report.signatures] == [False, True, False]
    assert report.indication is not Indication.TOTAL_PASSED
