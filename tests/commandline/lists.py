"""A list that names the authorities of `signing_world`, and documents that they signed."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from qualified_list.domain.signature import sign_list
from qualified_list.domain.xml import render_list
from tests.pki.factories import make_crl
from tests.qualified_list.domain import trusted_list_factory as factory
from tests.signing.signing_world import NOW, world
from tests.signing.xml_world import STAMPED_AT, signed
from trustreg.pki.trust import ServiceType

START = NOW - timedelta(days=60)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@functools.cache
def tl_xml(*, stale: bool = False, status: str = "qualified", signed_at: datetime = START) -> bytes:
    """A signed list with the world's CA and time-stamp authority; `stale`: it ended years ago."""
    state = factory.state(status, LONG_AGO)
    issue = factory.issue(
        factory.service("ca", identities=(world().ca.der,), current=state),
        factory.service("tsa", identities=(world().tsa_ca.der,), service_type=ServiceType.TSA, current=state),
        issued_at=LONG_AGO if stale else START,
        next_update=LONG_AGO + timedelta(days=1) if stale else NOW + timedelta(days=30),
        sequence=4,
    )
    return sign_list(render_list(issue), key=factory.signer(), at=signed_at)


def signer_pem() -> bytes:
    """The certificate of the list's signer."""
    return x509.load_der_x509_certificate(factory.signer().certificate).public_bytes(Encoding.PEM)


@functools.cache
def long_term() -> bytes:
    """An XML document with a signature of level LT: everything that validation needs is inside."""
    return signed(level="LT")


@functools.cache
def level_t() -> bytes:
    """An XML document with a signature of level T: its revocation data is somewhere else."""
    return signed(level="T")


@functools.cache
def crls() -> tuple[bytes, bytes]:
    """That data: a CRL of the signer's authority, and one of the time-stamping unit's."""
    at = STAMPED_AT + timedelta(minutes=30)
    return make_crl(world().ca, this_update=at), make_crl(world().tsa_ca, this_update=at)
