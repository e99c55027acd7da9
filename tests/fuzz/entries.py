"""What is fuzzed: each parser's entry, the errors that it may raise, and sound input to start from."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

import trusted_list_factory as lists

from qualified_list.domain.signature import sign_list, verify_list
from qualified_list.domain.xml import parse_list, render_list
from signing.domain.formats import FORMATS, DetachedDocument
from signing.domain.report import ValidationReport
from signing.domain.supplied import read_supplied
from signing.domain.xades import hardened
from tests.fuzz import SHARED
from tests.pki.factories import make_crl, make_leaf, make_ocsp, make_response, make_token
from tests.signing import cades_parts, evidence_world, jades_parts, test_asic, xml_world
from tests.signing.signing_world import NOW, blank_pdf, network, sign, stamp, trust, validate, world
from timestamp.domain.tokens import parse_any
from trustreg.base.errors import InvalidInput, TrustregError
from trustreg.pki import asn1
from trustreg.pki.certificates import load_certificate, parse_certificate
from trustreg.pki.cms import parse_signed_data
from trustreg.pki.errors import PkiError
from trustreg.pki.revocation import parse_crl, parse_ocsp

STAMPED: Final = NOW - timedelta(days=2)
MAX_SEED: Final = 60_000
OURS: Final = frozenset({"PARSER_FAILED", "INTERNAL_ERROR"})
"""The notices of a report that say that our own code broke."""


class OurFault(AssertionError):
    """A report that says that a reader or the procedure failed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One parser. `read` may raise `errors` and nothing else; `seeds` are inputs to start from."""

    name: str
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    seeds: Callable[[], Sequence[bytes]]

    def attempt(self, data: bytes) -> None:
        """Read `data`; an error outside `errors` passes through, as a defect."""
        with contextlib.suppress(*self.errors):
            self.read(data)


def _report(data: bytes) -> ValidationReport:
    beside = [DetachedDocument("contract.txt", cades_parts.CONTENT), DetachedDocument("other.txt", b"Other.")]
    report = validate(data, detached=beside, trust=_trust(), fetcher=_network())
    json.dumps(report.to_json())
    notices = [*report.errors, *(error for signature in report.signatures for error in signature.errors)]
    if fault := next((notice for notice in notices if notice.code in OURS), None):
        raise OurFault(fault.message.en)
    return report


@cache
def _trust() -> Any:
    return trust()


@cache
def _network() -> Any:
    return network()


def _from_corpus(*endings: str) -> list[bytes]:
    """The small documents of other projects with these endings; none where they are absent."""
    files = sorted((SHARED / "corpus" / "documents").glob("*"))
    return [file.read_bytes() for file in files if file.name.endswith(endings) and file.stat().st_size < MAX_SEED]


def _pdfs() -> list[bytes]:
    signed = sign(blank_pdf(), stamped_at=STAMPED)
    return [signed, stamp(sign(signed, field_name="Sig2"), STAMPED + timedelta(days=1)), *_from_corpus(".pdf")]


def _cms() -> list[bytes]:
    attached = cades_parts.cades()
    stamped = cades_parts.stamped(attached, STAMPED)
    return [
        attached,
        cades_parts.cades(detached=True),
        cades_parts.archived_v3(stamped, STAMPED + timedelta(days=1)),
        cades_parts.countersigned(attached),
        *_from_corpus(".p7m", ".p7s", ".pkcs7"),
    ]


def _xml() -> list[bytes]:
    return [xml_world.signed(), xml_world.signed(level="LTA", by=xml_world.signer()), *_from_corpus(".xml")]


def _json() -> list[bytes]:
    jws = jades_parts.signed()
    stamped = jades_parts.archived(jades_parts.stamped(jws, STAMPED), STAMPED + timedelta(days=1))
    return [jades_parts.octets(stamped), jades_parts.compact(jws), *_from_corpus(".json")]


def _containers() -> list[bytes]:
    return [test_asic.archive(test_asic.asic_e()), *_from_corpus(".asice", ".asics", ".sce", ".scs")]


def _tokens() -> list[bytes]:
    token = make_token(world().tsa, b"data", gen_time=STAMPED)
    return [token, make_response(token), *_from_corpus(".tst", ".tsr")]


def _evidence_records() -> list[bytes]:
    objects = [cades_parts.CONTENT]
    records = (evidence_world.Asn1(), evidence_world.Xml())
    return [
        *(record.initial(objects, others=3).renewed(evidence_world.SECOND).encode() for record in records),
        *(record.initial(objects).rebuilt(objects, evidence_world.SECOND).encode() for record in records),
        *_from_corpus(".ers"),
    ]


def _certificates() -> list[bytes]:
    return [world().ca.der, world().tsa.der, make_leaf(world().ca, qc=("eseal",)).der]


def _crls() -> list[bytes]:
    return [make_crl(world().ca, this_update=NOW, revoked={7: (NOW, "keyCompromise")})]


def _ocsps() -> list[bytes]:
    return [make_ocsp(world().signer, world().ca, this_update=NOW)]


def _list(data: bytes) -> None:
    parse_list(data)
    verify_list(data, signer_keys=[lists.signer("p256").certificate])


def _lists() -> list[bytes]:
    own = sign_list(render_list(lists.issue(lists.service())), key=lists.signer("p256"), at=lists.ISSUED)
    found = sorted((SHARED / "corpus" / "lists").rglob("*.xml"), key=lambda file: file.stat().st_size)
    return [own, *(file.read_bytes() for file in found[:4])]


def _recognised(data: bytes) -> None:
    for form in FORMATS:
        form.recognise(data)


def _supplied() -> list[bytes]:
    crl, ocsp = _crls()[0], _ocsps()[0]
    pem = ssl.DER_cert_to_PEM_cert(crl).replace("CERTIFICATE", "X509 CRL").encode()
    return [pem, pem + ssl.DER_cert_to_PEM_cert(_certificates()[0]).encode(), crl, ocsp]


ENTRIES: Final[dict[str, Entry]] = {
    entry.name: entry
    for entry in (
        Entry("pdf", _report, (InvalidInput,), _pdfs),
        Entry("cms", _report, (InvalidInput,), _cms),
        Entry("xml", _report, (InvalidInput,), _xml),
        Entry("json", _report, (InvalidInput,), _json),
        Entry("container", _report, (InvalidInput,), _containers),
        Entry("time-stamp", _report, (InvalidInput,), _tokens),
        Entry("evidence-record", _report, (InvalidInput,), _evidence_records),
        Entry("recognition", _recognised, (), lambda: [*_pdfs()[:1], *_cms()[:1], *_xml()[:1], *_containers()[:1]]),
        Entry("asn1", lambda data: asn1.to_der(asn1.read(data)), (PkiError,), _certificates),
        Entry("signed-data", parse_signed_data, (PkiError,), _cms),
        Entry("token", parse_any, (PkiError,), _tokens),
        Entry("certificate", parse_certificate, (PkiError,), _certificates),
        Entry("certificate-file", load_certificate, (PkiError,), _certificates),
        Entry("crl", parse_crl, (PkiError,), _crls),
        Entry("ocsp", parse_ocsp, (PkiError,), _ocsps),
        Entry("supplied", lambda data: read_supplied([data]), (InvalidInput,), _supplied),
        Entry("xml-parser", hardened.parse, (hardened.XmlError,), _xml),
        Entry("trusted-list", _list, (TrustregError,), _lists),
    )
}
