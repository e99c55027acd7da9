"""XML signatures in the world of `signing_world`, made by the demo's signer and by xmlsec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from signing.domain.report import SignatureReport, ValidationReport
from tests.pki.factories import Identity, make_crl, make_token
from tests.signing.signing_world import NOW, validate, world
from trustreg.demo.pki.party import ValidationData
from trustreg.demo.pki.xml_signer import DS, XADES, XmlSigner, enveloped

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<order xmlns="urn:test:order" Id="order"><item n="1">茶</item><!-- c --></order>'
).encode()
SIGNED_AT = NOW - timedelta(hours=3)
STAMPED_AT = NOW - timedelta(hours=2)

Root = etree._Element


def signer(identity: Identity | None = None, *, stamped_at: datetime | None = STAMPED_AT, **options: Any) -> XmlSigner:
    """A signer of the world: time-stamps come an hour apart from `stamped_at` on."""
    here = world()
    chosen = identity or here.signer
    times = iter([stamped_at + timedelta(minutes=10 * n) for n in range(20)] if stamped_at else [])

    def values(tokens: Sequence[bytes]) -> ValidationData:
        fresh = NOW - timedelta(hours=1, minutes=30)
        return ValidationData(
            [here.ca.der, here.tsa_ca.der],
            [make_crl(here.ca, this_update=fresh), make_crl(here.tsa_ca, this_update=fresh)],
        )

    def stamp(octets: bytes) -> bytes:
        return make_token(here.tsa, octets, gen_time=next(times))

    return XmlSigner(
        chosen.x509, chosen.private_key, [here.ca.x509], stamp=stamp if stamped_at else None, values=values, **options
    )


def signed(xml: bytes = DOCUMENT, *, level: Any = "B", by: XmlSigner | None = None) -> bytes:
    """The document with an enveloped signature made at `SIGNED_AT`."""
    return enveloped(xml, by or signer(), level=level, signing_time=SIGNED_AT)


def changed(data: bytes, change: Callable[[Root], Root | None]) -> bytes:
    """The document after `change(root)`, which may return another root."""
    root = etree.fromstring(data)
    other = change(root)
    return etree.tostring(other if other is not None else root)


def find(root: Root, name: str) -> Root:
    """The first element with this local name."""
    return next(one for one in root.iter() if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name)


def check(data: bytes, **options: Any) -> ValidationReport:
    """The report on an XML document in this world."""
    return validate(data, filename="a.xml", **options)


def only(report: ValidationReport) -> SignatureReport:
    assert len(report.signatures) == 1, report
    return report.signatures[0]


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def xades(name: str) -> str:
    return f"{{{XADES}}}{name}"
