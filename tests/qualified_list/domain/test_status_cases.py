"""The table of what *qualified at T* means, case by case, with real keys, certificates and tokens."""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime
from typing import Any

import pytest
import status_worlds as worlds
import trusted_list_factory as factory
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.sign.timestamps import DummyTimeStamper
from status_worlds import CASES, moment

from qualified_list.domain.qualification import qualify_certificate
from qualified_list.domain.status import StatusAnswer
from qualified_list.domain.status.source import TIME_STAMP_SERVICES
from timestamp.domain.proofs import CoveredToken, ProofDecision, TokenCheck, accept_proofs


def by_id(section: str) -> Any:
    return pytest.mark.parametrize("case", CASES[section], ids=lambda case: case["id"])


def expect(answer: StatusAnswer, expected: dict[str, Any]) -> None:
    standing = answer.standing
    assert standing.result == expected["result"]
    if "status" in expected:
        assert standing.status == expected["status"]
    if "reason" in expected:
        assert standing.reason == expected["reason"]
    for member in ("since", "until"):
        if member in expected:
            wanted = moment(expected[member]) if expected[member] else None
            assert getattr(standing, member) == wanted
    if "matched_by" in expected:
        assert answer.matched_by == expected["matched_by"]


@by_id("status")
def test_status(case: dict[str, Any]) -> None:
    source = worlds.source(case["world"])
    query = case["query"]
    if "as_of" in query:
        source = source.as_of(query["as_of"])
    expect(source.status_of_service(query["service"], at=moment(query["at"])), case["expect"])


@by_id("matching")
def test_matching(case: dict[str, Any]) -> None:
    source = worlds.source(case["world"])
    at = moment(case["at"])
    given = case["input"]
    if given["kind"] == "timestamp_token":
        token = time_stamp_token("K3", moment(given.get("gen_time", case["at"])))
        if "altered" in given["signed_by"]:
            token = token[:-1] + bytes([token[-1] ^ 1])
        expect(source.match_token(token, at=at), case["expect"])
        return
    if "is" in given:
        certificate = factory.ca_certificate("K1")
        if "end-entity" in given["is"]:
            certificate = worlds.end_entity("K1").der
        if given["kind"] == "certificate_sha256":
            expect(source.match_fingerprint(hashlib.sha256(certificate).digest(), at=at), case["expect"])
        else:
            expect(source.match_certificate(certificate, at=at), case["expect"])
        return
    intermediates = []
    issuer, issuer_name = given["signed_by"], None
    if issuer == "another key":
        issuer, issuer_name = "a key on no list", "K1"
    if "via" in given:
        intermediates = [worlds.end_entity("K1", is_ca=True, subject_key="intermediate").der]
        issuer = "intermediate"
    certificate = worlds.end_entity(issuer, usage=given["type"], issuer_of=issuer_name).der
    expect(source.match_certificate(certificate, at=at, intermediates=intermediates), case["expect"])


@functools.cache
def time_stamp_token(key: str, gen_time: datetime) -> bytes:
    private = factory.key(key).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        tsa_cert=asn1_x509.Certificate.load(worlds.tsa_certificate(key)),
        tsa_key=asn1_keys.PrivateKeyInfo.load(private),
        fixed_dt=gen_time,
    )
    _, request = stamper.request_cms(hashlib.sha256(b"document").digest(), "sha256")
    token: bytes = stamper.request_tsa_response(request)["time_stamp_token"].dump()
    return token


def outcome(case: dict[str, Any], *, kind: str, best: datetime) -> Any:
    source = worlds.source(case["world"], tuple(case.get("entry_qualifiers", ())))
    claimed = case["certificate"]
    certificate = worlds.end_entity(
        case["issuer_key"],
        usage=claimed["type"],
        claim=claimed["claim"],
        qscd=claimed["qscd"],
        not_before=moment(claimed["not_before"]),
    )
    return qualify_certificate(
        source,
        certificate,
        issuer_spki_sha256=worlds.spki_sha256(case["issuer_key"]),
        kind=kind,  # type: ignore[arg-type]
        best_signature_time=best,
    )


@by_id("qualification")
def test_qualification(case: dict[str, Any]) -> None:
    found = outcome(case, kind=case["kind"], best=moment(case["best_signature_time"]))
    assert found.qualification == case["expect"]
    if "reason" in case:
        assert found.reason == case["reason"]


def covered(name: str, key: str, generation: datetime, covers: frozenset[str]) -> CoveredToken:
    return CoveredToken(
        id=name,
        generation_time=generation,
        covers=covers,
        check=lambda at, lowest: TokenCheck(passed=True, listed_key=worlds.spki_sha256(key)),
    )


@by_id("timestamps")
def test_time_stamp_qualification(case: dict[str, Any]) -> None:
    """The lowest proof of existence is given as `now` of a token that nothing else covers."""
    token = covered("t", case["tsa_key"], moment(case["generation_time"]), frozenset({"signature"}))
    proofs = accept_proofs([token], trust=worlds.source(case["world"]), now=moment(case["lowest_proof_of_existence"]))
    decision: ProofDecision = proofs.decisions["t"]
    assert {"qualification": decision.qualification, "proof": decision.proves} == case["expect"]


@by_id("proofs")
def test_proofs(case: dict[str, Any]) -> None:
    source = worlds.source(case["world"])
    tokens = []
    for number, token in enumerate(case["tokens"]):
        covers = {"signature"}
        if token["covers"] == "archive over all":
            covers |= {f"t{earlier}" for earlier in range(number)}
        tokens.append(covered(f"t{number}", token["tsa_key"], moment(token["generation_time"]), frozenset(covers)))
    proofs = accept_proofs(tokens, trust=source, now=moment(case["now"]))
    best = proofs.lowest("signature")
    expected = case["expect"]
    assert best == moment(expected["best_signature_time"])
    assert outcome(case, kind="signature", best=best).qualification == expected["qualification"]
    anchor = source.standing(spki_sha256=worlds.spki_sha256(case["issuer_key"]), at=best)
    assert anchor.counts is expected["issuer_is_anchor"]


def test_tokens_of_unlisted_keys_are_nobodys() -> None:
    answer = worlds.source("levels").match_token(time_stamp_token("KU", moment("2026-02-01T00:00:00Z")))
    assert (answer.standing.result, answer.standing.reason) == ("NOT_LISTED", "ISSUER_NOT_PROVEN")


def test_a_source_read_back_gives_the_same_answers() -> None:
    for name, world in CASES["worlds"].items():
        source = worlds.source(name)
        again = type(source).from_bytes(source.to_bytes())
        assert again.version == source.version
        assert again.identities() == source.identities()
        for record in world["lists"]:
            at = moment(record["issued_at"])
            for service in world["services"].values():
                key = worlds.spki_sha256(service["key"])
                assert again.standing(spki_sha256=key, at=at) == source.standing(spki_sha256=key, at=at)
                stamps = source.standing(spki_sha256=key, at=at, service_types=TIME_STAMP_SERVICES)
                assert stamps.service_type is None or "TSA" in stamps.service_type
