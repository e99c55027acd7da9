"""A small world for certification: one accreditation body, two assessing bodies, a provider, and people in every role.

Rows of parties are written directly; everything that has rules goes through the services that the product uses.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certification import selectors, services
from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionKind
from certification.domain.values import ApplicationKind, DocumentKind
from certification.models import Application, Decision, Service
from conformity import services as conformity
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.service_kinds import Level, ServiceKind
from conformity.models import AccreditationDecisionKind, Assessment, CriteriaSet, Criterion, MemberRole
from conformity.selectors import criteria_applicable
from trustreg.base import clock
from trustreg.base.corporate_number import check_digit
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import Role
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Appointment, Organisation, Person
from trustreg.parties.services import conflict_declare

REASONS = {"ja": "報告書のとおり適合している。", "en": "The report shows conformity."}


@cache
def certificate(name: str) -> bytes:
    """A self-signed certificate (DER) with a key of its own for each name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)


def actor(person: Person) -> Actor:
    return Actor(person.pk, uuid.uuid5(person.pk, "account"), person.name_ja, None, "session")


def organisation(kind: str, name: str, **facts: object) -> Organisation:
    base = f"{int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], 'big') % 10**12:012d}"
    number = f"{check_digit(base)}{base}" if kind in ("provider", "cab", "ab") else None
    return Organisation.objects.create(
        kind=kind, name_ja=name, name_en=name, corporate_number=number, country="JP", **facts
    )


def person(name: str) -> Person:
    return Person.objects.create(name_ja=name, name_en=name)


def appoint(
    someone: Person,
    where: Organisation,
    role: Role,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Appointment:
    admin = Person.objects.filter(name_ja="admin").first() or person("admin")
    return Appointment.objects.create(
        person=someone,
        organisation=where,
        role=role,
        starts_at=starts_at or datetime(2020, 1, 1, tzinfo=UTC),
        ends_at=ends_at,
        appointed_by=admin,
    )


@dataclass
class World:
    """People are reached by their role: `world.proposer`, `world.approver`, `world.officer`, …"""

    ab: Organisation
    cab: Organisation
    other_cab: Organisation
    provider: Organisation
    people: dict[str, Person] = field(default_factory=dict)
    criteria: CriteriaSet | None = None

    def __getattr__(self, name: str) -> Actor:
        try:
            return actor(self.__dict__["people"][name])
        except KeyError as error:
            raise AttributeError(name) from error

    # Acts, each by the person whose turn it is.

    def service(
        self,
        *,
        kind: ServiceKind = ServiceKind.ESIGN_CERT,
        name: str = "さくら署名",
        provider: Organisation | None = None,
        by: Actor | None = None,
    ) -> Service:
        made = services.service_register(
            provider_id=(provider or self.provider).pk,
            kind=kind,
            name_ja=name,
            name_en="Sakura Sign",
            actor=by or self.officer,
            at=clock.now(),
        )
        services.identity_add(
            service_id=made.pk, certificate=certificate(f"{name} CA"), actor=by or self.officer, at=clock.now()
        )
        return made

    def draft_application(
        self,
        service: Service,
        *,
        kind: ApplicationKind = ApplicationKind.NEW,
        level: Level = Level.QUALIFIED,
        cab: Organisation | None = None,
        usages: tuple[str, ...] | None = None,
    ) -> Application:
        application = services.application_start(
            service_id=service.pk,
            kind=kind,
            cab_id=(cab or self.cab).pk,
            target_level=level,
            usages=usages,
            actor=self.officer,
            at=clock.now(),
        )
        evidence = conformity.evidence_store_file(
            organisation_id=service.provider_id,
            content=io.BytesIO(b"practice statement of " + str(application.pk).encode()),
            filename="cps.txt",
            actor=self.officer,
            at=clock.now(),
        )
        services.application_add_evidence(
            application_id=application.pk,
            evidence_id=evidence.pk,
            kind=DocumentKind.PRACTICE_STATEMENT,
            title="CPS",
            actor=self.officer,
            at=clock.now(),
        )
        return application

    def submit(self, application: Application) -> Application:
        return services.application_submit(
            application_id=application.pk, declares_no_disqualification=True, actor=self.officer, at=clock.now()
        )

    def accept(self, application: Application) -> Application:
        return services.application_accept(application_id=application.pk, actor=self.lead, at=clock.now())

    def assess(self, application: Application, conclusion: Conclusion = Conclusion.CONFORM) -> Application:
        """From accepted to concluded, through an assessment by a team of one; leads take turns (rule 5)."""
        lead = (self.lead, self.second_lead)[Assessment.objects.count() % 2]
        assessment = services.assessment_open(application_id=application.pk, actor=lead, at=clock.now())
        conflict_declare(organisation_id=application.service.provider_id, kind=Tie.NONE, actor=lead, at=clock.now())
        conformity.assessment_member_assign(
            assessment_id=assessment.pk,
            person_id=lead.person_id,
            role=MemberRole.LEAD,
            actor=lead,
            at=clock.now(),
        )
        conformity.assessment_examine_documents(assessment_id=assessment.pk, actor=lead, at=clock.now())
        digest = application.evidence.first().evidence.sha256
        good = conclusion is Conclusion.CONFORM
        conformity.results_record(
            assessment_id=assessment.pk,
            results=[
                conformity.ResultInput(
                    criterion_id=criterion.pk,
                    outcome=Outcome.CONFORM if good else Outcome.NONCONFORM,
                    reason="" if good else "the clock drifts",
                    evidence=(digest,),
                )
                for criterion in criteria_applicable(
                    assessment.criteria_set_id, ServiceKind(assessment.service_kind), Level(assessment.level)
                )
            ],
            actor=lead,
            at=clock.now(),
        )
        conformity.assessment_submit(assessment_id=assessment.pk, actor=lead, at=clock.now())
        conformity.assessment_conclude(
            assessment_id=assessment.pk, conclusion=conclusion, actor=self.decider, at=clock.now()
        )
        return services.application_conclude(application_id=application.pk, actor=lead, at=clock.now())

    def forward(self, application: Application) -> Application:
        return services.application_forward(application_id=application.pk, actor=self.decider, at=clock.now())

    def case(
        self,
        service: Service,
        *,
        kind: ApplicationKind = ApplicationKind.NEW,
        level: Level = Level.QUALIFIED,
        usages: tuple[str, ...] | None = None,
        conclusion: Conclusion = Conclusion.CONFORM,
    ) -> Application:
        """An application that waits for a decision."""
        application = self.draft_application(service, kind=kind, level=level, usages=usages)
        self.submit(application)
        self.accept(application)
        self.assess(application, conclusion)
        return self.forward(application)

    def draft_grant(self, application: Application, **options: object) -> DecisionContent:
        return selectors.draft_grant(application.pk, reasons=REASONS, at=clock.now(), **options)

    def propose(self, draft: DecisionContent, by: Actor | None = None) -> Decision:
        return services.decision_propose(draft=draft, actor=by or self.proposer, at=clock.now())

    def approve(self, decision: Decision, by: Actor | None = None, sha256: str | None = None) -> Decision:
        digest = sha256 or selectors.decision_proposal(decision.pk).content_sha256
        return services.decision_approve(
            decision_id=decision.pk, content_sha256=digest, actor=by or self.approver, at=clock.now()
        )

    def decide(self, draft: DecisionContent) -> Decision:
        return self.approve(self.propose(draft))

    def step(self, service: Service, kind: DecisionKind) -> Decision:
        return self.decide(selectors.draft_step(service.pk, kind, reasons=REASONS))

    def granted(self, *, level: Level = Level.QUALIFIED, valid_until: datetime | None = None) -> Service:
        service = self.service()
        self.decide(self.draft_grant(self.case(service, level=level), valid_until=valid_until))
        return service


def accredit(world: World, cab: Organisation, *, kinds: tuple[ServiceKind, ...], number: str) -> None:
    """Accredit a body for kinds at both levels, by the two people that it takes."""
    at = clock.now
    row = conformity.accreditation_apply(ab_id=world.ab.pk, cab_id=cab.pk, number=number, actor=world.proposer, at=at())
    conformity.accreditation_review_documents(accreditation_id=row.pk, actor=world.proposer, at=at())
    conformity.accreditation_assess_office(accreditation_id=row.pk, actor=world.proposer, at=at())
    conformity.accreditation_witness(accreditation_id=row.pk, actor=world.proposer, at=at())
    assert world.criteria is not None
    decision = conformity.accreditation_decision_propose(
        accreditation_id=row.pk,
        kind=AccreditationDecisionKind.GRANT,
        reasons="competent",
        add=[
            conformity.ScopeItem(kind, level, world.criteria.pk)
            for kind in kinds
            for level in (Level.SPECIFIED, Level.QUALIFIED)
        ],
        actor=world.proposer,
        at=at(),
    )
    conformity.accreditation_decision_approve(
        decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=world.approver, at=at()
    )


def build() -> World:
    """The world: `cab` is accredited for e-signature and time-stamp services, `other_cab` for time-stamps alone."""
    world = World(
        ab=organisation("ab", "認定機構"),
        cab=organisation("cab", "東西監査認証"),
        other_cab=organisation("cab", "南北審査"),
        provider=organisation("provider", "さくらトラスト"),
    )
    roles = {
        "proposer": (world.ab, Role.AB_PROPOSER),
        "second_proposer": (world.ab, Role.AB_PROPOSER),
        "approver": (world.ab, Role.AB_APPROVER),
        "second_approver": (world.ab, Role.AB_APPROVER),
        "clerk": (world.ab, Role.AB_CLERK),
        "editor": (world.ab, Role.SCHEME_EDITOR),
        "criteria_approver": (world.ab, Role.SCHEME_APPROVER),
        "lead": (world.cab, Role.CAB_LEAD),
        "second_lead": (world.cab, Role.CAB_LEAD),
        "assessor": (world.cab, Role.CAB_ASSESSOR),
        "decider": (world.cab, Role.CAB_DECIDER),
        "other_lead": (world.other_cab, Role.CAB_LEAD),
        "officer": (world.provider, Role.PROVIDER_OFFICER),
        "staff": (world.provider, Role.PROVIDER_STAFF),
    }
    for name, (where, role) in roles.items():
        world.people[name] = person(name)
        appoint(world.people[name], where, role)
    world.people["stranger"] = person("stranger")
    at = clock.now
    criteria = conformity.criteria_load(
        code="TR",
        version="1",
        title_ja="認定基準",
        title_en="Criteria",
        rows=[
            {
                "id": "COM-01",
                "group": "common",
                "family": "operational",
                "title_ja": "共通",
                "text_en": "Keys are kept.",
                "level": "specified+qualified",
                "service_types": "all",
                "reference_family": "",
                "evidence_expected": "",
                "basis": "",
            }
        ],
        actor=world.editor,
        at=at(),
    )
    conformity.criteria_set_open_comment(criteria_set_id=criteria.pk, actor=world.editor, at=at())
    conformity.criteria_set_approve(criteria_set_id=criteria.pk, actor=world.criteria_approver, at=at())
    world.criteria = conformity.criteria_set_put_in_force(
        criteria_set_id=criteria.pk, actor=world.criteria_approver, at=at()
    )
    accredit(world, world.cab, kinds=(ServiceKind.ESIGN_CERT, ServiceKind.TIMESTAMP), number="AC-1")
    accredit(world, world.other_cab, kinds=(ServiceKind.TIMESTAMP,), number="AC-2")
    assert Criterion.objects.exists()
    return world
