"""The real engine in a real child: the same answers as in process."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from signing.domain.validation import validate_document
from signing.limits import Limits
from signing.pool import Document, Pool, Snapshot
from tests.pki.factories import make_ca, make_leaf
from tests.signing.engine_parts import dump_trust, load_trust
from tests.signing.signing_world import CA_TYPE, NOW, T0, Schedule, blank_pdf, listed, sign
from trustreg.base.errors import InvalidInput

SETTINGS = {
    "trust_loader": "tests.signing.engine_parts:load_trust",
    "enrichers": ["tests.signing.engine_parts:enricher"],
    "requirement": "tests.signing.engine_parts:requirement",
    "egress": {"enabled": False},
    "word": "ADESIG",
}


@pytest.fixture(scope="module")
def signer() -> tuple[Schedule, bytes, bytes]:
    """A list, a PDF, and the root's DER."""
    ca = make_ca("Engine CA", kind="rsa2048")
    leaf = make_leaf(ca, "Engine Signer", kind="rsa2048", extensions=_no_revocation())
    return listed((ca, CA_TYPE, ((T0, "qualified"),))), sign(blank_pdf(), signer=leaf), ca.der


def _no_revocation():
    from cryptography import x509

    return [(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00"), False)]


@pytest.fixture
def pool(signer: tuple[Schedule, bytes, bytes]) -> Iterator[Pool]:
    with Pool(1, Limits(), settings=SETTINGS, clock=lambda: NOW) as made:
        made.set_trust(Snapshot("v1", dump_trust(signer[0])))
        yield made


def test_a_document_passes_in_the_child(pool: Pool, signer: tuple[Schedule, bytes, bytes]) -> None:
    report = pool.validate(Document(signer[1], "a.pdf"), {"document_type": "DOC-004"})
    assert report["indication"] == "TOTAL-PASSED"
    assert report["signatures"][0]["qualification"] == "ADESIG"
    assert report["requirement"] == {"document_type": "DOC-004", "met": True}
    assert report["validation_time"] == "2026-06-01T12:00:00Z"


def test_child_and_process_say_the_same(signer: tuple[Schedule, bytes, bytes]) -> None:
    plain = {**SETTINGS, "enrichers": [], "requirement": None}
    with Pool(1, settings=plain, clock=lambda: NOW) as pool:
        pool.set_trust(Snapshot("v1", dump_trust(signer[0])))
        there = pool.validate(Document(signer[1], "a.pdf"))
    here = validate_document(
        signer[1], filename="a.pdf", trust=load_trust(dump_trust(signer[0])), now=NOW, fetcher=None
    )
    assert json.dumps(there) == json.dumps(here.to_json())


def test_operators_anchors_travel_with_the_snapshot(pool: Pool, signer: tuple[Schedule, bytes, bytes]) -> None:
    pool.set_trust(Snapshot("v2", dump_trust(listed()), (signer[2],)))
    report = pool.validate(Document(signer[1], "a.pdf"))
    assert (report["indication"], report["signatures"][0]["trust"]) == ("TOTAL-PASSED", "operator")


def test_a_request_that_cannot_be_answered_is_refused(pool: Pool, signer: tuple[Schedule, bytes, bytes]) -> None:
    with pytest.raises(InvalidInput, match="policy"):
        pool.validate(Document(signer[1]), {"policy": "none-such"})
    assert pool.validate(Document(signer[1]))["indication"] == "TOTAL-PASSED"


def test_any_bytes_are_answered(pool: Pool) -> None:
    for data in (
        b"x",
        b"%PDF-",
        b"\x30\x80" * 1000,
        b"[" * 100_000,
        b"%PDF-1.7\n" + b"<<" * 100_000,
        b"\0" * 1_000_000,
    ):
        report = pool.validate(Document(data))
        assert (report["indication"], report["sub_indication"]) == ("TOTAL-FAILED", "FORMAT_FAILURE")
