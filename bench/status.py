"""Status queries by listed identity, in process, on an index of many services with history."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bench.race import Figure, Outcome, say
from bench.world import LISTED_SINCE, entry, provider, source
from qualified_list.domain.model import State, Status, Text
from qualified_list.domain.status import ListTrustSource
from trustreg.pki.trust import Result, ServiceType, Usage

HISTORY = 9
IN_A_PROVIDER = 50
QUESTIONS = 2000
ROUNDS = 7


def contest(services: int) -> Outcome:
    """Certificate fingerprint and time in, answer with its reasons out; no peer answers such questions.

    One call is too short for a clock: each figure is the mean over 2,000 questions about different services.
    """
    say(f"making {services:,} certificates and their index …")
    certificates = _certificates(services)
    began = time.perf_counter()
    trust = _source(certificates)
    loaded = time.perf_counter() - began
    fingerprints = [hashlib.sha256(der).digest() for der in certificates[:: max(1, services // QUESTIONS)]][:QUESTIONS]
    questions: list[tuple[str, Callable[[bytes, datetime], bool]]] = [
        (
            "by fingerprint, in the current state",
            lambda key, _: (
                trust.match_fingerprint(key, at=LISTED_SINCE + timedelta(days=700)).standing.result is Result.QUALIFIED
            ),
        ),
        (
            "by fingerprint, at a time of its history",
            lambda key, at: trust.match_fingerprint(key, at=at).standing.service_id is not None,
        ),
    ]
    times = [LISTED_SINCE + timedelta(days=(number * 7) % 260, seconds=1) for number in range(len(fingerprints))]
    outcome = Outcome(
        f"Status query in process, {services:,} services, {services * (HISTORY + 1):,} states", compared=False
    )
    for name, ask in questions:
        figure = Figure(name)
        for _ in range(ROUNDS):
            start = time.perf_counter_ns()
            answers = [ask(key, at) for key, at in zip(fingerprints, times, strict=True)]
            figure.calls.append((time.perf_counter_ns() - start) / 1e6 / len(answers))
            figure.rounds.append(figure.calls[-1])
            if not all(answers):
                raise SystemExit(f"{outcome.title}: {name}: an answer is wrong; nothing was measured.")
        outcome.figures.append(figure)
    outcome.notes.append(f"the index was compiled from the list model in {loaded:.2f} s")
    return outcome


def _source(certificates: list[bytes]) -> ListTrustSource:
    entries = [
        entry(f"service-{number}", ServiceType.CA_PKC, der, (Usage.ESIGN,), _history(number))
        for number, der in enumerate(certificates)
    ]
    trust = source(
        [
            provider(f"provider-{start}", entries[start : start + IN_A_PROVIDER])
            for start in range(0, len(entries), IN_A_PROVIDER)
        ]
    )
    trust.identities()
    return trust


def _history(number: int) -> tuple[State, ...]:
    """Suspensions and reinstatements, newest first."""
    names = (Text("en", f"service-{number}"), Text("ja", "サービス"))
    return tuple(
        State(
            Status.SUSPENDED if step % 2 else Status.QUALIFIED,
            names,
            LISTED_SINCE + timedelta(days=30 * step),
            (Usage.ESIGN,),
        )
        for step in reversed(range(HISTORY))
    )


def _certificates(count: int) -> list[bytes]:
    """Self-signed CA certificates with a key each, DER."""
    made = []
    for number in range(count):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Bench CA {number}"),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(number + 1)
            .not_valid_before(LISTED_SINCE)
            .not_valid_after(LISTED_SINCE + timedelta(days=9000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        )
        made.append(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    return made
