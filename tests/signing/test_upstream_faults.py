"""A missing, hanging, garbage, stale or failing upstream never improves a verdict, and never holds it up (design 5).

Each source of evidence is asked over real sockets. What it says when it works gives the verdict to compare with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from tests.pki.factories import T0, Identity, attribute, make_ca, make_crl, make_leaf, make_ocsp, make_token, make_tsa
from tests.pki.upstreams import FAULTS, Server, bomb, drip, hang, ok, truncated, unused_port
from tests.signing.cades_parts import cades, opened, with_unsigned
from tests.signing.signing_world import CA_TYPE, NOW, TSA_TYPE, listed
from trustreg.pki.cms.model import SIGNATURE_TIME_STAMP
from trustreg.pki.egress import Budget, EgressClient

HOUR = timedelta(hours=1)
ROOT = make_ca("Upstream Root")
TSA_ROOT = make_ca("Upstream TSA Root")
ELSEWHERE = make_ca("Upstream Issuing", issuer=make_ca("Upstream Root", number=77), number=78)
TRUST = listed((ROOT, CA_TYPE, ((T0, "qualified"),)), (TSA_ROOT, TSA_TYPE, ((T0, "qualified"),)))
ORDER = ("TOTAL-FAILED", "INDETERMINATE", "TOTAL-PASSED")

Answer = bytes | Callable[..., bytes | None]


@dataclass
class Upstream:
    """One loopback server that plays every upstream by path."""

    plan: dict[str, Answer] = field(default_factory=dict)
    dead: int = 0

    def __post_init__(self) -> None:
        self.server = Server(self._answer)

    def _answer(self, request: bytes, connection: Any) -> bytes | None:
        planned = self.plan.get(request.split(b" ")[1].decode(), FAULTS["500"])
        return planned(request, connection) if callable(planned) else planned

    def url(self, path: str, *, refused: bool) -> str:
        return f"http://127.0.0.1:{self.dead if refused else self.server.port}{path}"

    def client(self) -> EgressClient:
        allow = [self.server.authority, f"127.0.0.1:{self.dead}"]
        return EgressClient(allow=allow, max_bytes=1_000_000)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    held, port = unused_port()
    found = Upstream(dead=port)
    yield found
    found.server.close()
    held.close()


@dataclass(frozen=True)
class Source:
    """A document whose verdict hangs on one upstream, that upstream's answers, and what it needs besides."""

    document: bytes
    path: str
    good: bytes
    revoked: bytes | None
    faults: Mapping[str, bytes]
    others: Mapping[str, bytes]


def _issuing(upstream: Upstream, *, refused: bool = False) -> Identity:
    return make_ca("Upstream Issuing", issuer=ROOT, extensions=[_pointer(upstream.url("/root.crl", refused=refused))])


def _pointer(url: str) -> Any:
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)]
    ), False


def _crls(issuer: Identity, subject: Identity, sibling: Identity) -> dict[str, Any]:
    serial = subject.x509.serial_number
    return {
        "good": make_crl(issuer, this_update=NOW - HOUR),
        "revoked": make_crl(issuer, {serial: (NOW - 2 * HOUR, "keyCompromise")}, this_update=NOW - HOUR),
        "faults": {
            "stale": make_crl(issuer, this_update=NOW - 900 * HOUR, next_update=NOW - 800 * HOUR),
            "of another issuer": make_crl(make_ca("Somebody"), this_update=NOW - HOUR),
            "of another key of that name": make_crl(sibling, this_update=NOW - HOUR),
            "from the future": make_crl(issuer, this_update=NOW + 9 * HOUR),
        },
    }


def _ocsps(issuer: Identity, subject: Identity, sibling: Identity) -> dict[str, Any]:
    other = make_leaf(issuer, "Somebody else", number=5)
    unsuccessful = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return {
        "good": make_ocsp(subject, issuer, this_update=NOW - HOUR),
        "revoked": make_ocsp(subject, issuer, revoked_at=NOW - 2 * HOUR, this_update=NOW - HOUR),
        "faults": {
            "stale": make_ocsp(subject, issuer, this_update=NOW - 900 * HOUR, next_update=NOW - 800 * HOUR),
            "for another certificate": make_ocsp(other, issuer, this_update=NOW - HOUR),
            "for an issuer of the same name": make_ocsp(subject, sibling, this_update=NOW - HOUR),
            "signed by a sibling": make_ocsp(subject, issuer, responder=other, this_update=NOW - HOUR),
            "unknown": make_ocsp(subject, issuer, unknown=True, this_update=NOW - HOUR),
            "try later": unsuccessful.public_bytes(Encoding.DER),
            "from the future": make_ocsp(subject, issuer, this_update=NOW + 9 * HOUR),
        },
    }


def signer_source(upstream: Upstream, kind: str, *, refused: bool) -> Source:
    """The signer's own status, from its only OCSP responder or CRL."""
    issuing = _issuing(upstream)
    path = f"/signer.{kind}"
    pointers = {"ocsp": "ocsp_urls", "crl": "crl_urls"}
    signer = make_leaf(
        issuing, f"Signer {kind}", qc=["esign"], **{pointers[kind]: [upstream.url(path, refused=refused)]}
    )
    answers = (_ocsps if kind == "ocsp" else _crls)(issuing, signer, ELSEWHERE)
    document = cades(signer=signer, certificates=[signer.der, issuing.der])
    return Source(document, path, others={"/root.crl": make_crl(ROOT, this_update=NOW - HOUR)}, **answers)


def authority_source(upstream: Upstream, *, refused: bool) -> Source:
    """The status of the authority above the signer."""
    issuing = _issuing(upstream, refused=refused)
    signer = make_leaf(issuing, "Signer below", qc=["esign"], crl_urls=[upstream.url("/signer.crl", refused=False)])
    document = cades(signer=signer, certificates=[signer.der, issuing.der])
    answers = _crls(ROOT, issuing, make_ca("Upstream Root", number=77))
    return Source(document, "/root.crl", others={"/signer.crl": make_crl(issuing, this_update=NOW - HOUR)}, **answers)


def issuer_source(upstream: Upstream, *, refused: bool) -> Source:
    """The missing certificate of the signer's issuer."""
    issuing = _issuing(upstream)
    signer = make_leaf(
        issuing,
        "Signer alone",
        qc=["esign"],
        ca_issuers=[upstream.url("/issuing.cer", refused=refused)],
        crl_urls=[upstream.url("/signer.crl", refused=False)],
    )
    document = cades(signer=signer, certificates=[signer.der])
    crls = {"/root.crl": ROOT, "/signer.crl": issuing}
    return Source(
        document,
        "/issuing.cer",
        issuing.der,
        None,
        {"another certificate": ROOT.der, "another key of that name": ELSEWHERE.der, "the leaf": signer.der},
        {path: make_crl(issuer, this_update=NOW - HOUR) for path, issuer in crls.items()},
    )


def tsa_source(upstream: Upstream, *, refused: bool) -> Source:
    """The status of the authority that stamped the signature, which outlived its signer's certificate."""
    issuing = _issuing(upstream)
    tsa = make_tsa(TSA_ROOT, "Upstream TSA", extensions=[_pointer(upstream.url("/tsa.crl", refused=refused))])
    signer = make_leaf(
        issuing,
        "Signer then",
        qc=["esign"],
        not_after=NOW - HOUR,
        crl_urls=[upstream.url("/signer.crl", refused=False)],
    )
    crl = make_crl(issuing, this_update=NOW - 3 * HOUR)
    plain = cades(signer=signer, certificates=[signer.der, issuing.der], crls=[crl])
    _, info = opened(plain)
    token = make_token(tsa, info.signature, gen_time=NOW - 2 * HOUR, certificates=[tsa.der, TSA_ROOT.der])
    document = with_unsigned(plain, attribute(SIGNATURE_TIME_STAMP, token))
    answers = _crls(TSA_ROOT, tsa, make_ca("Upstream TSA Root", number=79))
    return Source(
        document,
        "/tsa.crl",
        others={"/root.crl": make_crl(ROOT, this_update=NOW - HOUR), "/signer.crl": crl},
        **answers,
    )


SOURCES: dict[str, Callable[..., Source]] = {
    "OCSP": lambda upstream, **options: signer_source(upstream, "ocsp", **options),
    "CRL": lambda upstream, **options: signer_source(upstream, "crl", **options),
    "CRL of the authority": authority_source,
    "AIA": issuer_source,
    "CRL of the TSA": tsa_source,
}


def judge(upstream: Upstream, source: Source, answer: Answer, *, seconds: float = 3.0) -> ValidationReport:
    """The verdict when that upstream answers so."""
    upstream.plan = {**{path: ok(body) for path, body in source.others.items()}, source.path: answer}
    started = time.monotonic()
    report = validate_document(
        source.document,
        filename="a.p7m",
        trust=TRUST,
        now=NOW,
        fetcher=upstream.client().fetcher(budget=Budget(seconds=seconds)),
    )
    assert time.monotonic() - started < 5
    return report


def rank(report: ValidationReport) -> tuple[int, int]:
    """Greater is better: the indication, and how many time-stamps prove their time."""
    proofs = sum(stamp.proof for signature in report.signatures for stamp in signature.timestamps)
    return ORDER.index(report.indication.value), proofs


@pytest.mark.parametrize("name", SOURCES)
def test_no_fault_improves_a_verdict(upstream: Upstream, name: str) -> None:
    source = SOURCES[name](upstream, refused=False)
    best = rank(judge(upstream, source, ok(source.good)))
    assert best[0] == 2, "with a working upstream the document passes, so every fault is seen"
    slow = {id(one) for one in (hang, drip)}
    faults: dict[str, Answer] = {**FAULTS, **{what: ok(body) for what, body in source.faults.items()}}
    faults["truncated"] = truncated(ok(source.good))
    faults["compressed bomb"] = bomb(source.good)
    for what, answer in faults.items():
        found = rank(judge(upstream, source, answer, seconds=0.3 if id(answer) in slow else 3.0))
        assert found <= best, what
        assert found[0] < 2, f"{what}: nothing else speaks for the document, so it does not pass"
    dead = SOURCES[name](upstream, refused=True)
    assert rank(judge(upstream, dead, b""))[0] < 2, "nobody listens"


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "AIA"])
def test_no_fault_saves_what_was_revoked(upstream: Upstream, name: str) -> None:
    source = SOURCES[name](upstream, refused=False)
    assert source.revoked is not None
    told = rank(judge(upstream, source, ok(source.revoked)))
    assert told[0] < 2
    for what in ("500", "garbage", "empty", "redirect to a private address"):
        assert rank(judge(upstream, source, FAULTS[what]))[0] < 2, what


def test_a_hanging_upstream_costs_no_more_than_the_budget(upstream: Upstream) -> None:
    source = SOURCES["OCSP"](upstream, refused=False)
    report = judge(upstream, source, hang)
    assert rank(report)[0] < 2


def test_an_unreachable_responder_leaves_the_list(upstream: Upstream) -> None:
    """Two sources: what the second one says counts, for better and for worse."""
    issuing = _issuing(upstream)
    urls = {"ocsp_urls": [upstream.url("/a.ocsp", refused=False)], "crl_urls": [upstream.url("/a.crl", refused=False)]}
    signer = make_leaf(issuing, "Signer twice", qc=["esign"], **urls)
    document = cades(signer=signer, certificates=[signer.der, issuing.der])
    crls = _crls(issuing, signer, ELSEWHERE)
    root = {"/root.crl": make_crl(ROOT, this_update=NOW - HOUR)}
    good = Source(document, "/a.ocsp", b"", None, {}, {**root, "/a.crl": crls["good"]})
    revoked = Source(document, "/a.ocsp", b"", None, {}, {**root, "/a.crl": crls["revoked"]})
    assert rank(judge(upstream, good, FAULTS["500"]))[0] == 2
    assert rank(judge(upstream, revoked, FAULTS["500"]))[0] < 2


def test_strangers_make_us_ask_only_hosts_of_listed_services(upstream: Upstream) -> None:
    asked: list[frozenset[str]] = []
    client = upstream.client()

    def restricted(hosts: frozenset[str]) -> Any:
        asked.append(hosts)
        return client.fetcher(budget=Budget(), hosts=hosts)

    source = SOURCES["AIA"](upstream, refused=False)
    upstream.plan = {path: ok(body) for path, body in {**source.others, source.path: source.good}.items()}
    before = len(upstream.server.hits)
    options: dict[str, Any] = {"now": NOW, "fetcher": client.fetcher(), "restricted_fetcher": restricted}
    report = validate_document(source.document, filename="a.p7m", trust=TRUST, **options)
    assert rank(report)[0] < 2
    assert (asked, len(upstream.server.hits)) == ([], before), "the chain of a stranger's certificate leads nowhere yet"
    naming = make_ca("Upstream Root", extensions=[_pointer(upstream.url("/unused.crl", refused=False))])
    assert naming.spki_sha256 == ROOT.spki_sha256
    trust = listed((naming, CA_TYPE, ((T0, "qualified"),)))
    report = validate_document(source.document, filename="a.p7m", trust=trust, **options)
    assert rank(report)[0] == 2, "the listed service names that host itself"
