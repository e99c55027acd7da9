"""Past certificate validation and validation time sliding (EN 319 102-1, 5.6.2.1 and 5.6.2.2).

The standard slides one control time down the path and asks that what lies below was proven earlier. The same is
said here from below: a key is judged at the time by which everything that it signed is proven to exist. So the signer's
certificate is judged at the proof of existence of the signature; the certificate above it at the latest of that time,
the proof of the certificate itself and that of the revocation data about it; and so on up to the anchor, which nobody
but the list judges. What nothing proves exists since the time of validation only, which makes this the basic
validation of 5.3 for a signature that nothing proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from trustreg.pki.algorithms import AlgorithmCatalogue
from trustreg.pki.certificates import Certificate
from trustreg.pki.egress import Fetcher
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.revocation import Existence, RevocationOutcome, revocation_of


@dataclass(frozen=True, slots=True)
class Judged:
    """One certificate of a path, at the time `at` which counts for its key. `weak`: its signature's algorithms ended
    before the certificate is proven to exist."""

    certificate: Certificate
    at: datetime
    outcome: RevocationOutcome
    weak: bool


def judge_path(
    path: Sequence[Certificate],
    *,
    at: datetime,
    now: datetime,
    existence: Existence,
    catalogue: AlgorithmCatalogue,
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
    candidates: Iterable[Certificate] = (),
    fetcher: Fetcher | None = None,
) -> tuple[Judged, ...]:
    """Every certificate of `path` (leaf first, anchor last) but the anchor. Raises nothing.

    `at` is the lowest proof of existence of what the leaf's key signed; `existence` that of any other object.
    """
    crls, ocsps, candidates = tuple(crls), tuple(ocsps), tuple(candidates)
    judged: list[Judged] = []
    for position, (certificate, issuer) in enumerate(pairwise(path), 2):
        outcome = revocation_of(
            certificate,
            issuer,
            at=at,
            now=now,
            embedded_crls=crls,
            embedded_ocsps=ocsps,
            fetcher=fetcher,
            certificates=candidates,
            catalogue=catalogue,
            existence=existence,
            issuer_trusted=position == len(path),
            above=path[position - 1 :],
        )
        since = existence(certificate.sha256)
        end = catalogue.signature_end(certificate.signature_algorithm, issuer)
        judged.append(Judged(certificate, at, outcome, weak=end is None or since > end))
        evidence = existence(outcome.status.der_sha256) if outcome.status else at
        at = max(at, since, evidence)
    return tuple(judged)


def as_old_as_signature(
    existence: Existence,
    certificate: Certificate,
    *,
    at: datetime,
    catalogue: AlgorithmCatalogue,
    digest: str | None = None,
    enclosed: bool = False,
) -> Existence:
    """`existence`, and the signing certificate proven at `at` with the signature that names it (5.6.2.3).

    The signature names it by `digest`, which proves nothing when it was not reliable then, or has it `enclosed`.
    """
    end = catalogue.digest_end(digest)
    if not enclosed and (end is None or at > end):
        return existence
    return lambda sha256: min(at, existence(sha256)) if sha256 == certificate.sha256 else existence(sha256)


def unproven(judged: Judged) -> Finding:
    """What a weak certificate lacks."""
    who = judged.certificate.common_name or judged.certificate.subject_name
    return Finding(
        "algorithms",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        f"Nothing proves that the certificate is older than the end of the algorithm that signed it. ({who})",
        f"証明書が、その署名アルゴリズムの信頼できる期間内に存在したという証明がありません。({who})",
    )
