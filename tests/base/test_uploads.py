"""Uploads that nobody finished: a process that is killed cannot delete its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from trustreg.base.uploads import ABANDONED, forget_abandoned
from trustreg.conf import settings as conf

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _file(folder: Path, name: str, age: timedelta) -> Path:
    file = folder / name
    file.write_bytes(b"a stranger's document")
    then = (NOW - age).timestamp()
    os.utime(file, (then, then))
    return file


def test_only_what_is_old_and_an_upload_goes(tmp_path: Path) -> None:
    old = _file(tmp_path, "tmpabc.upload", ABANDONED + timedelta(minutes=1))
    named = _file(tmp_path, "tmpabc.upload.pdf", ABANDONED + timedelta(minutes=1))
    fresh = _file(tmp_path, "tmpdef.upload", timedelta(minutes=1))
    other = _file(tmp_path, "something else", timedelta(days=9))
    assert forget_abandoned(tmp_path, at=NOW) == 2
    assert [file.exists() for file in (old, named, fresh, other)] == [False, False, True, True]


def test_uploads_stay_among_our_own_files() -> None:
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    assert folder == conf.var / "uploads"
    assert folder.stat().st_mode & 0o077 == 0
