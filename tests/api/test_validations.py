"""Validation over HTTP, through real children of the pool."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from signing import selectors, services, tasks
from signing.models import JobState, ValidationJob, ValidationReport
from signing.services import files
from tests.pki.factories import make_crl
from tests.signing import signing_world
from trustreg.base import clock, jobs
from trustreg.conf import settings as conf

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/validations"
RUBBISH = b"%PDF-1.7\nnot really\n%%EOF"


@pytest.fixture
def sent(monkeypatch):
    """The messages that the sweeper would send."""
    messages = []
    monkeypatch.setattr(jobs, "send", lambda name, **arguments: messages.append((name, arguments)) or True)
    return messages


def send(client, content: bytes, name: str = "a.pdf", **more):
    return client.post(PLACE, {"document": SimpleUploadedFile(name, content), **more}, format="multipart")


def test_what_cannot_be_read_gets_a_report_that_can_be_fetched_again(stranger):
    response = send(stranger, RUBBISH, "../../etc/契約書.pdf")
    assert response.status_code == 200, response.content
    report = response.json()
    assert (report["indication"], report["sub_indication"]) == ("TOTAL-FAILED", "FORMAT_FAILURE")
    assert report["document"]["filename"] == "契約書.pdf"
    assert report["document"]["size"] == len(RUBBISH)
    assert len(report["id"]) == 32
    assert report["validation_time"].endswith("Z")
    assert "." not in report["validation_time"]
    again = stranger.get(f"{PLACE}/{report['id']}")
    assert again.status_code == 200
    assert again.json() == report
    assert stranger.get(f"{PLACE}/{report['id']}", headers={"If-None-Match": again["ETag"]}).status_code == 304
    assert stranger.get(f"{PLACE}/{'0' * 32}").status_code == 404
    assert stranger.get(f"{PLACE}/nonsense").status_code == 404


def test_one_byte_and_zeros_get_reports(stranger):
    for content in (b"x", b"\x00" * 100_000, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        assert send(stranger, content).json()["sub_indication"] == "FORMAT_FAILURE"


def test_json_with_base64_says_the_same(stranger):
    body = {"document": base64.b64encode(RUBBISH).decode(), "filename": "a.pdf"}
    report = stranger.post(PLACE, body, format="json").json()
    assert report["document"]["sha256"] == send(stranger, RUBBISH).json()["document"]["sha256"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "document"),
        ({"document": ""}, "document"),
        ({"document": "***"}, "document"),
        ({"document": 1}, "document"),
        ({"document": "QQ==", "at": "2026-01-01"}, "at"),
        ({"document": "QQ==", "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"document": "QQ==", "level": "highest"}, "level"),
        ({"document": "QQ==", "policy": "nobody"}, "policy"),
        ({"document": "QQ==", "document_type": "DOC-999"}, "document_type"),
        ({"document": "QQ==", "nonsense": 1}, "nonsense"),
        ({"document": "QQ==", "detached": [{"filename": "a"}]}, "detached.0.content"),
        ({"document": "QQ==", "filename": "a" * 300}, "filename"),
    ],
)
def test_a_malformed_request_is_refused_and_nothing_is_kept(stranger, body, field):
    response = stranger.post(PLACE, body, format="json")
    assert response.status_code == 422, response.content
    problem = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert any(name.startswith(field.split(".")[0]) for name in problem["fields"]), problem
    assert not ValidationReport.objects.exists()


def test_a_form_with_two_documents_or_two_answers_is_refused(stranger):
    """Which one was meant, nobody can tell."""
    two = [SimpleUploadedFile("a.pdf", RUBBISH), SimpleUploadedFile("b.pdf", b"other")]
    for body, field in (
        ({"document": two}, "document"),
        ({"document": two[:1], "level": ["qualified", "other"]}, "level"),
        ({"document": two[:1], "policy": ["qualified-only", "default-2026"]}, "policy"),
    ):
        for file in two:
            file.seek(0)
        response = stranger.post(PLACE, body, format="multipart")
        assert response.status_code == 422, response.content
        assert list(response.json()["fields"]) == [field]
    assert not ValidationReport.objects.exists()


def test_an_empty_file_is_refused(stranger):
    response = send(stranger, b"")
    assert response.status_code == 422
    assert "document" in response.json()["fields"]


def test_a_hundred_megabytes_of_zeros_are_refused_by_length(stranger):
    response = stranger.generic(
        "POST", PLACE, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="200000000"
    )
    assert response.status_code == 413
    most = (conf.max_document_bytes * 2 + services.MAX_EVIDENCE_BYTES) * 4 // 3 + (1 << 20)
    assert response.json()["limit_bytes"] == most


def test_a_document_beyond_the_limit_is_refused(stranger, setting):
    setting(max_document_bytes=1000)
    response = send(stranger, b"x" * 1001)
    assert response.status_code == 413
    assert response.json()["limit_bytes"] == 1000
    assert not ValidationReport.objects.exists()


def test_an_assumed_time_gives_no_permalink(stranger):
    report = send(stranger, RUBBISH, at="2026-01-01T00:00:00Z").json()
    assert report["hypothetical"] is True
    assert report["id"] is None
    assert not ValidationReport.objects.exists()


def test_a_requirement_is_answered(stranger):
    report = send(stranger, b"x", level="qualified").json()
    assert report["requirement"] == {"document_type": None, "level": "qualified", "met": False, "missing": []}
    report = send(stranger, b"x", document_type="DOC-004").json()
    assert report["requirement"]["met"] is False


def test_a_report_ends_with_its_time(stranger):
    identifier = send(stranger, RUBBISH).json()["id"]
    later = clock.now() + timedelta(days=conf.report_days + 1)
    assert selectors.report_at(identifier, later) is None
    assert services.expire(at=later) == 1
    assert stranger.get(f"{PLACE}/{identifier}").status_code == 404


@pytest.fixture
def large(setting, tmp_path, settings):
    setting(inline_document_bytes=10)
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_large_document_becomes_a_job_and_its_file_goes_when_it_ends(
    stranger, large, as_role, django_capture_on_commit_callbacks
):
    response = send(stranger, RUBBISH)
    assert response.status_code == 202, response.content
    place = response["Location"]
    assert response.json()["state"] == "queued"
    assert stranger.get(place).status_code == 202
    assert [path for path in large.rglob("*") if path.is_file()]
    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        assert tasks.validate(job_id=response.json()["id"]) is True
    report = stranger.get(place)
    assert report.status_code == 200
    assert report.json()["id"] == response.json()["id"]
    assert report.json()["sub_indication"] == "FORMAT_FAILURE"
    assert not [path for path in large.rglob("*") if path.is_file()]
    assert services.job_run(response.json()["id"], at=clock.now()) is False


def test_a_job_of_a_dead_worker_is_taken_up_again_and_given_up_at_last(stranger, large):
    identifier = send(stranger, RUBBISH).json()["id"]
    at = clock.now()
    ValidationJob.objects.update(state=JobState.RUNNING, attempts=1, lease_until=at + timedelta(seconds=60))
    assert list(selectors.unfinished(at)) == []
    later = at + timedelta(seconds=61)
    assert [job.pk for job in selectors.unfinished(later)] == [identifier]
    ValidationJob.objects.update(attempts=services.MAX_ATTEMPTS)
    assert services.job_run(identifier, at=later) is False
    assert ValidationJob.objects.get().state == JobState.FAILED
    assert stranger.get(f"{PLACE}/{identifier}").status_code == 503


def test_jobs_that_wait_their_turn_do_not_fill_the_queue(stranger, large, sent):
    """Neither is one announced at every sweep, nor is one lost whose message was."""
    identifier = send(stranger, RUBBISH).json()["id"]
    at = clock.now()
    assert services.jobs_sweep(at=at + timedelta(seconds=30)) == 0
    assert services.jobs_sweep(at=at + timedelta(seconds=61)) == 1
    assert services.jobs_sweep(at=at + timedelta(seconds=63)) == 0
    assert sent == [("signing.tasks.validate", {"job_id": identifier})]
    assert services.job_run(identifier, at=at) is True
    assert services.jobs_sweep(at=at + timedelta(days=1)) == 0


def test_the_job_of_a_dead_worker_is_announced_when_its_lease_runs_out(stranger, large, sent):
    identifier = send(stranger, RUBBISH).json()["id"]
    at = clock.now()
    ValidationJob.objects.update(state=JobState.RUNNING, attempts=1, lease_until=at + timedelta(seconds=5))
    assert services.job_run(identifier, at=at) is False
    assert services.jobs_sweep(at=at + timedelta(seconds=4)) == 0
    assert services.jobs_sweep(at=at + timedelta(seconds=6)) == 1
    assert services.job_run(identifier, at=at + timedelta(seconds=6)) is True


def test_a_job_is_cancelled_by_whoever_has_its_address(stranger, large, as_role, django_capture_on_commit_callbacks):
    place = send(stranger, RUBBISH)["Location"]
    with django_capture_on_commit_callbacks(execute=True):
        cancelled = stranger.post(f"{place}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert stranger.post(f"{place}/cancel").json() == cancelled.json()
    assert not [path for path in large.rglob("*") if path.is_file()]
    assert "cancelled" in stranger.get(place).json()["detail"]
    assert services.job_run(cancelled.json()["id"], at=clock.now()) is False
    done = send(stranger, RUBBISH)["Location"]
    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        assert tasks.validate(job_id=done.rsplit("/", 1)[1]) is True
    assert stranger.post(f"{done}/cancel").status_code == 409
    assert stranger.post(f"{PLACE}/{'0' * 32}/cancel").status_code == 404


def test_what_no_engine_would_answer_is_refused_before_it_is_queued(stranger, large):
    response = send(stranger, RUBBISH, policy="nobody")
    assert response.status_code == 422
    assert not ValidationJob.objects.exists()
    assert not [path for path in large.rglob("*") if path.is_file()]


def test_an_assumed_time_is_never_a_job(stranger, large):
    report = send(stranger, RUBBISH, at="2026-01-01T00:00:00Z")
    assert (report.status_code, report.json()["id"]) == (200, None)


def test_equal_documents_give_equal_bodies(stranger):
    first, second = send(stranger, RUBBISH).json(), send(stranger, RUBBISH).json()
    for report in (first, second):
        report.pop("id")
        report.pop("validation_time")
    assert json.dumps(first) == json.dumps(second)


def test_evidence_is_handed_in_beside_the_document(stranger):
    world = signing_world.world()
    crls = [make_crl(world.ca, this_update=clock.now()), make_crl(world.tsa_ca, this_update=clock.now())]
    uploads = [SimpleUploadedFile(f"{number}.crl", crl) for number, crl in enumerate(crls)]
    assert send(stranger, RUBBISH, evidence=uploads).status_code == 200
    body = {
        "document": base64.b64encode(RUBBISH).decode(),
        "evidence": [base64.b64encode(one).decode() for one in crls],
    }
    assert stranger.post(PLACE, body, format="json").status_code == 200


def test_what_is_no_evidence_is_refused_by_its_position(stranger, setting):
    good = make_crl(signing_world.world().ca)
    for broken in (b"", b"x", RUBBISH, good[:-1]):
        for inline in (conf.inline_document_bytes, 10):  # a job is refused before it is one
            setting(inline_document_bytes=inline)
            uploads = [SimpleUploadedFile(str(number), content) for number, content in enumerate((good, broken))]
            response = send(stranger, RUBBISH, evidence=uploads)
            assert response.status_code == 422, response.content
            assert list(response.json()["fields"]) == ["evidence.1"]
    assert not ValidationJob.objects.exists()
    assert not ValidationReport.objects.exists()
    for content, field in (("***", "evidence"), (["***"], "evidence.0"), (["QQ=="] * 51, "evidence"), ({}, "evidence")):
        response = stranger.post(PLACE, {"document": "QQ==", "evidence": content}, format="json")
        assert response.status_code == 422
        assert list(response.json()["fields"]) == [field]
    large = [SimpleUploadedFile(name, bytes(services.MAX_EVIDENCE_BYTES // 2 + 1)) for name in "ab"]
    response = send(stranger, RUBBISH, evidence=large)
    assert response.status_code == 413
    assert response.json()["limit_bytes"] == services.MAX_EVIDENCE_BYTES


def test_a_job_keeps_its_evidence_until_it_ends(stranger, setting, django_capture_on_commit_callbacks):
    setting(inline_document_bytes=10)
    crl = make_crl(signing_world.world().ca)
    beside = SimpleUploadedFile("beside", b"text")
    response = send(stranger, RUBBISH, detached=[beside], evidence=[SimpleUploadedFile("a.crl", crl)])
    job = ValidationJob.objects.get(pk=response.json()["id"])
    assert job.file_count == 3
    assert files.read(job.pk, 2) == crl
    with django_capture_on_commit_callbacks(execute=True):
        assert services.job_run(job.pk, at=clock.now())
    with pytest.raises(FileNotFoundError):
        files.read(job.pk, 2)
