"""Where published files are, and which certificate signs the list."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from trustreg.base.errors import NotFound
from trustreg.conf import settings as conf

PUBLISHED_NAMES: Final = frozenset({"tl.xml", "tl.sha2"})
"""The files of an issue."""


def published_path(issue: int | Literal["current"], name: str) -> Path:
    """The file `name` of an issue (by sequence) or of the list in force. Whether it exists is the caller's question.

    Raises NotFound for another name: no path is ever made of what a request says.
    """
    if name not in PUBLISHED_NAMES:
        raise NotFound(f"A list has no file {name[:40]!r}.", "リストにその名前のファイルはありません。")
    folder = conf.public_dir / "tl"
    return folder / name if issue == "current" else folder / str(int(issue)) / name


def signer_key_path() -> Path:
    """Where the signer finds its key file unless `TRUSTREG_LIST_SIGNER_KEY` says otherwise."""
    return conf.list_signer_key or conf.var / "keys" / "list-signer.pem"


def signer_certificate_path() -> Path:
    """Where the pinned certificate of the signer is unless `TRUSTREG_LIST_SIGNER_CERTIFICATE` says otherwise."""
    return conf.list_signer_certificate or conf.var / "keys" / "list-signer.crt"
