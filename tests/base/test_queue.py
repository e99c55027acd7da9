"""The queue in files, which needs no broker: one machine's worker takes from it as fast as it works."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from kombu import Connection


def test_a_worker_takes_many_messages_a_second(tmp_path: Path) -> None:
    """kombu rests when it may take nothing more; a worker that has finished meanwhile must not wait long for that."""
    options = {**settings.CELERY["broker_transport_options"], "control_folder": str(tmp_path / "control")}
    options |= {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    with Connection(settings.CELERY["broker_url"], transport_options=options) as connection:
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
