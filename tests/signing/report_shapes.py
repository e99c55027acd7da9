"""Stored reports of every shape, made by the engine: what the reports for people and machines are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from signing.domain.cades.records import INTERNAL
from tests.pki.factories import attribute, digest, make_leaf, make_token
from tests.signing import cades_parts, jades_parts, xml_world
from tests.signing.evidence_world import FIRST, SECOND, Asn1
from tests.signing.evidence_world import check as check_record
from tests.signing.signing_world import CRL_URL, NOW, blank_pdf, network, sign, stamp, trust, validate, world
from tests.signing.test_asic import archive, asic_e

STAMPED: Final = NOW - timedelta(days=10)


def _pdf(**options: Any) -> bytes:
    return sign(blank_pdf(), **options)


def _two_signatures() -> bytes:
    return sign(_pdf(field_name="First"), field_name="Second")


def _seal() -> bytes:
    sealer = make_leaf(world().ca, "Contract Seal", kind="rsa2048", qc=["eseal"], crl_urls=[CRL_URL])
    return _pdf(signer=sealer, stamped_at=STAMPED)


def _with_record() -> bytes:
    data = cades_parts.cades(signing_time=FIRST - timedelta(days=1))
    record = Asn1().initial([data], others=3).renewed(SECOND).encode()
    return cades_parts.with_unsigned(data, attribute(INTERNAL, record))


def _token(data: bytes = b"existing data") -> bytes:
    return make_token(world().tsa, data, gen_time=STAMPED)


SHAPES: Final[Mapping[str, Callable[[], Any]]] = {
    "pades-b": lambda: validate(_pdf()),
    "pades-t": lambda: validate(_pdf(stamped_at=STAMPED)),
    "pades-document-stamp": lambda: validate(stamp(_pdf(), STAMPED)),
    "pades-two": lambda: validate(_two_signatures()),
    "pades-seal": lambda: validate(_seal()),
    "pades-altered": lambda: validate(_pdf().replace(b"%PDF-1.7", b"%PDF-1.6", 1)),
    "pades-revoked": lambda: validate(
        _pdf(), fetcher=network({world().signer.certificate.serial: (NOW - timedelta(days=1), "keyCompromise")})
    ),
    "pades-untrusted": lambda: validate(_pdf(), trust=trust(ca=[(NOW + timedelta(days=1), "qualified")])),
    "pades-hypothetical": lambda: validate(_pdf(), at=NOW - timedelta(days=1)),
    "cades": lambda: validate(cades_parts.stamped(cades_parts.cades(), STAMPED)),
    "cades-detached-absent": lambda: validate(cades_parts.cades(detached=True)),
    "cades-countersigned": lambda: validate(cades_parts.countersigned(cades_parts.cades())),
    "cades-by-digest": lambda: validate(
        cades_parts.cades(detached=True), digests={"sha256": digest("sha256", cades_parts.CONTENT)}
    ),
    "cades-evidence-record": lambda: validate(_with_record()),
    "evidence-record": lambda: check_record(Asn1().initial([b"data"], others=3), b"data"),
    "xades-lta": lambda: xml_world.check(xml_world.signed(level="LTA")),
    "jades": lambda: validate(jades_parts.octets(jades_parts.stamped(jades_parts.signed(), STAMPED))),
    "asic-e": lambda: validate(archive(asic_e())),
    "token": lambda: validate(_token(), digests={"sha256": digest("sha256", b"existing data")}),
    "token-of-another": lambda: validate(_token(), digests={"sha256": digest("sha256", b"other data")}),
    "no-signature": lambda: validate(blank_pdf()),
    "unreadable": lambda: validate(b"\x00\x01 not a document"),
}


def report(name: str) -> dict[str, Any]:
    """The body of one of SHAPES as it is stored, read back."""
    found: dict[str, Any] = json.loads(json.dumps(SHAPES[name]().to_json()))
    return found
