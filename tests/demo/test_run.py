"""Starting the demo: one in a folder, and clear words when a port is taken."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from trustreg.demo.run import only_one, require_free


def test_a_second_demo_in_the_same_folder_is_told_so(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(SystemExit, match=r"runs in .* already"), only_one(tmp_path, seconds=0.3):
        pytest.fail("two demos in one folder")


def test_one_that_is_stopping_is_waited_for(tmp_path: Path) -> None:
    held, leaving = threading.Event(), threading.Event()

    def hold() -> None:
        with only_one(tmp_path):
            held.set()
            time.sleep(0.5)
            leaving.set()

    stopping = threading.Thread(target=hold)
    stopping.start()
    held.wait(5)
    with only_one(tmp_path, seconds=5):
        assert leaving.is_set()
    stopping.join()


def test_a_port_in_use_is_named_with_its_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port}.*PORT=1"):
            require_free(port, "the web server", "Choose another: make demo PORT=1")
    require_free(port, "the web server", "")
