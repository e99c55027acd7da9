"""The demo as a process of its own, for tests: started once, on free ports, in a folder that is thrown away."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 240.0  # seconds until it is ready; the story is told in real time


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(eq=False)
class RunningDemo:
    """Addresses and folders of a demo that runs."""

    var: Path
    port: int
    pki_port: int
    process: subprocess.Popen[bytes] | None = None
    extra: dict[str, str] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def samples(self) -> Path:
        return self.var / "demo" / "samples"

    @property
    def story(self) -> dict[str, str]:
        """Ids of organisations and services by the keys of the demo's cast."""
        return json.loads((self.var / "demo" / "story.json").read_text())["ids"]

    def environment(self) -> dict[str, str]:
        """For `manage.py` commands beside the demo."""
        from trustreg.demo.run import environment

        return {**environment(self.var, self.port, self.pki_port), **(self.extra or {})}

    def start(self) -> None:
        """Start and wait until it says that it is ready. Raises AssertionError with its output."""
        log = self.var.parent / "demo.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "trustreg.demo.run", "--port", str(self.port), "--pki-port", str(self.pki_port)],
                cwd=ROOT,
                env={**os.environ, **(self.extra or {}), "TRUSTREG_VAR": str(self.var)},
                stdout=out,
                stderr=out,
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if b"trustreg is ready" in log.read_bytes().rpartition(b"Preparing the database")[2]:
                return
            time.sleep(0.2)
        raise AssertionError(f"the demo did not become ready:\n{log.read_text()[-4000:]}")

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def manage(self, *arguments: str) -> str:
        """Run a `manage.py` command with the demo's settings; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment(), "TRUSTREG_ROLE": "web"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def validate(self, document: Path | bytes, *detached: Path, **fields: str) -> requests.Response:
        """POST a document to the validation endpoint."""
        data = document if isinstance(document, bytes) else document.read_bytes()
        name = "document.pdf" if isinstance(document, bytes) else document.name
        files = [("document", (name, data)), *(("detached", (path.name, path.read_bytes())) for path in detached)]
        return requests.post(f"{self.base}/api/v1/validations", files=files, data=fields, timeout=60)

    def status(self, **query: object) -> dict[str, object]:
        """Ask a status query."""
        answer = requests.post(f"{self.base}/api/v1/status-queries", json=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def sequence(self) -> int:
        """The sequence of the list in force."""
        return int(requests.get(f"{self.base}/api/v1/lists", timeout=30).json()["results"][0]["sequence"])


class Visitor:
    """One person with one account, over HTTP alone, as a browser or a script would be."""

    def __init__(self, base: str, email: str, password: str) -> None:
        self.base = f"{base}/api/v1"
        self.http = requests.Session()
        answer = self.http.post(f"{self.base}/session", json={"email": email, "password": password}, timeout=30)
        assert answer.status_code == 200, answer.text
        self.http.headers["X-CSRFToken"] = answer.json()["csrf_token"]
        self.http.headers["Referer"] = base

    def get(self, path: str, **query: object) -> dict[str, object]:
        answer = self.http.get(f"{self.base}{path}", params=query, timeout=30)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def post(self, path: str, body: object = None, **options: object) -> requests.Response:
        return self.http.post(f"{self.base}{path}", json=body or {}, timeout=60, **options)  # type: ignore[arg-type]

    def does(self, path: str, body: object = None) -> dict[str, object]:
        """An act that must succeed; its answer."""
        answer = self.post(path, body)
        assert answer.status_code in (200, 201, 202), f"POST {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    def hands_in(self, path: str, file: tuple[str, bytes], **fields: str) -> dict[str, object]:
        """Upload a file in a form."""
        answer = self.http.post(f"{self.base}{path}", files={"file": file}, data=fields, timeout=60)
        assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text}"
        return dict(answer.json())
