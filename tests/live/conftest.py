"""One running demo for all live tests of a session."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.demo import RunningDemo, free_port
from trustreg.conf import settings as conf


@pytest.fixture(scope="session")
def demo() -> Iterator[RunningDemo]:
    """The whole product with its story told, on free ports."""
    # Not under pytest's own folder: as root, the embedded database runs as another user, who cannot enter there.
    folder = Path(tempfile.mkdtemp(prefix="live-", dir=_made(conf.var)))
    folder.chmod(0o755)
    running = RunningDemo(folder / "var", free_port(), free_port())
    try:
        running.start()
        yield running
    finally:
        if running.process is not None:
            running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
