"""The revocation status of one certificate from everything that is at hand (EN 319 102-1 5.2.5, 5.2.6)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from trustreg.pki.algorithms import AlgorithmCatalogue, default_catalogue
from trustreg.pki.certificates import Certificate
from trustreg.pki.egress import Fetcher
from trustreg.pki.errors import EgressError, MalformedRevocationData
from trustreg.pki.extensions import EKU_OCSP_SIGNING
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths import issued_by
from trustreg.pki.revocation.crl import parse_crl
from trustreg.pki.revocation.crl_status import crl_authority, evaluate_crl
from trustreg.pki.revocation.model import RevocationOutcome, RevocationState, RevocationStatus, refused
from trustreg.pki.revocation.ocsp import build_ocsp_request, evaluate_ocsp, parse_ocsp

_MAX_URLS = 2
_NONCE_KEY = secrets.token_bytes(32)

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock of a responder may be ahead of ours."""

Existence = Callable[[bytes], datetime]
"""SHA-256 of a DER -> its lowest proof of existence; the time of validation when nothing proves it."""

_NO_POE = frozenset({SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE})


def revocation_of(
    certificate: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    now: datetime,
    embedded_crls: Iterable[bytes] = (),
    embedded_ocsps: Iterable[bytes] = (),
    fetcher: Fetcher | None = None,
    certificates: Iterable[Certificate] = (),
    catalogue: AlgorithmCatalogue | None = None,
    existence: Existence | None = None,
    issuer_trusted: bool = True,
    above: Sequence[Certificate] = (),
) -> RevocationOutcome:
    """What is known at `at` about a certificate of `issuer`. Raises nothing.

    Embedded evidence comes first; unless some was issued after `at`, OCSP (POST) and then CRL are fetched: whoever made
    the document chose what is in it, and an answer from before a revocation stays good until its nextUpdate. Evidence
    dated after `now` (the real time) is refused.
    `certificates` are candidates for OCSP responders and separate CRL keys; `above` is the path from the issuer to the
    anchor, for CRLs that another key of the issuer signed. Of several answers a permanent revocation wins, else the
    latest.
    Evidence that cannot be used leaves a finding and nothing else: it can only worsen the outcome.
    Evidence counts when it is proven (`existence`) to be older than the end of its algorithms and of the certificate
    whose key signed it: whoever comes by the key later dates what it signs at will (EN 319 102-1 5.6.2.4). Only a
    trust anchor (`issuer_trusted`) does not expire. Among sufficient evidence the longest proven is taken, and
    fetched evidence only where none at hand is as good.
    """
    search = _Search(
        at,
        now,
        tuple(embedded_crls),
        tuple(embedded_ocsps),
        fetcher,
        tuple(certificates),
        catalogue or default_catalogue(),
        existence or (lambda _: now),
        issuer_trusted,
    )
    return search.outcome(certificate, issuer, tuple(above) or (issuer,), frozenset())


class _Search:
    def __init__(
        self,
        at: datetime,
        now: datetime,
        crls: tuple[bytes, ...],
        ocsps: tuple[bytes, ...],
        fetcher: Fetcher | None,
        certificates: tuple[Certificate, ...],
        catalogue: AlgorithmCatalogue,
        existence: Existence,
        issuer_trusted: bool,
    ) -> None:
        self.at = at
        self.now = now
        self.crls = crls
        self.ocsps = ocsps
        self.fetcher = fetcher
        self.certificates = certificates
        self.catalogue = catalogue
        self.existence = existence
        self.issuer_trusted = issuer_trusted

    def outcome(
        self, certificate: Certificate, issuer: Certificate, above: tuple[Certificate, ...], visited: frozenset[bytes]
    ) -> RevocationOutcome:
        if _nothing_to_ask(certificate):
            return RevocationOutcome(required=False)
        visited = visited | {certificate.sha256}
        answers: list[RevocationStatus] = []
        findings: list[Finding] = []
        for der in self.ocsps:
            self._take(self._ocsp(der, certificate, issuer, "embedded", visited), answers, findings)
        for der in self.crls:
            self._take(self._crl(der, certificate, issuer, above, "embedded", visited), answers, findings)
        if self.fetcher is not None and not any(_permanent(one) or one.this_update >= self.at for one in answers):
            answers += self._fetch(self.fetcher, certificate, issuer, above, visited, findings)
        best = self._best(answers)
        if best is None:
            if any(not point.signed_by(certificate.issuer) for point in certificate.crl_points):
                findings.append(
                    refused(
                        "crl_scope",
                        "The certificate names a CRL that somebody else than its issuer signs; such are not used.",
                        "証明書が示す CRL は発行者以外が署名する間接 CRL のため、使用しません。",
                    )
                )
            unproven = any(finding.sub_indication in _NO_POE for finding in findings)
            if not unproven and not any(finding.check == "ocsp_unknown" for finding in findings):
                findings.append(
                    Finding(
                        "revocation",
                        SubIndication.TRY_LATER,
                        "Nothing usable says whether the certificate was revoked.",
                        "証明書の失効状態を示す有効な情報がありません。",
                    )
                )
            # What decides is that nothing is known; why each piece was refused is detail.
            findings.sort(
                key=lambda finding: (
                    finding.sub_indication not in _NO_POE,
                    finding.check not in ("revocation", "ocsp_unknown"),
                )
            )
            return RevocationOutcome(required=True, findings=tuple(findings))
        return RevocationOutcome(
            required=True, status=best, fresh=best.fresh_at(self.at), findings=tuple(_details(findings))
        )

    def _take(
        self, answer: RevocationStatus | Finding, answers: list[RevocationStatus], findings: list[Finding]
    ) -> None:
        if isinstance(answer, Finding):
            # Evidence about other certificates of the chain is no news.
            if answer.check not in ("crl_issuer", "ocsp_subject"):
                findings.append(answer)
        elif answer.this_update > self.now + MAX_CLOCK_SKEW:
            findings.append(
                refused(
                    "revocation_time",
                    "The revocation information is dated in the future.",
                    "失効情報の日時が未来です。",
                )
            )
        elif answer.state is RevocationState.UNKNOWN:
            findings.append(
                refused(
                    "ocsp_unknown",
                    "The OCSP responder does not know the certificate.",
                    "OCSP レスポンダが証明書を認識していません。",
                )
            )
        else:
            answers.append(answer)

    def _best(self, answers: list[RevocationStatus]) -> RevocationStatus | None:
        permanent = [one for one in answers if _permanent(one)]
        if permanent:
            # A revocation for good cannot be taken back; the earliest time that anybody states counts.
            return min(permanent, key=lambda one: one.revoked_at or one.this_update)
        latest = max(answers, key=lambda one: (one.this_update, one.state is RevocationState.REVOKED), default=None)
        if latest is None or latest.state is not RevocationState.GOOD:
            return latest
        enough = [one for one in answers if one.state is RevocationState.GOOD and one.fresh_at(self.at)]
        enough.sort(key=lambda one: one.this_update, reverse=True)
        # Of equally proven evidence what is at hand counts, so that what was fetched says that it was needed.
        return min(enough, key=lambda one: (self.existence(one.der_sha256), one.origin == "fetched"), default=latest)

    def _settled(self, answers: list[RevocationStatus]) -> bool:
        best = self._best(answers)
        return best is not None and (_permanent(best) or best.fresh_at(self.at))

    def _fetch(
        self,
        fetcher: Fetcher,
        certificate: Certificate,
        issuer: Certificate,
        above: tuple[Certificate, ...],
        visited: frozenset[bytes],
        findings: list[Finding],
    ) -> list[RevocationStatus]:
        answers: list[RevocationStatus] = []
        for url in certificate.ocsp_urls[:_MAX_URLS]:
            # The same within one validation, so that what was asked once need not be asked again.
            nonce = hmac.digest(_NONCE_KEY, certificate.sha256 + self.now.isoformat().encode(), "sha256")
            request = build_ocsp_request(certificate, issuer, nonce)
            try:
                der = fetcher(url, body=request, content_type="application/ocsp-request")
            except EgressError as error:
                findings.append(_not_fetched("OCSP", error))
                continue
            self._take(self._ocsp(der, certificate, issuer, "fetched", visited, nonce), answers, findings)
            if self._settled(answers):
                return answers
        for url in certificate.crl_urls[:_MAX_URLS]:
            if not url.startswith(("http://", "https://")):
                continue
            try:
                der = fetcher(url)
            except EgressError as error:
                findings.append(_not_fetched("CRL", error))
                continue
            self._take(self._crl(der, certificate, issuer, above, "fetched", visited), answers, findings)
            if self._settled(answers):
                return answers
        return answers

    def _crl(
        self,
        der: bytes,
        certificate: Certificate,
        issuer: Certificate,
        above: tuple[Certificate, ...],
        origin: str,
        visited: frozenset[bytes],
    ) -> RevocationStatus | Finding:
        try:
            crl = parse_crl(der)
        except MalformedRevocationData:
            return refused("crl_format", "A CRL cannot be read.", "CRL を読み取れません。")
        since = self.existence(crl.sha256)
        answer = evaluate_crl(
            crl,
            certificate,
            issuer,
            at=since,
            catalogue=self.catalogue,
            above=above,
            certificates=self.certificates,
            origin=origin,
        )
        if not isinstance(answer, Finding):
            answer = self._in_bounds(answer, issuer, since)
        if isinstance(answer, Finding):
            return answer
        authority = crl_authority(answer.responder, issuer, above)
        if authority is None:
            return answer
        over = above if authority == issuer else above[1:]
        return self._stands(answer, authority, over, visited, "crl_signer_revocation", _CRL_KEY)

    def _ocsp(
        self,
        der: bytes,
        certificate: Certificate,
        issuer: Certificate,
        origin: str,
        visited: frozenset[bytes],
        nonce: bytes | None = None,
    ) -> RevocationStatus | Finding:
        try:
            response = parse_ocsp(der)
        except MalformedRevocationData:
            return refused("ocsp_format", "An OCSP response cannot be read.", "OCSP 応答を読み取れません。")
        if nonce is not None and not response.answers(nonce):
            return refused(
                "ocsp_nonce",
                "The OCSP response answers another request: its nonce differs.",
                "OCSP 応答の nonce が一致せず、別の要求への応答です。",
            )
        since = self.existence(response.sha256)
        answer = evaluate_ocsp(
            response,
            certificate,
            issuer,
            at=since,
            catalogue=self.catalogue,
            certificates=self.certificates,
            origin=origin,
        )
        if not isinstance(answer, Finding):
            answer = self._in_bounds(answer, issuer, since)
        if isinstance(answer, Finding) or answer.responder == issuer:
            return answer
        return self._stands(answer, issuer, (issuer,), visited, "ocsp_responder_revocation", _RESPONDER)

    def _in_bounds(self, answer: RevocationStatus, issuer: Certificate, since: datetime) -> RevocationStatus | Finding:
        """The answer, unless its signer's certificate ended before the answer is known to exist."""
        trusted = self.issuer_trusted and answer.responder == issuer
        if trusted or _permanent(answer) or since <= answer.responder.not_after:
            return answer
        return refused(
            "revocation_issuer_validity",
            "Nothing proves that the revocation information existed before the certificate of its issuer expired.",
            "失効情報が、その発行者の証明書の有効期限より前に存在したという証明がありません。",
            SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
        )

    def _stands(
        self,
        answer: RevocationStatus,
        authority: Certificate,
        above: tuple[Certificate, ...],
        visited: frozenset[bytes],
        check: str,
        who: tuple[str, str],
    ) -> RevocationStatus | Finding:
        """The answer, if the separate key that signed it was not revoked; it may not vouch for itself."""
        en, ja = who
        signer = answer.responder
        if signer.sha256 in visited:
            return refused(check, f"{en} vouches for itself.", f"{ja}が自身の状態を保証しています。")
        # Not even a revocation after `produced_at` leaves the answer standing: who has the key dates it as they like.
        if not self.outcome(signer, authority, above, visited).known_good:
            return refused(
                check,
                f"{en}'s certificate is revoked, or nothing says that it is not.",
                f"{ja}の証明書が失効しているか、失効していないことを確認できません。",
            )
        return answer


_RESPONDER = ("The OCSP responder", "OCSP レスポンダ")
_CRL_KEY = ("The separate key of the CRL", "CRL 専用の鍵")


def _nothing_to_ask(certificate: Certificate) -> bool:
    # nocheck means something for OCSP responders only (RFC 6960 4.2.2.2.1).
    responder = certificate.ocsp_nocheck and EKU_OCSP_SIGNING in (certificate.extended_key_usage or ())
    if certificate.revocation_not_available or responder:
        return True
    return certificate.self_issued and issued_by(certificate, certificate) is True


def _permanent(answer: RevocationStatus) -> bool:
    return answer.state is RevocationState.REVOKED and not answer.on_hold


def _details(findings: list[Finding]) -> list[Finding]:
    return [Finding(one.check, None, one.en, one.ja) for one in findings]


def _not_fetched(what: str, error: EgressError) -> Finding:
    return Finding(
        "revocation_fetch",
        SubIndication.TRY_LATER,
        f"{what} could not be fetched: {error}",
        f"{what} を取得できません: {error}",
    )
