"""The queue in files, which needs no broker: workers take from it as fast as they work, each message whole and once."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from queue import Empty

import pytest
from django.conf import settings
from kombu import Connection


def connected(folder: Path) -> Connection:
    options = {**settings.CELERY["broker_transport_options"], "control_folder": str(folder / "control")}
    options |= {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    return Connection(
        settings.CELERY["broker_url"], transport=settings.CELERY["broker_transport"], transport_options=options
    )


def test_a_worker_takes_many_messages_a_second(tmp_path: Path) -> None:
    """kombu rests when it may take nothing more; a worker that has finished meanwhile must not wait long for that."""
    with connected(tmp_path) as connection:
        queue = connection.SimpleQueue("work")
        for number in range(10):
            queue.put({"number": number})
        queue.consumer.qos(prefetch_count=2)
        queue.consumer.consume()
        taken: list[int] = []

        def finish() -> None:  # a process of the worker has done its message
            message = queue.buffer.popleft()
            taken.append(message.payload["number"])
            message.ack()

        begun = time.monotonic()
        while len(taken) < 10 and time.monotonic() - begun < 10:
            with suppress(TimeoutError):
                connection.drain_events(timeout=2)
                threading.Timer(0.02, finish).start()
        assert sorted(taken) == list(range(10))
        assert time.monotonic() - begun < 2.5


def test_a_message_that_is_being_written_is_nobodys_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(tmp_path) as connection:
        channel = connection.default_channel
        rename, looks = Path.rename, []

        def looked_for_before_it_has_its_name(self: Path, target: Path) -> Path:
            if not looks:
                looks.append(self.stat().st_size)
                with pytest.raises(Empty):
                    channel._get("work")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", looked_for_before_it_has_its_name)
        channel._put("work", {"number": 1})
        assert looks
        assert channel._get("work") == {"number": 1}
        assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_message_of_another_queue_and_one_that_another_took_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(tmp_path) as connection:
        channel = connection.default_channel
        for queue, number in (("work", 1), ("else", 2), ("work", 3)):
            channel._put(queue, {"number": number})
        listed = list(tmp_path.iterdir())
        assert channel._get("work") == {"number": 1}
        monkeypatch.setattr(Path, "iterdir", lambda _: iter(listed))
        assert channel._get("work") == {"number": 3}


def _write(folder: Path, writer: int) -> None:
    with connected(folder) as connection:
        for number in range(300):
            connection.default_channel._put("work", [writer, number])


def test_each_message_has_one_taker_whoever_writes_and_reads(tmp_path: Path) -> None:
    writers = [get_context("fork").Process(target=_write, args=(tmp_path, number)) for number in range(2)]
    taken: list[list[tuple[int, int]]] = [[], []]

    def read(mine: list[tuple[int, int]]) -> None:
        with connected(tmp_path) as connection:
            while True:
                ended = not any(writer.is_alive() for writer in writers)
                try:
                    while True:
                        mine.append(tuple(connection.default_channel._get("work")))
                except Empty:
                    if ended:
                        return

    for writer in writers:
        writer.start()
    readers = [threading.Thread(target=read, args=(mine,)) for mine in taken]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert sorted(taken[0] + taken[1]) == [(writer, number) for writer in range(2) for number in range(300)]
