"""What an attacker does to signed documents and tokens, for samples that must not pass."""

from __future__ import annotations

import base64
import json
import re
from io import BytesIO

from lxml import etree
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from trustreg.demo.pki.xml_signer import DS

GEN_TIME = re.compile(rb"\x18\x0f([0-9]{4})([0-9]{10})Z")
"""GeneralizedTime of 15 octets: in a demo token only genTime is one, its certificates write years in two digits."""


def with_replaced_text(pdf: bytes, old: bytes, new: bytes) -> bytes:
    """The document with one piece of its page's text replaced by another of the same length: signed bytes change."""
    if pdf.count(old) != 1 or len(old) != len(new):
        raise ValueError(f"{old!r} must stand exactly once and be as long as {new!r}")
    return pdf.replace(old, new)


def with_overpainted_text(pdf: bytes, *, x: int, y: int, text: str) -> bytes:
    """The document with a later revision that paints a white box and another text over the page (points)."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    added = writer.add_object(generic.StreamObject(stream_data=_paint(x, y, text)))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), added])
    writer.update_container(page)
    return _written(writer)


def with_hidden_page(pdf: bytes, *, x: int, y: int, text: str) -> bytes:
    """The document before it is signed, with another content of its page hidden inside: nothing points to it yet.

    The first half of a shadow attack (hide and replace); the signer sees and signs nothing but the shown content.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    content = page["/Contents"].data + b"\n" + _paint(x, y, text)
    hidden = writer.add_object(generic.StreamObject(stream_data=content))
    page["/Hidden"] = generic.ArrayObject([hidden])
    writer.update_container(page)
    return _written(writer)


def with_replaced_page(pdf: bytes) -> bytes:
    """The second half: a later revision shows what was hidden."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = page["/Hidden"].raw_get(0)
    writer.update_container(page)
    return _written(writer)


def _paint(x: int, y: int, text: str) -> bytes:
    """A white box, and on it a text."""
    return f"q 1 g {x - 2} {y - 5} 400 18 re f Q q 0 g BT /Latin 11 Tf {x} {y} Td ({text}) Tj ET Q".encode("ascii")


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call] # pyHanko leaves it untyped
    return out.getvalue()


def with_wrapped_root(xml: bytes, other: bytes) -> bytes:
    """Signature wrapping: `other` as the new root; the signed one hides in a corner of it, its signature beside it."""
    root, evil = etree.fromstring(xml), etree.fromstring(other)
    signature = root.find(f"{{{DS}}}Signature")
    if signature is None:
        raise ValueError("the document is not signed")
    root.remove(signature)
    etree.SubElement(evil, "history").append(root)
    evil.append(signature)
    return etree.tostring(evil, xml_declaration=True, encoding="UTF-8")


def with_earlier_time(token: bytes) -> bytes:
    """The time-stamp token with its genTime set back by one year."""
    if len(GEN_TIME.findall(token)) != 1:
        raise ValueError("exactly one time was expected in the token")
    return GEN_TIME.sub(lambda found: b"\x18\x0f%04d%sZ" % (int(found[1]) - 1, found[2]), token)


def with_other_payload(jws: bytes, payload: bytes) -> bytes:
    """The flattened JWS around another payload."""
    found = json.loads(jws)
    found["payload"] = base64.urlsafe_b64encode(payload).rstrip(b"=").decode("ascii")
    return json.dumps(found, indent=1).encode()
