"""Validating one path at a time (RFC 5280 6.1, EN 319 102-1 5.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trustreg.pki import names
from trustreg.pki.algorithms import AlgorithmCatalogue, default_catalogue
from trustreg.pki.certificates import Certificate, NameConstraints
from trustreg.pki.indications import Finding, SubIndication
from trustreg.pki.paths.building import MAX_DEPTH, issued_by
from trustreg.pki.paths.name_constraints import name_violation
from trustreg.pki.paths.policies import PolicyInputs, PolicyState


@dataclass(frozen=True, slots=True)
class PathResult:
    """The best path found. `certificates` from the leaf to the anchor (included); empty when none was found.

    `findings` are all failures, the one that decides first; `failing` is the certificate at which that one arose.
    `policies` are those of the anchor's domain under which the path is valid (anyPolicy: under every one).
    """

    at: datetime
    certificates: tuple[Certificate, ...]
    anchor: Certificate | None
    findings: tuple[Finding, ...] = ()
    failing: Certificate | None = None
    policies: frozenset[str] = frozenset()

    @property
    def finding(self) -> Finding | None:
        """The failure that decides, None when the path is valid."""
        return self.findings[0] if self.findings else None

    @property
    def valid(self) -> bool:
        """Whether the path is valid at `at`."""
        return not self.findings and bool(self.certificates)

    @property
    def sub_indication(self) -> SubIndication | None:
        """Of the failure that decides."""
        return self.finding.sub_indication if self.finding else None


class _Failures:
    def __init__(self) -> None:
        self.found: list[tuple[int, Finding, Certificate]] = []

    def add(self, certificate: Certificate, check: str, sub: SubIndication, en: str, ja: str) -> None:
        who = certificate.common_name or certificate.subject_name
        finding = Finding(check, sub, f"{en} ({who})", f"{ja}({who})")
        self.found.append((_RANK[sub], finding, certificate))


# What no proof of existence can mend comes first.
_RANK = {
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: 0,
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: 1,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: 2,
    SubIndication.OUT_OF_BOUNDS_NO_POE: 3,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: 4,
}

_BASIC, _KEY_USAGE, _NAMES, _MAPPINGS, _POLICY, _EKU, _ANY = (
    "2.5.29.19",
    "2.5.29.15",
    "2.5.29.30",
    "2.5.29.33",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
)
_DECISIVE = frozenset({_BASIC, _KEY_USAGE, _NAMES, _MAPPINGS, _POLICY, _EKU, _ANY})
"""Extensions that limit what a certificate may do: malformed, they forbid everything."""


def check_path(
    path: tuple[Certificate, ...],
    *,
    at: datetime,
    catalogue: AlgorithmCatalogue | None = None,
    policies: PolicyInputs | None = None,
) -> PathResult:
    """Validate one path (leaf first, anchor last) at `at` (RFC 5280 6.1, EN 319 102-1 5.2.6).

    Of the anchor only its name, its key and its being an authority count. A path of one certificate is a leaf that
    is an anchor itself: its validity and its key are judged.
    """
    walk = _Walk(path, at, catalogue or default_catalogue(), policies or PolicyInputs())
    for position in range(len(path) - 2, -1, -1):
        walk.step(position)
    return walk.result()


class _Walk:
    """From below the anchor down to the leaf (RFC 5280 6.1.2 to 6.1.5)."""

    def __init__(
        self, path: tuple[Certificate, ...], at: datetime, catalogue: AlgorithmCatalogue, inputs: PolicyInputs
    ) -> None:
        self.path = path
        self.at = at
        self.catalogue = catalogue
        self.failures = _Failures()
        self.policies = PolicyState(len(path) - 1, inputs)
        self.constraints: list[NameConstraints] = []
        self.room = MAX_DEPTH
        if len(path) > 1:
            _check_anchor(path[-1], self.failures)
            self._narrow(path[-1])

    def step(self, position: int) -> None:
        certificate, is_leaf = self.path[position], position == 0
        _check_issued(certificate, self.path[position + 1], self.at, self.catalogue, self.failures)
        _check_extensions(certificate, self.failures)
        if is_leaf or not certificate.self_issued:
            _check_names(certificate, self.constraints, self.failures)
        if not self.policies.step(certificate, last=is_leaf):
            self.failures.add(
                certificate,
                "policies",
                SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
                "No certificate policy is valid along the path, and one is required",
                "証明書ポリシーが必須ですが、有効なものがありません",
            )
        if not is_leaf:
            if not certificate.self_issued:
                self.room -= 1
            _check_authority(certificate, self.room, self.failures)
            self._narrow(certificate)
        _check_validity(certificate, self.at, self.failures)

    def _narrow(self, authority: Certificate) -> None:
        """What it leaves to those below (6.1.4 g and m)."""
        if authority.path_length is not None:
            self.room = min(self.room, authority.path_length)
        if authority.name_constraints is not None:
            self.constraints.append(authority.name_constraints)

    def result(self) -> PathResult:
        leaf = self.path[0]
        if len(self.path) == 1:
            _check_validity(leaf, self.at, self.failures)
        if not _good(self.catalogue.certificate_end(leaf), self.at):
            _weak(leaf, self.failures)
        found = sorted(self.failures.found, key=lambda failure: failure[0])
        return PathResult(
            self.at,
            self.path,
            self.path[-1],
            tuple(finding for _, finding, _ in found),
            found[0][2] if found else None,
            self.policies.valid,
        )


def severity(result: PathResult) -> int:
    """The milder the failure that decides, the greater."""
    sub = result.sub_indication
    return len(_RANK) if sub is None else _RANK[sub]


def _good(end: datetime | None, at: datetime) -> bool:
    return end is not None and at <= end


def _weak(certificate: Certificate, failures: _Failures) -> None:
    failures.add(
        certificate,
        "algorithms",
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        "An algorithm or key size of the certificate was not reliable at that time",
        "証明書のアルゴリズムまたは鍵長が、その時点で信頼できるものではありません",
    )


def may_issue(anchor: Certificate) -> bool:
    """Whether a trusted certificate is one of an authority.

    RFC 5280 takes only name and key from an anchor. But lists also name time-stamping and other end-entity keys, and
    such a key must not be able to issue: version 1 and bare self-signed roots apart, an anchor that issues is a CA.
    """
    bare = anchor.version < 3 or (_BASIC not in anchor.extensions and anchor.self_issued)
    may_sign = anchor.key_usage is None or "keyCertSign" in anchor.key_usage
    return may_sign and (anchor.is_ca or bare) and _BASIC not in anchor.malformed_extensions


def _check_anchor(anchor: Certificate, failures: _Failures) -> None:
    if not may_issue(anchor):
        failures.add(
            anchor,
            "basic_constraints",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "The trusted certificate is not one of an authority",
            "信頼された証明書が認証局のものではありません",
        )
    if _NAMES in anchor.malformed_extensions:
        _unusable(anchor, _NAMES, failures)


def _check_issued(
    certificate: Certificate, issuer: Certificate, at: datetime, catalogue: AlgorithmCatalogue, failures: _Failures
) -> None:
    if not names.same(certificate.issuer, issuer.subject) or not issued_by(certificate, issuer):
        failures.add(
            certificate,
            "certificate_signature",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "The certificate was not issued by the next one in the path",
            "証明書の署名を発行者の鍵で検証できません",
        )
    if not _good(catalogue.signature_end(certificate.signature_algorithm, issuer), at):
        _weak(certificate, failures)


def _check_extensions(certificate: Certificate, failures: _Failures) -> None:
    broken = [
        oid for oid in certificate.malformed_extensions if oid in _DECISIVE or oid in certificate.critical_extensions
    ]
    for oid in (*certificate.unknown_critical_extensions, *broken):
        _unusable(certificate, oid, failures)


def _unusable(certificate: Certificate, oid: str, failures: _Failures) -> None:
    failures.add(
        certificate,
        "critical_extensions",
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        f"The extension {oid} must be understood and is unknown or malformed",
        f"解釈が必須の拡張 {oid} が未知または不正です",
    )


def _check_names(certificate: Certificate, constraints: list[NameConstraints], failures: _Failures) -> None:
    violation = name_violation(certificate, constraints)
    if violation is not None:
        failures.add(
            certificate,
            "name_constraints",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            f"A name lies outside what its issuers may certify: {violation}",
            f"発行者に許された範囲外の名前です: {violation}",
        )


def _check_authority(certificate: Certificate, room: int, failures: _Failures) -> None:
    if not certificate.is_ca or certificate.version < 3:
        failures.add(
            certificate,
            "basic_constraints",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "A certificate that issued another is not one of an authority",
            "他の証明書を発行した証明書が認証局のものではありません",
        )
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        failures.add(
            certificate,
            "key_usage",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "The key of an authority may not sign certificates",
            "認証局の鍵の用途に証明書の署名が含まれていません",
        )
    if not names.attributes(certificate.subject):
        failures.add(
            certificate,
            "issuer_name",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "An authority has no name (RFC 5280 4.1.2.6)",
            "認証局の名前が空です",
        )
    if room < 0:
        failures.add(
            certificate,
            "path_length",
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            "The path is longer than an authority above allows",
            "上位認証局の許すチェーンの長さを超えています",
        )


def _check_validity(certificate: Certificate, at: datetime, failures: _Failures) -> None:
    if not certificate.valid_at(at):
        failures.add(
            certificate,
            "validity",
            SubIndication.OUT_OF_BOUNDS_NO_POE,
            f"The certificate is valid from {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d} only",
            f"証明書の有効期間({certificate.not_before:%Y-%m-%d}〜{certificate.not_after:%Y-%m-%d})の外です",
        )
