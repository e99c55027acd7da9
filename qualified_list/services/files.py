"""The published files: `tl/{sequence}/…` for ever, `tl/…` for the list in force.

A file appears whole or not at all (temporary file, fsync, rename, fsync of the folder), and a file of an issue is
written once: found again with other bytes, it stops the release.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from trustreg.base.errors import Conflict


class PublishedFileDiffers(Conflict):
    """A file that was published holds other bytes than those on record."""

    code = "published_file_differs"


def artefacts(signed: bytes) -> dict[str, bytes]:
    """What is published of a signed list, by file name. `tl.sha2` is 64 hexadecimal characters and nothing else."""
    return {"tl.xml": signed, "tl.sha2": hashlib.sha256(signed).hexdigest().encode()}


def write_once(path: Path, data: bytes) -> None:
    """Write a file that must never change. Raises `PublishedFileDiffers` when it exists with other bytes."""
    try:
        present = path.read_bytes()
    except FileNotFoundError:
        replace_atomically(path, data)
        present = path.read_bytes()
    if present != data:
        raise PublishedFileDiffers(
            f"{path.name} of list {path.parent.name} was published with other bytes than those on record.",
            f"リスト{path.parent.name}の{path.name}は、記録と異なる内容で公開されています。",
        )


def replace_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that every reader sees the old file or the new one, whole, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
