"""From accreditation to a published list and back along the chain, over HTTP alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from trustreg.conf import settings as conf

from .golden import Story, certificate, describe_scheme, make_signer, pem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(transactional_db, administrator, signed_in, tmp_path: Path, monkeypatch) -> Story:
    before = {name: getattr(conf, name) for name in ("public_dir", "list_signer_key", "list_signer_certificate", "var")}
    changed = {
        "public_dir": tmp_path / "public",
        "list_signer_key": tmp_path / "list_signer.pem",
        "list_signer_certificate": tmp_path / "list_signer.crt",
    }
    for name, value in changed.items():
        object.__setattr__(conf, name, value)
    told = Story(signed_in(administrator))
    told.tell()
    yield told
    for name, value in before.items():
        object.__setattr__(conf, name, value)


@pytest.fixture
def publish(story: Story, as_role, tmp_path: Path) -> Callable[[], int]:
    """Worker and signer in turn, each with its own rights."""
    from qualified_list import services

    key = make_signer(tmp_path)
    describe_scheme(story)

    def run(*, reissue: bool = False) -> int:
        with as_role("worker"):
            sequence = services.intent_begin(reissue=reissue)
            assert sequence is not None
            services.intent_check(sequence=sequence)
        with as_role("signer"):
            assert services.sign_waiting(key=key) == sequence
        with as_role("worker"):
            assert services.signature_accept(sequence=sequence)
            services.issue_verify(sequence=sequence)
            services.issue_release(sequence=sequence)
        return sequence

    return run


def ask(client: APIClient, **question) -> dict:
    response = client.post("/api/v1/status-queries", question, format="json")
    assert response.status_code == 200, response.content
    return response.json()


def test_the_golden_path(story: Story, publish, stranger: APIClient):
    service = story.ids["service"]
    leaf = certificate("Signer", ec.generate_private_key(ec.SECP256R1()), issuer=("Signing CA", story.ca_key))
    identity = certificate("Signing CA", story.ca_key)
    assert stranger.get(f"/api/v1/services/{service}").status_code == 404
    assert stranger.get("/api/v1/services").json() == {"results": [], "next": None}
    assert story.call("officer", f"services/{service}", method="get")["name"]["en"] == "Signing CA"

    assert publish() == 1

    # The list.
    listed = stranger.get("/api/v1/lists").json()["results"]
    assert [row["sequence"] for row in listed] == [1]
    xml = stranger.get("/tl/tl.xml")
    assert xml["Content-Type"] == "application/vnd.etsi.tsl+xml"
    assert stranger.get("/tl/tl.sha2").content.decode() == listed[0]["sha256"]
    assert stranger.get("/tl/1/tl.xml").content == xml.content
    assert "immutable" in stranger.get("/tl/1/tl.xml")["Cache-Control"]
    assert stranger.get("/tl/tl.xml", headers={"If-None-Match": xml["ETag"]}).status_code == 304
    assert stranger.get("/tl/2/tl.xml").status_code == 404
    assert stranger.get("/tl/etc").status_code == 404
    assert stranger.get("/api/v1/lists/1").json() == listed[0]

    # Status.
    answer = ask(stranger, certificate=pem(leaf))
    assert (answer["result"], answer["level"], answer["matched_by"]) == ("QUALIFIED", "qualified", "issuer")
    assert answer["list"]["sequence"] == 1
    assert answer["chain"]["decision"] == story.ids["decision"]
    found = story.call("officer", f"services/{service}", method="get")
    fingerprint = found["identities"][0]["certificate_sha256"]
    assert ask(stranger, certificate_sha256=fingerprint)["matched_by"] == "identity"
    assert ask(stranger, certificate_sha256=identity.fingerprint(hashes.SHA256()).hex())["result"] == "NOT_LISTED"
    assert ask(stranger, service=service)["result"] == "QUALIFIED"
    assert ask(stranger, service=found["id"], at="2026-01-01T00:00:00Z")["result"] == "NOT_YET_LISTED"

    # Every link of the chain is found.
    public = stranger.get(f"/api/v1/services/{service}").json()
    assert public["status"] == "qualified"
    assert public["chain"]["assessment_report_sha256"] == story.ids["report"]
    assert public["chain"]["accreditation"] == story.ids["accreditation"]
    links = public["chain"]["links"]
    assert set(links) == {"decision", "list", "assessment_report", "accreditation", "application", "cab"}
    for link in links.values():
        assert stranger.get(link).status_code == 200, link
    assert stranger.get(links["application"]).json()["status"] == "granted"
    assert "events" not in stranger.get(links["application"]).json()
    assert stranger.get(links["assessment_report"]).json()["conclusion"] == "conform"
    assert [row["id"] for row in stranger.get("/api/v1/services?level=qualified").json()["results"]] == [public["id"]]
    assert stranger.get("/api/v1/services?level=specified").json()["results"] == []
    assert stranger.get("/api/v1/services?at=2026-01-01T00:00:00Z").json()["results"] == []

    # Reads cost the same however much there is to read.
    for place in ("services", "lists", "criteria", "accreditations", "decisions", "organisations", "document-levels"):
        with CaptureQueriesContext(connection) as queries:
            assert stranger.get(f"/api/v1/{place}").status_code == 200
        assert len(queries) <= 4, (place, [query["sql"][:120] for query in queries])

    # Withdrawn by two people; the next list says so, the first keeps what it said.
    story.decide({"kind": "withdraw", "service_id": service})
    assert ask(stranger, service=service)["result"] == "QUALIFIED"
    assert publish() == 2
    now = ask(stranger, service=service)
    assert (now["result"], now["reasons"][0]["code"]) == ("NOT_VALID", "SERVICE_WITHDRAWN")
    assert ask(stranger, service=service, as_of=1)["result"] == "QUALIFIED"
    changes = stranger.get("/api/v1/lists/1/diff/2").json()["changes"]
    assert "status_changed" in [change["kind"] for change in changes]
    assert {"ja", "en"} <= changes[0]["message"].keys()

    # Publish now: by the operator alone; it is a job.
    assert story.clients["officer"].post("/api/v1/lists", {}, format="json").status_code == 403
    asked = story.clients["operator"].post("/api/v1/lists", {}, format="json")
    assert asked.status_code == 202, asked.content
    assert asked["Location"] == "/api/v1/publications/3"
    assert publish(reissue=True) == 3
    progress = story.call("operator", "publications/3", method="get")
    assert progress["state"] == "released"
    assert all(step["at"] for step in progress["steps"])
    assert stranger.get("/api/v1/publications/3").status_code == 401
    assert story.clients["officer"].get("/api/v1/publications/3").status_code == 404

    # Who is not concerned learns nothing.
    outside = story.clients["outsider"]
    assessment, application = story.ids["assessment"], story.ids["application"]
    for hidden in (
        f"assessments/{assessment}",
        f"assessments/{assessment}/results",
        f"assessments/{assessment}/findings",
        f"assessments/{assessment}/report",
        f"applications/{application}/evidence",
        f"evidence/{story.ids['evidence']}",
        f"evidence/{story.ids['evidence']}/content",
        f"organisations/{story.ids['provider']}/evidence",
    ):
        assert outside.get(f"/api/v1/{hidden}").status_code == 404, hidden
        assert stranger.get(f"/api/v1/{hidden}").status_code == 401, hidden
    for act in ("submit", "conclude", "cancel", "results", "findings", "team"):
        body = {"reasons": "x", "conclusion": "conform"}
        assert outside.post(f"/api/v1/assessments/{assessment}/{act}", body, format="json").status_code == 404, act
    assert outside.get("/api/v1/applications").json()["results"] == []
    assert outside.get("/api/v1/assessments").json()["results"] == []
    assert outside.get("/api/v1/decisions/mine").json()["results"] == []
    notes = story.call("officer", f"assessments/{assessment}/results", method="get")["results"]
    assert all("notes" not in row for row in notes)
    assert story.call("lead", f"assessments/{assessment}/results", method="get")["results"][0]["notes"] == "seen"
    content = story.clients["lead"].get(f"/api/v1/evidence/{story.ids['evidence']}/content")
    assert b"".join(content.streaming_content).startswith(b"%PDF")
    assert "attachment" in content["Content-Disposition"]
