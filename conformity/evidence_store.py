"""Where the contents of evidence lie: `ab/cd/<sha256>` in Django's storage `evidence`, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from trustreg.base.errors import InvalidInput, TooLarge

CHUNK = 1 << 20
HEAD = 4096


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that has arrived completely in a temporary file."""

    path: Path
    sha256: str
    size: int
    head: bytes


class _Arrived(File):  # type: ignore[type-arg]  # not subscriptable at run time
    """A file that a local storage moves into place instead of copying it (`temporary_file_path`)."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


def _store() -> Storage:
    return storages["evidence"]


def _incoming() -> Path | None:
    """A folder on the file system of a local store, so that moving into place is one rename; None if remote."""
    try:
        folder = Path(_store().path("")) / ".incoming"
    except NotImplementedError:  # Django's word for a store that has no paths, such as one over the network
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def receive(content: BinaryIO, *, limit: int) -> Iterator[Received]:
    """Stream `content` into a temporary file, hashing while writing; whatever happens, the temporary file goes.

    Raises TooLarge beyond `limit` bytes, InvalidInput for an empty file.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    handle, name = tempfile.mkstemp(dir=_incoming(), prefix="evidence-")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            while chunk := content.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TooLarge(
                        f"The file is larger than {limit / 1e6:g} MB. Send a smaller one.",
                        f"ファイルが {limit / 1e6:g} MB を超えています。小さくして送ってください。",
                        extra={"limit": limit},
                    )
                digest.update(chunk)
                head = head or chunk[:HEAD]
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if size == 0:
            raise InvalidInput(
                "The file is empty.",
                "ファイルが空です。",
                fields={"file": {"en": "Empty.", "ja": "空のファイルです。"}},
            )
        yield Received(path, digest.hexdigest(), size, head)
    finally:
        path.unlink(missing_ok=True)


def keep(received: Received, name: str) -> None:
    """Move an upload to its place `name`; content that is there already stays as it is."""
    store = _store()
    if store.exists(name):
        return
    with _Arrived(received.path) as file:
        saved = store.save(name, file)
    if saved != name:  # somebody stored the same content at the same time
        store.delete(saved)


def open_content(name: str) -> File[bytes]:
    """The content for reading."""
    return _store().open(name, "rb")
