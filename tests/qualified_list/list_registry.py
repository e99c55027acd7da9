"""A register with decided services, written past the walls of certification: those are tested where they stand.

Everything that the list re-checks (hashes, two people, keys) is right here unless a test makes it wrong.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from django.db import connection, transaction

from certification.domain.decisions import Cites, DecisionContent, Identity, ServiceState, canonical_text, text_sha256
from certification.domain.lifecycle import DecisionKind, ServiceStatus
from certification.models import (
    Decision,
    DecisionApproval,
    DecisionProposal,
    Service,
    ServiceIdentity,
    StatusChange,
)
from qualified_list.compilation import scheme_as_json
from qualified_list.domain.model import Address, PostalAddress, Scheme, Text
from qualified_list.models import SchemeVersion
from trustreg.parties.models import Organisation, Person
from trustreg.pki.trust import ServiceType, Usage

VALID_UNTIL = datetime(2036, 1, 1, tzinfo=UTC)
OPERATOR = "Trust Service Accreditation Body"

SCHEME = Scheme(
    territory="JP",
    operator_name=(Text("en", OPERATOR), Text("ja", "トラストサービス認定機関")),
    operator_address=Address(
        postal=(
            PostalAddress("en", "1-2-1 Kasumigaseki", "Chiyoda-ku", "JP", "Tokyo", "100-0013"),
            PostalAddress("ja", "霞が関1-2-1", "千代田区", "JP", "東京都", "100-0013"),
        ),
        electronic=(Text("en", "mailto:list@ab.example"), Text("en", "https://ab.example/")),
    ),
    name=(Text("en", "JP:Trusted list of qualified services"), Text("ja", "JP:クオリファイドサービスのリスト")),
    information_uri=(Text("en", "https://ab.example/en/scheme"), Text("ja", "https://ab.example/scheme")),
    status_base="https://ab.example/TrstSvc/TrustedList",
    policy=(Text("en", "https://ab.example/en/policy"), Text("ja", "https://ab.example/policy")),
    distribution_points=("https://ab.example/tl/tl.xml",),
)

KINDS = {
    "esign_cert": (ServiceType.CA_PKC, (Usage.ESIGN,)),
    "eseal_cert": (ServiceType.CA_PKC, (Usage.ESEAL,)),
    "timestamp": (ServiceType.TSA, ()),
}


def corporate_number(serial: int) -> str:
    """A 13-digit number with its check digit (9 minus the weighted sum modulo 9)."""
    body = f"{serial:012d}"
    total = sum(int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(body)))
    return f"{9 - total % 9}{body}"


def certificate(organisation: str, name: str, *, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
    """A self-signed CA certificate, DER."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2045, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def identity_of(der: bytes) -> Identity:
    parsed = x509.load_der_x509_certificate(der)
    spki = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Identity(hashlib.sha256(der).hexdigest(), hashlib.sha256(spki).hexdigest(), parsed.subject.rfc4514_string())


@contextmanager
def past_the_walls(*tables: str) -> Iterator[None]:
    """One transaction of the owner in which the triggers of these tables sleep."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            role = cursor.fetchone()[0]
            cursor.execute("RESET ROLE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"SET ROLE {role}")


TABLES = (
    "certification_service",
    "certification_serviceidentity",
    "certification_decision",
    "certification_decisionproposal",
    "certification_decisionapproval",
    "certification_statuschange",
    "parties_organisation",
    "parties_person",
    "qualified_list_schemeversion",
)


@dataclass
class Registry:
    """Writes parties, services and decisions."""

    body: Organisation | None = None
    proposer: Person | None = None
    approver: Person | None = None
    states: dict[uuid.UUID, ServiceState] = field(default_factory=dict)
    _serial: int = 100000

    def set_up(self, scheme: Scheme = SCHEME) -> None:
        """The accreditation body, its two people and the scheme."""
        with past_the_walls(*TABLES):
            self.body = Organisation.objects.create(kind="ab", name_ja="認定機関", name_en=OPERATOR)
            self.proposer = Person.objects.create(name_ja="提案者", name_en="Proposer")
            self.approver = Person.objects.create(name_ja="承認者", name_en="Approver")
            SchemeVersion.objects.create(
                version=1, content=scheme_as_json(scheme), next_update_days=scheme.next_update_days
            )

    def provider(self, name: str = "Provider") -> Organisation:
        self._serial += 1
        with past_the_walls(*TABLES):
            return Organisation.objects.create(
                kind="provider",
                name_ja=f"{name}株式会社",
                name_en=f"{name} Inc. {self._serial}",
                corporate_number=corporate_number(self._serial),
                country="JP",
                postal_code="100-0001",
                region_ja="東京都",
                region_en="Tokyo",
                locality_ja="千代田区",
                locality_en="Chiyoda-ku",
                street_ja="千代田1-1",
                street_en="1-1 Chiyoda",
                emails=["info@provider.example"],
                web_uris=["https://provider.example/"],
            )

    def services(
        self, provider: Organisation, count: int = 1, *, kind: str = "esign_cert", der: bytes | None = None
    ) -> list[ServiceState]:
        """Registered services with one key each (`der`: all with this one), not decided yet."""
        service_type, usages = KINDS[kind]
        services, identities, states = [], [], []
        for number in range(count):
            name = f"Service {uuid.uuid4().hex[:8]} {number}"
            service = Service(
                provider=provider, kind=kind, name_ja=f"サービス {name}", name_en=name, registered_by=self.proposer
            )
            own = der or certificate(provider.name_en, name)
            key = identity_of(own)
            services.append(service)
            identities.append(
                ServiceIdentity(
                    service=service,
                    certificate=own,
                    certificate_sha256=key.certificate_sha256,
                    spki_sha256=key.spki_sha256,
                    subject=key.subject,
                    added_by=self.proposer,
                )
            )
            states.append(
                ServiceState(
                    status=ServiceStatus.NONE,
                    service=str(service.pk),
                    provider=str(provider.pk),
                    type=service_type,
                    names=service.names,
                    usages=usages,
                    identities=(key,),
                )
            )
        with past_the_walls(*TABLES):
            Service.objects.bulk_create(services)
            ServiceIdentity.objects.bulk_create(identities)
        return states

    def decide(
        self,
        states: list[ServiceState],
        kind: DecisionKind,
        status: ServiceStatus,
        *,
        urgent: bool = False,
        approver: Person | None = None,
        approved_sha256: str | None = None,
        **changes: object,
    ) -> list[ServiceState]:
        """One approved decision for each service; returns what stands afterwards."""
        decisions, proposals, approvals, rows, after = [], [], [], [], []
        for before in states:
            state = replace(
                before, status=status, valid_until=changes.get("valid_until", before.valid_until or VALID_UNTIL)
            )
            state = replace(state, **{name: value for name, value in changes.items() if name != "valid_until"})
            service_id = uuid.UUID(before.service)
            decision = Decision(
                kind=kind, service_id=service_id, body=self.body, status="urgent" if urgent else "approved"
            )
            content = DecisionContent(
                decision=str(decision.pk),
                kind=kind,
                service=before.service,
                from_status=before.status,
                state=state,
                cites=Cites(application="A", report_sha256="0" * 64),
                reasons={"ja": "理由", "en": "Reasons"},
                urgent=urgent,
            )
            proposal = DecisionProposal(
                decision=decision,
                revision=1,
                content=content.text,
                content_sha256=content.sha256,
                proposer=self.proposer,
            )
            decisions.append(decision)
            proposals.append(proposal)
            if not urgent:
                approvals.append(
                    DecisionApproval(
                        decision=decision,
                        proposal=proposal,
                        content_sha256=approved_sha256 or content.sha256,
                        proposer=self.proposer,
                        approver=approver or self.approver,
                    )
                )
            text = canonical_text(state.as_json())
            rows.append(
                StatusChange(
                    service_id=service_id,
                    sequence=self._steps(service_id),
                    transition=kind,
                    from_status=before.status,
                    to_status=status,
                    content=text,
                    content_sha256=text_sha256(text),
                    decision=decision,
                )
            )
            after.append(state)
        with past_the_walls(*TABLES):
            Decision.objects.bulk_create(decisions)
            DecisionProposal.objects.bulk_create(proposals)
            DecisionApproval.objects.bulk_create(approvals)
            StatusChange.objects.bulk_create(rows)
        return after

    def _steps(self, service_id: uuid.UUID) -> int:
        return StatusChange.objects.filter(service_id=service_id).count() + 1 if self._counts else 1

    _counts: bool = True

    def grant(
        self,
        count: int = 1,
        *,
        kind: str = "esign_cert",
        level: str = "qualified",
        provider: Organisation | None = None,
    ) -> list[ServiceState]:
        """Granted services of a new provider."""
        states = self.services(provider or self.provider(), count, kind=kind)
        return self.decide(states, DecisionKind.GRANT, ServiceStatus(level))

    def new_scheme(self, scheme: Scheme) -> None:
        """Another version of the scheme, whatever its rules say."""
        with past_the_walls(*TABLES):
            SchemeVersion.objects.create(
                version=SchemeVersion.objects.count() + 1,
                content=scheme_as_json(scheme),
                next_update_days=scheme.next_update_days,
            )

    def add_key(self, state: ServiceState, key: Identity) -> ServiceState:
        """Register the key of another service with this one too."""
        with past_the_walls(*TABLES):
            row = ServiceIdentity.objects.get(certificate_sha256=key.certificate_sha256)
            ServiceIdentity.objects.create(
                service_id=uuid.UUID(state.service),
                certificate=row.certificate,
                certificate_sha256=row.certificate_sha256,
                spki_sha256=row.spki_sha256,
                subject=row.subject,
                added_by=self.proposer,
            )
        return state

    def approved_texts(self) -> list[str]:
        return list(DecisionProposal.objects.values_list("content", flat=True))

    def suspend(self, states: list[ServiceState], **arguments: object) -> list[ServiceState]:
        return self.decide(states, DecisionKind.SUSPEND, ServiceStatus(f"suspended_{states[0].status}"), **arguments)

    def withdraw(self, states: list[ServiceState]) -> list[ServiceState]:
        return self.decide(states, DecisionKind.WITHDRAW, ServiceStatus.WITHDRAWN)


def in_days(days: float) -> datetime:
    """A time in so many days from now, whole seconds."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
