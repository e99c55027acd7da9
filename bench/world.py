"""What the documents are signed with: a CA, a TSA, a list that holds both, and the OCSP responses about them.

The keys and the signed documents are kept under `var/bench`, the OCSP responses are made anew for each run.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from bench.race import VAR, say
from eseal.domain.identity import SealIdentityEnricher
from qualified_list.domain.model import (
    Address,
    ListedServiceEntry,
    PostalAddress,
    Provider,
    Scheme,
    State,
    Status,
    Text,
    TrustedList,
)
from qualified_list.domain.status import ListTrustSource, PublishedList
from signing.domain.report import ValidationReport
from signing.domain.validation import validate_document
from trustreg import verdicts
from trustreg.base import clock
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.client import LocalTsa
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.revocation import ocsp_response
from trustreg.demo.pki.signer import Level, sign_pdf
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec, corporate_number
from trustreg.pki.errors import EgressFailed
from trustreg.pki.trust import ServiceType, Usage

CA, TSA = "bench-ca", "bench-tsa"
LISTED_SINCE = datetime(2020, 1, 1, tzinfo=UTC)

PROVIDER = ProviderSpec(
    key="bench",
    name_ja="計測トラスト株式会社",
    name_en="Bench Trust K.K.",
    corporate_number=corporate_number("010401999950"),
    services=(
        ServiceSpec(CA, "計測署名認証局", "Bench Signing CA", ServiceKind.ESIGN_CA, KeyAlgorithm.P_256),
        ServiceSpec(TSA, "計測時刻認証局", "Bench Time-Stamping Unit", ServiceKind.TSA, KeyAlgorithm.P_256),
    ),
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A document with the OCSP responses about its signer and about the TSA, DER."""

    data: bytes
    signer_ocsp: bytes
    tsa_ocsp: bytes


class Evidence:
    """A fetcher that answers with OCSP responses made before, by serial number; there is no network."""

    def __init__(self, ocsps: Mapping[int, bytes]) -> None:
        self.ocsps = ocsps

    def __call__(self, url: str, *, body: bytes | None = None, content_type: str | None = None) -> bytes:
        if body is None:
            raise EgressFailed("only OCSP is answered")
        return self.ocsps[ocsp.load_der_ocsp_request(body).serial_number]


@dataclass
class World:
    """The authorities, the list and the responses."""

    pki: DemoPki
    trust: ListTrustSource
    evidence: Evidence

    @property
    def roots(self) -> list[x509.Certificate]:
        """The listed certificates: what peers get as trust roots."""
        return [self.pki.authority(service).ca.certificate for service in (CA, TSA)]

    @property
    def tsa(self) -> LocalTsa:
        return LocalTsa(self.pki, TSA)

    def validator(self) -> Callable[..., ValidationReport]:
        return validator(self.trust, self.evidence)

    def documents(self, level: Level, count: int) -> list[Signed]:
        """Documents of which each was signed with a certificate of its own, so that no cache has seen it."""
        folder = VAR / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        missing = sum(not (folder / f"{level}-{number}.pdf").exists() for number in range(count))
        if missing:
            say(f"signing {missing} documents at level {level}, once …")
        made = []
        for number in range(count):
            path = folder / f"{level}-{number}.pdf"
            credential = self.pki.issue(CA, f"Signer {level} {number}", label=f"{level.lower()}-{number}")
            if not path.exists():
                pdf = blank_pdf(f"契約書 {number}", [f"Contract number {number}", "between A and B"])
                path.write_bytes(sign_pdf(pdf, credential=credential, level=level, tsa=self.tsa))
            made.append(self.with_evidence(path.read_bytes(), credential.certificate))
        return made

    def with_evidence(self, data: bytes, signer: x509.Certificate) -> Signed:
        """The document with fresh responses about its certificates."""
        return Signed(data, self._ocsp(CA, signer), self.tsa_ocsp())

    def tsa_ocsp(self) -> bytes:
        """The response about the time-stamping unit."""
        unit = self.pki.authority(TSA).unit
        assert unit is not None
        return self._ocsp(TSA, unit.certificate)

    def _ocsp(self, service: str, certificate: x509.Certificate) -> bytes:
        known = self.evidence.ocsps.get(certificate.serial_number)
        if known is None:
            issuer = self.pki.authority(service).ca.certificate
            request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
            known = ocsp_response(self.pki, service, request.public_bytes(serialization.Encoding.DER))
            self.evidence.ocsps[certificate.serial_number] = known  # type: ignore[index] # the one who fills it
        return known


def create() -> World:
    """The world of this run."""
    pki = DemoPki.create_or_load(VAR / "pki", "http://127.0.0.1:9", [PROVIDER])
    listed = [
        (ServiceType.CA_PKC, pki.authority(CA).ca.certificate, (Usage.ESIGN,)),
        (ServiceType.TSA, pki.authority(TSA).ca.certificate, ()),
    ]
    entries = [
        entry(f"service-{number}", kind, certificate.public_bytes(serialization.Encoding.DER), usages)
        for number, (kind, certificate, usages) in enumerate(listed)
    ]
    return World(pki, source([provider("provider-0", entries)]), Evidence({}))


def entry(
    identifier: str, kind: ServiceType, certificate: bytes, usages: tuple[Usage, ...], history: tuple[State, ...] = ()
) -> ListedServiceEntry:
    """A qualified service, listed long before anything was signed, or since the end of its history."""
    start = history[0].start + timedelta(days=30) if history and history[0].start else LISTED_SINCE
    state = State(Status.QUALIFIED, (Text("en", identifier), Text("ja", "サービス")), start, usages)
    return ListedServiceEntry(identifier, kind, (certificate,), state, history)


def provider(identifier: str, entries: Sequence[ListedServiceEntry]) -> Provider:
    """A provider with these services."""
    postal = PostalAddress("en", "1-1 Chiyoda", "Chiyoda-ku", "JP", "Tokyo", "100-0001")
    return Provider(
        identifier,
        (Text("en", PROVIDER.name_en), Text("ja", PROVIDER.name_ja)),
        (Text("en", PROVIDER.registrant_id),),
        Address((postal,), (Text("en", "mailto:a@bench.example"),)),
        (Text("en", "https://bench.example/"),),
        tuple(entries),
    )


def source(providers: Sequence[Provider]) -> ListTrustSource:
    """A list of these providers, in force."""
    now = clock.now().replace(microsecond=0)
    name = (Text("en", "JP:Bench list"), Text("ja", "JP:計測リスト"))
    scheme = Scheme(
        "JP",
        (Text("en", "Bench operator"),),
        Address((), ()),
        name,
        (Text("en", "https://b.example/"),),
        "https://b.example",
    )
    issue = TrustedList(scheme, 1, now - timedelta(days=1), now + timedelta(days=180), tuple(providers))
    return ListTrustSource([PublishedList(issue, "ab" * 32)])


def validator(trust: ListTrustSource, evidence: Evidence) -> Callable[..., ValidationReport]:
    """Our validation as the product wires it: identity of seals and qualification by the list on top of the core."""
    enrichers = (SealIdentityEnricher({}, frozenset()), verdicts.QualificationEnricher())

    def validate(data: bytes, **options: Any) -> ValidationReport:
        return validate_document(
            data, filename="a.pdf", trust=trust, now=clock.now(), fetcher=evidence, enrichers=enrichers, **options
        )

    return validate


def child_settings(evidence: Evidence) -> dict[str, Any]:
    """What `engine` in a child of the pool needs."""
    return {"ocsps": {str(serial): base64.b64encode(der).decode() for serial, der in evidence.ocsps.items()}}


def engine(settings: Mapping[str, Any], data: bytes, anchors: list[bytes]) -> Callable[..., dict[str, Any]]:
    """Factory for children of the pool: the same validation, with the responses made before instead of a network."""
    evidence = Evidence({int(serial): base64.b64decode(text) for serial, text in settings["ocsps"].items()})
    validate = validator(verdicts.load(data), evidence)
    return lambda document, options, detached: validate(document).to_json()
