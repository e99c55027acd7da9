"""The demo's PKI with its real server process, once for all tests of this folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from trustreg.demo.pki.authority import DemoPki
from trustreg.demo.pki.specs import KeyAlgorithm, ProviderSpec, ServiceKind, ServiceSpec, corporate_number

ROOT = Path(__file__).resolve().parents[2]

PROVIDERS = (
    ProviderSpec(
        "sakura",
        "さくら認証株式会社",
        "Sakura Certification K.K.",
        corporate_number("010401000011"),
        (
            ServiceSpec("sakura-sign", "さくら署名", "Sakura Signing CA", ServiceKind.ESIGN_CA, KeyAlgorithm.RSA_3072),
            ServiceSpec("sakura-seal", "さくらシール", "Sakura Seal CA", ServiceKind.ESEAL_CA, KeyAlgorithm.P_256),
            ServiceSpec("sakura-tsa", "さくら時刻", "Sakura TSU", ServiceKind.TSA, KeyAlgorithm.RSA_3072),
        ),
    ),
    ProviderSpec(
        "kaede",
        "かえで認証株式会社",
        "Kaede Trust K.K.",
        corporate_number("010401000012"),
        (
            ServiceSpec("kaede-device", "かえで機器", "Kaede Device CA", ServiceKind.DEVICE_CA, KeyAlgorithm.P_384),
            ServiceSpec("kaede-sign", "かえで署名", "Kaede Signing CA", ServiceKind.ESIGN_CA, KeyAlgorithm.P_256),
            ServiceSpec("kaede-old", "かえで旧署名", "Kaede Former CA", ServiceKind.ESIGN_CA, KeyAlgorithm.P_384),
            ServiceSpec("kaede-pause", "かえで停止", "Kaede Paused CA", ServiceKind.ESIGN_CA, KeyAlgorithm.P_256),
            ServiceSpec("kaede-tsa", "かえで時刻", "Kaede TSU", ServiceKind.TSA, KeyAlgorithm.P_384),
        ),
    ),
)
ROLES = {
    "esign": "sakura-sign",
    "eseal": "sakura-seal",
    "device": "kaede-device",
    "specified": "kaede-sign",
    "withdrawn": "kaede-old",
    "suspended": "kaede-pause",
    "tsa": "sakura-tsa",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    return _free_port()


@pytest.fixture(scope="session")
def providers() -> tuple[ProviderSpec, ...]:
    return PROVIDERS


@pytest.fixture(scope="session")
def roles() -> dict[str, str]:
    return ROLES


@pytest.fixture(scope="session")
def running() -> Callable[[Path, int], AbstractContextManager[object]]:
    """`with running(folder, port):` has the server process for a folder."""
    return _running


@contextmanager
def _running(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The server process for a folder; on the way out it must stop cleanly on SIGTERM."""
    command = [sys.executable, "-m", "trustreg.demo.pki.server", "--folder", str(folder), "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready http://127.0.0.1:{port}\n"
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPki]:
    folder = tmp_path_factory.mktemp("pki")
    port = _free_port()
    made = DemoPki.create_or_load(folder, f"http://127.0.0.1:{port}", PROVIDERS)
    with _running(folder, port):
        yield made
