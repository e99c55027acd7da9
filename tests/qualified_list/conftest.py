"""A register to publish from, a signer key, and settings of the publication for one test."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from list_registry import OPERATOR, Registry

import trustreg.celery  # noqa: F401 - jobs are sent through the application's own broker
from signing.keys.file import FileKey, FileKeyWarning
from signing.keys.list_signer import create_list_signer

CHECK_LIST = "tools/check_list.py"


@pytest.fixture(scope="session")
def signer_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Key file and certificate file of a list signer."""
    folder = tmp_path_factory.mktemp("keys")
    key = create_list_signer(
        folder / "list_signer.pem", territory="JP", operator_name=OPERATOR, at=datetime.now(UTC), key_type="p256"
    )
    certificate = folder / "list_signer.crt"
    certificate.write_bytes(x509.load_der_x509_certificate(key.certificate).public_bytes(Encoding.PEM))
    return folder / "list_signer.pem", certificate


@pytest.fixture
def public(tmp_path: Path, setting: Callable[..., None], signer_files: tuple[Path, Path]) -> Path:
    """The folder of published files, and the signer's pin."""
    setting(
        public_dir=tmp_path / "public",
        list_signer_key=signer_files[0],
        list_signer_certificate=signer_files[1],
        lease_seconds=2,
    )
    return tmp_path / "public"


@pytest.fixture
def key(signer_files: tuple[Path, Path]) -> FileKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileKeyWarning)
        return FileKey.open(*signer_files)


@pytest.fixture
def registry(transactional_db: None, public: Path) -> Registry:
    registry = Registry()
    registry.set_up()
    return registry


@pytest.fixture
def publish(registry: Registry, as_role: Callable[..., object], key: FileKey) -> Callable[..., int | None]:
    """Worker and signer in turn, each with its own rights; the sequence that was released."""
    from qualified_list import services

    def run(*, reissue: bool = False) -> int | None:
        with as_role("worker"):
            sequence = services.intent_begin(reissue=reissue)
            if sequence is None:
                return None
            services.intent_check(sequence=sequence)
        with as_role("signer"):
            assert services.sign_waiting(key=key) == sequence
        with as_role("worker"):
            assert services.signature_accept(sequence=sequence)
            services.issue_verify(sequence=sequence)
            services.issue_release(sequence=sequence)
        return sequence

    return run


@pytest.fixture
def check_list() -> Callable[[Path], None]:
    """Judge a published file with the acceptance check, which shares no code with the project."""
    shared = Path(os.environ.get("TRUSTREG_SHARED") or Path(__file__).parents[3] / "shared")

    tool = shared / CHECK_LIST

    def check(path: Path) -> None:
        if not tool.is_file():
            return
        done = subprocess.run(
            [sys.executable, str(tool), str(path), "--publish"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return check
