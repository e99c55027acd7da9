"""The demo story: every row of it is made by the services that the API calls, by the people of `cast.py`, in real time.

A state body and an accreditation body; two assessment bodies are accredited; five providers apply for ten services over
all three trust elements and both levels. Eight are granted, one is refused, one is still being assessed with open
findings; later one of the eight is suspended and one is withdrawn. Each decision is published by the running worker and
signer; between them documents are signed, as people would.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding

from certification.domain.decisions import DecisionContent
from certification.domain.lifecycle import DecisionKind
from certification.domain.values import ApplicationKind, DocumentKind, IncidentSeverity
from certification.models import Application, Decision
from certification.selectors import decisions as certification_decisions
from certification.selectors import drafts
from certification.services import (
    application_accept,
    application_add_evidence,
    application_conclude,
    application_forward,
    application_start,
    application_submit,
    assessment_open,
    decision_approve,
    decision_propose,
    identity_add,
    incident_report,
    service_register,
)
from conformity import selectors as conformity
from conformity.domain.criteria import Conclusion, Outcome
from conformity.domain.findings import Grade
from conformity.domain.service_kinds import SERVICE_KINDS, Level, ServiceKind
from conformity.models import AccreditationDecisionKind, Assessment, MemberRole
from conformity.services import (
    ResultInput,
    ScopeItem,
    accreditation_apply,
    accreditation_assess_office,
    accreditation_decision_approve,
    accreditation_decision_propose,
    accreditation_review_documents,
    accreditation_witness,
    assessment_conclude,
    assessment_examine_documents,
    assessment_go_on_site,
    assessment_member_assign,
    assessment_submit,
    criteria_load,
    criteria_set_approve,
    criteria_set_open_comment,
    criteria_set_put_in_force,
    evidence_store_file,
    finding_correct,
    finding_plan_accept,
    finding_plan_submit,
    finding_raise,
    finding_verify,
    results_record,
)
from qualified_list.domain.model import Address as ListAddress
from qualified_list.domain.model import PostalAddress, Scheme, Text, texts
from qualified_list.services import list_scheme_update
from qualified_list.services.freeze import last_released, present_mark
from trustreg.base import clock
from trustreg.demo import cast
from trustreg.demo.cast import Part, PersonSpec
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.samples.build import build_phase_one, build_phase_two, next_second
from trustreg.parties.domain.actors import Actor
from trustreg.parties.domain.roles import OrganisationKind
from trustreg.parties.domain.separation import Tie
from trustreg.parties.models import Account, Person
from trustreg.parties.services import (
    account_create,
    appointment_start,
    conflict_declare,
    first_administrator_create,
    organisation_register,
    person_register,
)
from trustreg.parties.services.register import Address

CRITERIA_CODE: Final = "trust-services"
PATIENCE: Final = 60.0  # seconds until a decided change must be public

Say = Callable[[str], None]


@dataclass(slots=True)
class Story:
    """One telling. `ids` maps the keys of the cast to the ids of organisations and services."""

    pki: DemoPki
    folder: Path
    base_url: str
    say: Say
    ids: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    criteria_set: UUID | None = None

    def tell(self) -> None:
        """The whole story. Raises whatever a service refuses: the story has to be legal."""
        self.say("organisations, people and accounts")
        self._found()
        self.say("criteria and accreditations")
        self._criteria()
        for cab in ("minato", "tozai"):
            self._accredit(cab)
        self._describe_list()
        for part in cast.PARTS:
            self.say(f"{part.service}: {part.level}, {part.ends}")
            self._play(part)
            if part in _PUBLISHED_AFTER:
                self._wait_for_list()
        self.say("documents are signed while every service stands")
        samples = self.folder / "samples"
        build_phase_one(self.pki, samples, services=cast.SAMPLE_ROLES)
        self._fall()
        self.say("documents are signed after the fall")
        build_phase_two(self.pki, samples, services=cast.SAMPLE_ROLES)
        self._write_accounts()
        told = {"told_at": clock.utc_text(clock.now()), "ids": {key: str(value) for key, value in self.ids.items()}}
        (self.folder / "story.json").write_text(json.dumps(told, ensure_ascii=False, indent=1))

    # Who there is -------------------------------------------------------------------------------------------------

    def _found(self) -> None:
        admin = next(person for person in cast.PEOPLE if person.key == "admin")
        authority = next(spec for spec in cast.ORGANISATIONS if spec.key == cast.AUTHORITY)
        account = first_administrator_create(
            organisation_ja=authority.name_ja,
            organisation_en=authority.name_en,
            name_ja=admin.name_ja,
            name_en=admin.name_en,
            email=admin.email,
            password=admin.password,
            at=clock.now(),
        )
        self._enter(admin, account)
        for spec in cast.ORGANISATIONS:
            if spec.key != cast.AUTHORITY:
                self._register(
                    spec.key,
                    spec.kind,
                    spec.name_ja,
                    spec.name_en,
                    spec.number,
                    "",
                    (spec.locality_ja, spec.locality_en),
                )
        for provider in cast.PROVIDERS:
            kind = cast.PROVIDER_KINDS.get(provider.key, OrganisationKind.PROVIDER)
            domestic = provider.country == "JP"
            self._register(
                provider.key,
                kind,
                provider.name_ja,
                provider.name_en,
                provider.corporate_number if domestic else None,
                "" if domestic else provider.registrant_id,
                ("東京都中央区", "Chuo-ku, Tokyo") if domestic else ("キール", "Kiel"),
                provider.country,
            )
        for person in cast.PEOPLE:
            if person.key != "admin":
                self._hire(person)

    def _register(
        self,
        key: str,
        kind: OrganisationKind,
        name_ja: str,
        name_en: str,
        number: str | None,
        foreign_id: str,
        locality: tuple[str, str],
        country: str = "JP",
    ) -> None:
        organisation = organisation_register(
            kind=kind,
            name_ja=name_ja,
            name_en=name_en,
            corporate_number=number,
            foreign_registration_id=foreign_id,
            address=Address(
                country=country, street_ja="1-1-1", street_en="1-1-1", locality_ja=locality[0], locality_en=locality[1]
            ),
            emails=[f"contact@{key}.example.jp"],
            web_uris=[f"https://{key}.example.jp/"],
            source="demo",
            actor=self.actors["admin"],
            at=clock.now(),
        )
        self.ids[key] = organisation.pk

    def _hire(self, spec: PersonSpec) -> None:
        admin = self.actors["admin"]
        person = person_register(name_ja=spec.name_ja, name_en=spec.name_en, actor=admin, at=clock.now())
        for role in spec.roles:
            appointment_start(
                person_id=person.pk,
                organisation_id=self.ids[spec.organisation],
                role=role,
                competence=[kind.value for kind in ServiceKind],
                actor=admin,
                at=clock.now(),
            )
        account = account_create(
            person_id=person.pk, email=spec.email, password=spec.password, actor=admin, at=clock.now()
        )
        self._enter(spec, account)

    def _enter(self, spec: PersonSpec, account: Account) -> None:
        person = Person.objects.get(pk=account.person_id)
        self.actors[spec.key] = Actor(person.pk, account.pk, person.name_ja, None, "session")

    # What the bodies may do ---------------------------------------------------------------------------------------

    def _criteria(self) -> None:
        editor, approver = self.actors["proposer"], self.actors["approver"]
        criteria = criteria_load(
            code=CRITERIA_CODE,
            version="2026.1",
            title_ja="トラストサービス認定基準",
            title_en="Criteria for trust services",
            actor=editor,
            at=clock.now(),
        )
        criteria_set_open_comment(criteria_set_id=criteria.pk, actor=editor, at=clock.now())
        criteria_set_approve(criteria_set_id=criteria.pk, actor=approver, at=clock.now())
        criteria_set_put_in_force(criteria_set_id=criteria.pk, actor=approver, at=clock.now())
        self.criteria_set = criteria.pk

    def _accredit(self, cab: str) -> None:
        assert self.criteria_set is not None
        proposer, approver = self.actors["proposer"], self.actors["approver"]
        accreditation = accreditation_apply(
            ab_id=self.ids[cast.AB],
            cab_id=self.ids[cab],
            number=f"CAB-2026-{1 if cab == 'minato' else 2:03d}",
            actor=proposer,
            at=clock.now(),
        )
        for step in (accreditation_review_documents, accreditation_assess_office, accreditation_witness):
            step(accreditation_id=accreditation.pk, actor=proposer, at=clock.now())
        scope = [
            ScopeItem(kind, level, self.criteria_set)
            for kind, facts in SERVICE_KINDS.items()
            for level in facts.levels
            if level is not Level.OTHER and (cab == "minato" or kind is not ServiceKind.WEB_AUTH)
        ]
        decision = accreditation_decision_propose(
            accreditation_id=accreditation.pk,
            kind=AccreditationDecisionKind.GRANT,
            reasons="書面・事務所・立会いの審査を終え、基準に適合している。",
            add=scope,
            actor=proposer,
            at=clock.now(),
        )
        accreditation_decision_approve(
            decision_id=decision.pk, draft_sha256=decision.draft_sha256, actor=approver, at=clock.now()
        )

    def _describe_list(self) -> None:
        ab = next(spec for spec in cast.ORGANISATIONS if spec.key == cast.AB)
        base = self.base_url
        list_scheme_update(
            scheme=Scheme(
                territory="JP",
                operator_name=texts({"ja": ab.name_ja, "en": ab.name_en}),
                operator_address=ListAddress(
                    postal=(
                        PostalAddress("ja", "1-1-1", ab.locality_ja, "JP"),
                        PostalAddress("en", "1-1-1", ab.locality_en, "JP"),
                    ),
                    electronic=(Text("en", "mailto:list@trust-ab.example.jp"), Text("en", f"{base}/")),
                ),
                name=texts({"ja": "JP:トラストサービス登録簿（デモ）", "en": "JP:Trust service registry (demo)"}),
                information_uri=texts({"ja": f"{base}/", "en": f"{base}/"}),
                status_base=f"{base}/uri",
                legal_notice=texts(
                    {
                        "ja": "これはデモのリストです。記載された組織とサービスは架空のものです。",
                        "en": "This is a demonstration list. Its organisations and services are invented.",
                    }
                ),
                distribution_points=(f"{base}/tl/tl.xml",),
            ),
            actor=self.actors["operator"],
            at=clock.now(),
        )

    # One service --------------------------------------------------------------------------------------------------

    def _play(self, part: Part) -> None:
        service = self._register_service(part)
        if part.ends == "registered":
            return
        application = self._apply(part, service)
        assessment = self._begin_assessment(part, application)
        if part.ends == "open":
            self._leave_open(part, assessment)
            return
        self._assess(part, assessment, Outcome.NONCONFORM if part.ends == "refused" else Outcome.CONFORM)
        self._hand_over(part, application, assessment)
        reasons = {
            "ja": "評価機関の報告書を確かめ、基準への適合を認めた。",
            "en": "The report of the assessment body shows conformity with the criteria.",
        }
        if part.ends == "refused":
            reasons = {
                "ja": "時刻源の校正の記録がなく、重大な不適合が残っている。",
                "en": "Calibration of the time source is not on record; a major nonconformity remains.",
            }
            self._decide(drafts.draft_reject(application.pk, reasons=reasons, at=clock.now()))
        else:
            self._decide(drafts.draft_grant(application.pk, reasons=reasons, at=clock.now()))

    def _register_service(self, part: Part) -> UUID:
        officer = self.actors[part.provider]
        spec = self.pki.authority(part.service).spec
        service = service_register(
            provider_id=self.ids[part.provider],
            kind=ServiceKind(part.kind),
            name_ja=spec.name_ja,
            name_en=spec.name_en,
            supply_points=[self.pki.url(part.service, "tsa" if part.kind == "timestamp" else "ca.crt")],
            actor=officer,
            at=clock.now(),
        )
        self.ids[part.service] = service.pk
        certificate = self.pki.listed_certificate(part.service).public_bytes(Encoding.DER)
        identity_add(service_id=service.pk, certificate=certificate, actor=officer, at=clock.now())
        return service.pk

    def _apply(self, part: Part, service: UUID) -> Application:
        officer = self.actors[part.provider]
        spec = self.pki.authority(part.service).spec
        application = application_start(
            service_id=service,
            kind=ApplicationKind.NEW,
            cab_id=self.ids[part.cab],
            target_level=Level(part.level),
            usages=list(part.usages),
            actor=officer,
            at=clock.now(),
        )
        for kind, title in _DOCUMENTS:
            content = blank_pdf(title, [f"{spec.name_en} ({part.provider})", f"{kind.value}, version 1"])
            evidence = evidence_store_file(
                organisation_id=self.ids[part.provider],
                content=io.BytesIO(content),
                filename=f"{part.service}-{kind.value}.pdf",
                actor=officer,
                at=clock.now(),
            )
            application_add_evidence(
                application_id=application.pk,
                evidence_id=evidence.pk,
                kind=kind,
                title=title,
                actor=officer,
                at=clock.now(),
            )
        application_submit(
            application_id=application.pk, declares_no_disqualification=True, actor=officer, at=clock.now()
        )
        return application

    def _begin_assessment(self, part: Part, application: Application) -> Assessment:
        lead, assessor = self.actors[f"{part.cab}-lead"], self.actors[f"{part.cab}-assessor"]
        application_accept(application_id=application.pk, actor=lead, at=clock.now())
        assessment = assessment_open(application_id=application.pk, actor=lead, at=clock.now())
        for actor, role in ((lead, MemberRole.LEAD), (assessor, MemberRole.ASSESSOR)):
            conflict_declare(organisation_id=self.ids[part.provider], kind=Tie.NONE, actor=actor, at=clock.now())
            assessment_member_assign(
                assessment_id=assessment.pk, person_id=actor.person_id, role=role, actor=lead, at=clock.now()
            )
        assessment_examine_documents(assessment_id=assessment.pk, actor=lead, at=clock.now())
        assessment_go_on_site(assessment_id=assessment.pk, actor=lead, at=clock.now())
        return assessment

    def _assess(self, part: Part, assessment: Assessment, worst: Outcome) -> None:
        """Every applicable criterion; one goes through a finding, which is closed unless `worst` is nonconform."""
        assessor, lead = self.actors[f"{part.cab}-assessor"], self.actors[f"{part.cab}-lead"]
        evidence = tuple(row.sha256 for row in conformity.evidence_of(self.ids[part.provider]).order_by("id")[:1])
        criteria = conformity.criteria_applicable(assessment.criteria_set_id, ServiceKind(part.kind), Level(part.level))
        first = criteria[0]
        self._raise_finding(part, assessment, first.pk, worst)
        conform = [
            ResultInput(row.pk, Outcome.CONFORM, notes="文書と現地で確かめた。", evidence=evidence)
            for row in criteria
            if row.pk != first.pk
        ]
        last = ResultInput(first.pk, worst, reason="指摘のとおり。", evidence=evidence)
        results_record(assessment_id=assessment.pk, results=[last, *conform], actor=assessor, at=clock.now())
        assessment_submit(assessment_id=assessment.pk, actor=lead, at=clock.now())

    def _raise_finding(self, part: Part, assessment: Assessment, criterion: UUID, worst: Outcome) -> None:
        assessor, lead = self.actors[f"{part.cab}-assessor"], self.actors[f"{part.cab}-lead"]
        officer = self.actors[part.provider]
        grade = Grade.MAJOR if worst is Outcome.NONCONFORM else Grade.MINOR
        finding = finding_raise(
            assessment_id=assessment.pk,
            criterion_id=criterion,
            grade=grade,
            statement="責任者の変更が手順書に反映されていない。",
            actor=assessor,
            at=clock.now(),
        )
        if worst is Outcome.NONCONFORM:
            return
        finding_plan_submit(
            finding_id=finding.pk, text="手順書を改訂し、全員に周知する。", actor=officer, at=clock.now()
        )
        finding_plan_accept(finding_id=finding.pk, actor=assessor, at=clock.now())
        finding_correct(finding_id=finding.pk, text="手順書 2.1 版に反映した。", actor=officer, at=clock.now())
        finding_verify(finding_id=finding.pk, text="改訂を確かめた。", actor=lead, at=clock.now())

    def _leave_open(self, part: Part, assessment: Assessment) -> None:
        """An application under way: half the criteria answered, a major and a minor finding open."""
        assessor, officer = self.actors[f"{part.cab}-assessor"], self.actors[part.provider]
        evidence = tuple(row.sha256 for row in conformity.evidence_of(self.ids[part.provider]).order_by("id")[:1])
        criteria = conformity.criteria_applicable(assessment.criteria_set_id, ServiceKind(part.kind), Level(part.level))
        half = [ResultInput(row.pk, Outcome.CONFORM, evidence=evidence) for row in criteria[: len(criteria) // 2]]
        results_record(assessment_id=assessment.pk, results=half, actor=assessor, at=clock.now())
        for criterion, grade, statement in (
            (criteria[-1], Grade.MAJOR, "鍵の生成に複数人が立ち会った記録がない。"),
            (criteria[-2], Grade.MINOR, "失効の受付時刻が記録されていない日がある。"),
        ):
            finding = finding_raise(
                assessment_id=assessment.pk,
                criterion_id=criterion.pk,
                grade=grade,
                statement=statement,
                actor=assessor,
                at=clock.now(),
            )
        finding_plan_submit(
            finding_id=finding.pk, text="受付システムの時刻記録を必須にする。", actor=officer, at=clock.now()
        )

    def _hand_over(self, part: Part, application: Application, assessment: Assessment) -> None:
        decider, lead = self.actors[f"{part.cab}-decider"], self.actors[f"{part.cab}-lead"]
        conclusion = Conclusion.NONCONFORM if part.ends == "refused" else Conclusion.CONFORM
        assessment_conclude(
            assessment_id=assessment.pk,
            conclusion=conclusion,
            summary="報告書のとおり。",
            actor=decider,
            at=clock.now(),
        )
        application_conclude(application_id=application.pk, actor=lead, at=clock.now())
        application_forward(application_id=application.pk, actor=decider, at=clock.now())

    def _decide(self, draft: DecisionContent) -> Decision:
        decision = decision_propose(draft=draft, actor=self.actors["proposer"], at=clock.now())
        proposal = certification_decisions.decision_proposal(decision.pk)
        return decision_approve(
            decision_id=decision.pk,
            content_sha256=proposal.content_sha256,
            actor=self.actors["approver"],
            at=clock.now(),
        )

    # What happened later ------------------------------------------------------------------------------------------

    def _fall(self) -> None:
        """One service is suspended after an incident, one is withdrawn; each change is a list of its own."""
        suspended = next(part for part in cast.PARTS if part.ends == "suspended")
        withdrawn = next(part for part in cast.PARTS if part.ends == "withdrawn")
        self.say(f"{suspended.service} is suspended")
        incident = incident_report(
            service_id=self.ids[suspended.service],
            severity=IncidentSeverity.CRITICAL,
            summary="署名鍵の管理区画に、許可のない立入りの形跡があった。",
            aware_at=clock.now(),
            actor=self.actors[suspended.provider],
            at=clock.now(),
        )
        self._decide(
            drafts.draft_step(
                self.ids[suspended.service],
                DecisionKind.SUSPEND,
                reasons={
                    "ja": "鍵の安全を確かめられるまで停止する。",
                    "en": "Suspended until the safety of the key is established.",
                },
                incidents=[str(incident.pk)],
            )
        )
        self._wait_for_list()
        self.say(f"{withdrawn.service} is withdrawn")
        self._decide(
            drafts.draft_step(
                self.ids[withdrawn.service],
                DecisionKind.WITHDRAW,
                reasons={
                    "ja": "後継のサービスへの移行が終わり、旧い鍵の管理が基準を満たさなくなった。",
                    "en": "Its successor has taken over; the management of the old key no longer meets the criteria.",
                },
            )
        )
        self._wait_for_list()

    def _wait_for_list(self) -> None:
        """Wait until the worker and the signer have published all that was decided."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            issue = last_released()
            if issue is not None and issue.mark == present_mark():
                next_second()
                return
            time.sleep(0.1)
        raise SystemExit(
            f"No list carried what was decided within {PATIENCE:.0f} s; see the logs of worker and signer."
        )

    def _write_accounts(self) -> None:
        rows = []
        names = {spec.key: (spec.name_ja, spec.name_en) for spec in (*cast.ORGANISATIONS, *cast.PROVIDERS)}
        for person in cast.PEOPLE:
            organisation_ja, organisation_en = names[person.organisation]
            role_ja, role_en = cast.ROLE_WORDS.get(
                person.key, (f"{organisation_ja} {person.key}", f"{organisation_en}: {_role_words(person)}")
            )
            rows.append(
                {
                    "email": person.email,
                    "password": person.password,
                    "name_ja": person.name_ja,
                    "name_en": person.name_en,
                    "role_ja": role_ja,
                    "role_en": role_en,
                }
            )
        (self.folder / "accounts.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1))


def _role_words(person: PersonSpec) -> str:
    return ", ".join(role.value.replace("_", " ") for role in person.roles)


_PUBLISHED_AFTER: Sequence[Part] = (cast.PARTS[0], cast.PARTS[3], cast.PARTS[-1])
"""The list is awaited here, so that services enter it one list after another."""

_DOCUMENTS: Sequence[tuple[DocumentKind, str]] = (
    (DocumentKind.REGISTRY_CERTIFICATE, "登記事項証明書"),
    (DocumentKind.PRACTICE_STATEMENT, "運用規程"),
    (DocumentKind.TERMINATION_PLAN, "業務終了計画"),
)
