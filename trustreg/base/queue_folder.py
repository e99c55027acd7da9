"""The queue of one machine without a broker: kombu's folder, in which a message is whole and has one taker.

Kombu names the file of a message before it writes it, so a worker that looks in between takes an empty one; and takes
it into the folder for temporary files, which on another file system is a copy that two workers can make at once.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """As kombu's; a message comes and goes by renaming, and names with a dot before them are nobody's."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override] # its bases differ
        folder = Path(self.data_folder_out)
        name = f"{time.monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"  # the oldest first
        hidden = folder / f".{name}"
        hidden.write_text(dumps(payload), encoding="utf-8")  # type: ignore[no-untyped-call] # untyped there
        hidden.rename(folder / name)

    def _get(self, queue: str, timeout: Any = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".{name}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:  # another took it
                continue
            payload = loads(taken.read_text(encoding="utf-8"))  # type: ignore[no-untyped-call] # untyped there
            taken.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):
    """What `broker_transport` names."""

    Channel = Channel
