"""A token validated at a time: its own cryptography, the chain of its authority, revocation (EN 319 102-1 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from timestamp.domain.proofs import TokenCheck
from timestamp.domain.tokens import TimeStampToken, TokenVerification
from trustreg.pki.algorithms import AlgorithmCatalogue, default_catalogue
from trustreg.pki.certificates import Certificate, parse_certificate
from trustreg.pki.errors import MalformedCertificate
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.past import as_old_as_signature, judge_path, unproven
from trustreg.pki.paths import AnchorSet, PathResult, validate_path
from trustreg.pki.revocation import Existence, Fetcher, RevocationOutcome


@dataclass(frozen=True, slots=True)
class TokenValidation:
    """All that was found at `at` (the token's lowest proof of existence, else now).

    `path` None: there is no certificate to start from. `revocation` is in path order, the anchor left out. `findings`
    are the failures, the one that decides first, then the rest.
    """

    at: datetime
    token: TimeStampToken
    verification: TokenVerification
    path: PathResult | None
    revocation: tuple[RevocationOutcome, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether cryptography, chain, revocation and algorithms all pass. What the list says comes on top."""
        return self.verification.intact is True and not any(finding.failed for finding in self.findings)

    @property
    def sub_indication(self) -> SubIndication | None:
        """Of the failure that decides; None when it passed."""
        return next((finding.sub_indication for finding in self.findings if finding.failed), None)

    @property
    def check(self) -> TokenCheck:
        """For `timestamp.domain.proofs.accept_proofs`: the anchor is the key that the list names."""
        anchor = self.path.anchor if self.path is not None else None
        return TokenCheck(
            passed=self.passed,
            listed_key=anchor.spki_sha256 if anchor is not None else None,
            finding=next((finding for finding in self.findings if finding.failed), None),
        )


def validate_token(
    token: TimeStampToken,
    verification: TokenVerification,
    *,
    at: datetime,
    now: datetime,
    anchors: AnchorSet,
    candidates: Iterable[Certificate] = (),
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
    fetcher: Fetcher | None = None,
    catalogue: AlgorithmCatalogue | None = None,
    existence: Existence | None = None,
) -> TokenValidation:
    """Validate the chain of the TSA certificate, the revocation of each certificate of it, and the algorithms, at `at`.

    `verification` is what `verify_token` said. Certificates and revocation data inside the token are used beside the
    given ones, unless dated after `now`, the real time. A revocation after `at` does not count. `existence` says since
    when certificates and revocation data are proven to exist, now without it. Raises nothing.
    """
    catalogue = catalogue or default_catalogue()
    existence = existence or (lambda _: now)
    findings = [finding for finding in verification.findings if finding.failed]
    notes = [finding for finding in verification.findings if not finding.failed]
    certificate = verification.tsa_certificate
    path: PathResult | None = None
    outcomes: list[RevocationOutcome] = []
    _algorithms(token, certificate, at, catalogue, findings)
    if certificate is not None:
        pool = [*candidates, *_embedded(token)]
        path = validate_path(certificate, candidates=pool, anchors=anchors, at=at, catalogue=catalogue, fetcher=fetcher)
        findings.extend(path.findings)
        # A chain that leads nowhere is not asked about: its addresses are a stranger's.
        chain = path.certificates if path.anchor is not None else ()
        references = token.signed_data.signers[0].ess_references
        judged = judge_path(
            chain,
            at=at,
            now=now,
            existence=as_old_as_signature(
                existence,
                certificate,
                at=at,
                catalogue=catalogue,
                digest=references[0].algorithm if references else None,
            ),
            catalogue=catalogue,
            crls=(*crls, *token.signed_data.crls),
            ocsps=(*ocsps, *token.signed_data.ocsp_responses),
            candidates=pool,
            fetcher=fetcher,
        )
        for position, one in enumerate(judged):
            outcomes.append(one.outcome)
            finding = _revocation(one.outcome, one.at, is_signer=position == 0)
            if finding is not None:
                findings.append(finding)
            if one.weak and not any(found.check == "algorithms" for found in findings):
                findings.append(unproven(one))
    # What is wrong for ever decides before what is not known, else the order of the standard.
    findings.sort(key=lambda finding: finding.sub_indication is None or not _final(finding.sub_indication))
    return TokenValidation(at, token, verification, path, tuple(outcomes), (*findings, *notes))


def _final(sub_indication: SubIndication) -> bool:
    return sub_indication.indication.value == "TOTAL-FAILED"


def _embedded(token: TimeStampToken) -> list[Certificate]:
    found = []
    for der in token.signed_data.certificates:
        try:
            found.append(parse_certificate(der))
        except MalformedCertificate:
            continue
    return found


def _algorithms(
    token: TimeStampToken,
    certificate: Certificate | None,
    at: datetime,
    catalogue: AlgorithmCatalogue,
    findings: list[Finding],
) -> None:
    ends = {"imprint": catalogue.digest_end(token.imprint_algorithm)}
    signer = token.signed_data.signers[0]
    ends["message digest"] = catalogue.digest_end(signer.digest_algorithm)
    if certificate is not None:
        algorithm = signer.signature_algorithm.with_digest(signer.digest_algorithm or "")
        ends["signature"] = catalogue.signature_end(algorithm, certificate)
    weak = [name for name, end in ends.items() if end is None or at > end]
    if weak:
        findings.append(
            Finding(
                "timestamp_algorithms",
                SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
                f"Algorithms of the token are not reliable at its proof of existence: {', '.join(weak)}.",
                f"存在の証明された時点で、トークンのアルゴリズムが信頼できるものではありません: {', '.join(weak)}",
            )
        )


def _revocation(outcome: RevocationOutcome, at: datetime, *, is_signer: bool) -> Finding | None:
    # `at` is proven, genTime is not: a stolen key dates its tokens as it likes.
    sub = outcome.sub_indication_at(at, is_signer=is_signer)
    if sub is None:
        return None
    return Finding(
        "timestamp_revocation",
        sub,
        "A certificate of the time-stamping authority is revoked, or nothing says that it is not.",
        "タイムスタンプ局の証明書が失効しているか、失効していないことを確認できません。",
    )
