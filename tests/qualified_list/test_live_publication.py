"""Publication by real processes: a signer, workers that die by SIGKILL after each step, others that go on."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from qualified_list.models import ListedState, ListIssue, ListSignature
from qualified_list.services.crash import STEPS
from trustreg.base.models import OutboxMessage
from trustreg.conf import settings as conf

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[2]


class Processes:
    """Starts commands of the product as processes of their own, with the database role that they have in production."""

    def __init__(self, public: Path) -> None:
        database = connection.settings_dict
        self._env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "trustreg.settings",
            "TRUSTREG_DEMO": "1",
            "TRUSTREG_VAR": str(conf.var),
            "TRUSTREG_PUBLIC_DIR": str(public),
            "TRUSTREG_LIST_SIGNER_KEY": str(conf.list_signer_key),
            "TRUSTREG_LIST_SIGNER_CERTIFICATE": str(conf.list_signer_certificate),
            "TRUSTREG_LEASE_SECONDS": "1",
            "CELERY_BROKER_URL": "memory://",  # no message ever arrives: the database alone carries the work on
            "PGHOST": str(database["HOST"]),
            "PGPORT": str(database["PORT"]),
        }
        self._name = database["NAME"]
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, *command: str, crash_after: str = "", **env: str) -> subprocess.Popen[bytes]:
        environment = self._env | {
            "TRUSTREG_ROLE": role,
            "DATABASE_URL": f"postgresql://trustreg_{role}@/{self._name}",
            "TRUSTREG_CRASH_AFTER": crash_after,
            **env,
        }
        process = subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, env=environment)
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=10)


@pytest.fixture
def processes(public: Path, registry: object) -> Iterator[Processes]:
    started = Processes(public)
    yield started
    started.stop()


def assert_one_whole_list(public: Path, sequence: int) -> None:
    """One signature, one file, one release for each sequence up to this one, and files that say so."""
    issues = list(ListIssue.objects.order_by("sequence"))
    assert [issue.sequence for issue in issues] == list(range(1, sequence + 1))
    assert {issue.state for issue in issues} == {"released"}
    assert ListSignature.objects.count() == sequence
    published = OutboxMessage.objects.filter(topic="qualified_list.published")
    assert [message.payload["sequence"] for message in published.order_by("id")] == list(range(1, sequence + 1))
    for issue in issues:
        data = (public / f"tl/{issue.sequence}/tl.xml").read_bytes()
        assert hashlib.sha256(data).hexdigest() == issue.sha256
        assert (public / f"tl/{issue.sequence}/tl.sha2").read_text() == issue.sha256
    assert (public / "tl/tl.xml").read_bytes() == (public / f"tl/{sequence}/tl.xml").read_bytes()
    assert (public / "tl/tl.sha2").read_text() == issues[-1].sha256
    assert not list(public.rglob(".*")), "no temporary file is left"


@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_after_any_step_loses_nothing(registry, publish, processes, public, check_list, step):
    registry.grant(2)
    publish()
    before = (public / "tl/tl.xml").read_bytes()
    states = registry.grant(1)
    signer = processes.start("signer", "run_signer")

    victim = processes.start("worker", "publish_list", crash_after=step)
    assert victim.wait(timeout=60) == -signal.SIGKILL
    served = (public / "tl/tl.xml").read_bytes()
    assert served == before or step in ("current", "release"), "until the release the previous list is served"
    assert hashlib.sha256(served).hexdigest() == (public / "tl/tl.sha2").read_text()

    began = time.monotonic()
    rescuer = processes.start("worker", "publish_list", "--sweep")
    assert rescuer.wait(timeout=60) == 0
    if ListIssue.objects.exclude(state="released").exists():  # the dead worker's lease had not run out yet
        assert processes.start("worker", "publish_list", "--sweep").wait(timeout=60) == 0
    assert time.monotonic() - began < 30
    assert_one_whole_list(public, 2)
    assert ListedState.objects.filter(issue_id=2).count() == 1
    assert states[0].names["en"].encode() in (public / "tl/tl.xml").read_bytes()
    check_list(public / "tl/2/tl.xml")

    signer.send_signal(signal.SIGTERM)
    assert signer.wait(timeout=10) == 0


def test_a_signer_killed_while_lists_wait_is_replaced(registry, processes, public):
    registry.grant(1)
    worker = processes.start("worker", "publish_list", "--wait", "40")
    time.sleep(1.5)
    first = processes.start("signer", "run_signer")
    first.kill()
    first.wait()
    processes.start("signer", "run_signer")
    assert worker.wait(timeout=60) == 0
    assert_one_whole_list(public, 1)


def test_two_signers_and_three_workers_at_once_make_one_list_each_time(registry, processes, public):
    registry.grant(3)
    for _ in range(2):
        processes.start("signer", "run_signer")
    workers = [processes.start("worker", "publish_list", "--reissue", "--wait", "50") for _ in range(3)]
    for worker in workers:
        assert worker.wait(timeout=90) == 0
    assert_one_whole_list(public, ListIssue.objects.count())
    assert ListIssue.objects.count() >= 3


def test_a_signer_without_a_key_says_what_to_do(registry, processes, tmp_path):
    signer = processes.start(
        "signer", "run_signer", TRUSTREG_LIST_SIGNER_KEY=str(tmp_path / "none.pem"), TRUSTREG_LOG_LEVEL="ERROR"
    )
    assert signer.wait(timeout=30) == 1
    assert processes.start("web", "run_signer", "--once").wait(timeout=30) == 1


def test_the_key_is_made_once_and_for_its_owner_only(registry, processes, tmp_path):
    key, certificate = tmp_path / "keys" / "k.pem", tmp_path / "keys" / "k.crt"
    env = {"TRUSTREG_LIST_SIGNER_KEY": str(key), "TRUSTREG_LIST_SIGNER_CERTIFICATE": str(certificate)}
    command = ("create_list_signer", "--operator", "Operator", "--key-type", "p256")
    assert processes.start("web", *command, **env).wait(timeout=30) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes(), certificate.read_bytes()
    assert processes.start("web", *command, **env).wait(timeout=30) == 1
    assert processes.start("web", *command, "--if-missing", **env).wait(timeout=30) == 0
    assert (key.read_bytes(), certificate.read_bytes()) == before
