"""What a format hands to the procedure: signatures and time-stamps, parsed and verified, no verdicts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from signing.domain.particulars import Claims, Scope
from signing.domain.report import Notice
from timestamp.domain.tokens import TimeStampToken, TokenVerification
from trustreg.pki.certificates import Certificate
from trustreg.pki.cms import EssReference, SignatureAlgorithm
from trustreg.pki.indications import Finding, SubIndication

MAX_TOKENS: Final = 300
"""Time-stamps that a document of any format may hold in its signatures, evidence records apart."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, CRLs and OCSP responses (DER) found in the document, shared by all its signatures.

    `supplied` are those that are not in the document: the caller handed them in, named as in `ids`.
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    supplied: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """The names under which proofs of existence are kept: hexadecimal SHA-256 of each DER."""
        revocation = (hashlib.sha256(der).hexdigest() for der in (*self.crls, *self.ocsps))
        return frozenset({*(certificate.sha256.hex() for certificate in self.certificates), *revocation})


@dataclass(frozen=True, slots=True)
class CryptographicResult:
    """Clause 5.2.3 and 5.2.7: the signing certificate and what cryptography says.

    `intact` None means that it could not be computed; `findings` say why, in the order of the checks.
    `passed` are names of checks that succeeded, for the report.
    """

    intact: bool | None
    certificate: Certificate | None
    findings: tuple[Finding, ...] = ()
    algorithm: SignatureAlgorithm | None = None
    digests: tuple[str, ...] = ()
    """Names of all other digests that the signature rests on (content, certificate reference)."""
    references: tuple[EssReference, ...] = ()
    certificate_reference: bool | None = None
    """Whether the signature names its certificate by digest: False = it does not match, None = it does not."""


@dataclass(frozen=True, slots=True)
class SignatureMaterial:
    """One signature. `format_findings` are what format checking (5.2.2) found, empty when the form is right."""

    id: str
    format: str
    level: str
    coverage: str
    modifications: str
    cryptography: CryptographicResult
    name: str | None = None
    format_findings: tuple[Finding, ...] = ()
    signing_time: datetime | None = None
    reason: str | None = None
    location: str | None = None
    notices: tuple[Notice, ...] = ()
    level_findings: tuple[str, ...] = ()
    """Codes of what keeps the signature from its baseline level."""
    signature_policy: str | None = None
    """The identifier of the policy that the signer names; empty for one that is implied."""
    scopes: tuple[Scope, ...] = ()
    """What verified, one by one; empty where the document as a whole says it all (`coverage`)."""
    claims: Claims = field(default_factory=Claims)
    countersigns: str | None = None
    """The id of the signature whose value a counter-signature is over (RFC 5652 11.4, XAdES 5.2.7)."""
    countersigns_in: tuple[str, bytes] | None = None
    """The file of a container and the signature value in it that a counter-signature in another file is over."""
    value: bytes | None = None
    """The signature value as received; None when it could not be read."""
    content_digest: tuple[str, bytes] | None = None
    """hashlib name and digest of the signed content, as the message-digest attribute states it; None without one."""


@dataclass(frozen=True, slots=True)
class TokenMaterial:
    """One time-stamp. `covers` are ids of the signatures and tokens that its imprint covers.

    `token` None: it could not be read (`format_findings` say why). `type` is `signature`, `document`, `archive`,
    `content`, `evidence-record` or `standalone`; only a time-stamp whose `covers` names a signature can prove that
    signature's time. `accompanies` are ids of signatures with which it is shown although it need not cover them.
    """

    id: str
    type: str
    token: TimeStampToken | None
    verification: TokenVerification | None
    covers: frozenset[str] = frozenset()
    name: str | None = None
    coverage: str | None = None
    modifications: str | None = None
    format_findings: tuple[Finding, ...] = ()
    accompanies: frozenset[str] = frozenset()
    evidence: Evidence = field(default_factory=Evidence)
    """Certificates and revocation data that its imprint covers, besides those inside of covered tokens."""
    record: str | None = None
    """The id of the evidence record that it stands in."""
    renewal: str | None = None
    """What it renews in that record: `timestamp`, `hash-tree`, None for the first one."""
    renewed_by: frozenset[str] = frozenset()
    """Ids of the later tokens of the record; it proves only if they all do (RFC 4998 5.3)."""


@dataclass(frozen=True, slots=True)
class EvidenceRecordMaterial:
    """One evidence record. `syntax` is `ERS` (RFC 4998) or `XMLERS` (RFC 6283); `tokens` are ids, oldest first.

    `objects` are names of the data objects that were looked for in it, `covers` ids of signatures among them.
    """

    id: str
    syntax: str | None
    tokens: tuple[str, ...]
    name: str | None = None
    objects: tuple[str, ...] = ()
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DocumentMaterial:
    """Everything found in one document. `problems` are about the document as a whole."""

    format: str
    signatures: tuple[SignatureMaterial, ...] = ()
    tokens: tuple[TokenMaterial, ...] = ()
    records: tuple[EvidenceRecordMaterial, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    problems: tuple[Finding, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)


def format_failure(check: str, en: str, ja: str) -> Finding:
    """A finding of format checking."""
    return Finding(check, SubIndication.FORMAT_FAILURE, en, ja)
