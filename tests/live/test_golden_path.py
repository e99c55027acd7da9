"""The one path that must always work, over HTTP, by five people with five accounts (design 1)."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding

from tests.live.demo import RunningDemo, Visitor
from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.document import blank_pdf
from trustreg.demo.pki.signer import sign_pdf
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec, corporate_number
from trustreg.demo.samples.build import PERSON, next_second

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

PUBLIC_WITHIN = 60.0  # seconds from an approval to a public list (the issue's own bound)
REASONS = {"ja": "基準への適合を確かめた。", "en": "Conformity with the criteria was established."}
WITHDRAWN = {
    "ja": "鍵の管理が基準を満たさなくなった。",
    "en": "The management of the key no longer meets the criteria.",
}

SERVICE = ServiceSpec("hikari-sign", "ひかり署名", "Hikari Signatures", ServiceKind.ESIGN_CA, KeyAlgorithm.P_256)
PROVIDER = ProviderSpec("hikari", "ひかり認証株式会社", "Hikari K.K.", corporate_number("010401999777"), (SERVICE,))


class People:
    """The five of the path, and the administrator who enters them."""

    def __init__(self, demo: RunningDemo) -> None:
        self.demo = demo
        self.admin = self.visitor("admin@demo.example.jp", "demo-admin-2026")
        self.proposer = self.visitor("proposer@demo.example.jp", "demo-proposer-2026")
        self.approver = self.visitor("approver@demo.example.jp", "demo-approver-2026")
        self.cab = self.organisation("cab", "つばさ評価機構", "Tsubasa Assessment", corporate_number("010405999778"))
        self.provider = self.organisation("provider", PROVIDER.name_ja, PROVIDER.name_en, PROVIDER.corporate_number)
        self.lead, self.lead_id = self.hire("lead", self.cab, "cab_lead", "cab_clerk")
        self.decider, _ = self.hire("decider", self.cab, "cab_decider")
        self.officer, _ = self.hire("officer", self.provider, "provider_officer")

    def visitor(self, email: str, password: str) -> Visitor:
        return Visitor(self.demo.base, email, password)

    def organisation(self, kind: str, ja: str, en: str, number: str) -> str:
        return organisation(self.admin, kind, ja, en, number)

    def hire(self, name: str, organisation: str, *roles: str) -> tuple[Visitor, str]:
        email, password = f"{name}@golden.example.jp", f"golden-path-{name}-1"
        person = hire(self.admin, organisation, roles, f"{name} さん", email, password)
        return self.visitor(email, password), person


def organisation(admin: Visitor, kind: str, ja: str, en: str, number: str) -> str:
    """Enter an organisation; its id."""
    address = {
        "country": "JP",
        "locality_ja": "東京都港区",
        "locality_en": "Minato-ku, Tokyo",
        "street_ja": "1-1",
        "street_en": "1-1",
    }
    body = {
        "kind": kind,
        "name_ja": ja,
        "name_en": en,
        "corporate_number": number,
        "address": address,
        "emails": ["info@example.jp"],
        "web_uris": ["https://example.jp/"],
    }
    return str(admin.does("/organisations", body)["id"])


def hire(admin: Visitor, organisation: str, roles: Sequence[str], name: str, email: str, password: str) -> str:
    """Enter a person with these roles and an account; the person's id."""
    person = admin.does("/persons", {"name_ja": name, "name_en": email.partition("@")[0].title()})["id"]
    for role in roles:
        kinds = ["esign_cert", "timestamp"]
        body = {"person_id": person, "organisation_id": organisation, "role": role, "competence": kinds}
        admin.does("/appointments", body)
    admin.does("/accounts", {"person_id": person, "email": email, "password": password})
    return str(person)


def waits_for(question: Callable[[], Any], within: float = PUBLIC_WITHIN) -> Any:
    """The first true answer; fails when there is none in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.3)
    raise AssertionError(f"nothing within {within:.0f} s")


def accredit(people: People) -> str:
    """The accreditation body accredits the new assessment body for e-signature certificates at both levels."""
    ab = next(row["id"] for row in people.proposer.get("/organisations", kind="ab")["results"] if row["kind"] == "ab")
    criteria = people.proposer.get("/criteria-sets")["results"][0]["id"]
    accreditation = people.proposer.does(
        "/accreditations", {"ab_id": ab, "cab_id": people.cab, "number": "CAB-GOLDEN-1"}
    )["id"]
    for step in ("review-documents", "assess-office", "witness"):
        people.proposer.does(f"/accreditations/{accreditation}/{step}")
    scope = [
        {"service_kind": "esign_cert", "level": level, "criteria_set_id": criteria}
        for level in ("qualified", "specified")
    ]
    decision = people.proposer.does(
        f"/accreditations/{accreditation}/decisions", {"kind": "grant", "reasons": "適合", "add": scope}
    )
    alone = people.proposer.post(
        f"/accreditation-decisions/{decision['id']}/approve", {"draft_sha256": decision["draft_sha256"]}
    )
    assert alone.status_code == 403, "one person may not accredit alone"
    people.approver.does(
        f"/accreditation-decisions/{decision['id']}/approve", {"draft_sha256": decision["draft_sha256"]}
    )
    return str(accreditation)


def apply(people: People, certificate: bytes, spec: ServiceSpec = SERVICE) -> tuple[str, str, str]:
    """The provider registers a service, applies at the level qualified and hands in evidence.

    Returns the ids of service and application and the evidence's hash.
    """
    officer = people.officer
    service = officer.does(
        "/services",
        {"provider_id": people.provider, "kind": "esign_cert", "name_ja": spec.name_ja, "name_en": spec.name_en},
    )["id"]
    officer.does(f"/services/{service}/identities", {"certificate": b64encode(certificate).decode()})
    application = officer.does(
        "/applications",
        {"service_id": service, "kind": "new", "cab_id": people.cab, "target_level": "qualified", "usages": ["esign"]},
    )["id"]
    evidence = officer.hands_in(
        f"/applications/{application}/evidence",
        ("practice.pdf", blank_pdf("運用規程", ["Practice statement"])),
        kind="practice_statement",
        title="運用規程",
    )
    officer.does(f"/applications/{application}/submit", {"declares_no_disqualification": True})
    return str(service), str(application), str(evidence["sha256"])


def assess(people: People, application: str, evidence: str) -> None:
    """The body assesses criterion by criterion, raises and closes a finding, and concludes."""
    lead, officer = people.lead, people.officer
    lead.does(f"/applications/{application}/accept")
    assessment = lead.does(f"/applications/{application}/assessment")["id"]
    lead.does("/conflict-declarations", {"organisation_id": people.provider, "kind": "none"})
    lead.does(f"/assessments/{assessment}/team", {"person_id": people.lead_id, "role": "lead"})
    lead.does(f"/assessments/{assessment}/examine-documents")
    lead.does(f"/assessments/{assessment}/go-on-site")
    criteria = [row["id"] for row in lead.get(f"/assessments/{assessment}/criteria")["results"]]
    finding = lead.does(
        f"/assessments/{assessment}/findings",
        {"criterion_id": criteria[0], "grade": "major", "statement": "手順書が古い。"},
    )["id"]
    results = [{"criterion_id": row, "outcome": "conform", "evidence": [evidence]} for row in criteria]
    lead.does(f"/assessments/{assessment}/results", {"results": results})
    lead.does(f"/assessments/{assessment}/submit")
    early = people.decider.post(f"/assessments/{assessment}/conclude", {"conclusion": "conform"})
    assert early.status_code == 422, "an open major finding blocks a conforming conclusion"
    people.decider.does(f"/assessments/{assessment}/return", {"reasons": "指摘が閉じていない。"})
    officer.does(f"/findings/{finding}/plan", {"text": "改訂する。"})
    lead.does(f"/findings/{finding}/plan/accept")
    officer.does(f"/findings/{finding}/correct", {"text": "改訂した。", "evidence": [evidence]})
    lead.does(f"/findings/{finding}/verify", {"text": "確かめた。"})
    lead.does(f"/assessments/{assessment}/submit")
    people.decider.does(f"/assessments/{assessment}/conclude", {"conclusion": "conform", "summary": "適合"})
    lead.does(f"/applications/{application}/conclude")
    people.decider.does(f"/applications/{application}/forward")


def decide(people: People, body: dict[str, object]) -> str:
    """One person proposes, another approves the hash that they were shown; returns the decision's id."""
    proposed = people.proposer.does("/decisions", body)
    digest = people.approver.get(f"/decisions/{proposed['id']}")["content_sha256"]
    alone = people.proposer.post(f"/decisions/{proposed['id']}/approve", {"content_sha256": digest})
    assert alone.status_code == 403, "one person may not propose and approve"
    people.approver.does(f"/decisions/{proposed['id']}/approve", {"content_sha256": digest})
    return str(proposed["id"])


def listed(demo: RunningDemo, service: str, result: str) -> bool:
    """Whether the list in force says this of the service now."""
    return demo.status(service=service)["result"] == result


def listed_id(demo: RunningDemo, certificate_sha256: str) -> str | None:
    rows = requests.get(
        f"{demo.base}/api/v1/services", params={"certificate_sha256": certificate_sha256}, timeout=30
    ).json()["results"]
    return rows[0]["id"] if rows else None


def first(report: requests.Response) -> tuple[str, dict[str, Any]]:
    """(indication of the document, its first signature)."""
    assert report.status_code == 200, report.text
    body = report.json()
    return body["indication"], body["signatures"][0]


def test_the_golden_path_from_accreditation_to_verdict_to_withdrawal(demo: RunningDemo, tmp_path: Path) -> None:
    pki = DemoPki.create_or_load(
        demo.var / "demo" / "pki", base_url=f"http://127.0.0.1:{demo.pki_port}", providers=(PROVIDER,)
    )
    root = pki.listed_certificate(SERVICE.key)
    people = People(demo)
    accreditation = accredit(people)
    service, application, evidence = apply(people, root.public_bytes(Encoding.DER))
    hidden = requests.get(f"{demo.base}/api/v1/applications/{application}", timeout=30)
    assert hidden.status_code in (401, 404), "an application under way leaks to nobody"
    assert demo.status(service=service)["result"] == "NOT_LISTED"
    assess(people, application, evidence)
    grant = decide(people, {"kind": "grant", "application_id": application, "reasons": REASONS})

    fingerprint = hashlib.sha256(root.public_bytes(Encoding.DER)).hexdigest()
    entry = waits_for(lambda: listed_id(demo, fingerprint))
    assert demo.status(certificate_sha256=fingerprint)["result"] == "QUALIFIED"

    # The chain can be followed back from the verdict, each id at the API.
    chain = demo.status(certificate_sha256=fingerprint)["chain"]
    assert chain["decision"] == grant
    assert chain["accreditation"] == accreditation
    for path in (f"/decisions/{grant}", f"/accreditations/{accreditation}", f"/services/{entry}"):
        assert requests.get(f"{demo.base}/api/v1{path}", timeout=30).status_code == 200, path

    # Documents: stamped and not, while the service stands.
    next_second()
    person = pki.issue(SERVICE.key, PERSON, "signature")
    tsa = pki.url("hokuto-tsa", "tsa")
    paper = blank_pdf("契約書", ["Contract"])
    stamped = sign_pdf(paper, credential=person, level="T", tsa=tsa)
    unstamped = sign_pdf(paper, credential=person, level="B", tsa=None)
    for document in (stamped, unstamped):
        indication, signature = first(demo.validate(document))
        assert (indication, signature["qualification"]) == ("TOTAL-PASSED", "QESIG")
    assert signature["service"]["id"] == entry
    before = demo.sequence()
    next_second()  # lists count in whole seconds: a withdrawal in the second of the stamp would outrun it

    # Withdrawn by two people; a new list is public within a minute.
    decide(people, {"kind": "withdraw", "service_id": service, "reasons": WITHDRAWN})
    waits_for(lambda: demo.status(certificate_sha256=fingerprint)["result"] == "NOT_VALID")
    assert demo.sequence() > before
    next_second()
    later = sign_pdf(paper, credential=person, level="T", tsa=tsa)
    assert first(demo.validate(stamped))[1]["qualification"] == "QESIG", "stamped before: proved, and stays"
    for document in (unstamped, later):
        indication, signature = first(demo.validate(document))
        assert indication == "INDETERMINATE"
        assert signature["qualification"] == "ADESIG"
        assert signature["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"

    # By the earlier list the answer is what it was.
    assert demo.status(certificate_sha256=fingerprint, as_of=before)["result"] == "QUALIFIED"
