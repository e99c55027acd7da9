"""XML vectors: what each file is named after, how it is made, what holds of its first signature and of the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.signing.test_xades_attacks import (
    HOSTILE,
    SHAPES,
    by_identifier,
    enveloping_xml,
)
from tests.signing.test_xades_reading import countersigned
from tests.signing.xml_world import SIGNED_AT, changed, find, signed, signer
from trustreg.demo.pki.xml_signer import enveloping

Vector = tuple[Callable[[], bytes], dict[str, Any]]

_GOOD = {"intact": True, "coverage": "whole", "passes": True}


def _level(level: str) -> Vector:
    return lambda: signed(level=level), _GOOD


def _shape(number: int) -> Vector:
    _, make, wrap, _ = SHAPES[number]
    return lambda: changed(make(), wrap), {"passes": False}


def _amount(data: bytes) -> bytes:
    return changed(data, lambda root: find(root, "item").set("n", "1000000"))


XML_VECTORS: dict[str, Vector] = {
    **{f"good-xades-{level.lower()}.xml": _level(level) for level in ("B", "T", "LT", "LTA")},
    "good-xades-by-identifier.xml": (by_identifier, _GOOD),
    "good-xades-enveloping.xml": (lambda: enveloping(b"content", signer(), signing_time=SIGNED_AT), _GOOD),
    "good-xades-manifest.xml": (lambda: enveloping_xml(manifest=True), _GOOD),
    "good-xades-countersigned.xml": (countersigned, _GOOD),
    "bad-xades-content-altered.xml": (lambda: _amount(signed()), {"intact": False, "passes": False}),
    "bad-xades-lta-content-altered.xml": (lambda: _amount(signed(level="LTA")), {"intact": False, "passes": False}),
    **{
        f"bad-xades-{name.lower().replace(',', '').replace(' ', '-')}.xml": _shape(number)
        for number, (name, *_) in enumerate(SHAPES)
    },
    **{
        f"bad-xml-{name.lower().replace(' ', '-')}.xml": (
            lambda octets=octets: octets,  # type: ignore[misc] # one for each
            {"passes": False, "signatures": 0},
        )
        for name, octets in HOSTILE.items()
        if len(octets) < 1_000_000
    },
    "none-xml-unsigned.xml": (lambda: b"<order/>", {"passes": False, "signatures": 0}),
}
