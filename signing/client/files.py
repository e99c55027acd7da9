"""Files of whoever asks: what can be read in whole, and under a name that can be written in any answer."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MAX_FILE: Final = 256 << 20
"""Bytes; more than any service takes."""


def read(path: str | os.PathLike[str]) -> bytes:
    """The octets of a regular file. Raises OSError: a pipe or a device may never end, and a file may be too large."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_FILE + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
    return content


def name_of(path: str | os.PathLike[str]) -> str:
    """The last part of the path, octets that are no text replaced."""
    return Path(path).name.encode("utf-8", "replace").decode()
