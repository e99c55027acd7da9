"""The golden path as scripts walk it: every act over HTTP, each by the person whose act it is."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from trustreg.base import clock

PASSWORD = "correct horse battery staple"
BOTH = {"ja": "理由", "en": "Reasons"}


def corporate_number(serial: int) -> str:
    body = f"{serial:012d}"
    total = sum(int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(body)))
    return f"{9 - total % 9}{body}"


def certificate(
    common_name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: tuple[str, ec.EllipticCurvePrivateKey] | None = None,
) -> x509.Certificate:
    """A CA certificate, or one for an end entity that `issuer` (name, key) issued."""

    def name(text: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Provider Inc."),
                x509.NameAttribute(NameOID.COMMON_NAME, text),
            ]
        )

    signer_name, signer = issuer or (common_name, key)
    return (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(name(signer_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=3650))
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def pem(found: x509.Certificate) -> str:
    return found.public_bytes(Encoding.PEM).decode()


@dataclass
class Story:
    """People by their part, each with a signed-in client; ids of what they made."""

    admin: APIClient
    clients: dict[str, APIClient] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    ca_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _serial: int = 7000

    def call(
        self, who: str, path: str, body: Any = None, *, expect: int = 200, method: str = "post", **more: Any
    ) -> Any:
        """One request by one person; its JSON."""
        client = self.admin if who == "admin" else self.clients[who]
        more.setdefault("format", "json")
        send = getattr(client, method)
        response = send(f"/api/v1/{path}") if method == "get" else send(f"/api/v1/{path}", body or {}, **more)
        assert response.status_code == expect, (path, response.status_code, response.content.decode())
        return response.json() if response.content else None

    def person(self, part: str, organisation: str, *roles: str) -> None:
        """A person with an account, appointed and signed in."""
        person = self.call("admin", "persons", {"name_ja": f"{part} さん", "name_en": part.title()}, expect=201)
        self.people[part] = person["id"]
        email = f"{part.replace('_', '-')}@example.jp"
        self.call("admin", "accounts", {"person_id": person["id"], "email": email, "password": PASSWORD}, expect=201)
        for role in roles:
            self.call(
                "admin",
                "appointments",
                {"person_id": person["id"], "organisation_id": self.ids[organisation], "role": role},
                expect=201,
            )
        client = APIClient(headers={"accept-language": "en"})
        assert client.post("/api/v1/session", {"email": email, "password": PASSWORD}, format="json").status_code == 200
        self.clients[part] = client

    def organisation(self, name: str, kind: str) -> None:
        self._serial += 1
        body = {
            "kind": kind,
            "name_ja": f"{name} 法人",
            "name_en": f"{name} Inc.",
            "corporate_number": corporate_number(self._serial),
            "address": {
                "postal_code": "100-0001",
                "region_ja": "東京都",
                "region_en": "Tokyo",
                "locality_ja": "千代田区",
                "locality_en": "Chiyoda-ku",
                "street_ja": "千代田 1-1",
                "street_en": "1-1 Chiyoda",
            },
            "emails": ["info@example.jp"],
            "web_uris": ["https://example.jp/"],
        }
        self.ids[name] = self.call("admin", "organisations", body, expect=201)["id"]

    def cast(self) -> None:
        """Organisations and people."""
        self.organisation("authority", "authority")
        self.organisation("ab", "ab")
        self.organisation("cab", "cab")
        self.organisation("provider", "provider")
        self.organisation("rival", "provider")
        self.person("editor", "authority", "scheme_editor")
        self.person("ratifier", "authority", "scheme_approver")
        self.person("operator", "authority", "list_operator")
        self.person("clerk", "ab", "ab_clerk")
        self.person("proposer", "ab", "ab_proposer")
        self.person("approver", "ab", "ab_approver")
        self.person("lead", "cab", "cab_lead")
        self.person("assessor", "cab", "cab_assessor")
        self.person("decider", "cab", "cab_decider")
        self.person("officer", "provider", "provider_officer")
        self.person("staff", "provider", "provider_staff")
        self.person("outsider", "rival", "provider_officer")

    def criteria(self) -> None:
        """A criteria set in force, by two people."""
        body = {"code": "JP-TRUST", "version": "2026", "title_ja": "認定基準", "title_en": "Criteria"}
        found = self.call("editor", "criteria-sets", body, expect=201)
        self.ids["criteria_set"] = found["id"]
        self.call("editor", f"criteria-sets/{found['id']}/open-comment")
        self.call("ratifier", f"criteria-sets/{found['id']}/approve")
        assert self.call("ratifier", f"criteria-sets/{found['id']}/put-in-force")["status"] == "in_force"

    def accreditation(self) -> None:
        """The AB accredits the CAB for qualified certificates for signatures."""
        body = {"ab_id": self.ids["ab"], "cab_id": self.ids["cab"], "number": "CAB-001"}
        found = self.call("clerk", "accreditations", body, expect=201)
        place = f"accreditations/{found['id']}"
        self.ids["accreditation"] = found["id"]
        for step in ("review-documents", "assess-office", "witness"):
            self.call("proposer", f"{place}/{step}")
        scope = {"service_kind": "esign_cert", "level": "qualified", "criteria_set_id": self.ids["criteria_set"]}
        proposal = self.call(
            "proposer",
            f"{place}/decisions",
            {"kind": "grant", "reasons": "Competent.", "add": [scope]},
            expect=201,
        )
        decision = f"accreditation-decisions/{proposal['id']}"
        shown = {"draft_sha256": proposal["draft_sha256"]}
        assert self.call("proposer", f"{decision}/approve", shown, expect=403)["code"] in (
            "separation_violated",
            "not_permitted",
        )
        assert (
            self.call("approver", f"{decision}/approve", {"draft_sha256": "0" * 64}, expect=409)["code"] == "conflict"
        )
        assert self.call("approver", f"{decision}/approve", shown)["outcome"] == "approved"

    def application(self) -> None:
        """The provider registers, applies and submits evidence."""
        service = self.call(
            "officer",
            "services",
            {
                "provider_id": self.ids["provider"],
                "kind": "esign_cert",
                "name_ja": "署名サービス",
                "name_en": "Signing CA",
            },
            expect=201,
        )
        self.ids["service"] = service["id"]
        own = certificate("Signing CA", self.ca_key)
        added = self.call("officer", f"services/{service['id']}/identities", {"certificate": pem(own)}, expect=201)
        assert added["certificate_sha256"] == own.fingerprint(hashes.SHA256()).hex()
        started = self.call(
            "officer",
            "applications",
            {"service_id": service["id"], "kind": "new", "cab_id": self.ids["cab"], "target_level": "qualified"},
            expect=201,
        )
        self.ids["application"] = started["id"]
        content = b"%PDF-1.7\npractice statement of the signing service\n%%EOF\n"
        document = self.call(
            "officer",
            f"applications/{started['id']}/evidence",
            {
                "file": SimpleUploadedFile("cps.pdf", content),
                "kind": "practice_statement",
                "title": "Practice statement",
            },
            expect=201,
            format="multipart",
        )
        assert document["sha256"] == hashlib.sha256(content).hexdigest()
        self.ids["sha256"] = document["sha256"]
        self.ids["evidence"] = document["evidence"]
        handed = self.call("officer", f"applications/{started['id']}/submit", {"declares_no_disqualification": True})
        assert handed["status"] == "submitted"

    def assessment(self) -> None:
        """The CAB assesses criterion by criterion, raises and closes a finding, and concludes."""
        case = f"applications/{self.ids['application']}"
        self.call("lead", f"{case}/accept")
        opened = self.call("lead", f"{case}/assessment", expect=201)
        place = f"assessments/{opened['id']}"
        self.ids["assessment"] = opened["id"]
        for member, role in (("lead", "lead"), ("assessor", "assessor")):
            self.call(
                member,
                "conflict-declarations",
                {"organisation_id": self.ids["provider"], "kind": "none"},
                expect=201,
            )
            self.call("lead", f"{place}/team", {"person_id": self.people[member], "role": role}, expect=201)
        self.call("lead", f"{place}/examine-documents")
        criteria = self.call("assessor", f"{place}/criteria", method="get")["results"]
        assert criteria
        results = [
            {"criterion_id": one["id"], "outcome": "conform", "evidence": [self.ids["sha256"]], "notes": "seen"}
            for one in criteria
        ]
        half = len(results) // 2
        self.call("assessor", f"{place}/results", {"results": results[:half]}, expect=201)
        missing = self.call("lead", f"{place}/submit", expect=422)
        assert missing["code"] == "precondition_failed"
        assert len(missing["missing"]) == len(results) - half
        self.call("assessor", f"{place}/results", {"results": results[half:]}, expect=201)
        finding = self.call(
            "assessor",
            f"{place}/findings",
            {"criterion_id": criteria[0]["id"], "grade": "major", "statement": "No plan for the end."},
            expect=201,
        )
        number = f"findings/{finding['id']}"
        self.call("officer", f"{number}/plan", {"text": "We write one."})
        self.call("assessor", f"{number}/plan/accept")
        self.call("staff", f"{number}/correct", {"text": "Written.", "evidence": [self.ids["sha256"]]})
        self.call("lead", f"{place}/submit")
        blocked = self.call("decider", f"{place}/conclude", {"conclusion": "conform"}, expect=422)
        assert blocked["open"]
        self.call("decider", f"{place}/return", {"reasons": "A finding is open."})
        assert self.call("assessor", f"{number}/verify")["status"] == "verified_closed"
        self.call("lead", f"{place}/submit")
        report = self.call("decider", f"{place}/conclude", {"conclusion": "conform"}, expect=201)
        assert hashlib.sha256(report["body"].encode()).hexdigest() == report["sha256"]
        self.ids["report"] = report["sha256"]
        self.call("lead", f"{case}/conclude")
        assert self.call("decider", f"{case}/forward")["status"] == "under_decision"

    def decide(self, body: dict[str, Any]) -> str:
        """Proposed by one, approved by another on the hash that was shown."""
        proposed = self.call("proposer", "decisions", {"reasons": BOTH, **body}, expect=201)
        place = f"decisions/{proposed['id']}"
        shown = self.call("approver", place, method="get")
        assert shown["content_sha256"] == proposed["content_sha256"]
        self.call("proposer", f"{place}/approve", {"content_sha256": shown["content_sha256"]}, expect=403)
        self.call("approver", f"{place}/approve", {"content_sha256": "0" * 64}, expect=409)
        self.call("approver", f"{place}/approve", {"content_sha256": shown["content_sha256"]})
        return str(proposed["id"])

    def grant(self) -> None:
        self.ids["decision"] = self.decide({"kind": "grant", "application_id": self.ids["application"]})

    def tell(self) -> None:
        """All of it, up to the decision."""
        self.cast()
        self.criteria()
        self.accreditation()
        self.application()
        self.assessment()
        self.grant()


def describe_scheme(story: Story) -> None:
    """The scheme information of the list; its operator does that once, not over HTTP."""
    from qualified_list import services
    from qualified_list.domain.model import Address, PostalAddress, Scheme, Text
    from trustreg.parties.domain.actors import Actor
    from trustreg.parties.models import Account

    account = Account.objects.get(person=story.people["operator"])
    both = lambda ja, en: (Text("en", en), Text("ja", ja))  # noqa: E731 - one word for one thing
    scheme = Scheme(
        territory="JP",
        operator_name=both("トラストサービス認定機関", "Trust Service Accreditation Body"),
        operator_address=Address(
            postal=(
                PostalAddress("en", "1-2-1 Kasumigaseki", "Chiyoda-ku", "JP", "Tokyo", "100-0013"),
                PostalAddress("ja", "霞が関1-2-1", "千代田区", "JP", "東京都", "100-0013"),
            ),
            electronic=(Text("en", "mailto:list@ab.example"), Text("en", "https://ab.example/")),
        ),
        name=both("JP:クオリファイドサービスのリスト", "JP:Trusted list of qualified services"),
        information_uri=both("https://ab.example/scheme", "https://ab.example/en/scheme"),
        status_base="https://ab.example/TrstSvc/TrustedList",
        policy=both("https://ab.example/policy", "https://ab.example/en/policy"),
        distribution_points=("https://ab.example/tl/tl.xml",),
    )
    actor = Actor(account.person_id, account.pk, "operator", None, "session")
    services.list_scheme_update(scheme=scheme, actor=actor, at=clock.now())


def make_signer(folder: Path) -> Any:
    """A list signer's key and certificate in files; the opened key."""
    from signing.keys.file import FileKey, FileKeyWarning
    from signing.keys.list_signer import create_list_signer

    key = create_list_signer(
        folder / "list_signer.pem",
        territory="JP",
        operator_name="Trust Service Accreditation Body",
        at=datetime.now(UTC),
        key_type="p256",
    )
    pinned = x509.load_der_x509_certificate(key.certificate).public_bytes(Encoding.PEM)
    (folder / "list_signer.crt").write_bytes(pinned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileKeyWarning)
        return FileKey.open(folder / "list_signer.pem", folder / "list_signer.crt")
