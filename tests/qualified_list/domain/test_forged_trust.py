"""Certificates, keys and tokens that are real and used for what they are not: never QESIG, never QUALIFIED."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import trusted_list_factory as factory
from cryptography import x509

from qualified_list.domain.status import ListTrustSource, PublishedList, StatusAnswer
from signing.domain.report import SignatureReport
from signing.domain.validation import validate_document
from tests.pki.factories import (
    T0,
    Identity,
    make_ca,
    make_crl,
    make_leaf,
    make_responder,
    make_token,
    make_tsa,
    qc_statements,
)
from tests.signing.signing_world import NOW, blank_pdf, sign
from trustreg import verdicts
from trustreg.pki.trust import Reason, Result, ServiceType, Usage

URL = "http://crl.example/ca.crl"
AT = NOW - timedelta(days=2)
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
EVERY_USE = (Usage.ESIGN, Usage.ESEAL, Usage.WEB)
CA = make_ca("Forged trust CA", kind="rsa2048")
TSA_CA = make_ca("Forged trust TSA CA", kind="rsa2048")
UNIT = make_tsa(TSA_CA, "Listed unit")


def entry(name: str, identity: Identity, kind: str = ServiceType.CA_PKC, scope: Sequence[Usage] = EVERY_USE) -> Any:
    state = factory.state(start=T0 - timedelta(days=30), scope=tuple(scope))
    return factory.service(name, service_type=kind, identities=(identity.der,), current=state)


def source(*entries: Any) -> ListTrustSource:
    issue = factory.issue(*entries, issued_at=T0, next_update=NOW + timedelta(days=90))
    return ListTrustSource([PublishedList(issue, hashlib.sha256(repr(entries).encode()).hexdigest())])


LISTED = source(entry("S1", CA), entry("T1", TSA_CA, ServiceType.TSA, ()), entry("T2", UNIT, ServiceType.TSA, ()))


def pointer() -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(URL)], None, None, None)])


def qc(*types: str) -> tuple[x509.ExtensionType, bool]:
    value = qc_statements(types=types, legislation=["JP"], qscd=True)
    return x509.UnrecognizedExtension(QC_STATEMENTS, value), False


def unknown_type() -> tuple[x509.ExtensionType, bool]:
    value = qc_statements(types=["web"], legislation=["JP"], qscd=True)
    web, other = bytes.fromhex("060704008e46010603"), bytes.fromhex("060704008e46010609")
    assert web in value
    return x509.UnrecognizedExtension(QC_STATEMENTS, value.replace(web, other)), False


def person(name: str, extension: tuple[x509.ExtensionType, bool]) -> Identity:
    return make_leaf(CA, name, kind="rsa2048", crl_urls=[URL], extensions=[extension])


def judged(signer: Identity, trust: ListTrustSource = LISTED, *, issuer: Identity = CA) -> SignatureReport:
    """The report of a PDF that `signer` signed, with every enricher and a fresh CRL of `issuer`."""
    known = verdicts.load(verdicts.pack(trust, register=[], arcs=[], levels=[]))
    crl = make_crl(issuer, this_update=NOW - timedelta(hours=1))
    report = validate_document(
        sign(blank_pdf(), signer=signer),
        trust=known,
        now=NOW,
        fetcher=lambda url, **_: crl,
        enrichers=[verdicts.qualification(known, {}, {})],
    )
    return report.signatures[0]


def test_the_world_is_sound() -> None:
    assert judged(person("Person", qc("esign"))).qualification == "QESIG"
    assert LISTED.match_token(make_token(UNIT, b"x", gen_time=AT)).standing.result is Result.QUALIFIED


@pytest.mark.parametrize("extension", [qc("web"), unknown_type()], ids=["web", "unknown"])
def test_a_certificate_for_something_else_makes_no_qualified_signature(extension: Any) -> None:
    assert judged(person("Web site", extension)).qualification == "ADESIG"


@pytest.mark.parametrize("make", [make_responder, make_tsa])
def test_the_keys_of_services_sign_no_documents(make: Any) -> None:
    signature = judged(make(CA, "Service of the CA", extensions=[(pointer(), False)]) if make is make_tsa else make(CA))
    assert (signature.indication.value, signature.sub_indication) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")


def test_an_authority_is_nobody_who_signs() -> None:
    usage = ("key_cert_sign", "crl_sign", "digital_signature", "content_commitment")
    listed = make_ca("Signing CA", kind="rsa2048", usage=usage, extensions=[qc("esign")])
    below = make_ca(
        "Signing sub-CA", issuer=listed, kind="rsa2048", usage=usage, extensions=[qc("esign"), (pointer(), False)]
    )
    trust = source(entry("S2", listed))
    assert judged(listed, trust, issuer=listed).qualification == "ADESIG"
    assert judged(below, trust, issuer=listed).qualification == "ADESIG"


@pytest.mark.parametrize(
    "signer",
    [
        make_responder(TSA_CA, "Responder of the TSA"),
        make_tsa(TSA_CA, "Unit with another form of its purpose", critical=False),
        make_tsa(TSA_CA, "Expired unit", not_after=AT - timedelta(days=1)),
    ],
    ids=lambda identity: identity.certificate.common_name,
)
def test_only_time_stamping_certificates_make_time_stamps(signer: Identity) -> None:
    answer = LISTED.match_token(make_token(signer, b"x", gen_time=AT))
    assert (answer.standing.result, answer.standing.reason) == (Result.NOT_LISTED, Reason.TOKEN_NOT_PROVEN)


def test_a_listed_unit_issues_nothing() -> None:
    answer = LISTED.match_token(make_token(make_tsa(UNIT, "Child of a unit"), b"x", gen_time=AT))
    assert answer.standing.reason is Reason.ISSUER_NOT_PROVEN


def of(identity: Identity, trust: ListTrustSource = LISTED) -> StatusAnswer:
    return trust.match_certificate(identity.der, at=AT)


def test_a_listed_end_entity_issues_nothing() -> None:
    listed = person("Listed person", qc("esign"))
    child = make_leaf(listed, "Child", kind="rsa2048", qc=["esign"])
    assert of(child, source(entry("S3", listed))).standing.reason is Reason.ISSUER_NOT_PROVEN


@pytest.mark.parametrize(
    "identity", [person("Unknown", unknown_type()), make_responder(CA), make_tsa(CA)], ids=["type", "ocsp", "tsa"]
)
def test_what_no_scope_names_is_out_of_scope(identity: Identity) -> None:
    answer = of(identity)
    assert (answer.standing.result, answer.standing.reason) == (Result.NOT_VALID, Reason.OUT_OF_SCOPE)
    assert answer.certificate_usages == ()
