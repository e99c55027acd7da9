"""PDF documents with a full verdict (chain, revocation, list): ours beside pyHanko, same roots, same responses."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
from collections.abc import Callable

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import OCSPContainer

from bench.race import VAR, Outcome, race, say
from bench.world import Signed, World, child_settings
from signing.pool import Document, Pool, Snapshot
from trustreg import verdicts
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import Level, sign_pdf
from trustreg.pki.indications import Indication

IN_A_ROUND = 100
ROUNDS = 3


def single(world: World, level: Level, seconds: float) -> Outcome:
    """Documents with one signature, each with a certificate of its own that nobody has seen before."""
    documents = world.documents(level, IN_A_ROUND * ROUNDS + 3)
    settings = child_settings(world.evidence)
    with Pool(1, factory="bench.world:engine", settings=settings) as pool:
        pool.set_trust(Snapshot(world.trust.version, verdicts.pack(world.trust, register=(), arcs=(), levels=())))
        pool.warm()
        return race(
            f"PAdES-{level}, one signature, {IN_A_ROUND} different documents in turn",
            [
                ("trustreg", ours(world)),
                ("trustreg, through the warm child pool", pooled(pool)),
                ("pyHanko, validate_pdf_signature", classic(world)),
                ("pyHanko, AdES API", ades(world, level)),
            ],
            [documents[3 + start : 3 + start + IN_A_ROUND] for start in range(0, IN_A_ROUND * ROUNDS, IN_A_ROUND)],
            warm_up=documents[:3],
            seconds=seconds,
        )


def many(world: World, seconds: float, signatures: int = 24) -> Outcome:
    """One document signed many times over, as incremental updates."""
    credential = world.pki.issue(CA_LABEL[0], CA_LABEL[1], label=CA_LABEL[2])
    path = VAR / "documents" / f"signed-{signatures}-times.pdf"
    if not path.exists():
        say(f"signing one document {signatures} times, once …")
        path.parent.mkdir(parents=True, exist_ok=True)
        pdf = blank_pdf("議事録", ["Minutes, signed by everybody"])
        for number in range(signatures):
            pdf = sign_pdf(pdf, credential=credential, level="T", tsa=world.tsa, field_name=f"Signature{number}")
        path.write_bytes(pdf)
    document = world.with_evidence(path.read_bytes(), credential.certificate)
    return race(
        f"PDF with {signatures} PAdES-T signatures, {len(document.data) // 1000} KB",
        [
            ("trustreg", ours(world, signatures=signatures)),
            ("pyHanko, validate_pdf_signature", classic(world, signatures=signatures)),
        ],
        [[document]] * 7,
        warm_up=[document],
        seconds=seconds,
    )


CA_LABEL = ("bench-ca", "Signer of many", "many")


def ours(world: World, *, signatures: int = 1) -> Callable[[Signed], bool]:
    """Our report, rendered as JSON; valid when it is TOTAL-PASSED and each signature qualified by the list."""
    validate = world.validator()

    def call(document: Signed) -> bool:
        report = validate(document.data)
        report.to_json()
        return (
            report.indication is Indication.TOTAL_PASSED
            and [one.qualification for one in report.signatures] == ["QESIG"] * signatures
        )

    return call


def pooled(pool: Pool) -> Callable[[Signed], bool]:
    """The same by a limited child process, there and back."""

    def call(document: Signed) -> bool:
        report = pool.validate(Document(document.data, "a.pdf"))
        return bool(report["indication"] == "TOTAL-PASSED" and report["signatures"][0]["qualification"] == "QESIG")

    return call


def classic(world: World, *, signatures: int = 1) -> Callable[[Signed], bool]:
    """pyHanko's usual API. Roots are parsed once; revocation is required, from the responses given, no fetching."""
    roots = [parsed(root) for root in world.roots]

    def call(document: Signed) -> bool:
        responses = [asn1_ocsp.OCSPResponse.load(der) for der in (document.signer_ocsp, document.tsa_ocsp)]
        context = ValidationContext(trust_roots=roots, ocsps=responses, allow_fetching=False, revocation_mode="require")
        embedded = PdfFileReader(io.BytesIO(document.data)).embedded_regular_signatures
        results = [validate_pdf_signature(one, signer_validation_context=context) for one in embedded]
        return len(results) == signatures and all(result.bottom_line for result in results)

    return call


def ades(world: World, level: Level) -> Callable[[Signed], bool]:
    """pyHanko's EN 319 102-1 procedures (5.3 basic signatures, 5.5 signatures with time), without fetching."""
    procedure = ades_basic_validation if level == "B" else ades_with_time_validation
    trust = SimpleTrustManager.build(trust_roots=[parsed(root) for root in world.roots])
    policy = CertValidationPolicySpec(trust_manager=trust, revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO))
    gathering = RevocationInfoGatheringSpec(
        online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
        certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
    )

    def call(document: Signed) -> bool:
        responses = [
            container
            for der in (document.signer_ocsp, document.tsa_ocsp)
            for container in OCSPContainer.load_multi(asn1_ocsp.OCSPResponse.load(der))
        ]
        specification = SignatureValidationSpec(policy, gathering, local_knowledge=LocalKnowledge(responses))
        embedded = PdfFileReader(io.BytesIO(document.data)).embedded_regular_signatures[0]
        embedded.compute_integrity_info()
        result = asyncio.run(procedure(embedded.signed_data, specification, raw_digest=embedded.compute_digest()))
        return result.ades_subindic is AdESPassed.OK

    return call


def profile(world: World) -> str:
    """The ten functions in which our validation of PAdES-T documents spends the most time of its own."""
    documents = world.documents("T", IN_A_ROUND + 3)
    call = ours(world)
    for document in documents[:3]:
        call(document)
    profiler = cProfile.Profile()
    profiler.enable()
    for document in documents[3:]:
        call(document)
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(10)
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("cumulative").print_stats(40)
    return text.getvalue()


def parsed(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """A certificate as pyHanko takes it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
