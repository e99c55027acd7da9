"""Batches over HTTP: many documents, one answer for each, whatever happens to the worker or to one of them."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from rest_framework.test import APIClient

from signing import selectors, services, tasks
from signing.models import BatchState, JobState, ValidationBatch, ValidationJob, ValidationReport
from signing.services import batches
from trustreg.base import clock, jobs
from trustreg.base.errors import Unavailable
from trustreg.conf import settings as conf

PLACE = "/api/v1/validations/batch"
RUBBISH = b"%PDF-1.7\nnot really\n%%EOF"

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The messages that would be in the queue."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(jobs, "send", lambda name, **arguments: messages.append((name, arguments)) or True)
    return messages


@pytest.fixture
def client(stored: Path, administrator: Any, with_key: Any) -> APIClient:
    return with_key(administrator, "validation:batch")


def send(client: APIClient, *contents: bytes, **more: Any) -> Any:
    files = [SimpleUploadedFile(f"{number}.pdf", content) for number, content in enumerate(contents)]
    return client.post(PLACE, {"document": files, **more}, format="multipart")


def started(client: APIClient, *contents: bytes, **more: Any) -> dict[str, Any]:
    response = send(client, *contents, **more)
    assert response.status_code == 202, response.content
    return response.json()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def work(batch_id: str) -> None:
    """Every turn that is left, as a worker takes them."""
    for _ in range(100):
        batch = ValidationBatch.objects.get(pk=batch_id)
        if batch.state not in (BatchState.QUEUED, BatchState.RUNNING):
            return
        assert tasks.validate_batch(batch_id=batch_id, turn=batch.turn) is True
    raise AssertionError("the batch does not end")


def test_every_document_gets_its_report_in_the_order_in_which_it_was_sent(
    client, stored, stranger, as_role, django_capture_on_commit_callbacks, sent
):
    with django_capture_on_commit_callbacks(execute=True):
        response = send(client, b"one", RUBBISH, b"three")
    assert response.status_code == 202, response.content
    place, batch = response["Location"], response.json()
    assert place == f"{PLACE}/{batch['id']}"
    assert (batch["state"], batch["total"], batch["done"], batch["size"]) == ("queued", 3, 0, 8 + len(RUBBISH))
    assert sent == [("signing.tasks.validate_batch", {"batch_id": batch["id"], "turn": 0})]
    assert len(files(stored)) == 3
    assert {row["report"] for row in client.get(place).json()["results"]} == {None}

    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        work(batch["id"])
    found = client.get(place).json()
    assert (found["state"], found["done"], found["counts"]["done"]) == ("done", 3, 3)
    assert found["verdicts"] == {"TOTAL-FAILED": 3}
    assert [row["filename"] for row in found["results"]] == ["0.pdf", "1.pdf", "2.pdf"]
    assert [row["position"] for row in found["results"]] == [0, 1, 2]
    report = stranger.get(f"/api/v1/validations/{found['results'][1]['report']}").json()
    assert (report["document"]["size"], report["sub_indication"]) == (len(RUBBISH), "FORMAT_FAILURE")
    assert not files(stored)
    assert found["finished_at"]


def test_json_takes_what_is_detached_with_each_document(client, stored):
    document = base64.b64encode(RUBBISH).decode()
    body = {
        "documents": [
            {"document": document, "filename": "a.pdf"},
            {"document": document, "detached": [{"filename": "x", "content": "QQ=="}]},
        ],
        "level": "qualified",
    }
    response = client.post(PLACE, body, format="json")
    assert response.status_code == 202, response.content
    assert len(files(stored)) == 3
    work(response.json()["id"])
    found = client.get(response["Location"]).json()["results"]
    assert [row["filename"] for row in found] == ["a.pdf", "document"]
    report = client.get(f"/api/v1/validations/{found[0]['report']}").json()
    assert report["requirement"]["met"] is False


def test_results_come_in_pages(client):
    batch = started(client, *[b"x"] * 5)
    pages, cursor = [], ""
    while cursor is not None:
        found = client.get(f"{PLACE}/{batch['id']}?limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        pages.append([row["position"] for row in found["results"]])
        cursor = found["next"]
    assert pages == [[0, 1], [2, 3], [4]]


def test_progress_takes_few_queries(client, django_assert_max_num_queries):
    batch = started(client, *[b"x"] * 60)
    with django_assert_max_num_queries(6):
        assert len(client.get(f"{PLACE}/{batch['id']}?limit=200").json()["results"]) == 60
    with django_assert_max_num_queries(5):
        assert [row["id"] for row in client.get(PLACE).json()["results"]] == [batch["id"]]


def test_starting_takes_as_many_queries_for_ten_as_for_a_hundred(client, django_assert_max_num_queries):
    started(client, b"x")
    with django_assert_max_num_queries(30) as few:
        started(client, *[b"x"] * 10)
    ValidationBatch.objects.update(state=BatchState.CANCELLED)
    with django_assert_max_num_queries(len(few)):
        started(client, *[b"x"] * 100)


def test_a_batch_needs_a_caller_with_the_scope_and_is_its_own(client, stranger, administrator, with_key, signed_in, db):
    batch = started(client, b"x")
    place = f"{PLACE}/{batch['id']}"
    assert send(stranger, b"x").status_code == 401
    assert stranger.get(place).status_code == 401
    other_scope = with_key(administrator, "case:read")
    assert send(other_scope, b"x").json()["scope"] == "validation:batch"
    assert other_scope.get(place).status_code == 403
    assert signed_in(administrator).get(place).status_code == 200
    ValidationBatch.objects.update(account_id="00000000-0000-0000-0000-000000000001")
    assert client.get(place).status_code == 404
    assert client.post(f"{place}/cancel").status_code == 404
    assert client.get(PLACE).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"documents": []}, 422, "documents"),
        ({"documents": [{"document": "QQ=="}] * 1001}, 422, "documents"),
        ({"documents": [{"document": "QQ=="}, {"document": ""}]}, 422, "documents.1"),
        ({"documents": [{"document": "QQ=="}, {"document": "***"}]}, 422, "documents.1.document"),
        ({"documents": [{"document": "QQ=="}], "policy": "nobody"}, 422, "policy"),
        ({"documents": [{"document": "QQ=="}], "document_type": "DOC-999"}, 422, "document_type"),
        ({"documents": [{"document": "QQ=="}], "at": "2026-01-01T00:00:00Z"}, 422, "at"),
        ({}, 422, "documents"),
    ],
)
def test_what_cannot_be_answered_is_refused_as_a_whole(client, stored, body, status, field):
    response = client.post(PLACE, body, format="json")
    assert response.status_code == status, response.content
    assert any(name.startswith(field) for name in response.json()["fields"]), response.json()
    assert not ValidationBatch.objects.exists()
    assert not files(stored)


def test_a_thousand_files_are_taken_and_one_more_is_not(client, stored):
    assert started(client, *[b"x"] * 1000)["total"] == 1000
    response = send(client, *[b"x"] * 1001)
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    assert response.json()["limit"] == 1000
    assert ValidationBatch.objects.count() == 1


def test_the_limits_of_size_are_named_and_nothing_is_kept(client, stored, setting):
    setting(max_document_bytes=10, max_batch_bytes=25)
    for contents, got, limit in (([b"x", b"x" * 11], 11, 10), ([b"x" * 9] * 3, 27, 25)):
        response = send(client, *contents)
        assert response.status_code == 413
        assert (response.json()["got_bytes"], response.json()["limit_bytes"]) == (got, limit)
    assert not files(stored)
    response = client.generic("POST", PLACE, b"", content_type="application/json", CONTENT_LENGTH="200000000")
    assert response.status_code == 413


def test_a_caller_has_so_many_batches_at_a_time(client, setting):
    setting(max_batches=1)
    batch = started(client, b"x")
    response = send(client, b"x")
    assert response.status_code == 429
    assert response.json()["limit"] == 1
    assert "Retry-After" in response
    assert client.post(f"{PLACE}/{batch['id']}/cancel").status_code == 200
    assert send(client, b"x").status_code == 202


def test_a_repeated_key_gives_the_first_batch(client):
    key = {"headers": {"Idempotency-Key": "b-1"}}
    upload = lambda: {"document": [SimpleUploadedFile("a.pdf", b"x")]}  # noqa: E731
    first = client.post(PLACE, upload(), format="multipart", **key)
    again = client.post(PLACE, upload(), format="multipart", **key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert ValidationBatch.objects.count() == 1


@pytest.mark.parametrize("cut", [-3, -120, -300])
def test_a_form_that_breaks_off_starts_nothing(client, stored, cut):
    """Its connection was lost: what arrived of it is not what was meant."""
    part = b'--B\r\nContent-Disposition: form-data; name="document"; filename="a.pdf"\r\n\r\n%s\r\n' % RUBBISH
    whole = part * 4 + b"--B--\r\n"
    response = client.generic("POST", PLACE, whole[:cut], content_type="multipart/form-data; boundary=B")
    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
    assert not ValidationBatch.objects.exists()
    assert not files(stored)
    assert client.generic("POST", PLACE, whole, content_type="multipart/form-data; boundary=B").status_code == 202


def test_what_could_not_be_recorded_leaves_no_file(client, stored, monkeypatch):
    def fails(*_: Any, **__: Any) -> None:
        raise Unavailable("Not now.", "いまは不可。")

    monkeypatch.setattr(batches.jobs, "enqueue", fails)
    assert send(client, b"x", b"y").status_code == 503
    assert not ValidationBatch.objects.exists()
    assert not files(stored)


def test_cancelling_keeps_what_was_found_and_deletes_the_rest(
    client, stored, as_role, django_capture_on_commit_callbacks
):
    batch = started(client, b"one", b"two", b"three")
    first, second, _ = ValidationJob.objects.order_by("position").values_list("pk", flat=True)
    with as_role("worker"), django_capture_on_commit_callbacks(execute=True):
        assert services.job_run(first, at=clock.now()) is True
    ValidationJob.objects.filter(pk=second).update(state=JobState.RUNNING, lease_until=clock.now() + timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"{PLACE}/{batch['id']}/cancel")
    assert answer.status_code == 200, answer.content
    assert answer.json()["counts"] == {"queued": 0, "running": 0, "done": 1, "failed": 0, "cancelled": 2}
    assert not files(stored)
    assert client.post(f"{PLACE}/{batch['id']}/cancel").json() == answer.json()
    rows = client.get(f"{PLACE}/{batch['id']}").json()["results"]
    assert [row["state"] for row in rows] == ["done", "cancelled", "cancelled"]
    assert client.get(f"/api/v1/validations/{rows[0]['report']}").status_code == 200
    assert client.get(f"/api/v1/validations/{second}").status_code == 404
    assert tasks.validate_batch(batch_id=batch["id"], turn=ValidationBatch.objects.get().turn) is False


def test_a_cancelling_that_is_undone_loses_no_document(client, stored):
    batch = started(client, b"one", b"two")
    before = sorted(files(stored))
    with transaction.atomic():
        services.batch_cancel(batch["id"], account_id=ValidationBatch.objects.get().account_id, at=clock.now())
        transaction.set_rollback(True)
    assert ValidationBatch.objects.get().state == "queued"
    assert sorted(files(stored)) == before


def test_a_batch_that_has_ended_cannot_be_cancelled(client):
    batch = started(client, b"x")
    work(batch["id"])
    assert client.post(f"{PLACE}/{batch['id']}/cancel").status_code == 409


def test_one_document_that_breaks_its_worker_costs_the_others_nothing(client, monkeypatch):
    real = services.validator()

    def validate(request, *, now):
        if request.document == b"evil":
            raise RuntimeError("a bug")
        return real(request, now=now)

    batch = started(client, b"one", b"evil", b"three")
    monkeypatch.setattr("signing.services.validating.validator", lambda: validate)
    for _ in range(services.MAX_ATTEMPTS + 1):
        tasks.validate_batch(batch_id=batch["id"], turn=ValidationBatch.objects.get().turn)
        ValidationJob.objects.filter(state=JobState.RUNNING).update(lease_until=clock.now() - timedelta(seconds=1))
    found = client.get(f"{PLACE}/{batch['id']}").json()
    assert [row["state"] for row in found["results"]] == ["done", "failed", "done"]
    assert found["state"] == "done"


def test_while_there_is_no_engine_a_batch_waits_and_no_attempt_counts(client, monkeypatch):
    def away(request, *, now):
        raise Unavailable("No trust list is loaded yet.", "まだありません。")

    batch = started(client, b"one", b"two")
    with monkeypatch.context() as without:
        without.setattr("signing.services.validating.validator", lambda: away)
        assert tasks.validate_batch(batch_id=batch["id"], turn=0) is True
    assert set(ValidationJob.objects.values_list("state", "attempts")) == {("queued", 0)}
    later = clock.now() + timedelta(minutes=1)
    assert services.batches_sweep(at=later) == 1
    ValidationJob.objects.update(lease_until=None)
    work(batch["id"])
    assert client.get(f"{PLACE}/{batch['id']}").json()["counts"]["done"] == 2


def test_a_turn_ends_after_its_time_so_that_others_come_to_theirs(
    client, monkeypatch, sent, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(batches, "TURN_SECONDS", 0.0)
    batch = started(client, *[b"x"] * 3)
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.validate_batch(batch_id=batch["id"], turn=0) is True
    assert client.get(f"{PLACE}/{batch['id']}").json()["done"] == 1
    assert sent == [("signing.tasks.validate_batch", {"batch_id": batch["id"], "turn": 1})]
    assert tasks.validate_batch(batch_id=batch["id"], turn=0) is False, "a message that came twice changes nothing"


def test_the_turn_of_a_dead_worker_is_taken_up_again(client, sent):
    batch = started(client, b"one", b"two")
    at = clock.now()
    ValidationBatch.objects.update(state=BatchState.RUNNING, turn=1, lease_until=at + timedelta(seconds=5))
    ValidationJob.objects.filter(position=0).update(
        state=JobState.RUNNING, attempts=1, lease_until=at + timedelta(seconds=5)
    )
    assert services.batches_sweep(at=at) == 0
    assert services.batches_sweep(at=at + timedelta(seconds=6)) == 1
    assert sent == [("signing.tasks.validate_batch", {"batch_id": batch["id"], "turn": 2})]
    ValidationJob.objects.filter(position=0).update(lease_until=at - timedelta(seconds=1))
    work(batch["id"])
    assert sorted(ValidationJob.objects.values_list("position", "attempts", "state")) == [
        (0, 2, "done"),
        (1, 1, "done"),
    ]
    assert ValidationReport.objects.count() == 2


def test_the_sweeper_leaves_documents_of_a_batch_to_the_batch(client, sent):
    started(client, b"one", b"two")
    assert tasks.sweep() == 0
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_cancelling_while_a_document_is_validated_throws_its_answer_away(client, stored, monkeypatch):
    real, begun, go_on = services.validator(), threading.Event(), threading.Event()

    def slow(request, *, now):
        begun.set()
        assert go_on.wait(20)
        return real(request, now=now)

    batch = started(client, b"one", b"two")
    monkeypatch.setattr("signing.services.validating.validator", lambda: slow)

    def run() -> None:
        tasks.validate_batch(batch_id=batch["id"], turn=0)
        connection.close()

    worker = threading.Thread(target=run)
    worker.start()
    assert begun.wait(20)
    assert client.get(f"{PLACE}/{batch['id']}").json()["counts"]["running"] == 1
    assert client.post(f"{PLACE}/{batch['id']}/cancel").status_code == 200
    go_on.set()
    worker.join(20)
    assert not ValidationReport.objects.exists()
    assert client.get(f"{PLACE}/{batch['id']}").json()["counts"]["cancelled"] == 2
    assert not files(stored)


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_turn_validate_nothing_twice(client, monkeypatch):
    real, seen, lock = services.validator(), [], threading.Lock()

    def counting(request, *, now):
        with lock:
            seen.append(request.filename)
        return real(request, now=now)

    batch = started(client, *[b"x"] * 6)
    monkeypatch.setattr("signing.services.validating.validator", lambda: counting)
    taken = []

    def run() -> None:
        taken.append(tasks.validate_batch(batch_id=batch["id"], turn=0))
        connection.close()

    workers = [threading.Thread(target=run) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(taken) == [False, False, True]
    work(batch["id"])
    assert sorted(seen) == sorted({f"{number}.pdf" for number in range(6)})
    assert ValidationReport.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_one_gets_the_last_place(client, stored, administrator, setting):
    setting(max_batches=1)
    account = ValidationBatch(account_id=administrator.pk).account_id
    refused = []

    def begin() -> None:
        try:
            services.batch_start(
                [services.BatchDocument("a", b"x")],
                services.ValidationRequest(document=b"", filename=""),
                account_id=account,
                at=clock.now(),
            )
        except Exception as error:
            refused.append(type(error).__name__)
        connection.close()

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["RateLimited"] * 3
    assert len(files(stored)) == 1


def test_batches_and_their_documents_are_forgotten_with_the_reports(client, as_role):
    batch = started(client, b"x")
    work(batch["id"])
    later = clock.now() + timedelta(days=conf.report_days + 1)
    with as_role("worker"):
        assert services.expire(at=later) == 1
    assert not ValidationBatch.objects.exists()
    assert not ValidationJob.objects.exists()


def test_files_that_belong_to_nothing_are_deleted_after_an_hour(client, stored):
    started(client, b"x")
    lost = stored / "validations" / f"{'0' * 32}.0"
    lost.write_bytes(b"left by a process that died")
    services.expire(at=clock.now())
    assert lost.exists(), "its request may not have committed yet"
    services.expire(at=clock.now() + timedelta(hours=2))
    assert not lost.exists()
    assert len(files(stored)) == 1


def test_files_of_jobs_that_ended_are_deleted_though_their_worker_died_before_it_could(client, stored, as_role):
    ended, waiting = started(client, b"done"), started(client, b"not yet")
    work(ended["id"])  # what it would do after its commit is not done here
    assert {path.read_bytes() for path in files(stored)} == {b"done", b"not yet"}
    with as_role("worker"):
        services.expire(at=clock.now())
    assert [path.read_bytes() for path in files(stored)] == [b"not yet"]
    assert waiting["state"] == "queued"


def test_documents_stay_as_long_as_the_operator_says(client, stored, setting, stranger):
    setting(keep_documents_days=2)
    batch = started(client, b"from a batch")
    work(batch["id"])
    one = stranger.post("/api/v1/validations", {"document": base64.b64encode(b"at once").decode()}, format="json")
    assert one.status_code == 200
    assert {path.read_bytes() for path in files(stored)} == {b"from a batch", b"at once"}
    services.expire(at=clock.now() + timedelta(days=1))
    assert len(files(stored)) == 2
    services.expire(at=clock.now() + timedelta(days=3))
    assert not files(stored)
    assert stranger.get(f"/api/v1/validations/{one.json()['id']}").status_code == 200


def test_every_limit_has_a_name(stranger, setting):
    setting(max_batch_bytes=7)
    found = stranger.get("/api/v1/validations/limits").json()
    assert found["request"]["batch_bytes"] == 7
    assert found["request"]["batch_documents"] == 1000
    assert found["document"]["time"] == conf.pool_seconds
    assert {"entries", "ratio"} <= found["formats"]["asic"].keys()
    assert {"depth", "revisions"} <= found["formats"]["pdf"].keys()


def test_unfinished_documents_of_others_are_not_run_by_a_batch(client):
    first, second = started(client, b"one"), started(client, b"two")
    work(first["id"])
    assert selectors.documents_left(second["id"]).count() == 1
