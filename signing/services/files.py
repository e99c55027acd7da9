"""Documents while their validation waits or runs, and as long after as the settings say: by default not at all.

The files of a job or report are `validations/<id>.<n>`: the document is number 0, what is detached follows, then the
evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from signing import selectors

_FOLDER: Final = "validations"
_ORPHANED: Final = timedelta(hours=1)  # longer than any request takes from its first file to its commit


def _name(owner: str, number: int) -> str:
    return f"{_FOLDER}/{owner}.{number}"


def save(owner: str, contents: Iterable[bytes | File[bytes]]) -> int:
    """Store the files of a job or report; how many there were."""
    count = 0
    for content in contents:
        default_storage.save(_name(owner, count), ContentFile(content) if isinstance(content, bytes) else content)
        count += 1
    return count


@contextmanager
def saved(contents: Iterable[tuple[str, Iterable[bytes | File[bytes]]]]) -> Iterator[None]:
    """Store the files of several, then run the body in a transaction; when it fails, they are deleted again."""
    done: list[tuple[str, int]] = []
    try:
        for owner, parts in contents:
            done.append((owner, save(owner, parts)))
        with transaction.atomic():
            yield
    except BaseException:
        for owner, count in done:
            delete(owner, count)
        raise


def read(owner: str, number: int) -> bytes:
    """One file. Raises FileNotFoundError."""
    with default_storage.open(_name(owner, number)) as file:
        content: bytes = file.read()
    return content


def delete(owner: str, count: int) -> None:
    """Delete the first `count` files; those that are gone already are no error."""
    for number in range(count):
        default_storage.delete(_name(owner, number))


def delete_orphans(*, at: datetime) -> int:
    """Delete what a process that died has left behind: files of jobs that ended, and files that no commit names.

    The latter an hour later, as their request may still run. How many there were.
    """
    try:
        _, names = default_storage.listdir(_FOLDER)
    except FileNotFoundError:
        return 0
    ids = {name.partition(".")[0] for name in names}
    lost = ids - selectors.owners_of_files(ids)
    ended = selectors.ended_jobs(lost)
    count = 0
    for name in names:
        owner = name.partition(".")[0]
        if owner in ended or (owner in lost and _is_old(f"{_FOLDER}/{name}", at)):
            default_storage.delete(f"{_FOLDER}/{name}")
            count += 1
    return count


def _is_old(name: str, at: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) <= at - _ORPHANED
    except FileNotFoundError:  # deleted meanwhile
        return False
